"""Serving: a port that is taken, a database that is served already, a worker's slot, a clean end."""

from __future__ import annotations

import gc
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest

from tests.conftest import ROOT
from web.commands.queries import held_slots
from web.server import _SlotHolder, embedded_held, port_is_free, require_port, slot_held, work
from workflow_core.database import Database
from workflow_core.exceptions import InvalidInput

HOST = "127.0.0.1"


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with closing(socket.socket()) as listening:
        listening.bind((HOST, 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def test_a_busy_port_names_a_free_one(taken_port: int) -> None:
    with pytest.raises(InvalidInput, match=f"Порт {taken_port} занят") as refused:
        require_port(HOST, taken_port)

    advised = re.search(r"--port (\d+)", str(refused.value))
    assert advised is not None
    assert port_is_free(HOST, int(advised[1]))


def test_an_unknown_host_is_one_sentence() -> None:
    with pytest.raises(InvalidInput, match=r"не найден\. Проверьте MARSHRUT_HOST"):
        require_port("no such host.invalid", 8000)


def test_an_embedded_database_is_served_once(tmp_path: Path) -> None:
    path = tmp_path / "marshrut.db"
    with embedded_held(path):
        with pytest.raises(InvalidInput, match="уже запущена"), embedded_held(path):
            pass
    with embedded_held(path):
        pass


@pytest.mark.postgresql
def test_a_slot_is_held_by_one_worker(postgresql_database: Database) -> None:
    with slot_held(postgresql_database, 1):
        with pytest.raises(InvalidInput, match="Место 1 уже занято"), slot_held(postgresql_database, 1):
            pass
        with slot_held(postgresql_database, 2):
            pass
    with slot_held(postgresql_database, 1):
        pass


@pytest.mark.postgresql
def test_a_slot_is_taken_again_after_the_server_was_away(postgresql_database: Database) -> None:
    returned: list[set[int]] = []
    with slot_held(
        postgresql_database,
        1,
        check_seconds=0.05,
        returned=lambda: returned.append(held_slots(postgresql_database)),
    ):
        assert held_slots(postgresql_database) == {1}
        with postgresql_database.job_engine.connect() as connection:
            # Locks are seen server-wide, and other tests hold some in databases of their own.
            others = (
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE locktype = 'advisory' AND datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert connection.exec_driver_sql(others).scalars().all() == [True]
        end = time.monotonic() + 20
        while held_slots(postgresql_database) != {1}:
            assert time.monotonic() < end
            time.sleep(0.05)
        while not returned:
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(0.2)
    assert returned == [{1}], "told once, when the slot is held again"
    assert held_slots(postgresql_database) == set()


@pytest.mark.postgresql
def test_a_worker_whose_slot_was_taken_meanwhile_ends(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("web.server.os.kill", lambda _pid, number: ended.append(number))
    holder = _SlotHolder(postgresql_database, 1)
    assert holder.take()
    holder.give_back()
    with slot_held(postgresql_database, 1):
        holder.watch(Event(), 0.01)

    assert ended == [signal.SIGTERM]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_run_serves_pages_and_ends_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "MARSHRUT_DATA": str(tmp_path), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    environment.pop("MARSHRUT_DATABASE_URL", None)
    command = [sys.executable, "-m", "web.command_line", "run", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8") as serving:
        assert serving.stdout is not None
        first = serving.stdout.readline()
        assert first == f"Маршрут открыт: http://127.0.0.1:{port}/\n"
        assert _status(f"http://127.0.0.1:{port}/login") == 200
        serving.send_signal(ending)
        rest = serving.stdout.read()
        assert serving.wait(timeout=30) == 0
    assert rest.startswith("База пуста. Откройте адрес")
    assert rest.endswith("Остановлено.\n")


def _status(address: str) -> int:
    for _ in range(50):
        try:
            with urlopen(address) as answer:
                return int(answer.status)
        except OSError:
            time.sleep(0.1)
    return 0


def test_what_is_loaded_when_pages_open_is_never_collected_again() -> None:
    place: Any = SimpleNamespace(jobs=None)
    frozen: list[int] = []

    def ready() -> None:
        frozen.append(gc.get_freeze_count())
        raise SystemExit

    gc.unfreeze()
    try:
        work(place, 1, ready=ready)
    finally:
        gc.freeze()  # as tests/conftest.py leaves it

    assert frozen[0] > 10_000
