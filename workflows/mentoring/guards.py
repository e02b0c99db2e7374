"""Rules of pairs: pure claims over frozen facts. What holds the order of steps is here, what people must have is in `readiness.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import CalendarMissing
from workflow_core.guards import Actor, Blocker, Facts, Guard, Link
from workflow_core.timers import WORKING_CALENDAR
from workflows.mentoring.readiness import NEWCOMERS, READINESS_GUARDS, of_newcomers
from workflows.mentoring.tables import FORM_TITLES, MEETING_TITLES, SIDE_TITLES, Form, MeetingKind, Side
from workflows.mentoring.values import FORM_KINDS, PairOrders
from workflows.organisations.people import KIND_TITLES

NOTICE_DAYS = 3
"""Working days between notice and end where the employer or the mentor ends the work: Labour Code, article 351.8."""
PLAN_SHARE = 90
"""Per cent of the plan that is expected at the closing meeting; a note, never a wall."""
MAX_MENTEES = 5


def mentor_is_not_mentee(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    mentors = {member.person_id for member in facts.members if member.is_mentor}
    for member in facts.members:
        if not member.is_mentor and member.person_id in mentors:
            yield Blocker(
                "own_mentee",
                f"{member.name}: и наставник, и наставляемый",
                "Наставником себе быть нельзя: выберите другого участника",
                facts.programme.curator,
            )


def form_allowed(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    programme = facts.programme
    title = _form_title(programme.form)
    if programme.programme_form and programme.form != programme.programme_form:
        asked = _form_title(programme.programme_form)
        yield Blocker(
            "other_form",
            f"Форма «{title}»: в программе другая, «{asked}»",
            "Выберите форму программы или измените её в самой программе",
            programme.curator,
            Link("edit_programme", programme.id, "Открыть программу"),
        )
    allowed = dict(zip((Side.MENTOR, Side.MENTEE), FORM_KINDS.get(programme.form, ()), strict=False))
    for member in facts.members:
        kinds = allowed.get(member.side)
        if kinds and member.kind not in kinds:
            expected = " или ".join(sorted(KIND_TITLES.get(kind, kind) for kind in kinds))
            yield Blocker(
                "form_not_allowed",
                f"{member.name}: не подходит под форму «{title}»",
                f"{SIDE_TITLES[Side(member.side)].capitalize()} в этой форме — {expected}",
                programme.curator,
                Link("edit_person", member.person_id, "Открыть карточку"),
                {"person": member.person_id, "form": programme.form, "kind": member.kind},
            )


newcomer_suits = of_newcomers(form_allowed)


def mentor_has_room(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    limit = facts.settings.get("mentor.max_mentees", MAX_MENTEES)
    here = sum(1 for member in facts.members if not member.is_mentor)
    for member in facts.members:
        others = facts.mentor_load.get(member.person_id, 0)
        if member.is_mentor and others and others + here > limit:
            yield Blocker(
                "no_room",
                f"{member.name}: наставляемых станет {others + here}, обычно не больше {limit}",
                f"В других парах уже {others}",
                facts.programme.curator,
                Link("person", member.person_id, "Открыть карточку"),
                {"others": others, "limit": limit},
            )


def pair_not_live(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    names = {member.person_id: member.name for member in facts.members}
    mentors = [member.person_id for member in facts.members if member.is_mentor]
    mentees = [member.person_id for member in facts.members if not member.is_mentor]
    for other in facts.live_pairs_of_members:
        couples = [(a, b) for a in mentors for b in mentees if a in other.mentors and b in other.mentees]
        for mentor, mentee in couples:
            yield Blocker(
                "pair_is_live",
                f"{names[mentor]} — {names[mentee]}: такая пара уже есть",
                "Прежняя пара ещё не завершена",
                facts.programme.curator,
                Link("open_pair", other.pair_id, "Открыть пару"),
                {"pair": other.pair_id},
            )


def in_bank(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    place = "базе" if facts.settings.get("words.bank") == "база" else "банке"
    for member in facts.members:
        if not member.in_bank:
            side = "наставников" if member.is_mentor else "наставляемых"
            yield Blocker(
                "not_in_bank",
                f"{member.name}: нет в {place} {side} этой программы",
                "Внесите участника в программу на его странице",
                facts.programme.curator,
                Link("enrol", member.person_id, "Внести в программу"),
            )


def not_before_order(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    orders: PairOrders = facts.orders
    if orders.in_force or not orders.signed:
        return
    first = min(orders.signed, key=lambda order: order.signed_on or date.max)
    if first.signed_on and on_date < first.signed_on:
        yield Blocker(
            "before_order",
            f"Дата раньше приказа: № {first.number} от {first.signed_on:%d.%m.%Y}",
            "До приказа пара ещё не закреплена",
            facts.programme.curator,
            Link("document", first.document_id, "Открыть приказ"),
            {"order": first.document_id, "signed_on": first.signed_on.isoformat()},
        )


def trial_held(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    if facts.settings.get("meetings.combine"):
        return
    if facts.process.state != "trial" and MeetingKind.TRIAL not in facts.meetings.kinds:
        yield _meeting_missing(facts, MeetingKind.TRIAL)


def meetings_before_work(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    trial = () if facts.settings.get("meetings.combine") else (MeetingKind.TRIAL,)
    for kind in (MeetingKind.ACQUAINTANCE, *trial, MeetingKind.PLANNING):
        if kind not in facts.meetings.kinds:
            yield _meeting_missing(facts, kind)


def _meeting_missing(facts: Facts, kind: MeetingKind) -> Blocker:
    return Blocker(
        f"no_{kind}_meeting",
        f"В журнале встреч нет записи: {MEETING_TITLES[kind]}",
        "Встречи до начала работы записывают в журнал, хотя бы одним днём",
        _curator_or_mentor(facts),
        Link(f"record_{kind}", facts.process.id, "Записать встречу"),
        {"kind": str(kind)},
    )


def plan_drawn_up(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    if not facts.plan.exists:
        yield Blocker(
            "no_plan",
            "Плана ещё нет: ни задач, ни документа",
            "План составляют на встрече-планировании, программу — до начала работы",
            _curator_or_mentor(facts),
            Link("add_plan", facts.process.id, "Составить план"),
        )


def plan_approved(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    if not facts.plan.is_approved:
        yield Blocker(
            "plan_not_approved",
            "План не утверждён",
            "Утверждает приказ или подпись руководителя на самом плане",
            facts.programme.head,
            Link("approve_plan", facts.process.id, "Отметить утверждение"),
            {"plan": facts.plan.document_id},
        )


def left_after_joining(facts: Facts, _actor: Actor, event: str, _on_date: date) -> Iterator[Blocker]:
    """Nobody leaves before the day on which they joined; a parting ends everybody's place."""
    for person_id, (name, joined_on) in facts.joined_later.items():
        if event == "dissolve" or person_id == facts.fields.get("leaves"):
            yield Blocker(
                "joined_later",
                f"{name}: в паре только с {joined_on:%d.%m.%Y}",
                "Укажите день не раньше",
                facts.programme.curator,
                values={"person": person_id, "joined_on": joined_on.isoformat()},
            )


def approved_plan_exists(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    if not (facts.plan.is_approved or facts.plan.previous_is_approved):
        yield Blocker(
            "no_approved_plan",
            "Утверждённого плана с прежней работы нет",
            "Без него пара идёт обычным путём: встречи, план, начало работы",
            facts.programme.curator,
            Link("approve_plan", facts.process.id, "Отметить утверждение"),
        )


def plan_share(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    plan = facts.plan
    if plan.tasks and plan.done * 100 < plan.tasks * PLAN_SHARE:
        yield Blocker(
            "plan_share",
            f"Выполнено задач плана: {plan.done} из {plan.tasks}",
            f"К итоговой встрече обычно выполнено не меньше {PLAN_SHARE} %",
            _curator_or_mentor(facts),
            Link("add_plan", facts.process.id, "Открыть план"),
            {"done": plan.done, "total": plan.tasks},
        )


def plan_handed_over(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    if not (facts.plan.exists or facts.meetings.count):
        return
    given = facts.fields.get("hand_over")
    if not given:
        text = "Нет записи о передаче плана и журнала встреч"
        why = "Новый наставник продолжает с того же места"
        yield Blocker("not_handed_over", text, why, facts.programme.curator, _enter_paper(facts))
    elif given not in facts.pair_papers:
        text = "Документ о передаче не относится к этой паре"
        why = "Выберите документ из папки пары"
        yield Blocker("foreign_paper", text, why, facts.programme.curator, _enter_paper(facts))


def _enter_paper(facts: Facts) -> Link:
    return Link("enter_pair_paper", facts.process.id, "Внести документ")


def members_still_here(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    for member in facts.members:
        left = member.left_organisation_on
        if left is not None and left < on_date:
            yield Blocker(
                "member_left",
                f"{member.name}: в организации только до {left:%d.%m.%Y}",
                "Замените участника или прекратите пару",
                facts.programme.curator,
                Link("edit_person", member.person_id, "Открыть карточку"),
                {"person": member.person_id, "left_on": left.isoformat()},
            )


def next_year_open(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    if facts.next_cycle.continued_in:
        yield Blocker(
            "already_continued",
            "Эта пара уже продолжена в новой программе",
            "Работайте с новой парой или откажитесь от неё",
            facts.programme.curator,
            Link("open_pair", facts.next_cycle.continued_in, "Открыть новую пару"),
        )
    elif not facts.next_cycle.has_programme and not facts.fields.get("programme"):
        yield Blocker(
            "no_next_programme",
            "Программы нового года ещё нет",
            "Создайте программу, в которой пара продолжит работу",
            facts.programme.curator,
            Link("new_programme", facts.process.id, "Создать программу"),
        )


def notice_given(facts: Facts, _actor: Actor, _event: str, on_date: date) -> Iterator[Blocker]:
    if facts.fields.get("cause") != "employer_cancelled":
        return
    for member in facts.members:
        if not member.is_mentor or member.kind != "employee":
            continue
        noticed = facts.fields.get("notice_on")
        if noticed is None:
            text = f"{member.name}: нет даты уведомления"
            why = "Работника предупреждают не позднее чем за три рабочих дня"
            yield Blocker("no_notice", text, why, facts.programme.head)
        elif on_date < (first := _working_days_after(facts.working_calendar, noticed, NOTICE_DAYS)):
            yield Blocker(
                "notice_too_short",
                f"{member.name}: уведомление {noticed:%d.%m.%Y}, прекратить можно с {first:%d.%m.%Y}",
                "Работника предупреждают не позднее чем за три рабочих дня",
                facts.programme.head,
                values={"notice_on": noticed.isoformat(), "first": first.isoformat()},
            )


def _working_days_after(calendar: WorkingCalendar, day: date, count: int) -> date:
    try:
        return calendar.add_working_days(day, count)
    except CalendarMissing:
        # A year whose transfers are not published yet: the fixed holidays alone are the shortest term that can hold.
        years = calendar.own_years | {day.year, day.year + 1}
        return replace(calendar, own_years=frozenset(years)).add_working_days(day, count)


def _form_title(form: str) -> str:
    return FORM_TITLES[Form(form)] if form in Form.__members__.values() else form


def _curator_or_mentor(facts: Facts) -> str:
    leading = [member.name for member in facts.members if member.leads]
    return ", ".join([*(f"{name}, наставник" for name in leading), facts.programme.curator])


GUARDS = (
    Guard("mentor_is_not_mentee", "никто не наставник самому себе", mentor_is_not_mentee, ("members", "programme")),
    Guard("form_allowed", "участники подходят под форму наставничества", form_allowed, ("members", "programme")),
    Guard("newcomer_suits", "новый участник подходит под форму наставничества", newcomer_suits, NEWCOMERS),
    Guard("mentor_has_room", "у наставника есть место", mentor_has_room, ("members", "mentor_load", "programme")),
    Guard("pair_not_live", "такой пары ещё нет", pair_not_live, ("members", "live_pairs_of_members", "programme")),
    Guard("in_bank", "участники есть в банках программы", in_bank, ("members", "programme")),
    *READINESS_GUARDS,
    Guard("not_before_order", "дата не раньше приказа", not_before_order, ("orders", "programme")),
    Guard("trial_held", "пробная встреча прошла", trial_held, ("meetings", "members", "programme")),
    Guard(
        "meetings_before_work",
        "встречи до начала работы прошли",
        meetings_before_work,
        ("meetings", "members", "programme"),
    ),
    Guard("plan_drawn_up", "план составлен", plan_drawn_up, ("plan", "members", "programme")),
    Guard("plan_approved", "план утверждён", plan_approved, ("plan", "programme")),
    Guard("left_after_joining", "выходят не раньше, чем вошли", left_after_joining, ("joined_later", "programme")),
    Guard("approved_plan_exists", "есть утверждённый план", approved_plan_exists, ("plan", "programme")),
    Guard("plan_share", "план в основном выполнен", plan_share, ("plan", "members", "programme")),
    Guard(
        "plan_handed_over",
        "план и журнал переданы новому наставнику",
        plan_handed_over,
        ("plan", "meetings", "pair_papers", "programme"),
    ),
    Guard("members_still_here", "участники остаются в организации", members_still_here, ("members", "programme")),
    Guard(
        "next_year_open", "в новом году есть программа и нет новой пары", next_year_open, ("next_cycle", "programme")
    ),
    Guard(
        "notice_given",
        "работник предупреждён в срок",
        notice_given,
        ("members", "programme", WORKING_CALENDAR),
        "Трудовой кодекс, статья 351.8",
    ),
)
