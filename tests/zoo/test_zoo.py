"""Every bad plugin is turned away by its own code and no other; every shipped one passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path

import docx
import pytest

from tests.conftest import NOW, ROOT
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from web.assembly import BUILT_IN
from web.contract_house import house
from workflow_core import operations
from workflow_core.contracts import CONTRACTS, Bench, Budget, House, World, check
from workflow_core.database import Database
from workflow_core.guards import FactsProvider
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.lint import KnownNames
from workflow_core.plugin_manager import Catalogue, build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine

HERE = Path(__file__).parent
pytest_plugins = "pytester"
ANIMALS = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith(("__init__", "letter", "test_")))
SHIPPED = sorted(
    [*(name for name, _module in BUILT_IN), *(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))]
)


class Quarantine:
    """The house has facts of the organisation too."""

    @hookimpl
    def contribute_facts(self) -> list[FactsProvider]:
        return [FactsProvider("quarantine", "organisation", lambda *_asked: {}, False)]


VISITS = (("visits", VisitPlugin()), ("quarantine", Quarantine()))


def live(database: Database) -> World:
    """Half a dozen visits."""
    engine = ProcessEngine(database, build_catalogue(VISITS, entry_points=False), CollectedJobs())
    engine.store_definitions(now=NOW)
    ids = [new_id() for _visit in range(6)]
    with engine.write(SCHOOL, CURATOR, now=NOW) as write:
        for one in ids:
            operations.start(write, "visit", "visit", one, "plan")
    return World(SCHOOL, NOW, date(2026, 11, 12), {"visit": ids})


def names(known: Catalogue) -> KnownNames:
    return KnownNames(
        guards=frozenset(known.guards),
        facts=frozenset(name for _subject, name in known.facts),
        roles=frozenset(known.roles),
        effects=frozenset(known.effects),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Template, sample and diary of the animals that need them."""
    made = tmp_path_factory.mktemp("zoo")
    template = docx.Document()
    template.add_paragraph("Здравствуйте, {{ text }}!")
    template.save(str(made / "letter.docx"))
    pupils = [f"ученик {number}" for number in range(20)]
    (made / "letter.json").write_text(json.dumps({"names": pupils}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARSHRUT_ZOO", str(made))
        yield made


def house_of_visits() -> House:
    return House(VISITS, (), live, names)


@pytest.mark.parametrize("animal", ANIMALS)
def test_each_animal_is_known_by_its_code(animal: str, folder: Path) -> None:
    module = import_module(f"tests.zoo.{animal}")
    bench = Bench(house_of_visits(), [(animal, module)], False, folder, Budget(start=1.0))

    found = check(bench, animal)

    bench.close()
    assert {one.code for one in found} == {module.CODE}, "\n".join(map(str, found))


def test_no_two_animals_share_a_code() -> None:
    codes = [import_module(f"tests.zoo.{animal}").CODE for animal in ANIMALS]

    assert len(codes) == len(set(codes))


@pytest.fixture(scope="module")
def shipped() -> Iterator[Bench]:
    bench = Bench(house(), samples=ROOT / "tests" / "golden")
    yield bench
    bench.close()


@pytest.mark.parametrize("plugin", SHIPPED)
def test_what_is_shipped_keeps_all_contracts(plugin: str, shipped: Bench) -> None:
    assert [str(one) for one in check(shipped, plugin)] == []


def test_who_is_not_installed_is_told_so(shipped: Bench) -> None:
    assert [one.code for one in check(shipped, "dormitory")] == ["not_installed"]


def test_bench_has_several_of_each_kind_and_looks_at_all_that_is_given(shipped: Bench) -> None:
    """Else statements that grow with the ids would not be seen, and the rooms would pass unasked."""
    assert {kind for kind, ids in shipped.world.subjects.items() if len(ids) > 1} >= {
        "pair",
        "activity",
        "document",
        "person",
    }
    assert len(CONTRACTS) == 8
    owned = [len(shipped.owned("guard", shipped.catalogue.guards, plugin)) for plugin in SHIPPED]
    assert sum(owned) == len(shipped.catalogue.guards) > 30


def bad_house() -> House:
    """For the test below: the house with an animal in it already."""
    return House((*VISITS, ("mute_guard", import_module("tests.zoo.mute_guard"))), (), live, names)


def test_pytest_looks_at_a_plugin_only_when_asked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_own():\n    assert True\n")
    options = ["-p", "no:cacheprovider", "--marshrut-house", "tests.zoo.test_zoo:bad_house"]

    pytester.runpytest_inprocess(*options).assert_outcomes(passed=1)
    asked = pytester.runpytest_inprocess(*options, "--marshrut-plugin", "mute_guard")

    asked.assert_outcomes(passed=len(CONTRACTS), failed=1)
    asked.stdout.fnmatch_lines(["Дополнение «mute_guard» нарушает договор (guards):", "blocker_without_remedy: *"])
