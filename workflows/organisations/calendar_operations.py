"""What can be done with the school calendar. Takes an open `Write`, asks the policy, never commits.

What such a change does to dates is shown before and applied with it by `workflows.road_maps.calendar_change`.
"""

from __future__ import annotations

from datetime import date

from workflow_core import timers
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Write
from workflows.organisations import queries
from workflows.organisations.names import fold
from workflows.organisations.policy import require
from workflows.organisations.tables import CalendarDays, DaysWhy

LONGEST = 120
"""Days that one line may cover: more is a mistake in the year."""
YEARS = range(2000, 2100)


def add_days(
    write: Write, first_day: date, last_day: date, why: str, *, off: bool = True, note: str = ""
) -> CalendarDays:
    """Days that are not worked here, or worked all the same. Raises NotPermitted, InvalidInput for days that are entered already."""
    require(write.actor, "calendar.edit")
    errors = _faults(write, first_day, last_day, why, off)
    if len(note) > 200:
        errors["note"] = "Не длиннее 200 знаков."
    if errors:
        raise InvalidInput(errors)
    row = CalendarDays(
        organisation_id=write.scope, first_day=first_day, last_day=last_day, off=off, why=why, note=fold(note)
    )
    write.session.add(row)
    write.session.flush()
    timers.review(write)
    return row


def _faults(write: Write, first_day: date, last_day: date, why: str, off: bool) -> dict[str, str]:
    errors: dict[str, str] = {}
    if why not in tuple(DaysWhy):
        errors["why"] = "Выберите причину."
    elif why == DaysWhy.QUARANTINE and not off:
        errors["off"] = "В карантин не работают."
    if first_day.year not in YEARS or last_day.year not in YEARS:
        errors["first_day"] = "Проверьте год."
    elif last_day < first_day:
        errors["last_day"] = "Последний день раньше первого."
    elif (last_day - first_day).days >= LONGEST:
        errors["last_day"] = f"Больше {LONGEST} дней подряд: проверьте год."
    else:
        for row in queries.calendar_days(write.session, [write.scope]):
            if row.first_day <= last_day and first_day <= row.last_day:
                days = f"{row.first_day:%d.%m.%Y} — {row.last_day:%d.%m.%Y}"
                errors["first_day"] = f"Часть этих дней уже внесена: {days}. Сначала уберите ту строку."
    return errors


def remove_days(write: Write, row_id: str) -> None:
    """Take a line out of the calendar; the history keeps it. Raises NotPermitted, NotFound."""
    require(write.actor, "calendar.edit")
    write.session.delete(queries.own_calendar_days(write.session, write.scope, row_id))
    write.session.flush()
    timers.review(write)
