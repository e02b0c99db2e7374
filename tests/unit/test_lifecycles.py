"""The shipped lifecycles against the tables that they were written from: states, events, buttons, who, what is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow_core.definition import WorkflowDefinition
from workflow_core.definition_reader import read_definitions
from workflow_core.guards import Severity
from workflow_core.lint import KnownNames, lint

WORKFLOWS = Path(__file__).parents[2] / "workflows"
FILES = {
    "mentoring": ("pair", "pair_teachers"),
    "documents": ("act", "consent", "agreement", "working_paper"),
    "road_maps": ("road_map", "stage", "activity"),
}
ROLES = frozenset({"curator", "head", "mentor", "administrator", "district", "responsible", "system"})
DEFINITIONS = {
    definition.code: definition
    for definition in read_definitions(
        WORKFLOWS / room / f"{name}.yaml" for room, names in FILES.items() for name in names
    )
}


@pytest.mark.parametrize("code", DEFINITIONS)
def test_a_shipped_lifecycle_has_no_findings_of_its_own(code: str) -> None:
    definition = DEFINITIONS[code]
    known = KnownNames(
        guards=frozenset(use.name for event in definition.events for use in event.guards),
        roles=ROLES,
        kinds=frozenset(kind for event in definition.events for kind in event.papers),
        consequences=frozenset({"form_ordered_pairs", "stage_follows"}),
        revocations=frozenset({"unsigned_orders"}),
        effects=frozenset(name for event in definition.events for name in event.does),
        settings=frozenset(state.limit_setting for state in definition.states.values()),
    )

    assert lint(definition, known) == []


@pytest.mark.parametrize("code", DEFINITIONS)
def test_what_changes_a_register_is_undone_only_where_the_effect_can_be_taken_back(code: str) -> None:
    undoable = {name for event in DEFINITIONS[code].events if event.undoable for name in event.does}

    assert undoable <= {"record_meeting"}


@pytest.mark.parametrize("code", DEFINITIONS)
def test_every_lifecycle_offers_entering_correcting_and_undoing(code: str) -> None:
    assert list(DEFINITIONS[code].verbs) == ["enter_as_found", "correct", "undo"]


STEPS = {
    "pair": """
        start propose proposed; proposed decline declined; proposed form formed; formed hold_acquaintance acquaintance
        acquaintance hold_trial trial; trial repeat_trial trial; acquaintance hold_planning planning
        trial hold_planning planning; planning start_work regular_work; regular_work record_meeting regular_work
        trial suspend suspended; formed change_members formed; regular_work change_members regular_work
        trial replace_mentor proposed; suspended replace_mentor proposed; formed continue_work regular_work
        regular_work hold_final final_meeting; final_meeting close closed; final_meeting continue_next closed
        closed continue_next closed; regular_work prolong regular_work; proposed dissolve dissolved
        suspended dissolve dissolved""",
    "pair_teachers": """
        start propose proposed; proposed form formed; formed start_work regular_work
        formed continue_work regular_work; regular_work hold_final final_meeting; final_meeting close closed""",
    "act": """
        start prepare draft; draft send at_signing; at_signing register in_force; draft register in_force
        at_signing take_back draft; in_force amend amended; amended amend amended; in_force repeal repealed
        amended repeal repealed; draft discard discarded""",
    "consent": """
        start expect expected; expected print_blank expected; expected receive received; received revoke revoked
        received replace replaced""",
    "agreement": "start prepare draft; draft sign signed; signed end ended",
    "working_paper": """
        start prepare draft; draft agree agreed; draft approve approved; agreed approve approved
        approved supersede superseded""",
    "road_map": """
        start adopt draft; draft submit agreement; agreement give_remarks remarks; remarks submit agreement
        agreement agree agreed; agreed approve approved; draft approve approved; approved amend approved
        approved complete completed""",
    "stage": """
        start plan planned; planned start running; running complete completed; planned complete completed
        running sum_up completed; completed reopen running""",
    "activity": """
        start plan planned; planned start in_progress; planned log_fact in_progress; in_progress log_fact in_progress
        done log_fact done; planned set_schedule planned; in_progress reschedule in_progress; planned complete done
        in_progress complete done; planned report reported; in_progress report reported; reported accept done
        reported return in_progress; in_progress complete_partly partly_done; reported complete_partly partly_done
        planned no_need not_needed; planned carry_over carried_over; in_progress carry_over carried_over
        planned drop dropped; in_progress drop dropped; done reopen in_progress; partly_done reopen in_progress
        not_needed reopen in_progress; dropped reopen in_progress""",
}
ALL_STEPS = [
    (code, *step.split()) for code, text in STEPS.items() for step in text.replace("\n", ";").split(";") if step.strip()
]


@pytest.mark.parametrize(("code", "state", "event", "target"), ALL_STEPS)
def test_an_event_leads_where_the_table_says(code: str, state: str, event: str, target: str) -> None:
    assert DEFINITIONS[code].step(state, event) == target


@pytest.mark.parametrize("code", STEPS)
def test_the_table_of_steps_leaves_no_event_out(code: str) -> None:
    named = {event for definition, _, event, _ in ALL_STEPS if definition == code}
    inherited = {event.name for event in DEFINITIONS["pair"].events} if code == "pair_teachers" else {"resume"}

    assert {event.name for event in DEFINITIONS[code].events} - inherited <= named


@pytest.mark.parametrize(
    "state", ["proposed", "formed", "acquaintance", "trial", "planning", "regular_work", "final_meeting"]
)
def test_a_suspended_pair_goes_back_to_where_it_was(state: str) -> None:
    pair = DEFINITIONS["pair"]

    assert pair.step(state, "suspend") == "suspended"
    assert pair.step("suspended", "resume", state) == state


def test_teachers_have_no_meetings_before_work() -> None:
    teachers = DEFINITIONS["pair_teachers"]

    assert teachers.track == ("proposed", "formed", "regular_work", "final_meeting", "closed")
    assert teachers.events_from("formed")[0].name == "start_work"
    assert not {"hold_acquaintance", "hold_trial", "repeat_trial", "hold_planning"} & {e.name for e in teachers.events}
    assert "meetings_before_work" not in {use.name for use in teachers.event("start_work").guards}
    assert severities(teachers, "form")["duty_consents"] is Severity.BLOCK
    assert severities(DEFINITIONS["pair"], "form")["duty_consents"] is Severity.NOTE


def severities(definition: WorkflowDefinition, event: str) -> dict[str, Severity]:
    return {use.name: use.severity for use in definition.event(event).guards}


def test_a_share_of_the_plan_never_blocks_and_a_case_is_asked_only_by_profiles() -> None:
    pair = DEFINITIONS["pair"]

    assert severities(pair, "hold_final")["plan_share"] is Severity.NOTE
    assert severities(pair, "close")["case_written"] is Severity.OFF


def test_an_order_is_registered_with_number_date_and_signatory_and_forms_its_pairs() -> None:
    register = DEFINITIONS["act"].event("register")

    assert [(one.name, one.type, one.required) for one in register.fields] == [
        ("number", "string", True),
        ("signed_on", "date", True),
        ("signatory", "person", True),
        ("original_place", "string", False),
    ]
    assert register.then == ("form_ordered_pairs",)


def test_the_grounds_of_an_early_end_are_a_list() -> None:
    assert [code for code, _ in DEFINITIONS["pair"].event("dissolve").field("cause").choices] == [
        "trial_failed",
        "mentor_refused",
        "mentee_wish",
        "consent_revoked",
        "left",
        "employer_cancelled",
        "goal_reached",
        "other",
    ]


def test_the_head_accepts_before_the_curator_does_in_name() -> None:
    """The first role that an actor holds is recorded: a head who is the curator too accepts as the head."""
    accept = DEFINITIONS["activity"].event("accept")

    assert accept.roles == ("head", "district", "curator")
    assert accept.other_than == ("report",)
