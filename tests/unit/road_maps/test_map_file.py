"""Mistakes in a map file: each is told in Russian, with its line and column, all at once."""

from __future__ import annotations

import json

import pytest

from workflow_core.exceptions import Finding, InvalidDefinition
from workflows.road_maps.map_file import DOCUMENTS, ROLES
from workflows.road_maps.map_template import load_text

MAP = """\
code: own_map
title: Карта школы
level: school
source: Составлена школой
words: {section: раздел}
columns: [Содержание, Сроки]
period: {text: 2026 год, start: 2026-01-01, end: 2026-12-31}
sections:
  - number: "1"
    title: Условия
    items:
      - number: "1.1"
        text: Назначить куратора; выбрать форму
        subpoints: [выбрать форму]
        documents: [order]
        deadline: {text: До 31.08.2026, kind: deadline, end: 2026-08-31}
        responsible: {text: Директор, roles: [director]}
        evidence:
          - {title: Приказ, kind: document, document: order}
      - number: "1.1.1"
        parent: "1.1"
        text: Ознакомить с приказом
"""


def findings_of(text: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidDefinition) as refused:
        load_text(text, "own_map.yaml")
    return refused.value.findings


def changed(old: str, new: str) -> str:
    assert MAP.count(old) == 1
    return MAP.replace(old, new)


def test_sound_map_is_read() -> None:
    template = load_text(MAP, "own_map.yaml")

    assert (template.code, len(template.items)) == ("own_map", 2)
    assert template.item("1.1").acceptance == "paper"
    assert template.item("1.1.1").short_title == "Ознакомить с приказом"


def test_json_is_read_like_yaml() -> None:
    plain = {
        "code": "own_map", "title": "Карта", "level": "school", "source": "школа", "words": {"section": "этап"},
        "columns": [], "period": {"text": "2026", "start": "2026-01-01", "end": "2026-12-31"},
        "sections": [{"title": "Один", "items": [{"text": "Начать"}]}],
    }  # fmt: skip

    assert load_text(json.dumps(plain, ensure_ascii=False), "own.json").item("1/1").text == "Начать"


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        (changed("documents: [order]", "documents: [order, prikaz]"), (15, 28), f"«prikaz»; известны: {DOCUMENTS[0]}"),
        (changed("roles: [director]", "roles: [boss]"), (17, 47), f"«boss»; известны: {', '.join(ROLES)}"),
        (changed("level: school", "level: lyceum"), (3, 8), "неизвестный код «lyceum»"),
        (changed("kind: deadline", "kind: someday"), (16, 47), "неизвестный код «someday»"),
        (changed("end: 2026-08-31}", "end: 31.08.2026}"), (16, 62), "нужна дата вида 2026-08-31"),
        (changed("    title: Условия\n", ""), (9, 5), "не хватает обязательного поля"),
        (changed("title: Условия", "tittle: Условия"), (9, 5), "не хватает обязательного поля"),
        (changed('- number: "1.1"\n', "- number: 1.1\n"), (12, 17), "нужен текст (число берётся в кавычки)"),
        (changed('parent: "1.1"', 'parent: "2.1"'), (21, 17), "нет пункта «2.1»; выше в разделе: 1.1"),
        (changed('- number: "1.1.1"', '- number: "1.1"'), (20, 17), "пункт «1.1» в этом разделе уже есть"),
        (changed("[выбрать форму]", "[выбрать формы]"), (14, 21), "подпункт не найден в тексте"),
        (changed("kind: deadline,", "kind: month,"), (16, 19), "первый и последний день месяцев"),
        (changed("kind: document, document", "kind: fact, document"), (19, 13), "требует поле «fact»"),
        (changed("document: order}", "fact: formed_pairs}"), (19, 13), "требует поле «document»"),
        (changed("start: 2026-01-01", "start: 2027-01-01"), (7, 50), "период кончается раньше"),
        (changed("{section: раздел}", "{section: глава}"), (5, 18), "неизвестный код «глава»"),
        (changed("code: own_map", "code: Моя карта"), (1, 7), "код пишется так"),
        (changed("title: Карта школы", "title: ' '"), (2, 8), "поле не может быть пустым"),
    ],
)
def test_mistake_is_told_with_its_place(text: str, place: tuple[int, int], sentence: str) -> None:
    findings = findings_of(text)

    assert sentence in findings[0].text
    assert (findings[0].file, findings[0].line, findings[0].column) == ("own_map.yaml", *place)


def test_misspelt_field_is_named_beside_the_missing_one() -> None:
    findings = findings_of(changed("title: Условия", "tittle: Условия"))

    assert [(finding.line, finding.text) for finding in findings] == [
        (9, "sections.1.title: не хватает обязательного поля."),
        (10, "sections.1.tittle: лишнее поле."),
    ]


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = changed("level: school", "level: lyceum").replace("[director]", "[boss]").replace("[order]", "[prikaz]")

    assert [finding.line for finding in findings_of(text)] == [3, 15, 17]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("code: own_map\ntitle: [Карта\n", 3),
        ("code: own_map\ncode: other\n", 2),
        ("- просто список", 1),
        ("", 1),
        ("просто текст", 1),
        ("a: \x00", 0),
    ],
)
def test_file_that_is_no_map_is_one_finding(text: str, line: int) -> None:
    (finding,) = findings_of(text)

    assert finding.code == "map_unreadable"
    assert finding.text.startswith("Файл не читается как дорожная карта")
    assert finding.line == line
