"""Prints a set: its order is another one in every run of the program."""

from collections.abc import Mapping
from typing import Any

from tests.zoo.letter import letter
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind

CODE = "document_not_reproducible"


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": ", ".join(set(facts["names"]))}


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    return [letter(context)]
