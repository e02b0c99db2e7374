"""Orders (class «act»): so far the one that fixes pairs and groups."""

from __future__ import annotations

from plugins.orders.pair_order import PAIR_ORDER
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    """The order on pairs."""
    return [PAIR_ORDER]
