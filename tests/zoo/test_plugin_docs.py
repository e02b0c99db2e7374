"""docs/plugins.md is true: its examples are one plugin that keeps all contracts, every hook is there and is used."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module, reload
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT
from web.assembly import BUILT_IN
from web.contract_house import house
from web.plugin_package import make
from workflow_core import contracts, hookspecs
from workflow_core import queries as core
from workflow_core.contracts import Bench, check
from workflow_core.guards import SYSTEM
from workflow_core.operations import Call
from workflow_core.verification import Checkpoint
from workflows.mentoring import queries

PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(python|yaml)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HOOKS = sorted(name for name, one in vars(hookspecs).items() if hasattr(one, "marshrut_spec"))


def shipped_modules() -> list[ModuleType]:
    plugins = [
        import_module(f"plugins.{path.parent.name}") for path in sorted((ROOT / "plugins").glob("*/__init__.py"))
    ]
    return [*(module for _name, module in BUILT_IN), *plugins]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package whose files stand in the page, importable."""
    folder = tmp_path_factory.mktemp("page")
    make("dormitory", folder)
    package = folder / "dormitory"
    for path in [*package.rglob("*.py"), *package.rglob("*.yaml")]:
        path.unlink()
    for _language, text in BLOCKS:
        first, _line, rest = text.partition("\n")
        file = package / first.removeprefix("# ")
        with file.open("a", encoding="utf-8") as opened:
            opened.write(f"{rest}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(package))
        yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "dormitory"]:
        del sys.modules[name]


def test_examples_are_a_plugin_that_keeps_all_contracts(page: Path) -> None:
    bench = Bench(house(), [("dormitory", import_module("dormitory"))], samples=page / "tests" / "samples")
    bench.elsewhere["dormitory"] = {}  # the zoo makes papers in another process

    assert [str(one) for one in check(bench, "dormitory")] == []
    given = bench.catalogue.plugins["dormitory"].contributes
    assert sorted(f"contribute_{what}" for what in given) == [name for name in HOOKS if name.startswith("contribute_")]
    definition = bench.catalogue.definitions["dormitory_pair"]
    assert [use.name for use in definition.event("form").guards][-1] == "dormitory_group_small_enough"
    assert definition.event("plan_evening").does == ("dormitory_plan_evening",)
    _plan_and_take_back(bench)
    bench.close()


def _plan_and_take_back(bench: Bench) -> None:
    """The effect of the page does what its step says."""
    effect, day = bench.catalogue.effects["dormitory_plan_evening"], bench.world.today
    with bench.read() as read:
        process = core.process(read.session, bench.world.subjects["pair"][0])
        entry = core.entries_after(read.session, read.scope, 0, 1)[0]._replace(seq=0)
    assert process is not None
    with bench.engine.write(bench.world.scope, SYSTEM, now=bench.world.now) as write:
        effect.apply(write, process, Call("plan_evening", {}, day, "", ""))
        write.session.flush()
        (line,) = queries.meetings(write.session, write.scope, [process.id], day, day + timedelta(days=7))[process.id]
        assert (line.status, line.topic, line.held_on) == ("planned", "Вечер в интернате", day + timedelta(days=7))
        assert effect.take_back is not None
        effect.take_back(write, process, entry)
        assert line.status == "cancelled"


def test_tests_of_the_page_pass(page: Path) -> None:
    import_module("dormitory")
    for path in (page / "tests").glob("test_*.py"):
        names: dict[str, object] = {}
        exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
        found = [one for name, one in names.items() if name.startswith("test_")]
        assert found
        for one in found:
            one()  # type: ignore[operator]


def test_every_block_says_which_file_it_is() -> None:
    assert all(re.match(r"# (dormitory|tests)/\w+\.(py|yaml)\n", text) for _language, text in BLOCKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_is_documented_with_an_example(hook: str) -> None:
    section = PAGE.split(f"\n## {hook}\n", 1)[1].split("\n## ", 1)[0]

    assert f"@hookimpl\ndef {hook}(" in section


@pytest.fixture
def checkpoints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The plugin as it is where a folder is named; without one it has no hook."""
    module = import_module("plugins.checkpoints")
    assert not hasattr(module, "after_commit")
    monkeypatch.setenv(module.FOLDER, str(tmp_path))
    yield reload(module)
    del module.after_commit


@pytest.mark.usefixtures("checkpoints")
def test_each_hook_is_used_by_what_is_shipped() -> None:
    used = {name for module in shipped_modules() for name in HOOKS if hasattr(vars(module).get(name), "marshrut_impl")}

    assert used == set(HOOKS)
    assert len(HOOKS) >= 11


def test_every_code_of_the_kit_stands_in_the_page() -> None:
    folder = Path(str(contracts.__file__)).parent
    sources = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    codes = set(re.findall(r'Violation\(\s*plugin,\s*"(\w+)"', sources))

    assert len(codes) > 25
    assert sorted(code for code in codes if f"`{code}`" not in PAGE) == []


def test_checkpoints_keep_the_contracts_and_the_newest_hash(checkpoints: ModuleType, tmp_path: Path) -> None:
    bench = Bench(house(), [("checkpoints", checkpoints)], entry_points=False)

    assert bench.catalogue.listeners == ("checkpoints",)
    assert [str(one) for one in check(bench, "checkpoints")] == []
    with bench.read() as read:
        entries = core.entries_after(read.session, read.scope, 0, 9)
    for told in (entries[3:5], entries[:2]):  # a job that comes late takes nothing back
        bench.catalogue.tell("checkpoints", bench.world.scope, told)
    kept = tmp_path / f"{bench.world.scope}.txt"
    assert Checkpoint.from_text(kept.read_text("utf-8")) == Checkpoint(5, entries[4].hash)
    assert list(tmp_path.iterdir()) == [kept]
    bench.close()
