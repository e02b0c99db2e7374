"""The rules of pairs over real registers: closed, opened, and weighed by the profile of the place."""

from __future__ import annotations

from datetime import date

import pytest

from tests.integration.mentoring.conftest import ORDER_DAY, Place, PlaceFactory
from workflow_core import operations as engine
from workflow_core.exceptions import GuardRefused
from workflow_core.guards import Severity
from workflows.documents.queries import consents_on
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import journal, operations
from workflows.mentoring.journal import FeedbackRow, TaskRow
from workflows.mentoring.operations import Proposal
from workflows.organisations.operations import add_people, change_person
from workflows.organisations.person_input import PersonInput

NOVEMBER = date(2026, 11, 10)


def weights(place: Place, pair_id: str, event: str, on: date) -> dict[str, str]:
    """Guard -> severity of everything that it found."""
    return {blocker.guard: str(blocker.severity) for blocker in place.blockers(pair_id, event, on)}


# The table of lifecycles.md, section 3: one pair of the same people, nothing collected yet, the same day.
FORM_TABLE = {
    # profile: (definition, guard -> severity in September, the same in November)
    "teachers": (
        "pair_teachers",
        {"personal_data_consents": "block", "duty_consents": "block", "order_in_force": "block"},
        {},
    ),
    "kakhun": ("pair", {"personal_data_consents": "reason"}, {"personal_data_consents": "block"}),
    "tarasovsky": ("pair", {"personal_data_consents": "reason", "order_in_force": "reason"}, {}),
    "kindergarten": (
        "pair_teachers",
        {"personal_data_consents": "block", "duty_consents": "block", "order_in_force": "block"},
        {},
    ),
    "school9": (
        "pair",
        {"personal_data_consents": "block", "duty_consents": "note", "order_in_force": "block"},
        {},
    ),
}


@pytest.mark.parametrize("profile", FORM_TABLE)
def test_the_same_pair_meets_the_rules_of_its_place(place_factory: PlaceFactory, profile: str) -> None:
    definition, september, november = FORM_TABLE[profile]
    place = place_factory(profile, definition=definition)
    pair_id = place.propose()
    ours = {"personal_data_consents", "duty_consents", "order_in_force"}

    found = weights(place, pair_id, "form", date(2026, 9, 20))
    later = weights(place, pair_id, "form", NOVEMBER)

    assert {guard: weight for guard, weight in found.items() if guard in ours} == september
    assert {guard: weight for guard, weight in later.items() if guard in ours} == (november or september)


def test_who_signs_follows_from_age_and_place(place_factory: PlaceFactory) -> None:
    strict = place_factory("school9", scope="0" * 31 + "1")
    free = place_factory("kakhun", scope="0" * 31 + "2")
    texts = []
    for place in (free, strict):
        pair_id = place.propose()
        found = place.blockers(pair_id, "form", date(2026, 9, 20))
        texts.append({b.text: b.explanation for b in found if b.guard == "personal_data_consents"})

    kim = "Ким Данил: нет согласия на обработку данных"
    belova = "Белова Анна: нет согласия на обработку данных"
    assert texts[0][kim] == "Подписывает мать, Ким Ольга Сергеевна: ученику нет 14 лет"
    assert texts[0][belova] == "Подписывает сам участник"
    assert texts[1][belova] == "Подписывает мать, Белова Ирина Павловна: ученику нет 18 лет"


def test_a_blocker_says_who_can_lift_it_and_where(school: Place) -> None:
    pair_id = school.propose()

    found = {b.text: b for b in school.blockers(pair_id, "form", NOVEMBER)}

    consent = found["Ким Данил: нет согласия на обработку данных"]
    assert consent.link is not None
    assert (consent.who_can_lift, consent.link.action, consent.link.target) == (
        "Петрова А. И., куратор",
        "issue_consent",
        school.ids["kim"],
    )
    order = found["Нет приказа о закреплении"]
    assert order.link is not None
    assert (order.link.action, order.link.target) == ("prepare_order", pair_id)


def test_form_opens_when_papers_are_there(school: Place) -> None:
    pair_id = school.formed()

    assert school.state(pair_id) == "formed"


def test_a_consent_counts_only_on_days_on_which_it_holds(school: Place) -> None:
    pair_id = school.propose()
    school.consent("belova")
    document = school.consent("kim", signed_on=date(2026, 9, 15), valid_to=date(2026, 11, 1))
    guard = "personal_data_consents"

    by_day = {
        day: [b.text for b in school.blockers(pair_id, "form", day) if b.guard == guard]
        for day in (date(2026, 9, 14), date(2026, 9, 15), date(2026, 11, 2))
    }
    with school.write() as write:
        engine.fire(write, document, "revoke", happened_on=date(2026, 10, 20))

    assert by_day[date(2026, 9, 14)] == ["Ким Данил: согласие на обработку данных подписано только 15.09.2026"]
    assert by_day[date(2026, 9, 15)] == []
    assert by_day[date(2026, 11, 2)] == ["Ким Данил: согласие на обработку данных действовало до 01.11.2026"]
    assert weights(school, pair_id, "form", date(2026, 10, 19)).get(guard) is None
    revoked = [b for b in school.blockers(pair_id, "form", date(2026, 10, 20)) if b.guard == guard]
    assert [b.text for b in revoked] == ["Ким Данил: согласие на обработку данных отозвано 20.10.2026"]


def test_a_revoked_consent_stops_the_start_of_work(school: Place) -> None:
    pair_id = school.formed()
    for event, day in (("hold_acquaintance", 12), ("hold_trial", 14), ("hold_planning", 16)):
        school.fire(pair_id, event, date(2026, 9, day))
    with school.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Разобрать задачи", date(2026, 12, 1))])
        enter_ready(
            write,
            ReadyPaper(kind="individual_plan", signed_on=date(2026, 9, 17), subjects=(("pair", pair_id),)),
        )
    assert weights(school, pair_id, "start_work", date(2026, 9, 18)) == {}

    with school.write() as write:
        consents = consents_on(write.session, school.scope, [school.ids["kim"]], (), date(2026, 9, 18))
        given = consents[school.ids["kim"]]["personal_data_consent_representative"]
        engine.fire(write, given.document_id, "revoke", happened_on=date(2026, 9, 18))

    assert weights(school, pair_id, "start_work", date(2026, 9, 18)) == {"personal_data_consents": "block"}


def test_plan_and_meetings_are_asked_before_work(school: Place) -> None:
    pair_id = school.formed()
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    assert weights(school, pair_id, "hold_planning", date(2026, 9, 13)) == {"trial_held": "block"}
    with school.write() as write:
        journal.record_meetings(write, [journal.MeetingRow(pair_id, date(2026, 9, 12), kind="trial")])

    assert weights(school, pair_id, "hold_planning", date(2026, 9, 13)) == {}
    school.fire(pair_id, "hold_planning", date(2026, 9, 13))
    assert weights(school, pair_id, "start_work", NOVEMBER) == {"plan_drawn_up": "block", "plan_approved": "reason"}


def test_proposal_is_refused_with_all_reasons(school: Place) -> None:
    ids = school.ids
    with pytest.raises(GuardRefused) as refused, school.write() as write:
        operations.propose_pair(write, school.programme, Proposal((ids["teacher"],), (ids["kim"], ids["teacher"])))

    assert {(b.code, b.severity) for b in refused.value.blockers} == {
        ("own_mentee", Severity.BLOCK),
        ("form_not_allowed", Severity.BLOCK),
        ("not_in_bank", Severity.REASON),
    }


def test_same_pair_twice_and_a_full_mentor_are_found(school: Place) -> None:
    school.propose(mentees=("kim", "lee"))
    school.enrol("kim")
    with school.write() as write:
        rows = operations.propose_many(
            write, school.programme, [Proposal((school.ids["belova"],), (school.ids["kim"],))] * 2
        )

    assert [row.ok for row in rows] == [False, False]
    assert rows[0].blockers[0].text == "Белова Анна — Ким Данил: такая пара уже есть"


def test_mentor_room_counts_other_live_pairs(place_factory: PlaceFactory) -> None:
    place = place_factory(form="teacher_pupil")
    place.propose(("teacher",), ("kim", "lee"))
    with place.write() as write:
        added = add_people(write, [PersonInput("Сокол", name) for name in ("Ада", "Ева", "Иван", "Яна")])
        people = tuple(row.person.id for row in added if row.person)
        write.session.flush()
        operations.enrol(write, place.programme, people, "mentee")

    with pytest.raises(GuardRefused, match="наставляемых станет 6, обычно не больше 5"), place.write() as write:
        operations.propose_pair(write, place.programme, Proposal((place.ids["teacher"],), people))
    with place.write() as write:
        done = operations.propose_pair(
            write, place.programme, Proposal((place.ids["teacher"],), people, ground="Кружок ведёт один учитель")
        ).id
    assert place.state(done) == "proposed"


def test_teachers_need_an_agreement_since_march_2025(place_factory: PlaceFactory) -> None:
    place = place_factory("teachers", form="teacher_teacher")
    pair_id = place.propose(("teacher",), ("novice",))
    assert weights(place, pair_id, "form", ORDER_DAY)["employee_agreement"] == "reason"

    with place.write() as write:
        enter_ready(
            write,
            ReadyPaper(
                kind="labour_agreement",
                signed_on=date(2026, 9, 4),
                valid_to=date(2027, 5, 31),
                subjects=(("person", place.ids["teacher"]),),
            ),
        )

    assert "employee_agreement" not in weights(place, pair_id, "form", ORDER_DAY)


def test_outside_adult_is_checked_before_working_with_minors(place_factory: PlaceFactory) -> None:
    place = place_factory(form="employer_pupil")
    pair_id = place.propose(("engineer",), ("kim",))
    assert weights(place, pair_id, "form", ORDER_DAY)["admission_checked"] == "reason"

    with place.write() as write:
        change_person(write, place.ids["engineer"], admission_checked_on=date(2026, 9, 2))

    assert "admission_checked" not in weights(place, pair_id, "form", ORDER_DAY)


def test_closing_asks_for_answers_of_both_sides_and_a_case(place_factory: PlaceFactory) -> None:
    place = place_factory("school9")
    pair_id = place.formed()
    with place.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Разобрать задачи"), TaskRow("Сдать зачёт")])
    for event, day in (("hold_acquaintance", 12), ("hold_trial", 14), ("hold_planning", 16), ("start_work", 18)):
        place.fire(pair_id, event, date(2026, 9, day))
    found = [b.text for b in place.blockers(pair_id, "hold_final", NOVEMBER)]
    assert found == [
        "Белова Анна: нет обратной связи",
        "Ким Данил: нет обратной связи",
        "Выполнено задач плана: 0 из 2",
    ]

    with place.write() as write:
        journal.record_feedback(
            write, [FeedbackRow(pair_id, place.ids[name], "feedback") for name in ("belova", "kim")]
        )
    assert [b.severity for b in place.blockers(pair_id, "hold_final", date(2026, 11, 12))] == [Severity.NOTE]
    place.fire(pair_id, "hold_final", date(2026, 11, 12))
    assert weights(place, pair_id, "close", date(2026, 11, 12)) == {
        "exit_questionnaire": "block",
        "case_written": "reason",
    }

    with place.write() as write:
        journal.record_feedback(write, [FeedbackRow(pair_id, place.ids[name], "exit") for name in ("belova", "kim")])
        enter_ready(write, ReadyPaper(kind="case", signed_on=date(2026, 11, 12), subjects=(("pair", pair_id),)))
    assert weights(place, pair_id, "close", date(2026, 11, 12)) == {}


def test_acquaintance_before_the_order_needs_a_ground(school: Place) -> None:
    pair_id = school.formed()

    found = weights(school, pair_id, "hold_acquaintance", date(2026, 9, 9))

    assert found == {"not_before_order": "reason", "dates_in_order": "reason"}
    assert weights(school, pair_id, "hold_acquaintance", ORDER_DAY) == {}


def test_employee_is_told_three_working_days_before(place_factory: PlaceFactory) -> None:
    place = place_factory("teachers", form="teacher_teacher")
    pair_id = place.propose(("teacher",), ("novice",))
    fields = {"cause": "employer_cancelled", "notice_on": date(2026, 11, 6)}

    with pytest.raises(GuardRefused, match=r"прекратить можно с 11\.11\.2026"):
        place.fire(pair_id, "dissolve", date(2026, 11, 10), fields=fields)

    place.fire(pair_id, "dissolve", date(2026, 11, 11), fields=fields)
    assert place.state(pair_id) == "dissolved"


def test_one_school_s_autumn_is_another_school_s_wall(place_factory: PlaceFactory) -> None:
    kakhun = place_factory("kakhun", scope="0" * 31 + "1")
    school9 = place_factory("school9", scope="0" * 31 + "2")
    pair_id, walled = kakhun.propose(), school9.propose()

    kakhun.fire(pair_id, "form", date(2026, 9, 10), ground="Согласия собираем весь сентябрь")
    with pytest.raises(GuardRefused):
        school9.fire(walled, "form", date(2026, 9, 10), ground="Согласия собираем весь сентябрь")

    kakhun.fire(pair_id, "hold_acquaintance", date(2026, 9, 20))
    kakhun.fire(pair_id, "hold_planning", date(2026, 9, 20))
    with kakhun.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Разобрать задачи")])
        own = ReadyPaper(
            kind="personal_data_consent_adult", signed_on=date(2026, 9, 25), person_id=kakhun.ids["belova"]
        )
        enter_ready(write, own)
    kakhun.consent("kim", signed_on=date(2026, 10, 2))
    kakhun.fire(pair_id, "start_work", date(2026, 10, 5), ground="План утвердим до 30 ноября")
    assert kakhun.state(pair_id) == "regular_work"
    assert school9.state(walled) == "proposed"
