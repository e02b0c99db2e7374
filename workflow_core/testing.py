"""pytest for plugins: `pytest --marshrut-plugin NAME` looks at an installed plugin by all contracts of Marshrut.

A package asks for it for good in its `pyproject.toml`:

    [tool.pytest.ini_options]
    marshrut_plugins = ["dormitory"]
    marshrut_samples = "tests/samples"

Without one of these nothing is imported and nothing is added. For tests of a plugin's own there are `ask` (one guard over
facts that the test gives) and `paper` (one document); both look at the contracts on the way. The codes of breaches are in
docs/plugins.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workflow_core.contracts import Bench, Violation
    from workflow_core.guards import Actor, Blocker, Guard
    from workflow_core.rendering import DocumentKind

HOUSE = "web.contract_house:house"
TODAY = date(2026, 11, 12)
"""The day on which `ask` asks where the test does not say another."""
_BENCH = pytest.StashKey["Bench"]()


class ContractBroken(AssertionError):
    """A plugin breaks its contracts; `violations` holds every breach."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("\n".join(str(one) for one in self.violations))


# -- contracts as tests ---------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("marshrut", "contracts of Marshrut's plugins")
    group.addoption("--marshrut-plugin", action="append", default=[], metavar="NAME", help="plugin to look at")
    group.addoption("--marshrut-samples", default="", metavar="FOLDER", help="facts for its documents")
    group.addoption("--marshrut-house", default=HOUSE, metavar="MODULE:FUNCTION", help="into what the plugin comes")
    parser.addini("marshrut_plugins", "plugins to look at", type="args", default=[])
    parser.addini("marshrut_samples", "folder with facts for documents", default="tests/samples")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    plugins = [*config.getoption("--marshrut-plugin"), *config.getini("marshrut_plugins")]
    if not plugins:
        return
    from workflow_core.contracts import CONTRACTS

    items += [
        ContractItem.from_parent(session, name=f"marshrut:{plugin}:{contract}", plugin=plugin, contract=contract)
        for plugin in dict.fromkeys(plugins)
        for contract in CONTRACTS
    ]


class ContractItem(pytest.Item):
    """One contract over one plugin."""

    def __init__(self, *, plugin: str, contract: str, **options: Any) -> None:
        super().__init__(**options)
        self.plugin, self.contract = plugin, contract

    def runtest(self) -> None:
        from workflow_core.contracts import CONTRACTS

        bench = _bench(self.config)
        if self.contract not in ("loading", "names") and not bench.is_whole(self.plugin):
            pytest.skip(f"«{self.plugin}» не загружено")
        if violations := list(CONTRACTS[self.contract](bench, self.plugin)):
            raise ContractBroken(violations)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, ContractBroken):
            return f"Дополнение «{self.plugin}» нарушает договор ({self.contract}):\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.config.rootpath, None, self.name


def _bench(config: pytest.Config) -> Bench:
    if _BENCH not in config.stash:
        from workflow_core.contracts import Bench, house_at

        samples = Path(config.getoption("--marshrut-samples") or config.getini("marshrut_samples"))
        bench = Bench(house_at(config.getoption("--marshrut-house")), samples=config.rootpath / samples)
        config.stash[_BENCH] = bench
        config.add_cleanup(bench.close)
    return config.stash[_BENCH]


@pytest.fixture(scope="session")
def marshrut_bench(request: pytest.FixtureRequest) -> Bench:
    """The bench of this run: `workflow_core.contracts.check(marshrut_bench, "dormitory")` gives the breaches as values."""
    return _bench(request.config)


# -- for tests of a plugin's own -------------------------------------------------------------------------------------------


def ask(
    guard: Guard,
    event: str = "event",
    *,
    actor: Actor | None = None,
    on_date: date = TODAY,
    fields: Mapping[str, Any] | None = None,
    submitted: bool = True,
    settings: Mapping[str, Any] | None = None,
    process: Any = None,
    **facts: Any,
) -> list[Blocker]:
    """What a guard finds over the facts that the test gives. Raises ContractBroken where it changes, writes, guesses or is mute."""
    from workflow_core.contracts import Budget
    from workflow_core.contracts.answers import asked, clock_read
    from workflow_core.guards import EMPTY, SYSTEM, frozen

    if lacking := [name for name in guard.needs if name not in facts]:
        raise TypeError(f"guard {guard.name} needs facts: {', '.join(lacking)}")
    values = {
        **{name: frozen(value) for name, value in facts.items()},
        "process": process,
        "fields": frozen(dict(fields or {})),
        "submitted": submitted,
        "cause": "",
        "settings": frozen(dict(settings or {})) if settings else EMPTY,
        "today": on_date,
    }
    found, violations = asked("", guard, values, actor or SYSTEM, event, on_date, Budget())
    violations += clock_read("", f"проверка «{guard.title}»", guard.check)
    if violations:
        raise ContractBroken(violations)
    return found


def paper(kind: DocumentKind, facts: Mapping[str, Any]) -> str:
    """The text of a document made from these facts. Raises DocumentError, and ContractBroken where two makings differ."""
    from workflow_core.contracts import Violation
    from workflow_core.rendering import content_hash, document_text, render_kind

    made, again = render_kind(kind, facts), render_kind(kind, facts)
    if content_hash(made) != content_hash(again):
        raise ContractBroken([Violation("", "document_not_reproducible", f"документ «{kind.title}»: два разных файла")])
    return document_text(made)
