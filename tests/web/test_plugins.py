"""Plugins that fail, as people see them: the administrator with a panel and a button, everybody else by a sentence on the step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, school
from tests.web.test_pairs import entered
from web.assembly import Installation
from web.formatting import searchable
from workflow_core import plugin_faults, queries
from workflow_core.exceptions import PluginError
from workflow_core.plugin_faults import AFTER_COMMIT, RENDERING
from workflow_core.tables import new_id
from workflows.organisations import queries as organisations

__all__ = ["school"]


def words(client: FlaskClient, address: str = "/settings") -> str:
    return searchable(client.get(address).text)


def fail(school: School, plugin: str, hook: str, times: int, text: str = "не ответило за 30 с и остановлено") -> None:
    engine = school.installation.engine
    version = engine.catalogue.plugins[plugin].version
    for _ in range(times):
        plugin_faults.count(engine, PluginError(plugin, hook, text, version), hook, now=NOW - timedelta(hours=1))


def test_panel_names_the_trouble_and_lifts_it(school: School) -> None:
    administrator = school.client("administrator")
    assert "все работают" in words(administrator)
    fail(school, "orders", RENDERING, 3)
    fail(school, "cases", AFTER_COMMIT, 1, "RuntimeError: почта не отвечает")

    page = words(administrator)
    assert "со сбоями: 2" in page
    assert (page.count("Включить снова"), page.count("Забыть сбои")) == (1, 1)
    assert "Подготовка документов: больше не вызывается после 3 сбоев подряд. Последний сегодня в 11:00" in page
    assert "не ответило за 30 с и остановлено" in page
    assert "Отклик на запись: 1 сбой подряд" in page
    assert "«cases», «orders»: у каждого есть сбои" in words(administrator, "/")

    for _twice in range(2):
        answer = administrator.post("/settings/plugins/orders/lift")
        assert (answer.status_code, answer.location) == (302, "/settings#plugins")
    assert "больше не вызывается" not in words(administrator)
    (orders,) = [one for one in plugin_faults.faults(school.installation.engine, now=NOW) if one.plugin == "orders"]
    assert (orders.count, orders.total, orders.lifted_by) == (0, 3, "Учётная запись administrator")
    assert administrator.post("/settings/plugins/nobody/lift").status_code == 404


def test_only_the_administrator_sees_and_lifts(school: School) -> None:
    fail(school, "orders", RENDERING, 3)
    for role in ("curator", "head", "auditor"):
        client = school.client(role)
        assert "Дополнения" not in words(client)
        assert "«orders»" not in words(client, "/")
        assert client.post("/settings/plugins/orders/lift").status_code == 403


def test_a_guard_that_hangs_is_told_to_the_administrator(school: School) -> None:
    health = school.installation.settings.data / "health"
    health.mkdir()
    hang = {
        "plugin": "mentoring",
        "version": "1",
        "what": "проверка «согласия получены», шаг form",
        "since": (NOW - timedelta(minutes=3)).isoformat(),
        "seen_at": (NOW - timedelta(seconds=1)).isoformat(),
    }
    (health / "hangs-1.json").write_text(json.dumps([hang]), encoding="utf-8")
    administrator = school.client("administrator")

    assert "Не отвечает, началось сегодня в 11:57: проверка «согласия получены», шаг form" in words(administrator)
    administrator.post("/settings/plugins/mentoring/lift")
    assert "Не отвечает" not in words(administrator)


@pytest.mark.parametrize("fault", [SystemExit(1), RuntimeError("нет связи с сервером")], ids=["exit", "raise"])
def test_a_faulty_guard_closes_the_step_with_a_sentence_not_the_page(school: School, fault: BaseException) -> None:
    pair = entered(school, ("Рогов Иван", "Зуев Максим", "proposed"))[0]
    catalogue = school.installation.engine.catalogue
    name = catalogue.definitions["pair"].event("form").guards[0].name

    def check(*_arguments: object) -> list[object]:
        raise fault

    broken = replace(catalogue.guards[name], check=check)  # type: ignore[arg-type]
    catalogue.guards[name] = broken
    page = school.client().get(f"/pairs/{pair}")

    version = catalogue.plugins["mentoring"].version
    assert page.status_code == 200
    said = f"Проверка «{broken.title}» не ответила: сбой дополнения «mentoring» {version}"
    assert said in searchable(page.text)
    assert "Traceback" not in page.text
    step = {"key": new_id(), "version": "1", "happened_on": "12.11.2026", "ground": "так надо"}
    refused = school.client().post(f"/pairs/{pair}/steps/form", data=step)
    assert refused.status_code == 422
    assert said in searchable(refused.text)
    with school.installation.engine.read(school.scope, now=NOW) as read:
        process = queries.process(read.session, pair)
    assert process is not None
    assert process.state == "proposed"


def test_shipped_facts_hold_nothing_that_a_guard_could_change(installation: Installation) -> None:
    catalogue, found, seen = installation.engine.catalogue, [], 0
    with installation.engine.read(now=NOW) as read:
        scopes = [one.id for one in organisations.all_organisations(read.session)]
    for scope in scopes:
        with installation.engine.read(scope, now=NOW) as read:
            for kind in ("pair", "activity", "document"):
                ids = [one.id for one in queries.processes_of(read.session, scope, kind)][:8]
                names = [name for subject, name in catalogue.facts if subject in (kind, "organisation")]
                loaded = catalogue.load_facts(read.session, scope, kind, names, ids, read.today) if ids else {}
                seen += len(loaded) * len(names)
                found += [line for values in loaded.values() for line in changeable(values, kind)]

    assert sorted(set(found)) == []
    assert seen > 200


def changeable(value: Any, path: str) -> Iterator[str]:
    """Places inside a value of a class that a guard could change; mappings, lists and sets on top are frozen by the engine."""
    if is_dataclass(value) and not isinstance(value, type):
        if not type(value).__dataclass_params__.frozen:  # type: ignore[attr-defined]
            yield f"{path}: {type(value).__name__} is not frozen"
        for one in fields(value):
            inner = getattr(value, one.name)
            if isinstance(inner, (dict, list, set)):
                yield f"{path}.{one.name}: {type(inner).__name__}"
            yield from changeable(inner, f"{path}.{one.name}")
    elif isinstance(value, (dict, MappingProxyType)):
        for key, inner in value.items():
            yield from changeable(inner, f"{path}[{key}]")
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from changeable(inner, f"{path}[]")
    elif not isinstance(value, (str, int, float, bool, bytes, date, type(None))):
        yield f"{path}: {type(value).__name__}"
