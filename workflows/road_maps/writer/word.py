"""A map as .docx in the form that schools approve: landscape A4, stamp, merged rows of sections, a header on each page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workflow_core.rendering import render
from workflows.road_maps.writer.paper import Paper

TEMPLATES = Path(__file__).parent / "templates"


def template_of(paper: Paper) -> Path:
    """The template with the paper's columns."""
    more = ("_indicator" if paper.with_indicator else "") + ("_state" if paper.with_state else "")
    return TEMPLATES / f"road_map{more}.docx"


def write(paper: Paper) -> bytes:
    """The file. Equal papers give equal bytes."""
    return render(template_of(paper), context(paper))


def context(paper: Paper) -> dict[str, Any]:
    """What the template sees."""
    stamp = paper.stamp
    return {
        "head": paper.head,
        "title": paper.title,
        "organisation": paper.organisation,
        "period": paper.period,
        "goals": list(paper.goals),
        "edition": paper.edition[:1].upper() + paper.edition[1:],
        "stamp": stamp and {"post": stamp.post, "name": stamp.name, "day": stamp.day},
        "rows": [
            {
                "kind": row.kind,
                "number": row.number,
                "text": row.text,
                "deadline": row.deadline,
                "responsible": row.responsible,
                "result": row.result,
                "indicator": row.indicator,
                "state": row.state,
            }
            for row in paper.rows
        ],
    }
