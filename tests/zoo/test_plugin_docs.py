"""docs/plugins.md is true: its examples are one plugin that keeps all contracts, every hook is there and is used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, reload
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT
from web.assembly import BUILT_IN
from web.contract_house import house
from web.plugin_package import make
from workflow_core import contracts, hookspecs
from workflow_core.contracts import Bench, check
from workflow_core.verification import Checkpoint

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

    assert [str(one) for one in check(bench, "dormitory")] == []
    given = bench.catalogue.plugins["dormitory"].contributes
    assert sorted(f"contribute_{what}" for what in given) == [name for name in HOOKS if name.startswith("contribute_")]
    definition = bench.catalogue.definitions["dormitory_pair"]
    assert [use.name for use in definition.event("form").guards][-1] == "dormitory_group_small_enough"
    assert definition.event("plan_evening").does == ("dormitory_plan_evening",)
    bench.close()


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


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_is_used_by_what_is_shipped(hook: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARSHRUT_CHECKPOINTS", str(tmp_path))
    checkpoints = reload(import_module("plugins.checkpoints"))
    try:
        assert [one.__name__ for one in shipped_modules() if hasattr(vars(one).get(hook), "marshrut_impl")]
    finally:
        monkeypatch.delenv("MARSHRUT_CHECKPOINTS")
        vars(checkpoints).pop("after_commit", None)


def test_every_code_of_the_kit_stands_in_the_page() -> None:
    folder = Path(str(contracts.__file__)).parent
    sources = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    codes = set(re.findall(r'Violation\(\s*plugin,\s*"(\w+)"', sources))

    assert len(codes) > 25
    assert sorted(code for code in codes if f"`{code}`" not in PAGE) == []


def test_checkpoints_keep_the_contracts_and_the_newest_hash(tmp_path: Path) -> None:
    """In a program of its own: the hook is there only where the folder was named before."""
    code = """if True:
        import json
        from web.assembly import BUILT_IN
        from web.contract_house import house
        from plugins import checkpoints
        from workflow_core import queries
        from workflow_core.contracts import Bench, check
        bench = Bench(house(), [("checkpoints", checkpoints)], entry_points=False)
        found = [str(one) for one in check(bench, "checkpoints")]
        with bench.read() as read:
            entries = queries.entries_after(read.session, read.scope, 0, 9)
        for told in (entries[3:5], entries[:2]):
            bench.catalogue.tell("checkpoints", bench.world.scope, told)
        print(json.dumps([bench.catalogue.listeners, found, bench.world.scope, entries[4].hash]))
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"MARSHRUT_CHECKPOINTS": str(tmp_path), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    listeners, found, scope, newest = json.loads(done.stdout)

    assert (listeners, found) == (["checkpoints"], [])
    assert Checkpoint.from_text((tmp_path / f"{scope}.txt").read_text("utf-8")) == Checkpoint(5, newest)
    assert [path.name for path in tmp_path.iterdir()] == [f"{scope}.txt"]
