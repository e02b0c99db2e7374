"""Migrating: processes that run by an old edition of their rules go over to a new one, rehearsed first.

A process keeps the definition on its row until somebody moves it. The rehearsal says what would become of each and changes
nothing; the run moves them in chunks, one entry each, and what a broken run has left is found again by its old hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workflow_core import queries, timers
from workflow_core.definition import EventDefinition, StateDefinition, WorkflowDefinition
from workflow_core.exceptions import ConcurrentTransition, Finding, InvalidDefinition, NotPermitted
from workflow_core.guards import EMPTY, SEVERITY_ORDER, SYSTEM, Actor, Blocker
from workflow_core.judgement import Outlook, Question, judge, not_permitted, role_for
from workflow_core.operations import queries as rarely
from workflow_core.operations.requests import RowResult
from workflow_core.replay import MIGRATE, MIGRATION
from workflow_core.state_mapping import NotCarried, StateMapping
from workflow_core.tables import Process

if TYPE_CHECKING:
    from workflow_core.unit_of_work import ProcessEngine, UnitOfWork, Write

CHUNK = 300
"""Processes moved in one transaction: other writers of the organisation wait no longer than that."""
ROLES = ("administrator",)


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """Which processes go over to which definition, and what their states are called there."""

    sources: tuple[str, ...]
    """Hashes of the definitions that are left."""
    target: WorkflowDefinition
    states: Mapping[str, str]
    remembered: Mapping[str, str]
    warnings: tuple[Finding, ...] = ()

    def mapping(self, source: WorkflowDefinition) -> StateMapping:
        """What concerns processes of one of the old definitions."""
        return StateMapping(
            source.hash,
            {old: new for old, new in self.states.items() if old in source.states and old != new},
            {old: new for old, new in self.remembered.items() if old in source.states},
        )


@dataclass(frozen=True, slots=True)
class NewlyMissing:
    """Something that the new rules ask for at a step and the old ones did not, or less strictly."""

    event: str
    title: str
    """The button of the step."""
    blocker: Blocker


@dataclass(frozen=True, slots=True)
class Fate:
    """What a migration would make of one process."""

    process_id: str
    subject_kind: str
    from_hash: str
    from_state: str
    from_title: str
    to_state: str
    """Empty where the process can't be moved."""
    to_title: str
    remembered: str
    limit_before: date | None
    """Last day of the time limit of the state under the old rules; None where it has none."""
    limit_after: date | None
    missing: tuple[NewlyMissing, ...] = ()
    notes: tuple[str, ...] = ()
    obstacle: str = ""
    """Why it can't be moved; empty if it can."""

    @property
    def can_move(self) -> bool:
        return not self.obstacle

    @property
    def limit_moves(self) -> bool:
        return self.can_move and self.limit_before != self.limit_after


# -- the plan ---------------------------------------------------------------------------------------------------------


def plan_migration(
    uow: UnitOfWork,
    code: str,
    *,
    source: str = "",
    target: str = "",
    states: Mapping[str, str] = EMPTY,
    remembered: Mapping[str, str] = EMPTY,
) -> MigrationPlan:
    """Find the definitions meant and check the mapping against them; `InvalidDefinition` carries all that is wrong.

    `source`: a version or the beginning of a hash; empty: every edition of `code` but the target. `target`: another code, or
    the beginning of a hash; empty: what is installed now under `code`.
    """
    known = rarely.editions(uow.session)
    found, findings = _target(uow, known, code, target)
    if found is None:
        raise InvalidDefinition(findings)
    hashes = _sources(known, code, source, found, findings)
    plan = MigrationPlan(hashes, found, dict(states), dict(remembered))
    olds = [uow.definition(each) for each in hashes]
    findings += [*_names(plan, olds), *_installed(uow, found)]
    if findings:
        raise InvalidDefinition(findings)
    return replace(plan, warnings=tuple(_lost(plan, olds)))


def _target(
    uow: UnitOfWork, known: Sequence[rarely.Edition], code: str, target: str
) -> tuple[WorkflowDefinition | None, list[Finding]]:
    installed = uow.catalogue.definitions
    if (target or code) in installed:
        return installed[target or code], []
    hashes = [one.hash for one in known if target and one.hash.startswith(target)]
    if len(hashes) == 1:
        return uow.definition(hashes[0]), []
    names = ", ".join(sorted(installed))
    text = f"Правила «{target or code}» не установлены, и такой редакции в базе нет; есть: {names}."
    return None, [Finding("unknown_target", text)]


def _sources(
    known: Sequence[rarely.Edition], code: str, source: str, target: WorkflowDefinition, findings: list[Finding]
) -> tuple[str, ...]:
    own = [one for one in known if one.code == code and one.hash != target.hash]
    # Four digits are a version, not the beginning of a hash: nobody has changed a lifecycle ten thousand times.
    is_version = source.isdigit() and len(source) <= 4
    found = [
        one for one in own if not source or (one.version == int(source) if is_version else one.hash.startswith(source))
    ]
    if source and not found:
        editions = ", ".join(f"{one.version} ({one.hash[:12]})" for one in own) or "других нет"
        findings.append(
            Finding("unknown_source", f"Прежней редакции «{source}» правил «{code}» нет; есть: {editions}.")
        )
    return tuple(one.hash for one in found)


def _names(plan: MigrationPlan, olds: Sequence[WorkflowDefinition]) -> Iterator[Finding]:
    """Names in the mapping that stand nowhere, rules about something else."""
    for old in olds:
        if old.subject != plan.target.subject:
            text = f"Правила «{old.title}» о другом ({old.subject}), чем «{plan.target.title}» ({plan.target.subject})."
            yield Finding("other_subject", text)
    before = {name for old in olds for name in old.states}
    for what, rows in (("states", plan.states), ("remembered", plan.remembered)):
        for old_name, new_name in rows.items():
            if olds and old_name not in before:
                text = f"{what}: состояния «{old_name}» в прежней редакции нет; есть: {', '.join(sorted(before))}."
                yield Finding("unknown_state", text)
            if new_name not in plan.target.states:
                text = f"{what}: состояния «{new_name}» в новой редакции нет; есть: {', '.join(plan.target.states)}."
                yield Finding("unknown_state", text)


def _installed(uow: UnitOfWork, target: WorkflowDefinition) -> Iterator[Finding]:
    """What the new rules name and no plugin gives: nothing could be done by them."""
    known = uow.catalogue
    for event in target.events:
        named: list[tuple[str, str, Mapping[str, Any]]] = []
        named += [("проверка", use.name, known.guards) for use in event.guards]
        named += [("запись в реестр", name, known.effects) for name in event.does]
        named += [("следствие", name, known.consequences) for name in event.then]
        for what, name, installed in named:
            if name not in installed:
                yield Finding("not_installed", f"Шаг «{event.title}»: {what} «{name}» не установлена.")


def _lost(plan: MigrationPlan, olds: Sequence[WorkflowDefinition]) -> Iterator[Finding]:
    """States of before without a counterpart: whoever stands there stays behind."""
    for name, title in {name: state.title for old in olds for name, state in old.states.items()}.items():
        if plan.states.get(name, name) not in plan.target.states:
            text = f"Состояния «{title}» ({name}) в новой редакции нет, и соответствие ему не указано."
            yield Finding("lost_state", text, "warning")


# -- the rehearsal ----------------------------------------------------------------------------------------------------


def rehearse_migration(uow: UnitOfWork, plan: MigrationPlan) -> list[Fate]:
    """What would become of each process of the organisation; changes nothing. Facts are loaded in bulk."""
    fates: list[Fate] = []
    after = ""
    while page := rarely.processes_on(uow.session, uow.scope, plan.sources, after, CHUNK):
        fates += _fates(uow, plan, page)
        after = page[-1].id
    return fates


def _fates(uow: UnitOfWork, plan: MigrationPlan, processes: Sequence[Process]) -> list[Fate]:
    moved: dict[str, Process] = {}
    obstacles: dict[str, str] = {}
    for process in processes:
        try:
            moved[process.id] = _moved(uow, plan, process)
        except NotCarried as exc:
            obstacles[process.id] = str(exc)
    before = _outlooks(uow, [(one, uow.definition(one.definition_hash)) for one in processes if one.id in moved])
    after = _outlooks(uow, [(one, plan.target) for one in moved.values()])
    return [
        _fate(
            uow, plan, one, moved.get(one.id), obstacles.get(one.id, ""), before.get(one.id, []), after.get(one.id, [])
        )
        for one in processes
    ]


def _moved(uow: UnitOfWork, plan: MigrationPlan, process: Process) -> Process:
    """The process as it would stand. Raises NotCarried."""
    mapping = plan.mapping(uow.definition(process.definition_hash))
    state, remembered = mapping.carry(plan.target, process.state, process.remembered)
    return process._replace(
        definition_code=plan.target.code,
        definition_hash=plan.target.hash,
        state=state,
        remembered=remembered,
        version=process.version + 1,
    )


def _fate(
    uow: UnitOfWork,
    plan: MigrationPlan,
    process: Process,
    moved: Process | None,
    obstacle: str,
    before: Sequence[Outlook],
    after: Sequence[Outlook],
) -> Fate:
    old = uow.definition(process.definition_hash)
    fate = Fate(
        process.id,
        process.subject_kind,
        process.definition_hash,
        process.state,
        old.state_title(process.state),
        "",
        "",
        "",
        limit_day(old.state(process.state), process.since, uow.profile.settings),
        None,
        obstacle=obstacle,
    )
    if moved is None:
        return fate
    new = plan.target.state(moved.state)
    return replace(
        fate,
        to_state=moved.state,
        to_title=new.title,
        remembered=moved.remembered,
        limit_after=limit_day(new, moved.since, uow.profile.settings),
        missing=tuple(_missing(before, after)),
        notes=tuple(_notes(old.state(process.state), new)),
    )


def limit_day(state: StateDefinition, since: str, settings: Mapping[str, Any]) -> date | None:
    """The last day of a state's time limit; None for a state without one."""
    days = timers.limit_days(state, settings)
    return date.fromisoformat(since) + timedelta(days=days) if days else None


def _notes(old: StateDefinition, new: StateDefinition) -> Iterator[str]:
    if old.final is None and new.final is not None:
        yield f"«{new.title}» — конец пути: шаги закончатся без итоговых проверок."
    if old.final is not None and new.final is None:
        yield f"«{new.title}» — не конец пути: работа продолжится."


def _outlooks(uow: UnitOfWork, rows: Sequence[tuple[Process, WorkflowDefinition]]) -> dict[str, list[Outlook]]:
    """What stands in the way of every step of each process today, by the rules given."""
    questions = [
        Question(process, definition, _askable(uow, event), uow.today)
        for process, definition in rows
        for event in definition.events_from(process.state)
    ]
    found: dict[str, list[Outlook]] = {}
    for outlook in judge(uow, SYSTEM, questions):
        found.setdefault(outlook.question.process.id, []).append(outlook)
    return found


def _askable(uow: UnitOfWork, event: EventDefinition) -> EventDefinition:
    """The event without rules of plugins that are gone: what nobody can ask any more asks for nothing."""
    return replace(event, guards=tuple(use for use in event.guards if use.name in uow.catalogue.guards))


def _missing(before: Sequence[Outlook], after: Sequence[Outlook]) -> Iterator[NewlyMissing]:
    """Blockers of the new rules that the old ones did not raise at the same step (at any, for a new step), or less strictly."""
    old = {outlook.event.name: _weights(outlook.blockers) for outlook in before}
    anywhere = {key: weight for weights in old.values() for key, weight in weights.items()}
    for outlook in after:
        known = old.get(outlook.event.name, anywhere)
        for blocker in outlook.blockers:
            weight = SEVERITY_ORDER.index(blocker.severity)
            if weight < known.get((blocker.guard, blocker.code, blocker.text), len(SEVERITY_ORDER)):
                yield NewlyMissing(outlook.event.name, outlook.event.title, blocker)


def _weights(blockers: Sequence[Blocker]) -> dict[tuple[str, str, str], int]:
    return {(one.guard, one.code, one.text): SEVERITY_ORDER.index(one.severity) for one in blockers}


# -- the run ----------------------------------------------------------------------------------------------------------


def migrate(write: Write, plan: MigrationPlan, process_ids: Sequence[str]) -> list[RowResult]:
    """Move some processes over; a result per row. Who has been moved already is left alone. Raises NotPermitted."""
    role = role_for(write, write.actor, ROLES)
    if not role:
        raise NotPermitted(f"{not_permitted(write, ROLES).text}.", ROLES)
    write.session.flush()
    # A command may come before the program was started with the new rules.
    target = plan.target
    queries.store_definition(
        write.session, target.hash, target.code, target.version, target.to_json(), write.recorded_at
    )
    found = queries.processes(write.session, process_ids)
    moves: list[timers.Move] = []
    rows = [_move(write, plan, role, process_id, found.get(process_id), moves) for process_id in process_ids]
    timers.follow(write, moves)
    return rows


def _move(
    write: Write, plan: MigrationPlan, role: str, process_id: str, process: Process | None, moves: list[timers.Move]
) -> RowResult:
    if process is None or process.scope_id != write.scope:
        return RowResult(process_id, False, "Такой записи нет.")
    if process.definition_hash == plan.target.hash:
        return RowResult(process_id, True, "Уже идёт по новым правилам.")
    if process.definition_hash not in plan.sources:
        return RowResult(process_id, False, "Идёт по другой редакции правил.")
    try:
        moved = _moved(write, plan, process)
    except NotCarried as exc:
        return RowResult(process_id, False, str(exc))
    entry = write.record(
        MIGRATION,
        process.subject_kind,
        process.id,
        MIGRATE,
        version=moved.version,
        definition_hash=moved.definition_hash,
        from_state=process.state,
        to_state=moved.state,
        actor_role=role,
        inputs=plan.mapping(write.definition(process.definition_hash)).inputs(),
        details={"actor": write.actor.name},
    )
    moved = moved._replace(updated_at=entry.recorded_at)
    if rarely.change_edition(write.session, moved, process.version) != 1:
        raise ConcurrentTransition(process.id, process.state, process.version, process.version + 1)
    moves.append((process, moved, plan.target))
    return RowResult(process_id, True, f"Теперь «{plan.target.state_title(moved.state)}»", seq=entry.seq)


def run_migration(
    engine: ProcessEngine,
    scope: str,
    actor: Actor,
    plan: MigrationPlan,
    *,
    clock: Callable[[], datetime],
    chunk: int = CHUNK,
) -> Iterator[list[RowResult]]:
    """Move all of an organisation, a transaction a chunk; what a run that was broken off has left is what this one finds."""
    after = ""
    while True:
        with engine.write(scope, actor, now=clock(), operation=MIGRATE) as write:
            page = rarely.processes_on(write.session, scope, plan.sources, after, chunk)
            rows = migrate(write, plan, [one.id for one in page]) if page else []
        if not rows:
            return
        yield rows
        after = page[-1].id
