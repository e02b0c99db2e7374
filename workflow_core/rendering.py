"""Documents: a .docx from a template and a context, safe and reproducible. The only module that imports docxtpl.

A template is data that a region may bring: it runs in a sandbox, may not touch Python, may not leave a name unfilled,
and values are escaped (without that, `ООО «Ромашка» & Ко <x>` would silently swallow its paragraph). A template is
prepared once and rendered many times: docxtpl turns its tags into Jinja at preparation, a rendering is then one Jinja
run and one zip.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import Markup
from marshmallow import Schema

from workflow_core.exceptions import DocumentError, Finding, TemplateVariablesMissing

MAX_TEMPLATE_BYTES = 32 * 1024 * 1024
"""Uncompressed size of a template above which it is refused: a zip bomb must not fill the memory."""

_TEXT_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml|docProps/core\.xml")
_BREAKS = re.compile(r">[^<]*[\t\n\a\f][^<]*</w:t>")
"""A text with a character that stands for a break: where there is none, docxtpl's search through all runs finds nothing."""
_CELL_TAGS = re.compile(r"\{[%{]\s*(tc|hm|vm|colspan|cellbg)\b")
_NOT_IN_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class DocumentClass(StrEnum):
    """A consent is no order: each class has a lifecycle of its own."""

    ACT = "act"
    CONSENT = "consent"
    AGREEMENT = "agreement"
    WORKING_PAPER = "working_paper"


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """What is wrong with a paper's content: severity "E" blocks the paper, "W" warns; `text` is a Russian sentence."""

    code: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of paper: «Приказ о закреплении наставнических пар». Plugins give them: `contribute_document_kinds`."""

    code: str
    title: str
    """Russian, as a list of papers shows it."""
    document_class: DocumentClass
    subject: str
    """What one paper is about: "pair", "person", "organisation" or "activity"."""
    template: Path
    facts: tuple[str, ...]
    """Names of the facts that the step freezes into the paper's row; `context` and `checks` get all of them."""
    context: Callable[[Mapping[str, Any]], dict[str, Any]]
    """Pure: frozen facts (plain JSON) -> what the template sees. No clock, no session, no file."""
    schema: type[Schema]
    """Shape of the context; its fields are exactly the template's variables."""
    checks: Callable[[Mapping[str, Any]], list[DocumentCheck]]
    """Pure: frozen facts -> what is wrong with the content."""
    many: bool = False
    """One paper may cover many subjects: one order, twenty-five pairs."""
    version: str = "1"
    """Changes with the template or the context, so that an old paper can say what made it."""


def blocking(checks: Sequence[DocumentCheck]) -> list[DocumentCheck]:
    """Those checks that stop the paper."""
    return [check for check in checks if check.severity == "E"]


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja for strangers' templates: no Python, no loader, no repetition that fills memory; data before methods."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"operator {operator!r} is not allowed in a template")

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):  # so that a key called «items» is the key, not the method of dict
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def _printable(value: Any) -> Any:
    """What a `{{ … }}` prints: letters that XML can't hold go, an empty value is an error, not the word None."""
    if value is None:
        raise DocumentError("Шаблон печатает пустое значение: в нём не хватает условия {% if %}.")
    if isinstance(value, str) and not isinstance(value, Markup):
        return _NOT_IN_XML.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return value


def _environment(undefined: type[jinja2.Undefined] = jinja2.StrictUndefined) -> _Environment:
    environment = _Environment(autoescape=True, undefined=undefined, finalize=_printable)
    for way_round in ("safe", "attr"):  # unescaped text, and attributes that no parser sees
        del environment.filters[way_round]
    return environment


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A template ready to be rendered: an archive of the members that stay as they are, and Jinja for the rest."""

    archive: bytes
    sources: Mapping[str, str]
    compiled: Mapping[str, jinja2.Template]
    variables: frozenset[str]
    cell_tags: bool


def render(template: Path | bytes, context: Mapping[str, Any]) -> bytes:
    """The filled .docx. Equal template and context give an equal `content_hash`, whenever and wherever it runs.

    Raises `TemplateVariablesMissing` naming every name that the context lacks, `DocumentError` for a template that is
    broken or tries more than to print data.
    """
    name, prepared = _name(template), _prepare(template)
    if missing := prepared.variables - context.keys():
        raise TemplateVariablesMissing(name, missing)
    try:
        rendered = {part: compiled.render(context) for part, compiled in prepared.compiled.items()}
    except jinja2.UndefinedError as exc:
        raise TemplateVariablesMissing(name, _unfilled(prepared, context) or [str(exc)]) from exc
    except DocumentError:
        raise
    except Exception as exc:  # a template is foreign code: whatever it raises is the template's fault
        raise DocumentError(f"Шаблон «{name}» не удалось заполнить: {exc}") from exc
    members = {part: _finish(name, part, xml, prepared.cell_tags) for part, xml in rendered.items()}
    return _zip(members, prepared.archive)


def render_kind(kind: DocumentKind, facts: Mapping[str, Any]) -> bytes:
    """The .docx of a kind from its frozen facts.

    Raises `DocumentError` when facts lack a name or the context has a wrong shape.
    """
    if missing := [name for name in kind.facts if name not in facts]:
        raise DocumentError(f"«{kind.title}»: нет сведений: {', '.join(missing)}.")
    try:
        context = kind.context(facts)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise DocumentError(f"«{kind.title}»: сведения не подходят: {exc!r}.") from exc
    if errors := kind.schema().validate(context):
        raise DocumentError(f"«{kind.title}»: сведения не подходят: {errors}.")
    return render(kind.template, context)


def template_variables(template: Path | bytes) -> set[str]:
    """Names that the template takes from its context, in body, headers, footers, notes and properties."""
    return set(_prepare(template).variables)


def check_kind(kind: DocumentKind) -> list[Finding]:
    """What is wrong with a kind before a paper is made: unreadable template, other names in it than in its schema."""
    file = str(kind.template)
    try:
        wanted = template_variables(kind.template)
    except (DocumentError, OSError) as exc:
        return [Finding("template_unreadable", f"«{kind.title}» ({kind.code}): {exc}", file=file)]
    given = set(kind.schema().fields)
    pairs = (
        ("template_variable_unknown", wanted - given, "шаблон просит то, чего нет в схеме"),
        ("template_variable_unused", given - wanted, "в схеме есть то, чего шаблон не печатает"),
    )
    return [
        Finding(code, f"«{kind.title}» ({kind.code}): {text}: {', '.join(sorted(names))}", file=file)
        for code, names, text in pairs
        if names
    ]


def content_hash(docx: bytes) -> str:
    """SHA-256 (hex) over member names and uncompressed bytes: equal for equal content, however the zip was packed."""
    digest = hashlib.sha256()
    with _open(docx, "документ") as archive:
        for name in sorted(archive.namelist()):
            for piece in (name.encode(), archive.read(name)):
                digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()


def document_text(docx: bytes) -> str:
    """Plain text of the body for tests and search: a paragraph a line, a table row a line with « | » between cells."""
    import docx as python_docx  # slow to import, needed by readers only

    lines: list[str] = []
    for block in python_docx.Document(io.BytesIO(docx)).iter_inner_content():
        if hasattr(block, "rows"):
            lines += (" | ".join(cell.text for cell in row.cells) for row in block.rows)
        else:
            lines.append(block.text)
    return "\n".join(lines)


def repacked(docx: bytes) -> bytes:
    """The same .docx with sorted members and fixed dates, so that equal content gives equal bytes."""
    with _open(docx, "документ") as archive:
        return _zip({name: archive.read(name) for name in archive.namelist()})


def _name(template: Path | bytes) -> str:
    return template.name if isinstance(template, Path) else "загруженный файл"


def _prepare(template: Path | bytes) -> _Prepared:
    content = template.read_bytes() if isinstance(template, Path) else template
    try:
        return _prepared(content)
    except (jinja2.TemplateError, etree.XMLSyntaxError) as exc:
        line = f" (строка {exc.lineno})" if isinstance(exc, jinja2.TemplateSyntaxError) else ""
        raise DocumentError(f"Шаблон «{_name(template)}» с ошибкой{line}: {exc}") from exc


@lru_cache(maxsize=128)
def _prepared(content: bytes) -> _Prepared:
    """Cached by the template's bytes: an edited file is another template, however it is called."""
    environment = _environment()
    tagger = _docxtpl()
    plain: dict[str, bytes] = {}
    sources: dict[str, str] = {}
    with _open(content, "шаблон") as archive:
        for name in archive.namelist():
            member = archive.read(name)
            if _TEXT_PARTS.fullmatch(name) and b"{" in member:
                tree = etree.fromstring(member, _parser())
                sources[name] = tagger.patch_xml(etree.tostring(tree, encoding="unicode"))
            else:
                plain[name] = member
    variables: set[str] = set()
    for source in sources.values():
        parsed = environment.parse(source)
        _refuse_python(parsed)
        variables |= meta.find_undeclared_variables(parsed)
    compiled = {name: environment.from_string(source) for name, source in sources.items()}
    cell_tags = any(_CELL_TAGS.search(member.decode(errors="replace")) for member in _text_members(content))
    return _Prepared(_zip(plain), sources, compiled, frozenset(variables), cell_tags)


def _text_members(content: bytes) -> Iterator[bytes]:
    with _open(content, "шаблон") as archive:
        for name in archive.namelist():
            if _TEXT_PARTS.fullmatch(name):
                yield re.sub(rb"<[^>]+>", b"", archive.read(name))  # a tag may be torn over several runs


def _refuse_python(tree: nodes.Template) -> None:
    """Leading underscores are a way into Python: refused when the template comes in, not when a paper is due."""
    names: list[Any] = [node.attr for node in tree.find_all(nodes.Getattr)]
    names += [node.arg.value for node in tree.find_all(nodes.Getitem) if isinstance(node.arg, nodes.Const)]
    if private := [name for name in names if isinstance(name, str) and name.startswith("_")]:
        raise DocumentError(
            f"Шаблон обращается к запрещённому: {', '.join(private)}. В нём можно только печатать данные."
        )
    if next(tree.find_all(nodes.ScopedEvalContextModifier), None):
        raise DocumentError("Шаблон отключает защиту текста (autoescape). Уберите эту строку.")


def _unfilled(prepared: _Prepared, context: Mapping[str, Any]) -> set[str]:
    """Every name, nested ones too, that is missing: a second rendering goes on over the gaps and takes them down."""
    found: set[str] = set()

    class Noted(jinja2.ChainableUndefined):
        def __init__(self, hint: str | None = None, obj: Any = None, name: str | None = None, exc: Any = None) -> None:
            super().__init__(hint=hint, obj=obj, name=name) if exc is None else super().__init__(hint, obj, name, exc)
            if name is not None and not isinstance(obj, Noted):
                found.add(name)

    environment = _environment(Noted)
    for source in prepared.sources.values():
        try:
            environment.from_string(source).render(context)
        except Exception:  # the first rendering has already failed; this one only gathers names for the message
            continue
    return found


def _finish(template: str, part: str, xml: str, cell_tags: bool) -> bytes:
    """Line breaks inside values become breaks of the document; broken XML is refused rather than mended by guess."""
    tool = _docxtpl()
    if part.startswith("word/") and _BREAKS.search(xml):
        xml = tool.resolve_listing(xml)
    try:
        root = etree.fromstring(xml.encode(), _parser())
    except etree.XMLSyntaxError as exc:
        raise DocumentError(f"Шаблон «{template}»: после заполнения файл {part} повреждён: {exc}") from exc
    if cell_tags and part == "word/document.xml":
        root = tool.fix_tables(xml)
    for cell in root.iter(f"{_WORD}tc"):
        if len(cell) == 0 or cell[-1].tag != f"{_WORD}p":  # a loop over nothing; Word calls such a cell damage
            etree.SubElement(cell, f"{_WORD}p")
    for number, element in enumerate(root.iter("{*}docPr"), start=1):
        element.set("id", str(number))  # Word calls a file with repeated ids damaged
    finished: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    return finished


def _docxtpl() -> Any:
    """docxtpl's work on XML text; it takes a quarter of a second to import, which only a rendering has to pay."""
    from docxtpl import DocxTemplate

    return DocxTemplate(io.BytesIO())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _open(content: bytes, what: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as exc:
        raise DocumentError(f"Это не {what} Word (.docx): файл не открывается.") from exc
    if sum(member.file_size for member in archive.infolist()) > MAX_TEMPLATE_BYTES:
        raise DocumentError(f"Этот {what} слишком велик: больше {MAX_TEMPLATE_BYTES // 2**20} МБ после распаковки.")
    return archive


def _zip(members: Mapping[str, bytes], archive: bytes = b"") -> bytes:
    """Members sorted by name behind those of an archive that was made the same way, dates and the maker's system fixed.

    To pack styles, fonts and themes anew for each paper would take most of its time.
    """
    buffer = io.BytesIO(archive)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as appended:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            appended.writestr(info, members[name])
    return buffer.getvalue()
