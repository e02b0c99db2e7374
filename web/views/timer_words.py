"""What the clock told, in words: a limit or a deadline that passed, a reminder; the same words in the history and in commands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from web.formatting import count, days, russian_date
from workflow_core import timers
from workflow_core.definition import WorkflowDefinition

TITLES: Mapping[str, str] = {
    timers.LIMIT: "предел этапа",
    timers.DEADLINE: "срок",
    timers.REMINDER: "напоминание",
}
"""What waits, by kind of row."""


def timer_sentence(
    event: str, inputs: Mapping[str, Any], note: str, definition: WorkflowDefinition | None, school_year: int
) -> str:
    """The sentence of an entry of the clock, without the subject and without a full stop."""
    due = _day(inputs.get("due_on"), school_year)
    about = f": {note}" if note else ""
    match event:
        case "limit_passed":
            title = definition.state_title(str(inputs.get("name", ""))) if definition else ""
            about = f": «{title}»" if title else ""
            return f"Стоит дольше предела{about}, предел был {due}"
        case "deadline_passed":
            return f"Срок прошёл {due}{about}"
        case "deadline_moved":
            return f"Срок сдвинут по рабочему календарю: {due} вместо {_day(inputs.get('was'), school_year)}"
        case "reminder":
            before = inputs.get("days_before")
            left = f", назначено за {days(before)}" if isinstance(before, int) else ""
            return f"Напоминание: срок {due}{left}{about}"
    return "Напоминание"


def counted(taken: Mapping[str, int]) -> str:
    """How much was told: «Отмечено 3 срока в 2 организациях.»"""
    total = sum(taken.values())
    if not total:
        return "Ничего не наступило."
    where = count(len(taken), "организации", "организациях", "организациях")
    return f"Отмечено: {count(total, 'срок или напоминание', 'срока и напоминания', 'сроков и напоминаний')} в {where}."


def _day(value: Any, school_year: int) -> str:
    try:
        return russian_date(date.fromisoformat(str(value)), school_year)
    except ValueError:
        return "—"
