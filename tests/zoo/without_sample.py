"""Nobody can say what its letter looks like."""

from collections.abc import Mapping
from typing import Any

from tests.zoo.letter import letter
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind

CODE = "document_without_sample"


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": facts["names"][0]}


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    return [letter(context, code="unseen_letter")]
