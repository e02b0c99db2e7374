"""Steps of a pair take back the orders that nobody has signed; a curator sees it before and finds it in the history after."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.integration.house.conftest import House, open_house, pupils
from web.views.story import story_of
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.database import Database
from workflow_core.exceptions import InvalidInput
from workflow_core.verification import replay, verify
from workflows.documents import operations as documents
from workflows.documents import queries
from workflows.mentoring import operations as mentoring
from workflows.mentoring.operations import Proposal
from workflows.mentoring.papers import prepare_pair_order

GROUND = "Мать ученика против"


class Pairs:
    """A school with two proposed pairs and orders about them."""

    def __init__(self, house: House) -> None:
        self.house = house
        mentors = house.people(*house.add(pupils(0, 2, "10 «А»", 2010)))
        mentees = house.people(*house.add(pupils(6, 2, "7 «Б»", 2013)))
        with house.write() as write:
            programme = mentoring.create_programme(
                write, "Вместе", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form="pupil_pupil"
            ).id
            mentoring.enrol(write, programme, mentors, "mentor")
            mentoring.enrol(write, programme, mentees, "mentee")
            self.ids = [
                mentoring.propose_pair(write, programme, Proposal((mentor,), (mentee,), goal="Оценка «4»")).id
                for mentor, mentee in zip(mentors, mentees, strict=True)
            ]
        self.one, self.other = self.ids

    def order(self, *ids: str) -> str:
        with self.house.write() as write:
            return prepare_pair_order(write, list(ids), report_due="2027-06-01").id

    def preview(self, event: str, pair: str) -> list[str]:
        with self.house.read() as read:
            actor, today = self.house.actor("curator"), self.house.today
            return [row.text for row in engine.preview_consequences(read, actor, pair, event, {}, today)]

    def drop(self, event: str, pair: str) -> list[str]:
        more = {"fields": {"cause": "mentee_wish"}} if event == "dissolve" else {}
        return [row.text for row in self.house.fire(pair, event, ground=GROUND, **more).revoked]


@pytest.fixture
def pairs(sqlite_database: Database, tmp_path: Path) -> Pairs:
    return Pairs(open_house(sqlite_database, tmp_path, date(2026, 9, 1)))


def test_declined_pair_takes_its_draft_and_the_file_that_waits_along(pairs: Pairs) -> None:
    house = pairs.house
    rendered = pairs.order(pairs.one)
    house.run_jobs()
    waiting = pairs.order(pairs.one)
    sent = pairs.order(pairs.one)
    house.fire(sent, "send")

    told = pairs.preview("decline", pairs.one)
    done = pairs.drop("decline", pairs.one)
    house.run_jobs()

    titles = [text.partition(": ")[2] for text in told]
    assert [title.partition("(")[2] for title in titles] == ["проект)", "проект)", "на подписи)"]
    assert [text.partition(": ")[0] for text in told] == ["Будет отменено"] * 3
    assert done == [f"Отменено: {title}" for title in titles]
    assert [house.state(one) for one in (rendered, waiting, sent)] == ["discarded"] * 3
    with house.read() as read:
        rows = queries.documents(read.session, house.scope, [rendered, waiting, sent])
        files = queries.files_of(read.session, house.scope, [rendered, waiting, sent])
        entries = core.entries_of(read.session, house.scope, [waiting])[waiting]
        lines = story_of(read, [pairs.one, waiting])
        assert (verify(read).problems, replay(read).problems) == ([], [])
    assert [rows[one].file_status for one in (rendered, waiting, sent)] == ["ready", "", ""]
    assert set(files) == {rendered}
    assert [one.event for one in entries if one.kind == "job"] == ["withdrawn"]
    sentences = [line.sentence for line in lines]
    assert f"Шаг отменил начатое: {'; '.join(titles)}" in sentences
    assert "Файл больше не готовится: документ отменён" in sentences
    with pytest.raises(InvalidInput, match=r"документы \(3\)"), house.write() as write:
        engine.undo(write, pairs.one, why="Передумали")


def test_order_about_others_too_stays_until_the_last_of_them_is_gone(pairs: Pairs) -> None:
    shared = pairs.order(*pairs.ids)

    (told,) = pairs.drop("decline", pairs.one)
    assert told.startswith("Останется: «")
    assert "о других, поэтому подготовьте его заново" in told
    assert pairs.house.state(shared) == "draft"

    (gone,) = pairs.drop("decline", pairs.other)
    assert gone.startswith("Отменено: «")
    assert pairs.house.state(shared) == "discarded"


def test_signed_order_is_never_taken_back(pairs: Pairs) -> None:
    house = pairs.house
    signed, draft = pairs.order(pairs.one), pairs.order(pairs.one)
    with house.write() as write:
        documents.register(
            write,
            signed,
            number="12",
            signed_on=date(2026, 9, 1),
            signatory=house.ids["head"],
            grounds={pairs.one: "Согласия собираем"},
        )

    told = pairs.preview("decline", pairs.one)
    done = pairs.drop("decline", pairs.one)

    assert told[0].startswith("Останется: «")
    assert "№ 12 (действует). Подписанный приказ изменяет или отменяет только другой приказ." in told[0]
    assert told[1].startswith("Будет отменено")
    assert done[0] == told[0]
    assert (house.state(signed), house.state(draft)) == ("in_force", "discarded")
