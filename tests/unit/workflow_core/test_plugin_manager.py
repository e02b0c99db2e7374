"""Plugins: attribution, clashes, and every way to be left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from workflow_core import plugin_manager
from workflow_core.exceptions import InvalidDefinition, PluginError
from workflow_core.guards import Guard
from workflow_core.hookspecs import hookimpl
from workflow_core.plugin_manager import Role, build_catalogue

MACHINE = Path(__file__).parent / "machines" / "visit.yaml"


class Roles:
    def __init__(self, *codes: str) -> None:
        self.codes = codes

    @hookimpl
    def contribute_roles(self) -> list[Role]:
        return [Role(code, code.title()) for code in self.codes]


class Misspelt:
    @hookimpl
    def contribute_gards(self) -> list[Guard]:
        return []


def test_contributions_are_attributed_to_their_plugin() -> None:
    catalogue = build_catalogue([("school", Roles("curator")), ("region", Roles("district"))], entry_points=False)

    assert set(catalogue.roles) == {"curator", "district"}
    assert catalogue.version_of("role", "district")[0] == "region"
    assert catalogue.plugins["school"].contributes["roles"] == ["curator"]


def test_clash_of_names_is_refused_and_names_both_plugins() -> None:
    with pytest.raises(InvalidDefinition, match=r"«region».*«school»|«school».*«region»"):
        build_catalogue([("school", Roles("curator")), ("region", Roles("curator"))], entry_points=False)


def generator_that_raises() -> Any:
    yield Role("head", "Директор")
    raise RuntimeError("дальше не читается")


class Gone(BaseException):
    """Like KeyboardInterrupt: no Exception."""


def raising(what: BaseException) -> Callable[[], Any]:
    def contribute_guards() -> Any:
        raise what

    return contribute_guards


def endless() -> Any:
    while True:
        yield Role("head", "Директор")


NONSENSE: list[tuple[str, Callable[[], Any], str]] = [
    ("guards", raising(RuntimeError("нет файла с правилами")), "RuntimeError: нет файла с правилами"),
    ("guards", raising(SystemExit(3)), "SystemExit: 3"),
    ("guards", raising(KeyboardInterrupt()), "KeyboardInterrupt"),
    ("guards", raising(Gone()), "Gone"),
    ("guards", raising(MemoryError()), "MemoryError"),
    ("guards", lambda: None, "вместо списка получено NoneType"),
    ("guards", lambda: "room_free", "вместо списка получено str"),
    ("guards", lambda: ["room_free"], "нужен Guard, получено str"),
    ("guards", lambda: [Guard("", "", print)], "Guard.name: нужен непустой текст"),
    ("guards", lambda: [Guard("x", "х", None)], "Guard.check: нужна функция"),  # type: ignore[arg-type]
    ("guards", lambda: [Guard("x", "х", print, "room")], "Guard.needs: нужен кортеж имён"),  # type: ignore[arg-type]
    ("roles", generator_that_raises, "RuntimeError: дальше не читается"),
    ("roles", endless, "в списке больше 10000"),
    ("definitions", lambda: ["visit.yaml"], "нужен путь к файлу"),
    ("profiles", lambda: [Path("nowhere.yaml")], "файла нет: nowhere.yaml"),
    ("document_kinds", lambda: [object()], "нужен DocumentKind"),
]


def plugin(**hooks: Callable[..., Any]) -> ModuleType:
    """A module with hooks, as a stranger would ship one."""
    made = ModuleType("chaos")
    for name, function in hooks.items():
        setattr(made, name, hookimpl(function))
    return made


@pytest.mark.parametrize(("hook", "answer", "fault"), NONSENSE, ids=[one[2] for one in NONSENSE])
def test_plugin_with_a_fault_is_left_out_whole(hook: str, answer: Callable[[], Any], fault: str) -> None:
    given = {"contribute_effects": lambda: [], "contribute_road_maps": lambda: [MACHINE], f"contribute_{hook}": answer}
    broken = plugin(**given, after_commit=lambda: None)
    catalogue = build_catalogue([("broken", broken), ("school", Roles("curator"))], entry_points=False)

    assert fault in catalogue.plugins["broken"].fault
    assert f"contribute_{hook}" in catalogue.plugins["broken"].fault
    assert set(catalogue.roles) == {"curator"}
    # What it gave before the fault is gone too, and nothing of it is ever called.
    assert (catalogue.road_maps, catalogue.guards, catalogue.listeners) == ([], {}, ())
    assert not catalogue.listens_after_commit
    assert catalogue.plugins["broken"].contributes == {}


def test_misspelt_hook_and_unknown_argument_are_faults() -> None:
    def contribute_roles(colour: str) -> list[Role]:
        return []

    catalogue = build_catalogue(
        [("misspelt", Misspelt()), ("argument", plugin(contribute_roles=contribute_roles))], entry_points=False
    )

    assert "contribute_gards" in catalogue.plugins["misspelt"].fault
    assert "colour" in catalogue.plugins["argument"].fault


@pytest.mark.parametrize("left", ["missing", "broken"])
def test_nothing_starts_without_a_mandatory_plugin(left: str) -> None:
    broken = plugin(contribute_guards=raising(SystemExit(1)))
    with pytest.raises(PluginError) as found:
        build_catalogue([("broken", broken)], entry_points=False, mandatory=[left])

    assert str(found.value).startswith(f"Программа не запущена: обязательное дополнение «{left}»")
    told = build_catalogue([("broken", broken)], entry_points=False, mandatory=[left], tolerant=True).plugins[left]
    assert (told.mandatory, bool(told.fault)) == (True, True)
    assert found.value.plugin == left
    if left == "broken":
        assert f"версии {build_catalogue([('broken', broken)], entry_points=False).plugins['broken'].version}" in str(
            found.value
        )


def test_each_hook_is_timed_and_slowness_is_shown_not_punished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin_manager, "SLOW_SECONDS", 0.0)
    catalogue = build_catalogue([("school", Roles("curator"))], entry_points=False)

    info = catalogue.plugins["school"]
    assert set(info.hook_seconds) == {"contribute_roles"}
    assert "contribute_roles 0,0 с" in info.slow
    assert set(catalogue.roles) == {"curator"}


def test_wrong_definition_file_is_reported_with_its_place(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MACHINE.read_text().replace("to: held", "to: hold"))

    class Definitions:
        @hookimpl
        def contribute_definitions(self) -> list[Path]:
            return [wrong]

    plugins = [("region", Definitions()), ("school", Roles("curator"))]
    catalogue = build_catalogue(plugins, entry_points=False)
    assert any(finding.line > 0 and "hold" in finding.text for finding in catalogue.findings)
    assert "hold" in catalogue.plugins["region"].fault
    assert (set(catalogue.roles), catalogue.definitions) == ({"curator"}, {})

    with pytest.raises(InvalidDefinition) as found:
        build_catalogue(plugins, entry_points=False, mandatory=["region"])
    assert any(finding.line > 0 and "hold" in finding.text for finding in found.value.findings)


def test_nobody_listening_needs_no_job() -> None:
    assert not build_catalogue([("school", Roles("curator"))], entry_points=False).listens_after_commit
