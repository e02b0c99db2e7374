"""Mending: what is under way already is entered as found, a wrong day is corrected, the last step is undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from workflow_core import queries
from workflow_core.definition import START, WorkflowDefinition
from workflow_core.exceptions import InvalidInput, NotFound, NotPermitted
from workflow_core.guards import EMPTY
from workflow_core.history import HistoryEntry
from workflow_core.judgement import not_permitted, role_for
from workflow_core.operations.asking import day_of, own_process
from workflow_core.operations.consequences import Effect
from workflow_core.operations.revoking import revoked_by
from workflow_core.operations.stepping import check_version, store, unborn
from workflow_core.replay import CORRECT, ENTER_AS_FOUND, MIGRATION, UNDO, UNIVERSAL, project
from workflow_core.state_mapping import NOWHERE
from workflow_core.tables import Process

if TYPE_CHECKING:
    from workflow_core.unit_of_work import UnitOfWork, Write


def enter_as_found(
    write: Write,
    definition_code: str,
    subject_kind: str,
    subject_id: str,
    state: str,
    *,
    happened_on: date | None = None,
    dates: Mapping[str, date] = EMPTY,
    remark: str = "",
    remembered: str = "",
) -> Process:
    """Bring a subject that is under way since before the programme was used straight into `state`. Once, without guards.

    `dates`: day on which earlier states were reached, as far as known. Raises NotPermitted, NotFound, InvalidInput.
    """
    write.session.flush()
    process = unborn(write, definition_code, subject_kind, subject_id)
    definition = write.definition(process.definition_hash)
    role = _verb_role(write, definition, ENTER_AS_FOUND, process)
    day = day_of(write, happened_on)
    for name in (state, *dates):
        definition.state(name)
    late = [name for name, reached in dates.items() if reached > day]
    if late:
        raise InvalidInput(
            {"dates": f"«{definition.state_title(late[0])}»: дата позже текущего этапа ({day:%d.%m.%Y})."}
        )
    entry = write.record(
        "step",
        subject_kind,
        subject_id,
        ENTER_AS_FOUND,
        version=1,
        definition_hash=definition.hash,
        from_state=START,
        to_state=state,
        actor_role=role,
        acts_for=_acts_for(write, role),
        happened_on=day,
        plugins=write.catalogue.giver_of("definition", definition.code),
        inputs={
            "state": state,
            "remembered": remembered,
            "dates": {name: reached.isoformat() for name, reached in dates.items()},
        },
        details=_by(write, role) | ({"remark": remark.strip()} if remark.strip() else {}),
    )
    entered = process._replace(
        state=state, remembered=remembered, version=1, since=day.isoformat(), updated_at=entry.recorded_at
    )
    store(write, [(process, entered, definition)])
    return entered


def correct(
    write: Write, process_id: str, seq: int, *, happened_on: date, why: str, expected_version: int | None = None
) -> Process:
    """Mend the day of an earlier step by a new entry; the old entry stays as it was. Raises NotFound, InvalidInput, NotPermitted."""
    process, definition, role = _for_verb(write, process_id, CORRECT, expected_version)
    wrong = queries.entry(write.session, write.scope, seq)
    steps = wrong is not None and wrong.subject_id == process_id and wrong.version and wrong.kind != MIGRATION
    if wrong is None or not steps or wrong.event in (CORRECT, UNDO):
        raise NotFound("запись", str(seq))
    if not why.strip():
        raise InvalidInput({"why": "Напишите, почему дата была неверной."})
    day = day_of(write, happened_on)
    inputs = {"column": "happened_on", "value": day.isoformat(), "was": wrong.happened_on}
    mended = _mend(write, process, definition, role, CORRECT, process.state, seq, inputs, why)
    for effect in _effects_of(write, wrong):
        if effect.redate:
            effect.redate(write, mended, wrong, day)
    return mended


def undo(write: Write, process_id: str, *, why: str, expected_version: int | None = None) -> Process:
    """Go back by one step; revokes nothing that is signed. Raises InvalidInput where the last step can't be taken back."""
    process, definition, role = _for_verb(write, process_id, UNDO, expected_version)
    if not why.strip():
        raise InvalidInput({"why": "Напишите, почему шаг отменяется."})
    projection = _projection(write, process_id)
    last = projection.done[-1] if projection.done else None
    if last is None or last.state_before == START:
        raise InvalidInput({"why": "Отменять нечего: это первая запись."})
    if last.entry.caused_by:
        raise InvalidInput(
            {
                "why": f"Этот шаг сделан документом (запись № {last.entry.caused_by}). Его отменяет другой документ, а не возврат."
            }
        )
    if last.state_before == NOWHERE:
        raise InvalidInput(
            {"why": "Шаг сделан по прежней редакции правил, и состояния до него в нынешней нет. Сделайте нужный шаг."}
        )
    if count := revoked_by(write.session, write.scope, process_id, last.entry.seq):
        raise InvalidInput(
            {
                "why": f"Этот шаг отменил и документы ({count}), обратно они не вернутся. Подготовьте их заново, а шаг оставьте."
            }
        )
    effects = _effects_of(write, last.entry)
    # The rules under which the step was made: after a migration they are not those in force.
    made_by = write.definition(last.entry.definition_hash)
    fixed = last.entry.event not in UNIVERSAL and not made_by.event(last.entry.event).undoable
    if fixed or not all(effect.take_back for effect in effects):
        raise InvalidInput(
            {"why": f"Шаг «{made_by.event(last.entry.event).title}» отменить нельзя: он изменил другие сведения."}
        )
    mended = _mend(write, process, definition, role, UNDO, last.state_before, last.entry.seq, {}, why)
    for effect in effects:
        assert effect.take_back is not None
        effect.take_back(write, mended, last.entry)
    return mended


def _effects_of(write: Write, entry: HistoryEntry) -> list[Effect]:
    """What the step of an entry changed in registers, by the rules under which it was made."""
    if entry.event in UNIVERSAL:
        return []
    event = write.definition(entry.definition_hash).event(entry.event)
    if gone := [name for name in event.does if name not in write.catalogue.effects]:
        text = f"Правила дополнения не установлены: нет записи в реестр «{gone[0]}», шаг «{event.title}» не исправить."
        raise InvalidInput({"why": text})
    return [write.catalogue.effects[name] for name in event.does]


def _mend(
    write: Write,
    process: Process,
    definition: WorkflowDefinition,
    role: str,
    verb: str,
    target: str,
    refers_to: int,
    inputs: Mapping[str, Any],
    why: str,
) -> Process:
    entry = write.record(
        "step",
        process.subject_kind,
        process.id,
        verb,
        version=process.version + 1,
        definition_hash=definition.hash,
        from_state=process.state,
        to_state=target,
        actor_role=role,
        acts_for=_acts_for(write, role),
        refers_to=refers_to,
        with_ground=True,
        inputs=inputs,
        details=_by(write, role) | {"ground": why.strip()},
    )
    projection = _projection(write, process.id)
    mended = process._replace(
        state=projection.state,
        remembered=projection.remembered,
        version=projection.version,
        since=projection.since,
        updated_at=entry.recorded_at,
    )
    store(write, [(process, mended, definition)])
    return mended


def _acts_for(write: Write, role: str) -> str:
    stand_in = write.actor.acts_for.get(role)
    return stand_in.person_id if stand_in else ""


def _by(write: Write, role: str) -> dict[str, Any]:
    """Who did it, for the erasable details: «Ларина Т. И.», and whom they stood in for."""
    stand_in = write.actor.acts_for.get(role)
    return {"actor": write.actor.name, **({"acts_for": stand_in.text} if stand_in else {})}


def _projection(uow: UnitOfWork, process_id: str) -> Any:
    return project(queries.entries_of(uow.session, uow.scope, [process_id]).get(process_id, []), uow.definition)


def _for_verb(
    write: Write, process_id: str, verb: str, expected_version: int | None
) -> tuple[Process, WorkflowDefinition, str]:
    write.session.flush()
    process = own_process(write, queries.process(write.session, process_id), process_id)
    definition = write.definition(process.definition_hash)
    check_version(write, process, expected_version)
    return process, definition, _verb_role(write, definition, verb, process)


def _verb_role(write: Write, definition: WorkflowDefinition, verb: str, process: Process) -> str:
    roles = definition.verb(verb).roles
    role = role_for(write, write.actor, roles, process)
    if not role:
        raise NotPermitted(f"{not_permitted(write, roles, write.actor).text}.", roles)
    return role
