"""Rules about where things stand that imports alone don't say: one commit point, one place for SQL, no clock below the web."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, migration_folders
from workflow_core.tables import EXEMPT, Register, metadata
from workflow_core.verification import register_classes
from workflows.documents import tables as documents_tables
from workflows.mentoring import tables as mentoring_tables
from workflows.organisations import tables as organisations_tables
from workflows.road_maps import tables as road_maps_tables

PACKAGES = ("workflow_core", "workflows", "plugins", "web")


def sources(*packages: str) -> Iterator[Path]:
    for package in packages or PACKAGES:
        yield from (path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts)


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names of everything that is called in a file, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_only_the_unit_of_work_commits() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sources()
        for name, line in calls(path)
        if re.search(r"\b(session|connection|transaction)\.(commit|begin|rollback|begin_nested)$", name)
        and path.name != "unit_of_work.py"
        # What a failed COMMIT has left open must not go back into the pool.
        and (path.name, name) != ("database.py", "connection.rollback")
    ]

    assert found == []


def test_sql_stands_only_in_files_named_queries() -> None:
    words = re.compile(r"\b(select|insert|update|delete)\(|\bSELECT |\bINSERT INTO |\bUPDATE \w+ SET|\bDELETE FROM ")
    found = []
    for path in sources():
        if path.name in ("queries.py", "verification.py") or "queries" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        if {"select", "insert", "update", "delete"} & imported or any(words.search(text) for text in texts):
            found.append(str(path.relative_to(ROOT)))

    assert found == []


def test_nothing_below_the_web_reads_a_clock() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sources("workflow_core", "workflows", "plugins")
        for name, line in calls(path)
        if name.endswith(("datetime.now", "date.today", "time.time", "datetime.utcnow")) and path.name != "jobs.py"
    ]

    assert found == []


@pytest.mark.parametrize(
    ("library", "home"), [("transitions", "machine.py"), ("docxtpl", "rendering.py"), ("dbos", "jobs.py")]
)
def test_library_is_imported_in_one_file_only(library: str, home: str) -> None:
    pattern = re.compile(rf"^\s*(from|import) {library}\b", re.MULTILINE)
    found = {path.name for path in sources() if pattern.search(path.read_text())}

    assert found == {home}


def test_every_table_is_recorded_or_says_why_not() -> None:
    migration_folders()
    registers = {str(one.__tablename__) for one in register_classes()}
    exempt = EXEMPT | organisations_tables.EXEMPT | documents_tables.EXEMPT | mentoring_tables.EXEMPT
    exempt |= road_maps_tables.EXEMPT

    assert set(metadata.tables) - registers == set(exempt)
    assert all(len(reason) > 10 for reason in exempt.values())
    assert all(one.exempt == "" or len(one.exempt) > 10 for one in register_classes())


def test_no_register_holds_a_state() -> None:
    migration_folders()

    assert [str(one.__tablename__) for one in register_classes() if "state" in one.model_fields] == []
    assert issubclass(register_classes()[0], Register)


def test_no_file_names_a_folder_of_somebody_s_computer_or_a_package_index() -> None:
    home = "|".join(("home", "root", "Users"))
    pattern = re.compile(rf"(?<![\w.:/~])/(?:{home})/\w|--?(?:extra-)?index.url|https?://[^ \"']+/simple[/\"' ]")
    found = [
        str(path.relative_to(ROOT))
        for folder in (*PACKAGES, "tests", "scripts", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".toml", ".txt", ".yaml", ".sh", ".html", ".js")
        and "vendor" not in path.parts
        and pattern.search(path.read_text(errors="ignore"))
    ]
    found += [name for name in ("README.md", "Makefile", "pyproject.toml") if pattern.search((ROOT / name).read_text())]
    found += [path.name for path in ROOT.glob("requirements*.txt") if pattern.search(path.read_text())]

    assert found == []
