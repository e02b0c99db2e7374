"""Deadline phrases as schools write them -> `Deadline` values, by the contract of the road-map reader.

`read_deadline` gives the value, `deadline_reading` also what to tell the curator: a doubtful reading is never passed off
as a sure one. Pure; a phrase costs a fraction of a millisecond, whatever stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from workflows.road_maps.deadlines import Deadline, Period
from workflows.road_maps.reader.deadline_clauses import clauses
from workflows.road_maps.reader.deadline_days import period_of_year
from workflows.road_maps.reader.deadline_parts import Doubt, Part, joined_parts
from workflows.road_maps.reader.deadline_values import Found, value_of
from workflows.road_maps.reader.spelling import Plain, folded, plain

LONGEST_PHRASE = 400
"""Characters above which a cell holds something else than a deadline."""

_MONTH_FORMS = tuple(
    stem + ending
    for stem in ("январ", "феврал", "апрел", "сентябр", "октябр", "ноябр", "декабр")
    for ending in ("ь", "я", "е", "ю", "ем")
)
KNOWN_WORDS = frozenset(
    (
        *_MONTH_FORMS,
        *("август", "августа", "августе", "июнь", "июня", "июле", "июль", "июля", "март", "марта", "май", "мая"),
        *("течение", "течении", "постоянно", "систематически", "регулярно", "включительно", "позднее", "согласно"),
        *("ежедневно", "еженедельно", "ежемесячно", "ежеквартально", "ежегодно", "необходимости", "соответствии"),
        *("учебного", "учебный", "учебном", "периода", "период", "реализации", "внедрения", "программы", "программ"),
        *("полугодие", "полугодия", "полугодии", "квартал", "квартала", "четверть", "четверти", "каникулы", "каникул"),
        *("графику", "графиком", "планом", "отдельному", "индивидуальному", "запросу", "требованию", "поступления"),
        *("понедельник", "вторник", "четверг", "пятницу", "субботу", "начало", "начала", "конца", "конце", "середина"),
        *("декада", "половина", "последняя", "первая", "вторая", "каждого", "каждую", "месяца", "месяцев", "недели"),
    )
)
"""Words to which a misprint is mended and over which a line may be broken."""


@dataclass(frozen=True, slots=True)
class PhraseWarning:
    """What to tell the curator about a phrase; the place is known to whoever has the file."""

    code: str
    message: str
    """A Russian sentence, with the proposal where there is one."""


@dataclass(frozen=True, slots=True)
class DeadlineReading:
    """A deadline and what is doubtful about it."""

    deadline: Deadline
    warnings: tuple[PhraseWarning, ...] = ()


def read_deadline(text: str, period: Period | str | None) -> Deadline:
    """What a deadline cell means in a map of this period (or school year, «2022-2023»); see `deadline_reading`."""
    return deadline_reading(text, period).deadline


def deadline_reading(text: str, period: Period | str | None) -> DeadlineReading:
    """The deadline of a cell and the warnings about it. Never raises, whatever the text is.

    A doubtful deadline has `certain` false; its own fields hold the likeliest reading (where a slip is supposed, the
    proposal), `alternatives` the others, what is printed word for word among them. Text that is no deadline gives the kind
    «none». Without a period a date whose year is not written stays empty.
    """
    if isinstance(period, str):
        period = period_of_year(period)
    printed = folded(text, KNOWN_WORDS)
    if len(printed) > LONGEST_PHRASE:
        warning = PhraseWarning("deadline_not_understood", "Текст слишком длинный для срока; укажите срок сами.")
        return DeadlineReading(_unknown(printed), (warning,))
    return _read(printed, period)


@lru_cache(maxsize=2048)
def _read(printed: str, period: Period | None) -> DeadlineReading:
    if not printed.strip("-–—. "):
        return DeadlineReading(_unknown(printed), (PhraseWarning("deadline_missing", "Срок не указан."),))
    written = plain(printed, KNOWN_WORDS)
    found = clauses(written.text)
    parts, left = joined_parts(found) if found is not None else ([], [])
    if not parts:
        return DeadlineReading(_unknown(printed), (_not_understood(printed),))
    warnings = [PhraseWarning("misspelt", f"«{one}» прочитано как «{other}».") for one, other in written.mended]
    values = [_part(one, written, period, warnings) for one in parts]
    main = replace(values[0], text=printed, also=tuple(values[1:]))
    main = replace(main, alternatives=tuple(replace(one, text=printed) for one in main.alternatives))
    if left:
        warnings.append(_left_over(written, left, main))
        main = replace(main, certain=False)
    return DeadlineReading(main, tuple(dict.fromkeys(warnings)))


def _unknown(printed: str) -> Deadline:
    return Deadline(printed, "none", certain=False)


def _part(part: Part, written: Plain, period: Period | None, warnings: list[PhraseWarning]) -> Deadline:
    """The deadline of one part; what is doubtful goes to `warnings`."""
    text = written.source(part.first, part.end).strip(" ,;–—-")
    found = value_of(part, period)
    warnings.extend(_told(doubt, text, found, period) for doubt in found.doubts)
    main = replace(found.main, text=text, certain=found.main.certain and not found.doubts)
    return replace(main, alternatives=tuple(replace(one, text=text) for one in found.others))


# -- sentences


def _told(doubt: Doubt, text: str, found: Found, period: Period | None) -> PhraseWarning:
    from workflows.road_maps.deadlines import describe

    proposal = describe(replace(found.main, text=text))
    match doubt.code:
        case "year_outside_period":
            of = f"карта – на {period.text}" if period else "у карты другой период"
            message = f"Напечатано «{text}», а {of}; предложено: {proposal}."
        case "year_unknown":
            message = f"«{text}»: год не написан, а период карты неизвестен. Укажите дату."
        case "year_ambiguous":
            message = f"«{text}»: год не написан, подходит не один; предложено: {proposal}."
        case "no_such_day":
            message = f"Такого дня нет: {doubt.detail}; предложено: {proposal}."
        case "reversed_range":
            message = f"«{text}»: конец раньше начала; предложено: {proposal}."
        case "day_and_month_swapped":
            message = f"«{text}»: похоже, день и месяц переставлены; предложено: {proposal}."
        case "misprint":
            message = f"«{text}»: похоже на опечатку, «но» вместо «по»; предложено: {proposal}."
        case "days_assumed":
            message = f"«{text}»: точные дни каждая школа назначает сама; предложено: {proposal}."
        case "frequency_lost":
            message = f"«{text}»: такой частоты нет среди повторов; предложено: {proposal}."
        case _:
            message = f"«{text}»: можно понять по-разному; предложено: {proposal}."
    return PhraseWarning(doubt.code, message)


def _not_understood(printed: str) -> PhraseWarning:
    return PhraseWarning("deadline_not_understood", f"Срок не понят: «{printed[:120]}».")


def _left_over(written: Plain, left: Iterable[tuple[int, int]], main: Deadline) -> PhraseWarning:
    words = ", ".join(f"«{written.source(first, end)}»" for first, end in left)
    return PhraseWarning("part_not_understood", f"В сроке «{main.text[:120]}» не понято: {words[:200]}.")


__all__ = [
    "KNOWN_WORDS",
    "DeadlineReading",
    "PhraseWarning",
    "deadline_reading",
    "period_of_year",
    "read_deadline",
]
