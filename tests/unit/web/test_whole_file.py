"""Files that appear whole or not at all: what is left when the writing fails or the program is killed at its worst moment."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from web.whole_file import kept_once, whole_file
from workflow_core.fault_points import FaultStruck, armed


def test_a_failed_writing_leaves_the_older_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("вчера")

    def broken_off() -> None:
        with whole_file(path) as part:
            part.write_text("полов")
            raise RuntimeError("диск полон")

    with pytest.raises(RuntimeError):
        broken_off()

    assert path.read_text() == "вчера"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("point", "stands"), [("before_file_rename", "вчера"), ("after_file_rename", "сегодня")])
def test_until_the_renaming_the_older_file_stands(tmp_path: Path, point: str, stands: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text("вчера")

    with pytest.raises(FaultStruck), armed(point) as fault, whole_file(path) as part:
        part.write_text("сегодня")

    assert fault.struck
    assert path.read_text() == stands
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_regular_file_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "target.csv")

    with whole_file(Path("/dev/null")) as part:
        assert part == Path("/dev/null")
    with whole_file(link) as part:
        part.write_text("выгрузка")

    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert link.is_symlink()
    assert (tmp_path / "target.csv").read_text() == "выгрузка"


def test_a_kept_text_is_made_once_and_is_its_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"

    assert kept_once(path, lambda: "первый") == kept_once(path, lambda: "второй") == "первый"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_file_of_a_killed_writer_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "setup-code").touch()

    assert kept_once(tmp_path / "setup-code", lambda: "код") == "код"
    assert (tmp_path / "setup-code").read_text() == "код"


@pytest.mark.parametrize(("point", "kept"), [("before_file_rename", "второй"), ("after_file_rename", "первый")])
def test_a_writer_killed_around_the_renaming_leaves_a_whole_text_or_none(tmp_path: Path, point: str, kept: str) -> None:
    """The child is armed by the environment, as a killed server in production would be tried out."""
    path, note = tmp_path / "secret", tmp_path / "note"
    call = f"from pathlib import Path; from web.whole_file import kept_once; kept_once(Path({str(path)!r}), lambda: 'первый')"
    told = subprocess.run(
        [sys.executable, "-c", call],
        cwd=ROOT,
        env={**os.environ, "MARSHRUT_FAULT": f"{point}:kill:1:{note}"},
        check=False,
    )

    assert (told.returncode, note.read_text()) == (-signal.SIGKILL, point)
    assert kept_once(path, lambda: "второй") == kept
