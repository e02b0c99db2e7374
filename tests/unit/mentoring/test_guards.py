"""Rules of pairs over frozen facts: what registers seldom hold, and the words of the findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from workflow_core.calendars import WorkingCalendar
from workflow_core.guards import Actor, Blocker, Facts
from workflows.documents.consents import ConsentState
from workflows.mentoring.guards import GUARDS
from workflows.mentoring.values import (
    Answer,
    MeetingsValue,
    Member,
    NextCycle,
    OrderValue,
    PairOrders,
    PlanValue,
    ProgrammeValue,
    Signer,
)

DAY = date(2026, 11, 10)
ACTOR = Actor("account-1", "Петрова А. И.", frozenset({"curator"}))
BY_NAME = {guard.name: guard for guard in GUARDS}
MENTOR = Member(
    "m", "Морозова Е. В.", "employee", "учитель", "mentor", True, date(2026, 9, 1), None, None, None, None, True
)
PUPIL = replace(
    MENTOR,
    person_id="p",
    name="Ким Данил",
    kind="pupil",
    side="mentee",
    leads=False,
    birth_date=date(2013, 5, 12),
    representatives=(Signer("a", "Ким Ольга Сергеевна", "мать"),),
)
PROGRAMME = ProgrammeValue(
    "g", "Вместе", "teacher_pupil", "teacher_pupil", DAY, DAY, "Петрова А. И., куратор", "Гусев А. П., директор", ""
)


def known() -> dict[str, Any]:
    """Facts of a pair of a teacher and a pupil without papers."""
    return {
        "process": SimpleNamespace(id="pair-1", state="formed"),
        "fields": {},
        "cause": "",
        "settings": {},
        "today": DAY,
        "members": (MENTOR, PUPIL),
        "programme": PROGRAMME,
        "plan": PlanValue(4, 4, "plan-1", True),
        "meetings": MeetingsValue(),
        "orders": PairOrders(),
        "member_consents": {},
        "feedback": (),
        "cases": (),
        "agreements": frozenset(),
        "candidates": {},
        "pair_papers": frozenset({"paper-1"}),
        "mentor_load": {},
        "live_pairs_of_members": (),
        "next_cycle": NextCycle(True),
        "joined_later": {"y": ("Лис Вера", date(2027, 1, 11))},
        "working_calendar": WorkingCalendar(),
    }


def ask(guard: str, on: date = DAY, **values: Any) -> list[Blocker]:
    """The findings of one guard; what the test does not name is as in `known`."""
    return list(BY_NAME[guard].check(Facts({**known(), **values}), ACTOR, "event", on))


def consent(kind: str, *, is_valid: bool = True) -> ConsentState:
    return ConsentState("d", kind, "received" if is_valid else "expected", is_valid=is_valid)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_guard_uses_only_the_facts_that_it_declares(name: str) -> None:
    given = {"process", "fields", "cause", "settings", "today"}
    values = known()
    declared = {key: value for key, value in values.items() if key in given or key in BY_NAME[name].needs}
    stray = replace(PUPIL, in_bank=False, left_organisation_on=date(2026, 1, 1))
    fields = {"cause": "employer_cancelled", "joins": "x", "leaves": "y"}
    worst = {"plan": PlanValue(4, 1), "members": (MENTOR, stray), "fields": fields, "agreements": frozenset()}
    declared.update({key: value for key, value in worst.items() if key in declared})

    assert isinstance(list(BY_NAME[name].check(Facts(declared), ACTOR, "event", DAY)), list)


def test_no_finding_ends_with_a_full_stop_or_is_empty() -> None:
    fields = {"cause": "employer_cancelled", "joins": "x", "leaves": "y"}
    stray = replace(PUPIL, in_bank=False, kind="outside", left_organisation_on=date(2026, 1, 1), representatives=())
    plan = PlanValue(4, 1)
    found = [
        blocker
        for guard in GUARDS
        for blocker in ask(guard.name, fields=fields, members=(MENTOR, stray, PUPIL), plan=plan)
    ]
    assert len({blocker.guard or blocker.code for blocker in found}) > 12
    for blocker in found:
        assert blocker.text
        assert not blocker.text.endswith("."), blocker.text
        assert not blocker.explanation.endswith("."), blocker.explanation


@pytest.mark.parametrize(
    ("age_on_day", "settings", "explanation"),
    [
        (date(2013, 5, 12), {}, "Подписывает мать, Ким Ольга Сергеевна: ученику нет 14 лет"),
        (
            date(2010, 5, 12),
            {},
            "Подписывают ученик и законный представитель (мать, Ким Ольга Сергеевна): ученику 16, нет 18 лет",
        ),
        (None, {}, "Подписывает мать, Ким Ольга Сергеевна: дата рождения не указана"),
        (date(2012, 5, 12), {"consent.both_until": 0}, "Подписывает сам участник"),
    ],
)
def test_the_finding_says_who_signs(age_on_day: date | None, settings: dict[str, int], explanation: str) -> None:
    pupil = replace(PUPIL, birth_date=age_on_day)

    (found,) = ask("personal_data_consents", members=(pupil,), settings=settings)

    assert (found.text, found.explanation) == ("Ким Данил: нет согласия на обработку данных", explanation)


def test_a_pupil_without_representatives_needs_one_first() -> None:
    (found,) = ask("personal_data_consents", members=(replace(PUPIL, representatives=()),))

    assert found.link is not None
    assert found.link.action == "add_representative"


def test_a_child_s_own_signature_does_not_replace_the_representative_s() -> None:
    own = {"p": {"personal_data_consent_adult": consent("personal_data_consent_adult")}}
    adult = {"p": {"personal_data_consent_representative": consent("personal_data_consent_representative")}}

    assert ask("personal_data_consents", members=(PUPIL,), member_consents=own)
    assert not ask("personal_data_consents", members=(PUPIL,), member_consents=adult)


def test_pupils_take_on_no_duties() -> None:
    assert [found.text for found in ask("duty_consents")] == ["Морозова Е. В.: нет согласия на возложение обязанностей"]
    assert not ask("duty_consents", member_consents={"m": {"duty_consent": consent("duty_consent")}})


def test_representatives_agree_to_participation() -> None:
    agreed = {"p": {"participation_consent": consent("participation_consent")}}

    assert [found.code for found in ask("participation_agreed")] == ["participation_not_agreed"]
    assert not ask("participation_agreed", member_consents=agreed)


def test_agreement_is_asked_since_the_law_and_only_between_employees() -> None:
    novice = replace(PUPIL, kind="employee", name="Белая А. Д.")

    assert ask("employee_agreement", members=(MENTOR, novice))
    assert not ask("employee_agreement", members=(MENTOR, novice), on=date(2025, 2, 28))
    assert not ask("employee_agreement", members=(MENTOR, novice), agreements=frozenset({"m"}))
    assert not ask("employee_agreement")


def test_order_waits_or_lacks_or_stands() -> None:
    order = OrderValue("o", "42", date(2026, 9, 10), "in_force")
    waiting = replace(order, state="at_signing", signed_on=None)

    (lacking,) = ask("order_in_force")
    (at_signing,) = ask("order_in_force", orders=PairOrders(waiting=(waiting,)))

    assert (lacking.link and lacking.link.target) == "pair-1"
    assert (at_signing.link and at_signing.link.target) == "o"
    assert at_signing.who_can_lift == "Гусев А. П., директор"
    assert not ask("order_in_force", orders=PairOrders(in_force=(order,)))
    assert ask("order_in_force", orders=PairOrders(in_force=(order,), needed_since=date(2026, 10, 5)))
    assert not ask("order_in_force", settings={"form.without_order": True})


def test_what_an_order_would_do_is_asked_as_if_it_were_registered_that_day() -> None:
    waiting = OrderValue("o", "", None, "at_signing")
    again = PairOrders(waiting=(waiting,), needed_since=date(2026, 10, 5))

    assert not ask("order_in_force", orders=PairOrders(waiting=(waiting,)), cause="o")
    assert ask("order_in_force", orders=PairOrders(waiting=(waiting,)), cause="another order")
    assert ask("order_in_force", orders=again, cause="o", on=date(2026, 10, 4))


def test_members_who_have_left_can_t_go_on() -> None:
    gone = replace(PUPIL, left_organisation_on=date(2026, 8, 31))

    assert [found.text for found in ask("members_still_here", members=(MENTOR, gone))] == [
        "Ким Данил: в организации только до 31.08.2026"
    ]
    assert not ask("members_still_here", members=(MENTOR, gone), on=date(2026, 8, 31))


def test_work_goes_on_by_an_approved_plan_of_this_pair_or_the_one_before() -> None:
    assert ask("approved_plan_exists", plan=PlanValue(3))
    assert not ask("approved_plan_exists", plan=PlanValue(3, previous_is_approved=True))
    assert not ask("approved_plan_exists")


def test_plan_is_handed_over_by_a_paper_of_the_pair() -> None:
    codes = [
        [found.code for found in ask("plan_handed_over", fields=fields)]
        for fields in ({}, {"hand_over": "other"}, {"hand_over": "paper-1"})
    ]
    assert codes == [["not_handed_over"], ["foreign_paper"], []]
    assert not ask("plan_handed_over", plan=PlanValue(), meetings=MeetingsValue())


def test_combined_meetings_need_no_trial() -> None:
    held = MeetingsValue(frozenset({"acquaintance", "planning"}), 2, DAY)

    assert [found.code for found in ask("meetings_before_work", meetings=held)] == ["no_trial_meeting"]
    assert not ask("meetings_before_work", meetings=held, settings={"meetings.combine": True})
    assert not ask("trial_held", settings={"meetings.combine": True})


def test_nine_tenths_of_the_plan_are_enough() -> None:
    assert not ask("plan_share", plan=PlanValue(10, 9))
    assert [found.text for found in ask("plan_share", plan=PlanValue(10, 8))] == ["Выполнено задач плана: 8 из 10"]


def test_answers_count_from_their_day() -> None:
    both = tuple(Answer(person, "feedback", date(2026, 11, 9), True) for person in ("m", "p"))

    assert not ask("feedback_collected", feedback=both)
    assert len(ask("feedback_collected", feedback=both, on=date(2026, 11, 8))) == 2
    assert len(ask("exit_questionnaire", feedback=both)) == 2


def test_notice_counts_weekends_where_no_calendar_is_published() -> None:
    fields = {"cause": "employer_cancelled", "notice_on": date(2049, 11, 5)}

    (found,) = ask("notice_given", on=date(2049, 11, 9), fields=fields)

    assert found.text == "Морозова Е. В.: уведомление 05.11.2049, прекратить можно с 10.11.2049"
    assert not ask("notice_given", on=date(2049, 11, 10), fields=fields)
