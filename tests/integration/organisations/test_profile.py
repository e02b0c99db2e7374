"""The rules of a place as the engine gets them: layers of the tree, own settings, days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.integration.organisations.conftest import DISTRICT, OTHER, SCHOOL, Reading, Writing
from workflow_core.guards import Profile, Severity
from workflow_core.unit_of_work import ProcessEngine
from workflows.organisations import operations
from workflows.organisations.profile import LayeredProfile, explain

CONSENTS = ("pair", "form", "personal_data_consents")


def profile(reading: Reading, scope: str = SCHOOL) -> LayeredProfile:
    with reading(scope) as read:
        found: Profile = read.profile
    assert isinstance(found, LayeredProfile)
    return found


def ruled(found: Profile, *key: str, on: date = date(2026, 11, 12)) -> tuple[str, str] | None:
    ruling = found.ruling(*key, on)  # type: ignore[call-arg]  # three names and a day
    return (str(ruling.severity), ruling.source) if ruling else None


def test_nearer_layer_wins_and_says_so(reading: Reading) -> None:
    found = profile(reading)

    assert ruled(found, "pair", "form", "order_in_force") == ("off", "школа")
    assert ruled(found, "pair_teachers", "form", "order_in_force") == ("reason", "район")
    assert ruled(found, "pair", "propose", "form_allowed") is None
    assert (found.settings["consent.both_until"], found.source_of("consent.both_until")) == (0, "школа")
    assert (found.settings["stuck_days"], found.source_of("stuck_days")) == (21, "основные правила")


def test_district_has_only_its_own_rules(reading: Reading) -> None:
    assert ruled(profile(reading, DISTRICT), *CONSENTS) == ("reason", "район")
    assert ruled(profile(reading, OTHER), *CONSENTS) is None


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        (date(2026, 9, 1), "reason"),
        (date(2026, 10, 31), "reason"),
        (date(2026, 11, 1), "block"),
        (date(2027, 1, 15), "block"),
        (date(2027, 8, 31), "block"),
        (date(2027, 9, 1), "reason"),
    ],
)
def test_dated_rule_is_counted_in_the_school_year(reading: Reading, day: date, severity: str) -> None:
    assert ruled(profile(reading), *CONSENTS, on=day) == (severity, "школа")


def test_own_setting_stands_above_the_profile_from_its_day_until_taken_back(writing: Writing, reading: Reading) -> None:
    key = "pair/form/order_in_force"
    with writing() as write:
        operations.set_setting(write, key, "block", valid_from=date(2026, 10, 1))
        operations.set_setting(write, key, None, valid_from=date(2026, 12, 1))
        operations.set_setting(write, "stuck_days", 30)
        operations.set_setting(write, "stuck_days", 5, valid_from=date(2026, 12, 1))

    found = profile(reading)

    rule = ("pair", "form", "order_in_force")
    assert [ruled(found, *rule, on=date(2026, month, 1)) for month in (9, 10, 12)] == [
        ("off", "школа"),
        ("block", "школа"),
        ("off", "школа"),
    ]
    assert found.settings["stuck_days"] == 30
    assert found.settings_on(date(2026, 12, 1))["stuck_days"] == 5


def test_today_is_the_day_of_the_place(engine: ProcessEngine, writing: Writing) -> None:
    with writing() as write:
        operations.change_organisation(write, time_zone="Asia/Kamchatka")

    with engine.read(SCHOOL, now=datetime(2026, 11, 12, 13, 0, tzinfo=UTC)) as read:
        assert read.today == date(2026, 11, 13)
        assert read.profile.settings["time_zone"] == "Asia/Kamchatka"
    with engine.read(OTHER, now=datetime(2026, 11, 12, 13, 0, tzinfo=UTC)) as read:
        assert read.today == date(2026, 11, 12)


def test_profile_that_nobody_gives_any_more_is_named(engine: ProcessEngine, reading: Reading) -> None:
    engine.catalogue.profiles[:] = [path for path in engine.catalogue.profiles if "kakhun" not in str(path)]

    found = profile(reading)

    assert found.missing == ("kakhun",)
    assert ruled(found, *CONSENTS) == ("reason", "район")


def test_explain_names_value_layer_and_file(engine: ProcessEngine, writing: Writing, reading: Reading) -> None:
    with writing() as write:
        operations.set_setting(write, "pair/form/duty_consents", "note", valid_from=date(2026, 9, 1))

    rows = {row.key: row for row in explain(profile(reading), date(2026, 11, 12), engine.catalogue.definitions["pair"])}

    order = rows["pair/form/order_in_force"]
    assert (order.value, order.words, order.layer) == (Severity.OFF, "не проверяется", "школа")
    assert order.source.endswith("profile_kakhun/profile.yaml".replace("/", "\\" if "\\" in order.source else "/"))
    assert rows["pair/form/duty_consents"].source == "настройка с 01.09.2026"
    assert (rows["pair/propose/form_allowed"].layer, rows["pair/propose/form_allowed"].value) == (
        "основные правила",
        Severity.BLOCK,
    )


def test_explain_without_definition_lists_settings(reading: Reading) -> None:
    rows = {row.key: row for row in explain(profile(reading), date(2026, 11, 12))}

    assert (rows["words.bank"].value, rows["words.bank"].layer) == ("база", "школа")
    assert rows["meetings.combine"].words == "да"
    assert rows["back_dating.limit_days"].words == "не задано"
