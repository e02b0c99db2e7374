"""A pair's folder: which papers are there, which are lacking and what that stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from web.formatting import days, plural, russian_date, school_year_of
from web.links import link_url, remedy
from web.views.addresses import page_of
from workflow_core.guards import Actor, Blocker, Link, Severity
from workflow_core.unit_of_work import UnitOfWork
from workflows.documents import queries as papers
from workflows.documents.kinds import DUTY_CONSENT, PERSONAL_DATA_CONSENTS, known_kinds
from workflows.documents.papers import PaperLine
from workflows.mentoring import queries
from workflows.mentoring.board import PairLine
from workflows.mentoring.tables import FeedbackStage
from workflows.mentoring.values import CASE, PAIR_ORDER, PLAN_KINDS
from workflows.organisations import policy

_CONSENTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (PERSONAL_DATA_CONSENTS, "personal_data_consents", "Согласие на обработку данных"),
    ((DUTY_CONSENT,), "duty_consents", "Согласие на возложение обязанностей"),
)
"""Kinds, the guard that asks for them, words."""
_PAPERS: tuple[tuple[tuple[str, ...], tuple[str, ...], str, str, str], ...] = (
    (
        (PAIR_ORDER,),
        ("order_in_force", "not_before_order"),
        "Приказ о закреплении",
        "prepare_order",
        "Подготовить приказ",
    ),
    (PLAN_KINDS, ("plan_drawn_up", "plan_approved"), "План работы", "add_plan", "Составить план"),
    ((CASE,), ("case_written",), "Кейс (описание практики)", "write_case", "Написать кейс"),
)
"""Kinds, the guards that ask for them, words, the remedy where no guard names one."""


@dataclass(frozen=True, slots=True)
class FolderLine:
    """One paper that a pair's folder should hold."""

    title: str
    """«Согласие на обработку данных, Ким Данил»."""
    is_present: bool
    sign: str = "missing"
    """missing | waits | ahead | done"""
    note: str = ""
    due: str = ""
    due_kind: str = ""
    due_note: str = ""
    action: Mapping[str, str] | None = None
    url: str = ""
    number: str = ""
    signatory: str = ""
    original: str = ""
    scan: str = ""


@dataclass(frozen=True, slots=True)
class FolderView:
    """The folder of a pair: «есть 9 из 12»."""

    url: str
    lacking: tuple[FolderLine, ...]
    present: tuple[FolderLine, ...]

    @property
    def total(self) -> int:
        return len(self.lacking) + len(self.present)

    @property
    def words(self) -> str:
        """«есть 9 из 12»."""
        return f"есть {len(self.present)} из {self.total}"

    @property
    def now(self) -> tuple[FolderLine, ...]:
        """What is lacking already, not only later."""
        return tuple(line for line in self.lacking if line.sign != "ahead")


def folder_view(read: UnitOfWork, actor: Actor, line: PairLine, blockers: Sequence[Blocker]) -> FolderView:
    """The folder of a pair; `blockers` of the next step say what a lacking paper stops."""
    own = papers.papers_of(read.session, read.scope, "pair", [line.id]).get(line.id, [])
    members = [one.id for one in (*line.mentors, *line.mentees)]
    of_people = papers.papers_of(read.session, read.scope, "person", members)
    shelf = _Shelf(read, {*(paper.id for paper in own), *(one.id for each in of_people.values() for one in each)})
    found = [*_consents(shelf, line, of_people, blockers), *_of_pair(shelf, line, own, blockers)]
    if not policy.may(actor, "document.prepare"):
        found = [replace(one, action=None) for one in found]
    return FolderView(
        url=url_for("pairs.folder", pair_id=line.id),
        lacking=tuple(one for one in found if not one.is_present),
        present=tuple(one for one in found if one.is_present),
    )


def _consents(
    shelf: _Shelf, line: PairLine, of_people: Mapping[str, Sequence[PaperLine]], blockers: Sequence[Blocker]
) -> list[FolderLine]:
    found = []
    for member in (*line.mentors, *line.mentees):
        consents = of_people.get(member.id, ())
        for codes, guard, words in _CONSENTS:
            asked = [one for one in blockers if one.guard == guard and one.values.get("person") == member.id]
            lines = [one for one in consents if one.kind in codes]
            # Duties are taken on by mentors; a mentee's consent to them is expected only where the place asks for it.
            if guard == "duty_consents" and not asked and not lines and member not in line.mentors:
                continue
            action = "issue_duty_consent" if guard == "duty_consents" else "issue_consent"
            found.append(
                shelf.line(f"{words}, {member.name}", lines, asked, (action, member.id, "Подготовить согласие"))
            )
    return found


def _of_pair(shelf: _Shelf, line: PairLine, own: Sequence[PaperLine], blockers: Sequence[Blocker]) -> list[FolderLine]:
    found = []
    for codes, guards, words, action, verb in _PAPERS:
        lines = [one for one in own if one.kind in codes]
        asked = [one for one in blockers if one.guard in guards]
        if codes == (CASE,) and not lines and not asked:
            continue
        found.append(shelf.line(words, lines, asked, (action, line.id, verb)))
    found.insert(2, _questionnaires(shelf.read, line))
    titles = known_kinds(shelf.read.catalogue)
    expected = {code for codes, *_rest in _PAPERS for code in codes}
    for paper in own:
        if paper.kind not in expected:
            words = titles[paper.kind].title if paper.kind in titles else paper.title
            found.append(shelf.line(words, [paper], [], None))
    return found


def _questionnaires(read: UnitOfWork, line: PairLine) -> FolderLine:
    rows = queries.feedback(read.session, read.scope, [line.id]).get(line.id, [])
    answered = {row.person_id for row in rows if row.stage == FeedbackStage.EXIT}
    members = [one.id for one in (*line.mentors, *line.mentees)]
    missing = [one for one in members if one not in answered]
    url = link_url(Link("collect_exit", line.id, "Внести ответы"))
    done = bool(members) and not missing
    return FolderLine(
        "Итоговая анкета",
        done,
        sign="done" if done else "ahead",
        note=""
        if done
        else f"Ответили {len(members) - len(missing)} из {len(members)}, заполняют после итоговой встречи",
        due_note="" if done else "Понадобится к завершению",
        action=None if done else {"label": "Внести ответы", "url": url},
        number="" if not done else "ответы обеих сторон",
        signatory="не подписывается",
        original="в программе",
        scan="не нужен",
    )


class _Shelf:
    """Papers with what lists do not carry: where the original lies."""

    def __init__(self, read: UnitOfWork, ids: set[str]) -> None:
        self.read, self.year = read, school_year_of(read.today)
        self.rows = papers.documents(read.session, read.scope, ids)

    def line(
        self,
        title: str,
        lines: Sequence[PaperLine],
        blockers: Sequence[Blocker],
        otherwise: tuple[str, str, str] | None,
    ) -> FolderLine:
        """What stands in the folder for one expected paper."""
        signed = next((one for one in lines if one.is_signed), None)
        if signed is not None:
            return self._present(title, signed)
        waiting = next((one for one in lines if one.is_waiting), None)
        return self._lacking(title, waiting, blockers, otherwise)

    def _present(self, title: str, paper: PaperLine) -> FolderLine:
        row = self.rows.get(paper.id)
        day = russian_date(paper.signed_on) if paper.signed_on else "без даты"
        return FolderLine(
            title,
            True,
            sign="done",
            url=page_of("document", paper.id),
            number=f"№ {paper.number} от {day}" if paper.number else day,
            signatory=paper.signatory_text or "не указан",
            original=(row.original_place if row else "") or "не указано",
            scan="есть" if paper.has_scan else "нет",
        )

    def _lacking(
        self, title: str, waiting: PaperLine | None, blockers: Sequence[Blocker], otherwise: tuple[str, str, str] | None
    ) -> FolderLine:
        first = blockers[0] if blockers else None
        barred = first is not None and first.severity is Severity.BLOCK
        at_signing = waiting is not None and waiting.state == "at_signing"
        note = f"{first.explanation}." if first and first.explanation else ""
        due, due_kind, due_note = "", "", ""
        if barred:
            due, due_kind, due_note = "Мешает шагу", "late", "следующему"
        elif first is not None and first.severity is Severity.REASON:
            due, due_kind, due_note = "С обоснованием", "amber", "пока документа нет"
        if waiting is not None and waiting.since:
            word = {"at_signing": "На подписи", "expected": "Бланк выдан", "draft": "Проект", "agreed": "Согласован"}
            since = f"с {russian_date(waiting.since, self.year)}, {days(waiting.days(self.read.today))}"
            note = f"{word.get(waiting.state, 'Ждёт')} {since}. {note}".strip()
        action = remedy(first) if first else None
        if action is None and otherwise is not None and (url := link_url(Link(*otherwise))):
            action = {"label": otherwise[2], "url": url}
        return FolderLine(
            title,
            False,
            sign="waits" if at_signing else "missing" if first or waiting else "ahead",
            note=note,
            due=due,
            due_kind=due_kind,
            due_note=due_note or ("" if first or waiting else "Пока не требуется"),
            action=action,
            url=page_of("document", waiting.id) if waiting else "",
        )


def folder_sentence(folder: FolderView) -> str:
    """«Сейчас не хватает 2. Ещё 1 понадобится позже.»"""
    now, later = len(folder.now), len(folder.lacking) - len(folder.now)
    parts = [f"Сейчас не хватает {now}." if now else "Сейчас всё на месте."]
    if later:
        parts.append(f"Ещё {later} {plural(later, 'понадобится', 'понадобятся', 'понадобятся')} позже.")
    return " ".join(parts)
