#!/usr/bin/env python
"""Pictures of the example: `python scripts/screenshots.py` makes those of the README in docs/images, with a folder as its
argument it also puts every page there at the width of a desk and of a phone, to be looked at.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.demo import Example  # noqa: E402
from tests.browser.server import Server, serving  # noqa: E402
from tests.browser.visitor import Visitor  # noqa: E402
from tests.conftest import chromium  # noqa: E402
from tests.web.conftest import demo_template  # noqa: E402

IMAGES = ROOT / "docs" / "images"
DESK, PHONE, PICTURE = (1366, 768), (360, 780), (1280, 720)
LIMIT = 200 * 1024


def of_readme(example: Example) -> dict[str, tuple[str, tuple[int, int]]]:
    """Name of the picture -> address and size."""
    return {
        "today": ("/", PICTURE),
        "pair": (example.page_in_state("pair", "planning"), PICTURE),
        "history": ("/history/check", PICTURE),
        "road-map": ("/road-map", PICTURE),
        "documents": (example.page_in_state("document", "at_signing"), PICTURE),
        "pairs": ("/pairs", PICTURE),
        "today-phone": ("/", PHONE),
    }


def visitor(browser: Any, server: Server, size: tuple[int, int]) -> Visitor:
    """The curator of the school at a window of this size."""
    window = Visitor(browser, server.address, *size)
    window.context.add_cookies([server.pass_for(Example(server).accounts["curator"])])
    return window


def for_readme(browser: Any, server: Server) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, (address, size) in of_readme(Example(server)).items():
        window = visitor(browser, server, size)
        window.visit(address)
        path = IMAGES / f"{name}.png"
        window.page.screenshot(path=path)
        window.close()
        if path.stat().st_size > LIMIT:
            raise SystemExit(f"{path}: {path.stat().st_size} bytes, at most {LIMIT} are wanted")


def every_page(browser: Any, server: Server, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = Example(server).named_addresses()
    for label, size in (("desk", DESK), ("phone", PHONE)):
        window = visitor(browser, server, size)
        for name, address in names.items():
            window.page.goto(address)
            window.page.screenshot(path=folder / f"{name}-{label}.png", full_page=True)
        window.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as machine:
        folder = Path(scratch)
        browser = machine.chromium.launch(**chromium())
        (folder / "served").mkdir()
        with serving(demo_template(), folder / "served") as server:
            for_readme(browser, server)
            if len(sys.argv) > 1:
                every_page(browser, server, Path(sys.argv[1]))
        browser.close()


if __name__ == "__main__":
    main()
