"""Plans of pairs (class «working paper»)."""

from __future__ import annotations

from plugins.plans.individual_plan import INDIVIDUAL_PLAN
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    """The individual plan of a pair or group."""
    return [INDIVIDUAL_PLAN]
