"""The difference of two editions: empty for equal ones, whole, and nothing of it applied that was not chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.road_maps.deadlines import Deadline, period_of
from workflows.road_maps.difference import Kind, applied, difference, printed
from workflows.road_maps.map_template import MapItem, MapSection, MapTemplate, Responsible, shipped_maps

VERBS = ("Подготовить", "Провести", "Утвердить", "Собрать", "Обсудить", "Разместить на сайте", "Проверить", "Обновить")
THINGS = (
    "приказ о внедрении модели",
    "список наставников",
    "анкеты наставляемых",
    "согласия на обработку данных",
    "планы работы пар",
    "отчёт о первой встрече",
    "семинар для педагогов",
    "круглый стол с предприятиями",
    "итоги мониторинга",
)
DEADLINES = (
    None,
    Deadline("до 1 ноября 2026", "deadline", None, date(2026, 11, 1)),
    Deadline("до 01.11.2026", "deadline", None, date(2026, 11, 1)),
    Deadline("март 2027", "month", date(2027, 3, 1), date(2027, 3, 31)),
    Deadline("раз в четверть", "recurring", date(2026, 9, 1), date(2027, 8, 31), "term"),
)


def item(text: str, number: str | None = None, **values: object) -> MapItem:
    return replace(MapItem(key=number or text, number=number, text=text, short_title=text), **values)  # type: ignore[arg-type]


def map_of(*sections: tuple[str | None, str, list[MapItem]], title: str = "Дорожная карта") -> MapTemplate:
    made = tuple(MapSection(number, name, name, None, tuple(items)) for number, name, items in sections)
    year = period_of(date(2026, 9, 1), date(2027, 8, 31))
    return MapTemplate("own", title, "school", "", None, None, year, {"section": "раздел"}, (), (), made)


items = st.builds(
    lambda verb, thing, number, deadline, who, result: item(
        f"{verb} {thing}",
        number,
        deadline=deadline,
        responsible=Responsible(who) if who else None,
        result=result,
    ),
    st.sampled_from(VERBS),
    st.sampled_from(THINGS),
    st.sampled_from([None, "1.1", "1.2", "2.1", "2.2", "3"]),
    st.sampled_from(DEADLINES),
    st.sampled_from([None, "Куратор", "Директор"]),
    st.sampled_from([None, "Приказ", "Список"]),
)
maps = st.lists(
    st.tuples(
        st.sampled_from([None, "1", "2"]),
        st.sampled_from(["Подготовка", "Обучение наставников", "Работа пар", "Итоги"]),
        st.lists(items, min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=4,
).map(lambda sections: map_of(*sections))


@given(maps)
@settings(max_examples=25, deadline=None)
def test_a_map_does_not_differ_from_itself(one: MapTemplate) -> None:
    assert difference(one, one).is_empty


@given(maps, maps, st.data())
@settings(max_examples=80, deadline=None)
def test_the_difference_is_whole_and_is_applied_as_chosen(
    old: MapTemplate, new: MapTemplate, data: st.DataObject
) -> None:
    found = difference(old, new)
    assert printed(applied(found)) == printed(new), "with everything taken over it is the new map"
    assert printed(applied(found, ())) == printed(old), "with nothing it is the old one"
    assert difference(old, new) == found, "the answer is always the same"
    # Each line is told once: it stays as one line of the other map, is new, or is dropped.
    assert len(found.items) + len(found.of(Kind.DROPPED)) == len(old.items)
    assert len(set(found.items.values())) + len(found.of(Kind.NEW)) == len(new.items)
    assert len(found.ids) == len(found.changes)
    chosen = data.draw(st.sets(st.sampled_from(sorted(found.ids)))) if found.changes else set()
    came_out = applied(found, chosen)
    dropped = sum(change.id in chosen for change in found.of(Kind.DROPPED))
    added = sum(change.id in chosen for change in found.of(Kind.NEW))
    assert len(came_out.items) == len(old.items) - dropped + added


@pytest.mark.parametrize("template", shipped_maps().values(), ids=lambda one: one.code)
def test_changes_in_shipped_maps_are_told_as_what_they_are(template: MapTemplate) -> None:
    """One item away, one moved to the end, one re-dated, one re-worded: told as just that."""
    laid = [list(section.items) for section in template.sections]
    places = [(s, i) for s, inside in enumerate(laid) for i, one in enumerate(inside) if not template.children(one)]
    gone, redated, reworded, moved = (laid[s][i] for s, i in places[:4])
    due = Deadline("до 1 мая 2031", "deadline", None, date(2031, 5, 1))
    changed = {
        redated.key: replace(redated, deadline=due),
        reworded.key: replace(reworded, text=f"{reworded.text} и разместить на сайте"),
    }
    for inside in laid:
        inside[:] = [changed.get(one.key, one) for one in inside if one not in (gone, moved)]
    laid[-1].append(moved)
    sections = [replace(section, items=tuple(inside)) for section, inside in zip(template.sections, laid, strict=True)]
    found = difference(template, replace(template, sections=tuple(one for one in sections if one.items)))
    assert [change.before for change in found.of(Kind.DROPPED)] == [gone]
    assert [change.after for change in found.of(Kind.REDATED)] == [changed[redated.key]]
    assert [change.after for change in found.of(Kind.REWORDED)] == [changed[reworded.key]]
    assert [change.before for change in found.of(Kind.MOVED)] == [moved]
    assert not found.of(Kind.NEW)


def test_an_inserted_item_shifts_numbers_and_drops_nothing() -> None:
    old = map_of((None, "Подготовка", [item("Издать приказ", "1"), item("Провести семинар", "2")]))
    new = map_of(
        (
            None,
            "Подготовка",
            [item("Издать приказ", "1"), item("Собрать анкеты наставляемых", "2"), item("Провести семинар", "3")],
        )
    )
    found = difference(old, new)
    assert [(change.kind, change.after and getattr(change.after, "number", "")) for change in found.changes] == [
        (Kind.NEW, "2"),
        (Kind.MOVED, "3"),
    ]


def test_the_same_day_in_other_words_is_no_new_date() -> None:
    old = map_of((None, "Подготовка", [item("Издать приказ", "1", deadline=DEADLINES[1])]))
    new = map_of((None, "Подготовка", [item("Издать приказ", "1", deadline=DEADLINES[2])]))
    assert [change.kind for change in difference(old, new).changes] == [Kind.REWORDED]


def test_what_is_not_on_paper_stays_with_the_item() -> None:
    old = map_of((None, "Подготовка", [item("Издать приказ", "1", acceptance="head")]))
    new = map_of((None, "Подготовка", [item("Издать приказ по школе", "1", acceptance="none")]))
    came_out = applied(difference(old, new)).items[0]
    assert (came_out.text, came_out.acceptance) == ("Издать приказ по школе", "head")
