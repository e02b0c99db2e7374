"""Papers that an item names."""

from __future__ import annotations

import pytest

from workflows.road_maps.map_file import DOCUMENTS
from workflows.road_maps.map_template import shipped_maps
from workflows.road_maps.reader.documents import documents_in


def test_papers_of_the_shipped_maps_come_out_as_they_were_understood() -> None:
    items = [one for template in shipped_maps().values() for one in template.items]
    wrong = [
        (one.key, one.text[:60], one.documents, found)
        for one in items
        if set(found := documents_in(one.text, one.result)) != set(one.documents)
    ]

    assert wrong == []
    assert len(items) > 110


@pytest.mark.parametrize(
    ("text", "result", "documents"),
    [
        ("Издать приказ о назначении куратора", "Приказ", ["order"]),
        ("Подготовка приказа о закреплении наставнических пар", None, ["pair_assignment_order"]),
        ("Приказ(ы) о закреплении наставников за молодыми педагогами", None, ["pair_assignment_order"]),
        ("Работа в соответствии с приказом Минпросвещения России от 25.12.2019 № Р-145", None, []),
        ("Утверждение индивидуальных планов", "Приказ об утверждении планов", ["individual_plan", "order"]),
        ("Составить положение о наставничестве", None, ["regulation"]),
        ("Знакомство педагогов с Положением о наставничестве", None, []),
        ("Разработка дорожной карты", "Дорожная карта", ["roadmap"]),
        ("Выполнение мероприятий дорожной карты", None, []),
        ("Получить согласие на обработку персональных данных", None, ["personal_data_consent"]),
        ("Собрать согласия родителей (законных представителей)", None, ["personal_data_consent"]),
        ("Провести анкетирование наставляемых", "Анкеты", ["questionnaire"]),
        ("Анализ заполненных анкет", None, []),
        ("Ведение базы наставников и базы наставляемых", None, ["mentor_register", "mentee_register"]),
        ("Анализ базы наставников", None, []),
        ("Реестр организаций-партнёров", None, ["partner_register"]),
        ("Заключение договоров о сотрудничестве с предприятиями", None, ["partner_agreement"]),
        ("Подготовка наставников", "Учебно-методические материалы", ["training_materials"]),
        ("Мониторинг реализации программ", "Аналитическая справка", ["monitoring_report", "analytic_report"]),
        ("Заполнение форм федерального статистического наблюдения", None, ["fsn_statistics"]),
        ("Описание практики", "Кейс", ["case"]),
        ("Размещение информации на сайте школы и в социальных сетях", None, ["web_publication"]),
        ("Круглый стол «Наставник – это…»", None, ["event"]),
        ("Заседание педагогического совета", None, ["meeting"]),
        ("Анкетирование после групповой встречи", None, ["questionnaire"]),
        ("Положение о мерах стимулирования наставников", None, ["motivation_rules"]),
        ("Ведение журнала учёта", "Журнал", ["other"]),
        ("Подбор наставников", None, []),
        ("", None, []),
    ],
)
def test_papers_of_an_item(text: str, result: str | None, documents: list[str]) -> None:
    found = documents_in(text, result)

    assert list(found) == documents
    assert set(found) <= set(DOCUMENTS)
