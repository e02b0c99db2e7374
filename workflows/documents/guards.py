"""Rules of papers: who may sign on the day, whether a number is free, whether an act stands. Pure.

While a page only asks, the form's fields are absent: then a rule speaks only of what no form could mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from workflow_core.guards import EMPTY, Actor, Blocker, Facts, Guard, Link
from workflows.documents.consents import REPRESENTATIVE, SELF, who_signs, years
from workflows.documents.facts import ConsentSigners, PossibleSigner, SignatoryTerm
from workflows.documents.kinds import ADULT_CONSENT, DUTY_CONSENT, REPRESENTATIVE_CONSENT
from workflows.documents.numbers import clash
from workflows.documents.papers import ActInForce

_RELATIONS = {"мать": "mother", "отец": "father", "опекун": "guardian", "попечитель": "guardian"}


def signatory_on(terms: Iterable[SignatoryTerm], person_id: str, day: date) -> SignatoryTerm | None:
    """The dated right to sign that somebody has on the day."""
    return next((term for term in terms if term.person_id == person_id and term.covers(day)), None)


def _no_right_to_sign(terms: Iterable[SignatoryTerm], person_id: str, day: date) -> Iterator[Blocker]:
    """Whether this person, or with none named anybody, may sign for the organisation on the day."""
    terms = tuple(terms)
    who = "Администратор или руководитель: подписывающие с датами"
    link = Link("signatories", "", "Указать, кто подписывает")
    values = {"signatory": person_id, "signed_on": day.isoformat()}
    if not person_id:
        if not any(term.covers(day) for term in terms):
            text = f"На {day:%d.%m.%Y} не указано, кто подписывает за организацию"
            yield Blocker("no_signatory", text, "Назначьте подписывающего с датами", who, link, values)
    elif signatory_on(terms, person_id, day) is None:
        own = [term for term in terms if term.person_id == person_id]
        name = own[0].name if own else "Этот человек"
        known = "; ".join(_dates(term) for term in own)
        explanation = f"Право подписи: {known}" if known else "Права подписи за организацию нет"
        text = f"{name}: нет права подписи на {day:%d.%m.%Y}"
        yield Blocker("signatory_not_entitled", text, explanation, who, link, values)


def _dates(term: SignatoryTerm) -> str:
    until = f" по {term.valid_to:%d.%m.%Y}" if term.valid_to else ""
    return f"с {term.valid_from:%d.%m.%Y}{until}"


def signatory_entitled(facts: Facts, _actor: Actor, _event: str, on_date: date) -> list[Blocker]:
    """An act is signed by the head or by an acting head within the dates of the order."""
    day = facts.fields.get("signed_on") or on_date
    return [*_no_right_to_sign(facts.signatory_terms, facts.fields.get("signatory") or "", day)]


def number_free(facts: Facts, _actor: Actor, _event: str, on_date: date) -> list[Blocker]:
    """A number stands once in the journal of a calendar year."""
    number, day = facts.fields.get("number"), facts.fields.get("signed_on") or on_date
    if not number or facts.paper is None:
        return []
    taken = clash(facts.taken_numbers, facts.paper.kind, number, day, besides=facts.paper.id)
    if taken is None:
        return []
    text = f"Номер {number} в {day.year} году уже есть: «{taken.title}» от {taken.signed_on:%d.%m.%Y}"
    link = Link("document", taken.document_id, "Открыть этот документ")
    values = {"number": number, "document": taken.document_id}
    return [Blocker("number_taken", text, "Номера одного журнала за год не повторяются", "Куратор", link, values)]


def act_in_force(facts: Facts, _actor: Actor, event: str, on_date: date) -> list[Blocker]:
    """An act is changed and repealed only by another act that is in force."""
    by_act = facts.fields.get("by_act")
    if not by_act:
        return [] if any(act.id != facts.process.id for act in facts.acts_in_force) else [_no_act(on_date)]
    if by_act == facts.process.id:
        text = "Документ не может изменить или отменить сам себя"
        return [Blocker("same_act", text, "Выберите другой приказ", "Куратор")]
    return [*_not_in_force(facts.acts_in_force, by_act, on_date)]


def _no_act(day: date) -> Blocker:
    """No form could name one: said before anybody fills it in."""
    text = f"На {day:%d.%m.%Y} нет другого действующего приказа"
    link = Link("enter_act", "", "Внести приказ")
    return Blocker("no_act_in_force", text, "Сначала зарегистрируйте или внесите приказ", "Куратор", link)


def _not_in_force(acts: Iterable[ActInForce], act_id: str, day: date) -> Iterator[Blocker]:
    if not any(act.id == act_id for act in acts):
        text = f"Выбранный приказ на {day:%d.%m.%Y} не действует"
        link = Link("document", act_id, "Открыть приказ")
        yield Blocker("act_not_in_force", text, "Сначала его нужно зарегистрировать", "Куратор", link)


def term_given(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> list[Blocker]:
    """An agreement names its term (ТК art. 351.8: the terms are written down)."""
    if not facts.fields or facts.fields.get("valid_until"):
        return []
    return [Blocker("no_term", "Не указан срок действия", "Впишите день, до которого действует соглашение", "Куратор")]


def approval_given(facts: Facts, _actor: Actor, _event: str, on_date: date) -> list[Blocker]:
    """A working paper is approved by an act in force or by the signature of somebody who may sign."""
    by_act, signatory = facts.fields.get("by_act"), facts.fields.get("signatory")
    if by_act:
        return [*_not_in_force(facts.acts_in_force, by_act, on_date)]
    if signatory or not facts.acts_in_force:
        return [*_no_right_to_sign(facts.signatory_terms, signatory or "", on_date)]
    return []


# -- consents ---------------------------------------------------------------------------------------------------------


def signers_needed(
    signers: ConsentSigners, kind: str, day: date, settings: Mapping[str, Any] = EMPTY
) -> frozenset[str]:
    """{"self"}, {"representative"} or both for a consent of this kind, by the age on the day of signing."""
    if kind == DUTY_CONSENT:
        return frozenset({SELF})
    return who_signs(signers.kind, years(signers.birth_date, day), settings)


def default_signer(
    signers: ConsentSigners, kind: str, day: date, settings: Mapping[str, Any] = EMPTY, printed: str = ""
) -> tuple[str, str]:
    """(person, capacity) of who signs by age; of several parents the one whom the blank names. Empty if nobody is known."""
    if REPRESENTATIVE not in signers_needed(signers, kind, day, settings):
        return signers.person_id, "self"
    adults = sorted(signers.representatives, key=lambda adult: adult.person_id != printed)
    return (adults[0].person_id, capacity(adults[0])) if adults else ("", "")


def capacity(adult: PossibleSigner | None) -> str:
    """Code of the form for a relation: «мать» -> mother; somebody unknown to the register is «other»."""
    return _RELATIONS.get(adult.relation.strip().casefold(), "other") if adult else "other"


def signer_entitled(facts: Facts, _actor: Actor, _event: str, on_date: date) -> list[Blocker]:
    """The consent is signed by who has to at the age on the day of signing (152-ФЗ art. 9, setting of the place)."""
    signers, paper = facts.consent_signers, facts.paper
    if signers is None or paper is None:
        return []
    day = facts.fields.get("signed_on") or on_date
    fields = facts.fields
    return [
        *signer_blockers(
            signers, paper.kind, day, facts.settings, fields.get("signer") or "", fields.get("signed_as") or ""
        )
    ]


def not_before_signing(facts: Facts, _actor: Actor, _event: str, on_date: date) -> list[Blocker]:
    """Nothing is taken back or replaced before it was signed (152-ФЗ art. 9 part 2: a consent that was given is revoked)."""
    signed_on = facts.paper.signed_on if facts.paper else None
    if signed_on is None or signed_on <= on_date:
        return []
    text = f"{on_date:%d.%m.%Y} документ ещё не был подписан: дата подписания {signed_on:%d.%m.%Y}"
    explanation = "Укажите день не раньше подписания"
    return [Blocker("before_signing", text, explanation, "Куратор", None, {"signed_on": signed_on.isoformat()})]


def signer_blockers(
    signers: ConsentSigners, kind: str, day: date, settings: Mapping[str, Any], signer: str, signed_as: str = ""
) -> Iterator[Blocker]:
    """What is wrong with a consent of this kind signed by `signer` (empty: whoever signs by age) on the day."""
    needed = signers_needed(signers, kind, day, settings)
    card = Link("person", signers.person_id, "Открыть карточку")
    values = {"person": signers.person_id, "needed": sorted(needed), "signer": signer}

    def blocker(code: str, what: str, explanation: str, link: Link = card) -> Blocker:
        who = _names(signers, needed) or "Куратор"
        return Blocker(code, f"{signers.label}: {what}", explanation, who, link, values)

    why = _why(signers, needed, day)
    if kind == REPRESENTATIVE_CONSENT and REPRESENTATIVE not in needed:
        yield blocker("of_age", "согласие даёт сам участник", why)
    elif kind == ADULT_CONSENT and REPRESENTATIVE in needed:
        yield blocker("representative_needed", "нужно согласие законного представителя", why)
    elif REPRESENTATIVE in needed and not signers.representatives:
        add = Link("add_representative", signers.person_id, "Указать представителя")
        yield blocker("no_representative", "не указан законный представитель", "Добавьте его в карточке ученика", add)
    elif signer and signer not in _allowed(signers, kind, needed):
        yield blocker("signer_not_entitled", "подписал не тот, кто должен", why)
    elif signer and signed_as and (signed_as == "self") != (signer == signers.person_id):
        yield blocker("capacity_wrong", "не сходится, кто подписал и в качестве кого", "Проверьте оба поля")


def _allowed(signers: ConsentSigners, kind: str, needed: frozenset[str]) -> set[str]:
    adults = {adult.person_id for adult in signers.representatives}
    if kind == DUTY_CONSENT:
        return {signers.person_id}
    return adults if REPRESENTATIVE in needed else {signers.person_id}


def _why(signers: ConsentSigners, needed: frozenset[str], day: date) -> str:
    age = years(signers.birth_date, day)
    if signers.kind == "pupil" and age is None:
        return "Не указана дата рождения, поэтому ученик считается несовершеннолетним"
    who = {
        frozenset({SELF}): "подписывает сам участник",
        frozenset({REPRESENTATIVE}): "подписывает законный представитель",
    }.get(needed, "подписывают законный представитель и ученик")
    return f"На {day:%d.%m.%Y} {who}" + (f": полных лет {age}" if age is not None else "")


def _names(signers: ConsentSigners, needed: frozenset[str]) -> str:
    adults = [f"{adult.name} ({adult.relation})" for adult in signers.representatives]
    names = adults if REPRESENTATIVE in needed else []
    return ", ".join([*names, *([signers.label] if SELF in needed else [])])


GUARDS = (
    Guard(
        "signatory_entitled",
        "подписал тот, у кого в этот день право подписи",
        signatory_entitled,
        needs=("signatory_terms",),
        basis="Устав организации; приказ об исполнении обязанностей",
    ),
    Guard("number_free", "номер в этом году свободен", number_free, needs=("paper", "taken_numbers")),
    Guard("act_in_force", "изменяющий приказ действует", act_in_force, needs=("acts_in_force",)),
    Guard("term_given", "срок действия указан", term_given, basis="ТК РФ, статья 351.8"),
    Guard(
        "approval_given",
        "утверждено действующим приказом или тем, у кого право подписи",
        approval_given,
        needs=("acts_in_force", "signatory_terms"),
    ),
    Guard(
        "not_before_signing",
        "не раньше дня подписания",
        not_before_signing,
        needs=("paper",),
        basis="Федеральный закон от 27.07.2006 № 152-ФЗ, статья 9, часть 2",
    ),
    Guard(
        "signer_entitled",
        "подписал тот, кто подписывает по возрасту",
        signer_entitled,
        needs=("paper", "consent_signers"),
        basis="Федеральный закон от 27.07.2006 № 152-ФЗ, статья 9",
    ),
)
