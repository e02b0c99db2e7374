"""A batch of orders as .docx: the peers' one-page order, by our rendering and by docxtpl as its documentation shows it.

Ours refuses what docxtpl lets pass: a name that is not filled in, a template that reaches into Python, XML that broke on the
way; it escapes every value, and gives equal bytes for equal content. Text of both is compared before anything is timed.
Usage: python -m benchmarks.documents [papers a batch] [rounds]
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.road_map_reading import peak
from benchmarks.scratch import folder
from workflow_core.rendering import document_text, render


def documented(docs: Any, template: Path, context: dict[str, Any]) -> bytes:
    """docxtpl as its documentation shows it, with the escaping that it leaves out unless asked."""
    paper = docs.DocxTemplate(template)
    paper.render(context, autoescape=True)
    return _saved(paper)


def kept(docs: Any, template: Path) -> Callable[[dict[str, Any]], bytes]:
    """docxtpl with its template kept open."""
    paper = docs.DocxTemplate(template)

    def make(context: dict[str, Any]) -> bytes:
        paper.render(context, autoescape=True)
        return _saved(paper)

    return make


def _saved(paper: Any) -> bytes:
    made = io.BytesIO()
    paper.save(made)
    return made.getvalue()


def main(papers: int, rounds: int) -> None:
    docs, common = peers.load("_docs"), peers.load("_common")
    template = folder() / "order.docx"
    docs.build(str(template))
    contexts = [{**docs.CTX, "number": f"{number}-од"} for number in range(1, papers + 1)]
    again, fast = kept(docs, template), docs.FastDocx(str(template))
    ways: dict[str, Callable[[dict[str, Any]], bytes]] = {
        "marshrut: render": lambda context: render(template, context),
        "docxtpl as documented": lambda context: documented(docs, template, context),
        "docxtpl, template kept open": again,
        "the peers' prototype: no checks, packed members copied": fast.render,
    }
    texts = {name: document_text(way(contexts[0])) for name, way in ways.items()}
    assert len(set(texts.values())) == 1, texts

    def batch(way: Callable[[dict[str, Any]], bytes]) -> Callable[[], None]:
        def make() -> None:
            for context in contexts:
                way(context)

        return make

    contenders = {name: common.timed(batch(way), papers) for name, way in ways.items()}
    common.table(f"{papers} orders", common.interleave(contenders, rounds), ref="marshrut: render")
    ours, theirs = peak(batch(ways["marshrut: render"])), peak(batch(ways["docxtpl as documented"]))
    print(f"\nmemory at the highest: {ours / theirs:.2f} of docxtpl's")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
