"""A running map as it is printed: the head's stamp, the dates that hold now, people by name, and how each item stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from workflow_core import queries as core_queries
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import queries as organisations
from workflows.organisations.people import short_name
from workflows.organisations.tables import Person
from workflows.road_maps import queries
from workflows.road_maps.deadlines import Deadline, day_words
from workflows.road_maps.map_template import MapItem, MapTemplate
from workflows.road_maps.running_map import running_template
from workflows.road_maps.tables import Activity
from workflows.road_maps.views import ItemView, item_views
from workflows.road_maps.writer.paper import Paper, Progress, Stamp, paper_of

LEFT_STATES = ("dropped",)
"""Items that are printed only where the state of each is printed too."""


def running_paper(uow: UnitOfWork, road_map_id: str, *, with_state: bool = False) -> Paper:
    """The map as it stands today. Raises NotFound, for another organisation's too."""
    road_map = queries.road_map(uow.session, uow.scope, road_map_id)
    rows = queries.activities_of_maps(uow.session, uow.scope, [road_map_id])
    views = item_views(uow, rows, evidence=False)
    kept = [place for place, one in enumerate(views) if with_state or one.state not in LEFT_STATES]
    template = _with_dates_of_today(running_template(uow.session, uow.scope, road_map_id), rows, views, kept)
    people = organisations.people(
        uow.session, uow.scope, {row.responsible_person_id for row in rows if row.responsible_person_id}
    )
    names = {one: short_name(person) for one, person in people.items()}
    return paper_of(
        template,
        organisation=organisations.organisation(uow.session, uow.scope).title,
        edition=road_map.edition,
        stamp=stamp_of(uow, road_map_id),
        progress={at: progress(views[place]) for at, place in enumerate(kept)} if with_state else None,
        people={at: names.get(rows[place].responsible_person_id or "", "") for at, place in enumerate(kept)},
    )


def _with_dates_of_today(
    template: MapTemplate, rows: Sequence[Activity], views: Sequence[ItemView], kept: Sequence[int]
) -> MapTemplate:
    """Without the items that are not printed; a date that was moved or named at work stands in its place."""
    wanted, place, sections = set(kept), 0, []
    for section in template.sections:
        items: list[MapItem] = []
        for item in section.items:
            if place in wanted:
                items.append(_item(item, rows[place], views[place]))
            place += 1
        sections.append(replace(section, items=tuple(items)))
    return replace(template, sections=tuple(sections))


def _item(item: MapItem, row: Activity, view: ItemView) -> MapItem:
    if row.due_on is None or row.due_on == row.planned_due_on or view.occurrences:
        return item
    return replace(item, deadline=Deadline(f"до {day_words(row.due_on)}", "deadline", None, row.due_on))


def stamp_of(uow: UnitOfWork, road_map_id: str) -> Stamp | None:
    """The head who approves, with the day of the approval once there was one; None where nobody is known to sign."""
    approved = approved_on(uow, road_map_id)
    signers = organisations.signatories(uow.session, uow.scope, approved or uow.today)
    if not signers:
        return None
    signer, person = signers[0]
    return Stamp(signer.title[:1].upper() + signer.title[1:], initials_first(person), approved)


def approved_on(uow: UnitOfWork, road_map_id: str) -> date | None:
    """The day of the approval that stands, or None."""
    process = core_queries.process(uow.session, road_map_id)
    if process is None or process.state not in ("approved", "completed"):
        return None
    entries = core_queries.moves_of(uow.session, uow.scope, [road_map_id]).get(road_map_id, [])
    days = [entry.happened_on for entry in entries if entry.event == "approve"]
    return date.fromisoformat(days[-1]) if days else None


def initials_first(person: Person) -> str:
    """«М. И. Снежная»: so a signature has it."""
    initials = short_name(person).removeprefix(person.family_name).strip()
    return f"{initials} {person.family_name}".strip()


_MARKS: Mapping[str, str] = {
    "done": "Выполнен {day}",
    "partly_done": "Выполнен частично {day}",
    "not_needed": "Не потребовался",
    "carried_over": "Перенесён на следующий период",
    "dropped": "Снят с плана {day}",
    "reported": "На приёмке с {day}",
    "in_progress": "В работе",
    "planned": "",
}


def progress(view: ItemView) -> Progress:
    """The mark of an item: its state with the day, times that are done, and how late it is."""
    mark = _MARKS.get(view.state, view.state_title).format(day=f"{view.since:%d.%m.%Y}")
    told = [mark] if mark else []
    times = [one for one in view.occurrences if not one.before_adoption]
    if times and view.is_open:
        told.append(f"сделано {sum(one.done_on is not None for one in times)} из {len(times)}")
    if view.overdue and view.lateness.overdue_since:
        told.append(f"просрочен с {view.lateness.overdue_since:%d.%m.%Y}")
    if view.rescheduled and view.planned_due_on and not view.occurrences:
        told.append(f"срок по карте: до {day_words(view.planned_due_on)}")
    words = "; ".join(told)
    done = view.since if view.state in ("done", "partly_done") else None
    return Progress(words[:1].upper() + words[1:], view.state, view.state_title, done)
