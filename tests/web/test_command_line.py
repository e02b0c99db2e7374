"""The command line as a person and a script meet it: statuses, sentences, JSON. Commands run in this process."""

from __future__ import annotations

import csv
import io
import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from hashlib import sha256
from importlib import import_module
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from tests.conftest import NOW, ROOT
from tests.unit.road_maps.reading_sample import sample
from tests.web.conftest import demo_template
from web import accounts, queries
from web.command_line import COMMANDS, main
from web.commands import installation as installation_module
from web.demo import DISTRICT, KINDERGARTEN_TITLE, SCHOOL_TITLE
from workflow_core.database import open_database
from workflow_core.guards import SYSTEM
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import DurableJobs
from workflows.road_maps import accepting
from workflows.road_maps.map_template import as_contract, shipped_map
from workflows.road_maps.review import review
from workflows.road_maps.tables import OwnMap

Run = Callable[..., "Outcome"]


class Outcome(SimpleNamespace):
    """Status and what was printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status in (0, 1), self.err
        return json.loads(self.out)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder; the commands' clock stands at `NOW`."""
    monkeypatch.setenv("MARSHRUT_DATA", str(tmp_path))
    monkeypatch.delenv("MARSHRUT_DATABASE_URL", raising=False)
    monkeypatch.setattr(installation_module, "clock", lambda: NOW)
    yield tmp_path
    for handler in [one for one in logging.getLogger().handlers if isinstance(one, RotatingFileHandler)]:
        logging.getLogger().removeHandler(handler)
        handler.close()


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call a command: `run("pair", "list", "--json")`."""

    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        status = main(arguments)
        printed = capsys.readouterr()
        return Outcome(status=status, out=printed.out, err=printed.err)

    return call


@pytest.fixture
def demo(data: Path) -> Path:
    """The example as the installation's own database."""
    path = data / "marshrut.db"
    path.write_bytes(demo_template().read_bytes())
    return path


SCHOOL = ("--organisation", SCHOOL_TITLE)


def pair_named(run: Run, text: str) -> dict[str, Any]:
    """The one pair that a search finds."""
    (found,) = run("pair", "list", *SCHOOL, "--text", text, "--json").json
    return dict(found)


# -- help and mistakes ------------------------------------------------------------------------------------------------


def test_the_help_of_all_commands_loads_nothing_heavy() -> None:
    script = (
        "import sys; from web.command_line import main; status = main(['--help']);"
        "sys.exit(status or any(name in sys.modules for name in ('sqlalchemy', 'flask', 'dbos', 'ruamel.yaml')))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)

    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_in_russian_what_it_does(run: Run, name: str) -> None:
    command = import_module(COMMANDS[name][0]).command
    asked = [[name]]
    if isinstance(command, click.Group):
        asked += [[name, child] for child in command.commands]
    for words in asked:
        outcome = run(*words, "--help")
        assert outcome.status == 0
        assert outcome.out.startswith("Вызов: marshrut ")
        assert not any(word in outcome.out for word in ("Usage", "Options", "Commands", "Show this"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["рап"], "Нет команды «рап»"),
        (["road-map", "shw"], "Нет команды «shw»; есть: adopt, deadline, "),
        (["road-map", "show"], "Не указано: КОД."),
        (["road-map", "show", "a", "b"], "Лишнее в команде: b."),
        (["road-map", "show", "kakhun_2025", "--jso"], "Нет параметра «--jso». Похоже на: --json."),
        (["road-map", "show", "nothing"], "Не найдено: дорожная карта «nothing». Есть: kakhun_2025,"),
        (["road-map", "adopt", "school9_2020", "--from", "2026-13"], "«2026-13» — не месяц."),
        (["road-map", "adopt", "school9_2020"], "Не указано: --from."),
        (["road-map", "adopt", "school9_2020", "--from", "2026-09", "--period", "1"], "«1» — не период."),
        (["pair", "fire", "x", "form", "--on", "31.02.2026"], "«31.02.2026» — не дата."),
        (["pair", "fire", "x", "form", "--field", "cause"], "«cause»: поле пишется как имя=значение."),
        (["run", "--port", "0"], "«0» не подходит. Нужно число от 1 до 65535."),
        (["run", "--port"], "Параметр «--port» записан неверно"),
        (["history", "export", "--format", "xml"], "«xml» не подходит; есть: jsonl, csv."),
        (["worker"], "Не указано: --slot."),
        (["worker", "--slot", "1"], "База встроенная (SQLite)"),
        (["pair", "list"], "Базы данных ещё нет"),
        (["jobs", "list"], "Базы данных ещё нет"),
        (["definitions", "diagram", "nothing"], "Не найдено: жизненный цикл «nothing». Есть: act,"),
        (["definitions", "diagram", "pair", "--state", "x"], "Не найдено: состояние «x»"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_status_2(run: Run, words: list[str], sentence: str) -> None:
    outcome = run(*words)

    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.startswith(sentence)
    assert outcome.err.count("\n") == 1


def test_a_group_without_a_command_shows_its_help_and_status_2(run: Run) -> None:
    outcome = run("road-map")

    assert outcome.status == 2
    assert "adopt" in outcome.err


def test_what_nobody_thought_of_goes_to_the_log(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_settings: object) -> None:
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr(installation_module, "settings_for", broken)
    outcome = run("pair", "list")

    assert outcome.status == 2
    assert outcome.err.startswith("Не получилось: внутренний сбой, код ")
    assert "secret" not in outcome.err
    code = outcome.err.split("код ")[1][:8]
    log = (data / "marshrut.log").read_text("utf-8")
    assert code in log
    assert "a secret of the machine" in log


# -- without a database -----------------------------------------------------------------------------------------------


def test_shipped_maps_are_listed_and_shown_without_a_database(run: Run, data: Path) -> None:
    listed = {one["code"]: (one["sections"], one["items"]) for one in run("road-map", "list", "--json").json}

    assert listed == {
        "teachers_typical": (8, 22),
        "kakhun_2025": (2, 14),
        "tarasovsky_2020": (7, 30),
        "kindergarten_333": (7, 16),
        "school9_2020": (7, 51),
    }
    for code in listed:
        assert run("road-map", "show", code, "--json").json == as_contract(shipped_map(code))
    assert not (data / "marshrut.db").exists()


def test_a_diagram_marks_the_state(run: Run) -> None:
    outcome = run("definitions", "diagram", "pair", "--state", "formed")

    assert outcome.out.startswith("stateDiagram-v2\n")
    assert "class s_formed active" in outcome.out


def test_plugins_are_listed_with_what_they_give(run: Run) -> None:
    found = {one["name"]: one for one in run("plugins", "list", "--json").json}

    assert found["orders"]["contributes"]["document_kinds"] == ["pair_order"]
    assert not any(one["fault"] for one in found.values())


def test_check_finds_nothing_in_what_is_shipped(run: Run) -> None:
    outcome = run("check")

    assert (outcome.status, outcome.out) == (0, "Замечаний нет.\n")


def test_check_names_file_line_and_column(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "visit.yaml"
    wrong.write_text(
        "code: visit\nversion: 1\ntitle: Визит\nsubject: pair\n"
        "states:\n  planned: {title: Назначен, track: true}\n  done: {title: Прошёл, final: completed, track: true}\n"
        "events:\n"
        "  plan: {title: Назначить, from: start, to: planned, who: [curator]}\n"
        "  hold:\n    title: Отметить\n    from: planned\n    to: done\n    who: [curator]\n"
        "    guards:\n      - weather_is_fine\n",
        encoding="utf-8",
    )
    _with_plugin(monkeypatch, [wrong])
    outcome = run("check")

    assert outcome.status == 1
    assert f"{wrong}:16:9: Шаг «Отметить» (hold): проверка «weather_is_fine»: такого имени нет" in outcome.out
    (finding,) = [one for one in run("check", "--json").json if one["code"] == "unknown_guard"]
    assert (finding["file"], finding["line"], finding["column"]) == (str(wrong), 16, 9)


def test_check_tells_all_mistakes_of_a_file_that_cannot_be_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "visit.yaml"
    wrong.write_text("code: visit\nversion: one\nstates: {}\n", encoding="utf-8")
    _with_plugin(monkeypatch, [wrong])
    found = run("check", "--json")

    assert found.status == 1
    assert {one["file"] for one in found.json} == {str(wrong)}
    assert {one["line"] for one in found.json} >= {2}
    # The plugin is left out and told of; the start is refused only where it is mandatory.
    (broken,) = [one for one in run("plugins", "list", "--json").json if one["fault"]]
    assert (broken["name"], broken["contributes"]) == ("visits", {})
    monkeypatch.setenv("MARSHRUT_MANDATORY_PLUGINS", "visits")
    other = run("definitions", "diagram", "pair")
    assert other.status == 2
    assert "все покажет marshrut check" in other.err
    assert run("plugins", "list").status == 0


def _with_plugin(monkeypatch: pytest.MonkeyPatch, definitions: list[Path]) -> None:
    class Plugin:
        @hookimpl
        def contribute_definitions(self) -> list[Path]:
            return definitions

    monkeypatch.setattr("web.assembly.BUILT_IN", (*import_module("web.assembly").BUILT_IN, ("visits", Plugin())))


# -- editions of rules ------------------------------------------------------------------------------------------------


def test_definitions_are_listed_with_what_runs_by_them(run: Run, demo: Path) -> None:
    found = {one["code"]: one for one in run("definitions", "list", "--json").json}

    pairs = len(run("pair", "list", *SCHOOL, "--json").json)
    assert found["pair"]["installed"]
    assert found["pair"]["processes"] >= pairs > 0
    assert f"записей {found['pair']['processes']}" in run("definitions", "list").out


def test_definitions_are_listed_without_a_database(run: Run) -> None:
    assert {one["processes"] for one in run("definitions", "list", "--json").json} == {None}


@pytest.fixture
def region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A region's own lifecycle over the shipped one, without a trial meeting; gives the mapping into it."""
    path = tmp_path / "pair_region.yaml"
    path.write_text(
        "code: pair_region\nversion: 1\ntitle: Пара региона\nextends: pair\ndrop: {states: [trial]}\n"
        "tighten: {close: {exit_questionnaire: block}}\n",
        encoding="utf-8",
    )
    _with_plugin(monkeypatch, [path])
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("definition: pair\nto: pair_region\nstates: {trial: acquaintance}\n", encoding="utf-8")
    return mapping


def test_a_migration_is_rehearsed_then_run_then_nothing_is_left(run: Run, demo: Path, region: Path) -> None:
    before = run("pair", "list", *SCHOOL, "--json").json
    words = ("definitions", "migrate", "pair", "--mapping", str(region), *SCHOOL)

    (told,) = run(*words, "--rehearse", "--json").json["rehearse"]
    assert run("pair", "list", *SCHOOL, "--json").json == before
    (done,) = run(*words, "--run", "--json").json["run"]
    (again,) = run(*words, "--run", "--json").json["run"]

    fates = {row["id"]: row for row in told["rows"]}
    assert len(fates) >= len(before)
    assert {row["id"] for row in done["rows"]} == set(fates)
    assert again["rows"] == []
    assert not any(row["obstacle"] for row in fates.values())
    assert {row["from_state"]: row["to_state"] for row in told["rows"]}.get("trial", "acquaintance") == "acquaintance"
    assert run("history", "verify", *SCHOOL).status == 0
    assert run("history", "verify", "--replay", *SCHOOL).status == 0
    after = {one["id"]: one for one in run("pair", "list", *SCHOOL, "--json").json}
    assert {one: after[one]["state"] for one in after} == {one: fates[one]["to_state"] for one in after}


def test_a_migration_tells_people_what_changes_and_who_stays(run: Run, demo: Path, region: Path) -> None:
    region.write_text("definition: pair\nto: pair_region\n", encoding="utf-8")
    words = ("definitions", "migrate", "pair", "--mapping", str(region), *SCHOOL)

    told = run(*words, "--rehearse")

    assert "! Состояния «Пробная встреча прошла» (trial) в новой редакции нет" in told.out
    assert "«Работает», как и было" in told.out


def test_a_migration_refuses_what_it_does_not_understand(run: Run, demo: Path, region: Path) -> None:
    words = ("definitions", "migrate", "pair", "--mapping", str(region), *SCHOOL)
    assert "--rehearse" in run(*words).err
    assert "в команде о «act»" in run("definitions", "migrate", "act", "--mapping", str(region), "--run").err
    region.write_text("definition: pair\nto: pair_region\nstates: {trial: nowhere, x: formed}\n", encoding="utf-8")
    refused = run(*words, "--rehearse")
    assert refused.status == 2
    assert refused.err.count("\n") == 2


# -- the database and accounts ----------------------------------------------------------------------------------------


def test_init_makes_the_database_and_may_be_repeated(run: Run, data: Path) -> None:
    assert run("init").status == 0
    assert run("init").status == 0
    assert (data / "marshrut.db").exists()
    outcome = run("pair", "list")
    assert outcome.status == 2
    assert outcome.err.startswith("В базе ещё нет ни одной организации.")


def test_a_database_of_another_version_is_told(run: Run, demo: Path) -> None:
    with closing(sqlite3.connect(demo)) as connection, connection:
        connection.execute("DELETE FROM alembic_version WHERE version_num LIKE 'web%'")
    outcome = run("pair", "list", *SCHOOL)

    assert outcome.status == 2
    assert outcome.err == "База данных другой версии программы. Обновите её: marshrut init.\n"


def test_init_demo_leaves_other_data_alone_and_happens_once(run: Run, demo: Path) -> None:
    before = run("history", "verify", "--json").json
    outcome = run("init", "--demo")

    assert outcome.status == 0
    assert "Пример в базе уже есть." in outcome.out
    assert run("history", "verify", "--json").json == before


def test_an_account_gets_a_password_that_opens_the_door(run: Run, demo: Path) -> None:
    words = ("user", "add", "Ivanova", "--name", "Иванова Н. П.", "--role", "curator", *SCHOOL)
    made = run(*words, "--json").json

    database = open_database(f"sqlite:///{demo}")
    from sqlmodel import Session

    with Session(database.read_engine) as session:
        account = queries.account_named(session, "ivanova")
        assert account is not None
        assert accounts.password_matches(account, made["password"])
    database.close()
    again = run(*words)
    assert again.status == 2
    assert again.err == "Имя «ivanova» уже занято. Выберите другое.\n"


def test_a_chosen_password_is_not_printed(run: Run, demo: Path) -> None:
    words = ("user", "add", "petrov", "--name", "Петров", "--role", "auditor", "--password", "correct horse", *SCHOOL)
    outcome = run(*words)

    assert outcome.status == 0
    assert "correct horse" not in outcome.out


def test_an_organisation_must_be_named_where_there_are_several(run: Run, demo: Path) -> None:
    nothing = run("pair", "list")
    wrong = run("pair", "list", "--organisation", "Школа № 5")

    assert nothing.status == wrong.status == 2
    assert nothing.err.startswith("Укажите организацию: --organisation; есть: ")
    assert SCHOOL_TITLE in nothing.err
    assert wrong.err.startswith("Организации «Школа № 5» нет; есть: ")
    assert len(run("pair", "list", "--organisation", "ручеёк", "--json").json) == 3


# -- pairs ------------------------------------------------------------------------------------------------------------


def test_a_pair_shows_what_stands_in_its_way(run: Run, demo: Path) -> None:
    pair = pair_named(run, "белова ким")
    shown = run("pair", "show", pair["id"], *SCHOOL, "--as", "curator", "--json").json

    (start,) = [one for one in shown["next"] if one["event"] == "start_work"]
    assert not start["open"]
    assert [(one["code"], one["severity"]) for one in start["blockers"]] == [
        ("consent_missing", "block"),
        ("plan_not_approved", "reason"),
    ]
    assert "Ким Данил: нет согласия на обработку данных" in run("pair", "show", pair["id"][-8:], *SCHOOL).out


def test_a_closed_step_is_refused_with_its_reasons(run: Run, demo: Path) -> None:
    pair = pair_named(run, "белова ким")["id"]
    told = run("pair", "fire", pair, "start_work", *SCHOOL, "--as", "curator", "--ground", "очень надо")
    for_a_program = run("pair", "fire", pair, "start_work", *SCHOOL, "--as", "curator", "--json")

    assert told.status == 2
    assert "Ким Данил: нет согласия на обработку данных." in told.err
    assert for_a_program.status == 1
    assert for_a_program.json["blockers"][0]["code"] == "consent_missing"


def test_a_step_is_done_in_the_name_of_whoever_did_it(run: Run, demo: Path) -> None:
    pair = pair_named(run, "рогов лис")["id"]
    done = run(
        "pair", "fire", pair, "hold_acquaintance", *SCHOOL, "--as", "curator", "--on", "11.11.2026", "--json"
    ).json

    assert done["state"] == "acquaintance"
    lines = [json.loads(line) for line in run("history", "export", *SCHOOL).out.splitlines()]
    (entry,) = [line for line in lines if line.get("seq") == done["entry"]]
    assert (entry["actor_role"], entry["happened_on"], entry["to_state"]) == ("curator", "2026-11-11", "acquaintance")
    again = run("pair", "fire", pair, "hold_acquaintance", *SCHOOL, "--as", "curator")
    assert again.status == 2
    assert "состояние «Познакомились»" in again.err


def test_the_command_line_itself_does_not_pass_for_a_person(run: Run, demo: Path) -> None:
    pair = pair_named(run, "рогов лис")["id"]
    done = run("pair", "fire", pair, "hold_acquaintance", *SCHOOL, "--json").json

    lines = [json.loads(line) for line in run("history", "export", *SCHOOL).out.splitlines()]
    (entry,) = [line for line in lines if line.get("seq") == done["entry"]]
    assert (entry["actor_id"], entry["actor_role"]) == ("command_line", "system")
    assert json.loads(entry["details"]["body"])["actor"].startswith("Командная строка")


def test_an_account_may_no_more_here_than_in_the_admin(run: Run, demo: Path) -> None:
    pair = pair_named(run, "рогов лис")["id"]
    auditor = run("pair", "fire", pair, "hold_acquaintance", *SCHOOL, "--as", "auditor")
    stranger = run("pair", "fire", pair, "hold_acquaintance", *SCHOOL, "--as", "kindergarten")
    nobody = run("pair", "fire", pair, "hold_acquaintance", *SCHOOL, "--as", "somebody")

    assert auditor.err == "Этот шаг выполняет куратор, наставник.\n"
    assert stranger.err == f"У «kindergarten» нет роли в организации «{SCHOOL_TITLE}».\n"
    assert nobody.err == "Не найдено: учётная запись «somebody».\n"
    assert {auditor.status, stranger.status, nobody.status} == {2}
    assert pair_named(run, "рогов лис")["state"] == "formed"


def test_stuck_pairs_are_listed_apart(run: Run, demo: Path) -> None:
    stuck = run("pair", "list", *SCHOOL, "--stuck", "--json").json

    assert {one["label"].split(" — ")[0] for one in stuck} == {"Белова Анна", "Дьячков Н. Ю.", "Фёдоров Степан"}


# -- history ----------------------------------------------------------------------------------------------------------


def test_an_untouched_history_verifies(run: Run, demo: Path) -> None:
    outcome = run("history", "verify")

    assert outcome.status == 0
    assert f"{SCHOOL_TITLE}: записи не изменялись, проверены все " in outcome.out
    assert f"{KINDERGARTEN_TITLE}: записи не изменялись" in outcome.out
    assert run("history", "verify", "--replay", *SCHOOL).status == 0


def test_a_row_changed_behind_the_program_is_named(run: Run, demo: Path) -> None:
    with closing(sqlite3.connect(demo)) as connection, connection:
        connection.execute("UPDATE document SET number = '19-ОД' WHERE number = '91-ОД'")
    outcome = run("history", "verify")

    assert outcome.status == 1
    assert "Сведения «document» изменены мимо программы: поле «number»." in outcome.out
    assert "Стоит «19-ОД», должно быть «91-ОД»." in outcome.out
    verdicts = {one["organisation"]: one for one in run("history", "verify", "--json").json}
    assert not verdicts[SCHOOL_TITLE]["ok"]
    assert verdicts[KINDERGARTEN_TITLE]["ok"]


def test_a_search_that_is_behind_is_found_and_made_anew(run: Run, demo: Path) -> None:
    assert run("search", "check").status == 0
    with closing(sqlite3.connect(demo)) as connection, connection:
        connection.execute("DELETE FROM search_entry WHERE kind = 'pair' AND subject_id = (SELECT min(id) FROM pair)")
        connection.execute("UPDATE pair_at_work SET heard_on = '2020-01-01'")
    behind = run("search", "check")
    told = run("history", "verify")

    assert (behind.status, told.status) == (1, 1)
    assert "marshrut search rebuild" in behind.out
    assert "Поиск отстал от сведений" in told.out
    assert "поиск составлен заново" in run("search", "rebuild").out
    assert run("search", "check", "--json").json[0]["differ"] == 0
    assert run("history", "verify").status == 0


def test_the_exported_chain_can_be_checked_without_the_program(run: Run, demo: Path, tmp_path: Path) -> None:
    target = tmp_path / "history.jsonl"
    assert run("history", "export", *SCHOOL, "--output", str(target)).status == 0
    *entries, last = [json.loads(line) for line in target.read_text("utf-8").splitlines()]

    previous = sha256(b"marshrut history 1").hexdigest()
    for seq, entry in enumerate(entries, start=1):
        assert entry["seq"] == seq
        assert entry["previous_hash"] == previous
        assert sha256(entry["body"].encode()).hexdigest() == entry["hash"]
        if entry["details"]:
            details = entry["details"]
            assert sha256(f"{details['salt']}\n{details['body']}".encode()).hexdigest() == entry["commitment"]
        previous = entry["hash"]
    assert last["head"]["count"] == len(entries)
    assert last["head"]["hash"] == previous


def test_a_history_is_checked_against_what_was_kept_outside(run: Run, demo: Path, tmp_path: Path) -> None:
    target = tmp_path / "history.jsonl"
    run("history", "export", *SCHOOL, "--output", str(target))
    point = run("history", "verify", *SCHOOL).out.split("контрольная точка ")[1].strip()

    for kept in (("--checkpoint", point), ("--export", str(target))):
        assert run("history", "verify", *SCHOOL, *kept).status == 0
    count, _, head = point.partition(":")
    other = run("history", "verify", *SCHOOL, "--checkpoint", f"{count}:{'0' * len(head)}")
    assert (other.status, f"с № 1 по № {count} переписаны" in other.out) == (1, True)
    longer = run("history", "verify", *SCHOOL, "--checkpoint", f"{int(count) + 2}:{head}")
    assert (longer.status, f"сохранена № {int(count) + 2}: последние удалены" in longer.out) == (1, True)


def test_a_history_without_its_head_is_not_passed_over(run: Run, demo: Path) -> None:
    with closing(sqlite3.connect(demo)) as connection, connection:
        scope = "SELECT id FROM organisation WHERE short_title = ?"
        connection.execute(f"DELETE FROM history_head WHERE scope_id = ({scope})", (KINDERGARTEN_TITLE,))
    outcome = run("history", "verify")

    assert (outcome.status, f"{KINDERGARTEN_TITLE}: Контрольный код журнала" in outcome.out) == (1, True)


def test_what_is_no_checkpoint_is_refused(run: Run, demo: Path) -> None:
    assert run("history", "verify", "--checkpoint", "12").err == (
        "«12» — не контрольная точка: нужны число записей, двоеточие и код.\n"
    )
    assert "Укажите её: --organisation" in run("history", "verify", "--checkpoint", "12:ab").err
    other = run("history", "verify", *SCHOOL, "--export", str(demo))
    assert (other.status, "не выгрузка истории" in other.err) == (2, True)


def test_the_table_for_people_opens_in_a_spreadsheet(run: Run, demo: Path) -> None:
    ground = "=1+1"
    pair = pair_named(run, "лапин юсупова")["id"]
    assert run("pair", "fire", pair, "decline", *SCHOOL, "--as", "curator", "--ground", ground).status == 0
    text = run("history", "export", *SCHOOL, "--format", "csv").out

    assert text.startswith("\ufeff№;Дата события;")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert (rows[-1]["Кто"], rows[-1]["Роль"], rows[-1]["Обоснование"]) == ("Морозова Е. В.", "куратор", "'=1+1")
    assert "Лапин Егор — Юсупова Амина" in rows[-1]["О ком, о чём"]


# -- papers, maps, rules ----------------------------------------------------------------------------------------------


def test_a_paper_is_saved_to_a_file(run: Run, demo: Path, tmp_path: Path) -> None:
    (order,) = run("documents", "list", *SCHOOL, "--state", "at_signing", "--json").json
    target = tmp_path / "order.docx"

    assert run("documents", "get", order["id"], *SCHOOL, "--output", str(target)).status == 0
    assert target.read_bytes().startswith(b"PK")
    lacking = run("documents", "get", order["id"], *SCHOOL, "--purpose", "scan", "--output", str(target))
    assert (lacking.status, lacking.err) == (2, "Такого файла у документа нет.\n")


def test_a_map_is_taken_into_work_with_what_is_done(run: Run, demo: Path) -> None:
    words = ("road-map", "adopt", "kakhun_2025", *SCHOOL, "--from", "2026-09")
    wrong = run(*words, "--done", "9/9", "--yes")
    made = run(*words, "--done", "1/1, 1/5", "--json").json

    assert wrong.status == 2
    assert wrong.err.startswith("Пункт «9/9» не среди тех, чей срок прошёл: 1/1,")
    assert (made["years"], made["done"]) == (1, ["1/1", "1/5"])
    due = {one["key"]: one for one in made["items"]}
    assert due["1/7"]["due"] == "2026-10-31"
    assert due["1/7"]["working_day_before"] == "2026-10-30"
    listed = {one["code"]: one for one in run("road-map", "list", "--json").json}
    assert listed[made["id"]]["organisation"] == SCHOOL_TITLE
    shown = run("road-map", "show", made["id"], "--json").json
    assert [len(section["items"]) for section in shown["sections"]] == [12, 2]
    again = run(*words, "--yes")
    assert again.status == 2
    assert "уже взята в работу" in again.err


def _add_own_map() -> str:
    """The demo school accepts a map of its own; gives the code."""
    reviewed = review(sample(), {"items": {"2-2": {"number": "2"}}}, NOW.date())
    with installation_module.opened(installation_module.settings_for(demo=False)) as place:
        with place.engine.read(now=NOW) as read:
            scope = installation_module.organisation_named(read.session, SCHOOL_TITLE).id
        with place.engine.write(scope, SYSTEM, now=NOW) as write:
            body = accepting.body(reviewed, "own_0a1b2c3d", "Ваш файл")
            row = OwnMap(
                organisation_id=scope, code=body["code"], title=body["title"], body=body, accepted_on=write.today
            )
            write.session.add(row)
    return "own_0a1b2c3d"


def test_an_own_map_is_listed_shown_and_taken_by_its_school_alone(run: Run, demo: Path) -> None:
    code = _add_own_map()
    words = ("road-map", "adopt", code, "--from", "2026-09", "--done", "нет", "--json")

    listed = {one["code"]: one for one in run("road-map", "list", "--json").json}
    assert (listed[code]["organisation"], listed[code]["sections"], listed[code]["items"]) == (SCHOOL_TITLE, 2, 5)
    shown = run("road-map", "show", code, "--json").json
    assert [len(section["items"]) for section in shown["sections"]] == [3, 2]
    foreign = run(*words, "--organisation", KINDERGARTEN_TITLE)
    assert (foreign.status, "Не найдено: дорожная карта" in foreign.err) == (2, True)
    assert run(*words, *SCHOOL).json["organisation"] == SCHOOL_TITLE


def test_a_map_without_a_period_asks_for_one(run: Run, demo: Path) -> None:
    words = ("road-map", "adopt", "kindergarten_333", *SCHOOL, "--from", "2026-09", "--json")

    assert run(*words).err == "В карте нет периода. Укажите его: --period 2026-09-01:2027-05-31.\n"
    made = run(*words, "--period", "01.09.2026:2027-05-31").json
    assert made["period"] == {"start": "2026-09-01", "end": "2027-05-31"}


def test_adopting_asks_which_past_items_are_done(run: Run, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["1/1", "нет"])
    asked: list[str] = []

    def prompt(text: str, **_options: object) -> str:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr(click, "prompt", prompt)
    outcome = run("road-map", "adopt", "kakhun_2025", *SCHOOL, "--from", "2026-09")

    assert len(asked) == 2
    assert "Срок этих пунктов уже прошёл: 1/1, 1/3," in outcome.out
    assert (outcome.status, outcome.err) == (2, "Прервано. Ничего не изменено.\n")
    assert len(run("road-map", "list", "--json").json) == 7


def test_rules_name_the_layer_that_gave_them(run: Run, demo: Path) -> None:
    settings = {one["key"]: one for one in run("profile", "explain", *SCHOOL, "--json").json["rules"]}
    guards = {
        one["key"]: one for one in run("profile", "explain", *SCHOOL, "--definition", "pair", "--json").json["rules"]
    }

    assert settings["consent.representative_until"]["value"] == 18
    assert settings["consent.representative_until"]["source"].endswith("profile_school9/profile.yaml")
    assert settings["stuck_days"]["layer"] == "основные правила"
    assert guards["pair/form/duty_consents"]["value"] == "reason"
    assert guards["pair/form/duty_consents"]["layer"] == "школа"
    later = run("profile", "explain", *SCHOOL, "--definition", "pair", "--on", date(2027, 3, 1).isoformat(), "--json")
    rules = {one["key"]: one["value"] for one in later.json["rules"]}
    assert rules["pair/start_work/plan_approved"] == "block"


def test_jobs_that_wait_are_listed(run: Run, demo: Path) -> None:
    assert run("jobs", "list", "--json").json == []
    missing = run("jobs", "resume", "nothing")
    assert (missing.status, missing.err) == (2, "Не найдено: задание «nothing».\n")


def test_what_falls_due_is_listed_and_told_once(run: Run, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = run("timers", "list", *SCHOOL, "--json").json
    assert waiting == sorted(waiting, key=lambda row: row["fires_on"])
    assert {row["kind"] for row in waiting} == {"limit", "deadline", "reminder"}
    assert "напоминание" in run("timers", "list", *SCHOOL).out
    run("timers", "run")

    later = NOW + timedelta(days=10)
    monkeypatch.setattr(installation_module, "clock", lambda: later)
    due = [row for row in run("timers", "list", *SCHOOL, "--json").json if row["fires_on"] <= f"{later:%Y-%m-%d}"]
    assert max(run("timers", "run", "--json").json.values()) >= len(due) > 0
    assert run("timers", "run").out == "Ничего не наступило.\n"
    assert run("history", "verify").status == 0


def test_quarantine_is_shown_and_entered_only_with_consent(run: Run, demo: Path) -> None:
    days = ("calendar", "add", *SCHOOL, "23.11.2026", "30.11.2026", "--note", "приказ № 15")
    shown = run(*days, "--json").json
    assert shown["applied"] is False
    assert any(title.startswith("Сдвинутся напоминания") for title in shown["moved"])
    assert "Ничего не изменено" in run(*days).out
    assert run("calendar", "show", *SCHOOL, "--json").json["own"] == []

    entered = run(*days, "--as", "curator", "--yes", "--json").json
    assert entered["moved"] == shown["moved"]
    calendar = run("calendar", "show", *SCHOOL, "--json").json
    assert calendar["days_off"]["2026-11-25"] == "приказ № 15"
    (line,) = calendar["own"]

    assert run("calendar", "remove", *SCHOOL, line["id"][-6:], "--as", "auditor", "--yes").status == 2
    assert run("calendar", "remove", *SCHOOL, line["id"][-6:], "--yes").status == 0
    assert run("calendar", "show", *SCHOOL, "--json").json["own"] == []


def test_calendar_of_a_district_tells_what_moves_below(run: Run, demo: Path) -> None:
    with closing(open_database(f"sqlite:///{demo}")) as database:
        DurableJobs(database).prepare()
    waiting = run("timers", "list", *SCHOOL, "--json").json
    dates = [date.fromisoformat(row["due_on"]) for row in waiting if row["kind"] == "deadline"]
    day = f"{min(one for one in dates if one.weekday() < 5):%d.%m.%Y}"
    days = ("calendar", "add", "--organisation", DISTRICT, day, day, "--why", "regional")

    assert "В организациях ниже\nШкола с. Ключевое" in run(*days).out
    told = run(*days, "--yes", "--json").json

    assert told["applied"] is True
    assert told["below"]["Школа с. Ключевое"].startswith("рабочий день перед сроком: ")
