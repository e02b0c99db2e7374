"""Serving the admin: waitress in this process, beside it the jobs where the database is the embedded one."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from web.commands.queries import is_alive, release_slot, take_slot
from workflow_core.exceptions import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from web.assembly import Installation
    from workflow_core.database import Database

log = logging.getLogger(__name__)

THREADS = 8
"""Requests worked on at once: a school's teachers, not the internet."""
PORTS_TRIED = 100


def port_is_free(host: str, port: int) -> bool:
    """Whether nobody listens there yet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR would share a port that is taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as exc:
            raise InvalidInput({"": f"Адрес «{host}» не найден. Проверьте MARSHRUT_HOST."}) from exc
        except OSError:
            return False
        return True


def require_port(host: str, port: int) -> None:
    """Raises InvalidInput naming the next free port."""
    if port_is_free(host, port):
        return
    after = range(port + 1, min(port + PORTS_TRIED, 65536))
    free = next((one for one in after if port_is_free(host, one)), None)
    advice = f"Свободен {free}: marshrut run --port {free}." if free else "Укажите другой: --port."
    raise InvalidInput({"": f"Порт {port} занят другой программой. {advice}"})


def serve(
    installation: Installation, host: str, port: int, *, slot: int | None, ready: Callable[[], None] = lambda: None
) -> None:
    """Serve until Ctrl-C or SIGTERM. `slot`: work off jobs in this process too; `ready` is called when pages can be opened."""
    # Here and not above: Flask and its extensions are a second of imports.
    from waitress.server import create_server

    from web.app import create_app

    app = create_app(installation)
    try:
        server = create_server(
            app, host=host, port=port, threads=THREADS, ident="marshrut", clear_untrusted_proxy_headers=True
        )
    except OSError as exc:
        raise InvalidInput({"": f"Порт {port} занят другой программой. Укажите другой: --port."}) from exc
    try:
        with _ended_by_signals():
            if slot is not None:
                _launch(installation, slot)
            _settle()
            ready()
            server.run()
    except SystemExit:
        pass
    finally:
        server.close()


def work(installation: Installation, slot: int, *, ready: Callable[[], None] = lambda: None) -> None:
    """Execute jobs until Ctrl-C or SIGTERM, without serving pages."""
    with suppress(SystemExit, KeyboardInterrupt), _ended_by_signals():
        _launch(installation, slot)
        _settle()
        ready()
        while not Event().wait(3600):
            pass


def _settle() -> None:
    """What is loaded by now stays: the garbage collector need not look at it again, which stops everything for a tenth of a second."""
    gc.collect()
    gc.freeze()


def _launch(installation: Installation, slot: int) -> None:
    from workflow_core.jobs import DurableJobs

    if isinstance(installation.jobs, DurableJobs):
        installation.jobs.launch(installation.engine, slot=f"w{slot}")
    log.info("jobs are worked off, slot %s, %s", slot, datetime.now(UTC))


def begin_again(installation: Installation, slot: int) -> None:
    """Queue again what the slot had begun when the database server went away.

    The job engine drops a job whose next word it could not write, and would come back to it only in a new process. One that
    is still at work is done twice; tasks bear that.
    """
    from workflow_core.jobs import DurableJobs

    if isinstance(installation.jobs, DurableJobs):
        given = installation.jobs.recover(f"w{slot}")
        log.warning("slot %s: begun before the server was away, queued again: %s", slot, given)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends like Ctrl-C: requests are finished, connections given back."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# -- one at a time ----------------------------------------------------------------------------------------------------


SLOT_CHECK = 10.0
"""Seconds between two looks at whether the slot is still held: a database server that was restarted has forgotten it."""


@contextmanager
def slot_held(
    database: Database, slot: int, *, check_seconds: float = SLOT_CHECK, returned: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold a worker's slot on PostgreSQL. Raises InvalidInput where another worker holds it.

    Two workers of one slot would both resume the jobs that the slot left behind. `returned` is called once after the
    server was away.
    """
    holder = _SlotHolder(database, slot, returned)
    if not holder.take():
        text = f"Место {slot} уже занято другим работником. Укажите другое: marshrut worker --slot {slot + 1}."
        raise InvalidInput({"": text})
    over = Event()
    watch = Thread(target=holder.watch, args=(over, check_seconds), name=f"slot {slot}", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()
        holder.give_back()


class _SlotHolder:
    """The connection that stands for a worker's slot: the slot is held as long as the connection lives."""

    def __init__(self, database: Database, slot: int, returned: Callable[[], None] = lambda: None) -> None:
        self._database, self._slot, self._returned = database, slot, returned
        self._was_away = False
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether the slot is ours now."""
        connection = self._database.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not take_slot(connection, self._slot):
            connection.close()
            return False
        self._connection = connection
        return True

    def watch(self, over: Event, check_seconds: float) -> None:
        """Take the slot again after the server was away; end this process if another worker was faster."""
        while not over.wait(check_seconds):
            try:
                if self._connection is not None and is_alive(self._connection):
                    if self._was_away:
                        self._returned()
                        self._was_away = False
                    continue
                self._was_away = True
                self.give_back()
                ours = self.take()
            except DBAPIError as exc:
                log.warning("slot %s: no database, trying again: %s", self._slot, exc)
                continue
            if not ours:
                log.error("slot %s was taken by another worker, stopping", self._slot)
                os.kill(os.getpid(), signal.SIGTERM)
                return
            log.warning("slot %s taken again", self._slot)

    def give_back(self) -> None:
        """Close the connection for good: the pool would keep it, and the slot with it."""
        if self._connection is not None:
            with suppress(DBAPIError):
                if not self._connection.invalidated:
                    release_slot(self._connection, self._slot)
            with suppress(DBAPIError):
                self._connection.invalidate()
            self._connection.close()
            self._connection = None


@contextmanager
def embedded_held(path: Path) -> Iterator[None]:
    """Hold an embedded database against a second server on it. Raises InvalidInput where another process serves it.

    The lock is SQLite's own on an empty file beside the database, so it ends with the process however that ends.
    """
    with closing(sqlite3.connect(f"{path}.serving", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("PRAGMA locking_mode=EXCLUSIVE")
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc):
                # A file system without locks: better to serve unguarded than not at all.
                log.warning("no lock on %s: %s", path, exc)
                yield
                return
            text = "Программа с этой базой уже запущена. Откройте её в браузере или сначала остановите её."
            raise InvalidInput({"": text}) from exc
        yield
