"""What is shipped to browsers: known files, old browsers' CSS, readable colours, little weight."""

import gzip
import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from web.assets import KEEP_FOR_A_YEAR, asset, register_assets

STATIC = Path(__file__).resolve().parents[3] / "web" / "static"
APP_CSS = (STATIC / "app.css").read_text(encoding="utf-8")
VENDORED = tomllib.loads((STATIC / "vendor" / "vendor.toml").read_text(encoding="utf-8"))["file"]
WITHOUT_COMMENTS = re.sub(r"/\*.*?\*/", "", APP_CSS, flags=re.DOTALL)
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", APP_CSS.split("}")[0]))
PAIRS = re.findall(r"contrast ([\w-]+) on ([\w-]+) ([\d.]+)", APP_CSS)
RULES = re.findall(r"([^{}]+)\{([^{}]*)\}", WITHOUT_COMMENTS)
# Exact colours of the design; the name is ours.
DESIGN = {
    "ink": "#1a2330",
    "page": "#f4f6f8",
    "grey": "#505d6b",
    "blue": "#0f57a8",
    "blue-deep": "#0b427f",
    "blue-ground": "#d9e8fa",
    "green": "#1b6b3a",
    "green-ground": "#e1f3e7",
    "green-line": "#2b8a4e",
    "amber": "#734a00",
    "amber-ground": "#fdf0d0",
    "red": "#a11b15",
    "red-ground": "#fce6e4",
    "plain": "#3d4956",
    "plain-ground": "#e8ecf0",
    "bar": "#15304f",
    "control": "#78848f",
    "hairline": "#dfe4e9",
}


@pytest.fixture
def app() -> Flask:
    app = Flask("assets", static_folder=str(STATIC))
    register_assets(app)
    return app


@pytest.mark.parametrize("file", VENDORED, ids=lambda file: str(file["name"]))
def test_a_vendored_file_is_the_release_it_says(file: dict[str, str]) -> None:
    content = (STATIC / "vendor" / file["file"]).read_bytes()

    assert sha256(content).hexdigest() == file["sha256"]
    assert file["version"] in file["file"]


def test_nothing_unlisted_is_vendored() -> None:
    present = {path.name for path in (STATIC / "vendor").iterdir()}
    listed = {file["file"] for file in VENDORED} | {"vendor.toml"}

    assert {name for name in present - listed if not name.startswith("LICENSE-")} == set()


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
@pytest.mark.parametrize("function", ["light-dark(", "color-mix(", "oklch("])
def test_no_css_function_that_the_old_browsers_lack(path: Path, function: str) -> None:
    assert function not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "feature", ["subgrid", "text-wrap:", "@layer", "@container", "popover", "&", "http", "@import"]
)
def test_our_css_keeps_to_what_chromium_109_knows(feature: str) -> None:
    assert feature not in WITHOUT_COMMENTS


def test_our_css_is_not_nested() -> None:
    outside_media = re.sub(r"@media[^{]+\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}", r"\1", WITHOUT_COMMENTS)

    assert not re.search(r"\{[^{}]*\{", outside_media)
    assert WITHOUT_COMMENTS.count("{") == WITHOUT_COMMENTS.count("}")


@pytest.mark.parametrize("name", DESIGN)
def test_colours_are_those_of_the_design(name: str) -> None:
    assert COLOURS[name] == DESIGN[name]


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_contrast(text: str, ground: str, least: str) -> None:
    assert contrast(COLOURS[text], COLOURS[ground]) >= float(least)


def test_rules_that_set_text_and_ground_are_among_the_pairs() -> None:
    stated = {(text, ground) for text, ground, _ in PAIRS}
    used = {
        (text[1], ground[1])
        for _, body in RULES
        if (text := re.search(r"(?<![-\w])color: var\(--([\w-]+)\)", body))
        and (ground := re.search(r"background(?:-color)?: var\(--([\w-]+)\)", body))
    }
    # White on the same colours as the other way round; the bars of shares bear no text.
    missing = {
        pair for pair in used - stated if pair[::-1] not in stated and contrast(*map(COLOURS.__getitem__, pair)) < 4.5
    }

    assert len(used) > 15
    assert missing == set()


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#78848f", "#ffffff") == pytest.approx(3.8, abs=0.05)


@pytest.mark.parametrize(
    ("file", "kilobytes"),
    [
        ("app.css", 10),
        ("app.js", 4),
        ("icons.svg", 4),
        ("vendor/tabler-1.0.0.min.css", 70),
        ("vendor/htmx-4.0.1.min.js", 14),
    ],
)
def test_weight_on_the_wire(file: str, kilobytes: int) -> None:
    assert len(gzip.compress((STATIC / file).read_bytes())) <= kilobytes * 1024


def test_an_address_carries_the_mark_of_the_content(app: Flask) -> None:
    with app.test_request_context():
        address = asset("app.js")

    mark = sha256((STATIC / "app.js").read_bytes()).hexdigest()[:8]
    assert address == f"/static/app.js?v={mark}"


def test_a_missing_asset_is_noticed(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(FileNotFoundError):
        asset("nowhere.css")


def test_only_marked_addresses_are_kept_for_a_year(app: Flask) -> None:
    client = app.test_client()

    with client.get("/static/app.js?v=1") as marked, client.get("/static/app.js") as bare:
        assert marked.headers["Cache-Control"] == KEEP_FOR_A_YEAR
        assert bare.headers["Cache-Control"] != KEEP_FOR_A_YEAR


def contrast(one: str, other: str) -> float:
    """Ratio of WCAG 2.2, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
