"""The task «render»: a paper's file from its frozen facts, after the commit that asked for it.

Rendering happens outside of any transaction; only the finished file is stored, in a short one. The task may run any number
of times: each paper appears once. A template or plugin at fault is written on the paper, and «Повторить» asks again;
anything else (a locked database, a plugin that had to be killed) is raised, so that the job engine tries again by itself.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from workflow_core import plugin_work
from workflow_core.exceptions import DocumentError, PluginError
from workflow_core.fault_points import reached
from workflow_core.guards import SYSTEM
from workflow_core.rendering import content_hash
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.documents import files, queries
from workflows.documents.tables import Document, DocumentFile, FileStatus, Purpose

log = logging.getLogger(__name__)

TASK = "render"


def task_handlers(clock: Callable[[], datetime]) -> dict[str, Callable[[ProcessEngine, str, str], None]]:
    """Handlers for `Catalogue.task_handlers`; `clock` gives the moment (aware, UTC) at which a task runs."""

    def render(engine: ProcessEngine, scope: str, document_id: str) -> None:
        render_document(engine, scope, document_id, now=clock())

    return {TASK: render}


def given_up(clock: Callable[[], datetime]) -> dict[str, Callable[[ProcessEngine, str, str, str], None]]:
    """Handlers for `Catalogue.task_given_up`."""

    def give_up_rendering(engine: ProcessEngine, scope: str, document_id: str, text: str) -> None:
        give_up(engine, scope, document_id, text, now=clock())

    return {TASK: give_up_rendering}


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of a rendering: a file, or a sentence why not."""

    content: bytes = b""
    content_hash: str = ""
    template_hash: str = ""
    error: str = ""


def render_document(engine: ProcessEngine, scope: str, document_id: str, *, now: datetime) -> None:
    """Make the file of one paper if it still waits for one."""
    with engine.read(scope, now=now) as read:
        row = queries.document(read.session, scope, document_id)
        waits, kind_code, facts = row.file_status == FileStatus.WAITING, row.kind, dict(row.facts)
    if not waits:
        return
    reached("before_render")
    made = _make(engine, kind_code, facts, now)
    reached("after_render")
    with engine.write(scope, SYSTEM, now=now, operation=TASK) as write:
        document = queries.document(write.session, scope, document_id)
        # Somebody may have prepared the paper anew meanwhile: then another job renders the newer facts.
        if document.file_status == FileStatus.WAITING and document.facts == facts:
            _store(write, document, made)


def give_up(engine: ProcessEngine, scope: str, document_id: str, text: str, *, now: datetime) -> None:
    """Say on the paper that its file could not be made; «Повторить» asks again."""
    with engine.write(scope, SYSTEM, now=now, operation=TASK) as write:
        document = queries.document(write.session, scope, document_id)
        if document.file_status == FileStatus.WAITING:
            _store(write, document, _Made(error=text))


def _make(engine: ProcessEngine, code: str, facts: Mapping[str, Any], now: datetime) -> _Made:
    """A file or a sentence. Raises PluginKilled where the plugin's process had to be ended: another attempt may succeed."""
    kind = engine.catalogue.document_kinds.get(code)
    if kind is None:
        return _Made(error=f"Вид документа «{code}» сейчас не установлен. Включите дополнение и нажмите «Повторить».")
    try:
        template = hashlib.sha256(kind.template.read_bytes()).hexdigest()
        content = plugin_work.render(engine, kind, facts, now=now)
        return _Made(content, content_hash(content), template)
    except (plugin_work.PluginKilled, plugin_work.ChildUnavailable, DBAPIError):
        raise
    except (DocumentError, PluginError) as exc:
        return _Made(error=str(exc))
    except Exception as exc:  # a kind is a plugin's code and may raise anything; the paper says so
        log.exception("kind %s can't be rendered", code)
        return _Made(
            error=f"«{kind.title}» не удалось создать: ошибка в шаблоне или в сведениях ({type(exc).__name__})."
        )


def _store(write: Write, document: Document, made: _Made) -> None:
    if made.error:
        document.file_status, document.file_error = FileStatus.FAILED.value, made.error
        return
    found = queries.files_of(write.session, write.scope, [document.id]).get(document.id, [])
    old = [row for row in found if row.purpose == Purpose.GENERATED]
    document.file_status, document.file_error = FileStatus.READY.value, ""
    if old and document.content_hash == made.content_hash:
        return
    for row in old:
        write.session.delete(row)
    sha256 = files.put(write.session, made.content)
    name = f"{document.title[:120]}.docx".replace("/", "-")
    row = DocumentFile(
        organisation_id=write.scope,
        document_id=document.id,
        purpose=Purpose.GENERATED.value,
        sha256=sha256,
        name=name,
        media_type=files.DOCX,
        size=len(made.content),
    )
    write.session.add(row)
    document.content_hash, document.template_hash = made.content_hash, made.template_hash
    for row in old:
        files.delete(write.session, row.sha256)
    inputs = {"content_hash": made.content_hash, "template_hash": made.template_hash, "sha256": sha256}
    write.record("paper", "document", document.id, "generated", inputs=inputs)
