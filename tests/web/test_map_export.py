"""A running map as files for whoever may read it, and the feed of its dates for whoever has its address."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import icalendar
import openpyxl

from tests.conftest import NOW
from tests.web.sample_map import foreign_map, items_of, road_map, text_of
from tests.web.sample_school import School, school
from tests.web.test_command_line import Run, data, demo, run
from workflow_core import operations as steps
from workflow_core.guards import SYSTEM
from workflow_core.rendering import document_text
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.organisations.queries import memberships_of_account
from workflows.road_maps import queries
from workflows.road_maps.difference import difference
from workflows.road_maps.editions import framed, with_dates
from workflows.road_maps.map_template import from_body
from workflows.road_maps.reader.understanding import contract_of
from workflows.road_maps.running_map import running_template

__all__ = ["data", "demo", "road_map", "run", "school"]

PUBLIC = "https://school.example"


def events_of(content: bytes) -> dict[str, icalendar.Event]:
    """UID -> event of a calendar file."""
    return {str(one["uid"]): one for one in icalendar.Calendar.from_ical(content).walk("VEVENT")}


def published(school: School) -> None:
    """The installation can be reached from outside."""
    settings = replace(school.installation.settings, public_url=PUBLIC)
    school.app.extensions["marshrut"] = replace(school.installation, settings=settings)


def test_the_files_tell_how_the_map_stands(school: School, road_map: str) -> None:
    items = items_of(school, road_map)
    fields = {"due_on": "2027-01-15"}
    school.write(lambda write: steps.fire(write, items["1.2"].id, "start"))
    school.write(lambda write: steps.fire(write, items["1.3"].id, "reschedule", fields=fields, ground="Каникулы"))
    school.write(lambda write: steps.fire(write, items["1.4"].id, "drop", ground="Не нужен"))
    client = school.client("auditor")

    plain = client.get(f"/road-map/{road_map}/download/docx")
    assert "filename*=UTF-8''%D0%94%D0%BE%D1%80" in plain.headers["Content-Disposition"]
    text = document_text(plain.data)
    assert "УТВЕРЖДАЮ" in text
    assert "до 15 января 2027" in text, "the date that holds now"
    assert "Отметка о выполнении" not in text
    assert items["1.4"].text[:40] not in text, "what was dropped is no longer in the map"

    marked = document_text(client.get(f"/road-map/{road_map}/download/docx?state=1").data)
    row = next(line for line in marked.splitlines() if line.startswith("1.2 |"))
    assert "В работе" in row
    assert "Снят с плана 12.11.2026" in marked

    table = openpyxl.load_workbook(io.BytesIO(client.get(f"/road-map/{road_map}/download/xlsx?state=1").data)).active
    assert table is not None
    line = next(row for row in table.iter_rows(values_only=True) if row[0] == "1.3")
    assert date(2027, 1, 15) in [getattr(value, "date", lambda: None)() for value in line]
    assert client.get(f"/road-map/{road_map}/download/pdf").status_code == 404


def test_a_running_map_comes_back_as_the_same_map(school: School, road_map: str) -> None:
    """Downloaded and read again, it is no new edition but for what a file can't say."""
    content = school.client().get(f"/road-map/{road_map}/download/docx").data
    shape = contract_of(content)
    for section in shape["sections"]:
        section.pop("place")
        for item in section["items"]:
            item.pop("place")
            item.pop("notes", None)
            item["result"] = item["result"] and item["result"]["text"]
            item["indicator"] = item["indicator"] and item["indicator"]["text"]
            if item["responsible"]:
                item["responsible"].pop("persons")
    names = ("title", "level", "organisation", "period", "columns", "goals", "sections")
    body = {name: shape[name] for name in names} | {"code": "own", "source": "файл", "words": {"section": "раздел"}}
    with school.installation.engine.read(school.scope, now=NOW) as read:
        running = running_template(read.session, read.scope, road_map)
        row = queries.road_map(read.session, read.scope, road_map)
        again = with_dates(framed(read, row, from_body(body, "файл")))
    found = difference(running, again)
    assert {change.kind.value for change in found.changes} <= {"reworded"}
    for change in found.changes:
        assert change.before.text == change.after.text  # type: ignore[union-attr]


def test_the_calendar_keeps_its_events_when_dates_move(school: School, road_map: str) -> None:
    items = items_of(school, road_map)
    url = f"/road-map/{road_map}/download/ics"
    before = events_of(school.client().get(url).data)
    uid = f"{items['1.2'].id}@marshrut"
    assert before[uid]["dtstart"].dt == items["1.2"].due_on, "an all-day event on the last day"
    assert (before[uid]["dtend"].dt - before[uid]["dtstart"].dt).days == 1
    fields = {"due_on": "2027-01-15"}
    school.write(lambda write: steps.fire(write, items["1.2"].id, "reschedule", fields=fields, ground="Каникулы; да"))
    school.write(lambda write: steps.fire(write, items["1.4"].id, "drop", ground="Не нужен"))
    content = school.client().get(url).data
    after = events_of(content)
    assert after.keys() == before.keys()
    assert after[uid]["dtstart"].dt == date(2027, 1, 15)
    assert after[uid]["sequence"] > before[uid]["sequence"]
    assert after[f"{items['1.4'].id}@marshrut"]["status"] == "CANCELLED"
    assert str(after[uid]["summary"]).startswith("1.2 ")
    assert items["1.2"].text in str(after[uid]["description"])
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert "Europe/Moscow" == icalendar.Calendar.from_ical(content)["x-wr-timezone"]


def test_another_organisations_map_is_not_found(school: School, road_map: str) -> None:
    published(school)
    other, _item = foreign_map(school)
    for path in ("download/docx", "download/xlsx", "download/ics", "calendar"):
        assert school.client().get(f"/road-map/{other}/{path}").status_code == 404
    assert school.client().post(f"/road-map/{other}/calendar", data={"key": new_id()}).status_code == 404
    anonymous = school.app.test_client()
    assert anonymous.get(f"/road-map/{road_map}/download/docx").status_code == 302


def test_without_a_public_address_there_is_only_the_file(school: School, road_map: str) -> None:
    assert "Подписаться" not in text_of(school.client().get(f"/road-map/{road_map}"))
    assert school.client().get(f"/road-map/{road_map}/calendar").status_code == 404


def test_a_feed_is_personal_signed_and_revocable(school: School, road_map: str) -> None:
    published(school)
    client, calendar = school.client(), school.app.test_client()
    page = f"/road-map/{road_map}/calendar"
    assert "Подписаться…" in text_of(client.get(f"/road-map/{road_map}"))
    assert "Подписаться…" not in text_of(school.client("auditor").get(f"/road-map/{road_map}"))
    for _again in range(2):
        client.post(page, data={"subscribe": "1", "key": new_id()})
    address = re.search(rf'value="{PUBLIC}(/calendar/[^"]+\.ics)"', client.get(page).get_data(as_text=True))
    assert address
    url = address[1]

    answer = calendar.get(url)
    assert answer.content_type == "text/calendar; charset=utf-8"
    event = events_of(answer.data)[f"{items_of(school, road_map)['1.2'].id}@marshrut"]
    assert str(event["url"]).startswith(f"{PUBLIC}/items/")
    assert 'value="https' not in text_of(school.client("head").get(page)), "another account has no feed by that"
    forged = url.replace(".ics", "")[:-3] + "AAA.ics"
    unsigned = url.partition(".")[0] + ".ics"
    assert {calendar.get(one).status_code for one in (forged, unsigned, "/calendar/x.y.ics")} == {404}

    client.post(page, data={"revoke": "1", "key": new_id()})
    assert calendar.get(url).status_code == 404
    client.post(page, data={"subscribe": "1", "key": new_id()})
    fresh = re.search(rf'value="{PUBLIC}(/calendar/[^"]+\.ics)"', client.get(page).get_data(as_text=True))
    assert fresh
    assert fresh[1] != url

    school.write(lambda write: _away(write, school), actor=SYSTEM)
    assert calendar.get(fresh[1]).status_code == 404, "the feed ends with the role"


def _away(write: Write, school: School) -> None:
    """The curator has left yesterday."""
    for row in memberships_of_account(write.session, school.accounts["curator"], write.today):
        row.valid_to = date(2026, 11, 11)


def test_the_command_line_saves_the_same_files(run: Run, demo: Path, tmp_path: Path) -> None:
    code = next(one["code"] for one in run("road-map", "list", "--json").json if len(one["code"]) == 32)
    target = tmp_path / "карта.docx"
    assert run("road-map", "export", code, "--state", "--output", str(target)).status == 0
    assert "Отметка о выполнении" in document_text(target.read_bytes())
    assert run("road-map", "export", code, "--format", "ics", "--output", str(tmp_path)).status == 0
    assert any(tmp_path.glob("Дорожная карта*.ics"))
    assert run("road-map", "export", "0" * 32).status == 2
