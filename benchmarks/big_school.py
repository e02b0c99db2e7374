"""A school of any size, made in a minute: for tests and benchmarks of what must not slow down.

Rows and history are written past the operations but in the public format, by plain bulk inserts through all triggers: `verify`
and `replay` pass, the chain is whole, every register is recorded. People, papers and steps are invented by a seed.

    python -m benchmarks.big_school sqlite:///big.db --pairs 100000 --entries 1000000
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from web.assembly import CollectedJobs, Installation, assemble, prepare
from web.settings import Settings
from web.tables import Account
from workflow_core.database import open_database
from workflow_core.definition import START, WorkflowDefinition
from workflow_core.guards import SYSTEM
from workflow_core.history import ALL_COLUMNS, canonical_json, commitment, entry_hash
from workflow_core.queries import CHUNK
from workflow_core.replay import moved
from workflow_core.tables import PROCESS_COLUMNS, metadata, new_id
from workflow_core.unit_of_work import ProcessEngine, Write, instant
from workflows.mentoring import operations as mentoring
from workflows.organisations import operations as organisations
from workflows.organisations.people import search_text, sort_key
from workflows.organisations.person_input import PersonInput

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
FIRST_DAY = date(2026, 9, 1)
PAIRS_A_MENTOR = 10
ORDER_EVERY = 40
"""One order for so many pairs; every fourth still lies at the head's."""
_FAMILIES = (
    "Белов Волков Громов Демидов Ершов Жданов Зайцев Иванов Калинин Лебедев Макаров Носов Орлов Павлов Рогов Савин Титов "
    "Уваров Фёдоров Харитонов Цветков Чернов Шубин Щеглов Яшин Абрамов Быков Гусев Дроздов Ежов Киселёв Ларин Мишин Осипов"
).split()
_ENDINGS = ("", "ский", "енко", "ушкин", "янц", "ич", "ин", "цев")
_BOYS, _GIRLS = (
    "Иван Пётр Семён Глеб Лев Данил Артём Марк".split(),
    "Анна Вера Мария Дарья Яна Алёна Нина Ольга".split(),
)
_FATHERS = "Иванов Петров Семёнов Глебов Львов Олегов Юрьев Марков".split()

_ROAD = ("propose", "form", "hold_acquaintance", "hold_trial", "hold_planning", "start_work", "hold_final", "close")
_ENDS: Sequence[tuple[int, tuple[str, ...]]] = (
    (20, _ROAD[:1]),
    (25, _ROAD[:2]),
    (15, _ROAD[:3]),
    (5, _ROAD[:4]),
    (5, _ROAD[:5]),
    (20, _ROAD[:6]),
    (2, _ROAD[:7]),
    (5, _ROAD),
    (1, (*_ROAD[:2], "dissolve")),
    (1, (*_ROAD[:2], "suspend")),
    (1, (*_ROAD[:1], "decline")),
)
"""Of a hundred pairs so many have come so far."""
_ENTRY = {name: place for place, name in enumerate(ALL_COLUMNS)}


@dataclass(slots=True)
class BigSchool:
    """What was made."""

    scope: str
    curator: str
    """The curator's account; its cookie is «<id>.1»."""
    mentor: str
    """The account of a mentor with pairs."""
    pair_ids: list[str]
    person_ids: list[str]
    document_ids: list[str]
    formed_ids: list[str]
    """Pairs that are fixed and have not met yet."""
    entries: int
    rare_name: str
    """A family name that one person has."""


@dataclass(slots=True)
class _Rows:
    """What waits to be inserted, table by table in the order in which foreign keys want it."""

    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    details: list[tuple[Any, ...]] = field(default_factory=list)
    begun: list[tuple[Any, ...]] = field(default_factory=list)
    moved: list[tuple[Any, ...]] = field(default_factory=list)


class Ledger:
    """Appends to the history of one organisation without asking anything; the opposite of an operation."""

    def __init__(
        self, engine: ProcessEngine, scope: str, actor: str, *, begin: datetime, end: datetime, entries: int
    ) -> None:
        self.engine, self.scope, self.actor = engine, scope, actor
        with engine.database.write_engine.connect() as connection:
            row = connection.exec_driver_sql(
                f"SELECT count, hash, recorded_at FROM history_head WHERE scope_id = '{scope}'"
            ).one()
        self.count, self.hash, self.recorded_at = int(row[0]), str(row[1]), str(row[2])
        self._begin, self._step = begin, (end - begin) / max(1, entries)
        self._salts = Random(20261112)
        self.rows = _Rows()

    def _append(self, values: dict[str, Any], details: Mapping[str, Any]) -> int:
        self.count += 1
        moment = instant(self._begin + self._step * self.count)
        self.recorded_at = max(self.recorded_at, moment)
        text = canonical_json(details)
        salt = f"{self._salts.getrandbits(128):032x}"
        row = [self.scope, self.count, *_BLANK, self.hash]
        for name, value in values.items():
            row[_ENTRY[name]] = value
        row[_ENTRY["actor_id"]], row[_ENTRY["recorded_at"]] = self.actor, self.recorded_at
        row[_ENTRY["commitment"]] = commitment(salt, text)
        body = canonical_json(row)
        self.hash = entry_hash(body)
        self.rows.entries.append((*row, body, self.hash))
        self.rows.details.append((self.scope, self.count, salt, text, ""))
        return self.count

    def register(self, table: str, values: Mapping[str, Any], day: date) -> str:
        """A new row of a register; `values` are plain JSON."""
        row = {"id": new_id(), "organisation_id": self.scope, **values}
        self._append(
            {
                "kind": "register",
                "subject_kind": table,
                "subject_id": row["id"],
                "event": "created",
                "happened_on": day.isoformat(),
                "inputs": '{"operation":"big_school"}',
            },
            {"before": {}, "after": row},
        )
        # JSON columns are the only ones that are no plain value of the database.
        stored = (
            canonical_json(row[name]) if isinstance(row[name], (dict, list)) else row[name] for name in _columns(table)
        )
        self.rows.tables.setdefault(table, []).append(tuple(stored))
        return str(row["id"])

    def look(self, person: str) -> None:
        """Access to personal data, on the day on which it is recorded."""
        day = instant(self._begin + self._step * self.count)[:10]
        values = {"kind": "access", "subject_kind": "person", "subject_id": person, "event": "seen", "happened_on": day}
        self._append(values, {"actor": "Морозова Е. В."})

    def steps(
        self,
        definition: WorkflowDefinition,
        subject_kind: str,
        subject_id: str,
        events: Sequence[str],
        days: Sequence[date],
        ground: Callable[[str], bool] = lambda _event: False,
    ) -> None:
        """A whole life of a process: one entry an event."""
        state, remembered, since = START, "", ""
        for version, (event, day) in enumerate(zip(events, days, strict=True), 1):
            target, kept = moved(definition, state, event, remembered)
            with_ground = ground(event)
            self._append(
                {
                    "kind": "step",
                    "subject_kind": subject_kind,
                    "subject_id": subject_id,
                    "version": version,
                    "definition_hash": definition.hash,
                    "event": event,
                    "from_state": state,
                    "to_state": target,
                    "actor_role": "curator",
                    "happened_on": day.isoformat(),
                    "with_ground": int(with_ground),
                },
                {"actor": "Морозова Е. В.", **({"ground": "Так решил педсовет"} if with_ground else {})},
            )
            since = day.isoformat() if target != state else since
            state, remembered = target, kept
            row = (definition.hash, state, remembered, version, since, self.recorded_at)
            if version == 1:
                self.rows.begun.append((subject_id, self.scope, subject_kind, definition.code, *row))
            else:
                self.rows.moved.append((*row, subject_id, version - 1))

    def write(self) -> None:
        """Insert what waits, in one transaction."""
        rows, self.rows = self.rows, _Rows()
        with self.engine.database.write_engine.connect() as connection:
            for table, found in sorted(rows.tables.items(), key=lambda item: _ORDER.index(item[0])):
                _insert(connection, table, _columns(table), found)
            _insert(connection, "history_entry", ALL_COLUMNS, rows.entries)
            _insert(connection, "entry_details", ("scope_id", "seq", "salt", "body", "erased_at"), rows.details)
            _insert(connection, "process", PROCESS_COLUMNS, rows.begun)
            _many(
                connection,
                "UPDATE process SET definition_hash = ?, state = ?, remembered = ?, version = ?, since = ?, updated_at = ? "
                "WHERE id = ? AND version = ?",
                rows.moved,
            )
            _many(
                connection,
                "UPDATE history_head SET count = ?, hash = ?, recorded_at = ? WHERE scope_id = ?",
                [(self.count, self.hash, self.recorded_at, self.scope)],
            )
            connection.commit()


_BLANK = tuple(
    "" if name not in ("version", "caused_by", "refers_to", "with_ground") else 0 for name in ALL_COLUMNS[2:-3]
)
_BLANK = tuple(
    {"inputs": "{}", "checks": "[]", "plugins": "{}"}.get(name, blank)
    for name, blank in zip(ALL_COLUMNS[2:-3], _BLANK, strict=True)
)
_ORDER = ("person", "pair_member", "pair", "participant", "meeting", "document", "document_subject")


def _columns(table: str) -> tuple[str, ...]:
    found = _COLUMNS.get(table)
    if found is None:
        found = _COLUMNS[table] = tuple(metadata.tables[table].columns.keys())
    return found


_COLUMNS: dict[str, tuple[str, ...]] = {}


def _insert(connection: sa.Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if rows and connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    _many(connection, f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)


def _many(connection: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        marks = statement.replace("?", "%s") if connection.dialect.name == "postgresql" else statement
        connection.exec_driver_sql(marks, list(rows))


# -- the school -------------------------------------------------------------------------------------------------------


def fill(
    engine: ProcessEngine,
    *,
    pairs: int,
    entries: int = 0,
    seed: int = 1,
    now: datetime = NOW,
    title: str = "Большая школа",
    looks: int = 0,
) -> BigSchool:
    """Make a school with so many pairs and (at least, if it takes more) so many entries of history, and on top of these so many
    entries that somebody has looked at a person's data."""
    scope, draw = new_id(), Random(seed)
    begin = now - timedelta(days=70)
    found: dict[str, str] = {}
    with engine.write(scope, SYSTEM, now=begin) as write:
        _found(write, found, title, seed)
    ledger = Ledger(
        engine, scope, found["curator"], begin=begin, end=now, entries=max(entries, pairs * 9) + pairs + looks
    )
    school = BigSchool(scope, found["curator"], found["mentor"], [], [], [], [], 0, "Щукинберг")
    maker = _Maker(engine, ledger, draw, found, school, now.date())
    for start in range(0, pairs, CHUNK):
        maker.pairs(range(start, min(start + CHUNK, pairs)))
        ledger.write()
    maker.rest(entries)
    maker.looks(looks)
    school.entries = ledger.count
    return school


def _found(write: Write, found: dict[str, str], title: str, seed: int) -> None:
    """What every school has, by the ordinary operations."""
    organisations.create_organisation(write, kind="school", title=title, short_title=title, place="г. Большой")
    people = (
        PersonInput("Морозова", "Елена", "Викторовна", "employee", post="заместитель директора"),
        PersonInput("Гусев", "Андрей", "Павлович", "employee", post="директор"),
        PersonInput("Щукинберг", "Лев", "Олегович", "employee", post="учитель"),
    )
    ids = [added.person.id for added in organisations.add_people(write, people) if added.person is not None]
    organisations.name_signatory(write, ids[1], "директор", valid_from=date(2024, 9, 1))
    found["head"], found["mentor_person"] = ids[1], ids[2]
    for role, person, name in (("curator", ids[0], "Морозова Е. В."), ("mentor", ids[2], "Щукинберг Л. О.")):
        username = f"{role}-{write.scope[-8:]}-{seed}"
        account = Account(organisation_id=write.scope, username=username, name=name, password_hash="-")
        write.session.add(account)
        write.session.flush()
        organisations.grant_role(write, account.id, role, person_id=person)
        found[role] = account.id
    programme = mentoring.create_programme(
        write,
        "Наставничество",
        starts_on=FIRST_DAY,
        ends_on=date(2027, 5, 31),
        form="pupil_pupil",
        curator_id=ids[0],
    )
    found["programme"] = programme.id


class _Maker:
    """Invents people, pairs, papers and meetings."""

    def __init__(
        self,
        engine: ProcessEngine,
        ledger: Ledger,
        draw: Random,
        found: Mapping[str, str],
        school: BigSchool,
        today: date,
    ) -> None:
        self.ledger, self.draw, self.found, self.school, self.today = ledger, draw, found, school, today
        self.pair_rules = engine.catalogue.definitions["pair"]
        self.consent_rules = engine.catalogue.definitions["consent"]
        self.act_rules = engine.catalogue.definitions["act"]
        self._ends = [events for share, events in _ENDS for _ in range(share)]
        self._mentor = ""
        self._proposed: list[str] = []
        self._at_work: list[tuple[str, date]] = []
        self._orders = 0

    def pairs(self, numbers: range) -> None:
        """The next pairs, with their people and orders."""
        for number in numbers:
            if number % PAIRS_A_MENTOR == 0:
                self._mentor = self.found["mentor_person"] if number == 0 else self._person("pupil", "10 «А»")
                self._enrol(self._mentor, "mentor")
            mentee = self._person("pupil", f"{self.draw.randrange(5, 10)} «{self.draw.choice('АБВГ')}»")
            self._enrol(mentee, "mentee")
            self._pair(mentee)
            if (number + 1) % ORDER_EVERY == 0:
                self._order()

    def _person(self, kind: str, class_name: str) -> str:
        draw = self.draw
        family, girl = draw.choice(_FAMILIES), draw.random() < 0.5
        ending = draw.choice(_ENDINGS)
        if ending:
            family = f"{family.removesuffix('ин').removesuffix('ов').removesuffix('ев')}{ending}"
        elif girl:
            family = f"{family}а"
        given = draw.choice(_GIRLS if girl else _BOYS)
        patronymic = f"{draw.choice(_FATHERS)}{'на' if girl else 'ич'}"
        born = date(2011, 1, 1) + timedelta(days=draw.randrange(1500))
        person = self.ledger.register(
            "person",
            {
                "family_name": family,
                "given_name": given,
                "patronymic": patronymic,
                "sex": "f" if girl else "m",
                "kind": kind,
                "post": "",
                "class_name": class_name,
                "birth_date": born.isoformat(),
                "phone": "",
                "email": "",
                "name_forms": {},
                "sort_key": sort_key(family, given, patronymic),
                "left_on": None,
                "admission_checked_on": None,
            },
            FIRST_DAY,
        )
        self.school.person_ids.append(person)
        return person

    def _enrol(self, person: str, side: str) -> None:
        day = FIRST_DAY.isoformat()
        self.ledger.register(
            "participant",
            {
                "programme_id": self.found["programme"],
                "person_id": person,
                "side": side,
                "request": "",
                "entered_on": day,
                "left_on": None,
                "remark": "",
            },
            FIRST_DAY,
        )

    def _pair(self, mentee: str) -> None:
        draw, ledger = self.draw, self.ledger
        pair = ledger.register(
            "pair",
            {
                "programme_id": self.found["programme"],
                "form": draw.choice(("pupil_pupil", "pupil_pupil", "teacher_pupil", "student_pupil")),
                "starts_on": FIRST_DAY.isoformat(),
                "ends_on": "2027-05-31",
                "label": "",
                "previous_pair_id": None,
                "goal": "",
            },
            FIRST_DAY,
        )
        for person, side in ((self._mentor, "mentor"), (mentee, "mentee")):
            ledger.register(
                "pair_member",
                {
                    "pair_id": pair,
                    "person_id": person,
                    "side": side,
                    "leads": side == "mentor",
                    "joined_on": FIRST_DAY.isoformat(),
                    "left_on": None,
                    "left_ground": "",
                },
                FIRST_DAY,
            )
        events = draw.choice(self._ends)
        days = sorted(FIRST_DAY + timedelta(days=draw.randrange(70)) for _ in events)
        ledger.steps(self.pair_rules, "pair", pair, events, days, lambda event: event == "form" and draw.random() < 0.1)
        self.school.pair_ids.append(pair)
        if events == _ROAD[:2]:
            self.school.formed_ids.append(pair)
        if len(events) == 1:
            self._proposed.append(pair)
        if events == _ROAD[:6]:
            self._at_work.append((pair, days[-1]))

    def _order(self) -> None:
        self._orders += 1
        number, waits = self._orders, self._orders % 4 == 0
        day = FIRST_DAY + timedelta(days=self.draw.randrange(60))
        signed = {} if waits else {"number": f"{number}-ОД", "signed_on": day.isoformat()}
        order = self._document("pair_order", "act", "Приказ о закреплении пар", day, signed)
        self.ledger.steps(
            self.act_rules,
            "document",
            order,
            ("prepare", "send") if waits else ("prepare", "send", "register"),
            [day] * (2 if waits else 3),
        )
        pairs = self._proposed[-8:] if waits else self.school.pair_ids[-8:]
        for pair in pairs:
            values = {"document_id": order, "subject_kind": "pair", "subject_id": pair, "role": ""}
            self.ledger.register("document_subject", values, day)

    def _document(self, kind: str, document_class: str, title: str, day: date, more: Mapping[str, Any]) -> str:
        values: dict[str, Any] = {
            "kind": kind,
            "document_class": document_class,
            "title": title,
            "number": "",
            "signed_on": None,
            "signatory_id": None,
            "signatory_text": "",
            "original_place": "",
            "valid_from": None,
            "valid_to": None,
            "person_id": None,
            "signed_by_id": None,
            "signed_as": "",
            "facts": {},
            "warnings": [],
            "template_hash": "",
            "content_hash": "",
            "file_status": "",
            "file_error": "",
            "origin": "entered",
            "remark": "",
            **more,
        }
        values["search_key"] = search_text(f"{values['title']} {values['number']}")
        document = self.ledger.register("document", values, day)
        self.school.document_ids.append(document)
        return document

    def rest(self, entries: int) -> None:
        """Consents and meetings until the history is as long as was asked for."""
        left = entries - self.ledger.count
        people = self.school.person_ids[: max(0, int(left * 0.4) // 3)]
        for place, person in enumerate(people):
            self._consent(person, place)
            if place % CHUNK == CHUNK - 1:
                self.ledger.write()
        for place, (pair, begun) in enumerate(self._meetings(entries)):
            self._meeting(pair, begun)
            if place % (4 * CHUNK) == 0:
                self.ledger.write()
        self.ledger.write()

    def looks(self, count: int) -> None:
        """Somebody opens the pages of people: what fills the history of a large organisation."""
        people = self.school.person_ids
        for place in range(count):
            self.ledger.look(people[place % len(people)])
            if place % 5000 == 4999:
                self.ledger.write()
        self.ledger.write()

    def _consent(self, person: str, place: int) -> None:
        day = FIRST_DAY + timedelta(days=self.draw.randrange(30))
        is_in = place % 8 != 0
        more: dict[str, Any] = {"person_id": person}
        if is_in:
            more |= {"signed_on": day.isoformat(), "signed_by_id": person, "signed_as": "mother"}
        title = "Согласие на обработку персональных данных"
        document = self._document("personal_data_consent_representative", "consent", title, day, more)
        events = ("expect", "receive") if is_in else ("expect",)
        self.ledger.steps(self.consent_rules, "document", document, events, [day] * len(events))

    def _meetings(self, entries: int) -> Iterator[tuple[str, date]]:
        while self._at_work and self.ledger.count < entries:
            for one in self._at_work:
                # One in twenty is never heard of again.
                if int(hashlib.sha256(one[0].encode()).hexdigest(), 16) % 20:
                    yield one
                if self.ledger.count >= entries:
                    return
            if len(self._at_work) < 2:
                return

    def _meeting(self, pair: str, begun: date) -> None:
        day = begun + timedelta(days=self.draw.randrange(max(1, (self.today - begun).days + 1)))
        self.ledger.register(
            "meeting",
            {
                "pair_id": pair,
                "held_on": day.isoformat(),
                "kind": "regular",
                "status": "held",
                "topic": "Дроби",
                "summary": "",
                "minutes": 40,
                "place": "",
                "step_seq": 0,
            },
            day,
        )


# -- from the command line --------------------------------------------------------------------------------------------


def installation(url: str, folder: Path, *, synchronous: str = "OFF") -> Installation:
    """A prepared installation without running jobs on a database of its own."""
    settings = Settings(data=folder, database_url=url, secret="a secret of the benchmarks only")
    made = assemble(settings, jobs=CollectedJobs(), database=open_database(url, synchronous=synchronous))
    prepare(made)
    made.engine.store_definitions(now=NOW)
    return made


def main() -> None:
    """Make one school and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--pairs", type=int, default=1_000)
    parser.add_argument("--entries", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    made = installation(asked.url, Path("."))
    begun = time.perf_counter()
    school = fill(made.engine, pairs=asked.pairs, entries=asked.entries, seed=asked.seed)
    spent = time.perf_counter() - begun
    print(f"{len(school.pair_ids)} pairs, {len(school.person_ids)} people, {len(school.document_ids)} papers, ", end="")
    print(f"{school.entries} entries in {spent:.1f} s ({spent / school.entries * 1e6:.1f} us an entry)")
    made.close()


if __name__ == "__main__":
    main()
