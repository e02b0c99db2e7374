"""Items at work: what proves them, who accepts, how dates move, how sections follow; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.integration.road_maps.conftest import CURATOR, DISTRICT, HEAD, RESPONSIBLE, RESPONSIBLE_PERSON, Place
from workflow_core import operations as core
from workflow_core import queries as core_queries
from workflow_core.exceptions import GuardRefused, InvalidInput, NotFound, NotPermitted
from workflow_core.guards import SYSTEM, Link, Missing, Severity, Share
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.organisations.tables import Organisation
from workflows.road_maps import operations, views
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem

KIM = Missing("Ким Данил", Link("receive_consent", "p-1", "Отметить получение"))
LEFT = (KIM, Missing("Белова Анна"), Missing("Орлов Пётр"))
FACT = {"text": "Провели собрание"}


@pytest.fixture
def school9(school: Place) -> Place:
    """A school that runs the map of 51 items for 2026."""
    school.adopt("school9_2020", date(2026, 1, 1))
    return school


def paper(place: Place, kind: str, about: str = "", number: str = "26") -> str:
    """Enter a signed paper; `about` is the key of an item."""
    subjects = (("activity", place.ids[about]),) if about else ()
    with place.write() as write:
        ready = ReadyPaper(kind, date(2026, 6, 3), number, subjects=subjects, signatory_text="Директор Снежная М. И.")
        return enter_ready(write, ready).id


def blockers(place: Place, key: str, event: str) -> list[tuple[str, str, str]]:
    """(guard, severity, text) of what stands in the way of an event."""
    with place.read() as read:
        outlooks = core.why_not(read, CURATOR, [place.ids[key]])[place.ids[key]]
    found = next(one for one in outlooks if one.event.name == event)
    return [(b.guard, str(b.severity), b.text) for b in found.blockers]


# -- what proves an item ----------------------------------------------------------------------------------------------


def test_an_item_is_closed_by_an_order_in_force_that_names_it(school9: Place) -> None:
    paper(school9, "order", number="25")
    assert blockers(school9, "1.1", "complete") == [
        ("evidence_complete", "reason", "Приказ о назначении кураторов: документа нет")
    ]

    document_id = paper(school9, "order", about="1.1")

    assert blockers(school9, "1.1", "complete") == []
    with school9.write() as write:
        done = core.fire(write, school9.ids["1.1"], "complete", happened_on=date(2026, 6, 3))
    assert done.process.state == "done"
    with school9.read() as read:
        line = views.item_page(read, school9.ids["1.1"]).item.evidence_lines[0]
    assert (line.done, line.text, line.documents[0].document_id) == (True, "№ 26 от 03.06.2026", document_id)


def test_an_order_that_a_fact_names_proves_one_item_more(school9: Place) -> None:
    document_id = paper(school9, "order", about="1.1")
    with school9.write() as write:
        core.fire(write, school9.ids["1.5"], "log_fact", fields={"text": "Тем же приказом", "document": document_id})

    assert blockers(school9, "1.5", "complete") == []
    assert blockers(school9, "1.8", "complete") != []


def test_a_paper_of_which_there_is_one_a_year_proves_its_item_without_a_link(school9: Place) -> None:
    paper(school9, "roadmap")

    with school9.read() as read:
        items = {item.key: item for item in views.find_items(read, evidence=True)}

    assert items["1.2"].evidence.text == "1 из 1"
    assert items["1.4"].evidence.text == "1 из 3"
    assert [line.done for line in items["1.4"].evidence_lines] == [False, False, True]


def test_last_year_s_paper_does_not_prove_this_year_s_item(school: Place) -> None:
    paper(school, "roadmap")
    school.now = datetime(2028, 3, 1, 9, tzinfo=UTC)
    school.adopt("school9_2020", date(2028, 1, 1))

    with school.read() as read:
        assert not views.item_page(read, school.ids["1.2"]).item.evidence.is_complete


def test_a_short_figure_names_who_is_missing_and_needs_a_ground(school9: Place) -> None:
    school9.figures.values["personal_data_consents"] = Share(31, 34, LEFT, "согласий")
    key = "4.2"

    with school9.read() as read:
        line = views.item_page(read, school9.ids[key]).item.evidence_lines[0]
    assert (line.text, line.done, line.missing[0]) == ("31 из 34", False, KIM)

    with pytest.raises(GuardRefused) as refused, school9.write() as write:
        core.fire(write, school9.ids[key], "complete")
    found = refused.value.blockers[0]
    assert (found.severity, found.explanation) == (Severity.REASON, "Не хватает: Ким Данил, Белова Анна, Орлов Пётр")
    assert found.link == KIM.link
    with school9.write() as write:
        core.fire(write, school9.ids[key], "complete", ground="Трое подпишут после каникул")
    assert school9.state(school9.ids[key]) == "done"


def test_a_figure_that_nobody_keeps_is_told_as_unknown(school9: Place) -> None:
    with school9.read() as read:
        line = views.item_page(read, school9.ids["4.4"]).item.evidence_lines[0]

    assert (line.known, line.done, line.text) == (False, False, "сведений нет")


def test_a_count_wants_a_number(school9: Place) -> None:
    assert blockers(school9, "4.11", "complete")[0][2] == "Наставники в базе: 0, нужно 1"
    school9.figures.values["mentor_bank"] = Share(4, 4)

    assert blockers(school9, "4.11", "complete") == []


def test_a_paper_on_an_item_that_nobody_accepts_is_only_a_note(school9: Place) -> None:
    assert blockers(school9, "2.5", "complete") == [
        ("evidence_shown", "note", "Программно-методические материалы: документа нет")
    ]
    with school9.write() as write:
        core.fire(write, school9.ids["2.5"], "complete")


def test_a_heading_item_counts_its_sub_items(school9: Place) -> None:
    with school9.write() as write:
        operations.complete_many(write, [school9.ids["6.5.1"]], ground="Отчёт подпишут позже")

    with school9.read() as read:
        page = views.item_page(read, school9.ids["6.5"])
    assert page.item.evidence_lines[-1].text == "1 из 2"
    assert [child.key for child in page.children] == ["6.5.1", "6.5.2"]


# -- facts and sections -----------------------------------------------------------------------------------------------


def test_the_first_fact_starts_item_and_section_and_the_last_item_completes_it(school9: Place) -> None:
    for key in ("5.1", "5.2", "5.3"):
        assert school9.stage_state(key) == "planned"
    with school9.write() as write:
        fact = core.fire(write, school9.ids["5.1"], "log_fact", fields=FACT, happened_on=date(2026, 9, 20))
    assert (fact.process.state, school9.stage_state("5.1")) == ("in_progress", "running")

    with school9.write() as write:
        rows = operations.complete_many(
            write, [school9.ids[key] for key in ("5.1", "5.2")], happened_on=date(2026, 9, 30)
        )
    assert [row.ok for row in rows] == [True, True]
    assert school9.stage_state("5.1") == "running"
    with school9.write() as write:
        core.fire(write, school9.ids["5.3"], "no_need", ground="Партнёров не было", happened_on=date(2026, 9, 10))
    assert school9.stage_state("5.1") == "completed"

    with school9.write() as write:
        core.fire(write, school9.ids["5.1"], "reopen", ground="Сайт обновляется")
    assert school9.stage_state("5.1") == "running"


def test_items_that_left_the_map_do_not_complete_their_section(school9: Place) -> None:
    with school9.write() as write:
        core.fire(write, school9.ids["3.1"], "drop", ground="Нет заявок")

    assert school9.stage_state("3.1") == "planned"


def test_a_section_summed_up_by_hand_holds_no_item_back(school9: Place) -> None:
    stage_id = school9.activity("5.1").stage_id
    with school9.write() as write:
        core.fire(write, stage_id, "sum_up", fields={"summary": "Сделано главное"})
        core.fire(write, school9.ids["5.2"], "log_fact", fields=FACT)

    assert (school9.state(stage_id), school9.state(school9.ids["5.2"])) == ("completed", "in_progress")


def test_who_answers_for_an_item_writes_facts_in_it_and_nowhere_else(school9: Place) -> None:
    with school9.write() as write:
        operations.assign_responsible(write, [school9.ids["5.1"]], RESPONSIBLE_PERSON)

    with school9.write(RESPONSIBLE) as write:
        done = core.fire(write, school9.ids["5.1"], "log_fact", fields=FACT)
        assert [row.ok for row in done.caused] == [True]
    with pytest.raises(NotPermitted), school9.write(RESPONSIBLE) as write:
        core.fire(write, school9.ids["5.2"], "log_fact", fields=FACT)

    assert school9.stage_state("5.1") == "running"
    with school9.read() as read:
        fact = views.item_page(read, school9.ids["5.1"]).facts[0]
    assert (fact.text, fact.happened_on) == ("Провели собрание", date(2026, 11, 12))


def test_a_fact_closes_the_term_that_it_names(school: Place) -> None:
    school.adopt("teachers_typical")
    key = next(
        key for key in school.ids if school.activity(key).deadline and "четверть" in str(school.activity(key).deadline)
    )
    with school.read() as read:
        second = views.item_page(read, school.ids[key]).item.occurrences[1]
        foreign = school.ids[next(other for other in school.ids if other != key)]

    with pytest.raises(InvalidInput, match="другому пункту"), school.write() as write:
        core.fire(write, foreign, "log_fact", fields={**FACT, "occurrence": second.id})
    with school.write() as write:
        core.fire(write, school.ids[key], "log_fact", fields={**FACT, "occurrence": second.id})

    with school.read() as read:
        page = views.item_page(read, school.ids[key])
    assert page.facts[0].occurrence == "II четверть 2026/27"
    assert page.item.occurrences[1].done_on == date(2026, 11, 12)
    assert page.item.evidence_lines[-1].text == "1 из 3"
    with school.read(datetime(2027, 4, 1, 9, tzinfo=UTC)) as read:
        late = views.item_page(read, school.ids[key]).item.lateness
    assert (late.missed, late.overdue_since) == (("III четверть 2026/27",), date(2027, 3, 22))


def test_a_fact_may_not_name_another_organisation_s_paper(school9: Place) -> None:
    with pytest.raises(NotFound), school9.write() as write:
        core.fire(write, school9.ids["5.1"], "log_fact", fields={**FACT, "document": "0" * 32})


# -- a second person --------------------------------------------------------------------------------------------------


def test_an_item_for_the_head_is_reported_and_accepted_by_the_head(school9: Place) -> None:
    with school9.write() as write:
        operations.set_acceptance(write, school9.ids["5.1"], "head")
    assert ("no_acceptance_due", "block", "Этот пункт принимает руководитель") in blockers(school9, "5.1", "complete")

    with pytest.raises(GuardRefused, match="что получилось"), school9.write() as write:
        core.fire(write, school9.ids["5.1"], "report")
    with school9.write() as write:
        core.fire(write, school9.ids["5.1"], "report", fields={"result": "Новость на сайте"})
    assert blockers(school9, "5.1", "accept") == [
        ("control_sheet", "block", "Не указан лист контроля"),
        ("four_eyes", "note", "Морозова Е. В.: исполнил и принял один человек"),
    ]
    with school9.write(HEAD) as write:
        accepted = core.fire(write, school9.ids["5.1"], "accept")

    assert (accepted.process.state, accepted.outlook.role, accepted.outlook.blockers) == ("done", "head", ())


def test_the_curator_accepts_many_items_by_one_signed_control_sheet(school9: Place) -> None:
    keys = ("5.1", "5.2", "5.3")
    with school9.write() as write:
        for key in keys:
            operations.set_acceptance(write, school9.ids[key], "head")
            core.fire(write, school9.ids[key], "report", fields={"result": "Готово"})
    ids = [school9.ids[key] for key in keys]
    with school9.write() as write:
        refused = operations.accept_many(write, ids)
    assert [(row.ok, row.blockers[0].text) for row in refused] == [(False, "Не указан лист контроля")] * 3

    order, sheet = paper(school9, "order"), paper(school9, "control_sheet")
    with school9.write() as write:
        wrong = operations.accept_many(write, ids, control_sheet=order)
    assert {row.blockers[0].text for row in wrong} == {"Выбран не лист контроля, или он не подписан"}
    with school9.write() as write:
        rows = operations.accept_many(write, ids, control_sheet=sheet)

    assert [row.ok for row in rows] == [True] * 3
    assert {blocker.code for row in rows for blocker in row.blockers} == {"same_person"}
    assert school9.stage_state("5.1") == "completed"
    with school9.read() as read:
        entries = core_queries.entries_of(read.session, school9.scope, ids)
    assert {
        entry.input_values.get("control_sheet")
        for found in entries.values()
        for entry in found
        if entry.event == "accept"
    } == {sheet}


# -- dates ------------------------------------------------------------------------------------------------------------


def test_a_moved_date_keeps_the_old_one_in_the_history(school9: Place) -> None:
    with pytest.raises(InvalidInput), school9.write() as write:
        core.fire(write, school9.ids["1.6"], "reschedule", fields={"due_on": "2026-12-01"})
    with school9.write() as write:
        rows = operations.reschedule_many(
            write, [school9.ids["1.6"], school9.ids["1.7"]], date(2026, 12, 1), ground="Партнёр просил отсрочку"
        )
    with school9.write() as write:
        core.fire(write, school9.ids["1.6"], "reschedule", fields={"due_on": "2026-12-20"}, ground="Ещё раз")

    assert [row.ok for row in rows] == [True, True]
    with school9.read() as read:
        page = views.item_page(read, school9.ids["1.6"])
    item = page.item
    assert (item.due_on, item.planned_due_on, item.rescheduled) == (date(2026, 12, 20), date(2026, 8, 20), True)
    assert item.deadline_text == "до 20 августа 2026"
    assert item.working_day_before == date(2026, 12, 18)
    assert [(change.old_due_on, change.new_due_on) for change in page.schedule] == [
        (date(2026, 8, 20), date(2026, 12, 1)),
        (date(2026, 12, 1), date(2026, 12, 20)),
    ]


def test_an_item_without_a_date_is_never_overdue_until_it_gets_one(school9: Place) -> None:
    later = datetime(2030, 1, 1, 9, tzinfo=UTC)
    with school9.read(later) as read:
        item = views.item_page(read, school9.ids["2.2"]).item
    assert (item.without_date, item.overdue) == (True, False)

    with school9.write() as write:
        core.fire(write, school9.ids["2.2"], "set_schedule", fields={"starts_on": "2026-11-20", "due_on": "2026-12-01"})

    with school9.read(datetime(2026, 12, 4, 9, tzinfo=UTC)) as read:
        item = views.item_page(read, school9.ids["2.2"]).item
    assert (item.starts_on, item.overdue_by_days, item.without_date) == (date(2026, 11, 20), 3, False)


def test_the_desk_shows_what_is_late_soon_and_undated(school9: Place) -> None:
    with school9.write() as write:
        core.fire(write, school9.ids["2.2"], "set_schedule", fields={"due_on": "2026-11-20"})
        operations.assign_responsible(write, [school9.ids["2.2"]], RESPONSIBLE_PERSON)

    with school9.read() as read:
        desk = views.desk(read)
        mine = views.desk(read, responsible_person_id=RESPONSIBLE_PERSON)
        late = views.find_items(read, views.ItemFilter(status="overdue"))

    assert desk.overdue[0].key == "1.1"
    assert {item.key for item in late} == {item.key for item in desk.overdue}
    assert "5.1" in {item.key for item in desk.overdue}
    assert [item.key for item in desk.due_soon] == ["2.2"]
    assert "3.1" in {item.key for item in desk.without_date}
    assert "6.5" in {item.key for item in desk.without_date}
    assert (desk.counts.total, desk.counts.text) == (51, "0 из 51")
    assert [item.key for item in mine.due_soon] == ["2.2"]
    assert mine.counts.total == 1


def test_progress_is_a_figure_of_the_organisation(school9: Place) -> None:
    with school9.write() as write:
        core.fire(write, school9.ids["5.1"], "complete")
        core.fire(write, school9.ids["3.1"], "drop", ground="Нет заявок")

    with school9.read() as read:
        names = ["road_map_progress"]
        facts = read.catalogue.load_facts(
            read.session, school9.scope, "organisation", names, [school9.scope], read.today
        )
    share = facts[school9.scope]["road_map_progress"]
    assert (share.done, share.total) == (1, 50)
    assert share.missing[0].label.startswith("1.1 ")


# -- a district -------------------------------------------------------------------------------------------------------


def test_a_district_item_is_done_by_each_organisation(district: Place) -> None:
    district.adopt("tarasovsky_2020", date(2026, 1, 1))
    with district.read() as read:
        page = views.item_page(read, district.ids["1.4"])
    times = {time.label: time for time in page.item.occurrences}
    assert set(times) == {"Детский сад «Ручеёк»", "Школа № 5", "Школа с. Ключевое"}
    assert (page.item.overdue_by_days, page.item.lateness.missed[0]) == (30, "Детский сад «Ручеёк»")

    for label in ("Школа № 5", "Школа с. Ключевое"):
        with district.write() as write:
            fields = {"text": "Положение прислано", "occurrence": times[label].id}
            core.fire(write, district.ids["1.4"], "log_fact", fields=fields)

    with district.read() as read:
        line = views.item_page(read, district.ids["1.4"]).item.evidence_lines[0]
    assert (line.title, line.text, [one.label for one in line.missing]) == (
        "Положение о программе наставничества",
        "2 из 3",
        ["Детский сад «Ручеёк»"],
    )


def test_a_new_school_of_the_district_is_added_to_the_items(district: Place) -> None:
    district.adopt("tarasovsky_2020", date(2026, 1, 1))
    fifth = "0" * 31 + "5"
    with district.engine.write(fifth, SYSTEM, now=district.now) as write:
        write.session.add(
            Organisation(
                id=fifth, organisation_id=fifth, kind="school", title="Лицей", short_title="Лицей", parent_id=DISTRICT
            )
        )

    with district.write() as write:
        added = operations.add_organisations(write, district.road_map_id)
        again = operations.add_organisations(write, district.road_map_id)

    with district.read() as read:
        items = views.find_items(read)
    mine = [item for item in items if item.by_organisation]
    times = len(shipped_map("tarasovsky_2020").item("6.1").deadline.dates)
    assert (added, again) == (len(mine) - 1 + times, 0)
    assert all(item.occurrences[-1].label.endswith("Лицей") for item in mine)
    assert [item.occurrences[-1].label for item in mine if item.key == "6.1"] == ["декабрь 2030, Лицей"]


def test_listed_decembers_are_occurrences(district: Place) -> None:
    district.adopt("tarasovsky_2020", date(2026, 1, 1))

    with district.read() as read:
        item = views.item_page(read, district.ids["6.2"]).item

    assert [time.label for time in item.occurrences][:2] == ["декабрь 2026", "декабрь 2027"]
    assert (item.overdue, item.lateness.next_due) == (False, date(2026, 12, 31))


# -- the map itself, the year after -----------------------------------------------------------------------------------


def test_items_run_in_a_draft_and_the_map_is_approved_later(school9: Place) -> None:
    act = paper(school9, "order")
    with school9.write() as write:
        core.fire(write, school9.ids["5.1"], "complete")
        core.fire(
            write,
            school9.road_map_id,
            "approve",
            fields={"by_act": act},
            happened_on=date(2026, 11, 10),
            ground="Подписана раньше",
        )

    with school9.read() as read:
        page = views.map_page(read, school9.road_map_id)
        listed = views.maps(read)
    assert (page.state_title, page.note) == ("Утверждена", "")
    section = next(section for section in page.sections if section.number == "5")
    assert (section.counts.text, section.state_title, section.counts.overdue_text) == ("1 из 3", "Идёт", "")
    assert page.sections[0].counts.overdue_text == "просрочено 8"
    assert [(one.id, one.counts.text) for one in listed] == [(school9.road_map_id, "1 из 51")]


def test_found_items_leave_nothing_to_accept(school: Place) -> None:
    school.adopt("kakhun_2025", done={"1/1": FoundItem(date(2026, 9, 30), state="partly_done")})

    with school.read() as read:
        item = views.item_page(read, school.ids["1/1"]).item
    assert (item.state_title, item.is_open, item.overdue) == ("Выполнен частично", False, False)
