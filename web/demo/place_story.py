"""The example's place: people and banks, papers made elsewhere, consents, the road map. Everything through public operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from web.demo.diary import Diary
from workflow_core import operations as engine
from workflow_core.calendars import WorkingCalendar, school_year_of
from workflow_core.unit_of_work import Write
from workflows.documents import operations as documents
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import operations as mentoring
from workflows.mentoring import papers as pair_papers
from workflows.mentoring.tables import Side
from workflows.organisations import operations as organisations
from workflows.organisations.person_input import PersonInput
from workflows.road_maps import operations as road_maps
from workflows.road_maps import queries as map_queries
from workflows.road_maps.adoption import AdoptedItem, plan_adoption
from workflows.road_maps.deadlines import Period
from workflows.road_maps.map_template import MAPS, load
from workflows.road_maps.operations import FoundItem

FIRST_DAY = 84
"""How many days ago the place began to work with the program."""
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One organisation of the example with its diary and what its file tells."""

    diary: Diary
    data: Data
    head: str
    """Family name of whoever signs."""
    curator: str

    def person(self, family_name: str) -> str:
        """Id of somebody by family name; in the example each stands once among staff, pupils and guests."""
        return self.diary.ids[f"person {family_name}"]


# -- people -----------------------------------------------------------------------------------------------------------


def enter_people(place: Place) -> None:
    """Everybody of the place, with the parents who sign for pupils."""
    diary, data = place.diary, place.data

    def people(write: Write) -> None:
        staff = [_adult(one, "employee", diary) for one in data["staff"]]
        guests = [_adult(one, "outside", diary) for one in data["outside"]]
        pupils = [_pupil(one, index, diary.today) for index, one in enumerate(data["pupils"])]
        _add(write, diary, [*staff, *guests, *pupils])

    def parents(write: Write) -> None:
        rows = [_named(one["adult"], kind="parent", sex="f") for one in data["pupils"]]
        for one, added in zip(data["pupils"], organisations.add_people(write, rows), strict=True):
            assert added.person is not None, added.errors
            pupil = diary.ids[f"person {_family(one['name'])}"]
            organisations.add_representative(write, pupil, added.person.id, "мать")

    diary.note(FIRST_DAY, "add_people", people)
    diary.note(FIRST_DAY, "add_people", parents)


def _add(write: Write, diary: Diary, rows: Sequence[PersonInput]) -> None:
    for row, added in zip(rows, organisations.add_people(write, rows), strict=True):
        assert added.person is not None, added.errors
        diary.ids[f"person {row.family_name}"] = added.person.id


def _family(name: str) -> str:
    return name.split()[0]


def _named(name: str, **values: Any) -> PersonInput:
    family, given, patronymic = name.split()
    return PersonInput(family, given, patronymic, **values)


def _adult(one: Data, kind: str, diary: Diary) -> PersonInput:
    # Checked before the first day: nobody can enter a check of the days to come.
    checked = diary.day(FIRST_DAY + 5) if "checked" in one else None
    return _named(one["name"], kind=kind, sex=one["sex"], post=one["post"], admission_checked_on=checked)


def _pupil(one: Data, index: int, today: date) -> PersonInput:
    # A birthday some months ago, so that the age holds over the whole time of the example.
    born = today.replace(year=today.year - one["age"], day=1) - timedelta(days=95 + index * 6)
    return _named(one["name"], kind="pupil", sex=one["sex"], class_name=one["class"], birth_date=born)


# -- programmes, banks and consents -----------------------------------------------------------------------------------


def open_programmes(place: Place) -> None:
    """Programmes of the year and everybody whom a pair will name in their banks."""
    diary, data = place.diary, place.data
    starts_on = diary.day(FIRST_DAY).replace(day=1)
    ends_on = date(starts_on.year + (1 if starts_on.month > 3 else 0), 5, 31)
    ends_on = max(ends_on, diary.today + timedelta(days=60))

    def programmes(write: Write) -> None:
        for key, one in data["programmes"].items():
            row = mentoring.create_programme(
                write,
                one["title"],
                starts_on=starts_on,
                ends_on=ends_on,
                form=one["form"],
                curator_id=place.person(place.curator),
            )
            diary.ids[f"programme {key}"] = row.id

    def banks(write: Write) -> None:
        for key in data["programmes"]:
            for side in (Side.MENTOR, Side.MENTEE):
                names = _bank(data, key, side)
                mentoring.enrol(write, diary.ids[f"programme {key}"], [place.person(name) for name in names], side)

    diary.note(FIRST_DAY - 1, "create_programme", programmes)
    diary.note(FIRST_DAY - 1, "enrol", banks)


def _bank(data: Data, programme: str, side: Side) -> list[str]:
    pairs = [pair for pair in data["pairs"] if pair["programme"] == programme]
    return list(dict.fromkeys(name for pair in pairs for name in pair[f"{side.value}s"]))


def collect_consents(place: Place) -> None:
    """Blanks for all, most of them handed in; some are still lacking."""
    diary, data = place.diary, place.data

    def issue(write: Write) -> None:
        given: set[str] = set()
        for key in data["programmes"]:
            programme_id = diary.ids[f"programme {key}"]
            names = [name for side in (Side.MENTOR, Side.MENTEE) for name in _bank(data, key, side)]
            fresh = [name for name in dict.fromkeys(names) if name not in given]
            given.update(fresh)
            _issue(write, place, programme_id, fresh, "personal_data")
            adults = {_family(one["name"]) for one in (*data["staff"], *data["outside"])}
            duties = [
                *_bank(data, key, Side.MENTOR),
                *(name for name in _bank(data, key, Side.MENTEE) if name in adults),
            ]
            fresh = [name for name in dict.fromkeys(duties) if f"duty_consent {name}" not in diary.ids]
            _issue(write, place, programme_id, fresh, "duty_consent")

    def receive(write: Write) -> None:
        lacking = {
            **{f"personal_data {name}": 1 for name in data["lacking_consent"]},
            **{f"duty_consent {name}": 1 for name in data["lacking_duty"]},
        }
        rows = [
            documents.Received(document_id, write.today, original_place="папка «Согласия»")
            for name, document_id in diary.ids.items()
            if name.startswith(("personal_data ", "duty_consent ")) and name not in lacking
        ]
        for result in documents.receive_consents(write, rows):
            assert result.ok, result.text

    diary.note(FIRST_DAY - 2, "issue_consents", issue)
    diary.note(FIRST_DAY - 6, "receive_consents", receive)


def _issue(write: Write, place: Place, programme_id: str, names: Sequence[str], kind: str) -> None:
    people = {place.person(name): name for name in names}
    for issued in pair_papers.prepare_consents(write, programme_id, list(people), kind):
        assert issued.document_id, issued.text
        place.diary.ids[f"{kind} {people[issued.person_id]}"] = issued.document_id


# -- the road map -----------------------------------------------------------------------------------------------------


def adopt_map(place: Place, code: str) -> None:
    """Take the map of this school year into work: what lies behind is done, the rest runs."""
    diary, told = place.diary, place.data["map"]
    template = load(MAPS / f"{code}.yaml")
    year = school_year_of(diary.today)
    period = None if template.period else Period("учебный год", date(year, 9, 1), date(year + 1, 5, 31))
    still_open = {*told["not_found_done"], *told["late"], *told["schedule"], *told["reported"]}

    def adopt(write: Write) -> None:
        plan = plan_adoption(template, date(year, 9, 1), write.today, WorkingCalendar(), period)
        done = {
            one.item.key: FoundItem(one.due)
            for one in plan.items
            if one.past and one.due and one.item.key not in still_open
        }
        responsible = {key: place.person(name) for key, name in told["responsible"].items()}
        running = road_maps.adopt(write, plan, done, responsible=responsible)
        for row in map_queries.activities_of_maps(write.session, write.scope, [running.id]):
            diary.ids[f"item {row.key}"] = row.id
        diary.ids["map"] = running.id

    def approve(write: Write) -> None:
        engine.fire(write, diary.ids["map"], "approve", fields={"signatory": place.person(place.head)})

    diary.note(FIRST_DAY, "adopt", adopt)
    diary.note(FIRST_DAY - 1, "approve", approve)
    later = plan_adoption(template, date(year, 9, 1), diary.day(FIRST_DAY), WorkingCalendar(), period)
    _complete_in_time(place, [one for one in later.items if not one.past])
    _tell_items(place)


def _complete_in_time(place: Place, items: Sequence[AdoptedItem]) -> None:
    """Items whose time came since the first day were done at their time, but for those that the file tells of."""
    diary, told = place.diary, place.data["map"]
    days = dict(told["done"].items())
    spoken_for = {*told["not_found_done"], *told["late"], *told["schedule"], *told["reported"], *days}
    for one in items:
        if one.due and one.item.key not in spoken_for and one.due < diary.today - timedelta(days=3):
            days[one.item.key] = (diary.today - one.due).days
    for key, days_ago in sorted(days.items(), key=lambda one: -one[1]):
        diary.note(min(days_ago, FIRST_DAY - 8), "complete", _completion(place, f"item {key}"))


def _completion(place: Place, name: str) -> Any:
    def complete(write: Write) -> None:
        item = place.diary.ids[name]
        outlook = next(one for one in engine.why_not(write, write.actor, [item])[item] if one.event.name == "complete")
        ground = "Подтверждение лежит в папке куратора, внесём позже" if outlook.needs_ground else ""
        engine.fire(write, item, "complete", ground=ground)

    return complete


def _tell_items(place: Place) -> None:
    diary, told = place.diary, place.data["map"]
    for key, days_ago in told["late"].items():
        ground = "Часть семей возвращается позже, срок продлён"
        fields = {"due_on": diary.day(days_ago)}
        diary.note(FIRST_DAY - 20, "reschedule", _firing(place, f"item {key}", "reschedule", fields, ground))
    for key, days_ago in told["schedule"].items():
        fields = {"due_on": diary.today - timedelta(days=days_ago)}
        diary.note(FIRST_DAY - 15, "set_schedule", _firing(place, f"item {key}", "set_schedule", fields))
    for one in told["facts"]:
        diary.note(one["day"], "log_fact", _firing(place, f"item {one['item']}", "log_fact", {"text": one["text"]}))
    for key, days_ago in told["reported"].items():

        def report(write: Write, name: str = f"item {key}") -> None:
            road_maps.set_acceptance(write, diary.ids[name], "district")
            engine.fire(write, diary.ids[name], "report", fields={"result": "Встречи прошли, фото и отзывы в папке"})

        diary.note(days_ago, "report", report)


def _firing(place: Place, name: str, event: str, fields: Mapping[str, Any], ground: str = "") -> Any:
    def fire(write: Write) -> None:
        engine.fire(write, place.diary.ids[name], event, fields=fields, ground=ground)

    return fire


# -- papers made elsewhere --------------------------------------------------------------------------------------------


def enter_papers(place: Place) -> None:
    """Orders and regulations that were signed before the program was used, and agreements with mentoring teachers."""
    diary, data = place.diary, place.data

    def papers(write: Write) -> None:
        for one in data["papers"]:
            items = tuple(("activity", diary.ids[f"item {key}"]) for key in one["items"])
            enter_ready(
                write,
                ReadyPaper(
                    one["kind"],
                    min(diary.day(one["signed"]), write.today),
                    one["number"],
                    one["title"],
                    signatory=place.person(place.head),
                    subjects=items,
                    original_place="дело 01-05",
                ),
            )
        for name in data["agreements"]:
            enter_ready(
                write,
                ReadyPaper(
                    "labour_agreement",
                    write.today,
                    title=f"Соглашение о наставничестве, {name}",
                    signatory=place.person(place.head),
                    subjects=(("person", place.person(name)),),
                    valid_to=write.today + timedelta(days=365),
                ),
            )

    diary.note(FIRST_DAY - 2, "enter_ready", papers)
