"""Cases of names and posts: known ones right, unknown ones left alone and said to be unknown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workflows.organisations.names import CASES, case_forms, load_exceptions, post_forms, sex_of_patronymic


def family_forms(family: str, patronymic: str) -> list[str]:
    """Genitive, dative, accusative, instrumental of the surname."""
    forms = case_forms(family, "А", patronymic)["short"]
    return [forms[case].split(" ")[0] for case in CASES[1:]]


def test_case_forms_give_full_and_short_names() -> None:
    forms = case_forms(" Иванова ", "Анна", "Андреевна")

    assert forms["full"] == {
        "nom": "Иванова Анна Андреевна",
        "gen": "Ивановой Анны Андреевны",
        "dat": "Ивановой Анне Андреевне",
        "acc": "Иванову Анну Андреевну",
        "ins": "Ивановой Анной Андреевной",
    }
    assert forms["short"]["acc"] == "Иванову А. А."
    assert forms["initials_first"] == "А. А. Иванова"
    assert forms["certain"] is True


@pytest.mark.parametrize(
    ("family", "patronymic", "expected"),
    [
        ("Заяц", "Петрович", "Зайца Зайцу Зайца Зайцем"),
        ("Заяц", "Петровна", "Заяц Заяц Заяц Заяц"),
        ("Кочь", "Ильич", "Коча Кочу Коча Кочем"),
        ("Хемингуэй", "Иванович", "Хемингуэя Хемингуэю Хемингуэя Хемингуэем"),
        ("Лев", "Ильич", "Льва Льву Льва Львом"),
        ("Орел", "Ильич", "Орла Орлу Орла Орлом"),
        ("Сулейман-заде", "Али оглы", "Сулейман-заде Сулейман-заде Сулейман-заде Сулейман-заде"),
        ("Шевчук", "Павловна", "Шевчук Шевчук Шевчук Шевчук"),
        ("Погребняк", "Павлович", "Погребняка Погребняку Погребняка Погребняком"),
        ("Полевых", "Сергеевич", "Полевых Полевых Полевых Полевых"),
        ("Снежная", "Ильинична", "Снежной Снежной Снежную Снежной"),
        ("Петрова-Водкина", "Ивановна", "Петровой-Водкиной Петровой-Водкиной Петрову-Водкину Петровой-Водкиной"),
        ("Ким", "Олегович", "Кима Киму Кима Кимом"),
    ],
)
def test_case_forms_of_surnames(family: str, patronymic: str, expected: str) -> None:
    assert family_forms(family, patronymic) == expected.split(" ")


@pytest.mark.parametrize(("given", "genitive"), [("Гузель", "Гузели"), ("Айгуль", "Айгули"), ("Любовь", "Любови")])
def test_case_forms_of_given_names_with_a_soft_sign(given: str, genitive: str) -> None:
    assert case_forms("Ким", given, "", "f")["full"]["gen"] == f"Ким {genitive}"


def test_case_forms_without_a_known_sex_do_not_guess() -> None:
    forms = case_forms("Яровой", "Саша")

    assert forms["certain"] is False
    assert set(forms["full"].values()) == {"Яровой Саша"}


def test_case_forms_take_the_given_sex_where_the_patronymic_is_silent() -> None:
    assert case_forms("Цой", "Виктор", "", "m")["full"]["ins"] == "Цоем Виктором"
    assert case_forms("Цой", "Виктория", "", "f")["full"]["ins"] == "Цой Викторией"


def test_case_forms_of_double_names_and_oriental_patronymics() -> None:
    assert case_forms("Белая", "Анна-Мария", "Ивановна")["initials_first"] == "А.-М. И. Белая"
    assert case_forms("Алиев", "Руслан", "Али оглы")["short"]["dat"] == "Алиеву Р. А."


@pytest.mark.parametrize(
    ("patronymic", "sex"),
    [("Ильич", "m"), ("Ильинична", "f"), ("Гасан кызы", "f"), ("Али оглы", "m"), ("", None), ("Мариэтта", None)],
)
def test_sex_of_patronymic(patronymic: str, sex: str | None) -> None:
    assert sex_of_patronymic(patronymic) == sex


def test_a_region_extends_the_exceptions(tmp_path: Path) -> None:
    own = tmp_path / "names.yaml"
    own.write_text("family:\n  Пчёлка: {m: same}\n", "utf-8")

    forms = case_forms("Пчелка", "Иван", "Ильич", exceptions=load_exceptions(own))

    assert forms["short"]["gen"] == "Пчелка И. И."
    assert forms["full"]["gen"] == "Пчелка Ивана Ильича"


@pytest.mark.parametrize(
    ("head", "genitive", "accusative", "instrumental", "tail"),
    [
        ("директор", "директора", "директора", "директором", ""),
        ("заместитель", "заместителя", "заместителя", "заместителем", " директора по УВР"),
        ("старший воспитатель", "старшего воспитателя", "старшего воспитателя", "старшим воспитателем", ""),
        ("и. о.", "и. о.", "и. о.", "и. о.", " директора"),
        ("исполняющий", "исполняющего", "исполняющего", "исполняющим", " обязанности директора"),
        ("Заведующий", "Заведующего", "Заведующего", "Заведующим", ""),
        ("заведующая", "заведующей", "заведующую", "заведующей", " детским садом"),
        ("учитель", "учителя", "учителя", "учителем", " математики, физики"),
        ("учитель-логопед", "учителя-логопеда", "учителя-логопеда", "учителем-логопедом", ""),
        ("социальный педагог", "социального педагога", "социального педагога", "социальным педагогом", ""),
        ("педагог", "педагога", "педагога", "педагогом", " дополнительного образования"),
        ("ученик", "ученика", "ученика", "учеником", " 7 «Б» класса"),
        ("ученица", "ученицы", "ученицу", "ученицей", " 7 «Б» класса"),
        ("ЗДУВР", "ЗДУВР", "ЗДУВР", "ЗДУВР", ""),
        ("", "", "", "", ""),
    ],
)
def test_post_forms_decline_the_head_only(
    head: str, genitive: str, accusative: str, instrumental: str, tail: str
) -> None:
    forms = post_forms(head + tail)

    expected = [form + tail for form in (head, genitive, accusative, instrumental)]
    assert [forms[case] for case in ("nom", "gen", "acc", "ins")] == expected


def test_post_forms_decline_each_post_of_a_list() -> None:
    forms = post_forms("учитель физики, классный руководитель 7 «Б»")

    assert forms["dat"] == "учителю физики, классному руководителю 7 «Б»"


def test_importing_names_loads_no_dictionary() -> None:
    code = (
        "import sys, workflows.organisations.names; print({'pymorphy3', 'pytrovich', 'ruamel.yaml'} & set(sys.modules))"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())

    assert answer.stdout.strip() == "set()"
