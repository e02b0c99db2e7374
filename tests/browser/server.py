"""A real server over a database file of its own, on a free port of this computer, with a clock that the test sets."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlmodel import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.conftest import NOW
from web.app import create_app
from web.assembly import Installation, assemble
from web.settings import Settings
from workflow_core.database import open_database
from workflow_core.jobs import Task, run_tasks
from workflows.documents import rendering_task
from workflows.road_maps import reading_task


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
    app: Flask = field(init=False)

    @property
    def folder(self) -> Path:
        """Where its database and its code of the first start lie."""
        return self.path.parent

    def pass_for(self, account_id: str) -> dict[str, str]:
        """The cookie of somebody who is logged in, for tests that are not about logging in."""
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer is not None
        value = signer.dumps({"_user_id": f"{account_id}.1", "_fresh": True, "_permanent": True})
        return {"name": "session", "value": str(value), "url": self.address}

    def counts(self) -> dict[str, int]:
        """How many rows every table holds, and how often processes moved: what a second sending must leave alone."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
            found["moves"] = connection.execute("SELECT coalesce(sum(version), 0) FROM process").fetchone()[0]
        return found


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
    for task in (rendering_task, reading_task):
        installation.engine.catalogue.task_handlers.update(task.task_handlers(lambda: server.moment))
    server.app = app = create_app(installation, RATELIMIT_ENABLED=False, CLOCK=lambda: server.moment)
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
