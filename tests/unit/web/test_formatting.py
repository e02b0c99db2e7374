"""Dates, numbers, names and sentences as a Russian reader expects them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from web.formatting import (
    NBHYPHEN,
    NBSP,
    count,
    entered_after,
    field_date,
    number,
    out_of,
    overdue_by,
    pair_name,
    plural,
    pupil_name,
    register_filters,
    relative_day,
    russian_date,
    russian_moment,
    russian_month,
    russian_range,
    school_year_of,
    school_year_title,
    searchable,
    short_name,
    standing_for,
    typographic,
    weekday,
)
from workflow_core.amounts import Amount

TODAY = date(2026, 11, 12)
MOSCOW = timezone(timedelta(hours=3))
some_days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))
sentences = st.text(alphabet="абвЕВ. №-—019,«»<&\u00a0\n", max_size=60)


def shown(text: str) -> str:
    """With visible signs in place of the invisible ones: `_` for a space, `=` for a hyphen that does not break."""
    return text.replace(NBSP, "_").replace(NBHYPHEN, "=")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "пар"),
        (1, "пара"),
        (2, "пары"),
        (5, "пар"),
        (11, "пар"),
        (14, "пар"),
        (21, "пара"),
        (22, "пары"),
        (111, "пар"),
        (-1, "пара"),
    ],
)
def test_plural_agrees_with_the_number(value: int, words: str) -> None:
    assert plural(value, "пара", "пары", "пар") == words


@given(st.integers(min_value=0, max_value=10**9))
def test_plural_repeats_every_hundred(value: int) -> None:
    assert plural(value, "1", "2", "5") == plural(value + 100, "1", "2", "5")


@given(st.integers(min_value=0, max_value=10**12))
def test_number_keeps_its_digits_in_groups_of_three(value: int) -> None:
    groups = number(value).split(NBSP)

    assert int("".join(groups)) == value
    assert all(len(group) == 3 for group in groups[1:])


def test_counts_and_shares_never_part() -> None:
    assert shown(count(1248, "запись", "записи", "записей")) == "1_248_записей"
    assert shown(out_of(31, 34)) == "31_из_34"


@pytest.mark.parametrize(
    ("day", "school_year", "words"),
    [
        (date(2026, 10, 15), 2026, "15_октября"),
        (date(2027, 8, 31), 2026, "31_августа"),
        (date(2027, 9, 1), 2026, "1_сентября_2027"),
        (date(2026, 8, 28), 2026, "28_августа_2026"),
        (date(2026, 10, 15), None, "15_октября_2026"),
    ],
)
def test_the_year_is_said_only_outside_the_school_year(day: date, school_year: int | None, words: str) -> None:
    assert shown(russian_date(day, school_year)) == words


@given(some_days)
def test_a_school_year_lasts_from_september_to_august(day: date) -> None:
    first = school_year_of(day)

    assert date(first, 9, 1) <= day <= date(first + 1, 8, 31)


@given(some_days, some_days)
def test_two_days_of_one_school_year_never_read_the_same(one: date, other: date) -> None:
    same_words = russian_date(one, 2026) == russian_date(other, 2026)

    assert same_words == (one == other)


def test_months_years_and_fields() -> None:
    assert shown(russian_month(TODAY)) == "ноябрь_2026"
    assert shown(school_year_title(1999)) == "1999/00 учебный_год"
    assert field_date(date(2026, 3, 5)) == "05.03.2026"
    assert weekday(TODAY) == "чт"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 9, 1), date(2026, 9, 30), "1–30_сентября"),
        (date(2026, 9, 30), date(2026, 10, 2), "30_сентября_– 2_октября"),
        (date(2026, 12, 28), date(2027, 1, 8), "28_декабря_– 8_января"),
        (date(2025, 12, 28), date(2026, 1, 8), "28_декабря_2025_– 8_января_2026"),
        (date(2025, 4, 1), date(2025, 5, 2), "1_апреля_– 2_мая_2025"),
        (date(2026, 8, 30), date(2026, 9, 2), "30_августа_2026_– 2_сентября"),
        (TODAY, TODAY, "12_ноября"),
    ],
)
def test_a_range_says_what_differs(start: date, end: date, words: str) -> None:
    assert shown(russian_range(start, end, 2026)) == words


def test_a_moment_is_told_in_the_time_of_the_organisation() -> None:
    late_evening = datetime(2026, 10, 14, 22, 20, tzinfo=UTC)

    assert shown(russian_moment(late_evening, MOSCOW, 2026)) == "15_октября, 01:20"
    assert shown(russian_moment(late_evening, MOSCOW, today=date(2026, 10, 15))) == "сегодня в_01:20"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        russian_moment(datetime(2026, 10, 14, 22, 20), MOSCOW)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(0, "сегодня"), (1, "завтра"), (-1, "вчера"), (4, "через_4_дня"), (21, "через_21_день"), (-12, "12_дней назад")],
)
def test_relative_day(ahead: int, words: str) -> None:
    assert shown(relative_day(TODAY + timedelta(days=ahead), TODAY)) == words


@given(some_days, some_days)
def test_overdue_and_relative_never_disagree(due: date, today: date) -> None:
    late = bool(overdue_by(due, today))

    assert late == (due < today)
    assert late == (relative_day(due, today) == "вчера" or relative_day(due, today).endswith("назад"))


def test_lateness_standing_and_lag_in_words() -> None:
    assert shown(overdue_by(date(2026, 10, 31), TODAY)) == "на_12_дней"
    assert overdue_by(TODAY, TODAY) == ""
    assert shown(standing_for(date(2026, 10, 15), TODAY)) == "стоит 28_дней"
    assert standing_for(TODAY, TODAY) == "с сегодняшнего дня"
    assert shown(entered_after(date(2026, 10, 8), date(2026, 10, 9))) == "через_1_день"
    assert entered_after(TODAY, TODAY) == ""


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        (("Морозова", "Елена", "Викторовна"), "Морозова_Е._В."),
        (("Ким", "Данил", None), "Ким_Д."),
        (("Мусина", "Анна-Мария", ""), "Мусина_А.-М."),
        (("Лис", "", None), "Лис"),
    ],
)
def test_staff_are_named_with_initials(parts: tuple[str, str, str | None], label: str) -> None:
    assert shown(short_name(*parts)) == label


def test_pupils_and_pairs_are_named_in_full() -> None:
    assert pupil_name("Белова", "Анна") == "Белова Анна"
    assert shown(pair_name("Белова Анна", "Ким Данил")) == "Белова Анна_— Ким Данил"


@pytest.mark.parametrize(
    ("written", "set_in_type"),
    [
        ("Приказ № 91-ОД от 16 сентября 2026", "Приказ №_91=ОД от_16_сентября 2026"),
        ("Приказ №91-ОД", "Приказ №_91=ОД"),
        ("Белова Анна — Ким Данил", "Белова Анна_— Ким Данил"),
        ("у 100 % участников", "у_100_% участников"),
        ("есть 31 из 34 согласий", "есть 31_из_34_согласий"),
        ("Проверены все 1 248, сегодня в 08:40", "Проверены все 1_248, сегодня в_08:40"),
        ("ведёт Морозова Е.В., куратор", "ведёт Морозова_Е._В., куратор"),
        ("подписал А. П. Гусев", "подписал А._П._Гусев"),
        ("Решает Иванова Н. П. Бланк выдан", "Решает Иванова_Н._П. Бланк выдан"),
        ("мониторинг, 1-й этап", "мониторинг, 1=й этап"),
        ("в базе и в школе", "в_базе и_в_школе"),
        ("Пункт 3.4 и 3.5", "Пункт 3.4 и_3.5"),
        ("с 2026 300 пар", "с_2026 300_пар"),
    ],
)
def test_typographic(written: str, set_in_type: str) -> None:
    assert shown(typographic(written)) == set_in_type


@given(sentences)
def test_typographic_done_twice_is_the_same(text: str) -> None:
    once = typographic(text)

    assert typographic(once) == once


@given(sentences)
def test_typographic_changes_only_spaces_and_hyphens(text: str) -> None:
    def letters(some: str) -> str:
        return re.sub(r"[ \u00a0]", "", some).replace(NBHYPHEN, "-")

    assert letters(typographic(text)) == letters(text)


def test_typographic_leaves_tags_alone() -> None:
    linked = typographic(Markup('<a href="/p a 5 b" title="в с">5 пар в школе</a>'))

    assert linked == Markup('<a href="/p a 5 b" title="в с">5\u00a0пар в\u00a0школе</a>')
    assert isinstance(linked, Markup)


def test_plain_text_stays_plain_so_that_templates_escape_it() -> None:
    assert not isinstance(typographic("<b>5 пар</b>"), Markup)


def test_searchable_undoes_what_typography_did() -> None:
    assert searchable(typographic("Приказ № 91-ОД, 31 из 34")) == "Приказ № 91-ОД, 31 из 34"


def test_templates_get_filters_and_names() -> None:
    app = Flask(__name__)
    register_filters(app)
    template = app.jinja_env.from_string(
        "{{ 3|counted('пара', 'пары', 'пар') }}, {{ day|russian_date(2026) }}, {{ short_name('Гусев', 'Антон') }}"
    )

    assert shown(template.render(day=TODAY)) == "3_пары, 12_ноября, Гусев_А."


def test_preposition_after_a_year_is_not_its_unit() -> None:
    told = typographic("с 15 сентября 2026 на 10 ноября 2026")

    assert told == f"с{NBSP}15{NBSP}сентября 2026 на{NBSP}10{NBSP}ноября 2026"


def test_a_number_nobody_counted_on_says_so() -> None:
    assert number(Amount(1_248)) == f"1{NBSP}248"
    assert count(Amount(1), "пара", "пары", "пар") == f"1{NBSP}пара"
    assert count(Amount.of(2_001), "пара", "пары", "пар") == f"больше{NBSP}2{NBSP}000{NBSP}пар"
    assert number(Amount(2_000) + Amount.of(3_000)) == f"больше{NBSP}4{NBSP}000"
    assert not Amount(0)
