"""The example: a school and a kindergarten under one district, lived through day by day up to today by public operations.

All people, organisations and papers in it are invented.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from web import accounts
from web.settings import Settings
from workflow_core.database import Database, open_database
from workflow_core.exceptions import InvalidInput
from workflow_core.fault_points import reached
from workflow_core.guards import SYSTEM
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.organisations import operations as organisations
from workflows.organisations import queries

if TYPE_CHECKING:
    from web.assembly import Installation
    from web.demo.place_story import Place

HERE = Path(__file__).parent
DISTRICT = "Отдел образования администрации Ключевского муниципального округа (пример)"
"""By this title the example is known again."""
PASSWORD = "marshrut"
"""Of all accounts of the example, and of nothing else."""
SCHOOL_TITLE = "Школа с. Ключевое"
KINDERGARTEN_TITLE = "Детский сад «Ручеёк»"
ACCOUNTS = (
    ("curator", "Морозова Е. В.", "куратор школы"),
    ("director", "Гусев А. П.", "директор школы"),
    ("mentor", "Зимина Т. В.", "наставник, видит только свои пары"),
    ("auditor", "Петрова А. А.", "проверяющий: видит всё, ничего не меняет"),
    ("administrator", "Смирнов И. О.", "администратор"),
    ("kindergarten", "Дорофеева А. В.", "куратор детского сада"),
    ("methodist", "Фролова М. С.", "методист округа: школа и детский сад"),
)
"""User name, name shown, what it can do."""


def logins() -> list[str]:
    """Lines that tell how to log in."""
    rows = [f"  {username:<14} {what} ({name})" for username, name, what in ACCOUNTS]
    return ["Войти можно так (пароль у всех: marshrut):", *rows]


def is_demo(database: Database) -> bool:
    """Whether a database holds the example."""
    from web.commands.queries import revisions

    if not revisions(database):
        return False
    from sqlmodel import Session

    with Session(database.read_engine) as session:
        return bool(queries.organisations_named(session, DISTRICT))


def make_file(settings: Settings, *, now: datetime) -> bool:
    """Make the example as a new file of an embedded database, whole or not at all; False where the file is there already."""
    from sqlalchemy import make_url

    from web.assembly import CollectedJobs, assemble, prepare

    name = make_url(settings.database_url).database
    if not settings.is_embedded or not name or Path(name).exists():
        return False
    # Under another name until it is finished: whoever interrupts the making must not be left with half an example.
    making = Path(f"{name}.making")
    for leftover in making.parent.glob(f"{making.name}*"):
        leftover.unlink()
    address = f"sqlite:///{making}"
    database = open_database(address, synchronous="OFF")
    try:
        installation = assemble(replace(settings, database_url=address), jobs=CollectedJobs(), database=database)
        prepare(installation)
        ensure_demo(installation, now=now)
    finally:
        database.close()
    reached("before_file_rename")
    making.replace(name)
    reached("after_file_rename")
    return True


def ensure_demo(installation: Installation, *, now: datetime) -> bool:
    """Make the example in a prepared empty database; False where it is there already. Raises InvalidInput for other data."""
    if is_demo(installation.database):
        return False
    with installation.engine.read(now=now) as read:
        if queries.all_organisations(read.session):
            text = "В базе уже есть свои данные, пример в неё не записывается. Посмотреть пример: marshrut run --demo"
            raise InvalidInput({"": text})
    _Making(installation.engine, now).make()
    return True


class _Making:
    """One making of the example, with an engine of its own whose jobs are done at once and whose clock follows the diary."""

    def __init__(self, engine: ProcessEngine, now: datetime) -> None:
        from web.demo.diary import ZONE
        from workflow_core.jobs import CollectedJobs
        from workflows.documents.rendering_task import task_handlers

        self.moment, self.today = now, now.astimezone(ZONE).date()
        self.jobs = CollectedJobs()
        handlers = {**engine.catalogue.task_handlers, **task_handlers(lambda: self.moment)}
        self.engine = ProcessEngine(engine.database, replace(engine.catalogue, task_handlers=handlers), self.jobs)

    def make(self) -> None:
        """All organisations; the district last: by its title a finished example is known."""
        district = new_id()
        self._organisation(district, {"kind": "district", "title": "Отдел образования", "short_title": "Отдел"})
        school, kindergarten = self._school(district), self._kindergarten(district)
        for place in (school, kindergarten):
            place.diary.play()
        self._finish(district)

    def _begin(self) -> datetime:
        from web.demo.place_story import FIRST_DAY

        return datetime.combine(self.today, datetime.min.time(), UTC) - timedelta(days=FIRST_DAY + 3)

    def _organisation(self, scope: str, values: dict[str, Any]) -> None:
        with self.engine.write(scope, SYSTEM, now=self._begin(), operation="create_organisation") as write:
            organisations.create_organisation(write, **values)

    def _finish(self, district: str) -> None:
        def methodist(write: Write) -> None:
            self._account(write, "methodist", "district")
            organisations.change_organisation(
                write, title=DISTRICT, short_title="Отдел образования", place="с. Ключевое"
            )

        with self.engine.write(district, SYSTEM, now=self._begin() + timedelta(hours=1), operation="init") as write:
            methodist(write)

    def _account(self, write: Write, username: str, role: str, person_id: str | None = None) -> str:
        name = next(shown for login, shown, _what in ACCOUNTS if login == username)
        account = accounts.add_account(write, username, name, PASSWORD)
        organisations.grant_role(write, account.id, role, person_id=person_id)
        return account.id

    def _place(self, name: str, scope: str, head: str, curator: str) -> Place:
        from ruamel.yaml import YAML

        from web.demo.diary import Diary
        from web.demo.place_story import Place

        def set_clock(moment: datetime) -> None:
            self.moment = moment

        diary = Diary(self.engine, self.jobs, scope, self.today, set_clock)
        data = YAML(typ="safe").load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
        return Place(diary, data, head, curator)

    def _school(self, district: str) -> Place:
        place = self._place("school", new_id(), "Гусев", "Морозова")
        organisation = {**place.data["organisation"], "parent_id": district, "kind": "school", "profile": "school9"}
        self._organisation(place.diary.scope, organisation)
        self._people(place, {"curator": ("curator", "Морозова"), "director": ("head", "Гусев")}, "директор")
        diary = place.diary

        def others(write: Write) -> None:
            diary.accounts["mentor"] = (
                self._account(write, "mentor", "mentor", place.person("Зимина")),
                "Зимина Т. В.",
            )
            self._account(write, "auditor", "auditor")
            self._account(write, "administrator", "administrator")

        diary.note(_first_day(), "add_account", others, who="system")
        self._school_rules(place)
        self._acting_heads(place)
        self._tell(place, "school9_2020")
        return place

    def _kindergarten(self, district: str) -> Place:
        place = self._place("kindergarten", new_id(), "Лебедева", "Дорофеева")
        organisation = {
            **place.data["organisation"],
            "parent_id": district,
            "kind": "kindergarten",
            "profile": "kindergarten",
        }
        self._organisation(place.diary.scope, organisation)
        self._people(place, {"kindergarten": ("curator", "Дорофеева")}, "заведующий")
        self._tell(place, "kindergarten_333")
        return place

    def _people(self, place: Place, logins: dict[str, tuple[str, str]], head_title: str) -> None:
        """People first, by the program itself; then whoever works with it, and who signs."""
        from web.demo.place_story import enter_people

        diary = place.diary
        enter_people(place)

        def enter(write: Write) -> None:
            names = {login: shown for login, shown, _what in ACCOUNTS}
            for login, (role, family_name) in logins.items():
                account_id = self._account(write, login, role, place.person(family_name))
                diary.accounts["curator" if role == "curator" else login] = (account_id, names[login])
            head = place.person(place.head)
            organisations.name_signatory(write, head, head_title, valid_from=self.today - timedelta(days=900))

        diary.note(_first_day(), "add_account", enter, who="system")

    def _school_rules(self, place: Place) -> None:
        """The school's own rules over those of its profile: they begin softly, as rules of a first year do."""
        diary = place.diary
        soft: list[dict[str, str]] = [
            {"until": diary.day(20).isoformat(), "severity": "reason"},
            {"severity": "block"},
        ]
        plans = [{"until": (self.today + timedelta(days=9)).isoformat(), "severity": "reason"}, {"severity": "block"}]
        rules: dict[str, Any] = {
            "pair/form/personal_data_consents": soft,
            "pair/form/duty_consents": "reason",
            "pair/start_work/plan_drawn_up": "block",
            "pair/start_work/plan_approved": plans,
            "days_planning": 21,
        }

        def settings(write: Write) -> None:
            for key, value in rules.items():
                organisations.set_setting(write, key, value)

        diary.note(_first_day(), "set_setting", settings, who="system")

    def _acting_heads(self, place: Place) -> None:
        """Somebody signs for the head: once already, and again next week."""
        diary = place.diary

        def past(write: Write) -> None:
            self._acting(write, place, "приказ № 71-к", diary.day(44), diary.day(40))

        def coming(write: Write) -> None:
            first = self.today + timedelta(days=4)
            self._acting(write, place, "приказ № 98-к", first, first + timedelta(days=4))

        diary.note(45, "name_stand_in", past, who="director")
        diary.note(3, "name_stand_in", coming, who="director")

    def _acting(self, write: Write, place: Place, order: str, first: date, last: date) -> None:
        deputy, head = place.person("Ларина"), place.person("Гусев")
        dated = f"{order} от {write.today:%d.%m.%Y}"
        organisations.name_stand_in(write, "head", deputy, head, dated, valid_from=first, valid_to=last)
        organisations.name_signatory(
            write, deputy, "и. о. директора", valid_from=first, valid_to=last, order=dated, acting=True
        )

    def _tell(self, place: Place, map_code: str) -> None:
        from web.demo import pair_story, place_story

        place_story.open_programmes(place)
        place_story.adopt_map(place, map_code)
        place_story.enter_papers(place)
        place_story.collect_consents(place)
        pair_story.tell_pairs(place)


def _first_day() -> int:
    from web.demo.place_story import FIRST_DAY

    return FIRST_DAY
