"""A real server over a database file of its own, on a free port of this computer, with a clock that the test sets."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from sqlmodel import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.conftest import NOW
from web.app import create_app
from web.assembly import Installation, assemble
from web.settings import Settings
from workflow_core.database import open_database
from workflow_core.jobs import Task, run_tasks


class PromptJobs:
    """Does the jobs of a request when it has been answered, in the thread that answered it: what a page promises is there."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def enqueue(self, session: Session, scope: str, first: int, last: int, tasks: Sequence[Task]) -> None:
        self._waiting.append((scope, first, last, list(tasks)))

    @property
    def _waiting(self) -> list[Any]:
        if not hasattr(self._of_thread, "waiting"):
            self._of_thread.waiting = []
        found: list[Any] = self._of_thread.waiting
        return found

    def wrap(self, app: Flask, installation: Installation) -> Callable[..., Iterable[bytes]]:
        """The application with the jobs done after each request."""

        def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            self._waiting.clear()
            found = app.wsgi_app(environ, start)
            try:
                body = list(found)
            finally:
                if close := getattr(found, "close", None):
                    close()
            while self._waiting:
                run_tasks(installation.engine, *self._waiting.pop(0))
            return body

        return answer


@dataclass(slots=True)
class Server:
    """A running Marshrut."""

    address: str
    installation: Installation
    path: Path
    moment: datetime = field(default=NOW)

    @property
    def folder(self) -> Path:
        return self.path.parent


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def serving(template: Path, folder: Path, moment: datetime = NOW) -> Iterator[Server]:
    """Serve a copy of a database file."""
    path = folder / "marshrut.db"
    shutil.copy(template, path)
    settings = Settings(data=folder, database_url=f"sqlite:///{path}", secret="a secret of the tests only")
    jobs = PromptJobs()
    database = open_database(settings.database_url, synchronous="OFF")
    installation = assemble(settings, jobs=jobs, database=database)
    installation.engine.store_definitions(now=moment)
    server = Server("", installation, path, moment)
    app = create_app(installation, RATELIMIT_ENABLED=False, CLOCK=lambda: server.moment)
    served = make_server("127.0.0.1", 0, jobs.wrap(app, installation), threaded=True, request_handler=_Quiet)  # type: ignore[arg-type]
    served.daemon_threads = True
    server.address = f"http://127.0.0.1:{served.server_port}"
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield server
    served.shutdown()
    thread.join()
    served.server_close()
    database.close()
