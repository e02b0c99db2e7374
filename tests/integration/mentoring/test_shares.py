"""Figures that road maps read by name: «31 из 34», and who is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlmodel import Session

from tests.integration.mentoring.conftest import Place
from workflow_core.guards import Share
from workflow_core.unit_of_work import UnitOfWork
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import journal
from workflows.mentoring import shares as shares_module
from workflows.mentoring.journal import FeedbackRow, MeetingRow, TaskRow
from workflows.mentoring.papers import prepare_consents
from workflows.mentoring.shares import SHARES

NAMES = {provider.name for provider in SHARES}


def shares(place: Place, on: date = date(2026, 11, 12)) -> dict[str, Share]:
    with place.read() as read:
        loaded = read.catalogue.load_facts(read.session, place.scope, "organisation", NAMES, [place.scope], on)
    return loaded[place.scope]


def short(share: Share) -> tuple[int, int, list[str]]:
    return share.done, share.total, [missing.label for missing in share.missing]


def test_an_empty_school_has_no_figure_complete(school: Place) -> None:
    found = shares(school)

    assert set(found) == NAMES
    assert not any(share.is_complete for share in found.values())


def test_figures_follow_the_registers(school: Place) -> None:
    pair_id = school.formed()
    other = school.propose(("belova",), ("lee",))

    found = shares(school)

    assert short(found["formed_pairs"]) == (1, 2, ["Белова Анна — Ли Олег"])
    assert short(found["personal_data_consents"]) == (2, 3, ["Ли Олег"])
    assert short(found["personal_data_consents_mentors"]) == (1, 1, [])
    assert short(found["personal_data_consents_mentees"]) == (1, 2, ["Ли Олег"])
    assert short(found["duty_consents"]) == (1, 1, [])
    assert (found["mentor_bank"].done, found["mentee_bank"].done) == (1, 2)
    assert short(found["mentees_without_pair"]) == (1, 2, ["Ли Олег"])
    assert short(found["individual_plans"]) == (0, 1, ["Белова Анна — Ким Данил"])
    link = found["formed_pairs"].missing[0].link
    assert link is not None
    assert (link.action, link.target) == ("open_pair", other)
    assert pair_id != other


def test_figures_of_work_and_closing(school: Place) -> None:
    pair_id = school.formed()
    with school.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Разобрать задачи")])
    for event, day in (("hold_acquaintance", 12), ("hold_trial", 14), ("hold_planning", 16)):
        school.fire(pair_id, event, date(2026, 9, day))
    school.fire(pair_id, "start_work", date(2026, 9, 18), ground="План утвердят в ноябре")
    with school.write() as write:
        journal.record_meetings(write, [MeetingRow(pair_id, date(2026, 10, 1))])
        journal.record_feedback(write, [FeedbackRow(pair_id, school.ids["kim"], "feedback")])
    at_work = shares(school)
    school.fire(pair_id, "hold_final", date(2026, 11, 10), ground="Наставник на соревнованиях")
    at_end = shares(school)

    assert short(at_work["acquaintance_meetings"]) == (1, 1, [])
    assert short(at_work["meetings_held"]) == (1, 1, [])
    assert short(at_work["individual_plans"]) == (1, 1, [])
    assert short(at_work["plans_approved"]) == (0, 1, ["Белова Анна — Ким Данил"])
    assert short(at_work["feedback_collected"]) == (1, 2, ["Белова Анна"])
    assert short(at_work["exit_questionnaires"]) == (0, 0, [])
    assert short(at_end["exit_questionnaires"]) == (0, 2, ["Белова Анна", "Ким Данил"])
    assert short(at_end["cases_written"]) == (0, 1, ["Белова Анна — Ким Данил"])
    assert short(at_end["pairs_closed"]) == (0, 1, ["Белова Анна — Ким Данил"])


def test_a_consent_that_the_age_does_not_allow_counts_for_nobody(school: Place) -> None:
    """The figure and the step ask the same: at 13 a pupil's own signature holds for neither."""
    pair_id = school.propose(("belova",), ("lee",))
    school.consent("belova")
    own = ReadyPaper("personal_data_consent_adult", date(2026, 9, 3), person_id=school.ids["lee"])
    with school.write() as write:
        enter_ready(write, own)
        prepare_consents(write, school.programme, [school.ids["lee"]], "duty_consent")

    (missing,) = shares(school)["personal_data_consents"].missing

    assert missing.label == "Ли Олег"
    assert missing.link is not None
    assert missing.link.action == "issue_consent", "only his consent to duties is expected"
    assert "consent_missing" in {one.code for one in school.blockers(pair_id, "form", date(2026, 9, 10))}


def test_a_large_figure_may_lag_for_a_page_but_never_for_a_step(school: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry in a hundred of what a large figure counts; a small figure is always of this moment."""
    name = "mentee_bank"
    counted: list[int] = []

    def load(session: Session, scope: str, ids: Sequence[str], on: date) -> dict[str, Share]:
        counted.append(1)
        return {scope: Share(0, total, (), "")}

    answer, total = shares_module.kept(name, load), 1_000
    monkeypatch.setattr(shares_module, "MANY", 500)

    def ask(uow: UnitOfWork, on: date = date(2026, 11, 12)) -> int:
        before = len(counted)
        answer(uow.session, school.scope, [school.scope], on)
        return len(counted) - before

    with school.read() as read:
        assert [ask(read), ask(read)] == [1, 0], "nothing was written since"
        assert ask(read, date(2026, 11, 13)) == 1, "another day"
        assert ask(read) == 1
    with school.write() as write:
        assert [ask(write), ask(write)] == [1, 1]
        write.record("access", "person", school.ids["kim"], "seen")
    with school.read() as read:
        assert ask(read) == 0, "one entry of a thousand"
    with school.write() as write:
        for _ in range(11):
            write.record("access", "person", school.ids["kim"], "seen")
    with school.read() as read:
        assert ask(read) == 1, "more than one in a hundred"
    total = 400
    with school.write() as write:
        for _ in range(11):
            write.record("access", "person", school.ids["kim"], "seen")
    with school.read() as read:
        assert ask(read) == 1
    with school.write() as write:
        write.record("access", "person", school.ids["kim"], "seen")
    with school.read() as read:
        assert ask(read) == 1, "a small figure does not lag"
