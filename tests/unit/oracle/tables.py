"""What the lifecycles say of every event: from where, who, what is asked and how much it weighs. Copied by hand from the
tables that the product was written from; nothing here is read out of the product.

A line: event | from | who | what is asked. In «who» C curator, H head, M mentor of the pair, R responsible for the item,
D district, S the program itself. After a rule its weight where no profile says otherwise: ! block, ? with a written ground,
. note, - not asked. An event after whose name stands * always asks for a written ground; after a state's name, ~ means
that the event stays in it (a self-loop, whose day may lie before the day of the state).
"""

from __future__ import annotations

from dataclasses import dataclass

_PAIR_LIVE = "proposed formed acquaintance trial planning regular_work final_meeting"
PAIR = f"""
propose | start | C | mentor_is_not_mentee! form_allowed! mentor_has_room? pair_not_live! in_bank?
decline* | proposed | C |
form | proposed | C S | personal_data_consents! duty_consents. employee_agreement? admission_checked? \
participation_agreed. order_in_force!
hold_acquaintance | formed | C M | not_before_order?
hold_trial | acquaintance | C M |
repeat_trial | trial~ | C M |
hold_planning | acquaintance trial | C M | trial_held!
start_work | planning | C | plan_drawn_up! plan_approved? personal_data_consents! meetings_before_work!
record_meeting | regular_work~ | C M |
suspend* | {_PAIR_LIVE} | C |
resume | suspended | C |
change_members* | formed~ acquaintance~ trial~ planning~ regular_work~ | C | newcomer_chosen! newcomer_suits! newcomer_consent! \
newcomer_duty_consent. newcomer_agreement? newcomer_admission? newcomer_participation.
replace_mentor* | formed acquaintance trial planning regular_work suspended | C | left_after_joining! plan_handed_over?
continue_work | formed | C | approved_plan_exists!
hold_final | regular_work | C M | feedback_collected? plan_share.
close | final_meeting | C | exit_questionnaire? case_written-
continue_next | final_meeting closed | C | members_still_here! next_year_open!
prolong | regular_work~ | C |
dissolve | {_PAIR_LIVE} suspended | C | left_after_joining! notice_given?
"""
_TEACHERS_LIVE = "proposed formed regular_work final_meeting"
PAIR_TEACHERS = f"""
propose | start | C | mentor_is_not_mentee! form_allowed! mentor_has_room? pair_not_live! in_bank?
decline* | proposed | C |
form | proposed | C S | personal_data_consents! duty_consents! employee_agreement? admission_checked? \
participation_agreed. order_in_force!
start_work | formed | C | plan_drawn_up! plan_approved? personal_data_consents!
record_meeting | regular_work~ | C M |
suspend* | {_TEACHERS_LIVE} | C |
resume | suspended | C |
change_members* | formed~ regular_work~ | C | newcomer_chosen! newcomer_suits! newcomer_consent! newcomer_duty_consent! \
newcomer_agreement? newcomer_admission? newcomer_participation.
replace_mentor* | formed regular_work suspended | C | left_after_joining! plan_handed_over?
continue_work | formed | C | approved_plan_exists!
hold_final | regular_work | C M | feedback_collected? plan_share.
close | final_meeting | C | exit_questionnaire? case_written-
continue_next | final_meeting closed | C | members_still_here! next_year_open!
prolong | regular_work~ | C |
dissolve | {_TEACHERS_LIVE} suspended | C | left_after_joining! notice_given?
"""
ROAD_MAP = """
adopt | start | C H |
submit | draft remarks | C H |
give_remarks* | agreement | D H C |
agree | agreement | D H C |
approve | draft remarks agreed | H C |
amend* | approved~ | C H |
complete | approved | C H |
"""
STAGE = """
plan | start | C H S |
start | planned | S C |
complete | planned running | S |
sum_up | planned running | C H |
reopen | completed | S C H |
"""
ACTIVITY = """
plan | start | C H S |
start | planned | C R S |
log_fact | planned in_progress~ reported~ done~ partly_done~ | C R |
set_schedule | planned~ in_progress~ | C |
reschedule* | planned~ in_progress~ reported~ | C |
complete | planned in_progress | C | no_acceptance_due! evidence_complete? evidence_shown.
report | planned in_progress | C R | result_given!
accept | reported | H D C | control_sheet! four_eyes.
return* | reported | H D |
complete_partly* | in_progress reported | C |
no_need* | planned | C |
carry_over* | planned in_progress | C |
drop* | planned in_progress | C |
reopen* | done partly_done not_needed dropped | C H |
"""
ACT = """
prepare | start | C H |
send | draft | C H |
register | draft at_signing | C H | signatory_entitled! number_free!
take_back | at_signing | C H |
amend | in_force amended | C H | act_in_force!
repeal | in_force amended | C H | act_in_force!
discard | draft at_signing | C H |
"""
CONSENT = """
expect | start | C |
print_blank | expected~ | C |
receive | expected | C | signer_entitled!
revoke | received | C | not_before_signing!
replace | received | C | not_before_signing!
"""
AGREEMENT = """
prepare | start | C H |
sign | draft | C H | term_given!
end* | signed | C H |
"""
WORKING_PAPER = """
prepare | start | C M |
agree | draft | C M |
approve | draft agreed | C H | approval_given!
supersede | draft agreed approved | C M |
"""
WHO = {
    "C": "curator",
    "H": "head",
    "M": "mentor",
    "R": "responsible",
    "D": "district",
    "S": "system",
}
WEIGHTS = {"!": "block", "?": "reason", ".": "note", "-": "off"}


@dataclass(frozen=True)
class Event:
    """One line of a table."""

    name: str
    from_states: frozenset[str]
    stays_in: frozenset[str]
    who: tuple[str, ...]
    asks: dict[str, str]
    """Rule -> weight where no profile says otherwise."""
    ground: bool


def _events(table: str) -> dict[str, Event]:
    found = {}
    for line in table.replace("\\\n", "").strip().splitlines():
        name, states, who, asks = (part.strip() for part in line.split("|"))
        found[name.rstrip("*")] = Event(
            name.rstrip("*"),
            frozenset(state.rstrip("~") for state in states.split()),
            frozenset(state.rstrip("~") for state in states.split() if state.endswith("~")),
            tuple(WHO[letter] for letter in who.split()),
            {rule[:-1]: WEIGHTS[rule[-1]] for rule in asks.split()},
            name.endswith("*"),
        )
    return found


EVENTS = {
    code: _events(table)
    for code, table in {
        "pair": PAIR,
        "pair_teachers": PAIR_TEACHERS,
        "road_map": ROAD_MAP,
        "stage": STAGE,
        "activity": ACTIVITY,
        "act": ACT,
        "consent": CONSENT,
        "agreement": AGREEMENT,
        "working_paper": WORKING_PAPER,
    }.items()
}
KIND_OF = {
    "pair": "pair",
    "pair_teachers": "pair",
    "road_map": "road_map",
    "stage": "stage",
    "activity": "activity",
    "act": "document",
    "consent": "document",
    "agreement": "document",
    "working_paper": "document",
}

_TILL = tuple[tuple[str, str], ...]
_TEACHERS: dict[str, str | _TILL] = {
    "form personal_data_consents": "block",
    "form duty_consents": "block",
    "form order_in_force": "block",
    "change_members newcomer_consent": "block",
    "change_members newcomer_duty_consent": "block",
    "start_work personal_data_consents": "block",
    "start_work plan_drawn_up": "block",
    "start_work plan_approved": "off",
    "hold_final feedback_collected": "note",
    "close exit_questionnaire": "note",
    "close case_written": "off",
}
_DISTRICT: dict[str, str | _TILL] = {
    "form personal_data_consents": "reason",
    "form duty_consents": "off",
    "form order_in_force": "reason",
    "change_members newcomer_consent": "reason",
    "change_members newcomer_duty_consent": "off",
    "start_work personal_data_consents": "reason",
    "start_work plan_drawn_up": "note",
    "start_work plan_approved": "off",
    "hold_final feedback_collected": "note",
    "close exit_questionnaire": "note",
    "close case_written": "off",
}
PROFILES: dict[str, dict[str, dict[str, str | _TILL]]] = {
    "": {},
    "teachers": {"pair_teachers": _TEACHERS},
    "kindergarten": {"pair_teachers": _TEACHERS},
    "tarasovsky": {
        "pair": _DISTRICT | {"hold_planning trial_held": "off", "start_work meetings_before_work": "off"},
        "pair_teachers": _DISTRICT,
    },
    "kakhun": {
        "pair": {
            "form personal_data_consents": (("10-31", "reason"), ("", "block")),
            "form duty_consents": "off",
            "form order_in_force": "off",
            "change_members newcomer_consent": (("10-31", "reason"), ("", "block")),
            "change_members newcomer_duty_consent": "off",
            "hold_acquaintance not_before_order": "off",
            "hold_planning trial_held": "note",
            "start_work personal_data_consents": "block",
            "start_work plan_drawn_up": "block",
            "start_work plan_approved": (("11-30", "reason"), ("", "block")),
            "start_work meetings_before_work": "note",
            "hold_final feedback_collected": "note",
            "close exit_questionnaire": "note",
            "close case_written": "off",
        }
    },
    "school9": {
        "pair": {
            "form personal_data_consents": "block",
            "form duty_consents": "note",
            "form order_in_force": "block",
            "change_members newcomer_consent": "block",
            "change_members newcomer_duty_consent": "note",
            "hold_planning trial_held": "block",
            "start_work personal_data_consents": "block",
            "start_work plan_drawn_up": "note",
            "start_work plan_approved": "off",
            "start_work meetings_before_work": "block",
            "hold_final feedback_collected": "block",
            "close exit_questionnaire": "block",
            "close case_written": "reason",
        }
    },
}
SETTINGS: dict[str, dict[str, int | bool]] = {
    # who signs: below the first age the representative alone, below the second both, then the pupil
    "": {"alone": 14, "both": 18, "without_order": False, "combine": False},
    "teachers": {"alone": 14, "both": 18, "without_order": False, "combine": False},
    "kindergarten": {"alone": 14, "both": 18, "without_order": False, "combine": False},
    "tarasovsky": {"alone": 14, "both": 18, "without_order": False, "combine": False},
    "kakhun": {"alone": 14, "both": 0, "without_order": True, "combine": True},
    "school9": {"alone": 18, "both": 0, "without_order": False, "combine": False},
}


def weight(profile: str, definition: str, event: str, rule: str, month: int, day: int) -> str:
    """How much a rule weighs on a day: what the profile says, else what the lifecycle says."""
    given = PROFILES[profile].get(definition, {}).get(f"{event} {rule}")
    if given is None:
        return EVENTS[definition][event].asks[rule]
    if isinstance(given, str):
        return given
    for until, found in given:
        # A school year begins in September: «10-31» lies before «05-31».
        if not until or ((month + 3) % 12, day) <= ((int(until[:2]) + 3) % 12, int(until[3:])):
            return found
    raise AssertionError("a rule of a profile ends with a line that has no end")
