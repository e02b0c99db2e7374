"""`marshrut plugin new`: the package is built, installed and tested as a stranger would, away from this checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT
from web.command_line import main
from web.plugin_package import FILES

NAME = "dormitory"


def done(*command: object, folder: Path, **environment: str) -> str:
    """What a command prints; its whole output where it fails."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MARSHRUT_", "PYTEST_", "PYTHON"))}
    result = subprocess.run(
        [str(one) for one in command],
        cwd=folder,
        env={**kept, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def environment_beside(folder: Path) -> Path:
    """A fresh environment that sees the packages of this one, without pip; gives its Python."""
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip())
    seen = [ROOT, *(path for path in sys.path if path.endswith("site-packages"))]
    (site / "marshrut-packages.pth").write_text("\n".join(map(str, seen)), encoding="utf-8")
    return python


@pytest.mark.slow
def test_new_package_is_built_installed_and_passes_its_tests(tmp_path: Path) -> None:
    assert main(["plugin", "new", NAME, "--folder", str(tmp_path), "--title", "Правила интерната"]) == 0
    package, pip = tmp_path / NAME, (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    done(*pip, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", tmp_path, package, folder=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    python = environment_beside(tmp_path / "venv")
    done(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, folder=tmp_path)
    # Only what is installed may answer.
    (package / NAME).rename(tmp_path / "sources")

    listed = done(
        python, "-m", "web.command_line", "plugins", "list", "--json", folder=tmp_path, MARSHRUT_DATA=str(tmp_path)
    )
    (found,) = [one for one in json.loads(listed) if one["name"] == NAME]
    assert (found["version"], found["fault"]) == ("0.1.0", "")
    assert found["contributes"]["guards"] == [f"{NAME}_group_small_enough"]

    told = done(python, "-m", "pytest", "-p", "no:cacheprovider", "-v", folder=package)
    assert "12 passed" in told
    assert f"marshrut:{NAME}:guards PASSED" in told


def test_every_file_has_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "new", NAME, "--folder", str(tmp_path)]) == 0

    made = {path.relative_to(tmp_path / NAME).as_posix() for path in (tmp_path / NAME).rglob("*") if path.is_file()}
    assert made == {name.format(name=NAME) for name in FILES} | {f"{NAME}/templates/letter.docx"}
    assert "${" not in "".join(path.read_text("utf-8") for path in (tmp_path / NAME).rglob("*.[pty][yom]*"))
    assert f"Дополнение «{NAME}» создано, файлов: 11" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Общежитие", "нужны строчные латинские буквы"),
        ("ab", "от 3 до 30 знаков"),
        ("../escape", "нужны строчные латинские буквы"),
        ("double__score", "нужны строчные латинские буквы"),
        ("json", "Имя «json» занято: так называется пакет Python"),
        ("docx", "Имя «docx» занято"),
        ("orders", "Дополнение «orders» уже установлено"),
        ("there", "уже есть, ничего не записано"),
    ],
)
def test_wrong_name_is_one_sentence_and_nothing_is_written(
    name: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").mkdir()

    assert main(["plugin", "new", name, "--folder", str(tmp_path)]) == 2

    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
