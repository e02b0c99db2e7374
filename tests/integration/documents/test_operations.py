"""The lives of papers of all four classes, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.documents.conftest import CONSENT_FACTS, CURATOR, OTHER_SCHOOL, SCHOOL, School, golden
from workflow_core import operations as steps
from workflow_core import queries as core
from workflow_core.exceptions import GuardRefused, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed
from workflow_core.guards import Actor
from workflow_core.tables import new_id
from workflow_core.verification import verify
from workflows.documents import operations, queries
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.organisations import operations as organisations
from workflows.organisations import search_index

DAY = date(2026, 11, 10)
PDF = b"%PDF-1.4 scan"
SIGNATURE = bytes.fromhex("3082010006092a864886f70d010702a0") + bytes(64)
Prepared = Callable[..., str]


def state(school: School, document_id: str) -> str:
    with school.read() as read:
        process = core.process(read.session, document_id)
        assert process is not None
        return process.state


def fire(school: School, document_id: str, event: str, **options: Any) -> None:
    with school.write() as write:
        steps.fire(write, document_id, event, **options)


def register(school: School, document_id: str, number: str = "42-од", day: date = DAY, **options: Any) -> None:
    with school.write() as write:
        options.setdefault("signatory", school.head)
        operations.register(write, document_id, number=number, signed_on=day, ground="позже", **options)


# -- acts -------------------------------------------------------------------------------------------------------------


def test_an_act_lives_from_draft_to_repeal(school: School, order: Prepared) -> None:
    act, later = order(), order()
    for event in ("send", "take_back", "send"):
        fire(school, act, event)
    register(school, act, "№ 42-од", original_place="дело 01-12, лист 14")
    register(school, later, "43-од")

    fire(school, act, "amend", fields={"by_act": later})
    assert state(school, act) == "amended"
    fire(school, act, "repeal", fields={"by_act": later}, happened_on=date(2026, 11, 12))

    with school.read() as read:
        row = queries.document(read.session, SCHOOL, act)
        assert (row.number, row.signed_on, row.original_place) == ("42-од", DAY, "дело 01-12, лист 14")
        assert (row.signatory_id, row.signatory_text) == (school.signatory, "директор Снежная М. И.")
        stand = {day: {one.id for one in queries.acts_in_force(read.session, SCHOOL, day)} for day in _days(9, 12)}
        assert [act in stand[day] for day in _days(9, 12)] == [False, True, True, False]
        roles = [line.role for line in queries.subjects_of(read.session, SCHOOL, [later])[later] if line.role]
        assert roles == ["amends", "repeals"]
        assert verify(read).ok


def _days(first: int, last: int) -> list[date]:
    return [date(2026, 11, day) for day in range(first, last + 1)]


def test_a_discarded_draft_never_comes_into_force(school: School, order: Prepared) -> None:
    act = order()
    fire(school, act, "discard")

    with pytest.raises(TransitionNotAllowed):
        register(school, act)
    with school.read() as read:
        assert queries.acts_in_force(read.session, SCHOOL, DAY) == ()


def test_an_act_can_only_be_repealed_by_another_act_in_force(school: School, order: Prepared) -> None:
    act, draft = order(), order()
    register(school, act)

    for other in (act, draft):
        with pytest.raises(GuardRefused):
            fire(school, act, "repeal", fields={"by_act": other})
    assert state(school, act) == "in_force"


def test_a_number_stands_once_a_year_in_one_journal(school: School, order: Prepared) -> None:
    register(school, order(), "42-од")

    with pytest.raises(GuardRefused, match="Номер № 42 – ОД в 2026 году уже есть: «Приказ о закреплении"):
        register(school, order(), "№ 42 – ОД")
    register(school, order(), "42-од", date(2025, 11, 10))
    with school.write() as write:
        regulation = enter_ready(write, ReadyPaper("regulation", DAY, "42-од"))
        assert regulation.warnings == []


@pytest.mark.parametrize(
    ("day", "is_entitled"), [(1, False), (2, True), (8, True), (9, False)], ids=["before", "first", "last", "after"]
)
def test_an_acting_head_signs_only_within_the_dates(
    school: School, order: Prepared, day: int, is_entitled: bool
) -> None:
    act, signed_on = order(), date(2026, 11, day)

    if is_entitled:
        register(school, act, day=signed_on, signatory=school.acting)
        with school.read() as read:
            row = queries.document(read.session, SCHOOL, act)
            assert row.signatory_text == "и. о. директора Гусев А. П. (приказ № 98-к)"
    else:
        with pytest.raises(GuardRefused, match="Гусев Антон Петрович: нет права подписи"):
            register(school, act, day=signed_on, signatory=school.acting)
        assert state(school, act) == "draft"


def test_an_act_of_tomorrow_is_refused(school: School, order: Prepared) -> None:
    act = order()

    with pytest.raises(InvalidInput, match="ещё не наступила"):
        register(school, act, day=date(2026, 11, 13))
    with pytest.raises(InvalidInput, match="ещё не наступила"):
        fire(school, act, "register", fields={"number": "1", "signed_on": date(2026, 11, 13), "signatory": school.head})
    assert state(school, act) == "draft"


def test_everything_that_blocks_a_paper_is_named_at_once(school: School) -> None:
    facts = golden("pair_order") | {"pairs": [], "agreements_on_file": False}

    with pytest.raises(InvalidInput) as refused, school.write() as write:
        operations.prepare(write, "pair_order", [], facts=facts)
    assert set(refused.value.errors) == {"no_pairs", "no_agreements"}


def test_warnings_stay_on_the_paper(school: School, order: Prepared) -> None:
    facts = golden("pair_order")
    del facts["programme"]["report_due"]
    act = order(facts)

    with school.read() as read:
        assert "Не указан срок отчёта куратора." in queries.document(read.session, SCHOOL, act).warnings


def test_the_text_of_a_registered_act_is_fixed(school: School, order: Prepared) -> None:
    act = order()
    register(school, act)

    with pytest.raises(InvalidInput, match="только у проекта"), school.write() as write:
        operations.prepare_again(write, act, golden("pair_order"))


def test_acquaintance_is_written_down_once_after_the_signing(school: School, order: Prepared) -> None:
    act = order()
    with pytest.raises(InvalidInput, match="после того, как он подписан"), school.write() as write:
        operations.record_acquaintance(write, act, [school.teacher], DAY)
    register(school, act)
    with pytest.raises(InvalidInput, match="раньше подписания"), school.write() as write:
        operations.record_acquaintance(write, act, [school.teacher], DAY - timedelta(days=1))

    with school.write() as write:
        people = [school.teacher, school.acting, school.teacher]
        assert operations.record_acquaintance(write, act, people, DAY) == 2
        assert operations.record_acquaintance(write, act, people, DAY) == 0
    with school.read() as read:
        assert len(queries.acquaintances(read.session, SCHOOL, act)) == 2


def test_a_slip_of_the_pen_is_mended_with_its_reason(school: School, order: Prepared) -> None:
    act, other = order(), order()
    register(school, act, "42-од")
    register(school, other, "43-од")

    with school.write() as write:
        operations.mend(write, act, {"number": "44-од", "signed_on": date(2026, 11, 9)}, why="опечатка")
    with pytest.raises(InvalidInput, match="Номер 43-ОД уже есть"), school.write() as write:
        operations.mend(write, act, {"number": "43-ОД"}, why="опечатка")
    with school.read() as read:
        row = queries.document(read.session, SCHOOL, act)
        assert (row.number, row.signed_on) == ("44-од", date(2026, 11, 9))


# -- consents ---------------------------------------------------------------------------------------------------------


def receive(school: School, document_id: str, day: date = DAY, **options: Any) -> Any:
    with school.write() as write:
        return operations.receive_consents(write, [operations.Received(document_id, day, **options)])[0]


def consent_of(school: School, person_id: str, day: date) -> Any:
    with school.read() as read:
        return next(iter(queries.consents_on(read.session, SCHOOL, [person_id], (), day)[person_id].values()))


def test_a_consent_holds_from_signing_until_the_day_of_revocation(school: School, consent: Prepared) -> None:
    blank = consent(school.kim)
    assert not consent_of(school, school.kim, DAY).is_valid
    assert receive(school, blank).ok
    fire(school, blank, "revoke", happened_on=date(2026, 11, 12))

    found = {day.day: consent_of(school, school.kim, day) for day in _days(9, 12)}
    assert {day: one.is_valid for day, one in found.items()} == {9: False, 10: True, 11: True, 12: False}
    assert (found[12].state, found[12].revoked_on) == ("revoked", date(2026, 11, 12))
    assert (found[12].signed_by_id, found[12].signed_as) == (school.mother, "mother")
    assert found[12].valid_to == date(2027, 8, 31)


def test_a_revocation_before_the_signing_is_refused(school: School, consent: Prepared) -> None:
    blank = consent(school.kim)
    receive(school, blank)

    with pytest.raises(GuardRefused, match="документ ещё не был подписан"):
        fire(school, blank, "revoke", happened_on=date(2026, 11, 9), ground="так")


def test_who_signs_is_judged_by_the_age_on_the_day_of_signing(school: School, consent: Prepared) -> None:
    blank = consent(school.kim)

    result = receive(school, blank, signer=school.teacher)
    assert not result.ok
    assert "Ким Данил: подписал не тот, кто должен" in result.text
    assert receive(school, blank, signer=school.mother, signed_as="mother").ok


def test_a_pupil_without_a_representative_is_named(school: School, consent: Prepared) -> None:
    result = receive(school, consent(school.belova))

    assert "Белова Анна: не указан законный представитель" in result.text
    assert result.blockers[0].link.target == school.belova


def test_blanks_are_issued_to_many_once_and_faults_are_told_by_row(school: School) -> None:
    people = [school.kim, school.belova, school.teacher]
    with school.write() as write:
        first = operations.issue_consents(write, "personal_data_consent_adult", people, facts=CONSENT_FACTS)
    with school.write() as write:
        again = operations.issue_consents(write, "personal_data_consent_adult", people, facts=CONSENT_FACTS)

    assert [row.is_new for row in first] == [False, True, True]
    assert "нет 14 лет" in first[0].text
    assert [row.text for row in again[1:]] == ["Бланк уже есть", "Бланк уже есть"]
    assert [row.document_id for row in again] == [row.document_id for row in first]
    assert school.run_jobs() == 1


def test_a_new_consent_replaces_the_older_one(school: School, consent: Prepared) -> None:
    old = consent(school.kim)
    receive(school, old, date(2026, 11, 9))
    new = consent(school.kim)
    receive(school, new, date(2026, 11, 11))

    assert state(school, old) == "replaced"
    assert consent_of(school, school.kim, DAY).document_id == old
    assert consent_of(school, school.kim, date(2026, 11, 12)).document_id == new
    assert consent_of(school, school.kim, DAY).is_valid


def test_a_birthday_after_the_signing_asks_for_a_new_paper(school: School, consent: Prepared) -> None:
    receive(school, consent(school.kim))

    before, after = (consent_of(school, school.kim, date(2027, 5, day)) for day in (11, 12))
    assert (before.is_valid, before.needs_new()) == (True, False)
    assert (after.is_valid, after.needs_new()) == (True, True)
    assert not after.needs_new({"consent.representative_until": 18})


def test_after_a_revocation_what_the_paper_said_is_erased(school: School, consent: Prepared) -> None:
    blank = consent(school.kim)
    school.run_jobs()
    receive(school, blank)
    with pytest.raises(InvalidInput, match="не отозвано"), school.write() as write:
        operations.erase_after_revocation(write, blank, "заявление матери")
    fire(school, blank, "revoke")

    with school.write() as write:
        assert operations.erase_after_revocation(write, blank, "заявление матери") > 0
    with school.read() as read:
        row = queries.document(read.session, SCHOOL, blank)
        assert (row.facts, row.signed_on, row.person_id) == ({}, DAY, school.kim)
        assert queries.files_of(read.session, SCHOOL, [blank]) == {}
        entries = core.entries_of(read.session, SCHOOL, [blank])[blank]
        details = core.details_of(read.session, SCHOOL, [entry.seq for entry in entries])
        assert not any("Ким" in (body or "") for _salt, body, _erased in details.values())
        assert verify(read).ok


RARE = "\u0475\u0475\u0475\u0475\u0475"
"""Letters that no other text has: a trigram of them is seen in the index too, where terms are stored without what they share."""


def test_an_erased_name_is_nowhere_in_the_file(school: School, consent: Prepared) -> None:
    """Renamed and erased: neither register nor history, search or free pages tell the name any more."""
    if not school.engine.database.is_sqlite:
        return  # PostgreSQL writes over rows that are gone when it vacuums
    with school.write() as write:
        organisations.change_person(write, school.kim, patronymic=RARE)
    blank = consent(school.kim)
    school.run_jobs()
    receive(school, blank)
    fire(school, blank, "revoke")
    assert traces(school) > 2

    with school.write() as write:
        organisations.change_person(write, school.kim, patronymic="")
    with school.write() as write:
        operations.erase_after_revocation(write, blank, "заявление матери")

    assert traces(school) == 0
    with school.write() as write:
        assert search_index.is_sound(write.session)


def traces(school: School) -> int:
    """How often the rare letters stand in the database's file, its log written back; the first byte is one of many letters."""
    path = Path(str(school.engine.database.url.database))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes().count(RARE[:3].encode()[1:])


# -- agreements and working papers ------------------------------------------------------------------------------------


def agreement(school: School) -> str:
    """A draft: no kind of agreement ships yet, so its row is made by hand."""
    with school.write() as write:
        row = queries.Document(
            organisation_id=SCHOOL, kind="labour_agreement", document_class="agreement", title="Соглашение"
        )
        write.session.add(row)
        steps.start(write, "agreement", "document", row.id, "prepare")
        return row.id


def test_an_agreement_is_signed_for_a_term_and_ended(school: School) -> None:
    document_id = agreement(school)
    fields = {"signed_on": DAY, "signatory": school.head, "other_side": "Заяц В. С.", "number": "7"}
    with pytest.raises(GuardRefused, match="Не указан срок действия"):
        fire(school, document_id, "sign", fields=fields)

    fire(school, document_id, "sign", fields=fields | {"valid_until": date(2027, 5, 31)})
    fire(school, document_id, "end", ground="уведомление", happened_on=date(2026, 11, 12))

    with school.read() as read:
        row = queries.document(read.session, SCHOOL, document_id)
        assert (row.signed_as, row.number, row.valid_to) == ("Заяц В. С.", "7", date(2027, 5, 31))
        standing = [
            bool(queries.papers_in_force(read.session, SCHOOL, day)) for day in (*_days(9, 12), date(2027, 6, 1))
        ]
        assert standing == [False, True, True, False, False]


def test_a_plan_is_approved_by_an_act_or_by_a_signature(school: School, order: Prepared) -> None:
    act = order()
    register(school, act)
    plans = []
    for _ in range(2):
        with school.write() as write:
            facts = golden("individual_plan")
            plans.append(operations.prepare(write, "individual_plan", [new_id()], facts=facts).id)
    with pytest.raises(InvalidInput, match="Укажите приказ или того"):
        fire(school, plans[0], "approve")
    with pytest.raises(GuardRefused, match="не действует"):
        fire(school, plans[0], "approve", fields={"by_act": new_id()})

    fire(school, plans[0], "agree")
    fire(school, plans[0], "approve", fields={"by_act": act})
    fire(school, plans[1], "approve", fields={"signatory": school.head})

    with school.read() as read:
        standing = queries.papers_in_force(read.session, SCHOOL, date(2026, 11, 12), classes=("working_paper",))
        assert {one.id for one in standing} == set(plans)
        assert standing[0].evidence_codes == ("individual_plan", "personalised_programme")
        assert queries.document(read.session, SCHOOL, plans[1]).signatory_text == "директор Снежная М. И."


# -- files and who may ------------------------------------------------------------------------------------------------


def test_a_scan_is_kept_once_beside_the_paper(school: School, order: Prepared) -> None:
    act = order()
    with school.write() as write:
        first = operations.attach_scan(write, act, "C:\\сканы\\приказ.PDF", PDF).id
    with school.write() as write:
        assert operations.attach_scan(write, act, "ещё раз.pdf", PDF).id == first
        operations.attach_scan(write, act, "приказ.sig", SIGNATURE)

    with school.read() as read:
        line = queries.paper_lines(read.session, SCHOOL, [act])[act]
        assert (line.has_scan, line.has_signature) == (True, True)
        names = [(row.name, row.purpose) for row in queries.files_of(read.session, SCHOOL, [act])[act]]
        assert names == [("приказ.PDF", "scan"), ("приказ.sig", "signature")]


def test_a_program_called_a_scan_does_not_come_in(school: School, order: Prepared) -> None:
    act = order()
    for content, text in (
        (b"MZ\x90", "Принимаются файлы"),
        (b"", "Файл пуст"),
        (PDF + bytes(21 << 20), "больше 20 МБ"),
    ):
        with pytest.raises(InvalidInput, match=text), school.write() as write:
            operations.attach_scan(write, act, "приказ.pdf", content)


def test_bytes_go_when_the_last_file_that_is_them_goes(school: School, order: Prepared) -> None:
    files = []
    for act in (order(), order()):
        with school.write() as write:
            row = operations.attach_scan(write, act, "скан.pdf", PDF)
            files.append(row.id)
            sha256 = row.sha256

    for file_id, left in ((files[0], True), (files[1], False)):
        with school.write() as write:
            operations.remove_file(write, file_id, "не тот лист")
        with school.read() as read:
            assert (queries.blob(read.session, sha256) is not None) is left


def test_another_organisations_paper_does_not_exist_here(school: School, order: Prepared) -> None:
    act = order()
    school.run_jobs()
    elsewhere = school.engine
    with elsewhere.read(OTHER_SCHOOL, now=school.now) as read:
        with pytest.raises(NotFound):
            queries.document(read.session, OTHER_SCHOOL, act)
        assert queries.paper_lines(read.session, OTHER_SCHOOL, [act]) == {}
        assert queries.papers_of(read.session, OTHER_SCHOOL, "person", [school.kim]) == {}
    with school.read() as read:
        file_id = queries.files_of(read.session, SCHOOL, [act])[act][0].id
    for attempt in (
        lambda write: operations.attach_scan(write, act, "скан.pdf", PDF),
        lambda write: operations.remove_file(write, file_id, "чужой"),
        lambda write: operations.register(write, act, number="1", signed_on=DAY, signatory=school.head),
        lambda write: operations.mend(write, act, {"number": "1"}, why="так"),
    ):
        with pytest.raises(NotFound), elsewhere.write(OTHER_SCHOOL, CURATOR, now=school.now) as write:
            attempt(write)


def test_an_auditor_changes_nothing(school: School, order: Prepared) -> None:
    act = order()
    auditor = Actor("account-9", "Проверяющий", frozenset({"auditor"}))

    for attempt in (
        lambda write: operations.attach_scan(write, act, "скан.pdf", PDF),
        lambda write: operations.prepare_again(write, act, golden("pair_order")),
        lambda write: steps.fire(write, act, "send"),
        lambda write: enter_ready(write, ReadyPaper("order", DAY, "1")),
    ):
        with pytest.raises(NotPermitted), school.write(auditor) as write:
            attempt(write)
