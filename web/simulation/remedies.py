"""What a simulated school does about each thing that stands in the way: code of the finding -> public operation that mends it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.exceptions import NotFound
from workflow_core.guards import Blocker
from workflow_core.simulation import GROUND, Errand, Remedy
from workflow_core.unit_of_work import Read
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.documents.consents import expected_kind
from workflows.documents.kinds import DUTY_CONSENT, PERSONAL_DATA_CONSENTS, evidence_codes, known_kinds
from workflows.documents.operations import Received
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import journal
from workflows.mentoring import operations as mentoring
from workflows.mentoring import papers as pair_papers
from workflows.mentoring import queries as pairs
from workflows.mentoring.journal import FeedbackRow, MeetingRow, TaskRow
from workflows.mentoring.papers import CASE_TEXTS
from workflows.mentoring.tables import FeedbackStage, MeetingKind, Side
from workflows.organisations import operations as organisations
from workflows.organisations import queries as people
from workflows.road_maps import queries as items

if TYPE_CHECKING:
    from web.simulation.school import School

CONSENT, ORDER, PLAN, ANSWERS = "согласие", "приказ", "план", "анкета"


def of(school: School) -> dict[str, Remedy]:
    """All that this school knows to mend."""
    consent = Remedy(partial(_personal_data, school), CONSENT)
    meeting = {f"no_{kind}_meeting": Remedy(partial(_meeting, school, kind)) for kind in MeetingKind}
    return {
        "consent_missing": consent,
        "consent_not_valid": consent,
        "duty_consent_missing": Remedy(partial(_duty_consent, school), "согласие на обязанности"),
        "participation_not_agreed": Remedy(partial(_participation, school), "согласие на участие"),
        "agreement_missing": Remedy(partial(_agreement, school), "соглашение с работником"),
        "admission_not_checked": Remedy(partial(_admission, school)),
        "not_in_bank": Remedy(partial(_bank, school)),
        "no_representative": Remedy(partial(_representative, school)),
        "no_order": Remedy(partial(_order, school), ORDER),
        "order_not_registered": Remedy(partial(_register, school), ORDER),
        **meeting,
        "no_plan": Remedy(partial(_plan, school), PLAN),
        "plan_not_approved": Remedy(partial(_approve_plan, school), "утверждение плана"),
        "no_approved_plan": Remedy(partial(_approve_plan, school), "утверждение плана"),
        "plan_share": Remedy(partial(_task, school)),
        "not_handed_over": Remedy(partial(_hand_over, school), "запись о передаче"),
        "no_feedback": Remedy(partial(_answer, school, FeedbackStage.FEEDBACK), ANSWERS),
        "no_exit_questionnaire": Remedy(partial(_answer, school, FeedbackStage.EXIT), ANSWERS),
        "no_case": Remedy(partial(_case, school), "кейс"),
        "evidence_missing": Remedy(partial(_evidence, school), "документ о выполнении", _is_mendable_evidence),
        "control_sheet_missing": Remedy(partial(_control_sheet, school), "лист контроля"),
    }


# -- consents ---------------------------------------------------------------------------------------------------------


def _person(blocker: Blocker) -> str:
    """Whom a finding is about."""
    return str(blocker.values.get("person") or (blocker.link.target if blocker.link else ""))


def _programme(school: School, read: Read, errand: Errand) -> str:
    return pairs.pair(read.session, school.scope, errand.process.id).programme_id


def _personal_data(school: School, errand: Errand) -> None:
    """First somebody who may sign, then a blank, then its receipt: each at a look of its own."""
    person_id = _person(errand.blocker)
    if errand.blocker.link and errand.blocker.link.action == "add_representative":
        _representative(school, errand)
        return
    with school.read() as read:
        who = people.person(read.session, school.scope, person_id)
        age = errand.blocker.values.get("age")
        kind = expected_kind(who.kind, age, read.profile.settings)
        kinds = (kind, *(one for one in PERSONAL_DATA_CONSENTS if one != kind))
        waiting = [papers.open_consents(read.session, school.scope, [person_id], one).get(person_id) for one in kinds]
        programme_id = _programme(school, read, errand)
    _collect(school, programme_id, person_id, "personal_data", waiting[0])


def _duty_consent(school: School, errand: Errand) -> None:
    person_id = _person(errand.blocker)
    with school.read() as read:
        waiting = papers.open_consents(read.session, school.scope, [person_id], DUTY_CONSENT).get(person_id)
        programme_id = _programme(school, read, errand)
    _collect(school, programme_id, person_id, DUTY_CONSENT, waiting)


def _collect(school: School, programme_id: str, person_id: str, kind: str, waiting: str | None) -> None:
    with school.write(operation="receive_consents" if waiting else "issue_consents") as write:
        if waiting:
            documents.receive_consents(write, [Received(waiting, write.today, ground=GROUND)])
        else:
            pair_papers.prepare_consents(write, programme_id, [person_id], kind)


def _participation(school: School, errand: Errand) -> None:
    with school.write(operation="enter_ready") as write:
        enter_ready(write, ReadyPaper("participation_consent", write.today, person_id=_person(errand.blocker)))


def _representative(school: School, errand: Errand) -> None:
    with school.write(operation="add_representative") as write:
        school.add_parent(write, _person(errand.blocker))


# -- people -----------------------------------------------------------------------------------------------------------


def _agreement(school: School, errand: Errand) -> None:
    paper = ReadyPaper(
        "labour_agreement",
        school.today,
        signatory=school.office["head"],
        subjects=(("person", _person(errand.blocker)),),
    )
    with school.write(operation="enter_ready") as write:
        enter_ready(write, paper)


def _admission(school: School, errand: Errand) -> None:
    with school.write(operation="change_person") as write:
        organisations.change_person(write, _person(errand.blocker), admission_checked_on=write.today)


def _bank(school: School, errand: Errand) -> None:
    with school.write(operation="enrol") as write:
        programme_id = pairs.pair(write.session, school.scope, errand.process.id).programme_id
        side = Side.MENTOR if errand.event.name == "replace_mentor" else Side.MENTEE
        mentoring.enrol(write, programme_id, [_person(errand.blocker)], side)


# -- orders and plans -------------------------------------------------------------------------------------------------


def _order(school: School, errand: Errand) -> None:
    """One order for the pair and for all others of its programme that wait for one."""
    with school.write(operation="prepare_pair_order") as write:
        programme_id = pairs.pair(write.session, school.scope, errand.process.id).programme_id
        waiting = [
            row.id
            for row, state in pairs.programme_pairs(write.session, school.scope, [programme_id])
            if state == "proposed" and row.id != errand.process.id
        ]
        pair_papers.prepare_pair_order(write, [errand.process.id, *sorted(waiting)[:3]])


def _register(school: School, errand: Errand) -> None:
    order = str(errand.blocker.values["order"])
    with school.read() as read:
        found = core.process(read.session, order)
    if found is None or found.state not in ("draft", "at_signing"):
        return  # another pair of the same order was quicker
    with school.write(operation="register") as write:
        documents.register(
            write,
            order,
            number=school.number(),
            signed_on=write.today,
            signatory=school.office["head"],
            grounds={errand.process.id: GROUND},
        )


def _plan(school: School, errand: Errand) -> None:
    with school.write(operation="save_plan") as write:
        rows = [TaskRow(f"Задача {place}", expected="Получилось") for place in (1, 2)]
        journal.save_plan(write, errand.process.id, rows, goal="Цель имитации")


def _approve_plan(school: School, errand: Errand) -> None:
    """A plan, then its paper, then the head's signature on it."""
    with school.read() as read:
        tasks = pairs.plan_tasks(read.session, school.scope, [errand.process.id]).get(errand.process.id)
        lines = papers.papers_of(read.session, school.scope, "pair", [errand.process.id]).get(errand.process.id, [])
        open_papers = [
            line.id for line in lines if line.kind == "individual_plan" and line.state in ("draft", "agreed")
        ]
    if not tasks:
        _plan(school, errand)
    elif not open_papers:
        with school.write(operation="prepare_plan") as write:
            pair_papers.prepare_plan(write, errand.process.id)
    else:
        with school.write("head", "approve") as write:
            engine.fire(write, open_papers[0], "approve", fields={"signatory": school.office["head"]})


def _task(school: School, errand: Errand) -> None:
    with school.write(operation="complete_task") as write:
        tasks = pairs.plan_tasks(write.session, school.scope, [errand.process.id]).get(errand.process.id, [])
        for task in [one for one in tasks if one.done_on is None][:1]:
            journal.complete_task(write, task.id, result="Получилось")


def _hand_over(school: School, errand: Errand) -> None:
    paper = ReadyPaper(
        "meeting_journal",
        school.today,
        signatory=school.office["head"],
        subjects=(("pair", errand.process.id),),
    )
    with school.write(operation="enter_ready") as write:
        enter_ready(write, paper)


# -- meetings and answers ---------------------------------------------------------------------------------------------


def _meeting(school: School, kind: MeetingKind, errand: Errand) -> None:
    with school.write(operation="record_meetings") as write:
        journal.record_meetings(write, [MeetingRow(errand.process.id, write.today, kind=kind)])


def _answer(school: School, stage: FeedbackStage, errand: Errand) -> None:
    with school.write(operation="record_feedback") as write:
        journal.record_feedback(write, [FeedbackRow(errand.process.id, _person(errand.blocker), stage, satisfied=True)])


def _case(school: School, errand: Errand) -> None:
    with school.write(operation="prepare_case") as write:
        texts = dict.fromkeys(CASE_TEXTS, "Описание имитации")
        pair_papers.prepare_case(write, errand.process.id, texts, ["Шаг"])


# -- items ------------------------------------------------------------------------------------------------------------


def _is_mendable_evidence(blocker: Blocker) -> bool:
    """A paper can be entered and a time reported; a figure of the whole school is nobody's single errand."""
    return blocker.values.get("kind", "document") in ("document", "occurrences")


def _evidence(school: School, errand: Errand) -> None:
    activity_id = errand.process.id
    with school.read() as read:
        times = items.occurrences(read.session, school.scope, [activity_id]).get(activity_id, [])
        lines = items.evidence_lines(read.session, school.scope, [activity_id]).get(activity_id, [])
        wanted = next((one.document for one in lines if errand.blocker.text.startswith(f"{one.title}:")), "")
        kinds = known_kinds(read.catalogue)
    waiting = [time.id for time in times if not time.done_on]
    if waiting and errand.blocker.values:
        with school.write(operation="log_fact") as write:
            fields = {"text": "Сделано при имитации", "occurrence": waiting[0]}
            engine.fire(write, activity_id, "log_fact", fields=fields)
        return
    kind = next((code for code in kinds if wanted in evidence_codes(code)), None) if wanted else None
    if kind is None:
        raise NotFound("вид документа", wanted or errand.blocker.text)
    _enter_about(school, kind, activity_id)


def _control_sheet(school: School, errand: Errand) -> None:
    _enter_about(school, "control_sheet", errand.process.id)


def _enter_about(school: School, kind: str, activity_id: str) -> None:
    with school.write(operation="enter_ready") as write:
        about = (("activity", activity_id),)
        paper = ReadyPaper(kind, write.today, school.number(), signatory=school.office["head"], subjects=about)
        enter_ready(write, paper)


__all__ = ["of"]
