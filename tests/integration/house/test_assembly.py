"""Everything that ships, put together as the product puts it together: every name that one room uses another one gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from tests.integration.durability.golden import FOLDER, read_golden
from web.assembly import catalogue
from web.commands.check import findings, known_names
from workflow_core.definition import WorkflowDefinition
from workflow_core.judgement import RELATIONS
from workflow_core.lint import lint, lint_guards
from workflow_core.rendering import check_kind
from workflows.documents.kinds import evidence_codes, known_kinds
from workflows.organisations.profile_file import check_profiles, library
from workflows.organisations.settings import fault_of, setting_definitions
from workflows.road_maps.map_template import load

KNOWN = catalogue()
CONSEQUENCES = {name for name, one in KNOWN.consequences.items() if not one.revokes}
DEFINITIONS = tuple(KNOWN.definitions.values())
MAPS = tuple(load(path) for path in KNOWN.road_maps)

every_definition = pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.code)


def guard_names(definition: WorkflowDefinition) -> Iterator[str]:
    for event in definition.events:
        yield from (use.name for use in event.guards)


def test_all_that_ships_is_there() -> None:
    assert set(KNOWN.definitions) == {
        *("pair", "pair_teachers", "act", "consent", "agreement", "working_paper"),
        *("road_map", "stage", "activity"),
    }
    assert {one.code for one in MAPS} == {
        *("teachers_typical", "kakhun_2025", "tarasovsky_2020", "kindergarten_333", "school9_2020")
    }
    assert set(library(tuple(KNOWN.profiles)).profiles) == {
        *("teachers", "kakhun", "tarasovsky", "kindergarten", "school9")
    }
    assert {info.name: info.fault for info in KNOWN.plugins.values() if info.fault} == {}


@every_definition
def test_a_definition_lints_clean_against_what_is_installed(definition: WorkflowDefinition) -> None:
    assert [asdict(finding) for finding in lint(definition, known_names(KNOWN))] == []


@every_definition
def test_every_name_in_a_definition_is_given_by_somebody(definition: WorkflowDefinition) -> None:
    events = definition.events
    roles = {role for event in events for role in event.roles} | {r for v in definition.verbs.values() for r in v.roles}

    assert set(guard_names(definition)) <= set(KNOWN.guards)
    assert {name for event in events for name in event.does} <= set(KNOWN.effects)
    assert {name for event in events for name in event.then} <= CONSEQUENCES
    assert {name for event in events for name in event.revokes} <= set(KNOWN.consequences) - CONSEQUENCES
    assert {kind for event in events for kind in event.papers} <= set(known_kinds(KNOWN))
    assert {other for event in events for other in event.other_than} <= {event.name for event in events}
    assert roles <= set(KNOWN.roles)


@every_definition
def test_every_fact_that_a_guard_needs_is_loaded_for_its_subject(definition: WorkflowDefinition) -> None:
    lacking = [
        (name, fact)
        for name in guard_names(definition)
        for fact in KNOWN.guards[name].needs
        if KNOWN.provider(definition.subject, fact) is None
    ]

    assert lacking == []


@every_definition
def test_a_role_by_relation_can_be_held_on_the_subject(definition: WorkflowDefinition) -> None:
    """«Наставник» counts only where the subject itself says whose it is: a definition that names it needs that fact."""
    named = {role for event in definition.events for role in event.roles}
    by_relation = sorted(role for role in named if KNOWN.roles[role].relation)

    assert not by_relation or KNOWN.provider(definition.subject, RELATIONS) is not None, by_relation


def test_no_guard_is_contributed_in_vain() -> None:
    released = [read_golden(path).definition for path in FOLDER.glob("*.jsonl")]
    used = {name for definition in released for name in guard_names(definition)}

    assert sorted(set(KNOWN.guards) - used) == []
    assert sorted(set(KNOWN.effects) - {n for d in released for e in d.events for n in e.does}) == []
    caused = {name for one in released for event in one.events for name in (*event.then, *event.revokes)}
    assert sorted(set(KNOWN.consequences) - caused) == []


def test_guards_ask_for_facts_that_exist() -> None:
    assert list(lint_guards(KNOWN.guards.values(), known_names(KNOWN))) == []


@pytest.mark.parametrize("kind", KNOWN.document_kinds.values(), ids=lambda one: one.code)
def test_a_kind_agrees_with_its_template(kind: object) -> None:
    assert check_kind(kind) == []  # type: ignore[arg-type]


def test_profiles_are_clean_and_give_known_settings_only() -> None:
    assert check_profiles(KNOWN.profiles, KNOWN.definitions) == []
    for profile in library(tuple(KNOWN.profiles)).profiles.values():
        assert {key: fault_of(key, value) for key, value in profile.settings.items() if fault_of(key, value)} == {}
        assert set(profile.settings) <= set(setting_definitions())


@pytest.mark.parametrize("template", MAPS, ids=lambda one: one.code)
def test_whatever_proves_an_item_is_kept_by_somebody(template: object) -> None:
    figures = {name for subject, name in KNOWN.facts if subject == "organisation"}
    papers = {code for kind in known_kinds(KNOWN) for code in evidence_codes(kind)}
    lines = [(item.key, line) for item in template.items for line in item.evidence]  # type: ignore[attr-defined]

    assert [(key, line.fact) for key, line in lines if line.fact and line.fact not in figures] == []
    assert [(key, line.document) for key, line in lines if line.document and line.document not in papers] == []


def test_the_check_of_the_command_line_finds_nothing() -> None:
    assert [asdict(one) for one in findings()] == []
