"""Every guard through the admin: from the finding's link to the page, the form there is sent, and the finding is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.web.clerk import Clerk, Page
from tests.web.paper_school import order_at_signing, second_pair
from tests.web.sample_school import School, at, school
from web.links import DOORS, link_url
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import GuardRefused
from workflow_core.guards import SYSTEM, Blocker, Link
from workflow_core.operations import StepRequest
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.documents.tables import Document
from workflows.mentoring import journal
from workflows.mentoring import operations as mentoring
from workflows.mentoring import papers as pair_papers
from workflows.mentoring.as_found import FoundPair, enter_pairs_as_found
from workflows.mentoring.journal import TaskRow
from workflows.organisations import operations as organisations
from workflows.organisations import queries as places
from workflows.organisations.person_input import PersonInput
from workflows.organisations.profile_file import BUILT_IN_GUARDS
from workflows.road_maps import operations as road_maps
from workflows.road_maps import queries as map_queries
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.map_template import shipped_map

__all__ = ["school"]

TODAY = date(2026, 11, 12)
Ask = Callable[[], Sequence[Blocker]]
GROUND = "Решение педагогического совета"


@dataclass
class Scene:
    """A school in which one finding stands."""

    school: School
    ask: Ask
    code: str
    done: dict[str, str] = field(default_factory=dict)
    """What was made on the way, by name."""

    def found(self) -> Blocker | None:
        """The finding, if it still stands."""
        return next((one for one in self.ask() if one.code == self.code), None)

    def address(self) -> str:
        """Where its link leads."""
        blocker = self.found()
        assert blocker is not None
        with self.school.app.test_request_context():
            return link_url(blocker.link)

    def clerk(self, role: str = "curator") -> Clerk:
        return Clerk(self.school.client(role))

    def page(self, role: str = "curator") -> tuple[Clerk, Page]:
        """Somebody on the page that the link leads to."""
        clerk = self.clerk(role)
        return clerk, clerk.open(self.address())


# -- asking -----------------------------------------------------------------------------------------------------------


def step(school: School, subject: str, event: str, fields: Any = None, on: date | None = None) -> Ask:
    """What stands in the way of a step: asked only, or with the values of its form."""

    def ask() -> Sequence[Blocker]:
        with school.installation.engine.read(school.scope, now=NOW) as read:
            if fields is None:
                outlooks = engine.why_not(read, school.curator, [subject], on)[subject]
                return [one for outlook in outlooks if outlook.event.name == event for one in outlook.blockers]
            given = fields() if callable(fields) else fields
            (row,) = engine.preview(read, school.curator, [StepRequest(subject, event, given, on)])
            return row.blockers

    return ask


def proposal(school: School, mentor: str, mentee: str, form: str = "") -> Ask:
    """What stands in the way of a new pair."""

    def ask() -> Sequence[Blocker]:
        found: list[Blocker] = []

        def attempt(write: Write) -> None:
            mark = write.savepoint()
            try:
                mentoring.propose_pair(write, school.programme, mentoring.Proposal((mentor,), (mentee,), form))
            except GuardRefused as exc:
                found.extend(exc.blockers)
            write.roll_back_to(mark)

        school.write(attempt)
        return found

    return ask


# -- setting the scene ------------------------------------------------------------------------------------------------


def newcomer(school: School, kind: str = "pupil", **values: Any) -> str:
    """Somebody whom the school has just entered."""
    row = PersonInput("Ёжикова", "Мария", "Олеговна", kind, sex="f", **values)
    if kind == "pupil":
        row = PersonInput("Ёжикова", "Мария", "Олеговна", kind, class_name="7 «Б»", birth_date=date(2013, 3, 3))
    return str(school.write(lambda write: organisations.add_people(write, [row])[0].person.id))


def rule(school: School, key: str, value: Any) -> None:
    school.write(lambda write: organisations.set_setting(write, key, value), actor=SYSTEM)


def bring(school: School, state: str) -> str:
    """The school's pair, brought to a state; the plan has one task that nobody has done."""
    way = {
        "trial": "hold_trial",
        "planning": "hold_planning",
        "regular_work": "start_work",
        "final_meeting": "hold_final",
    }
    states = list(way)
    for one in states[: states.index(state) + 1]:
        if one == "regular_work":
            school.write(lambda write: journal.save_plan(write, school.pair, [TaskRow("Разобрать задачи")]))
        school.write(lambda write, event=way[one]: engine.fire(write, school.pair, event, ground=GROUND))
    return school.pair


def pair_of(school: School, mentor: str, mentee: str, form: str) -> str:
    """A pair of another form in a programme of its own."""

    def made(write: Write) -> str:
        programme = mentoring.create_programme(
            write, "Рядом", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form=form
        ).id
        mentoring.enrol(write, programme, [mentor], "mentor")
        mentoring.enrol(write, programme, [mentee], "mentee")
        proposal = mentoring.Proposal((mentor,), (mentee,), ground=GROUND)
        return mentoring.propose_pair(write, programme, proposal).id

    return str(school.write(made))


def teachers(school: School) -> str:
    """A pair of two employees."""
    return pair_of(school, school.people["Морозова"], school.people["Гусев"], "teacher_teacher")


def draft_plan(school: School) -> str:
    task = [TaskRow("Разобрать задачи", date(2026, 12, 1), "20 задач")]
    school.write(lambda write: journal.save_plan(write, school.pair, task, goal="Догнать класс"))
    return str(school.write(lambda write: pair_papers.prepare_plan(write, school.pair).id))


def draft_agreement(school: School) -> str:
    """No shipped plugin makes an agreement; a region's may."""

    def made(write: Write) -> str:
        row = Document(
            id=new_id(),
            organisation_id=write.scope,
            kind="labour_agreement",
            document_class="agreement",
            title="Соглашение о наставничестве",
            origin="made",
        )
        write.session.add(row)
        engine.start(write, "agreement", "document", row.id, "prepare")
        return row.id

    return str(school.write(made))


def blank(school: School, person: str) -> str:
    """A consent that is asked for."""

    def made(write: Write) -> str:
        (issued,) = pair_papers.prepare_consents(write, school.programme, [school.people[person]], "personal_data")
        return issued.document_id

    return str(school.write(made))


def items(school: School, code: str = "school9_2020") -> Mapping[str, str]:
    """A road map; key -> item."""

    def adopted(write: Write) -> dict[str, str]:
        plan = plan_adoption(shipped_map(code), date(2026, 9, 1), write.today, WorkingCalendar())
        running = road_maps.adopt(write, plan, {})
        rows = map_queries.activities_of_maps(write.session, write.scope, [running.id])
        return {row.key: row.id for row in rows}

    found: dict[str, str] = school.write(adopted)
    return found


def item_lacking(school: School, code: str, title: str) -> str:
    """An item of a map of which only that is lacking."""
    known = items(school, code)
    with school.installation.engine.read(school.scope, now=NOW) as read:
        answers = engine.why_not(read, school.curator, known.values())
    for item, outlooks in answers.items():
        (complete,) = [one for one in outlooks if one.event.name == "complete"]
        lacking = [one for one in complete.blockers if one.code == "evidence_missing"]
        if len(lacking) == 1 and lacking[0].text.startswith(title):
            return item
    raise AssertionError(f"no item that lacks only «{title}»")


def accepted_by(school: School, who: str) -> str:
    item = next(iter(items(school).values()))
    school.write(lambda write: road_maps.set_acceptance(write, item, who))
    return item


# -- mending ----------------------------------------------------------------------------------------------------------


def enrol(scene: Scene, side: str = "mentee") -> None:
    clerk, page = scene.page()
    clerk.send(page, "programme", programme=scene.school.programme, side=side)


def dissolve_of(scene: Scene, page: Page, clerk: Clerk) -> None:
    pair = scene.school.pair
    clerk.send(clerk.open(page.link(f"/pairs/{pair}/steps/dissolve")), "value_cause", value_cause="other")


def other_pair_ends(scene: Scene) -> None:
    clerk, page = scene.page()
    dissolve_of(scene, page, clerk)


def mentor_gets_room(scene: Scene) -> None:
    clerk, page = scene.page()
    dissolve_of(scene, clerk.open(page.link(f"/pairs/{scene.school.pair}")), clerk)


def choose_another_mentee(scene: Scene) -> None:
    """The finding comes in the form that made it; another choice there is the remedy."""
    one, clerk = scene.school.people["Белова"], scene.clerk()
    row = {"rows-0-mentor": one, "rows-0-mentee": one}
    again = clerk.send(clerk.open("/pairs/propose"), "rows-0-mentor", refused=True, **row)
    assert "и наставник, и наставляемый" in again.text
    clerk.send(again, "rows-0-mentor", **{**row, "rows-0-mentee": scene.school.people["Лис"]})
    scene.ask = proposal(scene.school, one, scene.school.people["Лис"])


def programme_form(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "starts_on", form="")


def person(**values: str) -> Callable[[Scene], None]:
    def mend(scene: Scene) -> None:
        clerk, page = scene.page()
        clerk.send(page, "family_name", **values)

    return mend


def name_mother(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "relation", name="Лис Ирина Петровна", relation="мать")


def consent_from_nothing(scene: Scene) -> None:
    """Representative, blank, receipt: at each place the link leads to the next."""
    name_mother(scene)
    issued_and_received(scene, scene.school.people["Лис"])


def issued_and_received(scene: Scene, who: str) -> None:
    clerk, page = scene.page()
    clerk.send(page, "row", row=who, action="issue")
    clerk, page = scene.page()
    clerk.send(page, "version")


def duty(scene: Scene) -> None:
    issued_and_received(scene, scene.school.people["Белова"])


def paper(**values: str) -> Callable[[Scene], None]:
    """Enter a ready paper; kind, person, pair or item are chosen already where the link knows them."""

    def mend(scene: Scene) -> None:
        clerk, page = scene.page()
        given = {name: scene.school.people.get(value, value) for name, value in values.items()}
        made = clerk.send(page, "signed_on", signed_on="10.11.2026", **given)
        scene.done["paper"] = made.address.rsplit("/", 1)[-1]

    return mend


def of_both(mend: Callable[[Scene], None]) -> Callable[[Scene], None]:
    """The mentor's is lacking and the mentee's."""

    def both(scene: Scene) -> None:
        mend(scene)
        mend(scene)

    return both


def order_and_number(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "pair_id")
    scene.code = "order_not_registered"
    clerk, page = scene.page()
    signed = {
        "value_number": "120-ОД",
        "value_signed_on": "12.11.2026",
        "value_signatory": scene.school.people["Гусев"],
    }
    clerk.send(page, "value_number", scan_when="later", **signed)
    assert not {"no_order", "order_not_registered"} & {one.code for one in scene.ask()}


def earlier_order(scene: Scene) -> None:
    clerk, page = scene.page()
    mending = clerk.open(page.link("/mend"))
    clerk.send(mending, "signed_on", signed_on="04.11.2026", why="Опечатка в дате")


def another_number(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(clerk.open(page.link("/mend")), "number", number="91/1-ОД", why="Номер был записан неверно")


def meeting(kind: str) -> Callable[[Scene], None]:
    def mend(scene: Scene) -> None:
        clerk, page = scene.page()
        # The kind that is lacking is chosen already.
        clerk.send(page, "kind", held_on="10.11.2026")
        assert f'value="{kind}"' in page.html

    return mend


def plan(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "rows-0-title", **{"rows-0-title": "Разобрать задачи"})


def task_done(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "done_on")


def answers(scene: Scene) -> None:
    clerk, page = scene.page()
    days = {f"rows-{index}-given_on": "11.11.2026" for index in range(2)}
    clerk.send(page, "rows-0-given_on", **days)


def case(scene: Scene) -> None:
    clerk, page = scene.page()
    texts = ("title", "problem", "resources", "result", "risks", "replicability", "contact", "steps")
    clerk.send(page, "problem", **dict.fromkeys(texts, "Занимались каждую неделю"))


def new_programme(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "starts_on", title="Новый год", starts_on="01.09.2027", ends_on="31.05.2028", form="pupil_pupil")


def signatory(name: str, **values: str) -> Callable[[Scene], None]:
    def mend(scene: Scene) -> None:
        clerk, page = scene.page("head")
        form = clerk.open(page.link("/signatories/new"))
        clerk.send(form, "valid_from", person_id=scene.school.people[name], valid_from="01.11.2026", **values)

    return mend


def own_form(address: str, wrong: Mapping[str, str], right: Mapping[str, str]) -> Callable[[Scene], None]:
    """The finding comes in the form of the step; other values there are the remedy."""

    def mend(scene: Scene) -> None:
        clerk = scene.clerk()
        given = {name: scene.school.people.get(value, value) for name, value in wrong.items()}
        before = scene.found()
        assert before is not None
        page = clerk.open(address.format(**scene.done))
        first = next(iter(wrong))
        again = clerk.send(page, first, refused=True, **given)
        assert before.text.split(":")[-1].strip() in again.text
        clerk.send(again, first, **{**given, **right})
        scene.ask = lambda: ()

    return mend


def report(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "value_result", value_result="Провели")


def fact(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "value_text", value_text="Провели беседу")


def fact_of_the_time(scene: Scene) -> None:
    clerk, page = scene.page()
    (time,) = page.options("value_occurrence")
    clerk.send(page, "value_text", value_text="Провели собрание", value_occurrence=time)


def correction(scene: Scene) -> None:
    clerk, page = scene.page()
    clerk.send(page, "seq", happened_on="19.09.2026", why="Опечатка в дате")


def limit(scene: Scene) -> None:
    clerk, page = scene.page("administrator")
    clerk.send(page, "value", value="300")


# -- the table --------------------------------------------------------------------------------------------------------


def scene(school: School, code: str, ask: Ask, **done: str) -> Scene:
    return Scene(school, ask, code, dict(done))


def _in_bank(school: School) -> Scene:
    return scene(school, "not_in_bank", proposal(school, school.people["Белова"], newcomer(school)))


def _other_form(school: School) -> Scene:
    ask = proposal(school, school.people["Белова"], school.people["Лис"], "teacher_pupil")
    return scene(school, "other_form", ask)


def _form_not_allowed(school: School) -> Scene:
    guest = newcomer(school, "outside")
    school.write(lambda write: mentoring.enrol(write, school.programme, [guest], "mentee"))
    return scene(school, "form_not_allowed", proposal(school, school.people["Белова"], guest))


def _own_mentee(school: School) -> Scene:
    one = school.people["Белова"]
    school.write(lambda write: mentoring.enrol(write, school.programme, [one], "mentee"))
    return scene(school, "own_mentee", proposal(school, one, one))


def _no_room(school: School) -> Scene:
    rule(school, "mentor.max_mentees", 1)
    return scene(school, "no_room", proposal(school, school.people["Белова"], school.people["Лис"]))


def _live(school: School) -> Scene:
    return scene(school, "pair_is_live", proposal(school, school.people["Белова"], school.people["Ким"]))


def _form_step(code: str) -> Callable[[School], Scene]:
    def made(school: School) -> Scene:
        return scene(school, code, step(school, second_pair(school, consented=False), "form"))

    return made


def _agreement(school: School) -> Scene:
    return scene(school, "agreement_missing", step(school, teachers(school), "form"))


def _admission(school: School) -> Scene:
    guest = newcomer(school, "outside", post="инженер завода")
    return scene(
        school,
        "admission_not_checked",
        step(school, pair_of(school, guest, school.people["Лис"], "employer_pupil"), "form"),
    )


def joins(school: School, code: str, person: str, side: str = "mentee", pair: str = "") -> Scene:
    fields = {"joins": person, "joins_as": side}
    return scene(school, code, step(school, pair or school.pair, "change_members", fields))


def _enrolled(school: School, person: str, side: str) -> str:
    school.write(lambda write: mentoring.enrol(write, school.programme, [person], side))
    return person


def _guest_joins(code: str) -> Callable[[School], Scene]:
    return lambda school: joins(school, code, _enrolled(school, newcomer(school, "outside"), "mentor"), "mentor")


def _joins_employees(school: School) -> Scene:
    """A second mentor of an employee."""

    def made(write: Write) -> str:
        programme = mentoring.create_programme(
            write, "Рядом", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form="teacher_teacher"
        ).id
        running = FoundPair((school.people["Морозова"],), (school.people["Гусев"],), "regular_work")
        mentoring.enrol(write, programme, [guest], "mentor")
        return enter_pairs_as_found(write, programme, [running]).pair_ids[0]

    guest = newcomer(school, "employee", post="учитель физики")
    return joins(school, "agreement_missing", guest, "mentor", str(school.write(made)))


def _before_order(school: School) -> Scene:
    pair = second_pair(school)
    order = order_at_signing(school, pair)
    signed = {"number": "104-ОД", "signed_on": "2026-11-10", "signatory": school.people["Гусев"]}
    school.write(
        lambda write: engine.fire(write, order, "register", fields=signed, grounds={pair: GROUND}),
        at(date(2026, 11, 10)),
    )
    return scene(school, "before_order", step(school, pair, "hold_acquaintance", on=date(2026, 11, 5)))


def _of_pair(code: str, event: str, state: str = "", **fields: str) -> Callable[[School], Scene]:
    def made(school: School) -> Scene:
        pair = bring(school, state) if state else school.pair
        return scene(school, code, step(school, pair, event, fields or None))

    return made


def _combined(school: School) -> Scene:
    rule(school, "meetings.combine", True)
    school.write(lambda write: engine.fire(write, school.pair, "hold_planning", happened_on=date(2026, 11, 1)))
    rule(school, "meetings.combine", False)
    return scene(school, "no_trial_meeting", step(school, school.pair, "start_work"))


def _not_approved(school: School) -> Scene:
    bring(school, "planning")
    school.write(lambda write: journal.save_plan(write, school.pair, [TaskRow("Разобрать задачи")]))
    return scene(school, "plan_not_approved", step(school, school.pair, "start_work"))


def _continues(school: School) -> Scene:
    pair = second_pair(school)
    order = ReadyPaper(
        "pair_order", date(2026, 11, 3), "105-ОД", signatory=school.people["Гусев"], subjects=(("pair", pair),)
    )
    school.write(lambda write: enter_ready(write, order))
    school.write(lambda write: engine.fire(write, pair, "form", ground=GROUND))
    return scene(school, "no_approved_plan", step(school, pair, "continue_work"))


def _case(school: School) -> Scene:
    rule(school, "pair/close/case_written", "reason")
    return _of_pair("no_case", "close", "final_meeting")(school)


def _handed_over(school: School) -> Scene:
    bring(school, "regular_work")
    made = scene(school, "not_handed_over", lambda: ())
    fields = {"leaves": school.people["Белова"], "joins": school.people["Лис"]}
    made.ask = step(school, school.pair, "replace_mentor", lambda: fields | {"hand_over": made.done.get("paper", "")})
    return made


def _left(school: School) -> Scene:
    bring(school, "final_meeting")

    def leaves(write: Write) -> None:
        row = places.person(write.session, write.scope, school.people["Ким"])
        row.left_on = TODAY - timedelta(days=5)

    school.write(leaves)
    return scene(school, "member_left", step(school, school.pair, "continue_next"))


def _no_notice(school: School) -> Scene:
    pair = teachers(school)
    return scene(school, "no_notice", step(school, pair, "dissolve", {"cause": "employer_cancelled"}), pair=pair)


def _no_signatory(school: School) -> Scene:
    order = order_at_signing(school, second_pair(school))

    def ends(write: Write) -> None:
        (row, _who) = places.signatories(write.session, write.scope)[0]
        organisations.end_signatory(write, row.id, date(2026, 10, 31))

    school.write(ends, actor=SYSTEM)
    return scene(school, "no_signatory", step(school, order, "register"))


def _number(school: School) -> Scene:
    order = order_at_signing(school, second_pair(school))
    fields = {"number": "91-ОД", "signed_on": TODAY.isoformat(), "signatory": school.people["Гусев"]}
    return scene(school, "number_taken", step(school, order, "register", fields))


def _no_term(school: School) -> Scene:
    agreement = draft_agreement(school)
    fields = {"signed_on": TODAY.isoformat(), "signatory": school.people["Гусев"], "other_side": "Морозова Е. В."}
    return scene(school, "no_term", step(school, agreement, "sign", fields), agreement=agreement)


def _approval(school: School) -> Scene:
    fields = {"signatory": school.people["Морозова"]}
    return scene(school, "signatory_not_entitled", step(school, draft_plan(school), "approve", fields))


def _item(title: str, code: str = "school9_2020") -> Callable[[School], Scene]:
    def made(school: School) -> Scene:
        return scene(school, "evidence_missing", step(school, item_lacking(school, code, title), "complete"))

    return made


def _acceptance(school: School) -> Scene:
    item = accepted_by(school, "head")

    def ask() -> Sequence[Blocker]:
        return step(school, item, "complete")()

    return scene(school, "acceptance_due", ask)


def _result(school: School) -> Scene:
    return scene(school, "result_missing", step(school, next(iter(items(school).values())), "report", {}))


def _sheet(school: School) -> Scene:
    item = accepted_by(school, "head")
    school.write(lambda write: engine.fire(write, item, "report", fields={"result": "Провели"}))
    made = scene(school, "control_sheet_missing", lambda: ())
    made.ask = step(school, item, "accept", lambda: {"control_sheet": made.done.get("paper", "")})
    return made


def _too_early(school: School) -> Scene:
    return scene(school, "before_previous_step", step(school, school.pair, "hold_trial", on=date(2026, 9, 20)))


def _too_late(school: School) -> Scene:
    rule(school, "back_dating.limit_days", 3)
    return scene(school, "too_far_back", step(school, school.pair, "hold_trial", on=date(2026, 10, 1)))


def _before_signing(school: School) -> Scene:
    consent = blank(school, "Ким")
    school.write(lambda write: engine.fire(write, consent, "receive", fields={"signed_on": "2026-11-10"}))
    asked = step(school, consent, "revoke", on=date(2026, 11, 9))
    return scene(school, "before_signing", asked, consent=consent)


Row = tuple[str, Callable[[School], Scene], Callable[[Scene], None]]
TABLE: tuple[Row, ...] = (
    ("mentor_is_not_mentee", _own_mentee, choose_another_mentee),
    ("form_allowed", _other_form, programme_form),
    ("form_allowed", _form_not_allowed, person(kind="pupil")),
    ("mentor_has_room", _no_room, mentor_gets_room),
    ("pair_not_live", _live, other_pair_ends),
    ("in_bank", _in_bank, enrol),
    ("personal_data_consents", _form_step("consent_missing"), consent_from_nothing),
    ("duty_consents", _form_step("duty_consent_missing"), duty),
    ("employee_agreement", _agreement, paper(valid_to="31.05.2027", signatory="Гусев")),
    ("admission_checked", _admission, person(admission_checked_on="01.09.2026")),
    ("participation_agreed", _form_step("participation_not_agreed"), of_both(paper())),
    ("newcomer_chosen", lambda school: joins(school, "not_in_bank", newcomer(school)), enrol),
    (
        "newcomer_suits",
        _guest_joins("form_not_allowed"),
        person(kind="pupil"),
    ),
    (
        "newcomer_consent",
        lambda school: joins(school, "consent_missing", school.people["Лис"]),
        consent_from_nothing,
    ),
    (
        "newcomer_duty_consent",
        lambda school: joins(
            school, "duty_consent_missing", _enrolled(school, school.people["Морозова"], "mentor"), "mentor"
        ),
        lambda scene: issued_and_received(scene, scene.school.people["Морозова"]),
    ),
    ("newcomer_agreement", _joins_employees, paper(valid_to="31.05.2027", signatory="Гусев")),
    (
        "newcomer_admission",
        _guest_joins("admission_not_checked"),
        person(admission_checked_on="01.09.2026"),
    ),
    (
        "newcomer_participation",
        lambda school: joins(school, "participation_not_agreed", school.people["Лис"]),
        paper(),
    ),
    ("order_in_force", _form_step("no_order"), order_and_number),
    ("not_before_order", _before_order, earlier_order),
    ("trial_held", _of_pair("no_trial_meeting", "hold_planning"), meeting("trial")),
    ("meetings_before_work", _combined, meeting("trial")),
    ("plan_drawn_up", _of_pair("no_plan", "start_work", "planning"), plan),
    ("plan_approved", _not_approved, paper(signatory="Гусев")),
    ("approved_plan_exists", _continues, paper(signatory="Гусев")),
    ("plan_share", _of_pair("plan_share", "hold_final", "regular_work"), task_done),
    (
        "left_after_joining",
        lambda school: scene(
            school,
            "joined_later",
            step(school, school.pair, "dissolve", {"cause": "other"}, on=date(2026, 9, 2)),
            pair=school.pair,
        ),
        own_form(
            "/pairs/{pair}/steps/dissolve",
            {"value_cause": "other", "happened_on": "02.09.2026"},
            {"happened_on": "12.11.2026"},
        ),
    ),
    ("plan_handed_over", _handed_over, paper(kind="meeting_journal")),
    ("feedback_collected", _of_pair("no_feedback", "hold_final", "regular_work"), answers),
    ("exit_questionnaire", _of_pair("no_exit_questionnaire", "close", "final_meeting"), answers),
    ("case_written", _case, case),
    ("members_still_here", _left, person(left_on="")),
    ("next_year_open", _of_pair("no_next_programme", "continue_next", "final_meeting"), new_programme),
    (
        "notice_given",
        _no_notice,
        own_form(
            "/pairs/{pair}/steps/dissolve",
            {"value_cause": "employer_cancelled"},
            {"value_notice_on": "02.11.2026"},
        ),
    ),
    ("signatory_entitled", _no_signatory, signatory("Гусев", title="директор")),
    ("number_free", _number, another_number),
    (
        "act_in_force",
        lambda school: scene(school, "no_act_in_force", step(school, school.order, "repeal")),
        paper(number="7"),
    ),
    (
        "term_given",
        _no_term,
        own_form(
            "/documents/{agreement}?step=sign",
            {"value_other_side": "Морозова Е. В.", "value_signed_on": "12.11.2026", "value_signatory": "Гусев"},
            {"value_valid_until": "31.05.2027"},
        ),
    ),
    (
        "approval_given",
        _approval,
        signatory("Морозова", title="и. о. директора", acting="y", order="приказ № 98-к"),
    ),
    (
        "signer_entitled",
        lambda school: scene(school, "no_representative", step(school, blank(school, "Лис"), "receive")),
        name_mother,
    ),
    (
        "not_before_signing",
        _before_signing,
        own_form("/documents/{consent}?step=revoke", {"happened_on": "09.11.2026"}, {"happened_on": "12.11.2026"}),
    ),
    ("evidence_complete", _item("По срокам: 0 из 1", "teachers_typical"), fact_of_the_time),
    ("evidence_complete", _item("Индивидуальные планы"), plan),
    ("evidence_complete", _item("Приказ о мерах доступности"), paper(kind="order", number="7")),
    ("evidence_shown", _item("Соглашение с партнёром"), paper(kind="partner_agreement", valid_to="31.05.2027")),
    ("no_acceptance_due", _acceptance, report),
    ("result_given", _result, fact),
    ("control_sheet", _sheet, paper(kind="control_sheet", signatory="Гусев")),
    ("dates_in_order", _too_early, correction),
    ("back_dating", _too_late, limit),
)
NOWHERE = {
    "four_eyes": "somebody else has to do it: no page makes two people of one",
    "newcomers_ready": "the first two editions of pairs ask by this one name what the rules of newcomers ask",
}
"""Guards without a line of their own, each with the reason."""


@pytest.mark.parametrize(
    ("guard", "prepare", "mend"), TABLE, ids=[f"{row[0]}-{index}" for index, row in enumerate(TABLE)]
)
def test_the_finding_leads_to_the_page_that_mends_it(
    school: School, guard: str, prepare: Callable[[School], Scene], mend: Callable[[Scene], None]
) -> None:
    found = prepare(school)
    before = found.found()
    assert before is not None, f"{found.code} is not found: {[one.code for one in found.ask()]}"
    assert before.guard == guard

    mend(found)

    assert found.found() is None, f"{found.code} still stands: {found.found()}"


def test_the_first_door_of_every_action_exists(school: School) -> None:
    views = school.app.view_functions

    assert [action for action, doors in DOORS.items() if doors[0].endpoint not in views] == []
    with school.app.test_request_context():
        assert [action for action in DOORS if not link_url(Link(action, "0" * 32, "Открыть"))] == []


@pytest.mark.parametrize("kind", ["road_map", "stage"])
def test_a_wrong_day_of_a_map_and_its_section_is_mended_on_their_pages(school: School, kind: str) -> None:
    items(school)

    def of_kind(write: Write) -> str:
        found = [one for one in core.processes_of(write.session, write.scope) if one.subject_kind == kind]
        return found[0].id

    subject, event = school.write(of_kind), {"road_map": "approve", "stage": "sum_up"}[kind]
    found = scene(school, "before_previous_step", step(school, subject, event, on=date(2025, 12, 20)))
    clerk, page = found.page()
    clerk.send(page, "entry", happened_on="15.12.2025", why="Взята в работу раньше")

    assert found.found() is None


def test_every_guard_has_its_line(school: School) -> None:
    known = set(school.installation.engine.catalogue.guards) | {*BUILT_IN_GUARDS}

    assert {row[0] for row in TABLE} | set(NOWHERE) == known
