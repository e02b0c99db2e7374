"""Gives the template something else than its schema says."""

from collections.abc import Mapping
from typing import Any

from tests.zoo.letter import letter
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind

CODE = "document_wrong"


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": facts["names"]}


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    return [letter(context)]
