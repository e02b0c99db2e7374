"""Codes of a pair's states, as the shipped lifecycles share them; what each means is in pair.yaml."""

from __future__ import annotations

PROPOSED = "proposed"
SUSPENDED = "suspended"
CLOSED = "closed"
DISSOLVED = "dissolved"
DECLINED = "declined"
REGULAR_WORK = "regular_work"
FINAL_MEETING = "final_meeting"


class AllBut(frozenset[str]):
    """Every state but these: one that a plugin puts between the shipped ones counts like its neighbours."""

    def __contains__(self, state: object) -> bool:
        return not super().__contains__(state)


FINAL = (CLOSED, DISSOLVED, DECLINED)
FORMED_AND_LATER = ("formed", "acquaintance", "trial", "planning", REGULAR_WORK, FINAL_MEETING, SUSPENDED)
"""Live states of a pair that is fixed, as shipped; whether some pair is in one of them, `FIXED_AND_LIVE` knows."""
FIXED_AND_LIVE = AllBut((PROPOSED, *FINAL))
FIXED = AllBut((PROPOSED, DISSOLVED, DECLINED))
"""Fixed, or closed after it was."""
ALL_BUT_ENDED = AllBut((DISSOLVED, DECLINED))
IN_WORK = (REGULAR_WORK, FINAL_MEETING)
