"""The five profiles against the table that was read from their road maps: the same step, different weight."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from workflow_core.definition import WorkflowDefinition
from workflow_core.definition_reader import read_definitions
from workflows.organisations.profile import LayeredProfile, layered
from workflows.organisations.profile_file import check_profiles, read_profiles
from workflows.organisations.tables import Organisation

ROOT = Path(__file__).parents[3]
FILES = tuple(sorted((ROOT / "plugins").glob("profile_*/profile.yaml")))
CODES = ("teachers", "kakhun", "tarasovsky", "kindergarten", "school9")
SEPTEMBER, NOVEMBER, DECEMBER = date(2025, 9, 15), date(2025, 11, 15), date(2025, 12, 1)


@pytest.fixture(scope="module")
def definitions() -> Mapping[str, WorkflowDefinition]:
    folder = ROOT / "workflows" / "mentoring"
    return {one.code: one for one in read_definitions([folder / "pair.yaml", folder / "pair_teachers.yaml"])}


def place(code: str) -> LayeredProfile:
    school = Organisation(
        id="a" * 32, organisation_id="a" * 32, kind="school", title="Ш", short_title="Ш", profile=code
    )
    return layered([school], [], datetime(2025, 9, 15, tzinfo=UTC), read_profiles(FILES))


def severity(code: str, event: str, guard: str, day: date, definitions: Mapping[str, WorkflowDefinition]) -> str:
    """The weight under a profile, in the lifecycle that it chose (the district leaves the choice to its schools)."""
    found = place(code)
    definition = definitions[str(found.settings["pair.definition"])]
    ruling = found.ruling(definition.code, event, guard, day)
    if ruling:
        return str(ruling.severity)
    defaults = {use.name: use.severity for use in definition.event(event).guards}
    return str(defaults[guard]) if guard in defaults else "absent"


# Columns: typical map for teachers, Kakhun school, Tarasovsky district, kindergarten, school No. 9.
TABLE = [
    ("form", "order_in_force", SEPTEMBER, "block off reason block block"),
    ("form", "personal_data_consents", SEPTEMBER, "block reason reason block block"),
    ("form", "personal_data_consents", NOVEMBER, "block block reason block block"),
    ("start_work", "personal_data_consents", SEPTEMBER, "block block reason block block"),
    ("form", "duty_consents", SEPTEMBER, "block off off block note"),
    ("hold_planning", "trial_held", SEPTEMBER, "- note off - block"),
    ("start_work", "meetings_before_work", SEPTEMBER, "absent note off absent block"),
    ("start_work", "plan_drawn_up", SEPTEMBER, "block block note block note"),
    ("start_work", "plan_approved", NOVEMBER, "off reason off off off"),
    ("start_work", "plan_approved", DECEMBER, "off block off off off"),
    ("hold_final", "feedback_collected", SEPTEMBER, "note note note note block"),
    ("close", "exit_questionnaire", SEPTEMBER, "note note note note block"),
    ("close", "case_written", SEPTEMBER, "off off off off reason"),
]


@pytest.mark.parametrize(("event", "guard", "day", "expected"), TABLE)
def test_profiles_weigh_the_same_step_as_their_maps_ask(
    event: str, guard: str, day: date, expected: str, definitions: Mapping[str, WorkflowDefinition]
) -> None:
    for code, weight in zip(CODES, expected.split(), strict=True):
        if weight != "-":
            assert severity(code, event, guard, day, definitions) == weight, code


SETTINGS = [
    ("pair.definition", ("pair_teachers", "pair", "pair", "pair_teachers", "pair")),
    ("consent.representative_until", (14, 14, 14, 14, 18)),
    ("consent.both_until", (18, 0, 18, 18, 0)),
    ("words.bank", ("банк", "база", "база", "банк", "база")),
    ("words.head", ("руководитель", "директор", "руководитель", "заведующий", "директор")),
    ("form.without_order", (False, True, False, False, False)),
    ("meetings.combine", (False, True, False, False, False)),
    ("case.at_close", (False, False, False, False, True)),
]


@pytest.mark.parametrize(("key", "expected"), SETTINGS)
def test_settings_of_the_profiles(key: str, expected: tuple[object, ...]) -> None:
    assert tuple(place(code).settings[key] for code in CODES) == expected


def test_profiles_name_only_what_the_lifecycles_have(definitions: Mapping[str, WorkflowDefinition]) -> None:
    assert check_profiles(FILES, definitions) == []
    assert set(read_profiles(FILES).profiles) == set(CODES)


@pytest.mark.parametrize(
    ("code", "source"),
    [("teachers", "регион"), ("tarasovsky", "район"), ("kakhun", "школа")],
)
def test_answer_names_its_layer(code: str, source: str) -> None:
    definition = str(place(code).settings["pair.definition"])
    ruling = place(code).ruling(definition, "form", "order_in_force", SEPTEMBER)

    assert ruling is not None
    assert ruling.source == source
