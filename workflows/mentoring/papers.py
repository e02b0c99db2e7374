"""Papers of pairs: the facts that each kind asks for (shapes in plugins/papers.py), and the operations that prepare them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.unit_of_work import UnitOfWork, Write
from workflows.documents import operations as documents
from workflows.documents import queries as document_queries
from workflows.documents.consents import REPRESENTATIVE, who_signs
from workflows.documents.frozen_facts import person_facts
from workflows.documents.kinds import ADULT_CONSENT, DUTY_CONSENT, PERSONAL_DATA_CONSENTS, REPRESENTATIVE_CONSENT
from workflows.documents.operations import Issued
from workflows.documents.tables import Document
from workflows.mentoring import facts, queries
from workflows.mentoring.readiness import valid_personal_data_consent
from workflows.mentoring.tables import FORM_TITLES, Form, Pair, PairMember, Programme, Side
from workflows.mentoring.values import CASE, PAIR_ORDER, current
from workflows.organisations import queries as organisations
from workflows.organisations.tables import Person

Frozen = dict[str, Any]

INDIVIDUAL_PLAN = "individual_plan"
DISTRIBUTION_CONSENT = "distribution_consent"
CONSENT_DATA = (
    "фамилия, имя, отчество",
    "дата рождения",
    "класс или должность",
    "сведения об участии в программе: пара, встречи, план, результаты анкет",
)
CONSENT_ACTIONS = (
    *("сбор", "запись", "систематизация", "накопление", "хранение"),
    *("уточнение", "использование", "удаление", "уничтожение"),
)
"""152-ФЗ, article 3: what a school does with the data of a programme; nothing is passed on or published."""


# -- facts ------------------------------------------------------------------------------------------------------------


class _Register:
    """Pairs with programmes and members, loaded once for a paper."""

    def __init__(self, uow: UnitOfWork, pair_ids: Sequence[str]) -> None:
        self.uow = uow
        self.kind = organisations.organisation(uow.session, uow.scope).kind
        self.pairs = queries.pairs(uow.session, uow.scope, pair_ids)
        for pair_id in pair_ids:
            if pair_id not in self.pairs:
                raise NotFound("пара", pair_id)
        self.programmes = queries.programmes(uow.session, uow.scope, {row.programme_id for row in self.pairs.values()})
        rows = queries.members(uow.session, uow.scope, pair_ids)
        self.rows = {pair_id: current(of_pair) for pair_id, of_pair in rows.items()}

    def people(self, pair_id: str, side: str) -> list[Frozen]:
        return [person_facts(who, self.kind) for row, who in self.rows.get(pair_id, ()) if row.side == side]

    def pair(self, pair: Pair) -> Frozen:
        return {
            "mentors": self.people(pair.id, Side.MENTOR),
            "mentees": self.people(pair.id, Side.MENTEE),
            "form_title": form_title(pair.form),
            "start": pair.starts_on.isoformat(),
            "end": pair.ends_on.isoformat(),
        }

    def person(self, person_id: str | None) -> Frozen | None:
        if not person_id:
            return None
        return person_facts(organisations.person(self.uow.session, self.uow.scope, person_id), self.kind)


def form_title(form: str) -> str:
    """«ученик — ученик»; the code itself for a form that a plugin brought."""
    return FORM_TITLES[Form(form)] if form in set(Form) else form


def programme_facts(programme: Programme) -> Frozen:
    """{"title", "form_title", "start", "end", "basis"}."""
    return {
        "title": programme.title,
        "form_title": form_title(programme.form) or "по приказу",
        "start": programme.starts_on.isoformat(),
        "end": programme.ends_on.isoformat(),
        "basis": [],
    }


def pair_order_facts(
    uow: UnitOfWork,
    pair_ids: Sequence[str],
    *,
    day: date | None = None,
    plans_due: str = "",
    report_due: str = "",
    control_id: str | None = None,
) -> Frozen:
    """Facts of the order on some pairs of one programme as of a day (today). Raises InvalidInput, NotFound."""
    if not pair_ids:
        raise InvalidInput({"pairs": "Выберите хотя бы одну пару."})
    register = _Register(uow, pair_ids)
    if len(register.programmes) > 1:
        raise InvalidInput({"pairs": "Один приказ закрепляет пары одной программы. Выберите пары из одной."})
    programme = next(iter(register.programmes.values()))
    on_date = day or uow.today
    dues = {"plans_due": plans_due, "report_due": report_due}
    return {
        "programme": {
            **programme_facts(programme),
            "basis": _basis(uow, on_date),
            **{name: text for name, text in dues.items() if text},
            "max_mentees": uow.profile.settings.get("mentor.max_mentees", 5),
        },
        "pairs": [register.pair(register.pairs[pair_id]) for pair_id in pair_ids],
        "curator": register.person(programme.curator_id),
        "control": register.person(control_id),
        "consents_on_file": _all_consent(uow, pair_ids, on_date),
        "has_employees": _employees_teach_employees(register.rows.values()),
    }


def _basis(uow: UnitOfWork, day: date) -> list[str]:
    acts = document_queries.acts_in_force(uow.session, uow.scope, day)
    return [
        f"положением о наставничестве от {act.signed_on:%d.%m.%Y} № {act.number}"
        for act in acts
        if act.kind == "regulation"
    ]


def _all_consent(uow: UnitOfWork, pair_ids: Sequence[str], day: date) -> bool:
    members = facts.members(uow.session, uow.scope, pair_ids, day)
    consents = facts.member_consents(uow.session, uow.scope, pair_ids, day)
    return all(
        valid_personal_data_consent(
            member, consents.get(pair_id, {}).get(member.person_id, {}), uow.profile.settings, day
        )
        for pair_id in pair_ids
        for member in members.get(pair_id, ())
    )


def _employees_teach_employees(pairs: Iterable[Sequence[tuple[PairMember, Person]]]) -> bool:
    return any(
        {(Side.MENTOR.value, "employee"), (Side.MENTEE.value, "employee")}
        <= {(row.side, who.kind) for row, who in rows}
        for rows in pairs
    )


def individual_plan_facts(uow: UnitOfWork, pair_id: str) -> Frozen:
    """Facts of a pair's plan: its tasks as they stand in the register."""
    register = _Register(uow, [pair_id])
    pair = register.pairs[pair_id]
    programme = register.programmes[pair.programme_id]
    tasks = queries.plan_tasks(uow.session, uow.scope, [pair_id]).get(pair_id, [])
    requests = [
        row.request
        for row, who in queries.participants(uow.session, uow.scope, [programme.id], Side.MENTEE)
        if row.request and any(who.id == member.person_id for member, _who in register.rows.get(pair_id, ()))
    ]
    found: Frozen = {
        "pair": register.pair(pair),
        "programme": {"title": programme.title},
        "goal": pair.goal,
        "tasks": [
            {
                "title": task.title,
                "due": task.due_on.isoformat() if task.due_on else "в течение срока работы",
                "result": task.expected,
                **({"stage": task.stage} if task.stage else {}),
            }
            for task in tasks
        ],
    }
    if requests:
        found["request"] = "; ".join(requests)
    if curator := register.person(programme.curator_id):
        found["curator"] = curator
    return found


CASE_TEXTS = ("title", "problem", "resources", "result", "risks", "replicability", "contact")


def case_facts(uow: UnitOfWork, pair_id: str, texts: Mapping[str, str], steps: Sequence[str]) -> Frozen:
    """Facts of a case: what somebody has written, and whether everybody shown has consented to distribution."""
    register = _Register(uow, [pair_id])
    shown = [who.id for _row, who in register.rows.get(pair_id, ())]
    consents = document_queries.consents_on(uow.session, uow.scope, shown, (DISTRIBUTION_CONSENT,), uow.today)
    return {
        "pair": register.pair(register.pairs[pair_id]),
        **{name: texts.get(name, "").strip() for name in CASE_TEXTS},
        "steps": [step.strip() for step in steps if step.strip()],
        "consents_to_distribution": bool(shown)
        and all(
            DISTRIBUTION_CONSENT in consents.get(who, {}) and consents[who][DISTRIBUTION_CONSENT].is_valid
            for who in shown
        ),
    }


def consent_facts(programme: Programme) -> Frozen:
    """What all personal-data consents of a programme share: one purpose, the data, the actions, the term."""
    return {
        "purpose": f"участия в программе наставничества «{programme.title.strip('«»')}» и учёта её результатов",
        "data": list(CONSENT_DATA),
        "actions": list(CONSENT_ACTIONS),
        "term": f"завершения программы наставничества, но не позднее {programme.ends_on:%d.%m.%Y}",
    }


def duty_consent_facts(programme: Programme, *, volume: str = "", pay: str = "") -> Frozen:
    """What all duty consents of a programme share; role and mentees are each person's own."""
    return {"programme": programme_facts(programme), "volume": volume or None, "pay": pay or None}


# -- preparing --------------------------------------------------------------------------------------------------------


def prepare_pair_order(
    write: Write,
    pair_ids: Sequence[str],
    *,
    plans_due: str = "",
    report_due: str = "",
    control_id: str | None = None,
    remark: str = "",
) -> Document:
    """One draft order for many pairs of one programme. Raises InvalidInput with what blocks the paper."""
    ids = list(dict.fromkeys(pair_ids))
    frozen = pair_order_facts(write, ids, plans_due=plans_due, report_due=report_due, control_id=control_id)
    return documents.prepare(write, PAIR_ORDER, ids, facts=frozen, remark=remark)


def prepare_plan(write: Write, pair_id: str) -> Document:
    """A draft of the pair's individual plan from its tasks."""
    return documents.prepare(write, INDIVIDUAL_PLAN, [pair_id], facts=individual_plan_facts(write, pair_id))


def prepare_case(write: Write, pair_id: str, texts: Mapping[str, str], steps: Sequence[str]) -> Document:
    """A draft of the pair's case; `texts` by the names in `CASE_TEXTS`."""
    return documents.prepare(write, CASE, [pair_id], facts=case_facts(write, pair_id, texts, steps))


def prepare_consents(
    write: Write,
    programme_id: str,
    person_ids: Sequence[str],
    kind: str = "personal_data",
    *,
    volume: str = "",
    pay: str = "",
) -> list[Issued]:
    """Blanks for many people: `kind` "personal_data" chooses the form by age, else a code of a kind of consent."""
    programme = queries.programme(write.session, write.scope, programme_id)
    ids = list(dict.fromkeys(person_ids))
    if kind == DUTY_CONSENT:
        shared = duty_consent_facts(programme, volume=volume, pay=pay)
        return documents.issue_consents(write, kind, ids, facts=shared, facts_of=_duties(write, programme, ids))
    by_kind = _by_age(write, ids) if kind == "personal_data" else {kind: ids}
    shared = consent_facts(programme) if kind == "personal_data" or kind in PERSONAL_DATA_CONSENTS else {}
    issued = [
        one for code, people in by_kind.items() for one in documents.issue_consents(write, code, people, facts=shared)
    ]
    return sorted(issued, key=lambda one: ids.index(one.person_id))


def _by_age(write: Write, person_ids: Sequence[str]) -> dict[str, list[str]]:
    """People by the form that they hand in on the day."""
    found: dict[str, list[str]] = {}
    people = organisations.people(write.session, write.scope, person_ids)
    for person_id in person_ids:
        who = people.get(person_id)
        if who is None:
            raise NotFound("человек", person_id)
        signers = who_signs(who.kind, _age(who, write.today), write.profile.settings)
        code = REPRESENTATIVE_CONSENT if REPRESENTATIVE in signers else ADULT_CONSENT
        found.setdefault(code, []).append(person_id)
    return found


def _age(who: Person, day: date) -> int | None:
    born = who.birth_date
    return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _duties(write: Write, programme: Programme, person_ids: Sequence[str]) -> dict[str, Frozen]:
    """Role and mentees of each person by the live pairs of the programme; whoever has none yet by the bank."""
    kind = organisations.organisation(write.session, write.scope).kind
    banks = queries.participants(write.session, write.scope, [programme.id])
    sides = {who.id: row.side for row, who in banks if row.left_on is None}
    places = queries.memberships(write.session, write.scope, person_ids)
    own = [one for one in places if one.pair.programme_id == programme.id and one.member.left_on is None]
    rows = queries.members(write.session, write.scope, {one.pair.id for one in own})
    found: dict[str, Frozen] = {
        person_id: {"role": sides.get(person_id, Side.MENTOR.value), "mentees": []} for person_id in person_ids
    }
    for one in own:
        mine = found[one.member.person_id]
        mine["role"] = one.member.side
        if one.member.side == Side.MENTOR:
            of_pair = current(rows.get(one.pair.id, ()))
            mine["mentees"] += [person_facts(who, kind) for row, who in of_pair if row.side == Side.MENTEE]
    return found
