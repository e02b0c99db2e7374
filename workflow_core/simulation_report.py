"""What a simulation came to, measured from the history and from what its agents met on the way.

Paths, coverage and times are read off entries alone; blockers and waiting are told by the agents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from workflow_core.definition import WorkflowDefinition
from workflow_core.guards import Blocker
from workflow_core.history import HistoryEntry
from workflow_core.replay import UNIVERSAL

Pair = tuple[str, str]
"""A state (or «start») and an event of it."""


@dataclass(frozen=True, slots=True)
class Path:
    """States in the order in which a subject came through them, and how many subjects went that way."""

    states: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Days:
    """Some lengths of time, in days: how many were measured, the middle one and the one that 90 % do not exceed."""

    count: int
    median: int
    ninety: int


@dataclass(frozen=True, slots=True)
class Stay:
    """How long subjects stayed in a state that they have left."""

    state: str
    days: Days


@dataclass(frozen=True, slots=True)
class Hindrance:
    """A finding that somebody met who wanted a step."""

    event: str
    code: str
    severity: str
    guard: str
    times: int
    """Looks at which it stood there."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A paper (or, with an empty `paper`, something else) that a step waited for."""

    event: str
    code: str
    paper: str
    days: Days
    given_up: int
    """Wishes that were dropped while it lacked; not among `days`."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation that said no to what an agent tried: a form that did not fit, a remedy that could not be done."""

    what: str
    text: str
    """The first one's own sentence."""
    times: int


@dataclass(frozen=True, slots=True)
class DefinitionReport:
    """All subjects of one definition."""

    code: str
    title: str
    subjects: int
    steps: int
    paths: tuple[Path, ...]
    covered: int
    """Pairs of state and event that happened at least once."""
    total: int
    never: tuple[Pair, ...]
    counts: Mapping[str, int]
    """«state/event» -> how often."""
    stays: tuple[Stay, ...]
    hindrances: tuple[Hindrance, ...]
    waits: tuple[Wait, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    seed: int
    first_day: date
    days: int
    definitions: tuple[DefinitionReport, ...]
    refused: tuple[Refused, ...]

    def of(self, code: str) -> DefinitionReport:
        """The part about one definition. Raises KeyError where none of its subjects has lived."""
        for one in self.definitions:
            if one.code == code:
                return one
        raise KeyError(code)

    def as_plain(self) -> dict[str, Any]:
        """Plain values for JSON; nothing in them depends on ids or on the real clock."""
        return {**asdict(self), "first_day": self.first_day.isoformat()}


def pairs_of(definition: WorkflowDefinition) -> list[Pair]:
    """Every pair of a state and an event that exists in it, as written; the universal verbs are not among them."""
    return [(source, event.name) for event in definition.events for source in event.sources]


def days_of(lengths: Sequence[int]) -> Days:
    """Median and 90 % by nearest rank. Raises ValueError for nothing at all."""
    if not lengths:
        raise ValueError("nothing was measured")
    ordered = sorted(lengths)

    def rank(percent: int) -> int:
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]

    return Days(len(ordered), rank(50), rank(90))


@dataclass(slots=True)
class _Life:
    """One subject so far."""

    code: str
    states: list[str]
    since: date


@dataclass(slots=True)
class Tally:
    """Everything that is counted while a simulation runs."""

    definitions: dict[str, WorkflowDefinition] = field(default_factory=dict)
    """By code, in the order in which they were first seen; the latest version that a subject runs on."""
    counts: dict[str, Counter[Pair]] = field(default_factory=dict)
    tried: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(definition, state, event) -> how often somebody wished for it."""
    _lives: dict[str, _Life] = field(default_factory=dict)
    _stays: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    _steps: Counter[str] = field(default_factory=Counter)
    _met: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)
    _waits: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    _given_up: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _refused: dict[str, list[str]] = field(default_factory=dict)

    # -- from the history ---------------------------------------------------------------------------------------------

    def record(self, entry: HistoryEntry, definition: WorkflowDefinition) -> None:
        """Count one step."""
        code, day = definition.code, date.fromisoformat(entry.happened_on)
        self.definitions[code] = definition
        self._steps[code] += 1
        if entry.event not in UNIVERSAL:
            self.counts.setdefault(code, Counter())[entry.from_state, entry.event] += 1
        life = self._lives.get(entry.subject_id)
        if life is None:
            self._lives[entry.subject_id] = _Life(code, [entry.to_state], day)
        elif entry.to_state != life.states[-1]:
            stays = self._stays.setdefault(code, {}).setdefault(life.states[-1], [])
            stays.append(max(0, (day - life.since).days))
            life.states.append(entry.to_state)
            life.since = day

    def has(self, code: str, state: str, event: str) -> bool:
        """Whether the event has happened from the state already."""
        return self.counts.get(code, Counter())[state, event] > 0

    def covers(self, codes: Iterable[str]) -> bool:
        """Whether every event of these definitions has happened from every state of its."""
        return all(
            code in self.definitions and all(self.has(code, *pair) for pair in pairs_of(self.definitions[code]))
            for code in codes
        )

    def ahead(self, definition: WorkflowDefinition) -> dict[str, int]:
        """State -> how many steps away the nearest state is from which some event has not happened; others are left out."""
        code = definition.code
        near = {state for state, event in pairs_of(definition) if not self.has(code, state, event)}
        arrows = [(source, target) for event in definition.events for source, target in event.transitions]
        steps, found = 0, dict.fromkeys(near, 0)
        while near:
            steps += 1
            near = {source for source, target in arrows if target in near and source not in found}
            found.update(dict.fromkeys(near, steps))
        return found

    # -- from the agents ----------------------------------------------------------------------------------------------

    def met(self, code: str, event: str, blockers: Iterable[Blocker]) -> None:
        """Somebody wanted a step and found this."""
        for blocker in blockers:
            self._met[code, event, blocker.code, str(blocker.severity), blocker.guard] += 1

    def waited(self, code: str, event: str, finding: str, days: int) -> None:
        """A step was done so many days after a finding was first met."""
        self._waits.setdefault((code, event, finding), []).append(days)

    def gave_up(self, code: str, event: str, finding: str) -> None:
        """A wish was dropped while a finding stood in its way."""
        self._given_up[code, event, finding] += 1

    def refused(self, what: str, text: str) -> None:
        """An operation said no."""
        self._refused.setdefault(what, []).append(text)

    # -- the report ---------------------------------------------------------------------------------------------------

    def report(self, seed: int, first_day: date, days: int, papers: Mapping[str, str]) -> Report:
        """All of it; `papers`: code of a finding -> the paper that is waited for."""
        definitions = tuple(self._of(self.definitions[code], papers) for code in sorted(self.definitions))
        refused = tuple(Refused(what, texts[0], len(texts)) for what, texts in sorted(self._refused.items()))
        return Report(seed, first_day, days, definitions, refused)

    def _of(self, definition: WorkflowDefinition, papers: Mapping[str, str]) -> DefinitionReport:
        code = definition.code
        counts, wanted = self.counts.get(code, Counter()), pairs_of(definition)
        lives = [life for life in self._lives.values() if life.code == code]
        ways = Counter(tuple(life.states) for life in lives)
        stays = self._stays.get(code, {})
        return DefinitionReport(
            code,
            definition.title,
            len(lives),
            self._steps[code],
            tuple(Path(*one) for one in sorted(ways.items(), key=lambda way: (-way[1], way[0]))),
            sum(1 for pair in wanted if counts[pair]),
            len(wanted),
            tuple(pair for pair in wanted if not counts[pair]),
            {"/".join(pair): counts[pair] for pair in wanted if counts[pair]},
            tuple(Stay(state, days_of(stays[state])) for state in definition.states if state in stays),
            self._hindrances(code),
            self._waits_of(code, papers),
        )

    def _hindrances(self, code: str) -> tuple[Hindrance, ...]:
        found = [Hindrance(*key[1:], times) for key, times in self._met.items() if key[0] == code]
        return tuple(sorted(found, key=lambda one: (-one.times, one.event, one.code, one.severity)))

    def _waits_of(self, code: str, papers: Mapping[str, str]) -> tuple[Wait, ...]:
        found = [
            Wait(event, finding, papers.get(finding, ""), days_of(days), self._given_up[of, event, finding])
            for (of, event, finding), days in self._waits.items()
            if of == code
        ]
        return tuple(sorted(found, key=lambda one: (-one.days.median, -one.days.count, one.event, one.code)))
