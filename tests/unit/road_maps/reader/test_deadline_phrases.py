"""The grammar of deadlines reads the hand-written table as a person does, and anything else without harm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.road_maps.reader.phrase_table import deadline_phrases, told
from workflows.road_maps.deadlines import MONTHS, contradictions, to_contract
from workflows.road_maps.map_template import shipped_maps
from workflows.road_maps.reader.deadline_phrases import deadline_reading, period_of_year, read_deadline

TABLE = deadline_phrases()
SCHOOL_YEAR = "2022-2023"
DAYS = st.dates(date(2022, 9, 1), date(2023, 8, 31))


def test_table_is_read_as_a_person_reads_it() -> None:
    wrong = []
    for phrase in TABLE:
        period = period_of_year(phrase.school_year)
        found = told(to_contract(read_deadline(phrase.text, period)), (period.start, period.end) if period else None)
        if found != phrase.reading:
            wrong.append(f"{phrase.line}: {phrase.text!r}: {found}, not {phrase.reading}")

    assert wrong == []
    assert len(TABLE) > 340
    assert len([phrase for phrase in TABLE if phrase.reading.startswith("? none")]) >= 6


def test_what_is_sure_contradicts_nothing_and_what_is_not_says_why() -> None:
    for phrase in TABLE:
        reading = deadline_reading(phrase.text, phrase.school_year)
        assert not reading.deadline.certain or contradictions(reading.deadline) == [], phrase
        assert reading.deadline.certain or reading.warnings, phrase
        assert all(warning.code and warning.message.endswith(".") for warning in reading.warnings), phrase


def test_deadlines_of_the_shipped_maps_come_out_as_they_were_understood() -> None:
    read = [
        (one.number, to_contract(read_deadline(one.deadline.text, template.period)), to_contract(one.deadline))
        for template in shipped_maps().values()
        for one in template.items
        if one.deadline is not None
    ]

    assert [one for one in read if one[1] != one[2]] == []
    assert len(read) > 100


@pytest.mark.parametrize(
    ("text", "year", "code", "proposal"),
    [
        ("До мая 2025", "2025-2026", "year_outside_period", "до 30 апреля 2026"),
        ("с 1 ноября но 7 ноября", "2025-2026", "misprint", "с 1 по 7 ноября 2025"),
        ("31 сентября", "2022-2023", "no_such_day", "до 30 сентября 2022"),
        ("с 15 по 1 сентября 2022", "2022-2023", "reversed_range", "с 1 по 15 сентября 2022"),
        ("весенние каникулы", "2022-2023", "days_assumed", "с 23 по 30 марта 2023"),
        ("2 раза в месяц", "2022-2023", "frequency_lost", "ежемесячно"),
        ("сентебрь", "2022-2023", "misspelt", "сентябрь"),
        ("сентябрь, педсовет", "2022-2023", "part_not_understood", "педсовет"),
        ("Август", None, "year_unknown", "год не написан"),
    ],
)
def test_slip_becomes_a_warning_with_a_proposal(text: str, year: str | None, code: str, proposal: str) -> None:
    (warning,) = deadline_reading(text, year).warnings

    assert warning.code == code
    assert proposal in warning.message


def test_parts_are_quoted_as_printed() -> None:
    deadline = read_deadline("АВГУСТ 2022 г.,\u00a0далее – По мере\nнеобходимости!", SCHOOL_YEAR)

    assert deadline.text == "АВГУСТ 2022 г., далее – По мере необходимости!"
    assert [one.text for one in deadline.also] == ["По мере необходимости"]
    assert all(one.text == "До мая 2025" for one in read_deadline("До мая  2025", "2025-2026").alternatives)


@pytest.mark.parametrize(
    ("school_year", "bounds"),
    [
        ("2022-2023", (date(2022, 9, 1), date(2023, 8, 31))),
        ("2022/23", (date(2022, 9, 1), date(2023, 8, 31))),
        (" 2022 – 2023 уч. г.", (date(2022, 9, 1), date(2023, 8, 31))),
        ("2020", (date(2020, 1, 1), date(2020, 12, 31))),
        ("2020–2024", (date(2020, 1, 1), date(2024, 12, 31))),
        ("2023-2022", None),
        ("мусор", None),
        ("", None),
    ],
)
def test_years_of_a_map(school_year: str, bounds: tuple[date, date] | None) -> None:
    period = period_of_year(school_year)

    assert (period and (period.start, period.end)) == bounds


# -- properties


def _genitive(day: date, year: bool = True) -> str:
    return f"{day.day} {MONTHS[day.month - 1][1]}" + (f" {day.year} г." if year else "")


Write = Callable[[date], str]
WRITTEN: st.SearchStrategy[Write] = st.sampled_from(
    [
        lambda day: f"{day:%d.%m.%Y}",
        lambda day: f"{day:%d.%m.%y}",
        lambda day: f"{day:%d.%m.%Y}г.",
        lambda day: day.isoformat(),
        _genitive,
        lambda day: f"«{day:%d}» {MONTHS[day.month - 1][1].upper()} {day.year}года",
        lambda day: f"{day.day}-го {MONTHS[day.month - 1][1]} {day.year}",
    ]
)
BEFORE = st.sampled_from(["до ", "До\u00a0", "не позднее ", "к ", "в срок до ", ""])
DASH = st.sampled_from(["-", " - ", "–", " — ", "−"])


@settings(max_examples=150, deadline=None)
@given(day=st.dates(date(2022, 6, 1), date(2023, 8, 31)), write=WRITTEN, before=BEFORE)
def test_written_day_reads_back(day: date, write: Write, before: str) -> None:
    deadline = read_deadline(before + write(day), SCHOOL_YEAR)

    assert (deadline.kind, deadline.start, deadline.end, deadline.certain) == ("deadline", None, day, True)


@settings(max_examples=150, deadline=None)
@given(days=st.tuples(DAYS, DAYS).map(sorted), write=WRITTEN, dash=DASH, words=st.booleans())
def test_written_range_reads_back(days: list[date], write: Write, dash: str, words: bool) -> None:
    text = f"с {write(days[0])} по {write(days[1])}" if words else f"{write(days[0])}{dash}{write(days[1])}"
    deadline = read_deadline(text, SCHOOL_YEAR)

    assert (deadline.kind, deadline.start, deadline.end, deadline.certain) == ("range", days[0], days[1], True), text


@settings(max_examples=100, deadline=None)
@given(day=DAYS.filter(lambda day: day.month != 8), year=st.booleans(), dash=DASH, more=st.integers(1, 3))
def test_written_months_read_back(day: date, year: bool, dash: str, more: int) -> None:
    last = min(date(2023, 7, 31), date(day.year + (day.month + more - 1) // 12, (day.month + more - 1) % 12 + 1, 1))
    names = [MONTHS[one.month - 1][0] + (f" {one.year}" if year else "") for one in (day, last)]
    single, several = read_deadline(names[0], SCHOOL_YEAR), read_deadline(dash.join(names), SCHOOL_YEAR)

    assert (single.kind, single.start, single.certain) == ("month", day.replace(day=1), True)
    assert several.start == day.replace(day=1)
    assert several.end is not None
    assert (several.end.year, several.end.month) == (last.year, last.month)


WORDS = [word for phrase in TABLE for word in phrase.text.split()]


@settings(max_examples=400, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
        st.lists(
            st.sampled_from([*"0123456789.,-–/() IVХ", "г", "с", "до", "по", "мая", "2022", "\n"]), max_size=30
        ).map("".join),
    ),
    year=st.sampled_from([SCHOOL_YEAR, "2020", "2020-2024", "", "x"]),
)
def test_anything_gives_a_deadline_of_the_contract(text: str, year: str) -> None:
    deadline = read_deadline(text, year)

    # A part that says itself that it is in doubt may lack its dates.
    sure = all(part.certain for part in (deadline, *deadline.also))
    assert not sure or contradictions(deadline) == []
    assert "\n" not in deadline.text
    assert to_contract(deadline)["text"] == deadline.text


@pytest.mark.parametrize(
    "piece",
    ["а", "1", "1.", "сентябрь, ", "с 1 по ", "по ", "в течение ", "-", "а-\n", "\x00", "раз в ", "( ", "до 5 числа "],
)
def test_endless_text_is_refused_at_once(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    reading = deadline_reading(text, SCHOOL_YEAR)

    assert (reading.deadline.kind, reading.deadline.certain) == ("none", False)
    assert reading.warnings
    assert len(reading.deadline.text) <= len(text)
