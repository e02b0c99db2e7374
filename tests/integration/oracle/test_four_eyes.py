"""Stand-ins, one person in two roles, four eyes: two people, two roles, one order with dates, all combinations.

What must come is worked out here from the words of the brief alone: a person counts, not an account; whoever acts for
somebody by order wears that person's hat too; an order opens a role from its first to its last day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product

import pytest

from tests.conftest import new_database
from tests.integration.house.conftest import House, open_house
from web.views.history import opened_entry
from web.views.story import story_of
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import GuardRefused, InvalidInput, NotPermitted
from workflow_core.guards import SYSTEM, Actor
from workflow_core.unit_of_work import Write
from workflows.organisations import operations as organisations
from workflows.organisations import policy
from workflows.organisations.person_input import PersonInput
from workflows.road_maps import operations as road_maps
from workflows.road_maps import queries as map_queries
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.map_template import shipped_map

FIRST, LAST = date(2026, 11, 10), date(2026, 11, 20)
MOMENTS = {"before": date(2026, 11, 9), "first": FIRST, "last": LAST, "after": date(2026, 11, 21)}
HELD = ((), ("curator",), ("head",), ("curator", "head"))
TERM = "замещение по приказу № 98-к действует с 10.11.2026 по 20.11.2026"
REPORTS, ACCEPTS = ("curator",), ("head", "curator")
"""Who may, of the two roles played here, in the order in which the lifecycle names them."""


@dataclass(frozen=True)
class Hat:
    """Somebody at work: deputy or director of one couple, with roles of their own."""

    couple: str
    """Role in which the deputy of this couple stands in for its director."""
    who: str
    held: tuple[str, ...]

    @property
    def account(self) -> str:
        return f"{self.couple}-{self.who}-{'+'.join(self.held)}"


HATS = [Hat(*parts) for parts in product(("curator", "head"), ("deputy", "director"), HELD)]


def rights(hat: Hat, moment: str, asked: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """The oracle: the role in which somebody may do a step (empty: none), and the people who then count as having acted."""
    inside = FIRST <= MOMENTS[moment] <= LAST
    lent = hat.couple if hat.who == "deputy" and inside and hat.couple not in hat.held else ""
    role = next((role for role in asked if role in hat.held or role == lent), "")
    return role, frozenset({hat.who, "director"} if role and role == lent else {hat.who})


@dataclass
class School:
    """A school with two couples of deputy and director, and items that each of them has reported when they could."""

    house: House
    people: dict[tuple[str, str], str]
    reported: dict[tuple[Hat, str], str]
    refused: dict[tuple[Hat, str], str]

    def actor(self, hat: Hat, moment: str, account: str = "") -> Actor:
        with self.house.read(MOMENTS[moment]) as read:
            name = "Ларина Т. И." if hat.who == "deputy" else "Гусев А. П."
            return policy.actor_for(read.session, self.house.scope, account or hat.account, name, MOMENTS[moment])

    @contextmanager
    def write(self, moment: str, actor: Actor) -> Iterator[Write]:
        day = MOMENTS[moment]
        now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        with self.house.installation.engine.write(self.house.scope, actor, now=now) as write:
            yield write


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("eyes")
    with new_database("sqlite") as database:
        made = School(open_house(database, folder, date(2026, 9, 1)), {}, {}, {})
        with made.house.write(actor=SYSTEM) as write:
            items = _furnish(write, made)
        # Entered on the days on which they happen: a history runs forward.
        for moment, hat in product(MOMENTS, HATS):
            if moment == "first":
                continue
            try:
                with made.write(moment, made.actor(hat, moment)) as write:
                    item = items[len(made.reported)]
                    engine.fire(write, item, "report", fields={"result": "Встречи прошли"})
                made.reported[hat, moment] = item
            except NotPermitted as exc:
                made.refused[hat, moment] = str(exc)
        yield made


def _furnish(write: Write, made: School) -> list[str]:
    for couple in ("curator", "head"):
        family = {"curator": "Ларин", "head": "Чайкин"}[couple]
        for who, row in (
            ("deputy", PersonInput(f"{family}а", "Татьяна", "Ивановна", "employee", sex="f", post="заместитель")),
            ("director", PersonInput("Гусев", "Андрей", family + "ович", "employee", sex="m", post="директор")),
        ):
            person = organisations.add_people(write, [row])[0].person
            assert person is not None
            made.people[couple, who] = person.id
        organisations.name_stand_in(
            write,
            couple,
            made.people[couple, "deputy"],
            made.people[couple, "director"],
            "приказ № 98-к",
            valid_from=FIRST,
            valid_to=LAST,
        )
    for hat in HATS:
        # Somebody without a role has no account; reading opens the door.
        for role in (*hat.held, "auditor"):
            organisations.grant_role(write, hat.account, role, person_id=made.people[hat.couple, hat.who])
            organisations.grant_role(write, f"{hat.account}-2", role, person_id=made.people[hat.couple, hat.who])
    organisations.set_setting(write, "activity/accept/four_eyes", "block")
    plan = plan_adoption(shipped_map("school9_2020"), date(2026, 9, 1), write.today, WorkingCalendar())
    running = road_maps.adopt(write, plan, {})
    rows = map_queries.activities_of_maps(write.session, write.scope, [running.id])
    return [row.id for row in rows]


def test_a_role_is_lent_from_the_first_day_to_the_last(school: School) -> None:
    for moment, hat in product(MOMENTS, HATS):
        if moment == "first":
            continue
        role, _who = rights(hat, moment, REPORTS)
        assert ((hat, moment) in school.reported) is bool(role), (hat, moment)
        if not role:
            dated = hat.who == "deputy" and hat.couple == "curator"
            assert (TERM in school.refused[hat, moment]) is dated, (hat, moment)


def test_the_entry_names_both_only_where_somebody_stands_in(school: School) -> None:
    with school.house.read(MOMENTS["after"]) as read:
        for (hat, moment), item in school.reported.items():
            _role, who = rights(hat, moment, REPORTS)
            (line,) = [one for one in story_of(read, [item]) if one.sentence == "Сдан на приёмку"]
            entry = core.entry(read.session, read.scope, line.seq)
            assert entry is not None
            standing_in = len(who) == 2
            assert entry.acts_for == (school.people[hat.couple, "director"] if standing_in else "")
            own = "Ларина Т. И." if hat.who == "deputy" else "Гусев А. П."
            assert line.who == (f"{own} за Гусева А. {_initial(hat)} по приказу № 98-к" if standing_in else own)
            opened = opened_entry(read, SYSTEM, line.seq)
            assert opened is not None
            assert any(fact.name == "Замещение" for fact in opened.facts) is standing_in


def _initial(hat: Hat) -> str:
    return {"curator": "Л.", "head": "Ч."}[hat.couple]


@pytest.mark.parametrize("second_account", [False, True], ids=["one account each", "two accounts each"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_nobody_accepts_what_they_or_whom_they_act_for_have_reported(
    school: School, moment: str, second_account: bool
) -> None:
    seen = set()
    day = MOMENTS[moment]
    for hat in HATS:
        role, accepting = rights(hat, moment, ACCEPTS)
        account = f"{hat.account}-2" if second_account else ""
        actor = school.actor(hat, moment, account)
        mine = {
            key: item for key, item in school.reported.items() if key[0].couple == hat.couple and MOMENTS[key[1]] <= day
        }
        with school.house.read(day) as read:
            answers = engine.why_not(read, actor, mine.values())
        for (reporter, then), item in mine.items():
            (outlook,) = [one for one in answers[item] if one.event.name == "accept"]
            codes = {blocker.code for blocker in outlook.blockers}
            _role, reporting = rights(reporter, then, REPORTS)
            same = bool(reporting & accepting)
            assert outlook.role == role
            assert ("not_permitted" in codes) is not bool(role)
            assert ("same_person" in codes) is same, (reporter, then, hat, moment)
            if not role:
                dated = hat.who == "deputy" and not FIRST <= day <= LAST
                assert any(TERM in blocker.text for blocker in outlook.blockers) is dated
            seen.add((bool(role), same, len(reporting), len(accepting)))
    inside = FIRST <= day <= LAST
    # (may accept, one person, people reporting, people accepting): the cases that a moment can have have all been met.
    expected = {(True, True, 1, 1), (True, False, 1, 1), (False, False, 1, 1)}
    expected |= {(True, True, 1, 2)} if inside else set()
    expected |= {(True, True, 2, 1)} if moment in ("last", "after") else set()
    assert seen >= expected


def test_the_step_itself_refuses_one_person_under_two_hats(school: School) -> None:
    """The director's own item, accepted for the director by the deputy, by a second account, by somebody else."""
    reporter = Hat("head", "director", ("curator",))
    item = school.reported[reporter, "before"]

    def accept(actor: Actor) -> str:
        with school.write("last", actor) as write:
            mark = write.savepoint()
            try:
                engine.fire(write, item, "accept")
            except GuardRefused as exc:
                return exc.blockers[0].code
            finally:
                write.roll_back_to(mark)
        return "accepted"

    second = f"{Hat('head', 'director', ('head',)).account}-2"
    assert accept(school.actor(Hat("head", "deputy", ()), "last")) == "same_person"
    assert accept(school.actor(reporter, "last", second)) == "same_person"
    assert accept(school.actor(Hat("head", "deputy", ("head",)), "last")) == "accepted"


def test_an_undone_report_counts_no_more(school: School) -> None:
    """A reports, the head returns it, B reports, B's report and the return are undone: it is A's report that stands."""
    first, second = Hat("head", "deputy", ("curator",)), Hat("head", "director", ("curator",))
    head = Actor("another", "Павлова Р. С.", frozenset({"head"}))
    steps = [(first, "report"), (None, "return"), (second, "report"), (second, "undo"), (None, "undo")]
    codes = {}
    with school.write("after", SYSTEM) as write:
        items = core.processes_of(write.session, write.scope)
        item = next(one.id for one in items if one.subject_kind == "activity" and one.state == "planned")
        mark = write.savepoint()
        for hat, event in steps:
            write.actor = school.actor(hat, "after") if hat else head
            if event == "undo":
                write.actor = head
                engine.undo(write, item, why="Ошиблись пунктом")
            else:
                engine.fire(write, item, event, fields={"result": "Провели"}, ground="Проверить ещё раз")
        for hat in (first, second):
            other = Hat(hat.couple, hat.who, ("head",))
            (outlook,) = [
                one
                for one in engine.why_not(write, school.actor(other, "after"), [item])[item]
                if one.event.name == "accept"
            ]
            codes[hat] = [blocker.code for blocker in outlook.blockers]
        write.roll_back_to(mark)

    assert codes == {first: ["same_person"], second: []}


def test_mending_by_a_stand_in_names_both(school: School) -> None:
    hat = Hat("head", "deputy", ())
    item = school.reported[Hat("head", "director", ("curator",)), "before"]
    with school.write("last", school.actor(hat, "last")) as write:
        engine.undo(write, item, why="Сдан не тот пункт")
    with school.house.read(MOMENTS["last"]) as read:
        entry = core.entries_of(read.session, read.scope, [item])[item][-1]
        (line,) = [one for one in story_of(read, [item]) if one.seq == entry.seq]

    assert (entry.event, entry.acts_for) == ("undo", school.people["head", "director"])
    assert line.who == "Ларина Т. И. за Гусева А. Ч. по приказу № 98-к"


def test_rights_outside_of_steps_tell_the_dates_too(school: School) -> None:
    deputy = Hat("head", "deputy", ())

    for moment in MOMENTS:
        actor = school.actor(deputy, moment)
        if moment in ("first", "last"):
            policy.require(actor, "signatories.edit")
            continue
        with pytest.raises(NotPermitted) as refused:
            policy.require(actor, "signatories.edit")
        assert TERM[1:] in str(refused.value)


def test_a_mentor_is_replaced_not_stood_in_for(school: School) -> None:
    with pytest.raises(InvalidInput, match="замените его в паре"), school.write("after", SYSTEM) as write:
        organisations.name_stand_in(
            write,
            "mentor",
            school.people["head", "deputy"],
            school.people["head", "director"],
            "приказ № 1",
            valid_from=FIRST,
        )
