"""Workflow definitions: the lifecycle of a kind of subject as frozen data, its hash and its store form.

A definition is written as YAML (see `definition_reader`) and runs from the store: canonical JSON under the hash of its
behaviour. Words (titles, help) may change under the same hash; behaviour may not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from workflow_core.exceptions import NotFound, TransitionNotAllowed
from workflow_core.guards import Severity
from workflow_core.history import canonical_json
from workflow_core.machine import REMEMBERED, SAME, START, compile_steps

__all__ = [
    "FIELD_TYPES",
    "FINALS",
    "REMEMBERED",
    "SAME",
    "START",
    "UNIVERSAL_VERBS",
    "EventDefinition",
    "FieldDefinition",
    "GuardUse",
    "StateDefinition",
    "VerbDefinition",
    "WorkflowDefinition",
    "canonical_json",
]

FIELD_TYPES = ("date", "string", "text", "integer", "percent", "boolean", "choice", "person", "document", "link")
FINALS = ("completed", "dissolved", "cancelled")
UNIVERSAL_VERBS = ("enter_as_found", "correct", "undo")
_STORE_FORMAT = 1
_NOT_STARTED = "ещё не начато"


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A typed value that an event asks for besides the date and the remark."""

    name: str
    type: str
    """One of `FIELD_TYPES`; percent is a whole number from 0 to 100, person and document are public ids."""
    title: str
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    """(code, title) of each answer of a choice."""
    help: str = ""
    personal: bool = False

    @property
    def erasable(self) -> bool:
        """True where the value may name a person: it is kept in the entry's details, not in its immutable part."""
        return self.personal or self.type in ("string", "text")

    def choice_title(self, code: str) -> str:
        """The words of an answer; the code itself where a later version has dropped it."""
        return dict(self.choices).get(code, code)


@dataclass(frozen=True, slots=True)
class GuardUse:
    """A guard at an event, with the severity that holds where no profile says otherwise."""

    name: str
    severity: Severity = Severity.BLOCK


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What can be done, from which states and where it leads."""

    name: str
    title: str
    """The button: «Закрепить»."""
    done_title: str = ""
    """The fact in the history: «Закреплена»."""
    sources: tuple[str, ...] = ()
    """States in the order of the definition; `START` for an event that begins a process."""
    target: str = SAME
    """A state, `SAME` (self-loop) or `REMEMBERED` (the state before the suspension)."""
    roles: tuple[str, ...] = ()
    """Who may fire it; the first that an actor holds is the one that the history records."""
    guards: tuple[GuardUse, ...] = ()
    fields: tuple[FieldDefinition, ...] = ()
    bulk: bool = False
    """May be fired for many subjects at once from a list."""
    ground: bool = False
    """A written ground is always required."""
    other_than: tuple[str, ...] = ()
    """Four eyes: the actor must not be who fired these events last."""
    then: tuple[str, ...] = ()
    """Names of consequences in other subjects."""
    does: tuple[str, ...] = ()
    """Names of effects in the registers."""
    papers: tuple[str, ...] = ()
    """Codes of the kinds of documents to prepare."""
    revokes: tuple[str, ...] = ()
    """Names of consequences that take back what was begun before and is not signed."""
    undoable: bool = True
    basis: str = ""
    help: str = ""
    reopens: bool = False
    """Leads out of a final state on purpose."""
    targets: tuple[tuple[str, str], ...] = ()
    """(source, target) where the target differs from `target`."""

    def target_from(self, source: str) -> str:
        """Where the event leads from `source`, as written: a state, `SAME` or `REMEMBERED`."""
        return dict(self.targets).get(source, self.target)

    @property
    def transitions(self) -> tuple[tuple[str, str], ...]:
        """All (source, target) as written."""
        return tuple((source, self.target_from(source)) for source in self.sources)

    def field(self, name: str) -> FieldDefinition:
        """The field of that name. Raises `NotFound`."""
        for one in self.fields:
            if one.name == name:
                return one
        raise NotFound("поле", name, (one.name for one in self.fields))


@dataclass(frozen=True, slots=True)
class StateDefinition:
    """What has been reached: the title is a fact («Закреплена»), not the name of a meeting."""

    name: str
    title: str
    short_title: str = ""
    """At most 15 letters, for the strip of steps and the board; the title where it is short enough."""
    meaning: str = ""
    final: str | None = None
    """`completed`, `dissolved`, `cancelled`, or None for a live state."""
    remembers: bool = False
    """The process keeps the state that it came from, for an event to `REMEMBERED`."""
    limit_days: int | None = None
    """Calendar days after which a subject in this state counts as stuck; None = never."""
    limit_setting: str = ""
    """Name of a profile's setting that overrides `limit_days`."""
    on_track: bool = False
    """Stands on the strip of steps."""


@dataclass(frozen=True, slots=True)
class VerbDefinition:
    """One of `UNIVERSAL_VERBS` with its button and who may use it."""

    name: str
    title: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WorkflowDefinition:
    """States, events and who may do what, in the order as written; equal when behaviour and texts are."""

    code: str
    version: int
    title: str
    subject: str
    """Kind of subject that the facts providers know: pair, act, activity …"""
    basis: str
    states: Mapping[str, StateDefinition]
    events: tuple[EventDefinition, ...]
    verbs: Mapping[str, VerbDefinition] = field(default_factory=dict)
    hash: str = field(init=False, repr=False, default="")
    """sha256 in hex over the canonical JSON of `behaviour()`."""
    _events: Mapping[str, EventDefinition] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        order = {name: place for place, name in enumerate((START, *self.states))}
        events = tuple(_in_order(event, order) for event in self.events)
        put = object.__setattr__
        put(self, "states", MappingProxyType(dict(self.states)))
        put(self, "events", events)
        put(self, "verbs", MappingProxyType(dict(self.verbs)))
        put(self, "_events", MappingProxyType({event.name: event for event in events}))
        put(self, "hash", hashlib.sha256(canonical_json(self.behaviour()).encode()).hexdigest())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkflowDefinition) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.hash)

    # What stands where

    def event(self, name: str) -> EventDefinition:
        """The event of that name. Raises `NotFound` with the names that exist."""
        try:
            return self._events[name]
        except KeyError:
            raise NotFound("шаг", name, self._events) from None

    def state(self, name: str) -> StateDefinition:
        """The state of that name. Raises `NotFound` with the names that exist."""
        try:
            return self.states[name]
        except KeyError:
            raise NotFound("состояние", name, self.states) from None

    def verb(self, name: str) -> VerbDefinition:
        """The universal verb of that name. Raises `NotFound` where this lifecycle does not offer it."""
        try:
            return self.verbs[name]
        except KeyError:
            raise NotFound("действие", name, self.verbs) from None

    def has_event(self, name: str) -> bool:
        return name in self._events

    def state_title(self, name: str) -> str:
        """The title for a page; for `START` and for a state that a later version dropped too."""
        if name == START:
            return _NOT_STARTED
        return self.states[name].title if name in self.states else name

    def events_from(self, state: str) -> tuple[EventDefinition, ...]:
        """Events that exist in `state` (or `START`), in the order as written."""
        return tuple(event for event in self.events if state in event.sources)

    @property
    def live_states(self) -> tuple[str, ...]:
        return tuple(name for name, state in self.states.items() if state.final is None)

    @property
    def final_states(self) -> tuple[str, ...]:
        return tuple(name for name, state in self.states.items() if state.final is not None)

    @property
    def track(self) -> tuple[str, ...]:
        """States on the strip of steps, in order."""
        return tuple(name for name, state in self.states.items() if state.on_track)

    def remembered_by(self, state: str) -> tuple[str, ...]:
        """States that `state` may remember: those from which an event leads into it."""
        if state not in self.states or not self.states[state].remembers:
            return ()
        came_from = {source for event in self.events for source, target in event.transitions if target == state}
        return tuple(
            name for name, one in self.states.items() if name in came_from and not one.remembers and not one.final
        )

    def step(self, state: str, event: str, remembered: str | None = None) -> str:
        """The state that `event` leads to from `state`, never `SAME` or `REMEMBERED`.

        Raises `TransitionNotAllowed` where the event does not exist in `state` or what is remembered can't be
        returned to, `NotFound` for an unknown event.
        """
        target = compile_steps(self).get((state, event))
        if target == REMEMBERED:
            target = remembered if remembered in self.remembered_by(state) else None
        if target is None:
            raise self.not_allowed(state, event)
        return target

    def not_allowed(self, state: str, event: str) -> TransitionNotAllowed:
        """The error for an event that does not exist in `state`. Raises `NotFound` for an unknown event."""
        allowed = [one.title for one in self.events_from(state)]
        return TransitionNotAllowed(self.event(event).title, self.state_title(state), allowed)

    # Store form

    def behaviour(self) -> dict[str, Any]:
        """All that decides what may happen, as plain JSON values; no words for people."""
        return {
            "format": _STORE_FORMAT,
            "code": self.code,
            "subject": self.subject,
            "states": {name: _state_behaviour(state) for name, state in self.states.items()},
            "events": {event.name: _event_behaviour(event) for event in self.events},
            "verbs": {name: list(verb.roles) for name, verb in self.verbs.items()},
        }

    def texts(self) -> dict[str, Any]:
        """Words for people, the order of things and what is only shown, as plain JSON values."""
        return {
            "version": self.version,
            "title": self.title,
            "basis": self.basis,
            "states": [
                {
                    "name": s.name,
                    "title": s.title,
                    "short_title": s.short_title,
                    "meaning": s.meaning,
                    "on_track": s.on_track,
                }
                for s in self.states.values()
            ],
            "events": [_event_texts(event) for event in self.events],
            "verbs": [{"name": name, "title": verb.title} for name, verb in self.verbs.items()],
        }

    def to_json(self) -> str:
        """Canonical JSON `{"behaviour": …, "texts": …}`: the form that is stored and run."""
        return canonical_json({"behaviour": self.behaviour(), "texts": self.texts()})

    @classmethod
    def from_json(cls, text: str) -> WorkflowDefinition:
        """The definition that `to_json` wrote; equal to the original, same hash."""
        stored = json.loads(text)
        return cls.from_parts(stored["behaviour"], stored["texts"])

    @classmethod
    def from_parts(cls, behaviour: Mapping[str, Any], texts: Mapping[str, Any]) -> WorkflowDefinition:
        """The definition of a stored behaviour under given texts. Raises ValueError for a format of the future."""
        if behaviour["format"] != _STORE_FORMAT:
            raise ValueError(f"unknown store format of a definition: {behaviour['format']!r}")
        return cls(
            code=behaviour["code"],
            version=texts["version"],
            title=texts["title"],
            subject=behaviour["subject"],
            basis=texts["basis"],
            states={
                words["name"]: StateDefinition(**words, **behaviour["states"][words["name"]])
                for words in texts["states"]
            },
            events=tuple(_stored_event(behaviour["events"][words["name"]], words) for words in texts["events"]),
            verbs={
                words["name"]: VerbDefinition(**words, roles=tuple(behaviour["verbs"][words["name"]]))
                for words in texts["verbs"]
            },
        )


def _in_order(event: EventDefinition, order: Mapping[str, int]) -> EventDefinition:
    """Sources in the order of the states, `targets` only where they differ: one form for one meaning."""
    sources = tuple(sorted(dict.fromkeys(event.sources), key=lambda name: (order.get(name, len(order)), name)))
    written = tuple((source, event.target_from(source)) for source in sources)
    target = written[0][1] if written else event.target
    targets = tuple(pair for pair in written if pair[1] != target)
    return replace(event, sources=sources, target=target, targets=targets)


def _state_behaviour(state: StateDefinition) -> dict[str, Any]:
    return {
        "final": state.final,
        "remembers": state.remembers,
        "limit_days": state.limit_days,
        "limit_setting": state.limit_setting,
    }


_FLAGS = ("bulk", "ground", "undoable", "reopens")
_NAMES = ("other_than", "then", "does", "papers", "revokes")


def _event_behaviour(event: EventDefinition) -> dict[str, Any]:
    return {
        "transitions": sorted([source, target] for source, target in event.transitions),
        "roles": list(event.roles),
        "guards": {use.name: use.severity.value for use in event.guards},
        "fields": {one.name: _field_behaviour(one) for one in event.fields},
        **{name: getattr(event, name) for name in _FLAGS},
        **{name: list(getattr(event, name)) for name in _NAMES},
    }


def _field_behaviour(one: FieldDefinition) -> dict[str, Any]:
    codes = sorted(code for code, _ in one.choices)
    return {"type": one.type, "required": one.required, "personal": one.personal, "choices": codes}


def _event_texts(event: EventDefinition) -> dict[str, Any]:
    return {
        "name": event.name,
        "title": event.title,
        "done_title": event.done_title,
        "basis": event.basis,
        "help": event.help,
        "guards": [use.name for use in event.guards],
        "fields": [
            {
                "name": one.name,
                "title": one.title,
                "help": one.help,
                "choices": [list(choice) for choice in one.choices],
            }
            for one in event.fields
        ],
    }


def _stored_event(behaviour: Mapping[str, Any], words: Mapping[str, Any]) -> EventDefinition:
    transitions: Iterable[tuple[str, str]] = [(source, target) for source, target in behaviour["transitions"]]
    lists: Any = {name: tuple(behaviour[name]) for name in _NAMES}
    flags: Any = {name: behaviour[name] for name in _FLAGS}
    return EventDefinition(
        name=words["name"],
        title=words["title"],
        done_title=words["done_title"],
        sources=tuple(source for source, _ in transitions),
        targets=tuple(transitions),
        roles=tuple(behaviour["roles"]),
        guards=tuple(GuardUse(name, Severity(behaviour["guards"][name])) for name in words["guards"]),
        fields=tuple(_stored_field(behaviour["fields"][one["name"]], one) for one in words["fields"]),
        basis=words["basis"],
        help=words["help"],
        **flags,
        **lists,
    )


def _stored_field(behaviour: Mapping[str, Any], words: Mapping[str, Any]) -> FieldDefinition:
    return FieldDefinition(
        name=words["name"],
        type=behaviour["type"],
        title=words["title"],
        required=behaviour["required"],
        choices=tuple((code, title) for code, title in words["choices"]),
        help=words["help"],
        personal=behaviour["personal"],
    )
