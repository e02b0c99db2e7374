"""The engine's own rules, word for word: people read them, links lead from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from workflow_core.guards import Actor, Blocker, Facts, Guard, Link, StandIn
from workflow_core.judgement import (
    _BACK_DATING,
    _DATES_IN_ORDER,
    BACK_DATING,
    _four_eyes,
    not_permitted,
)
from workflow_core.plugin_manager import Role
from workflow_core.unit_of_work import UnitOfWork

TODAY = date(2026, 11, 12)
ACTOR = Actor("account-1", "Морозова Е. В.", frozenset({"curator"}))
STAND_IN = StandIn(
    "person-2", "Гусев А. П.", "приказ № 98-к", date(2026, 11, 10), date(2026, 11, 20), "Гусева А. П.", "приказу № 98-к"
)


def found(guard: Guard, on_date: date, **facts: Any) -> list[Blocker]:
    return list(guard.check(Facts(facts), ACTOR, "hold", on_date))


def place(**titles: str) -> UnitOfWork:
    """A unit of work that knows these roles."""
    roles = {name: Role(name, title) for name, title in titles.items()}
    return cast(UnitOfWork, SimpleNamespace(catalogue=SimpleNamespace(roles=roles)))


def test_what_comes_too_late_says_by_how_much_and_where_the_limit_is_set() -> None:
    def asked(on_date: date) -> list[Blocker]:
        return found(_BACK_DATING, on_date, settings={BACK_DATING: 7}, today=TODAY)

    assert asked(date(2026, 11, 5)) == []
    assert asked(date(2026, 11, 4)) == [
        Blocker(
            "too_far_back",
            "Дата на 8 дн. раньше сегодняшней, без обоснования — не больше 7",
            "Сколько дней можно вносить задним числом, решает настройка организации",
            "Администратор",
            Link("rule", "back_dating.limit_days", "Открыть настройку"),
            values={"late": 8, "limit": 7},
        )
    ]


def test_a_day_before_the_previous_step_leads_to_that_step() -> None:
    process = SimpleNamespace(since="2026-11-05", subject_kind="visit", id="v1")

    assert found(_DATES_IN_ORDER, date(2026, 11, 5), process=process) == []
    assert found(_DATES_IN_ORDER, date(2026, 11, 4), process=process) == [
        Blocker(
            "before_previous_step",
            "Дата раньше предыдущего шага (05.11.2026)",
            "Если ошибка в дате предыдущего шага, исправьте его запись",
            "Тот, кто вправе исправлять записи",
            Link("correct_visit", "v1", "Исправить запись"),
            values={"since": "2026-11-05", "happened_on": "2026-11-04"},
        )
    ]


def test_four_eyes_name_who_acted_and_for_whom() -> None:
    same = Blocker(
        "same_person",
        "Морозова Е. В.: исполнил и принял один человек",
        "Шаг «Описано» сделан тем же человеком или за него: пусть этот сделает кто-то другой",
        "Другой человек",
    )
    guard, for_somebody = _four_eyes("Описано", None), _four_eyes("Описано", STAND_IN)

    assert (guard.name, guard.title) == ("four_eyes", "принимает другой человек")
    assert found(_four_eyes("", None), TODAY) == []
    assert found(guard, TODAY) == [same]
    text = "Морозова Е. В. за Гусева А. П. по приказу № 98-к: исполнил и принял один человек"
    assert found(for_somebody, TODAY) == [replace(same, text=text)]


def test_who_may_is_named_and_the_stand_in_of_other_days_too() -> None:
    uow = place(curator="Куратор", head="Директор")
    early = replace(ACTOR, other_days={"head": STAND_IN})

    assert not_permitted(uow, ("curator", "head", "system")) == Blocker(
        "not_permitted",
        "Этот шаг выполняет Куратор, Директор",
        "Роль даёт администратор в настройках",
        "Куратор, Директор",
        guard="policy",
    )
    assert not_permitted(uow, ("head",), early).text == f"Этот шаг выполняет Директор; {STAND_IN.term}"
    assert not_permitted(uow, ("curator",), early).text == "Этот шаг выполняет Куратор"
    assert not_permitted(uow, ("system",)) == Blocker(
        "not_permitted",
        "Этот шаг выполняется сам",
        "Его делает программа, когда сделано то, что его вызывает",
        "Маршрут",
        guard="policy",
    )


def test_a_stand_in_holds_on_its_first_and_last_day() -> None:
    days = [date(2026, 11, day) for day in (9, 10, 20, 21)]

    assert [STAND_IN.holds_on(day) for day in days] == [False, True, True, False]
    assert replace(STAND_IN, until=None).holds_on(date(2030, 1, 1))
