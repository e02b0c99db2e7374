"""A school starts on 1 December: running pairs and done items come in as they are, and the rules of two places weigh one step."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.integration.house.conftest import House, found_organisation, mother_of, open_house, pupils
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.database import Database
from workflow_core.exceptions import GuardRefused
from workflow_core.replay import CORRECT, ENTER_AS_FOUND
from workflow_core.verification import replay, verify
from workflows.documents.ready_papers import ReadyPaper, enter_ready_many
from workflows.mentoring import board, journal, operations, queries
from workflows.mentoring.as_found import FoundPair, enter_pairs_as_found
from workflows.mentoring.journal import TaskRow
from workflows.mentoring.operations import Proposal
from workflows.organisations import operations as organisations
from workflows.road_maps import operations as road_maps
from workflows.road_maps import views
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem

DECEMBER = date(2026, 12, 1)
TYPO, MEANT = date(2026, 11, 12), date(2026, 10, 12)
"""Day on which the first pair began to work: typed, and true."""
ORDER = {"order_number": "63-ОД", "order_date": date(2026, 9, 14)}


def running_pairs() -> list[FoundPair]:
    """25 rows as the curator types them from the paper journal: names alone, nobody is in the program yet."""
    mentors, mentees = pupils(0, 25, "10 «А»", 2010), pupils(25, 26, "7 «Б»", 2013)
    rows = []
    for place, mentor in enumerate(mentors):
        group = (mentees[place], mentees[25]) if place == 3 else (mentees[place],)
        dates = {"acquaintance": date(2026, 9, 18), "trial": date(2026, 9, 25), "planning": date(2026, 10, 2)}
        since = TYPO if place == 0 else MEANT
        rows.append(FoundPair((mentor,), group, "regular_work", since, dates, **ORDER))
    return rows


def start(database: Database, folder: Path) -> tuple[House, list[str], str]:
    """The school on its first day, with what was found; the pairs and the map."""
    house = open_house(database, folder, DECEMBER, profile="school9")
    house.writes = 0
    rows = running_pairs()
    with house.write() as write:
        programme = operations.create_programme(
            write,
            "Вместе к цели",
            starts_on=date(2026, 9, 1),
            ends_on=date(2027, 5, 31),
            form="pupil_pupil",
            curator_id=house.ids["curator"],
        )
        found = enter_pairs_as_found(write, programme.id, rows, signatory=house.ids["head"])
        people = [row for row, _who in queries.participants(write.session, house.scope, [programme.id])]
        house.ids["programme"] = programme.id
        house.ids |= {row.person_id: row.person_id for row in people}
    with house.write() as write:
        members = queries.members(write.session, house.scope, found.pair_ids)
        minors = {who.id: who for of_pair in members.values() for _row, who in of_pair}
        inputs = {
            one.family_name: one for row in rows for one in (*row.mentors, *row.mentees) if not isinstance(one, str)
        }
        adults = [mother_of(inputs[who.family_name]) for who in minors.values()]
        for who, added in zip(minors.values(), organisations.add_people(write, adults), strict=True):
            assert added.person is not None
            organisations.add_representative(write, who.id, added.person.id, "мать")
        papers = [
            ReadyPaper("personal_data_consent_representative", date(2026, 9, 7), person_id=who_id) for who_id in minors
        ]
        assert [row.text for row in enter_ready_many(write, papers) if not row.ok] == []
    with house.write() as write:
        plan = plan_adoption(shipped_map("school9_2020"), date(2026, 1, 1), DECEMBER, WorkingCalendar())
        past = {one.item.key: FoundItem(one.due) for one in plan.past if one.due}
        undated = [one.item.key for one in plan.items if one.due is None and one.item.key not in past]
        for key in undated[: 30 - len(past)]:
            past[key] = FoundItem(date(2026, 11, 20))
        assert len(past) == 30
        road_map = road_maps.adopt(write, plan, past).id
    return house, list(found.pair_ids), road_map


def test_25_pairs_and_30_items_come_in_by_few_writes_without_false_alarm(database: Database, tmp_path: Path) -> None:
    house, pair_ids, road_map = start(database, tmp_path)

    assert house.writes <= 5
    with house.read() as read:
        page = views.map_page(read, road_map)
        lines = board.pair_lines(read, pair_ids)
        stuck = board.stuck_pairs(read)
        entries = core.entries_of(read.session, house.scope, pair_ids)
        whole, again = verify(read), replay(read)
    items = [item for section in page.sections for item in section.items]
    assert Counter(item.state for item in items) == {"done": 30, "planned": 21}
    assert [item.key for item in items if item.overdue] == []
    assert {line.state for line in lines.values()} == {"regular_work"}
    assert len(lines) == 25
    assert [line.label for line in stuck] == []
    assert not any(line.is_stuck for line in lines.values())
    with house.read(date(2027, 1, 12)) as read:
        assert len(board.stuck_pairs(read)) == 25, "six weeks without a meeting are no false alarm"
    assert {entry.event for of_pair in entries.values() for entry in of_pair if entry.version} == {ENTER_AS_FOUND}
    assert (whole.problems, again.problems) == ([], [])


def test_the_history_marks_what_was_entered_as_found(database: Database, tmp_path: Path) -> None:
    house, pair_ids, _road_map = start(database, tmp_path)
    with house.read() as read:
        marked = core.count_entries(read.session, house.scope, {"event": ENTER_AS_FOUND})
        entry = core.entries_of(read.session, house.scope, pair_ids[:1])[pair_ids[0]][0]

    # 25 pairs, 30 items, sections that had begun, one order, 51 consents.
    assert marked >= 25 + 30 + 1 + 51
    assert (entry.from_state, entry.to_state, entry.happened_on) == ("start", "regular_work", TYPO.isoformat())
    assert entry.input_values["dates"]["formed"] == "2026-09-14"


def test_a_typo_in_a_date_is_mended_and_no_longer_stands_in_the_way(database: Database, tmp_path: Path) -> None:
    house, pair_ids, _road_map = start(database, tmp_path)
    first = pair_ids[0]
    with house.read() as read:
        seq = core.entries_of(read.session, house.scope, [first])[first][0].seq
    day = date(2026, 11, 2)
    before = {one.code for one in house.blockers(first, "suspend", day)}

    with house.write() as write:
        engine.correct(write, first, seq, happened_on=MEANT, why="Опечатка: начали 12 октября")
    after = {one.code for one in house.blockers(first, "suspend", day)}

    with house.read() as read:
        line = board.pair_lines(read, [first])[first]
        old, mended = [one for one in core.entries_of(read.session, house.scope, [first])[first] if one.version]
        checked = verify(read).problems
    assert (before, after) == ({"before_previous_step"}, set())
    assert line.since == MEANT
    assert (old.happened_on, mended.event, mended.refers_to) == (TYPO.isoformat(), CORRECT, seq)
    assert checked == []


def test_one_pupil_leaves_a_group_and_the_others_go_on(database: Database, tmp_path: Path) -> None:
    house, pair_ids, _road_map = start(database, tmp_path)
    group = pair_ids[3]
    with house.read() as read:
        rows = queries.members(read.session, house.scope, [group])[group]
        leaving = next(who.id for row, who in rows if row.side == "mentee")

    with house.write() as write:
        changed = operations.change_members(
            write, group, leaves=leaving, ground="Заявление родителей", happened_on=date(2026, 11, 27)
        )

    with house.read() as read:
        rows = queries.members(read.session, house.scope, [group])[group]
        assert verify(read).ok
    assert (changed.step.process.state, changed.offers_dissolve) == ("regular_work", False)
    assert [row.left_on for row, who in rows if who.id == leaving] == [date(2026, 11, 27)]
    assert len([row for row, _who in rows if row.left_on is None]) == 2


# -- one order of events, two places ----------------------------------------------------------------------------------


def autumn(house: House) -> tuple[str, dict[str, str]]:
    """Pupils of both ages in the bank of a programme; the programme and who is who."""
    house.add(pupils(0, 1, "10 «А»", 2010), mothers=True)
    house.add(pupils(1, 1, "7 «Б»", 2013), mothers=True)
    ids = dict(zip(("mentor", "mentee"), house.people("Барсуков", "Выдрина"), strict=True))
    with house.write() as write:
        programme = operations.create_programme(
            write,
            "База наставников",
            starts_on=date(2026, 9, 1),
            ends_on=date(2027, 5, 31),
            form="pupil_pupil",
            curator_id=house.ids["curator"],
        ).id
        operations.enrol(write, programme, [ids["mentor"]], "mentor")
        operations.enrol(write, programme, [ids["mentee"]], "mentee")
    return programme, ids


def consents_on(house: House, ids: dict[str, str], day: date) -> None:
    """What whoever has to sign at the place hands in."""
    kinds = {"mentor": "personal_data_consent_adult", "mentee": "personal_data_consent_representative"}
    with house.write() as write:
        enter_ready_many(write, [ReadyPaper(kinds[side], day, person_id=who) for side, who in ids.items()])


def test_kakhuns_autumn_runs_there_and_is_stopped_in_school_9(database: Database, tmp_path: Path) -> None:
    """Kakhun's map: bases and pairs in September, consents until the end of October, meetings combined, plans in November."""
    kakhun = open_house(database, tmp_path, date(2026, 9, 14), profile="kakhun", short_title="Школа с. Речное")
    school9 = found_organisation(kakhun.installation, date(2026, 9, 14), profile="school9", short_title="Школа № 5")
    told: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for name, house in (("kakhun", kakhun), ("school9", school9)):
        told[name] = walk(house)

    assert told["kakhun"] == {
        "form": [("reason", "consent_missing"), ("reason", "consent_missing")],
        "hold_planning": [],
        "start_work": [("reason", "plan_not_approved")],
        "form, November": [("block", "consent_missing"), ("block", "consent_missing")],
    }
    assert told["school9"] == {
        "form": [("block", "consent_missing"), ("block", "consent_missing"), ("block", "no_order")],
        "form, November": [("block", "consent_missing"), ("block", "consent_missing"), ("block", "no_order")],
    }


def asked(house: House, pair_id: str, event: str, day: date) -> list[tuple[str, str]]:
    """What the place says to a step on a day, notes about other papers left out."""
    ignored = ("participation_not_agreed", "duty_consent_missing")
    found = house.blockers(pair_id, event, day)
    return sorted((str(one.severity), one.code) for one in found if one.code not in ignored)


def walk(house: House) -> dict[str, list[tuple[str, str]]]:
    """The same autumn in one place: what each step says; a refused step ends the way."""
    programme, ids = autumn(house)
    with house.write() as write:
        pair_id = operations.propose_pair(
            write, programme, Proposal((ids["mentor"],), (ids["mentee"],), happened_on=date(2026, 9, 14))
        ).id
    told = {"form": asked(house, pair_id, "form", date(2026, 9, 14))}
    told["form, November"] = asked_in_november(house, pair_id)
    house.today = date(2026, 9, 14)
    stopped = any(severity == "block" for severity, _code in told["form"])
    if stopped:
        with pytest.raises(GuardRefused):
            house.fire(pair_id, "form", ground="Согласия соберут до конца октября")
        return told
    house.fire(pair_id, "form", ground="Согласия соберут до конца октября")
    house.today = date(2026, 10, 20)
    consents_on(house, ids, house.today)
    house.fire(pair_id, "hold_acquaintance")
    told["hold_planning"] = asked(house, pair_id, "hold_planning", house.today)
    house.fire(pair_id, "hold_planning")
    with house.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Повторить дроби", date(2026, 12, 20), "20 задач")], goal="«4»")
    house.today = date(2026, 11, 9)
    told["start_work"] = asked(house, pair_id, "start_work", house.today)
    house.fire(pair_id, "start_work", ground="Приказ об утверждении планов до 30 ноября")
    assert house.state(pair_id) == "regular_work"
    with house.read() as read:
        assert verify(read).ok
    return told


def asked_in_november(house: House, pair_id: str) -> list[tuple[str, str]]:
    """The same step a month after the last day for consents."""
    house.today = date(2026, 11, 2)
    return asked(house, pair_id, "form", house.today)


pytestmark = pytest.mark.slow
