"""Rules of items: pure claims over frozen facts. How much each weighs is said by `activity.yaml` and the profile.

A figure that is known to be short («31 из 34») and a paper that is itself the result are asked for with a ground; a paper that
merely shows what was done, on an item that nobody accepts, is a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from workflow_core.guards import Actor, Blocker, Facts, Guard, Link
from workflows.organisations.policy import DISTRICT, HEAD
from workflows.road_maps.evidence import Evidence, LineState

ACCEPTED_BY = {"head": "руководитель", "district": "отдел образования"}
_ROLE_OF = {"head": HEAD, "district": DISTRICT}
RESPONSIBLE_FOR_IT = "Куратор или ответственный за пункт"
CONTROL_SHEET = "control_sheet"
NAMES_SHOWN = 5
"""Names of a short figure that stand in the sentence itself."""


def evidence_complete(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    for line in facts.evidence.lines:
        if not line.done and _is_result(line, facts.evidence):
            yield _lacking(line, facts)


def evidence_shown(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    for line in facts.evidence.lines:
        if not line.done and not _is_result(line, facts.evidence):
            yield _lacking(line, facts)


def _is_result(line: LineState, evidence: Evidence) -> bool:
    return line.kind != "document" or evidence.acceptance == "paper"


def _lacking(line: LineState, facts: Facts) -> Blocker:
    names = ", ".join(one.label for one in line.missing[:NAMES_SHOWN])
    more = len(line.missing) - NAMES_SHOWN
    lacking = f"Не хватает: {names}{f' и ещё {more}' if more > 0 else ''}" if names and line.kind != "document" else ""
    remedy = "Внесите подписанный документ" if line.kind == "document" else "Внесите то, чего не хватает"
    link = next((one.link for one in line.missing if one.link), None)
    return Blocker(
        "evidence_missing",
        f"{line.title}: {line.text}",
        lacking or remedy,
        RESPONSIBLE_FOR_IT,
        link or Link("open_activity", facts.process.id, "Открыть пункт"),
        {"kind": line.kind, "done": line.share.done, "total": line.share.total} if line.share else {},
    )


def no_acceptance_due(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    who = ACCEPTED_BY.get(facts.evidence.acceptance)
    if who:
        yield Blocker(
            "acceptance_due",
            f"Этот пункт принимает {who}",
            "Сдайте его на приёмку",
            who,
            Link("report_activity", facts.process.id, "Сдать на приёмку"),
        )


def result_given(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    evidence = facts.evidence
    if not facts.submitted or facts.fields.get("result") or evidence.facts or evidence.done:
        return
    yield Blocker(
        "result_missing",
        "Не сказано, что получилось",
        "Заполните поле «Что получилось» или запишите, что сделано",
        RESPONSIBLE_FOR_IT,
        Link("log_fact", facts.process.id, "Записать, что сделано"),
    )


def control_sheet(facts: Facts, actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    """Who accepts in person needs no paper; anybody else accepts by a signed control sheet."""
    acceptance = facts.evidence.acceptance
    entitled = {_ROLE_OF[acceptance]} if acceptance in _ROLE_OF else {HEAD, DISTRICT}
    if entitled & actor.roles:
        return
    given = facts.fields.get("control_sheet")
    standing = {paper.id for paper in facts.papers_in_force if CONTROL_SHEET in paper.evidence_codes}
    # While a page only asks, a sheet that could be named is enough.
    if given in standing or (not given and not facts.submitted and standing):
        return
    who = ACCEPTED_BY.get(acceptance, "руководитель")
    text = "Выбран не лист контроля, или он не подписан" if given else "Не указан лист контроля"
    yield Blocker(
        "control_sheet_missing",
        text,
        f"Без него пункт принимает {who}",
        who,
        Link("enter_document", facts.process.id, "Внести лист контроля"),
    )


GUARDS = (
    Guard("evidence_complete", "то, что подтверждает выполнение, есть", evidence_complete, ("evidence",)),
    Guard("evidence_shown", "документы о выполнении внесены", evidence_shown, ("evidence",)),
    Guard("no_acceptance_due", "пункт не ждёт приёмки другим человеком", no_acceptance_due, ("evidence",)),
    Guard("result_given", "сказано, что получилось", result_given, ("evidence",)),
    Guard(
        "control_sheet",
        "принимает тот, кому поручено, или есть подписанный лист контроля",
        control_sheet,
        ("evidence", "papers_in_force"),
    ),
)
