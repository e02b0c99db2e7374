"""Words broken at the end of a line: the hyphen stays where it is the word's own."""

from __future__ import annotations

import pytest

from workflows.road_maps.reader.folding import Words, fold, without_markup


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("настав-\nники", "наставники"),
        ("зако-\n  нодательство", "законодательство"),
        ("возможно-\nстями", "возможностями"),
        ("образовательно-\nго", "образовательного"),
        ("учебно-\nметодический", "учебно-методический"),
        ("психолого-\n\nпедагогическая", "психолого-педагогическая"),
        ("«ученик-\nученик»", "«ученик-ученик»"),
        ("педагог-\nпсихолог", "педагог-психолог"),
        ("учебно- методический план", "учебно-методический план"),
        ("материально- и технически", "материально- и технически"),
        ("организации -\nпартнёры", "организации - партнёры"),
        ("2020-\n2021 год", "2020-2021 год"),
        ("  два\t слова\u00a0\n", "два слова"),
    ],
)
def test_broken_words(broken: str, whole: str) -> None:
    assert fold(broken) == whole


def test_other_places_of_the_file_tell_how_a_word_is_written() -> None:
    words = Words(["бизнес-встреча, мониторинг встречи"])

    assert fold("Бизнес-\nвстреча; монито-\nринг", words) == "Бизнес-встреча; мониторинг"


def test_markup_is_taken_out_and_named() -> None:
    assert without_markup('<ol style="a: b"> 1. Приказ&nbsp;<br/>**об** A < B') == (
        "  1. Приказ\u00a0 об A < B",
        ['<ol style="a: b">', "<br/>"],
    )
