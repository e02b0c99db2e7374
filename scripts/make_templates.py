"""Makes the .docx templates of the shipped document kinds: `python scripts/make_templates.py`.

A template can be changed in Word too; these are made by a program so that a change can be read in review. Layout: Times New
Roman 12, 30-10-20-20 mm (left 30: orders on pairs are kept long), page numbers from the second page (ГОСТ Р 7.0.97).
Tags are docxtpl's: {{ value }}, {%p … %} for a whole paragraph, {%tr … %} for a whole row.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from workflow_core.rendering import repacked  # noqa: E402  (the script is run from any folder)

FONT = "Times New Roman"
TEXT_WIDTH = 170
"""Millimetres between the margins of an A4 page."""
LEFT, CENTRE, RIGHT, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


class Paper:
    """A page with the layout that all papers share, and the few blocks that they are put together from."""

    def __init__(self, title: str) -> None:
        self.document: Document = docx.Document()
        self._properties(title)
        self._style()
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin, section.right_margin = Mm(30), Mm(10)
        section.top_margin, section.bottom_margin = Mm(20), Mm(20)
        section.header_distance = section.footer_distance = Mm(10)
        section.different_first_page_header_footer = True
        number = section.header.paragraphs[0]
        number.alignment = CENTRE
        _field(number, "PAGE")

    def _properties(self, title: str) -> None:
        properties = self.document.core_properties
        properties.author = properties.last_modified_by = properties.comments = ""
        properties.title, properties.language = title, "ru-RU"
        properties.created = properties.modified = datetime(2026, 9, 1)
        relations = self.document.part.package.rels
        for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
            del relations[key]  # a picture of an empty page

    def _style(self) -> None:
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = FONT, Pt(12)
        fonts = style.element.rPr.rFonts
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), FONT)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "ru-RU")
        style.element.rPr.append(language)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = 1.0
        style.paragraph_format.widow_control = True

    def line(self, text: str = "", alignment: Any = LEFT, **looks: Any) -> Paragraph:
        """A paragraph; looks: bold, size, before, after, indent (first line, mm), left (mm), keep (with the next)."""
        return _look(self.document.add_paragraph(), text, alignment, **looks)

    def prose(self, text: str, **looks: Any) -> Paragraph:
        """Justified text with an indented first line."""
        return self.line(text, JUSTIFY, **{"indent": 12.5, "after": 3, **looks})

    def tag(self, text: str) -> None:
        """A paragraph that holds one {%p … %} and vanishes from the paper."""
        self.document.add_paragraph(f"{{%p {text} %}}")

    def ruled(self, label: str = "", caption: str = "", indent: float = 0) -> None:
        """A label and a line up to the margin to be filled in by hand, with small words below."""
        paragraph = self.line(label + " " if label else "", before=4, indent=indent)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES)
        paragraph.add_run("\t")
        if caption:
            self.line(f"({caption})", CENTRE, size=9)

    def table(self, widths: Sequence[float], rows: int, borders: bool = True) -> Table:
        """A table with fixed widths of columns in millimetres."""
        table: Table = self.document.add_table(rows, len(widths))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        if borders:
            table.style = "Table Grid"
        else:
            _flush(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
            for cell in column.cells:
                cell.width = Mm(width)
        return table

    def signature(self, title: str, name: str) -> None:
        """Post, line, initials and surname; kept on one page."""
        table = self.table((80, 45, 45), 1, borders=False)
        put(table.cell(0, 0), title)
        put(table.cell(0, 1), "_________________", CENTRE)
        put(table.cell(0, 2), name)
        for cell in table.rows[0].cells:
            cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
        whole_rows(table)

    def bytes(self) -> bytes:
        """The file, packed so that two runs give the same."""
        buffer = io.BytesIO()
        self.document.save(buffer)
        return repacked(buffer.getvalue())


def put(cell: _Cell, text: str, alignment: Any = LEFT, **looks: Any) -> None:
    """Text into a cell; "\\n" starts a new paragraph."""
    for index, line in enumerate(text.split("\n")):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        _look(paragraph, line, alignment, **looks)


def head(table: Table, titles: Sequence[str], size: float = 12) -> None:
    """The first row: bold, centred, repeated on each page."""
    for cell, title in zip(table.rows[0].cells, titles, strict=True):
        put(cell, title, CENTRE, bold=True, size=size)
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    _row_mark(table.rows[0], "w:tblHeader")


def repeat(table: Table, loop: str, cells: Sequence[tuple[str, Any]], size: float = 12) -> None:
    """Rows 1 to 3 as a loop: {%tr for … %}, the row, {%tr endfor %}."""
    table.cell(1, 0).text = f"{{%tr for {loop} %}}"
    for cell, (text, alignment) in zip(table.rows[2].cells, cells, strict=True):
        put(cell, text, alignment, size=size)
    table.cell(3, 0).text = "{%tr endfor %}"


def whole_rows(table: Table) -> None:
    """No row of the table is torn over two pages."""
    for row in table.rows:
        _row_mark(row, "w:cantSplit")


def _flush(table: Table) -> None:
    """No padding at the sides, so that a table without borders begins and ends where the text does."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("w:left", "w:right"):
        width = OxmlElement(side)
        width.set(qn("w:w"), "0")
        width.set(qn("w:type"), "dxa")
        margins.append(width)
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)


def _row_mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _look(
    paragraph: Paragraph,
    text: str,
    alignment: Any = LEFT,
    *,
    bold: bool = False,
    size: float | None = None,
    before: float = 0,
    after: float = 0,
    indent: float = 0,
    left: float = 0,
    keep: bool = False,
) -> Paragraph:
    layout = paragraph.paragraph_format
    paragraph.alignment = alignment
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.first_line_indent, layout.left_indent, layout.keep_with_next = Mm(indent), Mm(left), keep
    if text:
        run = paragraph.add_run(text)
        run.bold = bold or None
        if size is not None:
            run.font.size = Pt(size)
    return paragraph


def _field(paragraph: Paragraph, code: str) -> None:
    """A field that Word computes: the number of the page."""
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        run = paragraph.add_run()._r
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run.append(mark)


def issuer(paper: Paper) -> None:
    """Founder, full name, short name in brackets."""
    for name, looks in (("founder", {"size": 11}), ("full_title", {"bold": True})):
        paper.tag(f"if organisation.{name}")
        paper.line(f"{{{{ organisation.{name} }}}}", CENTRE, after=3, **looks)
        paper.tag("endif")
    paper.tag("if organisation.short_title")
    paper.line("({{ organisation.short_title }})", CENTRE)
    paper.tag("endif")


def pair_order() -> Paper:
    """The order on pairs."""
    paper = Paper("Приказ о закреплении наставнических пар")
    issuer(paper)
    paper.line("ПРИКАЗ", CENTRE, bold=True, size=14, before=14, after=10)
    place = paper.table((65, 55, 50), 1, borders=False)
    put(place.cell(0, 0), "{{ date_line }}")
    put(place.cell(0, 1), "{{ organisation.place }}", CENTRE)
    put(place.cell(0, 2), "{{ number_line }}", RIGHT)
    paper.line("{{ title }}", bold=True, before=12, after=10)
    paper.prose("{{ preamble }}", after=6)
    paper.line("ПРИКАЗЫВАЮ:", bold=True, after=6, keep=True)
    paper.prose("{{ first_clause }}", after=6, keep=True)
    pairs = paper.table((10, 47, 47, 32, 34), 4)
    head(pairs, ("№", "Наставник", "Наставляемый", "Форма", "Срок"), 11)
    people = "{{%p for person in pair.{0} %}}\n{{{{ person.name }}}}, {{{{ person.role }}}}\n{{%p endfor %}}"
    cells = (
        ("{{ pair.number }}", CENTRE),
        (people.format("mentors"), LEFT),
        (people.format("mentees"), LEFT),
        ("{{ pair.form }}", LEFT),
        ("{{ pair.period }}", LEFT),
    )
    repeat(pairs, "pair in pairs", cells, 11)
    whole_rows(pairs)
    paper.line(size=6)
    paper.tag("for clause in clauses")
    paper.prose("{{ clause }}", after=4)
    paper.tag("endfor")
    paper.line(before=14, keep=True)
    paper.signature("{{ signatory.title }}", "{{ signatory.name }}")
    _acquaintance(paper)
    footer = paper.document.sections[0].first_page_footer.paragraphs[0]
    _look(footer, "{{ footer }}", size=8)
    return paper


def _acquaintance(paper: Paper) -> None:
    title = paper.line("Лист ознакомления", CENTRE, bold=True)
    title.paragraph_format.page_break_before = True
    paper.line("с приказом {{ order_line }} «{{ title }}»", CENTRE, after=8)
    sheet = paper.table((10, 45, 55, 32, 28), 4)
    head(sheet, ("№", "Фамилия, инициалы", "В качестве кого", "Подпись", "Дата"), 11)
    cells = (
        ("{{ row.number }}", CENTRE),
        ("{{ row.name }}", LEFT),
        ("{{ row.capacity }}", LEFT),
        ("", LEFT),
        ("", LEFT),
    )
    repeat(sheet, "row in acquainted", cells, 11)
    for row in sheet.rows:
        row.height = Mm(9)
        for cell in row.cells:
            cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    whole_rows(sheet)


def personal_data_consent_adult() -> Paper:
    """The consent of an adult."""
    paper = Paper("Согласие на обработку персональных данных")
    _consent_title(paper)
    paper.prose("Я, {{ person_name }},", after=0)
    _identity(paper, "адрес:", "документ, удостоверяющий личность:")
    _consent_conditions(paper, "моих персональных данных")
    _consent_signature(paper)
    return paper


def personal_data_consent_representative() -> Paper:
    """The consent of a legal representative, with a line for a child of 14 or more."""
    paper = Paper("Согласие на обработку персональных данных")
    _consent_title(paper)
    paper.tag("if representative_name")
    paper.prose("Я, {{ representative_name }},", after=0)
    paper.tag("else")
    paper.ruled("Я,", "фамилия, имя, отчество законного представителя")
    paper.tag("endif")
    _identity(paper, "адрес:", "документ, удостоверяющий личность:")
    paper.ruled(
        "документ о полномочиях:",
        "свидетельство о рождении, акт об опеке или доверенность: номер, дата, кем выдан",
    )
    paper.line("как законный представитель ребёнка: {{ child }},", JUSTIFY, before=6)
    _identity(paper, "адрес ребёнка:", "документ ребёнка:")
    _consent_conditions(paper, "персональных данных ребёнка")
    _consent_signature(paper)
    paper.tag("if child_signs")
    paper.line("С согласием на обработку моих персональных данных согласен (согласна):", JUSTIFY, before=12)
    paper.line("_________________ / _______________________", before=10)
    paper.line("(подпись и фамилия ребёнка, если ему исполнилось 14 лет)", size=9)
    paper.tag("endif")
    return paper


def _consent_title(paper: Paper) -> None:
    paper.line("СОГЛАСИЕ", CENTRE, bold=True, size=14)
    paper.line("на обработку персональных данных", CENTRE, bold=True, after=10)


def _identity(paper: Paper, address: str, document: str) -> None:
    """Ruled lines: passports and addresses are never typed in."""
    paper.ruled(address)
    paper.ruled(document, "вид, серия и номер, когда и кем выдан")
    paper.ruled()


def _consent_conditions(paper: Paper, whose: str) -> None:
    law = "статьёй 9 Федерального закона от 27.07.2006 №\u00a0152-ФЗ «О персональных данных»"
    paper.prose(f"в соответствии со {law} даю оператору", before=6, indent=0, after=0)
    paper.line("{{ organisation.full_title }}")
    paper.tag("if organisation.address")
    paper.line("(адрес: {{ organisation.address }})")
    paper.tag("else")
    paper.ruled("адрес оператора:")
    paper.tag("endif")
    paper.prose(f"согласие на обработку {whose} на следующих условиях.", indent=0, after=4)
    paper.prose("1.\u00a0Цель обработки: {{ purpose }}.")
    paper.prose("2.\u00a0Обрабатываются следующие данные:", after=0, keep=True)
    paper.tag("for item in data")
    paper.line("— {{ item }}{% if loop.last %}.{% else %};{% endif %}", JUSTIFY, left=12.5)
    paper.tag("endfor")
    paper.prose("3.\u00a0Действия с данными: {{ actions }}.", before=3)
    paper.prose("4.\u00a0Способы обработки: с использованием средств автоматизации и без них.")
    paper.tag("if processor")
    paper.prose("5.\u00a0По поручению оператора данные обрабатывает {{ processor }}.")
    paper.tag("else")
    paper.prose("5.\u00a0Обработка данных другим лицам не поручается.")
    paper.tag("endif")
    paper.prose("6.\u00a0Согласие действует до {{ term }}.")
    paper.prose(
        "7.\u00a0Согласие можно отозвать в любое время письменным заявлением, поданным оператору. Тогда обработка "
        "прекращается, а данные уничтожаются в срок не более 30 дней, если для их хранения нет другого законного основания."
    )


def _consent_signature(paper: Paper) -> None:
    paper.line(before=8, keep=True)
    table = paper.table((70, 50, 50), 1, borders=False)
    put(table.cell(0, 0), "{{ date_line }}")
    put(table.cell(0, 1), "_________________", CENTRE)
    put(table.cell(0, 2), "{% if signer %}{{ signer }}{% else %}_________________{% endif %}")
    whole_rows(table)


def duty_consent() -> Paper:
    """The consent to take on duties."""
    paper = Paper("Согласие на возложение обязанностей")
    for people, first in (("addressee", ""), ("author", "от ")):
        paper.tag(f"for line in {people}")
        prefix = f"{{% if loop.first %}}{first}{{% endif %}}" if first else ""
        paper.line(f"{prefix}{{{{ line }}}}", left=90)
        paper.tag("endfor")
    paper.line("СОГЛАСИЕ", CENTRE, bold=True, size=14, before=20)
    paper.line("{{ title }}", CENTRE, bold=True, after=10)
    paper.prose("{{ statement }}")
    paper.tag("if mentees")
    paper.prose("{{ mentees }}.")
    paper.tag("endif")
    paper.prose("Форма наставничества: {{ form }}.")
    paper.prose("Срок: {{ period }}.")
    for name, label in (("volume", "Объём работы"), ("pay", "Оплата")):
        paper.tag(f"if {name}")
        paper.prose(f"{label}: {{{{ {name} }}}}.")
        paper.tag("else")
        paper.ruled(f"{label}:", indent=12.5)
        paper.tag("endif")
    paper.tag("if labour_code")
    paper.prose(
        "Мне известно, что работа по наставничеству выполняется по дополнительному соглашению к трудовому договору и что "
        "от неё можно досрочно отказаться (статья 351.8 Трудового кодекса Российской Федерации).",
        before=3,
    )
    paper.tag("endif")
    paper.prose("{{ acquainted }}, участие добровольное.", before=3)
    _consent_signature(paper)
    return paper


def individual_plan() -> Paper:
    """The plan of a pair or group, with the head's stamp of approval."""
    paper = Paper("Индивидуальный план")
    for text in ("УТВЕРЖДАЮ", "{{ signatory.title }}", "_____________ {{ signatory.name }}", "{{ approval_date }}"):
        paper.line(text, left=95, after=3)
    paper.line("{{ organisation.full_title }}", CENTRE, before=12)
    paper.line("ИНДИВИДУАЛЬНЫЙ ПЛАН", CENTRE, bold=True, size=14, before=12)
    paper.line("(персонализированная программа наставничества)", CENTRE)
    paper.line("по программе «{{ programme }}»", CENTRE, after=10)
    _card(paper)
    paper.line(size=6)
    tasks = paper.table((8, 45, 25, 35, 30, 27), 4)
    head(
        tasks,
        ("№", "Задача, мероприятие", "Срок", "Планируемый результат", "Фактический результат", "Оценка наставника"),
        10,
    )
    cells = (
        ("{{ task.number }}", CENTRE),
        ("{{ task.title }}", LEFT),
        ("{{ task.due }}", LEFT),
        ("{{ task.result }}", LEFT),
        ("", LEFT),
        ("", LEFT),
    )
    repeat(tasks, "task in tasks", cells, 11)
    whole_rows(tasks)
    paper.line(keep=True)
    signers = paper.table((50, 50, 70), 3, borders=False)
    signers.cell(0, 0).text = "{%tr for signer in signers %}"
    for cell, text in zip(
        signers.rows[1].cells, ("{{ signer.capacity }}", "_________________", "{{ signer.name }}"), strict=True
    ):
        put(cell, text, before=6)
    signers.cell(2, 0).text = "{%tr endfor %}"
    whole_rows(signers)
    return paper


def _card(paper: Paper) -> None:
    """Labels on the left, texts on the right."""
    card = paper.table((50, 120), 3)
    card.cell(0, 0).text = "{%tr for detail in details %}"
    put(card.cell(1, 0), "{{ detail.label }}", bold=True, size=11)
    put(card.cell(1, 1), "{{ detail.text }}", size=11)
    card.cell(2, 0).text = "{%tr endfor %}"


def case() -> Paper:
    """The description of a practice."""
    paper = Paper("Кейс (описание практики)")
    paper.line("{{ organisation.full_title }}", CENTRE)
    paper.line("КЕЙС", CENTRE, bold=True, size=14, before=12)
    paper.line("{{ title }}", CENTRE, bold=True, after=10)
    _card(paper)
    paper.tag("if nameless")
    paper.line("Имена участников не указаны: согласия на распространение не собраны.", size=10, before=6)
    paper.tag("endif")
    paper.line(before=10, keep=True)
    paper.line("Описание составил(а): _________________ / _______________________", before=6)
    paper.line("«____» ______________ 20___\u00a0г.", before=8)
    return paper


MAP_COLUMNS: dict[str, tuple[str, Any, tuple[float, ...]]] = {
    "№ п/п": ("{{ row.number }}", CENTRE, (15, 14, 14, 12)),
    "Мероприятие": ("{{ row.text }}", LEFT, (92, 77, 75, 64)),
    "Срок": ("{{ row.deadline }}", LEFT, (43, 38, 36, 34)),
    "Ответственный": ("{{ row.responsible }}", LEFT, (52, 43, 45, 40)),
    "Результат": ("{{ row.result }}", LEFT, (65, 50, 55, 42)),
    "Показатель": ("{{ row.indicator }}", LEFT, (0, 45, 0, 39)),
    "Отметка о выполнении": ("{{ row.state }}", LEFT, (0, 0, 42, 36)),
}
"""Heading of a column -> what it prints, alignment, width in millimetres: plain, with indicators, with the state, with both."""


def road_map(indicator: bool, state: bool) -> Paper:
    """A road map as a school approves it: landscape, stamp on the right, sections as merged rows."""
    paper = Paper("Дорожная карта")
    section = paper.document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin, section.right_margin = Mm(20), Mm(10)
    paper.tag("if stamp")
    for text in ("УТВЕРЖДАЮ", "{{ stamp.post }}", "_______________ {{ stamp.name }}", "{{ stamp.day }}"):
        paper.line(text, left=177, after=2)
    paper.line(size=8)
    paper.tag("endif")
    paper.tag("if organisation")
    paper.line("{{ organisation }}", CENTRE, after=4)
    paper.tag("endif")
    paper.tag("if head")
    paper.line("{{ head }}", CENTRE, bold=True, size=14)
    paper.tag("endif")
    paper.line("{{ title }}", CENTRE, bold=True, size=14)
    paper.line(size=4)
    paper.tag("if period")
    paper.line("Период реализации: {{ period }}", CENTRE, after=2)
    paper.tag("endif")
    paper.tag("if edition")
    paper.line("{{ edition }}", CENTRE, after=2)
    paper.tag("endif")
    paper.tag("for goal in goals")
    paper.line("Цель: {{ goal }}", JUSTIFY, after=2)
    paper.tag("endfor")
    paper.line(size=6)
    _map_table(paper, indicator, state)
    return paper


def _map_table(paper: Paper, indicator: bool, state: bool) -> None:
    """The header, then for each row one of two: merged over the whole width, or a cell a column."""
    place = indicator + 2 * state
    columns = [(name, *one) for name, one in MAP_COLUMNS.items() if one[2][place]]
    table = paper.table([widths[place] for *_others, widths in columns], 9)
    head(table, [name for name, *_others in columns], 11)
    tags = {1: "for row in rows", 2: 'if row.kind == "item"', 4: 'elif row.kind == "section"', 6: "else", 8: "endfor"}
    for at, (_name, text, alignment, _widths) in enumerate(columns):
        put(table.cell(3, at), text, alignment, size=11, before=1, after=1)
    for at, looks in ((5, {"bold": True, "keep": True}), (7, {"keep": True})):
        put(
            table.rows[at].cells[0].merge(table.rows[at].cells[-1]),
            "{{ row.text }}",
            size=11,
            before=2,
            after=2,
            **looks,
        )
    for at, text in tags.items():
        table.cell(at, 0).text = f"{{%tr {text} %}}"
    closing = table.add_row()
    closing.cells[0].text = "{%tr endif %}"
    table.rows[8]._tr.addprevious(closing._tr)
    for at in (0, 3, 5):
        _row_mark(table.rows[at], "w:cantSplit")


TEMPLATES: dict[str, Callable[[], Paper]] = {
    "plugins/orders/templates/pair_order.docx": pair_order,
    "plugins/consents/templates/personal_data_consent_adult.docx": personal_data_consent_adult,
    "plugins/consents/templates/personal_data_consent_representative.docx": personal_data_consent_representative,
    "plugins/consents/templates/duty_consent.docx": duty_consent,
    "plugins/plans/templates/individual_plan.docx": individual_plan,
    "plugins/cases/templates/case.docx": case,
    **{
        f"workflows/road_maps/writer/templates/road_map{'_indicator' * one}{'_state' * other}.docx": partial(
            road_map, one, other
        )
        for one in (False, True)
        for other in (False, True)
    },
}


def main() -> None:
    """Write every template to its place."""
    for path, make in TEMPLATES.items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(make().bytes())
        print(path)


if __name__ == "__main__":
    main()
