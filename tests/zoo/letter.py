"""What the zoo's letters have in common: template and sample stand in the folder that MARSHRUT_ZOO names."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields

from workflow_core.rendering import DocumentClass, DocumentKind


class Letter(Schema):
    """Context of the template."""

    text = fields.String(required=True)


def letter(context: Callable[[Mapping[str, Any]], dict[str, Any]], code: str = "letter") -> DocumentKind:
    """A letter with one text in it."""
    template = Path(os.environ["MARSHRUT_ZOO"]) / "letter.docx"
    title = "Письмо родителям"
    return DocumentKind(
        code, title, DocumentClass.WORKING_PAPER, "visit", template, (), context, Letter, lambda _facts: []
    )
