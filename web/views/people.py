"""People as the pages show them: rows of the list, one person with all that belongs to them, by what the reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from web.formatting import count, russian_date, school_year_of
from web.links import link_url
from web.views import queries
from web.views.addresses import address
from web.views.story import StoryLine, story_of
from workflow_core.amounts import NOTHING, Amount
from workflow_core.exceptions import NotFound
from workflow_core.guards import Actor, Link
from workflow_core.unit_of_work import Read
from workflows.documents import queries as papers
from workflows.documents.consents import SIGNED_AS, ConsentState, expected_kind, personal_data_consent
from workflows.documents.kinds import PERSONAL_DATA_CONSENTS, known_kinds
from workflows.mentoring import queries as mentoring
from workflows.mentoring.status import STATUS_TITLES, participant_statuses
from workflows.mentoring.tables import SIDE_TITLES, Side
from workflows.mentoring.values import pair_label
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations
from workflows.organisations.names import CASES
from workflows.organisations.queries import PeopleFilter
from workflows.organisations.tables import Person, PersonKind

CASE_TITLES: Mapping[str, str] = {
    "nom": "кто",
    "gen": "кого (нет)",
    "dat": "кому",
    "acc": "кого (вижу)",
    "ins": "кем",
}
KIND_PLURALS: Mapping[str, str] = {
    PersonKind.PUPIL: "Ученики",
    PersonKind.EMPLOYEE: "Сотрудники",
    PersonKind.PARENT: "Родители",
    PersonKind.OUTSIDE: "Приглашённые",
}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list."""

    id: str
    name: str
    kind: str
    place: str
    status: str
    """«наставник, в паре»."""
    consent: tuple[str, str]
    """(kind of tag, word) where something is missing; two empty texts for the normal case."""
    url: str


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A page of the list."""

    rows: tuple[PersonRow, ...]
    found: Amount
    counts: Mapping[str, Amount]
    """People who are here by kind."""
    classes: tuple[str, ...]
    next_after: str

    @property
    def total(self) -> Amount:
        """All who are here."""
        return sum(self.counts.values(), NOTHING)


def people_list(read: Read, actor: Actor, wanted: PeopleFilter, after: str) -> PeopleList:
    """A page of people; a mentor sees those of own pairs. Raises NotPermitted."""
    policy.require(actor, "people.read", own=True)
    session, scope = read.session, read.scope
    if not policy.may(actor, "people.read"):
        shown = sorted(
            organisations.people(session, scope, own_people(read, actor)).values(), key=lambda one: one.sort_key
        )
        kinds = {kind: Amount(sum(one.kind == kind for one in shown)) for kind in {one.kind for one in shown}}
        return PeopleList(_rows(read, shown), Amount(len(shown)), kinds, (), "")
    page = organisations.people_page(session, scope, wanted, after=after)
    return PeopleList(
        _rows(read, page.people),
        # Where only a walk through everybody would tell, the page itself says how many there are at least.
        organisations.count_people(session, scope, wanted) or Amount(len(page.people), bool(page.next_after or after)),
        organisations.people_by_kind(session, scope, read.today),
        tuple(organisations.class_names(session, scope)),
        page.next_after,
    )


def own_people(read: Read, actor: Actor) -> set[str]:
    """The people of the pairs that somebody is in, and they themselves."""
    if not actor.person_id:
        return set()
    own = mentoring.memberships(read.session, read.scope, [actor.person_id])
    members = mentoring.members(read.session, read.scope, {one.pair.id for one in own if one.member.left_on is None})
    return {actor.person_id, *(who.id for rows in members.values() for _row, who in rows)}


def _rows(read: Read, shown: Sequence[Person]) -> tuple[PersonRow, ...]:
    ids = [one.id for one in shown]
    lines = queries.participants_of(read.session, read.scope, ids)
    statuses = participant_statuses(read.session, read.scope, lines)
    of_person: dict[str, str] = {}
    for line in lines:
        of_person[line.person_id] = f"{SIDE_TITLES[Side(line.side)]}, {STATUS_TITLES[statuses[line.id]]}"
    consents = papers.consents_on(read.session, read.scope, ids, PERSONAL_DATA_CONSENTS, read.today)
    return tuple(
        PersonRow(
            one.id,
            people.full_name(one),
            people.KIND_TITLES.get(one.kind, ""),
            people.place_of_person(one),
            of_person.get(one.id, ""),
            _consent_tag(read, one, consents.get(one.id, {}), one.id in of_person),
            address("people.show", one.id),
        )
        for one in shown
    )


def _consent_tag(read: Read, person: Person, states: Mapping[str, ConsentState], takes_part: bool) -> tuple[str, str]:
    if not people.is_here(person, read.today):
        return "plain", "выбытие"
    state = personal_data_consent(states)
    if not takes_part:
        return "", ""
    if state is None or not state.is_valid:
        return "amber", "Нет согласия"
    return ("amber", "Нужно новое согласие") if state.needs_new(read.profile.settings) else ("", "")


# -- one person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a panel: what, a grey note, where it leads."""

    title: str
    note: str = ""
    url: str = ""
    sign: str = ""
    """missing | done | waits | ahead, or empty."""
    action: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person with all that belongs to them."""

    id: str
    name: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    hides_personal: bool
    representatives: tuple[tuple[str, Line], ...]
    """(id of the link, line)."""
    represents: tuple[Line, ...]
    consents: tuple[Line, ...]
    pairs: tuple[Line, ...]
    banks: tuple[Line, ...]
    programmes: tuple[tuple[str, str], ...]
    """Programmes that somebody may be enrolled into now."""
    roles: tuple[Line, ...]
    name_forms: tuple[tuple[str, str, str], ...]
    """(case, full, short)."""
    is_certain: bool
    """Whether the cases are known; if not, somebody has to say."""
    is_pupil: bool
    story: tuple[StoryLine, ...]


def person_page(read: Read, actor: Actor, person_id: str) -> PersonPage:
    """One person. Raises NotFound, for somebody who is not the reader's own too."""
    policy.require(actor, "people.read", own=True)
    person = organisations.person(read.session, read.scope, person_id)
    if not policy.may(actor, "people.read") and person_id not in own_people(read, actor):
        raise NotFound("человек", person_id)
    personal = policy.may(actor, policy.PERSONAL_READ)
    links = organisations.representatives_of(read.session, read.scope, [person.id]).get(person.id, [])
    return PersonPage(
        id=person.id,
        name=people.full_name(person),
        sentence=_sentence(person, read.today, personal),
        facts=tuple(_facts(person, personal)),
        hides_personal=not personal,
        representatives=tuple((link.id, _adult(link.relation, adult, link.basis)) for link, adult in links),
        represents=tuple(
            Line(people.full_name(pupil), pupil.class_name, address("people.show", pupil.id))
            for _link, pupil in organisations.represented_by(read.session, read.scope, person.id)
        ),
        consents=tuple(_consents(read, person)),
        pairs=tuple(_pairs(read, person)),
        banks=tuple(_banks(read, person)),
        programmes=tuple(
            (one.id, one.title) for one in mentoring.current_programmes(read.session, read.scope, read.today)
        ),
        roles=tuple(_roles(read, person)),
        name_forms=tuple(_forms(person)),
        is_certain=bool(person.name_forms.get("certain")),
        is_pupil=person.kind == PersonKind.PUPIL,
        story=tuple(story_of(read, [person.id], 4)) if policy.may(actor, "history.read") else (),
    )


def has_personal_data(read: Read, person_id: str) -> bool:
    """Whether opening the page shows anything that is worth recording as seen."""
    person = organisations.person(read.session, read.scope, person_id)
    return bool(person.birth_date or person.phone or person.email)


def _sentence(person: Person, today: date, personal: bool) -> str:
    age = people.age_on(person, today) if personal else None
    parts = [people.KIND_TITLES.get(person.kind, ""), people.place_of_person(person)]
    parts.append(count(age, "год", "года", "лет") if age is not None else "")
    if person.left_on and not people.is_here(person, today):
        parts.append(f"выбытие {russian_date(person.left_on)}")
    words = ", ".join(part for part in parts if part)
    return f"{words[:1].upper()}{words[1:]}."


def _facts(person: Person, personal: bool) -> list[tuple[str, str]]:
    rows = [("Пол", {"m": "мужской", "f": "женский"}.get(person.sex, "не указан"))]
    if person.class_name:
        rows.append(("Класс", person.class_name))
    if person.post:
        rows.append(("Должность", person.post))
    if personal:
        rows.append(("Дата рождения", russian_date(person.birth_date) if person.birth_date else "не указана"))
        rows += [("Телефон", person.phone)] if person.phone else []
        rows += [("Почта", person.email)] if person.email else []
    if person.kind == PersonKind.OUTSIDE:
        checked = person.admission_checked_on
        rows.append(("Допуск к работе с детьми", f"проверен {russian_date(checked)}" if checked else "не проверен"))
    if person.left_on:
        rows.append(("Выбытие", russian_date(person.left_on)))
    return rows


def _adult(relation: str, adult: Person, basis: str) -> Line:
    note = f"{relation}, {basis}" if basis else relation
    return Line(people.full_name(adult), note, address("people.show", adult.id))


def _consents(read: Read, person: Person) -> list[Line]:
    """The consents of today: those that are there, then the one that is lacking."""
    settings, today = read.profile.settings, read.today
    states = papers.consents_on(read.session, read.scope, [person.id], (), today).get(person.id, {})
    signers = organisations.people(
        read.session, read.scope, [state.signed_by_id for state in states.values() if state.signed_by_id]
    )
    kinds = known_kinds(read.catalogue)
    found = [
        _consent(read, kinds[kind].title if kind in kinds else kind, state, signers.get(state.signed_by_id))
        for kind, state in states.items()
    ]
    wanted = expected_kind(person.kind, people.age_on(person, today), settings)
    if personal_data_consent(states) is None and wanted in kinds:
        found.insert(0, _lacking(person, kinds[wanted].title))
    return found


def _lacking(person: Person, title: str) -> Line:
    url = link_url(Link("issue_consent", person.id, ""))
    action = {"label": "Подготовить бланк", "url": url} if url and not url.endswith(f"/people/{person.id}") else None
    return Line(title, "не запрошено", sign="missing", action=action)


def _consent(read: Read, title: str, state: ConsentState, signer: Person | None) -> Line:
    url = address("documents.show", state.document_id)
    year = school_year_of(read.today)
    needs_new = state.needs_new(read.profile.settings)
    if state.is_valid and state.signed_on:
        until = f", до {russian_date(state.valid_to, year)}" if state.valid_to else ""
        who = f", {people.full_name(signer)}" if signer else ""
        capacity = f" ({SIGNED_AS[state.signed_as]})" if state.signed_as in SIGNED_AS else ""
        again = ". Возраст изменился: нужно новое" if needs_new else ""
        note = f"получено {russian_date(state.signed_on, year)}{who}{capacity}{until}{again}"
        return Line(title, note, url, "waits" if needs_new else "done")
    if state.state == "expected":
        return Line(title, "бланк выдан, не сдано", url, "waits")
    if state.revoked_on:
        return Line(title, f"отозвано или заменено {russian_date(state.revoked_on, year)}", url, "missing")
    return Line(title, "срок истёк", url, "missing")


def _pairs(read: Read, person: Person) -> list[Line]:
    places = mentoring.memberships(read.session, read.scope, [person.id])
    members = mentoring.members(read.session, read.scope, {one.pair.id for one in places})
    states = _state_titles(read)
    found = []
    for one in sorted(places, key=lambda place: place.pair.starts_on, reverse=True):
        label = pair_label(one.pair, members.get(one.pair.id, []))
        left = f", по {russian_date(one.member.left_on)}" if one.member.left_on else ""
        note = f"{SIDE_TITLES[Side(one.member.side)]} · {states.get(one.state, one.state)}{left}"
        found.append(Line(label, note, address("pairs.show", one.pair.id)))
    return found


def _state_titles(read: Read) -> dict[str, str]:
    found: dict[str, str] = {}
    for definition in read.definitions.values():
        if definition.subject == "pair":
            found.update({name: definition.state_title(name) for name in definition.states})
    return found


def _banks(read: Read, person: Person) -> list[Line]:
    lines = queries.participants_of(read.session, read.scope, [person.id])
    statuses = participant_statuses(read.session, read.scope, lines)
    programmes = mentoring.programmes(read.session, read.scope, [line.programme_id for line in lines])
    return [
        Line(
            programmes[line.programme_id].title,
            f"{SIDE_TITLES[Side(line.side)]}, {STATUS_TITLES[statuses[line.id]]}",
        )
        for line in lines
    ]


def _roles(read: Read, person: Person) -> list[Line]:
    """Roles of the account, signatures and stand-ins of today."""
    session, scope, today = read.session, read.scope, read.today
    year = school_year_of(today)
    found = [
        Line(policy.TITLES.get(one.role, one.role).capitalize(), f"с {russian_date(one.valid_from, year)}")
        for one in organisations.memberships_on(session, scope, today)
        if one.person_id == person.id
    ]
    for row, who in organisations.signatories(session, scope, today):
        if who.id == person.id:
            found.append(Line(f"Подписывает документы: {row.title}", row.order))
    for stand_in, replaced in organisations.stand_ins(session, scope, person_id=person.id, on_date=today):
        title = f"Замещает: {people.short_name(replaced)}, {policy.TITLES.get(stand_in.role, stand_in.role)}"
        found.append(Line(title, stand_in.order))
    return found


def _forms(person: Person) -> list[tuple[str, str, str]]:
    return [
        (CASE_TITLES[case], people.name_in(person, case), people.name_in(person, case, short=True)) for case in CASES
    ]
