"""A child process in which plugins render and hear of commits, because there they can be killed. Both ends are here.

One child a worker process, started at the first task, kept for the next ones. It builds its own catalogue from a factory
named «module:function», holds no database and gets plain data. Frames on its pipes: two lengths (4 bytes each), a JSON header,
raw bytes. What it prints is drained and counted; a task that lasts, prints or takes too much, that ends the process or answers
nonsense costs the child its life, and the next task gets a fresh one.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

from workflow_core.contributions import described
from workflow_core.exceptions import DocumentError, PluginError
from workflow_core.history import HistoryEntry
from workflow_core.plugin_work import ChildUnavailable, PluginKilled, PluginLimits
from workflow_core.rendering import DocumentKind, render_kind

if TYPE_CHECKING:
    from workflow_core.plugin_manager import Catalogue

log = logging.getLogger(__name__)

_LENGTHS = struct.Struct("!II")
LARGEST_FRAME = 256 * 1024 * 1024
"""Bytes of an answer above which it is nonsense."""
_PRINTED_TAIL = 2000
_MEGABYTE = 1024 * 1024

Frame = tuple[dict[str, Any], bytes]


class _Nonsense(Exception):
    """What came through the pipe is no frame."""


def _write_frame(pipe: IO[bytes], header: Mapping[str, Any], body: bytes = b"") -> None:
    text = json.dumps(header, ensure_ascii=False).encode(errors="replace")
    pipe.write(_LENGTHS.pack(len(text), len(body)) + text + body)
    pipe.flush()


def _read_frame(pipe: IO[bytes]) -> Frame | None:
    """The next frame, None at the end. Raises _Nonsense."""
    lengths = pipe.read(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise _Nonsense
    text_length, body_length = _LENGTHS.unpack(lengths)
    if text_length + body_length > LARGEST_FRAME:
        raise _Nonsense
    text, body = pipe.read(text_length), pipe.read(body_length)
    try:
        header = json.loads(text)
    except ValueError as exc:
        raise _Nonsense from exc
    if len(body) < body_length or not isinstance(header, dict):
        raise _Nonsense
    return header, body


# -- the parent's end -------------------------------------------------------------------------------------------------


class _Child:
    """One running child: its process and the threads on its pipes, none of which can make the caller wait for ever."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], most_printed: int) -> None:
        # A session of its own: Ctrl-C in the terminal is not meant for it, and what it starts dies with it.
        apart: dict[str, Any] = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            **apart,
        )
        self.most_printed = most_printed
        self.printed, self.tail, self.flooded = 0, b"", False
        self.answers: queue.SimpleQueue[Frame | _Nonsense | None] = queue.SimpleQueue()
        self._requests: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        for work in (self._send, self._receive, self._drain):
            threading.Thread(target=work, name=f"plugin-child{work.__name__}", daemon=True).start()

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send a request without waiting for the pipe."""
        self.printed, self.tail = 0, b""
        self._requests.put(request)

    def _send(self) -> None:
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):
            while (request := self._requests.get()) is not None:
                _write_frame(self.process.stdin, request)
        with suppress(OSError):
            self.process.stdin.close()

    def _receive(self) -> None:
        assert self.process.stdout is not None
        try:
            while (frame := _read_frame(self.process.stdout)) is not None:
                self.answers.put(frame)
        except _Nonsense as exc:
            self.answers.put(exc)
        except (OSError, ValueError):
            pass
        self.answers.put(None)
        self.process.stdout.close()

    def _drain(self) -> None:
        assert self.process.stderr is not None
        with suppress(OSError, ValueError):
            while part := os.read(self.process.stderr.fileno(), 65536):
                self.printed += len(part)
                self.tail = (self.tail + part)[-_PRINTED_TAIL:]
                if self.printed > self.most_printed and not self.flooded:
                    self.flooded = True
                    self.kill()
        self.process.stderr.close()

    def kill(self) -> None:
        """End it now, with whatever it has started."""
        with suppress(OSError):
            if sys.platform == "win32":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> int:
        """Kill it if need be and give its exit status."""
        with suppress(subprocess.TimeoutExpired):
            return self._ended(self.process.wait(0.5 if self.process.poll() is None else 0))
        self.kill()
        return self._ended(self.process.wait())

    def _ended(self, status: int) -> int:
        self.kill()  # what it started may live on in its session
        self._requests.put(None)
        return status


class ChildProcess:
    """`PluginWork` in a child process. `factory` names what builds the catalogue there: «web.assembly:catalogue».

    Tasks go one at a time; nothing is started before the first.
    """

    def __init__(self, factory: str, limits: PluginLimits | None = None) -> None:
        self.factory, self.limits = factory, limits or PluginLimits()
        self._child: _Child | None = None
        self._lock = threading.Lock()
        self._closed = False

    def render(self, kind: DocumentKind, facts: Mapping[str, Any], plugin: str, version: str) -> bytes:
        request = {"do": "render", "kind": kind.code, "facts": dict(facts)}
        _header, content = self._do(request, plugin, version, f"документ «{kind.title}»")
        if not content.startswith(b"PK"):
            raise PluginKilled(plugin, f"документ «{kind.title}»", "вернуло негодный ответ", version)
        return content

    def tell(self, plugin: str, version: str, scope: str, entries: Sequence[HistoryEntry]) -> None:
        rows = [list(entry.row()) for entry in entries]
        self._do({"do": "tell", "plugin": plugin, "scope": scope, "entries": rows}, plugin, version, "after_commit")

    def close(self) -> None:
        """End the child; a task that is under way fails without blame."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
            child.end()

    def _do(self, request: Mapping[str, Any], plugin: str, version: str, hook: str) -> Frame:
        with self._lock:
            child = self._running()
            child.ask(request)
            try:
                answer = child.answers.get(timeout=self.limits.seconds)
            except queue.Empty:
                child.kill()
                self._end(child, plugin, version, hook)
                seconds = f"{self.limits.seconds:g}".replace(".", ",")
                raise PluginKilled(
                    plugin, hook, f"не ответило за {seconds}\N{NO-BREAK SPACE}с и остановлено", version
                ) from None
            if answer is None or isinstance(answer, _Nonsense):
                status = self._end(child, plugin, version, hook)
                raise PluginKilled(plugin, hook, self._death(child, answer, status), version)
            if child.tail:
                log.info("plugin %s %s printed: %s", plugin, version, child.tail.decode(errors="replace"))
        header, body = answer
        if header.get("ok") is True:
            return header, body
        text = str(header.get("text", ""))
        if header.get("what") == "document":
            raise DocumentError(text)
        if header.get("what") != "fault":
            raise PluginKilled(plugin, hook, "вернуло негодный ответ", version)
        if header.get("memory"):
            text = f"не хватило памяти (предел {self.limits.memory_mb} МБ)"
        raise PluginError(plugin or "?", hook, text, version)

    def _death(self, child: _Child, answer: _Nonsense | None, status: int) -> str:
        if child.flooded:
            return f"напечатало больше {self.limits.output_mb:g} МБ и остановлено"
        if answer is not None:
            return "вернуло негодный ответ"
        if status < 0:
            return f"его процесс прерван сигналом {-status}"
        return f"завершило свой процесс (код {status})"

    def _end(self, child: _Child, plugin: str, version: str, hook: str) -> int:
        self._child = None
        status = child.end()
        if self._closed:
            raise ChildUnavailable("Программа останавливается: задание продолжится после запуска.")
        printed = child.tail.decode(errors="replace")
        log.error("the child is gone (status %s) after %s of plugin %s %s: %s", status, hook, plugin, version, printed)
        return status

    def _running(self) -> _Child:
        if self._closed:
            raise ChildUnavailable("Программа останавливается: задание продолжится после запуска.")
        if self._child is not None and self._child.process.poll() is None and self._child.answers.empty():
            return self._child
        if self._child is not None:  # it died between two tasks, or said something that nobody had asked
            self._child.kill()
            self._child.end()
        paths = os.pathsep.join(path for path in sys.path if path)
        environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1"}
        environment.pop("MARSHRUT_FAULT", None)
        command = [sys.executable, "-m", "workflow_core.child_process", self.factory, str(self.limits.memory_mb)]
        child = self._child = _Child(command, environment, int(self.limits.output_mb * _MEGABYTE))
        try:
            ready = child.answers.get(timeout=self.limits.start_seconds)
        except queue.Empty:
            ready = None
        if not isinstance(ready, tuple):
            self._child = None
            child.kill()
            child.end()
            log.error("the child did not start: %s", child.tail.decode(errors="replace"))
            raise ChildUnavailable("Отдельный процесс для дополнений не запустился. Причина — в журнале программы.")
        return child


# -- the child's end --------------------------------------------------------------------------------------------------


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The parent's pipes under other numbers: what plugins print goes to standard error, what they read is empty."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _read_requests(pipe: IO[bytes], inbox: queue.SimpleQueue[dict[str, Any]]) -> None:
    with suppress(Exception):
        while (frame := _read_frame(pipe)) is not None:
            inbox.put(frame[0])
    os._exit(0)  # the parent is gone, however it went; a plugin that hangs must not outlive it


def _limit_memory(megabytes: int) -> None:
    """Limit what this process may take above what it takes now. Where the system can't, nothing is limited."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", encoding="ascii") as pages:
            used = int(pages.read().split()[0]) * resource.getpagesize()
        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = used + megabytes * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _work(catalogue: Catalogue, request: Mapping[str, Any]) -> bytes:
    if request["do"] == "render":
        kind = catalogue.document_kinds.get(request["kind"])
        if kind is None:
            raise LookupError(f"вид документа «{request['kind']}» не загрузился")
        content = render_kind(kind, request["facts"])
        if not isinstance(content, bytes):
            raise TypeError(f"вместо файла получено {type(content).__name__}")
        return content
    plugin = request["plugin"]
    if plugin not in catalogue.listeners:
        fault = catalogue.plugins[plugin].fault if plugin in catalogue.plugins else "не установлено"
        raise LookupError(f"дополнение не загрузилось: {fault}")
    catalogue.tell(plugin, request["scope"], [HistoryEntry.from_row(row) for row in request["entries"]])
    return b""


def _answer(catalogue: Catalogue, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return {"ok": True}, _work(catalogue, request)
    except DocumentError as exc:
        return {"ok": False, "what": "document", "text": str(exc)}, b""
    except MemoryError:
        return {"ok": False, "what": "fault", "text": "MemoryError", "memory": True}, b""
    except BaseException as exc:  # SystemExit too: the child is not the plugin's to end
        logging.getLogger(__name__).error("a plugin failed", exc_info=exc)
        return {"ok": False, "what": "fault", "text": described(exc)}, b""


def main(factory: str, memory_mb: str) -> None:
    """Work off requests until the parent is gone."""
    requests, replies = _private_pipes()
    inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests, inbox), daemon=True).start()
    module, _colon, function = factory.partition(":")
    build: Callable[[], Catalogue] = getattr(import_module(module), function)
    catalogue = build()
    _limit_memory(int(memory_mb))
    _write_frame(replies, {"ready": True})
    while True:
        header, body = _answer(catalogue, inbox.get())
        with suppress(Exception):  # a plugin may have closed or replaced them
            sys.stdout.flush()
            sys.stderr.flush()
        _write_frame(replies, header, body)


if __name__ == "__main__":
    main(*sys.argv[1:])
