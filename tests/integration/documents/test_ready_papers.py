"""Papers made elsewhere: entered in bulk, as good as generated ones."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.integration.documents.conftest import SCHOOL, School
from workflow_core import operations as steps
from workflow_core import queries as core
from workflow_core.amounts import Amount
from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.tables import new_id
from workflow_core.verification import verify
from workflows.documents import queries
from workflows.documents.ready_papers import ReadyPaper, enter_ready, enter_ready_many

DAY = date(2026, 9, 1)
PAIR = "a" * 32


def entered(school: School, kind: str, **values: Any) -> str:
    with school.write() as write:
        return enter_ready(write, ReadyPaper(kind, values.pop("signed_on", DAY), **values)).id


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("order", "in_force"),
        ("notice", "received"),
        ("partner_agreement", "signed"),
        ("individual_plan", "approved"),
    ],
)
def test_a_ready_paper_stands_at_once(school: School, kind: str, state: str) -> None:
    paper = entered(school, kind, person_id=school.teacher if kind == "notice" else "")

    with school.read() as read:
        process = core.process(read.session, paper)
        assert process is not None
        assert (process.state, process.since) == (state, "2026-09-01")
        assert queries.document(read.session, SCHOOL, paper).file_status == ""
        assert verify(read).ok


def test_an_entered_order_proves_what_a_generated_one_would(school: School) -> None:
    paper = entered(school, "pair_order", number="№ 12", signatory=school.head, subjects=(("pair", PAIR),))

    with school.read() as read:
        (act,) = queries.acts_in_force(read.session, SCHOOL, date(2026, 11, 12), [PAIR])
        assert (act.id, act.number, act.subject_ids) == (paper, "12", frozenset({PAIR}))
        assert act.evidence_codes == ("pair_order", "pair_assignment_order", "order")
        assert queries.acts_in_force(read.session, SCHOOL, date(2026, 8, 31), [PAIR]) == ()
        assert queries.acts_in_force(read.session, SCHOOL, date(2026, 11, 12), [new_id()]) == ()
        facts = school.engine.catalogue.load_facts(read.session, SCHOOL, "pair", ["acts_in_force"], [PAIR], DAY)
        assert facts[PAIR]["acts_in_force"] == (act,)


def test_an_entered_consent_is_valid_and_says_who_signed(school: School) -> None:
    paper = entered(school, "personal_data_consent_representative", person_id=school.kim)

    with school.read() as read:
        consents = school.engine.catalogue.load_facts(read.session, SCHOOL, "person", ["consents"], [school.kim], DAY)
        (found,) = consents[school.kim]["consents"].values()
        assert (found.document_id, found.is_valid, found.signed_as) == (paper, True, "mother")
        register = school.engine.catalogue.load_facts(read.session, SCHOOL, "pair", ["consent_register"], [PAIR], DAY)
        assert register[PAIR]["consent_register"] == {school.kim: {found.kind: found}}


def test_what_looks_wrong_is_a_warning_not_a_wall(school: School) -> None:
    entered(school, "order", number="5")
    order = entered(school, "curator_order", number="5", signatory=school.acting)
    consent = entered(school, "personal_data_consent_adult", person_id=school.kim)

    with school.read() as read:
        warnings = queries.document(read.session, SCHOOL, order).warnings
        assert warnings == [
            "Гусев Антон Петрович: нет права подписи на 01.09.2026.",
            "Номер 5 уже есть: «Приказ» от 01.09.2026.",
        ]
        assert queries.document(read.session, SCHOOL, consent).warnings == [
            "Ким Данил: нужно согласие законного представителя."
        ]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"signed_on": date(2026, 11, 13)}, "ещё не наступила"),
        ({"signed_on": date(1970, 1, 1)}, "Проверьте дату"),
        ({"valid_to": date(2026, 8, 1)}, "заканчивается раньше"),
        ({"scan": b"MZ", "scan_name": "скан.pdf"}, "Принимаются файлы"),
    ],
)
def test_what_can_not_be_true_is_refused_whole(school: School, values: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidInput, match=text):
        entered(school, "order", **values)
    with school.read() as read:
        assert queries.count_papers(read.session, SCHOOL) == Amount(0)


def test_the_same_order_is_not_entered_twice(school: School) -> None:
    entered(school, "order", number="5-од")

    with pytest.raises(InvalidInput, match=r"«Приказ» № 5-од от 01\.09\.2026 уже внесён"):
        entered(school, "order", number="№ 5 – ОД")


def test_a_row_that_is_refused_leaves_the_others(school: School) -> None:
    rows = [
        ReadyPaper("order", DAY, "1", scan=b"%PDF-1.4", scan_name="приказ.pdf"),
        ReadyPaper("order", DAY, "1"),
        ReadyPaper("regulation", date(2027, 1, 1)),
        ReadyPaper("unknown", DAY),
        ReadyPaper("personal_data_consent_adult", DAY, person_id=new_id()),
        ReadyPaper("order", DAY, "2"),
    ]
    with school.write() as write:
        results = enter_ready_many(write, rows)

    assert [row.ok for row in results] == [True, False, False, False, False, True]
    with school.read() as read:
        assert queries.count_papers(read.session, SCHOOL) == Amount(2)
        assert [line.number for line in queries.lacking_scans(read.session, SCHOOL)] == ["2"]
        assert verify(read).ok


def test_a_paper_is_entered_once_and_later_steps_go_on_from_there(school: School) -> None:
    old, new = entered(school, "order", number="1"), entered(school, "order", number="2")
    with school.write() as write:
        steps.fire(write, old, "repeal", fields={"by_act": new}, happened_on=date(2026, 10, 1))

    with school.read() as read:
        assert {act.id for act in queries.acts_in_force(read.session, SCHOOL, date(2026, 10, 1))} == {new}


def test_a_person_of_another_place_signs_nothing_here(school: School) -> None:
    with pytest.raises(NotFound):
        entered(school, "order", signatory=new_id())
