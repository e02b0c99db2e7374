"""Papers that only a simulated school makes, so that every class of papers can be lived through from its draft on.

They come through the same door as a plugin's. Files are not made in a simulation, so these kinds have no templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema

from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentCheck, DocumentClass, DocumentKind

ORDER, CONSENT, AGREEMENT, WORKING_PAPER = (
    "simulated_order",
    "simulated_consent",
    "simulated_agreement",
    "simulated_paper",
)


_NEVER_OPENED = Path(__file__)
"""A kind must name a file that exists."""


def _context(_facts: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _no_checks(_facts: Mapping[str, Any]) -> list[DocumentCheck]:
    return []


def _kind(code: str, title: str, document_class: DocumentClass, subject: str = "organisation") -> DocumentKind:
    return DocumentKind(
        code=code,
        title=title,
        document_class=document_class,
        subject=subject,
        template=_NEVER_OPENED,
        facts=("organisation",),
        context=_context,
        schema=Schema,
        checks=_no_checks,
    )


KINDS = (
    _kind(ORDER, "Приказ (имитация)", DocumentClass.ACT),
    _kind(CONSENT, "Согласие (имитация)", DocumentClass.CONSENT, "person"),
    _kind(AGREEMENT, "Соглашение (имитация)", DocumentClass.AGREEMENT),
    _kind(WORKING_PAPER, "Рабочий документ (имитация)", DocumentClass.WORKING_PAPER),
)


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    """The papers of a simulated school."""
    return list(KINDS)
