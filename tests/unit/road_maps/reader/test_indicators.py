"""Measures of an indicator."""

from __future__ import annotations

import pytest

from workflows.road_maps.reader.indicators import Measure, measures_in


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("Охвачено не менее 10 % педагогов", [Measure("at_least", 10, "%")]),
        ("2–3% организаций", [Measure("between", 2, "%", 3)]),
        (
            "не менее 2х экспертов, не менее 10 занятий",
            [Measure("at_least", 2, "экспертов"), Measure("at_least", 10, "занятий")],
        ),
        ("у 100% участников", [Measure("exactly", 100, "%")]),
        ("реализованы менее чем на 90%", [Measure("less", 90, "%")]),
        ("не менее чем на 90 процентов", [Measure("at_least", 90, "%")]),
        ("Доля ≥ 70,5%", [Measure("at_least", 70.5, "%")]),
        ("50 % и более", [Measure("at_least", 50, "%")]),
        ("не более 3 наставляемых", [Measure("at_most", 3, "наставляемых")]),
        ("свыше 80 %", [Measure("more", 80, "%")]),
        ("приказ от 01.09.2022 № 15, 5-11 классы, 2022-2023 учебный год", []),
        ("не менее", []),
        ("9" * 100_000, []),
    ],
)
def test_measures(text: str, measures: list[Measure]) -> None:
    assert list(measures_in(text)) == measures
