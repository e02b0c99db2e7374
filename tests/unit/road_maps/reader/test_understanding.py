"""Shapes that schools draw their plans in, each as small as it can be: what becomes a section, an item, a warning."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.road_maps.reader.reading import Approval, Reading
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.source import Cell, Line, Row, Source, Table
from workflows.road_maps.reader.understanding import understand

Typed = str | tuple[str, int] | None
"""A cell; (text, columns): merged to the right; None: merged with the one above."""

HEAD: list[Typed] = ["№", "Мероприятие", "Сроки", "Ответственный"]


def table(*rows: list[Typed]) -> Table:
    made: list[Row] = []
    for number, row in enumerate(rows, 1):
        cells: list[Cell] = []
        for typed in row:
            column = cells[-1].column + cells[-1].columns if cells else 0
            over = next((cell for cell in made[-1].cells if cell.column == column), None) if made else None
            text, columns = typed if isinstance(typed, tuple) else (typed, 1)
            if text is None:
                assert over is not None
                text = over.text
            place = f"строка {number}, столбец {column + 1}"
            cells.append(Cell(text, place, column, columns, continues_above=typed is None))
        made.append(Row(tuple(cells), f"строка {number}"))
    width = max(cell.column + cell.columns for row in made for cell in row.cells)
    return Table(tuple(made), width, "таблица 1")


def lines(*texts: str) -> list[Line]:
    return [Line(text, f"абзац {number}") for number, text in enumerate(texts, 1)]


def read(*blocks: Table | list[Line], years: str | None = "2026-2027") -> Reading:
    flat = [one for block in blocks for one in (block if isinstance(block, list) else [block])]
    return understand(Source("docx", tuple(flat)), years)


def read_text(text: str) -> Reading:
    rows = text.strip("\n").split("\n")
    return understand(Source("text", tuple(Line(row, f"строка {at}") for at, row in enumerate(rows, 1))), "2026-2027")


def outline(reading: Reading) -> list[tuple[str | None, str, list[tuple[str | None, str]]]]:
    return [
        (section.number, section.title, [(item.number, item.text) for item in section.items])
        for section in reading.sections
    ]


def codes(reading: Reading) -> list[str]:
    return [warning.code for warning in reading.warnings]


# Sections and items


def test_roman_sections_with_numbers_that_begin_anew() -> None:
    reading = read(
        table(
            HEAD,
            [("Раздел I. Организация", 4)],
            ["1", "Приказ", "сентябрь", "Директор"],
            [("Раздел II. Работа", 4)],
            ["1", "Встречи", "ежемесячно", "Наставники"],
            ["", ("Директор ________ И.И. Зуев", 3)],
        )
    )

    assert outline(reading) == [
        ("I", "Организация", [("1", "Приказ")]),
        ("II", "Работа", [("1", "Встречи")]),
    ]
    assert [left.text for left in reading.unrecognised] == ["Директор ________ И.И. Зуев"]


def test_numbers_in_the_text_and_sections_among_empty_cells() -> None:
    reading = read(
        table(
            ["Что делаем", "Когда", "Кто"],
            ["1. Подготовка", "", ""],
            ["1.1. Приказ", "сентябрь", "Директор"],
            ["1.2. База", "октябрь", "Куратор"],
            ["2. Итоги", "", ""],
            ["2.1. Отчёт", "май", "Куратор"],
        )
    )

    assert outline(reading) == [
        ("1", "Подготовка", [("1.1", "Приказ"), ("1.2", "База")]),
        ("2", "Итоги", [("2.1", "Отчёт")]),
    ]


def test_each_section_in_a_table_of_its_own() -> None:
    reading = read(
        lines("Дорожная карта", "Раздел 1. Подготовка"),
        table(HEAD, ["1", "Приказ", "сентябрь", "Директор"]),
        lines("Раздел 2. Работа пар"),
        table(HEAD, ["1", "Встречи", "май", "Наставник"]),
    )

    assert reading.title == "Дорожная карта"
    assert outline(reading) == [("1", "Подготовка", [("1", "Приказ")]), ("2", "Работа пар", [("1", "Встречи")])]


def test_table_that_goes_on_without_its_header() -> None:
    reading = read(
        table(HEAD, ["1", "Приказ", "сентябрь", "Директор"]), table(["2", "Положение", "октябрь", "Куратор"])
    )

    assert outline(reading) == [(None, "", [("1", "Приказ"), ("2", "Положение")])]


def test_stages_with_their_items_in_one_cell() -> None:
    reading = read(
        table(
            ["Этап", "Мероприятия", "Сроки", "Ответственный"],
            ["1. Начало", "Сделать:\n1. Приказ\n2. Педсовет", "1. сентябрь\n2. октябрь", "Директор"],
            ["2. Работа", "- встречи\n- беседы", "в течение года", "Наставники"],
            ["3. Итог", "Анализ", "май", "Куратор"],
        )
    )

    assert outline(reading) == [
        ("1", "Начало", [("1", "Приказ"), ("2", "Педсовет")]),
        ("2", "Работа", [(None, "встречи"), (None, "беседы")]),
        ("3", "Итог", [(None, "Анализ")]),
    ]
    assert reading.sections[0].lead_in == "Сделать:"
    assert [item.deadline.text for item in reading.items if item.deadline] == [
        "сентябрь", "октябрь", "в течение года", "в течение года", "май",
    ]  # fmt: skip


def test_points_in_rows_of_their_own_belong_to_the_item_above() -> None:
    reading = read(
        table(HEAD, ["1", "Собрать:", "", ""], ["", "- базу", "май", "Куратор"], ["", "а) анкеты", "май", "Психолог"])
    )

    assert [(item.number, item.parent) for item in reading.items] == [("1", None), (None, "1"), (None, "1")]


def test_sub_points_in_every_manner() -> None:
    cells = [
        "Включить:\n- сроки;\n- лица.",
        "Включить: сроки; ответственных лиц",
        "Провести: —встречу; —беседу",
        "Обсудить:\nа) план;\nб) итог",
        "Школа: урок, игра",
    ]
    reading = read(table(HEAD, *([str(at), text, "май", "Куратор"] for at, text in enumerate(cells, 1))))

    assert [item.subpoints for item in reading.items] == [
        ("сроки", "лица"), ("сроки", "ответственных лиц"), ("встречу", "беседу"), ("план", "итог"), (),
    ]  # fmt: skip


# Merged, torn, shifted


def test_merged_cells_are_given_to_every_row_and_said() -> None:
    reading = read(table(HEAD, ["1", "Приказ", "сентябрь", "Директор"], ["2", "База", None, None]))

    second = reading.items[1]
    assert second.deadline is not None
    assert second.deadline.start == date(2026, 9, 1)
    assert second.responsible is not None
    assert second.responsible.roles == ("director",)
    assert second.as_printed == {"deadline": None, "responsible": None}


def test_empty_cells_are_null_where_others_are_merged() -> None:
    reading = read(
        table(HEAD, ["1", "Приказ", "сентябрь", "Директор"], ["2", "База", None, "Куратор"], ["3", "Отчёт", "", ""])
    )

    assert (reading.items[2].deadline, reading.items[2].responsible, reading.items[2].as_printed) == (None, None, {})


def test_empty_cells_in_a_table_that_merges_nothing_are_asked_about() -> None:
    reading = read(
        table(HEAD, ["1", "Приказ", "сентябрь", "Директор"], ["2", "База", "", ""], ["3", "Отчёт", "май", ""])
    )

    assert reading.items[1].as_printed == {"deadline": None, "responsible": None}
    assert reading.items[1].responsible is not None
    assert reading.items[2].responsible is None
    assert codes(reading) == ["empty_cells_inherited"]


def test_row_torn_by_a_page() -> None:
    reading = read(
        table(
            [*HEAD, "Результат"],
            ["1", "Создать рабочую", "сентябрь", "Директор", "Приказ о"],
            ["", "группу", "", "", "группе"],
            [*HEAD, "Результат"],
            ["2", "Отчёт", "май", "Куратор", ""],
        )
    )

    assert [(item.text, item.result) for item in reading.items] == [
        ("Создать рабочую группу", "Приказ о группе"),
        ("Отчёт", None),
    ]
    assert codes(reading) == ["torn_row"]
    assert [left.why for left in reading.set_aside] == ["repeated_header"]


def test_cells_in_the_wrong_column_are_moved_and_kept_as_printed() -> None:
    reading = read(
        table(
            [*HEAD, "Показатель"],
            ["1", "Собрать группу", "Директор", "сентябрь", ""],
            ["2", "Провести сбор", "ноябрь", "", "Куратор, наставники"],
            ["3", "Отчёт", "май", "Куратор", "не менее 10 %"],
        )
    )

    first, second, third = reading.items
    assert first.deadline is not None
    assert first.deadline.text == "сентябрь"
    assert first.as_printed == {"deadline": "Директор", "responsible": "сентябрь"}
    assert second.responsible is not None
    assert set(second.responsible.roles) == {"curator", "mentor"}
    assert (second.indicator, second.as_printed) == (None, {"indicator": "Куратор, наставники", "responsible": None})
    assert (third.indicator, third.as_printed) == ("не менее 10 %", {})
    assert codes(reading) == ["shifted_row", "shifted_row"]


def test_turned_sense_is_shown_and_left_as_printed() -> None:
    reading = read(
        table(
            ["Мероприятие", "Срок", "Результат"],
            ["Планы", "май", "Выполнены менее чем на 90 %"],
            ["Базы", "май", "Охвачено не менее 70%"],
        )
    )

    assert reading.items[0].result == "Выполнены менее чем на 90 %"
    assert codes(reading) == ["sense_reversed"]


def test_number_of_which_a_sheet_dropped_the_nought() -> None:
    rows: list[list[Typed]] = [[f"1.{at}", f"Дело {at}", "май", "Куратор"] for at in (*range(1, 10), 1)]

    reading = read(table(HEAD, *rows))

    assert (reading.items[-1].number, reading.items[-1].as_printed) == ("1.10", {"number": "1.1"})


# Columns


def test_header_of_two_rows_and_notes() -> None:
    reading = read(
        table(
            ["№", "Мероприятие", ("Сроки", 2), "Отв.", "Отметка о выполнении"],
            [None, None, "начало", "окончание", None, None],
            ["1", "Назначить", "01.10.2026", "10.10.2026", "Директор", "да"],
        )
    )

    (item,) = reading.items
    assert item.deadline is not None
    assert (item.deadline.start, item.deadline.end) == (date(2026, 10, 1), date(2026, 10, 10))
    assert item.notes == (("Отметка о выполнении", "да"),)


def test_order_of_columns_is_free() -> None:
    reading = read(table(["Месяц", "Исполнители", "Содержание работы"], ["Октябрь", "Психолог", "Анкетирование"]))

    (item,) = reading.items
    assert (item.text, item.responsible and item.responsible.roles) == ("Анкетирование", ("psychologist",))
    assert item.deadline is not None
    assert item.deadline.start == date(2026, 10, 1)


# Around the table


def test_stamps_side_by_side() -> None:
    stamps = table([
        "СОГЛАСОВАНО\nПредседатель совета\n______ Белова Н.Н.\nпротокол № 1 от 28.08.2026",
        "УТВЕРЖДАЮ\nДиректор МАОУ «Лицей № 7»\n______ / Орлова Ирина Петровна /\n«31» августа 2026 г.",
    ])  # fmt: skip
    reading = read(
        stamps, lines("Дорожная карта", "на 2026/27 учебный год"), table(HEAD, ["1", "Приказ", "май", "Директор"])
    )

    assert reading.approved_by == Approval("Орлова Ирина Петровна", "Директор МАОУ «Лицей № 7»", date(2026, 8, 31))
    assert reading.agreed_by == (
        Approval("Белова Н.Н.", "Председатель совета", date(2026, 8, 28), "протокол № 1 от 28.08.2026"),
    )
    assert (reading.organisation, reading.level, reading.title) == (
        "МАОУ «Лицей № 7»", "school", "Дорожная карта на 2026/27 учебный год",
    )  # fmt: skip


def test_stamps_typed_beside_each_other_with_the_order_beneath_one() -> None:
    typed = lines(
        "СОГЛАСОВАНО\tУТВЕРЖДАЮ",
        "Председатель профкома\tДиректор МАОУ «Лицей № 12»",
        "________ П.П. Белов\t_________ И.А. Орлова",
        "\tПриказ № 145 от «29» августа 2026 г.",
        "Дорожная карта на 2026/27 учебный год",
        "Задачи:\n1. Помочь молодым.\n2. Научить.",
    )
    reading = read(typed, table(HEAD, ["1", "Приказ", "май", "Директор"]))

    ground = "Приказ № 145 от «29» августа 2026 г."
    assert reading.approved_by == Approval("И.А. Орлова", "Директор МАОУ «Лицей № 12»", date(2026, 8, 29), ground)
    assert reading.agreed_by == (Approval("П.П. Белов", "Председатель профкома", None),)
    assert reading.goals == ("Помочь молодым.", "Научить.")
    assert reading.unrecognised == ()


@pytest.mark.parametrize(
    ("title", "organisation", "level", "start", "end"),
    [
        ("Дорожная карта в школах Приозёрного района на 2026-2028 годы", "Приозёрный район", "municipality", "2026-01-01", "2028-12-31"),
        ("План МБДОУ «Детский сад «Ёлочка» на 2026 год", "МБДОУ «Детский сад «Ёлочка»", "kindergarten", "2026-01-01", "2026-12-31"),
        ("План наставничества в ГБПОУ «Техникум связи» с 01.10.2026 по 31.05.2027", "ГБПОУ «Техникум связи»", "college", "2026-10-01", "2027-05-31"),
        ("Примерная дорожная карта на 2026–2027 уч. год", None, "typical", "2026-09-01", "2027-08-31"),
        ("Дорожная карта гимназии № 3 на сентябрь 2026 – май 2027 года", "гимназия № 3", "school", "2026-09-01", "2027-05-31"),
    ],
)  # fmt: skip
def test_title_tells_whose_and_when(title: str, organisation: str | None, level: str, start: str, end: str) -> None:
    reading = read(lines(title), table(HEAD, ["1", "Приказ", "май", "Директор"]))

    assert reading.period is not None
    assert (reading.organisation, reading.level) == (organisation, level)
    assert (reading.period.start.isoformat(), reading.period.end.isoformat()) == (start, end)


def test_goals_and_abbreviations() -> None:
    reading = read(
        lines(
            "План",
            "Цель: помочь молодым",
            "Задачи:",
            "1) найти",
            "2) научить",
            "Сокращения: ОО – школа; МН – наставник.",
        ),
        table(HEAD, ["1", "Приказ", "май", "Директор"]),
    )

    assert reading.goals == ("помочь молодым", "найти", "научить")
    assert reading.abbreviations == {"ОО": "школа", "МН": "наставник"}


# Text


@pytest.mark.parametrize(
    "text",
    [
        "№\tМероприятие\tСроки\tОтветственный\n1\tИздать\nприказ\tмай\tДиректор\n2\tОтчёт\tиюнь\tКуратор",
        "| № | Мероприятие | Сроки | Ответственный |\n|---|---|---|---|\n| 1 | Издать приказ | май | Директор |\n| 2 | Отчёт | июнь | Куратор |",
        "№;Мероприятие;Сроки;Ответственный\n1;Издать приказ;май;Директор\n2;Отчёт;июнь;Куратор",
        "№\nМероприятие\nСроки\nОтветственный\n1\nИздать приказ\nмай\nДиректор\n2\nОтчёт\nиюнь\nКуратор",
        "\t№\n\tМероприятие\n\tСроки\n\tОтветственный\n\n\t1\n\tИздать\n\nприказ\n\tмай\n\tДиректор\n\n\t2\n\tОтчёт\n\tиюнь\n\tКуратор",
        "№  Мероприятие     Сроки   Ответственный\n1  Издать          май     Директор\n   приказ\n2  Отчёт           июнь    Куратор",
        "№ Мероприятие Сроки Ответственный\n1. Издать\nприказ май\nДиректор\n2. Отчёт июнь Куратор",
    ],
    ids=["tabs", "pipes", "semicolons", "cells", "cells after tabs", "blanks", "lines"],
)
def test_one_plan_in_seven_manners_of_text(text: str) -> None:
    reading = read_text("Дорожная карта\n\n" + text)

    assert [
        (item.number, item.text, item.deadline and item.deadline.text, item.responsible and item.responsible.text)
        for item in reading.items
    ] == [("1", "Издать приказ", "май", "Директор"), ("2", "Отчёт", "июнь", "Куратор")]
    assert (reading.title, reading.unrecognised) == ("Дорожная карта", ())


# No plan


@pytest.mark.parametrize(
    "blocks",
    [
        [table(["№", "Наименование показателя", "Единица измерения", "2026"], ["1", "Доля педагогов", "%", "10"])],
        [table(["ФИО", "Класс", "Телефон"], ["Зуева А.А.", "5А", "2-15"])],
        [table(HEAD)],
        lines("Положение о наставничестве", "1. Общие положения.", "1.1. Срок действия устанавливает директор."),
        lines(""),
    ],
    ids=["indicators", "list of people", "header alone", "prose", "nothing"],
)
def test_file_without_a_plan_is_refused_in_one_sentence(blocks: list[Line | Table]) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        understand(Source("docx", tuple(blocks)))

    assert refusal.value.code == "no_plan"
    assert refusal.value.text.endswith(".")
    assert "\n" not in refusal.value.text
