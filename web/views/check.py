"""The result of a check of the history in words: what is wrong, what stands there, what can still be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from web.formatting import number, russian_date, russian_moment, school_year_of
from web.views.history import code_of
from web.views.register_words import COLUMN_TITLES
from web.views.story import story
from workflow_core import queries as core
from workflow_core.unit_of_work import Read
from workflow_core.verification import Problem, Verdict, verify

_ENTRY_COLUMNS: Mapping[str, str] = {
    "happened_on": "Дата события",
    "recorded_at": "Внесено",
    "actor_id": "Кто внёс",
    "actor_role": "В какой роли",
    "acts_for": "За кого",
    "event": "Что сделано",
    "from_state": "Из какого состояния",
    "to_state": "В какое состояние",
    "state": "Состояние",
    "since": "С какого дня",
    "remembered": "Прежнее состояние",
    "subject_id": "О ком или о чём",
    "subject_kind": "О ком или о чём",
    "inputs": "Введённые данные",
    "checks": "Что было проверено",
    "with_ground": "Обоснование",
    "plugins": "Дополнения",
    "definition_hash": "Правила",
    "commitment": "Код подробностей",
    "previous_hash": "Связь с предыдущей записью",
    "hash": "Код записи",
    "version": "Номер шага",
    "seq": "Номер записи",
    "подробности": "Подробности",
}
_CODES = frozenset({"hash", "previous_hash", "commitment", "definition_hash"})


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check that was made just now came to."""

    ok: bool
    count: int
    checked_at: datetime
    when: str
    """«сегодня в 08:40»."""
    code: str
    """«Контрольный код журнала»."""
    title: str = ""
    sentence: str = ""
    column: str = ""
    stands: str = ""
    should_be: str = ""
    """Only where something proves it."""
    seq: int = 0
    """The first wrong entry; 0 where no entry is wrong, but what stands outside of the history."""
    trusted: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def check(read: Read, now: datetime, zone: object) -> CheckResult:
    """Check the whole history of the organisation now; nothing is remembered and nothing is assumed."""
    verdict = verify(read)
    total = (core.read_head(read.session, read.scope) or (0, "", ""))[0]
    when = russian_moment(now, zone, school_year_of(read.today), read.today)  # type: ignore[arg-type]
    if verdict.ok:
        return CheckResult(True, verdict.count, now, when, code_of(verdict.head_hash))
    return _broken(read, verdict, verdict.problems[0], max(total, verdict.count), now, when)


def _broken(read: Read, verdict: Verdict, problem: Problem, total: int, now: datetime, when: str) -> CheckResult:
    seq = problem.seq
    return CheckResult(
        ok=False,
        count=total,
        checked_at=now,
        when=when,
        code="",
        title=_title(problem),
        sentence=_sentence(read, problem, f"{when}, всего записей {number(total)}"),
        column=_column(problem),
        stands=_words(problem.column, problem.stands),
        should_be=_words(problem.column, problem.should_be) if problem.should_be is not None else "",
        seq=seq,
        trusted=tuple(_trusted(problem, total)),
        steps=(
            "Скачайте отчёт: он понадобится, что бы ни случилось дальше.",
            "Сообщите администратору и руководителю организации.",
            "Не исправляйте запись вручную: понадобится резервная копия.",
        ),
    )


_TITLES: Mapping[str, str] = {
    "entry_missing": "Записи № {seq} нет в журнале",
    "tail_cut": "Последние записи журнала удалены, начиная с № {seq}",
    "head_wrong": "Контрольный код журнала не сходится с последней записью",
    "details_missing": "Подробности записи № {seq} пропали",
    "details_changed": "Подробности записи № {seq} изменены в обход программы",
    "link_broken": "Записи до № {seq} подменены в обход программы",
    "time_back": "Запись № {seq} внесена раньше предыдущей",
    "row_unrecorded": "Сведения внесены в обход программы",
    "row_changed": "Сведения изменены в обход программы",
    "row_removed": "Сведения удалены в обход программы",
    "process_changed": "Состояние изменено в обход программы",
    "replay_differs": "Запись № {seq} не сходится с правилами",
    "replay_impossible": "Записи не складываются по правилам",
}


def _title(problem: Problem) -> str:
    text = _TITLES.get(problem.code, "Запись № {seq} изменена в обход программы")
    return text.format(seq=number(problem.seq))


def _sentence(read: Read, problem: Problem, when: str) -> str:
    entry = core.entry(read.session, read.scope, problem.seq) if problem.seq else None
    told = f"Проверено {when}."
    if entry is not None:
        line = story(read, [entry])[0]
        return f"{told} Первая неверная запись — № {number(problem.seq)}, внесена {line.recorded}: {line.title}."
    return f"{told} {_about(problem)}"


def _about(problem: Problem) -> str:
    if problem.code in ("row_changed", "row_removed", "row_unrecorded", "process_changed", "replay_impossible"):
        return "Сами записи журнала целы, а сведения в базе с ними не сходятся."
    return "Первое место, где журнал не сходится, показано ниже."


def _column(problem: Problem) -> str:
    return _ENTRY_COLUMNS.get(problem.column) or COLUMN_TITLES.get(problem.column, "").capitalize() or problem.column


def _words(column: str, value: str) -> str:
    if column in _CODES:
        return code_of(value, 16)
    try:
        return russian_date(date.fromisoformat(value)) if len(value) == 10 else value
    except ValueError:
        return value


def _trusted(problem: Problem, total: int) -> list[str]:
    seq = problem.seq
    if problem.code in ("row_changed", "row_removed", "row_unrecorded", "process_changed", "head_wrong"):
        return [f"Записи 1–{number(total)}: не изменялись. Верьте им, а не сведениям на страницах."]
    if not seq:
        return ["Пока ничему: сравните журнал с выгрузкой или резервной копией."]
    found = [f"Записи 1–{number(seq - 1)}: не изменялись."] if seq > 1 else []
    if seq < total:
        span = f"Записи {number(seq + 1)}–{number(total)} стоят" if seq + 1 < total else f"Запись {total} стоит"
        after = f"{span} после неё: сравните с выгрузкой или копией."
        found.append(after)
    return found


def report(result: CheckResult, organisation: str) -> str:
    """The result as a text to keep and to send on."""
    lines = [
        "Отчёт о проверке журнала",
        f"Организация: {organisation}",
        f"Проверено: {result.checked_at.isoformat(timespec='seconds')} (всемирное время), {result.when}",
        f"Записей в журнале: {result.count}",
    ]
    if result.ok:
        return "\n".join([*lines, "Записи не изменялись.", f"Контрольный код журнала: {result.code}", ""])
    lines += ["", result.title, result.sentence]
    if result.column:
        proven = result.should_be or "неизвестно: покажет выгрузка или резервная копия"
        lines += [f"Поле: {result.column}", f"Сейчас в журнале: {result.stands or '—'}", f"Должно быть: {proven}"]
    lines += ["", "Чему можно верить:", *(f"- {one}" for one in result.trusted)]
    lines += ["", "Что сделать:", *(f"{place}. {one}" for place, one in enumerate(result.steps, 1)), ""]
    return "\n".join(lines)
