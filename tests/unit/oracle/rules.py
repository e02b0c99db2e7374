"""The oracle: which findings must come, rule by rule, from the words of the lifecycles over plain values.

Imports nothing of the product. A world is a dictionary of plain values (see `worlds.py`); a finding is the code that the
page, the API and the history know it by. Every rule gives one code for each thing that is lacking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

World = Mapping[str, Any]
KINDS = {
    "pupil_pupil": ({"pupil"}, {"pupil"}),
    "teacher_teacher": ({"employee", "outside"}, {"employee"}),
    "student_pupil": ({"pupil", "outside"}, {"pupil"}),
    "employer_pupil": ({"outside", "parent"}, {"pupil"}),
    "employer_student": ({"outside", "parent"}, {"pupil"}),
    "teacher_pupil": ({"employee"}, {"pupil"}),
}
"""Forms of mentoring of Р-145: whom they allow as mentors, whom as mentees."""
LABOUR_LAW = date(2025, 3, 1)
ORDERS = {"order", "pair_order", "members_order", "plan_approval_order"}
OFFICE = {"head": {"head"}, "district": {"district"}}


@dataclass(frozen=True)
class Asked:
    """One event, asked about on a day with the values of its form; `sent` when somebody has pressed the button."""

    world: World
    day: date
    form: Mapping[str, Any]
    sent: bool
    settings: Mapping[str, Any]
    roles: frozenset[str]
    cause: str = ""
    event: str = ""


# -- consents ---------------------------------------------------------------------------------------------------------


def full_years(born: date | None, day: date) -> int | None:
    if born is None:
        return None
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (0 if had_birthday else 1)


def stands(paper: Mapping[str, Any] | None, day: date) -> bool:
    """Whether a consent that was handed in covers the day; on the day of its revocation it covers nothing any more."""
    if not paper or paper["signed"] is None or paper["signed"] > day:
        return False
    too_late = paper["until"] is not None and paper["until"] < day
    given_up = paper["revoked"] is not None and paper["revoked"] <= day
    return not too_late and not given_up


def signs(kind: str, born: date | None, day: date, settings: Mapping[str, Any]) -> str:
    """self | representative | both."""
    if kind != "pupil":
        return "self"
    age = full_years(born, day)
    if age is None or age < settings["alone"]:
        return "representative"
    return "both" if age < settings["both"] else "self"


def is_minor(person: Mapping[str, Any], day: date) -> bool:
    age = full_years(person["born"], day)
    return person["kind"] == "pupil" if age is None else age < 18


def personal_data(person: Mapping[str, Any], day: date, settings: Mapping[str, Any]) -> list[str]:
    papers = person["consents"]
    own, childs = papers.get("personal_data_consent_adult"), papers.get("personal_data_consent_representative")
    if signs(person["kind"], person["born"], day, settings) == "self":
        if stands(own, day) or stands(childs, day):
            return []
        found = [paper["state"] for paper in (own, childs) if paper]
        given = "received" in found or (found and "expected" not in found)
        return ["consent_not_valid"] if given else ["consent_missing"]
    # Where both sign, the representative's form has the pupil's line too.
    if stands(childs, day):
        return []
    return ["consent_not_valid"] if childs and childs["state"] != "expected" else ["consent_missing"]


def personal_data_consents(asked: Asked) -> list[str]:
    people = asked.world["members"]
    return [code for one in people for code in personal_data(one, asked.day, asked.settings)]


def duty_consents(asked: Asked) -> list[str]:
    of_mentors = asked.settings["duty_of"] == "mentors"
    asked_for = [
        one for one in asked.world["members"] if one["side"] == "mentor" or (one["kind"] != "pupil" and not of_mentors)
    ]
    return ["duty_consent_missing" for one in asked_for if not stands(one["consents"].get("duty_consent"), asked.day)]


def participation_agreed(asked: Asked) -> list[str]:
    minors = [one for one in asked.world["members"] if one["kind"] == "pupil" and is_minor(one, asked.day)]
    return [
        "participation_not_agreed"
        for one in minors
        if not stands(one["consents"].get("participation_consent"), asked.day)
    ]


def employee_agreement(asked: Asked) -> list[str]:
    mentors, mentees = sides(asked.world)
    if asked.day < LABOUR_LAW or not any(one["kind"] == "employee" for one in mentees):
        return []
    return ["agreement_missing" for one in mentors if one["kind"] == "employee" and not one["agreement"]]


def sides(world: World) -> tuple[list[Any], list[Any]]:
    people = world["members"]
    return [one for one in people if one["side"] == "mentor"], [one for one in people if one["side"] == "mentee"]


def unchecked(person: Mapping[str, Any], day: date) -> list[str]:
    outsider = person["kind"] in ("outside", "parent")
    checked = person["checked"] is not None and person["checked"] <= day
    return ["admission_not_checked"] if outsider and not checked else []


def admission_checked(asked: Asked) -> list[str]:
    mentors, mentees = sides(asked.world)
    if not any(is_minor(one, asked.day) for one in mentees):
        return []
    return [code for one in mentors for code in unchecked(one, asked.day)]


def newcomer_chosen(asked: Asked) -> list[str]:
    joins, leaves = asked.form.get("joins"), asked.form.get("leaves")
    found = []
    if leaves and leaves not in {one["id"] for one in asked.world["members"]}:
        found.append("no_member")
    if joins and joins not in {one["id"] for one in asked.world["bank"]}:
        found.append("not_in_bank")
    return found


def _newcomer(asked: Asked) -> dict[str, Any] | None:
    found = next((one for one in asked.world["bank"] if one["id"] == asked.form.get("joins")), None)
    return found and {**found, "side": asked.form.get("joins_as") or found["side"]}


def _side_after(asked: Asked, side: str) -> list[Any]:
    newcomer, leaves = _newcomer(asked), asked.form.get("leaves")
    staying = [one for one in asked.world["members"] if one["id"] != leaves]
    return [one for one in [*staying, *([newcomer] if newcomer else [])] if one["side"] == side]


def newcomer_suits(asked: Asked) -> list[str]:
    newcomer = _newcomer(asked)
    if newcomer is None:
        return []
    as_mentor, as_mentee = KINDS[asked.world["form"]]
    return (
        [] if newcomer["kind"] in (as_mentor if newcomer["side"] == "mentor" else as_mentee) else ["form_not_allowed"]
    )


def newcomer_consent(asked: Asked) -> list[str]:
    newcomer = _newcomer(asked)
    return personal_data(newcomer, asked.day, asked.settings) if newcomer else []


def newcomer_duty_consent(asked: Asked) -> list[str]:
    newcomer = _newcomer(asked)
    if newcomer is None:
        return []
    is_adult_mentee = newcomer["side"] == "mentee" and newcomer["kind"] != "pupil"
    if newcomer["side"] != "mentor" and not (is_adult_mentee and asked.settings["duty_of"] != "mentors"):
        return []
    return [] if stands(newcomer["consents"].get("duty_consent"), asked.day) else ["duty_consent_missing"]


def newcomer_participation(asked: Asked) -> list[str]:
    newcomer = _newcomer(asked)
    if newcomer is None or newcomer["kind"] != "pupil" or not is_minor(newcomer, asked.day):
        return []
    agreed = stands(newcomer["consents"].get("participation_consent"), asked.day)
    return [] if agreed else ["participation_not_agreed"]


def newcomer_agreement(asked: Asked) -> list[str]:
    # An employee who becomes mentor of employees, and one who becomes so because the first of them joins.
    if _newcomer(asked) is None or asked.day < LABOUR_LAW:
        return []
    if not any(one["kind"] == "employee" for one in _side_after(asked, "mentee")):
        return []
    had = any(one["kind"] == "employee" for one in sides(asked.world)[1])
    known = {one["id"] for one in sides(asked.world)[0]} if had else set()
    mentors = [one for one in _side_after(asked, "mentor") if one["kind"] == "employee" and not one["agreement"]]
    return ["agreement_missing" for one in mentors if one["id"] not in known]


def newcomer_admission(asked: Asked) -> list[str]:
    # A guest who becomes mentor of minors, and one who becomes so because the first of them joins.
    if _newcomer(asked) is None:
        return []
    if not any(is_minor(one, asked.day) for one in _side_after(asked, "mentee")):
        return []
    had = any(is_minor(one, asked.day) for one in sides(asked.world)[1])
    known = {one["id"] for one in sides(asked.world)[0]} if had else set()
    mentors = [one for one in _side_after(asked, "mentor") if one["id"] not in known]
    return [code for one in mentors for code in unchecked(one, asked.day)]


# -- choosing a pair --------------------------------------------------------------------------------------------------


def mentor_is_not_mentee(asked: Asked) -> list[str]:
    mentors, mentees = sides(asked.world)
    return ["own_mentee" for one in mentees if one["id"] in {other["id"] for other in mentors}]


def form_allowed(asked: Asked) -> list[str]:
    form, of_programme = asked.world["form"], asked.world["programme_form"]
    mentors, mentees = sides(asked.world)
    allowed = KINDS[form]
    found = ["other_form"] if of_programme and of_programme != form else []
    found += ["form_not_allowed" for one in mentors if one["kind"] not in allowed[0]]
    return found + ["form_not_allowed" for one in mentees if one["kind"] not in allowed[1]]


def mentor_has_room(asked: Asked) -> list[str]:
    mentors, mentees = sides(asked.world)
    loads = [asked.world["load"].get(one["id"], 0) for one in mentors]
    return ["no_room" for load in loads if load and load + len(mentees) > 5]


def pair_not_live(asked: Asked) -> list[str]:
    mentors, mentees = sides(asked.world)
    return [
        "pair_is_live"
        for other in asked.world["other_pairs"]
        for mentor in mentors
        for mentee in mentees
        if mentor["id"] in other["mentors"] and mentee["id"] in other["mentees"]
    ]


def in_bank(asked: Asked) -> list[str]:
    return ["not_in_bank" for one in asked.world["members"] if not one["in_bank"]]


# -- orders, meetings, plan, answers ----------------------------------------------------------------------------------


def _effective(order: Mapping[str, Any], day: date) -> bool:
    return order["state"] in ("in_force", "amended") and order["signed"] <= day


def order_in_force(asked: Asked) -> list[str]:
    if asked.settings["without_order"]:
        return []
    orders, since = asked.world["orders"], asked.world["replaced_on"]
    if any(_effective(one, asked.day) and (since is None or one["signed"] >= since) for one in orders):
        return []
    waiting = [one for one in orders if one["state"] in ("draft", "at_signing")]
    # Asked what the registration of an order would bring about, that order counts as signed on this day.
    if asked.cause in {one["id"] for one in waiting} and (since is None or asked.day >= since):
        return []
    return ["order_not_registered"] if waiting else ["no_order"]


def not_before_order(asked: Asked) -> list[str]:
    orders = [one for one in asked.world["orders"] if one["signed"] is not None]
    if not orders or any(_effective(one, asked.day) for one in orders):
        return []
    return ["before_order"] if asked.day < min(one["signed"] for one in orders) else []


def trial_held(asked: Asked) -> list[str]:
    held = "trial" in asked.world["meetings"] or asked.world["state"] == "trial"
    return [] if held or asked.settings["combine"] else ["no_trial_meeting"]


def meetings_before_work(asked: Asked) -> list[str]:
    wanted = ["acquaintance", "planning"] if asked.settings["combine"] else ["acquaintance", "trial", "planning"]
    return [f"no_{kind}_meeting" for kind in wanted if kind not in asked.world["meetings"]]


def _plan_exists(plan: Mapping[str, Any]) -> bool:
    return bool(plan["tasks"] or plan["paper"])


def plan_drawn_up(asked: Asked) -> list[str]:
    return [] if _plan_exists(asked.world["plan"]) else ["no_plan"]


def plan_approved(asked: Asked) -> list[str]:
    return [] if asked.world["plan"]["approved"] else ["plan_not_approved"]


def left_after_joining(asked: Asked) -> list[str]:
    # Only a parting has no field for who leaves: it ends everybody's place.
    later, leaves = asked.world["joined_later"], asked.form.get("leaves")
    if leaves:
        return ["joined_later"] if leaves in later else []
    return ["joined_later" for _one in later] if asked.event == "dissolve" else []


def approved_plan_exists(asked: Asked) -> list[str]:
    plan = asked.world["plan"]
    return [] if plan["approved"] or plan["previous_approved"] else ["no_approved_plan"]


def plan_share(asked: Asked) -> list[str]:
    plan = asked.world["plan"]
    return ["plan_share"] if plan["tasks"] and plan["done"] / plan["tasks"] < 0.9 else []


def plan_handed_over(asked: Asked) -> list[str]:
    if not (_plan_exists(asked.world["plan"]) or asked.world["meeting_count"]):
        return []
    given = asked.form.get("hand_over")
    if not given:
        return ["not_handed_over"]
    return [] if given in asked.world["pair_papers"] else ["foreign_paper"]


def _unanswered(asked: Asked, stages: set[str], code: str) -> list[str]:
    answered = {one["person"] for one in asked.world["answers"] if one["stage"] in stages and one["given"] <= asked.day}
    return [code for one in asked.world["members"] if one["id"] not in answered]


def feedback_collected(asked: Asked) -> list[str]:
    return _unanswered(asked, {"feedback", "exit"}, "no_feedback")


def exit_questionnaire(asked: Asked) -> list[str]:
    return _unanswered(asked, {"exit"}, "no_exit_questionnaire")


def case_written(asked: Asked) -> list[str]:
    return [] if asked.world["cases"] else ["no_case"]


def members_still_here(asked: Asked) -> list[str]:
    return ["member_left" for one in asked.world["members"] if one["left"] is not None and one["left"] < asked.day]


def next_year_open(asked: Asked) -> list[str]:
    if asked.world["continued_in"]:
        return ["already_continued"]
    # «Программа нового года»: the one that is chosen, else any later one.
    has_one = asked.world["later_programme"] or asked.form.get("programme")
    return [] if has_one else ["no_next_programme"]


def notice_given(asked: Asked) -> list[str]:
    if asked.form.get("cause") != "employer_cancelled":
        return []
    employees = [one for one in sides(asked.world)[0] if one["kind"] == "employee"]
    noticed = asked.form.get("notice_on")
    if noticed is None:
        return ["no_notice"] * len(employees)
    # Three working days after the notice; the worlds give notice only in months without holidays.
    first, left = noticed, 3
    while left:
        first += timedelta(days=1)
        left -= first.weekday() < 5
    return ["notice_too_short"] * len(employees) if asked.day < first else []


# -- papers -----------------------------------------------------------------------------------------------------------


def _no_right(asked: Asked, person: str, day: date) -> list[str]:
    terms = [one for one in asked.world["terms"] if one["first"] <= day and (one["last"] is None or day <= one["last"])]
    if not person:
        return [] if terms else ["no_signatory"]
    return [] if person in {one["person"] for one in terms} else ["signatory_not_entitled"]


def _signing_day(asked: Asked) -> date:
    return asked.form.get("signed_on") or asked.day


def signatory_entitled(asked: Asked) -> list[str]:
    return _no_right(asked, asked.form.get("signatory") or "", _signing_day(asked))


def number_free(asked: Asked) -> list[str]:
    paper, number = asked.world["paper"], asked.form.get("number")
    if not number or paper is None:
        return []

    def journal(kind: str) -> str:
        return "orders" if kind in ORDERS else kind

    same = [
        one
        for one in asked.world["numbers"]
        if one["id"] != paper["id"]
        and journal(one["kind"]) == journal(paper["kind"])
        and one["signed"].year == _signing_day(asked).year
        and SAME_NUMBER[one["number"]] == SAME_NUMBER[number]
    ]
    return ["number_taken"] if same else []


SAME_NUMBER = {"91-ОД": 1, "№ 91–од": 1, "91 - OД": 1, "92-ОД": 2, "91": 3}
"""Ways to write a number -> which number it is: dash, case, white space and look-alike letters do not matter."""


def act_in_force(asked: Asked) -> list[str]:
    by_act = asked.form.get("by_act")
    if not by_act:
        # An act is changed only by another one: where there is none, no form can name it.
        return [] if asked.world["acts"] - {asked.world["id"]} else ["no_act_in_force"]
    if by_act == asked.world["id"]:
        return ["same_act"]
    return [] if by_act in asked.world["acts"] else ["act_not_in_force"]


def term_given(asked: Asked) -> list[str]:
    return ["no_term"] if asked.form and not asked.form.get("valid_until") else []


def approval_given(asked: Asked) -> list[str]:
    by_act, signatory = asked.form.get("by_act"), asked.form.get("signatory")
    if by_act:
        return [] if by_act in asked.world["acts"] else ["act_not_in_force"]
    if signatory:
        return _no_right(asked, signatory, asked.day)
    # By an act or by a signature: where there is neither, nobody can approve.
    return [] if asked.world["acts"] else _no_right(asked, "", asked.day)


def not_before_signing(asked: Asked) -> list[str]:
    signed = asked.world["paper"] and asked.world["paper"]["signed"]
    return ["before_signing"] if signed and asked.day < signed else []


def signer_entitled(asked: Asked) -> list[str]:
    person, paper = asked.world["owner"], asked.world["paper"]
    if person is None or paper is None:
        return []
    kind, day = paper["kind"], _signing_day(asked)
    who = "self" if kind == "duty_consent" else signs(person["kind"], person["born"], day, asked.settings)
    needs_adult = who != "self"
    if kind == "personal_data_consent_representative" and not needs_adult:
        return ["of_age"]
    if kind == "personal_data_consent_adult" and needs_adult:
        return ["representative_needed"]
    if needs_adult and not person["adults"]:
        return ["no_representative"]
    signer, signed_as = asked.form.get("signer"), asked.form.get("signed_as")
    allowed = set(person["adults"]) if needs_adult else {person["id"]}
    if signer and signer not in allowed:
        return ["signer_not_entitled"]
    if signer and signed_as and (signed_as == "self") is not (signer == person["id"]):
        return ["capacity_wrong"]
    return []


# -- items ------------------------------------------------------------------------------------------------------------


def _lacking(asked: Asked, *, results: bool) -> list[str]:
    world = asked.world
    by_paper = world["acceptance"] == "paper"
    return [
        "evidence_missing"
        for line in world["lines"]
        if not line["done"] and (line["kind"] != "document" or by_paper) is results
    ]


def evidence_complete(asked: Asked) -> list[str]:
    return _lacking(asked, results=True)


def evidence_shown(asked: Asked) -> list[str]:
    return _lacking(asked, results=False)


def no_acceptance_due(asked: Asked) -> list[str]:
    return ["acceptance_due"] if asked.world["acceptance"] in ("head", "district") else []


def result_given(asked: Asked) -> list[str]:
    said = asked.form.get("result") or asked.world["facts"] or any(line["done"] for line in asked.world["lines"])
    return ["result_missing"] if asked.sent and not said else []


def control_sheet(asked: Asked) -> list[str]:
    in_person = OFFICE.get(asked.world["acceptance"], {"head", "district"})
    given, signed = asked.form.get("control_sheet"), {one for one in asked.world["papers"] if one.startswith("sheet")}
    if in_person & asked.roles or given in signed:
        return []
    if not given and not asked.sent and signed:
        return []
    return ["control_sheet_missing"]


def four_eyes(asked: Asked) -> list[str]:
    return ["same_person"] if asked.world["reported_by_same"] else []


RULES: Mapping[str, Callable[[Asked], Sequence[str]]] = {
    rule.__name__: rule
    for rule in (
        *(personal_data_consents, duty_consents, participation_agreed, employee_agreement, admission_checked),
        *(newcomer_chosen, newcomer_suits, newcomer_consent, newcomer_duty_consent, newcomer_participation),
        *(
            newcomer_agreement,
            newcomer_admission,
            mentor_is_not_mentee,
            form_allowed,
            mentor_has_room,
            pair_not_live,
            in_bank,
        ),
        *(order_in_force, not_before_order, trial_held, meetings_before_work, plan_drawn_up, plan_approved),
        *(
            left_after_joining,
            approved_plan_exists,
            plan_share,
            plan_handed_over,
            feedback_collected,
            exit_questionnaire,
            case_written,
        ),
        *(members_still_here, next_year_open, notice_given, signatory_entitled, number_free, act_in_force, term_given),
        *(approval_given, not_before_signing, signer_entitled, evidence_complete, evidence_shown, no_acceptance_due),
        *(result_given, control_sheet, four_eyes),
    )
}
