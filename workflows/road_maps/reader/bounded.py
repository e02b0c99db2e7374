"""Reading a stranger's file away from the web process: in a child that is killed when it takes too long or too much.

One child a file: what a broken file does to a library ends with it. Where the system can limit memory the child has a limit
of its own; on Windows there is the limit of time and those of the readers themselves.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from workflow_core.exceptions import InvalidInput
from workflows.road_maps.reader.file_kind import read_source as read_here
from workflows.road_maps.reader.refusal import UnreadableFile, too_large
from workflows.road_maps.reader.source import Cell, Line, Note, Row, Source, Table

log = logging.getLogger(__name__)

_MEGABYTE = 1024 * 1024
_PRINTED_TAIL = 2000
_OUT_OF_MEMORY = 77
"""Exit status of a child that could not even say so otherwise."""
_KILLED = (-6, -9)
"""A library that gives up without memory, a system that has none left."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one file may take."""

    seconds: float = 18.0
    """Start of the child, reading, understanding and the answer."""
    memory_mb: int = 1024
    """Address space of the whole child."""


def read_source(content: bytes, limits: ReadingLimits | None = None) -> Source:
    """`file_kind.read_source` in a child. Raises UnreadableFile."""
    return from_plain(call(f"{__name__}:plain_source", content, limits=limits))


def call(
    function: str,
    content: bytes,
    arguments: Mapping[str, Any] | None = None,
    limits: ReadingLimits | None = None,
) -> Any:
    """What `function` («module:name», called as `name(content, **arguments)`) returns, as JSON carries it.

    Raises UnreadableFile for a refusal inside, for too much time or memory and for whatever else goes wrong with the file.
    """
    limits = limits or ReadingLimits()
    request = json.dumps({"function": function, "arguments": dict(arguments or {})}).encode() + b"\n"
    status, answer, printed = _run(request + content, limits)
    try:
        reply = json.loads(answer)
    except ValueError:
        reply = {}
    if "result" in reply:
        return reply["result"]
    if "code" in reply:
        raise UnreadableFile(reply["code"], reply["text"])
    log.error("reading a road map failed (status %s): %s", status, printed[-_PRINTED_TAIL:].decode(errors="replace"))
    if status in (_OUT_OF_MEMORY, *_KILLED):
        raise too_large()
    raise UnreadableFile(
        "failed", "Файл не удалось прочитать: откройте его в Word, сохраните заново как .docx и загрузите ещё раз."
    )


def _run(sent: bytes, limits: ReadingLimits) -> tuple[int, bytes, bytes]:
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1"}
    environment.pop("MARSHRUT_FAULT", None)
    # A session of its own: Ctrl-C in the terminal is not meant for it.
    apart: dict[str, Any] = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    command = [sys.executable, "-m", __name__, str(limits.memory_mb), str(int(limits.seconds) + 5)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **apart
    ) as child:
        try:
            answer, printed = child.communicate(sent, limits.seconds)
        except subprocess.TimeoutExpired as exc:
            raise UnreadableFile(
                "slow",
                "Файл читается слишком долго: оставьте в нём только дорожную карту, сохраните как .docx и загрузите снова.",
            ) from exc
        finally:
            _kill(child)
    return child.returncode, answer, printed


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End it with whatever it has started."""
    with suppress(OSError):
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)


# -- plain data -------------------------------------------------------------------------------------------------------


def plain_source(content: bytes) -> dict[str, Any]:
    """`read_source` as plain data. Raises UnreadableFile."""
    return to_plain(read_here(content))


def to_plain(source: Source) -> dict[str, Any]:
    """A source as JSON can carry it; `from_plain` gives it back."""
    blocks: list[Any] = []
    for block in source.blocks:
        if isinstance(block, Line):
            blocks.append([block.text, block.place, block.is_heading])
            continue
        rows = [
            [
                [[c.text, c.place, c.column, c.columns, c.continues_above] for c in row.cells],
                row.place,
                row.repeats_header,
            ]
            for row in block.rows
        ]
        blocks.append({"rows": rows, "columns": block.columns, "place": block.place})
    notes = [[note.code, note.message, note.place] for note in source.notes]
    return {"format": source.format, "blocks": blocks, "notes": notes}


def from_plain(plain: Mapping[str, Any]) -> Source:
    """The source that `to_plain` took apart."""
    blocks: list[Line | Table] = []
    for block in plain["blocks"]:
        if isinstance(block, list):
            blocks.append(Line(*block))
            continue
        rows = (Row(tuple(Cell(*cell) for cell in cells), place, header) for cells, place, header in block["rows"])
        blocks.append(Table(tuple(rows), block["columns"], block["place"]))
    return Source(plain["format"], tuple(blocks), tuple(Note(*note) for note in plain["notes"]))


# -- the child's end --------------------------------------------------------------------------------------------------


def _limit(memory_mb: int, seconds: int) -> None:
    """Limit memory, and time in case the parent is gone. Where the system can't, nothing is limited."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory_mb * _MEGABYTE),
    ):
        with suppress(OSError, ValueError):
            _soft, hard = resource.getrlimit(what)
            resource.setrlimit(what, (most if hard < 0 else min(most, hard), hard))


def _answer(sent: bytes) -> dict[str, Any]:
    header, _line, content = sent.partition(b"\n")
    request = json.loads(header)
    module, _colon, name = request["function"].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    try:
        return {"result": function(content, **request["arguments"])}
    except UnreadableFile as refused:
        return {"code": refused.code, "text": refused.text}
    except InvalidInput as refused:
        return {"code": "invalid", "text": str(refused)}


def main(memory_mb: str, seconds: str) -> int:
    """Answer the one request on standard input."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    sent = sys.stdin.buffer.read()
    _limit(int(memory_mb), int(seconds))
    try:
        answer = json.dumps(_answer(sent), ensure_ascii=False).encode(errors="replace")
    except MemoryError:
        return _OUT_OF_MEMORY
    replies.write(answer)
    replies.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
