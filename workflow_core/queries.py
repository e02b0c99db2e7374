"""Every SQL statement of the engine, one named function each.

The statements of a step are fixed text on the session's own driver connection: building and compiling them for every
step costs more than all the rest of the step (see docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from workflow_core.database import raise_as_database
from workflow_core.history import ENTRY_COLUMNS, HistoryEntry
from workflow_core.tables import DUE_COLUMNS, FAULT_COLUMNS, PROCESS_COLUMNS, Due, PluginFault, Process

CHUNK = 500
"""Ids in one IN list; SQLite allows 999 variables in old builds."""


_DRIVER = "driver"


@cache
def _percent(statement: str) -> str:
    return statement.replace("?", "%s")


def attach(session: Session, connection: sa.Connection) -> None:
    """Keep the driver's connection of the session's transaction at hand: asking the session for it each time costs more
    than most statements. Holds until the session is closed, savepoints included."""
    driver = connection.connection.driver_connection
    session.info[_DRIVER] = (driver, connection.dialect.name == "sqlite", connection)


def _driver(session: Session) -> tuple[Any, bool, sa.Connection]:
    """The driver's connection, whether it is SQLite's, and the connection around it."""
    if _DRIVER not in session.info:
        connection = session.connection()
        return connection.connection.driver_connection, connection.dialect.name == "sqlite", connection
    found: tuple[Any, bool, sa.Connection] = session.info[_DRIVER]
    return found


def _execute(session: Session, statement: str, values: Sequence[Any] = ()) -> Any:
    """A cursor of the driver, inside the session's own transaction."""
    driver, is_sqlite, connection = _driver(session)
    try:
        return driver.execute(statement if is_sqlite else _percent(statement), values)
    except Exception as exc:
        raise_as_database(connection, exc, statement)
        raise


def rows(session: Session, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a fixed statement, values marked by `?` on every database; for facts that each step asks anew.

    It goes to the driver within the session's own transaction and sees what was flushed.
    """
    found: list[tuple[Any, ...]] = _execute(session, statement, values).fetchall()
    return found


def _execute_many(session: Session, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    """One statement for many rows, inside the session's own transaction; how many rows were changed."""
    if not rows:
        return 0
    if len(rows) == 1:
        return int(_execute(session, statement, rows[0]).rowcount)
    driver, is_sqlite, connection = _driver(session)
    try:
        cursor = driver.cursor()
        cursor.executemany(statement if is_sqlite else _percent(statement), rows)
        return int(cursor.rowcount)
    except Exception as exc:
        raise_as_database(connection, exc, statement)
        raise


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids without repetition in lists short enough for one statement."""
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]


# -- the head of a history --------------------------------------------------------------------------------------------


def lock_head(session: Session, scope: str) -> tuple[int, str, str] | None:
    """Count, hash and last instant of the scope's history, locked until the end of the transaction."""
    lock = "" if _driver(session)[1] else " FOR UPDATE"
    row = _execute(
        session, f"SELECT count, hash, recorded_at FROM history_head WHERE scope_id = ?{lock}", (scope,)
    ).fetchone()
    return (row[0], row[1], row[2]) if row else None


def read_head(session: Session, scope: str) -> tuple[int, str, str] | None:
    """Count, hash and last instant of the scope's history, without a lock."""
    row = _execute(session, "SELECT count, hash, recorded_at FROM history_head WHERE scope_id = ?", (scope,)).fetchone()
    return (row[0], row[1], row[2]) if row else None


def create_head(session: Session, scope: str, first_hash: str, recorded_at: str) -> None:
    """Begin the history of a new organisation; a head that another transaction has begun stays."""
    _execute(
        session,
        "INSERT INTO history_head (scope_id, count, hash, recorded_at) VALUES (?, 0, ?, ?) ON CONFLICT (scope_id) DO NOTHING",
        (scope, first_hash, recorded_at),
    )


_MOVE_HEAD = "UPDATE history_head SET count = ?, hash = ?, recorded_at = ? WHERE scope_id = ?"


def move_head(
    session: Session, scope: str, count: int, head_hash: str, recorded_at: str, submission: Sequence[str] = ()
) -> None:
    """Point the head at the newest entry, and remember the form that brought it (see `insert_submission`)."""
    head = (count, head_hash, recorded_at, scope)
    if submission and not _driver(session)[1]:
        _execute(session, f"WITH kept AS ({_INSERT_SUBMISSION}) {_MOVE_HEAD}", (*submission, *head))
        return
    if submission:
        insert_submission(session, submission)
    _execute(session, _MOVE_HEAD, head)


def scopes(session: Session) -> list[str]:
    """All organisations that have a history."""
    return [row[0] for row in _execute(session, "SELECT scope_id FROM history_head ORDER BY scope_id")]


# -- entries ----------------------------------------------------------------------------------------------------------

_ENTRY_LIST = ", ".join(ENTRY_COLUMNS)
_INSERT_ENTRY = f"INSERT INTO history_entry ({_ENTRY_LIST}, body, hash) VALUES ({_marks(len(ENTRY_COLUMNS) + 2)})"


_INSERT_DETAILS = "INSERT INTO entry_details (scope_id, seq, salt, body, erased_at) VALUES (?, ?, ?, ?, '')"


def insert_entries(
    session: Session, entries: Sequence[HistoryEntry], details: Sequence[tuple[str, int, str, str]] = ()
) -> None:
    """Append entries, and their erasable parts (scope, number, salt, text) apart from them; the triggers allow nothing else."""
    if len(entries) == 1 == len(details) and not _driver(session)[1]:
        # A statement to PostgreSQL costs as much as judging a step: a step sends one for both, and one for head and form.
        _execute(session, f"WITH details AS ({_INSERT_DETAILS}) {_INSERT_ENTRY}", (*details[0], *entries[0]))
        return
    _execute_many(session, _INSERT_ENTRY, entries)
    _execute_many(session, _INSERT_DETAILS, details)


def erase_details(session: Session, scope: str, seqs: Sequence[int], at: str) -> None:
    """Erase salt and text of these entries' details; the entries stay and still verify."""
    for start in range(0, len(seqs), CHUNK):
        part = seqs[start : start + CHUNK]
        _execute(
            session,
            f"UPDATE entry_details SET salt = NULL, body = NULL, erased_at = ? WHERE scope_id = ? AND erased_at = '' AND seq IN ({_marks(len(part))})",
            (at, scope, *part),
        )


_SELECT_ENTRY = f"SELECT {_ENTRY_LIST}, body, hash FROM history_entry"


def entries_after(session: Session, scope: str, seq: int, limit: int) -> list[HistoryEntry]:
    """The next entries of a history in their order."""
    rows = _execute(
        session, f"{_SELECT_ENTRY} WHERE scope_id = ? AND seq > ? ORDER BY seq LIMIT ?", (scope, seq, limit)
    )
    return [HistoryEntry.from_row(row) for row in rows]


def entries_between(session: Session, scope: str, first: int, last: int) -> list[HistoryEntry]:
    """The entries of one commit."""
    rows = _execute(
        session, f"{_SELECT_ENTRY} WHERE scope_id = ? AND seq BETWEEN ? AND ? ORDER BY seq", (scope, first, last)
    )
    return [HistoryEntry.from_row(row) for row in rows]


def entry(session: Session, scope: str, seq: int) -> HistoryEntry | None:
    """One entry by its number."""
    row = _execute(session, f"{_SELECT_ENTRY} WHERE scope_id = ? AND seq = ?", (scope, seq)).fetchone()
    return HistoryEntry.from_row(row) if row else None


def entries_of(session: Session, scope: str, subject_ids: Iterable[str]) -> dict[str, list[HistoryEntry]]:
    """All entries of some subjects, oldest first, by subject."""
    found: dict[str, list[HistoryEntry]] = {}
    for part in chunks(subject_ids):
        rows = _execute(
            session,
            f"{_SELECT_ENTRY} WHERE scope_id = ? AND subject_id IN ({_marks(len(part))}) ORDER BY seq",
            (scope, *part),
        )
        for row in rows:
            item = HistoryEntry.from_row(row)
            found.setdefault(item.subject_id, []).append(item)
    return found


_NOT_REPLAYED = ("checks", "plugins", "commitment", "previous_hash", "body", "hash")
_REPLAYED = ", ".join("''" if name in _NOT_REPLAYED else name for name in (*ENTRY_COLUMNS, "body", "hash"))


def moves_of(session: Session, scope: str, subject_ids: Sequence[str]) -> dict[str, list[HistoryEntry]]:
    """The entries that move some processes (at most `CHUNK`), oldest first, without what a replay does not look at."""
    statement = f"SELECT {_REPLAYED} FROM history_entry WHERE scope_id = ? AND subject_id IN ({_marks(len(subject_ids))}) AND version > 0"
    found: dict[str, list[HistoryEntry]] = {}
    for row in _execute(session, statement, (scope, *subject_ids)):
        found.setdefault(row[4], []).append(HistoryEntry._make(row))
    for entries in found.values():
        entries.sort(key=_by_seq)
    return found


_by_seq = itemgetter(1)


@cache
def _entry_filter(names: tuple[str, ...]) -> str:
    conditions = {
        "subject_id": "subject_id = ?",
        "subject_kind": "subject_kind = ?",
        "actor_id": "actor_id = ?",
        "event": "event = ?",
        "kind": "kind = ?",
        "since": "happened_on >= ?",
        "until": "happened_on <= ?",
        "with_ground": "with_ground = ?",
        "before": "seq < ?",
    }
    return "".join(f" AND {conditions[name]}" for name in names)


def find_entries(session: Session, scope: str, filters: Mapping[str, Any], limit: int) -> list[HistoryEntry]:
    """A page of the history, newest first. Filters: subject_id, subject_kind, actor_id, event, kind, since, until (days), with_ground, before (seq)."""
    names = tuple(sorted(filters))
    rows = _execute(
        session,
        f"{_SELECT_ENTRY} WHERE scope_id = ?{_entry_filter(names)} ORDER BY seq DESC LIMIT ?",
        (scope, *(filters[name] for name in names), limit),
    )
    return [HistoryEntry.from_row(row) for row in rows]


def count_entries(session: Session, scope: str, filters: Mapping[str, Any]) -> int:
    """How many entries the filters of `find_entries` leave."""
    names = tuple(sorted(name for name in filters if name != "before"))
    row = _execute(
        session,
        f"SELECT count(*) FROM history_entry WHERE scope_id = ?{_entry_filter(names)}",
        (scope, *(filters[n] for n in names)),
    ).fetchone()
    return int(row[0]) if row else 0


def details_of(session: Session, scope: str, seqs: Sequence[int]) -> dict[int, tuple[str | None, str | None, str]]:
    """Salt, text and day of erasure of the details of some entries."""
    found: dict[int, tuple[str | None, str | None, str]] = {}
    for start in range(0, len(seqs), CHUNK):
        part = seqs[start : start + CHUNK]
        rows = _execute(
            session,
            f"SELECT seq, salt, body, erased_at FROM entry_details WHERE scope_id = ? AND seq IN ({_marks(len(part))})",
            (scope, *part),
        )
        found.update({row[0]: (row[1], row[2], row[3]) for row in rows})
    return found


_SELECT_WHOLE = (
    f"SELECT {', '.join(f'e.{name}' for name in (*ENTRY_COLUMNS, 'body', 'hash'))}, d.seq, d.salt, d.body, d.erased_at"
    " FROM history_entry e LEFT JOIN entry_details d ON d.scope_id = e.scope_id AND d.seq = e.seq"
    " WHERE e.scope_id = ? AND e.seq > ? ORDER BY e.seq LIMIT 1000"
)


def whole_entries(session: Session, scope: str) -> Iterator[tuple[Any, ...]]:
    """Every entry in order, read in pages: its columns as they are stored, then number (None where there are none), salt, text
    and moment of erasure of its details. Plain rows: a check reads millions."""
    seq, row = 0, None
    while True:
        # One by one: a page of such rows does not fit the processor's cache.
        for row in _execute(session, _SELECT_WHOLE, (scope, seq)):
            yield row
        if row is None or row[1] == seq:
            return
        seq = row[1]


def links(session: Session, scope: str) -> Iterator[tuple[int, str, str]]:
    """Number, bytes and hash of every entry in order, read in pages."""
    statement = "SELECT seq, body, hash FROM history_entry WHERE scope_id = ? AND seq > ? ORDER BY seq LIMIT 5000"
    seq = 0
    while rows := _execute(session, statement, (scope, seq)).fetchall():
        yield from rows
        seq = rows[-1][0]


# -- processes --------------------------------------------------------------------------------------------------------

_PROCESS_LIST = ", ".join(PROCESS_COLUMNS)
_SELECT_PROCESS = f"SELECT {_PROCESS_LIST} FROM process"
_INSERT_PROCESS = f"INSERT INTO process ({_PROCESS_LIST}) VALUES ({_marks(len(PROCESS_COLUMNS))})"


def insert_processes(session: Session, processes: Sequence[Process]) -> None:
    """New processes; their first entries must stand in the history already (trigger)."""
    _execute_many(session, _INSERT_PROCESS, processes)


_MOVE_PROCESS = "UPDATE process SET definition_hash = ?, state = ?, remembered = ?, version = ?, since = ?, updated_at = ? WHERE id = ? AND version = ?"


def move_processes(session: Session, processes: Sequence[Process]) -> int:
    """Write new states over the versions before them; fewer changed rows than processes mean a stale read."""
    rows = [
        (
            one.definition_hash,
            one.state,
            one.remembered,
            one.version,
            one.since,
            one.updated_at,
            one.id,
            one.version - 1,
        )
        for one in processes
    ]
    return _execute_many(session, _MOVE_PROCESS, rows)


def process(session: Session, process_id: str) -> Process | None:
    """One process by its subject's id."""
    row = _execute(session, f"{_SELECT_PROCESS} WHERE id = ?", (process_id,)).fetchone()
    return Process(*row) if row else None


def processes(session: Session, ids: Iterable[str]) -> dict[str, Process]:
    """Some processes by id."""
    found: dict[str, Process] = {}
    for part in chunks(ids):
        for row in _execute(session, f"{_SELECT_PROCESS} WHERE id IN ({_marks(len(part))})", part):
            found[row[0]] = Process(*row)
    return found


def processes_of(session: Session, scope: str, subject_kind: str = "", states: Sequence[str] = ()) -> list[Process]:
    """The processes of an organisation, of one kind and in some states if named, longest in their state first."""
    where, values = "", []
    if subject_kind:
        where, values = " AND subject_kind = ?", [subject_kind]
    if states:
        where, values = f"{where} AND state IN ({_marks(len(states))})", [*values, *states]
    rows = _execute(session, f"{_SELECT_PROCESS} WHERE scope_id = ?{where} ORDER BY since, id", (scope, *values))
    return [Process(*row) for row in rows]


def count_by_state(session: Session, scope: str, subject_kind: str) -> dict[str, int]:
    """How many processes of a kind stand in each state."""
    rows = _execute(
        session,
        "SELECT state, count(*) FROM process WHERE scope_id = ? AND subject_kind = ? GROUP BY state",
        (scope, subject_kind),
    )
    return {row[0]: row[1] for row in rows}


def count_processes(session: Session, scope: str) -> dict[tuple[str, str], int]:
    """How many processes of an organisation stand in each (kind of subject, state); reads an index of all of them."""
    rows = _execute(
        session,
        "SELECT subject_kind, state, count(*) FROM process WHERE scope_id = ? GROUP BY subject_kind, state",
        (scope,),
    )
    return {(row[0], row[1]): row[2] for row in rows}


def moves_after(session: Session, scope: str, seq: int) -> list[tuple[str, str, str]]:
    """(kind of subject, state before, state after) of all entries after one that moved a process to another state."""
    rows = _execute(
        session,
        "SELECT subject_kind, from_state, to_state FROM history_entry WHERE scope_id = ? AND seq > ? AND version > 0 AND from_state <> to_state",
        (scope, seq),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def hash_at(session: Session, scope: str, seq: int) -> str:
    """The link of the chain at one entry; empty where there is no such entry."""
    row = _execute(session, "SELECT hash FROM history_entry WHERE scope_id = ? AND seq = ?", (scope, seq)).fetchone()
    return str(row[0]) if row else ""


# -- checking ---------------------------------------------------------------------------------------------------------


def subjects_without_process(session: Session, scope: str) -> Iterator[tuple[int, str, str]]:
    """First entry, kind and id of what the history has begun and no process row of the organisation stands for."""
    yield from _execute(
        session,
        "SELECT entry.seq, entry.subject_kind, entry.subject_id FROM history_entry entry "
        "LEFT JOIN process ON process.id = entry.subject_id AND process.scope_id = entry.scope_id "
        "WHERE entry.scope_id = ? AND entry.version = 1 AND process.id IS NULL ORDER BY entry.seq",
        (scope,),
    )


def stray_details(session: Session, scope: str, count: int) -> list[int]:
    """Numbers of details that no entry stands for, where the entries are 1 to `count`."""
    rows = _execute(
        session,
        "SELECT seq FROM entry_details WHERE scope_id = ? AND (seq < 1 OR seq > ?) ORDER BY seq",
        (scope, count),
    )
    return [row[0] for row in rows]


# -- definitions ------------------------------------------------------------------------------------------------------


def definition_body(session: Session, definition_hash: str) -> str | None:
    """The stored form of a definition."""
    row = _execute(session, "SELECT body FROM definition WHERE hash = ?", (definition_hash,)).fetchone()
    return row[0] if row else None


def store_definition(session: Session, definition_hash: str, code: str, version: int, body: str, at: str) -> None:
    """Keep a definition under its hash for ever; texts may be renewed, behaviour can't (it is the hash)."""
    _execute(
        session,
        "INSERT INTO definition (hash, code, version, body, stored_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET body = excluded.body",
        (definition_hash, code, version, body, at),
    )


def latest_definitions(session: Session) -> dict[str, str]:
    """Code -> hash of what was stored last under it, by whatever plugin."""
    rows = _execute(session, "SELECT code, hash FROM definition ORDER BY stored_at, version, hash")
    return {row[0]: row[1] for row in rows}


def stored_definitions(session: Session) -> dict[str, str]:
    """Bodies of all stored definitions by hash."""
    return {row[0]: row[1] for row in _execute(session, "SELECT hash, body FROM definition")}


# -- submissions ------------------------------------------------------------------------------------------------------


def submission(session: Session, scope: str, actor_id: str, key: str) -> tuple[str, str] | None:
    """Hash of the input and stored result of a form already sent."""
    row = _execute(
        session,
        "SELECT input_hash, result FROM submission WHERE scope_id = ? AND actor_id = ? AND key = ?",
        (scope, actor_id, key),
    ).fetchone()
    return (row[0], row[1]) if row else None


_INSERT_SUBMISSION = (
    "INSERT INTO submission (scope_id, actor_id, key, input_hash, result, recorded_at) VALUES (?, ?, ?, ?, ?, ?)"
)


def insert_submission(session: Session, row: Sequence[str]) -> None:
    """Remember the result of a form under its key: scope, actor, key, hash of the input, result, moment."""
    _execute(session, _INSERT_SUBMISSION, row)


# -- what falls due ---------------------------------------------------------------------------------------------------

_DUE_LIST = ", ".join(DUE_COLUMNS)
_INSERT_DUE = f"INSERT INTO due ({_DUE_LIST}) VALUES ({_marks(len(DUE_COLUMNS))})"


def insert_due(session: Session, rows: Sequence[Due]) -> None:
    """New rows of what falls due."""
    _execute_many(session, _INSERT_DUE, [tuple(getattr(row, name) for name in DUE_COLUMNS) for row in rows])


def change_due(session: Session, rows: Sequence[Due]) -> None:
    """Give rows other days; a row that was taken waits again."""
    _execute_many(
        session,
        "UPDATE due SET due_on = ?, fires_on = ?, note = ?, done_at = ? WHERE id = ?",
        [(row.due_on, row.fires_on, row.note, row.done_at, row.id) for row in rows],
    )


def delete_due(session: Session, ids: Sequence[str]) -> None:
    """Remove rows by id."""
    _execute_many(session, "DELETE FROM due WHERE id = ?", [(one,) for one in ids])


def delete_limits(session: Session, subject_ids: Sequence[str]) -> None:
    """Remove the time limits of some processes."""
    _execute_many(session, "DELETE FROM due WHERE subject_id = ? AND kind = 'limit'", [(one,) for one in subject_ids])


def finish_due(session: Session, ids: Sequence[str], at: str) -> None:
    """Mark rows as taken."""
    _execute_many(session, "UPDATE due SET done_at = ? WHERE id = ?", [(at, one) for one in ids])


def due_now(session: Session, scope: str, day: str, limit: int) -> list[Due]:
    """What waits and fires up to a day, in the order of the days; reviews apart."""
    rows = _execute(
        session,
        f"SELECT {_DUE_LIST} FROM due WHERE scope_id = ? AND done_at = '' AND fires_on <= ? AND kind <> 'review'"
        " ORDER BY fires_on, id LIMIT ?",
        (scope, day, limit),
    )
    return [Due(*row) for row in rows]


def due_of(session: Session, scope: str, subject_ids: Iterable[str], kinds: Sequence[str]) -> list[Due]:
    """All rows of some subjects and kinds, taken ones too."""
    found: list[Due] = []
    for part in chunks(subject_ids):
        rows = _execute(
            session,
            f"SELECT {_DUE_LIST} FROM due WHERE scope_id = ? AND kind IN ({_marks(len(kinds))}) AND subject_id IN ({_marks(len(part))})",
            (scope, *kinds, *part),
        )
        found += [Due(*row) for row in rows]
    return found


def due_of_scope(session: Session, scope: str, kinds: Sequence[str], *, waiting: bool = False) -> list[Due]:
    """All rows of an organisation of some kinds, next first; `waiting`: only those that were not taken."""
    where = " AND done_at = ''" if waiting else ""
    rows = _execute(
        session,
        f"SELECT {_DUE_LIST} FROM due WHERE scope_id = ? AND kind IN ({_marks(len(kinds))}){where} ORDER BY fires_on, id",
        (scope, *kinds),
    )
    return [Due(*row) for row in rows]


def scopes_with_due(session: Session, day: str) -> list[str]:
    """Organisations in which something waits that fires up to a day, and those whose rows were never looked through."""
    rows = _execute(
        session,
        "SELECT scope_id FROM history_head WHERE scope_id <> '' AND"
        " (EXISTS (SELECT 1 FROM due WHERE due.scope_id = history_head.scope_id AND done_at = '' AND fires_on <= ?)"
        " OR NOT EXISTS (SELECT 1 FROM due WHERE due.subject_id = history_head.scope_id AND kind = 'review'))"
        " ORDER BY scope_id",
        (day,),
    )
    return [row[0] for row in rows]


def definitions_in_use(session: Session, scope: str) -> list[tuple[str, str]]:
    """(hash of the definition, kind of subject) of all processes of an organisation."""
    rows = _execute(session, "SELECT DISTINCT definition_hash, subject_kind FROM process WHERE scope_id = ?", (scope,))
    return [(row[0], row[1]) for row in rows]


def stays(session: Session, scope: str, subject_kind: str, state: str, definition_hash: str) -> list[tuple[str, str]]:
    """(process, day since when) of everything that stands in a state of a definition."""
    rows = _execute(
        session,
        "SELECT id, since FROM process WHERE scope_id = ? AND subject_kind = ? AND state = ? AND definition_hash = ?",
        (scope, subject_kind, state, definition_hash),
    )
    return [(row[0], row[1]) for row in rows]


# -- how plugins behave -----------------------------------------------------------------------------------------------

_FAULT_LIST = ", ".join(FAULT_COLUMNS)


def plugin_fault(session: Session, plugin: str, hook: str, *, lock: bool = False) -> PluginFault | None:
    """How a plugin behaves in a hook; None for one that never had a fault. `lock`: until the end of the transaction."""
    locking = " FOR UPDATE" if lock and session.connection().dialect.name != "sqlite" else ""
    row = _execute(
        session, f"SELECT {_FAULT_LIST} FROM plugin_fault WHERE plugin = ? AND hook = ?{locking}", (plugin, hook)
    ).fetchone()
    return PluginFault(*row) if row else None


def plugin_faults(session: Session) -> list[PluginFault]:
    """All plugins that ever had a fault, by name."""
    return [PluginFault(*row) for row in _execute(session, f"SELECT {_FAULT_LIST} FROM plugin_fault ORDER BY 1, 2")]


def keep_plugin_fault(session: Session, fault: PluginFault) -> None:
    """Write a row, new or known."""
    changed = ", ".join(f"{name} = excluded.{name}" for name in FAULT_COLUMNS[2:])
    _execute(
        session,
        f"INSERT INTO plugin_fault ({_FAULT_LIST}) VALUES ({_marks(len(FAULT_COLUMNS))})"
        f" ON CONFLICT (plugin, hook) DO UPDATE SET {changed}",
        tuple(getattr(fault, name) for name in FAULT_COLUMNS),
    )
