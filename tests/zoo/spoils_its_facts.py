"""Takes the names out of the frozen facts of the paper while it prints them."""

from collections.abc import Mapping
from typing import Any

from tests.zoo.letter import letter
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind

CODE = "document_changes_facts"


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": facts["names"].pop()}


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    return [letter(context)]
