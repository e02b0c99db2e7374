"""What the pages choose from where pairs are chosen or entered: banks with words, typed names to people. No statement of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from web.event_form import Choices
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import UnitOfWork
from workflows.mentoring import queries
from workflows.mentoring.as_found import Somebody
from workflows.mentoring.states import DECLINED
from workflows.mentoring.status import STATUS_TITLES, ParticipantStatus, participant_statuses
from workflows.mentoring.tables import FORM_TITLES, Form, Programme, Side
from workflows.organisations import people
from workflows.organisations import queries as organisations
from workflows.organisations.person_input import PersonInput

KNOWN_LIMIT = 400
"""People whom a field suggests as one types; more would make the page heavy."""
KINDS_OF_FORM: Mapping[str, tuple[str, str]] = {
    Form.PUPIL_PUPIL: ("pupil", "pupil"),
    Form.TEACHER_TEACHER: ("employee", "employee"),
    Form.STUDENT_PUPIL: ("outside", "pupil"),
    Form.EMPLOYER_PUPIL: ("outside", "pupil"),
    Form.EMPLOYER_STUDENT: ("outside", "pupil"),
    Form.TEACHER_PUPIL: ("employee", "pupil"),
}
"""What new people are who are entered on the way: mentor, mentee."""


def forms() -> Choices:
    """Forms of mentoring."""
    return [(str(form), FORM_TITLES[form]) for form in Form]


def programme_choices(read: UnitOfWork) -> tuple[list[Programme], Choices]:
    """Programmes, those that run now before the others."""
    running = queries.current_programmes(read.session, read.scope, read.today)
    rest = [row for row in queries.programmes(read.session, read.scope).values() if row not in running]
    return [*running, *rest], [(row.id, row.title) for row in (*running, *rest)]


def bank(read: UnitOfWork, programme_id: str, side: str) -> Choices:
    """A bank in words: who, class or post, request; those who still lack a pair come first."""
    rows = [
        (row, who)
        for row, who in queries.participants(read.session, read.scope, [programme_id], side)
        if row.left_on is None
    ]
    statuses = participant_statuses(read.session, read.scope, [row for row, _who in rows])
    free = (ParticipantStatus.IN_BANK, ParticipantStatus.WITHOUT_PAIR)
    rows.sort(key=lambda one: statuses[one[0].id] not in free)
    shown = []
    for row, who in rows:
        status = "" if statuses[row.id] is ParticipantStatus.IN_BANK else STATUS_TITLES[statuses[row.id]]
        request = row.request[:60]
        shown.append(
            (
                who.id,
                ", ".join(part for part in (people.label(who), people.place_of_person(who), request, status) if part),
            )
        )
    return shown


def known_people(read: UnitOfWork) -> dict[str, str]:
    """People as a field suggests them, by the words: «Белова Анна Игоревна, 11 «А»» -> id."""
    page = organisations.people_page(
        read.session, read.scope, organisations.PeopleFilter(here_on=read.today), limit=KNOWN_LIMIT
    )
    found: dict[str, str] = {}
    for who in page.people:
        place = people.place_of_person(who)
        found[f"{people.full_name(who)}, {place}" if place else people.full_name(who)] = who.id
    return found


def somebody(text: str, known: Mapping[str, str], kind: str, class_name: str = "") -> Somebody:
    """Who is meant by what was typed: a person suggested, or a name. Raises InvalidInput for half a name."""
    words = " ".join(text.split())
    if words in known:
        return known[words]
    name, _, place = words.partition(",")
    parts = name.split()
    if len(parts) < 2:
        raise InvalidInput({"name": f"«{words}»: напишите фамилию и имя."})
    return PersonInput(
        parts[0],
        parts[1],
        " ".join(parts[2:]),
        kind,
        class_name=(place.strip() or class_name) if kind == "pupil" else "",
        post=place.strip() if kind == "employee" else "",
    )


def everybody(text: str, known: Mapping[str, str], kind: str, class_name: str = "") -> tuple[Somebody, ...]:
    """Several people, parted by semicolons or lines. Raises InvalidInput."""
    if " ".join(text.split()) in known:
        return (somebody(text, known, kind, class_name),)
    pieces = [piece for piece in text.replace("\n", ";").split(";") if piece.strip()]
    return tuple(somebody(piece, known, kind, class_name) for piece in pieces)


def entered_states(read: UnitOfWork, definition_code: str) -> Choices:
    """States in which a pair may be found when the school begins."""
    definition = read.definitions[definition_code]
    return [(state.name, state.title) for state in definition.states.values() if state.name != DECLINED]


def sides(read: UnitOfWork, programme_id: str) -> tuple[Choices, Choices]:
    """Both banks of a programme."""
    return bank(read, programme_id, Side.MENTOR), bank(read, programme_id, Side.MENTEE)


def signatories(read: UnitOfWork) -> Choices:
    """Who may have signed orders, the present head first."""
    rows = organisations.signatories(read.session, read.scope)
    found = {who.id: f"{people.short_name(who)}, {row.title}" for row, who in rows}
    return list(found.items())


def row_errors(errors: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    """The sentences of an operation over rows (keys «rows-<index>») by row, and those of the whole."""
    rows: dict[int, str] = {}
    whole: list[str] = []
    for name, sentence in errors.items():
        number = name.removeprefix("rows-")
        if name.startswith("rows-") and number.isdigit():
            rows[int(number)] = sentence
        else:
            whole.append(sentence)
    return rows, whole


def chosen_programme(rows: Sequence[Programme], wanted: str) -> Programme | None:
    """The programme of the address, else the first."""
    return next((row for row in rows if row.id == wanted), rows[0] if rows else None)
