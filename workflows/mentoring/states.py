"""Codes of a pair's states, as the shipped lifecycles share them; what each means is in pair.yaml."""

from __future__ import annotations

PROPOSED = "proposed"
SUSPENDED = "suspended"
CLOSED = "closed"
DISSOLVED = "dissolved"
DECLINED = "declined"
REGULAR_WORK = "regular_work"
FINAL_MEETING = "final_meeting"

FINAL = (CLOSED, DISSOLVED, DECLINED)
FORMED_AND_LATER = ("formed", "acquaintance", "trial", "planning", REGULAR_WORK, FINAL_MEETING, SUSPENDED)
"""Live states of a pair that is fixed."""
LIVE = (PROPOSED, *FORMED_AND_LATER)
IN_WORK = (REGULAR_WORK, FINAL_MEETING)
