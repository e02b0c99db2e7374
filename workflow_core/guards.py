"""Guards: named pure functions over frozen facts that say what stands in the way of an event, all at once.

A guard never sees a session, a row or the clock. It declares which facts it needs; the engine loads them in bulk through
the named providers and hands over one frozen `Facts` a subject. No expression from a file is ever evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sqlmodel import Session


EMPTY: Mapping[str, Any] = MappingProxyType({})


class Severity(StrEnum):
    """How much a guard's finding weighs; chosen by the profile of the place, per definition, event and guard."""

    BLOCK = "block"
    """The step can't be done."""
    REASON = "reason"
    """The step can be done with a written ground, which the auditor reads."""
    NOTE = "note"
    """The step is done; the finding is recorded and shown."""
    OFF = "off"
    """The guard is not asked."""


SEVERITY_ORDER = (Severity.BLOCK, Severity.REASON, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a remedy is done. `action` is a name that the web edge turns into an address, `target` an id for it."""

    action: str
    target: str
    label: str
    """The verb on the button: «Отметить получение»."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why not: what is missing and whose, who can solve it, where it is done."""

    code: str
    """Stable name of the finding, for tests and figures: `consent_missing`."""
    text: str
    """What is missing and whose, no case endings on names, no full stop: «Ким Данил: нет согласия на обработку данных»."""
    explanation: str = ""
    """Why, in one sentence: «Подписывает мать, Ким Ольга Сергеевна: ученику нет 14 лет»."""
    who_can_lift: str = ""
    """«Иванова Н. П., классный руководитель 7 «Б»»."""
    link: Link | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """What the guard saw: plain JSON values, kept in the entry's details."""
    severity: Severity = Severity.BLOCK
    """Filled in by the engine from the profile."""
    guard: str = ""
    """Filled in by the engine: name of the guard that found it."""
    source: str = ""
    """Filled in by the engine: which layer of the profile gave the severity («школа», «район», «регион», «основные правила»)."""

    def weighed(self, guard: str, severity: Severity, source: str) -> Blocker:
        """The same finding with the weight that the profile gives it."""
        return replace(self, guard=guard, severity=severity, source=source)


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody acts for somebody else by an order: «Ларина Т. И. за Гусева А. П. по приказу № 98-к»."""

    person_id: str
    name: str
    order: str
    since: date
    until: date | None = None
    replaced: str = ""
    """Whom, after «за»: «Гусева А. П.»; the name where nobody gives its case."""
    by_order: str = ""
    """The order after «по»: «приказу № 98-к»; as entered where nobody gives its case."""

    def holds_on(self, day: date) -> bool:
        """Whether the day lies within the dates of the order."""
        return self.since <= day and (self.until is None or day <= self.until)

    @property
    def text(self) -> str:
        """What follows the actor's own name: «за Гусева А. П. по приказу № 98-к»."""
        return f"за {self.replaced or self.name} по {self.by_order or self.order}"

    @property
    def term(self) -> str:
        """When it holds: «замещение по приказу № 98-к действует с 10.11.2026 по 20.11.2026»."""
        until = f" по {self.until:%d.%m.%Y}" if self.until else ""
        return f"замещение по {self.by_order or self.order} действует с {self.since:%d.%m.%Y}{until}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who fires: an account or a job, with the roles that it holds in one organisation on the day."""

    id: str
    name: str
    roles: frozenset[str] = frozenset()
    person_id: str = ""
    """The person behind the account, so that relations («mentor of this pair») can be found; empty for jobs."""
    acts_for: Mapping[str, StandIn] = field(default_factory=lambda: MappingProxyType({}))
    """Role -> whom the actor stands in for in that role."""
    other_days: Mapping[str, StandIn] = field(default_factory=lambda: MappingProxyType({}))
    """Role that is not held today -> a stand-in of days past or to come: why the actor may not, or not yet."""


SYSTEM = Actor(id="system", name="Маршрут", roles=frozenset({"system"}))


def frozen(value: Any) -> Any:
    """The same value without anything that a guard could change, nested ones too. Values of classes are taken as they are:
    those of facts are frozen dataclasses."""
    kind = type(value)
    if kind is dict or kind is MappingProxyType:
        return MappingProxyType({key: frozen(one) for key, one in value.items()}) if value else EMPTY
    if kind is tuple or kind is list:
        return tuple(map(frozen, value))
    return frozenset(value) if kind is set else value


class Facts:
    """Frozen values about one subject, by name: `facts.members`. Asking for a name that was not declared is an error."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(
                f"fact {name!r} was not declared; declared: {', '.join(sorted(self._values))}"
            ) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"facts are frozen; can't set {name!r}")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def but(self, **values: Any) -> Facts:
        """The same subject with other values for some facts: for a rule that asks what would be."""
        return Facts({**self._values, **values})


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a share lacks: whose, and where it is put right."""

    label: str
    """«Ким Данил»; a name in the nominative."""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """«31 из 34, не хватает: …»: a figure that evidence lines and pages read by name, whoever keeps the register behind it."""

    done: int
    total: int
    missing: tuple[Missing, ...] = ()
    unit: str = ""
    """Word after the figures in the genitive plural: «согласий»."""

    @property
    def is_complete(self) -> bool:
        """Whether all is there; nothing out of nothing is not complete."""
        return self.total > 0 and self.done >= self.total


Check = Callable[[Facts, Actor, str, date], Iterable[Blocker]]


@dataclass(frozen=True, slots=True)
class Guard:
    """A named rule. `check(facts, actor, event, on_date)` gives a blocker for each thing that is missing, none if all is well."""

    name: str
    title: str
    """The claim in Russian, as the auditor reads it: «согласия на обработку данных получены»."""
    check: Check
    needs: tuple[str, ...] = ()
    """Names of facts; besides them every guard sees `process`, `fields`, `submitted`, `cause`, `settings`, `today`."""
    basis: str = ""
    """Regulation and article, or empty."""


FactsLoader = Callable[["Session", str, Sequence[str], date], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FactsProvider:
    """Loads one named fact for many subjects at once.

    `load(session, scope, subject_ids, on_date)` -> frozen value by subject id; statements must not grow with the number of ids.
    A subject that the answer lacks gets `default`. `subject` is the kind of subject («pair», «activity», …) or «organisation»: then
    the one id asked for is the organisation's and the value is shared by all.
    """

    name: str
    subject: str
    load: FactsLoader
    default: Any = None
    moved_by: tuple[str, ...] | None = None
    """Kinds of subject whose steps may change the value for OTHER subjects (a mentor's load: steps of other pairs).

    None: nobody's for a fact of the subject itself, everybody's for a fact of the organisation. Rows of a bulk step are
    judged together only over facts that their own steps can't move.
    """


_NAMED: ContextVar[frozenset[str]] = ContextVar("named_in_forms", default=frozenset())


def named_in_forms() -> frozenset[str]:
    """The ids and texts in the forms that are judged: for a fact of which rules ask only what a form names, out of very many."""
    return _NAMED.get()


@contextmanager
def naming(forms: Iterable[Mapping[str, Any]]) -> Iterator[None]:
    """Load facts inside of this block for some forms."""
    before = _NAMED.set(frozenset(value for form in forms for value in form.values() if isinstance(value, str)))
    try:
        yield
    finally:
        _NAMED.reset(before)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A severity and the layer of the profile that gave it."""

    severity: Severity
    source: str


class Profile(Protocol):
    """The rules of a place, as the engine asks for them. `workflows.organisations` gives the layered one."""

    @property
    def time_zone(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, Any]: ...

    def ruling(self, definition: str, event: str, guard: str, on_date: date) -> Ruling | None:
        """The severity that the place gives this guard here, or None: the definition's own holds."""


@dataclass(frozen=True, slots=True)
class PlainProfile:
    """A place without rules of its own."""

    time_zone: str = "Europe/Moscow"
    settings: Mapping[str, Any] = field(default_factory=lambda: EMPTY)

    def ruling(self, definition: str, event: str, guard: str, on_date: date) -> Ruling | None:
        return None
