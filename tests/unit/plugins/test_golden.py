"""Golden documents: frozen facts in, text and shapes of tables out, read in review like code.

`MARSHRUT_REFRESH_GOLDEN=1 pytest tests/unit/plugins/test_golden.py` writes what comes out now; look at the difference.
"""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import docx
import pytest
from docxtpl import DocxTemplate

from plugins import cases, consents, orders, plans
from workflow_core.rendering import DocumentKind, blocking, check_kind, content_hash, document_text, render_kind

GOLDEN = Path(__file__).parents[2] / "golden"
KINDS = {kind.code: kind for plugin in (orders, consents, plans, cases) for kind in plugin.contribute_document_kinds()}
FACTS = sorted(GOLDEN.glob("*/facts*.json"))
IDS = [f"{path.parent.name}-{path.stem}" for path in FACTS]


def read(path: Path) -> tuple[DocumentKind, dict[str, Any]]:
    return KINDS[path.parent.name], json.loads(path.read_text("utf-8"))


def seen(document: bytes) -> str:
    """Text, then rows x columns of each table."""
    tables = docx.Document(io.BytesIO(document)).tables
    shapes = ", ".join(f"{len(table.rows)}x{len(table.columns)}" for table in tables)
    return f"{document_text(document)}\n\ntables: {shapes}\n"


@pytest.mark.parametrize("path", FACTS, ids=IDS)
def test_document_reads_as_expected(path: Path) -> None:
    kind, facts = read(path)
    expected = path.with_name(path.stem.replace("facts", "expected") + ".txt")

    text = seen(render_kind(kind, facts))

    if os.environ.get("MARSHRUT_REFRESH_GOLDEN"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")


@pytest.mark.parametrize("path", FACTS, ids=IDS)
def test_golden_facts_have_nothing_that_blocks(path: Path) -> None:
    kind, facts = read(path)

    assert blocking(kind.checks(facts)) == []


@pytest.mark.parametrize("path", FACTS, ids=IDS)
def test_documents_have_no_slips(path: Path) -> None:
    """Slips seen in real papers: double dots, lost spaces, gaps, words of Python."""
    kind, facts = read(path)

    text = re.sub(r" *\| *", "|", document_text(render_kind(kind, facts)))

    for slip in ("..", " ,", " .", "  ", "None", "{{", "{%", "« ", "()", "согласно приказа", "в соответствие с"):
        assert slip not in text, slip


@pytest.mark.parametrize("path", FACTS, ids=IDS)
def test_document_is_the_one_that_docxtpl_makes(path: Path) -> None:
    """A template is prepared once by us; docxtpl, which prepares it for every paper, is the reference."""
    kind, facts = read(path)
    reference, buffer = DocxTemplate(kind.template), io.BytesIO()
    reference.render(kind.context(facts), autoescape=True)
    reference.save(buffer)

    assert seen(render_kind(kind, facts)) == seen(buffer.getvalue())


@pytest.mark.parametrize("path", FACTS, ids=IDS)
def test_documents_are_reproducible(path: Path) -> None:
    kind, facts = read(path)

    assert content_hash(render_kind(kind, facts)) == content_hash(render_kind(kind, json.loads(json.dumps(facts))))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_template_asks_for_exactly_what_the_schema_has(kind: DocumentKind) -> None:
    assert check_kind(kind) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_kind_has_golden_facts(kind: DocumentKind) -> None:
    assert (GOLDEN / kind.code / "facts.json").is_file()


@pytest.mark.parametrize("path", FACTS, ids=IDS)
def test_context_and_checks_leave_the_facts_alone(path: Path) -> None:
    kind, facts = read(path)
    before = json.dumps(facts)

    kind.context(facts)
    kind.checks(facts)

    assert json.dumps(facts) == before
