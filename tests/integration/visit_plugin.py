"""A small plugin for tests of the engine: the sample lifecycle `visit` with guards, facts, an effect and a consequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session

from workflow_core.guards import Actor, Blocker, Facts, FactsProvider, Guard
from workflow_core.hookspecs import hookimpl
from workflow_core.operations import Call, Caused, Consequence, Effect
from workflow_core.plugin_manager import Role
from workflow_core.tables import Process
from workflow_core.unit_of_work import Write

MACHINE = Path(__file__).parent.parent / "unit" / "workflow_core" / "machines" / "visit.yaml"


class VisitPlugin:
    """Facts come from plain dictionaries that a test fills."""

    def __init__(self) -> None:
        self.rooms: dict[str, bool] = {}
        self.timetable: dict[str, bool] = {}
        self.follows: dict[str, tuple[str, str]] = {}
        self.loads = 0
        self.remarks: list[str] = []

    @hookimpl
    def contribute_definitions(self) -> list[Path]:
        return [MACHINE]

    @hookimpl
    def contribute_facts(self) -> list[FactsProvider]:
        return [
            FactsProvider("room", "visit", self._rooms, True),
            FactsProvider("timetable", "visit", self._timetable, True),
        ]

    def _rooms(self, _session: Session, _scope: str, ids: Sequence[str], _on: date) -> Mapping[str, bool]:
        self.loads += 1
        return {subject: self.rooms[subject] for subject in ids if subject in self.rooms}

    def _timetable(self, _session: Session, _scope: str, ids: Sequence[str], _on: date) -> Mapping[str, bool]:
        return {subject: self.timetable[subject] for subject in ids if subject in self.timetable}

    @hookimpl
    def contribute_guards(self) -> list[Guard]:
        def room_free(facts: Facts, _actor: Actor, _event: str, _on: date) -> list[Blocker]:
            return [] if facts.room else [Blocker("room_taken", "Кабинет 21: занят", values={"room": "21"})]

        def lesson(facts: Facts, _actor: Actor, _event: str, _on: date) -> list[Blocker]:
            return [] if facts.timetable else [Blocker("no_lesson", "Урока нет в расписании")]

        return [
            Guard("room_free", "кабинет свободен", room_free, ("room",)),
            Guard("lesson_in_timetable", "урок стоит в расписании", lesson, ("timetable",)),
        ]

    @hookimpl
    def contribute_effects(self) -> list[Effect]:
        def note(_write: Write, process: Process, call: Call) -> None:
            self.remarks.append(f"{process.id}: {call.remark}")

        return [Effect("note_remark", "дополнение записано", note)]

    @hookimpl
    def contribute_consequences(self) -> list[Consequence]:
        def follow(
            _session: Session, _scope: str, process: Process, _event: str, _fields: Mapping[str, Any]
        ) -> list[Caused]:
            target = self.follows.get(process.id)
            return [Caused(*target)] if target else []

        return [Consequence("plan_follows", "следующее посещение", follow)]

    @hookimpl
    def contribute_roles(self) -> list[Role]:
        return [
            Role("curator", "Куратор"),
            Role("mentor", "Наставник"),
            Role("head", "Директор"),
            Role("administrator", "Администратор"),
        ]
