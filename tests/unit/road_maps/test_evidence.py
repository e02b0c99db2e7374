"""Evidence lines weighed one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from workflow_core.guards import Missing, Share
from workflows.documents.papers import ActInForce
from workflows.road_maps.evidence import LineState, Weighing, weigh_lines
from workflows.road_maps.tables import EvidenceLine, Occurrence


def line(**values: Any) -> EvidenceLine:
    return EvidenceLine(organisation_id="o", activity_id="a", position=1, title="Строка", **values)


def act(kind: str, *codes: str, about: str = "", signed_on: date = date(2026, 9, 5)) -> ActInForce:
    return ActInForce(f"d-{kind}", kind, "7", signed_on, "Приказ", frozenset({about} - {""}), (kind, *codes))


def weigh(row: EvidenceLine, **against: Any) -> LineState:
    return weigh_lines([row], Weighing("a", **against)).lines[0]


def test_an_order_has_to_name_the_item() -> None:
    row = line(kind="document", document="order")

    assert not weigh(row, papers=(act("pair_order", "pair_assignment_order", "order"),)).done
    assert not weigh(row, papers=(act("order", about="b"),)).done
    assert weigh(row, papers=(act("order", about="a"),)).done
    assert weigh(row, papers=(act("order"),), fact_documents=frozenset({"d-order"})).done


@pytest.mark.parametrize(
    ("signed_on", "done"), [(date(2026, 6, 2), True), (date(2026, 5, 31), False), (date(2027, 1, 1), True)]
)
def test_an_unlinked_paper_has_to_be_of_this_period(signed_on: date, done: bool) -> None:
    row = line(kind="document", document="pair_assignment_order")
    paper = act("pair_order", "pair_assignment_order", signed_on=signed_on)

    assert weigh(row, papers=(paper,), period_start=date(2026, 9, 1)).done is done


@pytest.mark.parametrize(
    ("share", "value", "done", "text"),
    [
        (None, Share(34, 34), True, "34 из 34"),
        (None, Share(31, 34), False, "31 из 34"),
        (90, Share(31, 34), True, "31 из 34, нужно 90 %"),
        (90, Share(30, 34), False, "30 из 34, нужно 90 %"),
        (None, Share(0, 0), False, "пока некого считать"),
    ],
)
def test_a_share(share: int | None, value: Share, done: bool, text: str) -> None:
    found = weigh(line(kind="fact", fact="f", share=share), figures={"f": value})

    assert (found.done, found.text) == (done, text)


@pytest.mark.parametrize(
    ("bounds", "value", "done", "text"),
    [
        ({"at_least": 2}, 1, False, "1, нужно 2"),
        ({"at_least": 2}, Share(2, 9), True, "2"),
        ({"at_most": 0}, Share(8, 9, (Missing("Ким Данил"),)), False, "1, допустимо 0"),
        ({"at_most": 0}, Share(9, 9), True, "0, допустимо 0"),
        ({"at_most": 0}, Share(0, 0), False, "пока некого считать"),
    ],
)
def test_a_count(bounds: dict[str, int], value: Any, done: bool, text: str) -> None:
    found = weigh(line(kind="count", fact="f", **bounds), figures={"f": value})

    assert (found.done, found.text) == (done, text)


def test_a_count_without_a_figure_counts_the_item_s_own_facts() -> None:
    assert not weigh(line(kind="count", at_least=2), facts=1).done
    assert weigh(line(kind="count", at_least=2), facts=2).done


def test_each_line_stands_on_its_own() -> None:
    rows = [line(kind="document", document="order"), line(kind="fact", fact="f"), line(kind="fact", fact="unknown")]

    found = weigh_lines(rows, Weighing("a", papers=(act("order", about="a"),), figures={"f": Share(1, 1)}))

    assert ([one.done for one in found.lines], found.text, found.is_complete) == ([True, True, False], "2 из 3", False)
    assert not found.lines[2].known


def test_organisations_prove_a_line_for_themselves() -> None:
    times = [
        Occurrence(organisation_id="o", activity_id="a", label=name, position=1, for_organisation_id=name, done_on=done)
        for name, done in (("Школа № 5", date(2026, 10, 1)), ("Лицей", None))
    ]

    found = weigh_lines(
        [line(kind="document", document="order", per_organisation=True)], Weighing("a", occurrences=times)
    )

    assert [(one.text, [who.label for who in one.missing]) for one in found.lines] == [("1 из 2", ["Лицей"])]
