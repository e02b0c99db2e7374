"""Old Word and Excel files and RTF (.doc, .xls, .rtf), where LibreOffice is on the machine; else how to save them anew.

They are turned into OpenDocument and not into .docx: on the way to .docx LibreOffice has been seen to lose a table.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from workflows.road_maps.reader.formats import odt
from workflows.road_maps.reader.formats.archive import LARGEST_FILE
from workflows.road_maps.reader.refusal import UnreadableFile, damaged, encrypted, too_large
from workflows.road_maps.reader.source import Note, Source, Table

SECONDS = 12.0
"""One conversion; a cold start of LibreOffice takes three to six. Less than `bounded.ReadingLimits`, so that it ends before."""
_MEMORY = 4 << 30
"""Address space of LibreOffice in bytes: it reserves far more than it uses."""

_NO_TABLE = "В старом формате таблица могла не прочитаться. Если она в файле есть, откройте его в Word, сохраните как .docx и загрузите снова."


def program() -> str | None:
    """Where LibreOffice is, None where it is not."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def read(content: bytes) -> Source:
    """What `odt.read` makes of the converted file. Raises UnreadableFile."""
    if len(content) > LARGEST_FILE:
        raise too_large()
    ending = _ending(content)
    found = program()
    if found is None:
        raise _old(ending)
    with tempfile.TemporaryDirectory(prefix="marshrut-old-", ignore_cleanup_errors=True) as folder:
        made = _converted(found, Path(folder), content, ending)
    source = odt.read(made)
    notes = source.notes
    if not any(isinstance(block, Table) for block in source.blocks):
        notes += (Note("no_table", _NO_TABLE),)
    return replace(source, format=ending, notes=notes)


def _ending(content: bytes) -> str:
    if content.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if content.lstrip().startswith(b"<"):
        return "xml"
    is_book = any(name.encode("utf-16-le") in content for name in ("Workbook", "Book"))
    return "xls" if is_book and "WordDocument".encode("utf-16-le") not in content else "doc"


def _old(ending: str) -> UnreadableFile:
    program, saved = ("Excel", "Книга Excel (*.xlsx)") if ending == "xls" else ("Word", "Документ Word (*.docx)")
    return UnreadableFile(
        "old_format",
        f"Это файл старого формата (.{ending}): откройте его в {program}, выберите «Сохранить как», тип «{saved}», "
        "и загрузите новый файл.",
    )


def _converted(found: str, folder: Path, content: bytes, ending: str) -> bytes:
    """Let LibreOffice convert it with a profile of its own, so that an open window of it is not in the way."""
    target = "ods" if ending == "xls" else "odt"
    name = folder / f"map.{ending}"
    name.write_bytes(content)
    command = [
        found, "--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to", target, "--outdir", str(folder / "made"), str(name),
    ]  # fmt: skip
    apart: dict[str, Any] = {} if sys.platform == "win32" else {"start_new_session": True, "preexec_fn": _more_memory}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **apart
    ) as process:
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired as exc:
            raise UnreadableFile(
                "slow",
                "LibreOffice не открыл этот файл за отведённое время: сохраните его в Word как .docx и загрузите снова.",
            ) from exc
        finally:
            _end(process)
    made = folder / "made" / f"map.{target}"
    if not made.exists():
        raise encrypted() if b"EncryptedSummary" in content else damaged()
    if made.stat().st_size > LARGEST_FILE:
        raise too_large()
    return made.read_bytes()


def _more_memory() -> None:
    """In the new process: a limit that fits LibreOffice instead of the reader's own."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if hard < 0 else min(_MEMORY, hard), hard))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with whatever it has started."""
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
