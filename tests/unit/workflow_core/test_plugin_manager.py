"""Plugins: attribution, clashes, misspelt hooks, and one that raises."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from workflow_core.exceptions import InvalidDefinition, PluginError
from workflow_core.guards import Guard
from workflow_core.history import HistoryEntry
from workflow_core.hookspecs import hookimpl
from workflow_core.plugin_manager import Role, build_catalogue

MACHINE = Path(__file__).parent / "machines" / "visit.yaml"


class Roles:
    def __init__(self, *codes: str) -> None:
        self.codes = codes

    @hookimpl
    def contribute_roles(self) -> list[Role]:
        return [Role(code, code.title()) for code in self.codes]


class Raises:
    @hookimpl
    def contribute_guards(self) -> list[Guard]:
        raise RuntimeError("нет файла с правилами")


class Misspelt:
    @hookimpl
    def contribute_gards(self) -> list[Guard]:
        return []


class Listens:
    def __init__(self, fail: bool = False) -> None:
        self.heard: list[int] = []
        self.fail = fail

    @hookimpl
    def after_commit(self, entries: Sequence[HistoryEntry]) -> None:
        self.heard.append(len(entries))
        if self.fail:
            raise ValueError("почта не отвечает")


def test_contributions_are_attributed_to_their_plugin() -> None:
    catalogue = build_catalogue([("school", Roles("curator")), ("region", Roles("district"))], entry_points=False)

    assert set(catalogue.roles) == {"curator", "district"}
    assert catalogue.version_of("role", "district")[0] == "region"
    assert catalogue.plugins["school"].contributes["roles"] == ["curator"]


def test_clash_of_names_is_refused_and_names_both_plugins() -> None:
    with pytest.raises(InvalidDefinition, match=r"«region».*«school»|«school».*«region»"):
        build_catalogue([("school", Roles("curator")), ("region", Roles("curator"))], entry_points=False)


def test_misspelt_hook_is_refused() -> None:
    with pytest.raises(PluginError, match="contribute_gards"):
        build_catalogue([("school", Misspelt())], entry_points=False)


def test_plugin_that_raises_is_left_out_with_its_fault() -> None:
    catalogue = build_catalogue([("broken", Raises()), ("school", Roles("curator"))], entry_points=False)

    assert "нет файла с правилами" in catalogue.plugins["broken"].fault
    assert set(catalogue.roles) == {"curator"}


def test_wrong_definition_file_is_reported_with_its_place(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MACHINE.read_text().replace("to: held", "to: hold"))

    class Definitions:
        @hookimpl
        def contribute_definitions(self) -> list[Path]:
            return [wrong]

    with pytest.raises(InvalidDefinition) as found:
        build_catalogue([("region", Definitions())], entry_points=False)

    assert any(finding.line > 0 and "hold" in finding.text for finding in found.value.findings)


def test_listener_that_fails_does_not_stop_the_others() -> None:
    good, bad = Listens(), Listens(fail=True)
    catalogue = build_catalogue([("good", good), ("bad", bad)], entry_points=False)

    assert catalogue.listens_after_commit
    with pytest.raises(PluginError, match="почта не отвечает"):
        catalogue.notify("scope", [])
    assert (good.heard, bad.heard) == ([0], [0])


def test_nobody_listening_needs_no_job() -> None:
    assert not build_catalogue([("school", Roles("curator"))], entry_points=False).listens_after_commit
