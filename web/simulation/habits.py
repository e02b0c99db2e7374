"""How people of a simulated school behave: what they like to do, how long they leave a thing alone."""

from __future__ import annotations

from workflow_core.simulation import Habits

_PAIRS = {
    **{"form": 8, "hold_acquaintance": 6, "hold_trial": 6, "hold_planning": 6, "start_work": 6, "record_meeting": 5},
    **{
        "hold_final": 2,
        "close": 6,
        "continue_next": 1.5,
        "suspend": 0.3,
        "resume": 3,
        "dissolve": 0.15,
        "decline": 0.3,
    },
    **{"replace_mentor": 0.2, "change_members": 0.3, "prolong": 0.3},
}
_ITEMS = {
    **{"activity/start": 3, "log_fact": 3, "activity/complete": 3, "report": 2, "accept": 4, "complete_partly": 0.5},
    **{"drop": 0.2, "no_need": 0.3, "carry_over": 0.2, "reopen": 0.5},
    **{"stage/start": 0.3, "stage/sum_up": 0.3, "road_map/submit": 4, "give_remarks": 2},
}
_PAPERS = {
    **{"send": 3, "register": 4, "receive": 6, "sign": 4, "document/approve": 3, "take_back": 0.3, "discard": 0.2},
    **{"agree": 2, "revoke": 0.5, "replace": 0.5, "repeal": 0.3, "amend": 0.5, "supersede": 0.3},
}
HABITS = Habits(
    weights={**_PAIRS, **_ITEMS, **_PAPERS},
    alone={
        **{"received": 6, "in_force": 10, "amended": 6, "signed": 6, "document/approved": 4},
        **{"closed": 3, "done": 4, "partly_done": 1, "not_needed": 2, "dropped": 2},
        **{"stage/planned": 3, "stage/running": 4, "completed": 6},
    },
    pace={
        **{"received": (20, 80), "in_force": (10, 50), "amended": (10, 50), "signed": (20, 90)},
        **{"regular_work": (4, 12), "suspended": (5, 25), "closed": (5, 40)},
        **{"activity/planned": (3, 20), "done": (10, 60), "partly_done": (10, 40), "not_needed": (10, 60)},
        **{"dropped": (10, 60), "stage/planned": (5, 25), "stage/running": (10, 40), "completed": (10, 60)},
    },
)
"""Guesses, not measurements: they make rare what is rare, so that a year looks like one."""
