"""Contracts of documents: the same facts give the same paper, here and in any other process, and the shape is checked."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from workflow_core.contracts.answers import clock_read
from workflow_core.contracts.bench import Bench, Violation
from workflow_core.contracts.watching import TooLong, noted, timed
from workflow_core.contributions import described
from workflow_core.exceptions import DocumentError
from workflow_core.rendering import DocumentCheck, DocumentKind, check_kind, content_hash, render_kind

Samples = Mapping[str, Mapping[str, Any]]
"""Name of the sample -> facts."""


def samples_of(folder: Path | None, code: str) -> dict[str, Any]:
    """Facts of one kind from the folder of samples, by name."""
    if folder is None:
        return {}
    paths = [path for path in (folder / f"{code}.json",) if path.is_file()] + sorted(
        (folder / code).glob("facts*.json")
    )
    return {f"{code}/{path.stem}": json.loads(path.read_text(encoding="utf-8")) for path in paths}


def documents(bench: Bench, plugin: str) -> Iterator[Violation]:
    """Template and schema agree, a sample of facts renders, twice alike and without touching anything."""
    sound: dict[str, str] = {}
    for kind in bench.owned("document_kind", bench.catalogue.document_kinds, plugin):
        called = f"документ «{kind.title}»"
        for finding in check_kind(kind):
            yield Violation(plugin, finding.code, finding.text)
        yield from clock_read(plugin, called, kind.context)
        samples = samples_of(bench.samples, kind.code)
        if not samples:
            where = f"{bench.samples}/{kind.code}.json" if bench.samples else "папка примеров не указана"
            yield Violation(plugin, "document_without_sample", f"{called}: нет примера сведений ({where})")
        for name, facts in samples.items():
            made = list(_made(bench, plugin, kind, facts))
            yield from (one for one in made if isinstance(one, Violation))
            if len(made) == 1 and isinstance(made[0], str):
                sound[name] = made[0]
    yield from _elsewhere(bench, plugin, sound)


def _made(bench: Bench, plugin: str, kind: DocumentKind, facts: Mapping[str, Any]) -> Iterator[Violation | str]:
    """Breaches; at last the hash of the paper, where one could be made."""
    called, before = f"документ «{kind.title}»", dict(facts)
    given = [copy.deepcopy(before) for _time in range(2)]
    hashes: list[str] = []
    spent: list[float] = []
    try:
        with noted() as deeds:
            for one in given:
                with timed(bench.budget.hang) as taken:
                    hashes.append(content_hash(render_kind(kind, one)))
                spent.append(taken.seconds)
            checks = list(kind.checks(copy.deepcopy(before)))
    except TooLong:
        yield Violation(plugin, "document_slow", f"{called}: не готов за {bench.budget.hang:.0f} с")
        return
    except DocumentError as exc:
        yield Violation(plugin, "document_wrong", f"{called}: {exc}")
        return
    except BaseException as exc:
        if isinstance(exc, KeyboardInterrupt):
            raise
        yield Violation(plugin, "document_raises", f"{called}: {described(exc)}")
        return
    if any(one != before for one in given):
        yield Violation(plugin, "document_changes_facts", f"{called}: меняет сведения, которые получает")
    if deeds:
        yield Violation(plugin, "document_writes", f"{called}: {deeds[0]}")
    if not all(isinstance(one, DocumentCheck) for one in checks):
        yield Violation(plugin, "document_wrong", f"{called}: checks даёт не DocumentCheck")
    if min(spent) > bench.budget.document:
        yield Violation(plugin, "document_slow", f"{called}: {min(spent):.1f} с, можно {bench.budget.document:.1f}")
    if hashes[0] != hashes[1]:
        yield _not_reproducible(plugin, kind.title, "два раза подряд")
        return
    yield hashes[0]


def _not_reproducible(plugin: str, title: str, how: str) -> Violation:
    text = f"документ «{title}»: из одних и тех же сведений получаются разные файлы ({how})"
    return Violation(plugin, "document_not_reproducible", text)


# -- in another process ---------------------------------------------------------------------------------------------------


def _elsewhere(bench: Bench, plugin: str, here: Mapping[str, str]) -> Iterator[Violation]:
    """The same papers made by a process with another order of sets: what leans on that order differs there."""
    if not here:
        return
    if not bench.elsewhere:
        bench.elsewhere.update(_made_elsewhere(bench))
    for name, made in here.items():
        there = bench.elsewhere.get(plugin, {}).get(name, made)
        if there != made:
            kind = bench.catalogue.document_kinds[name.partition("/")[0]]
            yield _not_reproducible(plugin, kind.title, "в другом запуске программы; порядок set — не порядок")


def _made_elsewhere(bench: Bench) -> dict[str, dict[str, str]]:
    """The hashes of all samples of all plugins that are modules, by plugin; one process makes them all."""
    tasks = {}
    for name in bench.catalogue.plugins:
        module = bench.catalogue.manager.get_plugin(name)
        kinds = bench.owned("document_kind", bench.catalogue.document_kinds, name)
        samples = {key: facts for kind in kinds for key, facts in samples_of(bench.samples, kind.code).items()}
        if samples and isinstance(module, ModuleType):
            tasks[name] = {"module": module.__name__, "samples": samples}
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    done = subprocess.run(
        [sys.executable, "-m", "workflow_core.contracts.papers"],
        input=json.dumps({"path": sys.path, "tasks": tasks}),
        env={
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONUTF8": "1",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    made: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return made


def main() -> None:
    """Make the samples that come on standard input, print their hashes."""
    from workflow_core.contributions import gather

    given = json.load(sys.stdin)
    sys.path[:] = given["path"]
    made: dict[str, dict[str, str]] = {}
    for name, task in given["tasks"].items():
        found = gather(name, "", partial(import_module, task["module"]))
        kinds = {kind.code: kind for kind in found.answers.get("document_kinds", ())}
        made[name] = {}
        for key, facts in task["samples"].items():
            kind = kinds.get(key.partition("/")[0])
            if kind is not None:
                made[name][key] = _hash_or_nothing(kind, facts)
    print(json.dumps(made))


def _hash_or_nothing(kind: DocumentKind, facts: Mapping[str, Any]) -> str:
    try:
        return content_hash(render_kind(kind, facts))
    except Exception:  # what fails only there differs as well
        return ""


if __name__ == "__main__":
    main()
