"""What people and papers must be there before a pair is fixed, works, or is closed: consents, agreements, orders, answers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from workflow_core.guards import EMPTY, Actor, Blocker, Check, Facts, Guard, Link
from workflows.documents.consents import (
    REPRESENTATIVE,
    UNTIL_SETTING,
    ConsentState,
    personal_data_consent,
    who_signs,
)
from workflows.documents.kinds import DUTY_CONSENT, REPRESENTATIVE_CONSENT
from workflows.mentoring.tables import FeedbackStage, Side
from workflows.mentoring.values import Member, PairOrders

LABOUR_LAW_SINCE = date(2025, 3, 1)
"""Labour Code, article 351.8, is in force since this day (Federal Law 381-FZ of 09.11.2024)."""
PARTICIPATION_CONSENT = "participation_consent"
PERSONAL_DATA_LAW = "Федеральный закон № 152-ФЗ, статья 9"
LABOUR_LAW = "Трудовой кодекс, статья 351.8"

Consents = Mapping[str, ConsentState]


# -- consents ---------------------------------------------------------------------------------------------------------


def valid_personal_data_consent(member: Member, consents: Consents, settings: Mapping[str, Any], day: date) -> bool:
    """Whether the consent that the person's age asks for on the day holds on it."""
    found = personal_data_consent(consents)
    if found is None or not found.is_valid:
        return False
    if REPRESENTATIVE not in who_signs(member.kind, member.age_on(day), settings):
        return True
    for_the_child = consents.get(REPRESENTATIVE_CONSENT)
    return for_the_child is not None and for_the_child.is_valid


def valid_duty_consent(consents: Consents) -> bool:
    """Whether somebody's own consent to the duties holds on the day that the consents were asked for."""
    found = consents.get(DUTY_CONSENT)
    return found is not None and found.is_valid


def gives_duty_consent(side: str, kind: str, settings: Mapping[str, Any] = EMPTY) -> bool:
    """Who consents to duties: every mentor, and adults who are mentored (seeds 000 1.1, 003 1/2); pupils have none.

    The setting `duty_consent.of` may ask mentors alone.
    """
    return side == Side.MENTOR or (kind != "pupil" and settings.get("duty_consent.of") != "mentors")


def personal_data_blocker(
    member: Member, consents: Consents, settings: Mapping[str, Any], day: date, who: str
) -> Blocker | None:
    """What is wrong with somebody's consent to the processing of personal data; None if nothing is."""
    if valid_personal_data_consent(member, consents, settings, day):
        return None
    signers = who_signs(member.kind, member.age_on(day), settings)
    needs_adult = REPRESENTATIVE in signers
    papers = [consents[REPRESENTATIVE_CONSENT]] if needs_adult and REPRESENTATIVE_CONSENT in consents else []
    best = papers[0] if papers else (None if needs_adult else personal_data_consent(consents))
    if needs_adult and not member.representatives:
        link = Link("add_representative", member.person_id, "Указать представителя")
    elif best is not None and best.state == "expected":
        link = Link("receive_consent", member.person_id, "Отметить получение")
    else:
        link = Link("issue_consent", member.person_id, "Подготовить согласие")
    return Blocker(
        "consent_missing" if best is None or best.state == "expected" else "consent_not_valid",
        f"{member.name}: {_lack(best, day)}",
        _who_signs_text(member, settings, day, both=len(signers) > 1) if needs_adult else "Подписывает сам участник",
        who,
        link,
        {"person": member.person_id, "age": member.age_on(day), "document": best.document_id if best else ""},
    )


def _lack(paper: ConsentState | None, day: date) -> str:
    what = "согласи{} на обработку данных"
    if paper is None or paper.state == "expected":
        return f"нет {what.format('я')}"
    if paper.revoked_on is not None and paper.revoked_on <= day:
        return f"{what.format('е')} отозвано {paper.revoked_on:%d.%m.%Y}"
    if paper.valid_to is not None and paper.valid_to < day:
        return f"{what.format('е')} действовало до {paper.valid_to:%d.%m.%Y}"
    if paper.signed_on is not None and paper.signed_on > day:
        return f"{what.format('е')} подписано только {paper.signed_on:%d.%m.%Y}"
    return f"нет {what.format('я')}"


def _who_signs_text(member: Member, settings: Mapping[str, Any], day: date, *, both: bool) -> str:
    age = member.age_on(day)
    until = settings.get(UNTIL_SETTING, 14)
    if age is None:
        why = "дата рождения не указана"
    elif age < until:
        why = f"ученику нет {until} лет"
    else:
        why = f"ученику {age}, нет 18 лет"
    if not member.representatives:
        return f"Подписывает законный представитель, он не указан: {why}"
    adults = " или ".join(f"{one.relation}, {one.name}" for one in member.representatives)
    signs = f"Подписывают ученик и законный представитель ({adults})" if both else f"Подписывает {adults}"
    return f"{signs}: {why}"


def personal_data_consents(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    for member in facts.members:
        consents = facts.member_consents.get(member.person_id, {})
        found = personal_data_blocker(member, consents, facts.settings, on_date, facts.programme.curator)
        if found:
            yield found


def duty_consents(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    for member in facts.members:
        consents = facts.member_consents.get(member.person_id, {})
        if not gives_duty_consent(member.side, member.kind, facts.settings) or valid_duty_consent(consents):
            continue
        expected = consents.get(DUTY_CONSENT)
        waiting = expected is not None and expected.state == "expected"
        yield Blocker(
            "duty_consent_missing",
            f"{member.name}: нет согласия на возложение обязанностей",
            "Даёт сам участник до приказа" if member.is_mentor else "Даёт сам участник",
            facts.programme.curator,
            Link("receive_duty_consent", member.person_id, "Отметить получение")
            if waiting
            else Link("issue_duty_consent", member.person_id, "Подготовить согласие"),
            {"person": member.person_id},
        )


def participation_agreed(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    for member in facts.members:
        if member.kind != "pupil" or not member.is_minor(on_date):
            continue
        consents = facts.member_consents.get(member.person_id, {})
        own = consents.get(PARTICIPATION_CONSENT)
        if own is not None and own.is_valid:
            continue
        yield Blocker(
            "participation_not_agreed",
            f"{member.name}: нет согласия законного представителя на участие",
            _who_signs_text(member, {UNTIL_SETTING: 18}, on_date, both=False),
            facts.programme.curator,
            Link("enter_participation", member.person_id, "Внести согласие"),
            {"person": member.person_id},
        )


def employee_agreement(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    if on_date < LABOUR_LAW_SINCE or not any(m.kind == "employee" and not m.is_mentor for m in facts.members):
        return
    for member in facts.members:
        if member.is_mentor and member.kind == "employee" and member.person_id not in facts.agreements:
            yield Blocker(
                "agreement_missing",
                f"{member.name}: нет соглашения о работе наставником",
                "Содержание, срок и оплату закрепляет соглашение к трудовому договору",
                facts.programme.head,
                Link("enter_agreement", member.person_id, "Внести соглашение"),
                {"person": member.person_id},
            )


def admission_blocker(member: Member, day: date, who: str) -> Blocker | None:
    """An outside adult works with minors only after a check; None if there is nothing to check or it is done."""
    checked = member.admission_checked_on
    if member.kind not in ("outside", "parent") or (checked is not None and checked <= day):
        return None
    return Blocker(
        "admission_not_checked",
        f"{member.name}: допуск к работе с детьми не проверен",
        "Приглашённый взрослый работает с несовершеннолетними после проверки документов",
        who,
        Link("edit_person", member.person_id, "Отметить проверку"),
        {"person": member.person_id},
    )


def admission_checked(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    if not any(not member.is_mentor and member.is_minor(on_date) for member in facts.members):
        return
    for member in facts.members:
        if member.is_mentor and (found := admission_blocker(member, on_date, facts.programme.curator)):
            yield found


# -- newcomers --------------------------------------------------------------------------------------------------------


def newcomer_chosen(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    """Who joins stands in the bank of the programme; who leaves is a member."""
    joins, leaves = facts.fields.get("joins"), facts.fields.get("leaves")
    if leaves and leaves not in {member.person_id for member in facts.members}:
        yield Blocker(
            "no_member",
            "Кто выходит: этого участника в паре нет",
            "Выберите того, кто состоит в паре",
            facts.programme.curator,
            values={"person": leaves},
        )
    if joins and joins not in facts.candidates:
        yield Blocker(
            "not_in_bank",
            "Кто входит: нет в банке этой программы",
            "Сначала внесите участника в программу",
            facts.programme.curator,
            Link("enrol", joins, "Внести в программу"),
        )


def of_newcomers(rule: Check) -> Check:
    """A rule about everybody (each finding names a `person`), asked only of those of whom the change makes it ask."""

    def check(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterator[Blocker]:
        after = _after_the_change(facts)
        if after is None:
            return
        before = {blocker.values.get("person") for blocker in rule(facts, actor, event, on_date)}
        for blocker in rule(after, actor, event, on_date):
            if blocker.values.get("person") not in before:
                yield blocker

    return check


def _after_the_change(facts: Facts) -> Facts | None:
    """The pair as it will be; None where nobody joins whom the bank knows."""
    joins, leaves = facts.fields.get("joins"), facts.fields.get("leaves")
    candidate = facts.candidates.get(joins) if joins else None
    if candidate is None:
        return None
    newcomer = replace(candidate.member, side=facts.fields.get("joins_as") or candidate.member.side)
    staying = tuple(member for member in facts.members if member.person_id != leaves)
    consents = {**facts.member_consents, newcomer.person_id: candidate.consents}
    return facts.but(members=(*staying, newcomer), member_consents=consents)


newcomer_consent = of_newcomers(personal_data_consents)
newcomer_duty_consent = of_newcomers(duty_consents)
newcomer_agreement = of_newcomers(employee_agreement)
newcomer_admission = of_newcomers(admission_checked)
newcomer_participation = of_newcomers(participation_agreed)


def newcomers_ready(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterator[Blocker]:
    """What the first two editions of pairs ask when somebody joins."""
    for rule in (newcomer_chosen, newcomer_consent, newcomer_admission):
        yield from rule(facts, actor, event, on_date)


# -- papers and answers -----------------------------------------------------------------------------------------------


def order_in_force(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    orders: PairOrders = facts.orders
    if facts.settings.get("form.without_order") or orders.standing:
        return
    # Asked beforehand what its registration would do, an order counts as signed on the day that is asked about.
    registered_now = any(one.document_id == facts.cause for one in orders.waiting)
    if registered_now and (orders.needed_since is None or on_date >= orders.needed_since):
        return
    if orders.waiting:
        order = orders.waiting[0]
        where = "на подписи" if order.state == "at_signing" else "в проекте"
        yield Blocker(
            "order_not_registered",
            f"Приказ о закреплении {where}, не зарегистрирован",
            "Пары закрепляет зарегистрированный приказ, сразу все, которые в нём названы",
            facts.programme.head if order.state == "at_signing" else facts.programme.curator,
            Link("register_order", order.document_id, "Зарегистрировать приказ"),
            {"order": order.document_id},
        )
        return
    after = f" после {orders.needed_since:%d.%m.%Y}" if orders.needed_since else ""
    yield Blocker(
        "no_order",
        f"Нет приказа о закреплении{after}",
        "Нового наставника закрепляет новый приказ" if after else "Один приказ может назвать много пар",
        facts.programme.curator,
        Link("prepare_order", facts.process.id, "Подготовить приказ"),
    )


def feedback_collected(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    yield from _unanswered(
        facts, on_date, (FeedbackStage.FEEDBACK, FeedbackStage.EXIT), "no_feedback", "нет обратной связи"
    )


def exit_questionnaire(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    yield from _unanswered(facts, on_date, (FeedbackStage.EXIT,), "no_exit_questionnaire", "нет итоговой анкеты")


def answers_action(stages: Sequence[str]) -> str:
    """Where answers are entered that were missed: the questionnaire that the rule asks for, not another one."""
    return "collect_feedback" if FeedbackStage.FEEDBACK in stages else "collect_exit"


def _unanswered(facts: Facts, day: date, stages: tuple[str, ...], code: str, text: str) -> Iterator[Blocker]:
    answered = {answer.person_id for answer in facts.feedback if answer.stage in stages and answer.given_on <= day}
    for member in facts.members:
        if member.person_id not in answered:
            yield Blocker(
                code,
                f"{member.name}: {text}",
                "Ответы дают обе стороны",
                facts.programme.curator,
                Link(answers_action(stages), facts.process.id, "Внести ответы"),
                {"person": member.person_id},
            )


def case_written(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    if not facts.cases:
        yield Blocker(
            "no_case",
            "Кейса (описания практики) нет",
            "Описание практики просит дорожная карта организации",
            facts.programme.curator,
            Link("write_case", facts.process.id, "Написать кейс"),
        )


_CONSENTS = ("members", "member_consents", "programme")
NEWCOMERS = (*_CONSENTS, "candidates")
"""Facts by which a rule about newcomers knows the pair as it will be."""
READINESS_GUARDS = (
    Guard(
        "personal_data_consents",
        "согласия на обработку данных получены",
        personal_data_consents,
        _CONSENTS,
        PERSONAL_DATA_LAW,
    ),
    Guard("duty_consents", "согласия на возложение обязанностей получены", duty_consents, _CONSENTS),
    Guard(
        "employee_agreement",
        "соглашения с работниками заключены",
        employee_agreement,
        ("members", "agreements", "programme"),
        LABOUR_LAW,
    ),
    Guard(
        "admission_checked",
        "допуск приглашённых взрослых проверен",
        admission_checked,
        ("members", "programme"),
        "Трудовой кодекс, статья 351.1",
    ),
    Guard("participation_agreed", "представители согласны на участие", participation_agreed, _CONSENTS),
    Guard("newcomers_ready", "новые участники готовы", newcomers_ready, NEWCOMERS),
    Guard(
        "newcomer_chosen",
        "кто входит и кто выходит, указано верно",
        newcomer_chosen,
        ("members", "candidates", "programme"),
    ),
    Guard(
        "newcomer_consent",
        "согласие нового участника на обработку данных получено",
        newcomer_consent,
        NEWCOMERS,
        PERSONAL_DATA_LAW,
    ),
    Guard(
        "newcomer_duty_consent",
        "согласие нового участника на возложение обязанностей получено",
        newcomer_duty_consent,
        NEWCOMERS,
    ),
    Guard(
        "newcomer_agreement",
        "соглашение с работником, который станет наставником, заключено",
        newcomer_agreement,
        (*NEWCOMERS, "agreements"),
        LABOUR_LAW,
    ),
    Guard(
        "newcomer_admission",
        "допуск приглашённого взрослого к новым участникам проверен",
        newcomer_admission,
        NEWCOMERS,
        "Трудовой кодекс, статья 351.1",
    ),
    Guard(
        "newcomer_participation",
        "представитель нового участника согласен на участие",
        newcomer_participation,
        NEWCOMERS,
    ),
    Guard("order_in_force", "приказ о закреплении действует", order_in_force, ("orders", "programme")),
    Guard("feedback_collected", "обратная связь собрана", feedback_collected, ("members", "feedback", "programme")),
    Guard("exit_questionnaire", "итоговые анкеты собраны", exit_questionnaire, ("members", "feedback", "programme")),
    Guard("case_written", "кейс написан", case_written, ("cases", "programme")),
)
