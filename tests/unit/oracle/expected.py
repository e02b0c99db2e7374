"""Table and rules together: what must be answered for one event of one process. Plain values in, plain values out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from tests.unit.oracle.rules import RULES, Asked
from tests.unit.oracle.tables import EVENTS, weight


@dataclass(frozen=True)
class Expected:
    """The answer that has to come."""

    findings: Counter[tuple[str, str]]
    """(code, weight) -> how often."""

    @property
    def is_open(self) -> bool:
        return not any(severity == "block" for _code, severity in self.findings)

    def needs_ground(self, always: bool) -> bool:
        return always or any(severity == "reason" for _code, severity in self.findings)


def events_of(definition: str, state: str) -> set[str]:
    """Names of the events of a state."""
    return {name for name, event in EVENTS[definition].items() if state in event.from_states}


def expected(profile: str, definition: str, event: str, asked: Asked, *, own: frozenset[str], today: date) -> Expected:
    """`own`: roles that the subject itself gives the actor (mentor of this pair, responsible for this item)."""
    told = EVENTS[definition][event]
    found: Counter[tuple[str, str]] = Counter()
    held = (asked.roles - {"mentor", "responsible"}) | own
    caused = asked.cause and "system" in told.who
    if not held & set(told.who) and "system" not in held and not caused:
        found["not_permitted", "block"] += 1
    for rule in told.asks:
        severity = weight(profile, definition, event, rule, asked.day.month, asked.day.day)
        if severity != "off":
            found.update((code, severity) for code in RULES[rule](asked))
    since, state = asked.world["since"], asked.world["state"]
    if since is not None and state not in told.stays_in and asked.day < since:
        found["before_previous_step", "reason"] += 1
    limit = asked.settings["back_dating"]
    if limit is not None and state != "start" and not asked.cause and (today - asked.day).days > limit:
        found["too_far_back", "reason"] += 1
    return Expected(found)
