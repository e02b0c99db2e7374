"""Cases: descriptions of practice (class «working paper»)."""

from __future__ import annotations

from plugins.cases.case import CASE
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    """The case of a pair or group."""
    return [CASE]
