"""A paper's file: made outside of the write, once, again after a fault, never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.documents.conftest import SCHOOL, School, golden
from workflow_core import plugin_work
from workflow_core import queries as core
from workflow_core.exceptions import InvalidInput
from workflow_core.rendering import document_text
from workflows.documents import files, operations, queries, rendering_task
from workflows.documents.rendering_task import render_document

Prepared = Callable[..., str]


def paper(school: School, document_id: str) -> tuple[str, str, list[str]]:
    """Status, fault and the addresses of the generated files."""
    with school.read() as read:
        row = queries.document(read.session, SCHOOL, document_id)
        found = queries.files_of(read.session, SCHOOL, [document_id]).get(document_id, [])
        return row.file_status, row.file_error, [one.sha256 for one in found]


def generated(school: School, document_id: str) -> int:
    """How often the history says that the file was made."""
    with school.read() as read:
        entries = core.entries_of(read.session, SCHOOL, [document_id])[document_id]
        return sum((entry.kind, entry.event) == ("paper", "generated") for entry in entries)


def text_of(school: School, document_id: str) -> str:
    with school.read() as read:
        row = queries.files_of(read.session, SCHOOL, [document_id])[document_id][0]
        stored = files.open_file(read.session, SCHOOL, row.id)
        assert (stored.media_type, row.size) == (files.DOCX, len(stored.content))
        return document_text(stored.content)


def break_kind(school: School, monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    kinds = school.engine.catalogue.document_kinds
    monkeypatch.setitem(kinds, "pair_order", replace(kinds["pair_order"], **values))


def test_the_file_is_made_by_the_job_of_the_commit(school: School, order: Prepared) -> None:
    act = order()
    assert paper(school, act) == ("waiting", "", [])

    assert school.run_jobs() == 1

    status, fault, found = paper(school, act)
    assert (status, fault, len(found)) == ("ready", "", 1)
    assert "Заяц" in text_of(school, act)
    with school.read() as read:
        row = queries.document(read.session, SCHOOL, act)
        assert (len(row.content_hash), len(row.template_hash)) == (64, 64)


def test_each_paper_appears_once_however_often_it_is_rendered(school: School, order: Prepared) -> None:
    act = order()
    school.run_jobs()
    before = paper(school, act)

    for _ in range(2):
        render_document(school.engine, SCHOOL, act, now=school.now)
    with school.write() as write:
        operations.retry_render(write, act)
        operations.prepare_again(write, act, golden("pair_order"))
    school.run_jobs()

    assert paper(school, act) == before
    assert generated(school, act) == 1


def test_other_facts_of_a_draft_take_the_place_of_the_file(school: School, order: Prepared) -> None:
    act = order()
    school.run_jobs()
    (first,) = paper(school, act)[2]
    facts = golden("pair_order")
    facts["programme"]["title"] = "Другая программа"

    with school.write() as write:
        operations.prepare_again(write, act, facts)
    school.run_jobs()

    (second,) = paper(school, act)[2]
    assert second != first
    assert "Другая программа" in text_of(school, act)
    with school.read() as read:
        assert queries.blob(read.session, first) is None


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"template": Path("/nowhere/pair_order.docx")}, "не удалось создать: ошибка в шаблоне или в сведениях"),
        ({"context": lambda facts: {}}, "сведения не подходят"),
        ({"context": lambda facts: facts["absent"]}, "KeyError"),
    ],
    ids=["no template", "wrong shape", "fault of a plugin"],
)
def test_a_fault_is_told_on_the_paper_and_repaired_by_repeating(
    school: School, order: Prepared, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any], sentence: str
) -> None:
    act = order()
    with monkeypatch.context() as patch:
        break_kind(school, patch, **fault)
        school.run_jobs()
        status, text, found = paper(school, act)
        assert (status, found) == ("failed", [])
        assert sentence in text

    with school.write() as write:
        operations.retry_render(write, act)
    school.run_jobs()
    assert paper(school, act)[:2] == ("ready", "")
    assert generated(school, act) == 1


def test_a_kind_that_was_uninstalled_is_told_too(
    school: School, order: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = order()
    monkeypatch.delitem(school.engine.catalogue.document_kinds, "pair_order")
    school.run_jobs()

    assert "сейчас не установлен" in paper(school, act)[1]


def test_a_crash_between_rendering_and_storing_loses_nothing(
    school: School, order: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = order()
    stored = rendering_task._store

    def store_then_die(*arguments: Any) -> None:
        stored(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rendering_task, "_store", store_then_die)
        with pytest.raises(KeyboardInterrupt):
            render_document(school.engine, SCHOOL, act, now=school.now)
    assert paper(school, act) == ("waiting", "", [])

    school.run_jobs()
    assert paper(school, act)[0] == "ready"
    assert generated(school, act) == 1


def test_nothing_is_rendered_while_the_history_is_locked(
    school: School, order: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = order()
    seen: list[str] = []
    write, render = school.engine.write, plugin_work.render_kind

    @contextmanager
    def watched(*arguments: Any, **options: Any) -> Iterator[Any]:
        seen.append("write begins")
        with write(*arguments, **options) as opened:
            yield opened
        seen.append("write ends")

    def rendered(*arguments: Any) -> bytes:
        seen.append("rendered")
        return render(*arguments)

    monkeypatch.setattr(school.engine, "write", watched)
    monkeypatch.setattr(plugin_work, "render_kind", rendered)
    render_document(school.engine, SCHOOL, act, now=school.now)

    assert seen == ["rendered", "write begins", "write ends"]


def test_a_draft_that_changed_meanwhile_gets_the_newer_file(
    school: School, order: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, facts = order(), golden("pair_order")
    facts["programme"]["title"] = "Другая программа"
    render = plugin_work.render_kind

    def overtaken(*arguments: Any) -> bytes:
        with school.write() as write:
            operations.prepare_again(write, act, facts)
        return render(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(plugin_work, "render_kind", overtaken)
        render_document(school.engine, SCHOOL, act, now=school.now)
    assert paper(school, act)[0] == "waiting"

    school.run_jobs()
    assert "Другая программа" in text_of(school, act)
    assert generated(school, act) == 1


def test_a_generated_file_is_not_taken_away(school: School, order: Prepared) -> None:
    act = order()
    school.run_jobs()

    with school.read() as read:
        file_id = queries.files_of(read.session, SCHOOL, [act])[act][0].id
    with pytest.raises(InvalidInput, match="не удаляется"), school.write() as write:
        operations.remove_file(write, file_id, "лишний")


def test_blanks_of_a_class_are_one_job(school: School, consent: Prepared) -> None:
    blank = consent(school.kim)

    assert school.run_jobs() == 1
    assert "Ким Ольга Сергеевна" in text_of(school, blank)
    assert "дата рождения 12.05.2013" in text_of(school, blank)
