"""The sample plugin with rules of the place, deadlines and a calendar that a test sets: for everything that waits for a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from tests.integration.visit_plugin import VisitPlugin
from workflow_core.calendars import WorkingCalendar
from workflow_core.guards import FactsProvider, PlainProfile, Profile
from workflow_core.hookspecs import hookimpl
from workflow_core.timers import DEADLINES, WORKING_CALENDAR, Deadline


class TimedPlugin(VisitPlugin):
    """Rules and deadlines come from plain values that a test changes."""

    def __init__(self) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {}
        self.zones: dict[str, str] = {}
        self.deadlines: dict[str, tuple[Deadline, ...]] = {}
        self.calendar = WorkingCalendar()

    @hookimpl
    def profile_of(self, session: Session, scope: str, now: datetime, profiles: Sequence[Path]) -> Profile:
        return PlainProfile(self.zones.get(scope, "Europe/Moscow"), dict(self.settings))

    @hookimpl
    def contribute_facts(self) -> list[FactsProvider]:
        def deadlines(_session: Session, _scope: str, ids: Sequence[str], _on: date) -> Mapping[str, Any]:
            return {one: self.deadlines[one] for one in ids if one in self.deadlines}

        def calendar(_session: Session, scope: str, _ids: Sequence[str], _on: date) -> Mapping[str, Any]:
            return {scope: self.calendar}

        return [
            *super().contribute_facts(),
            FactsProvider(DEADLINES, "visit", deadlines, ()),
            FactsProvider(WORKING_CALENDAR, "organisation", calendar),
        ]
