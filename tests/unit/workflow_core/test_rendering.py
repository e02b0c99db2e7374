"""Templates are foreign data: filled safely, completely and reproducibly, or refused with a clear word."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docx
import pytest
from marshmallow import Schema, fields

from workflow_core import rendering
from workflow_core.exceptions import DocumentError, TemplateVariablesMissing
from workflow_core.rendering import (
    DocumentClass,
    DocumentKind,
    check_kind,
    content_hash,
    document_text,
    render,
    render_kind,
    template_variables,
)


def template(*paragraphs: str, footer: str = "", rows: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A .docx with these paragraphs, a table of these rows and a footer."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(len(rows), 2)
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                for line in text.split("\n"):
                    cell.add_paragraph(line)
                cell._tc.remove(cell.paragraphs[0]._p)
    if footer:
        document.sections[0].footer.paragraphs[0].text = footer
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def one(text: str, **context: Any) -> str:
    return document_text(render(template(text), context))


class Greeting(Schema):
    name = fields.String(required=True)


def kind_factory(path: Path, text: str = "Здравствуйте, {{ name }}!") -> DocumentKind:
    path.write_bytes(template(text))

    def context(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": facts["person"]["name"]}

    return DocumentKind(
        "greeting", "Приветствие", DocumentClass.ACT, "person", path, ("person",), context, Greeting, lambda facts: []
    )


@pytest.mark.parametrize(
    "value", ["ООО «Ромашка» & Ко <x>", 'Школа "Рост"', "{{ name }}", "{% raw %}", "&amp;", "первая\nвторая"]
)
def test_render_keeps_any_text_as_it_is(value: str) -> None:
    assert one("[{{ name }}]", name=value) == f"[{value}]"


def test_render_drops_letters_that_word_cannot_open() -> None:
    assert one("[{{ name }}]", name="а\x00б\x07в\r\nг") == "[абв\nг]"


def test_render_repeats_table_rows() -> None:
    source = template("Пары", rows=(("{%tr for p in pairs %}", ""), ("{{ p.a }}", "{{ p.b }}"), ("{%tr endfor %}", "")))

    text = document_text(render(source, {"pairs": [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]}))

    assert text == "Пары\n1 | 2\n3 | 4"


def test_render_leaves_a_paragraph_in_a_cell_whose_loop_was_empty() -> None:
    source = template(rows=(("{%p for p in people %}\n{{ p }}\n{%p endfor %}", "x"),))

    cell = docx.Document(io.BytesIO(render(source, {"people": []}))).tables[0].cell(0, 0)

    assert [paragraph.text for paragraph in cell.paragraphs] == [""]


def test_render_fills_a_tag_torn_over_several_runs() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{ na", "me }}"):
        paragraph.add_run(piece)
    buffer = io.BytesIO()
    document.save(buffer)

    assert document_text(render(buffer.getvalue(), {"name": "Ким"})) == "Ким"


def test_render_prefers_a_key_to_a_method_of_the_mapping() -> None:
    assert one("{{ plan.items }}", plan={"items": "три встречи"}) == "три встречи"


def test_render_names_every_missing_variable_of_body_and_footer() -> None:
    with pytest.raises(TemplateVariablesMissing) as caught:
        render(template("{{ a }} {{ b }} {{ c }}", footer="{{ d }}"), {"b": 1})

    assert caught.value.names == ("a", "c", "d")


def test_render_names_every_missing_field_inside_a_value() -> None:
    with pytest.raises(TemplateVariablesMissing) as caught:
        render(template("{{ person.name }} {{ person.post }}", "{{ person.known }}"), {"person": {"known": "да"}})

    assert caught.value.names == ("name", "post")


def test_render_refuses_to_print_none() -> None:
    with pytest.raises(DocumentError, match="пустое значение"):
        one("{{ name }}", name=None)


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ x['__class__'] }}",
        "{{ x|attr('__class__') }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ x * 999999999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ x|safe }}",
        "{% autoescape false %}{{ x }}{% endautoescape %}",
        "{% include '/etc/passwd' %}",
        "{% for a in range(99999999) %}a{% endfor %}",
        "{% if %}",
    ],
)
def test_render_refuses_a_template_that_does_more_than_print(attack: str) -> None:
    with pytest.raises(DocumentError):
        one(attack, x="<b>")


def test_render_refuses_a_file_that_is_no_docx() -> None:
    with pytest.raises(DocumentError, match=r"\.docx"):
        render(b"%PDF-1.7", {})


def test_render_refuses_a_template_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MAX_TEMPLATE_BYTES", 1000)

    with pytest.raises(DocumentError, match="велик"):
        render(template("Слишком много: {{ size }}"), {"size": 1})


def test_render_gives_equal_bytes_twice() -> None:
    source = template("{{ name }}", footer="{{ name }}")

    assert render(source, {"name": "Ким"}) == render(source, {"name": "Ким"})


def test_content_hash_ignores_packing_but_not_content() -> None:
    source = template("Ким")
    repacked = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(repacked, "w", zipfile.ZIP_STORED) as new:
        for name in reversed(old.namelist()):
            new.writestr(name, old.read(name))

    assert content_hash(repacked.getvalue()) == content_hash(source)
    assert content_hash(template("Цой")) != content_hash(source)


def test_template_variables_are_found_in_loops_and_footers() -> None:
    assert template_variables(template("{% for p in pairs %}{{ p.a }}{% endfor %}", footer="{{ place }}")) == {
        "pairs",
        "place",
    }


def test_an_edited_template_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(template("раз {{ name }}"))
    render(path, {"name": "x"})
    path.write_bytes(template("два {{ name }}"))

    assert document_text(render(path, {"name": "x"})) == "два x"


def test_check_kind_accepts_a_template_that_matches_its_schema(tmp_path: Path) -> None:
    assert check_kind(kind_factory(tmp_path / "a.docx")) == []


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("{{ name }} {{ post }}", "template_variable_unknown", "post"),
        ("Здравствуйте!", "template_variable_unused", "name"),
        ("{{ name", "template_unreadable", "a.docx"),
    ],
)
def test_check_kind_names_the_difference(tmp_path: Path, text: str, code: str, named: str) -> None:
    (finding,) = check_kind(kind_factory(tmp_path / "a.docx", text))

    assert finding.code == code
    assert named in finding.text


def test_check_kind_reports_a_template_that_is_not_there(tmp_path: Path) -> None:
    kind = kind_factory(tmp_path / "a.docx")
    kind.template.unlink()

    assert [finding.code for finding in check_kind(kind)] == ["template_unreadable"]


def test_render_kind_refuses_facts_of_a_wrong_shape(tmp_path: Path) -> None:
    kind = kind_factory(tmp_path / "a.docx")

    assert document_text(render_kind(kind, {"person": {"name": "Ким"}})) == "Здравствуйте, Ким!"
    with pytest.raises(DocumentError, match="нет сведений: person"):
        render_kind(kind, {})
    with pytest.raises(DocumentError, match="name"):
        render_kind(kind, {"person": {"name": 7}})
    with pytest.raises(DocumentError, match="сведения не подходят"):
        render_kind(kind, {"person": {}})
