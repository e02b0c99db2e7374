"""A road map from a file: upload it, answer what the reading is unsure of, correct it, accept it. Addresses of `road_maps`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from web import current
from web.event_form import DayField, put_errors
from web.pages import road_maps
from web.pages.documents import sent, uploaded
from web.views import map_files as views
from web.views.map_files import FileQuery
from workflow_core.exceptions import ConcurrentTransition, InvalidInput
from workflow_core.unit_of_work import Outcome, Write
from workflows.documents import files as stored
from workflows.organisations import policy
from workflows.road_maps import map_files, queries
from workflows.road_maps.map_files import ItemInput
from workflows.road_maps.tables import MapFile, MapFileStatus

MEDIA_TYPE = "application/octet-stream"
"""An uploaded file must not open in the admin's pages, whatever it calls itself."""


class ItemForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """All fields of one item."""

    number = StringField("№", [Optional()])
    text = TextAreaField("Что делается", [Optional()])
    deadline = StringField("Срок", [Optional()], description="Как в плане: «до 30.04.2027», «май 2027», «ежемесячно»")
    responsible = StringField("Ответственный", [Optional()])
    result = TextAreaField("Результат", [Optional()])
    indicator = TextAreaField("Показатель", [Optional()])
    documents = SelectMultipleField(
        "Какие документы подтверждают",
        choices=[SelectChoice(code, words) for code, words in views.document_choices()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def given(self) -> ItemInput:
        """What was typed."""
        texts = {name: self[name].data or "" for name in map_files.FIELDS}
        return ItemInput(**texts, documents=tuple(self.documents.data or ()))


class SectionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Number and title of a section."""

    number = StringField("№ раздела", [Optional()])
    title = StringField("Название раздела", [Optional()])


class AboutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What the map says of itself."""

    title = StringField("Название карты", [Optional()])
    organisation = StringField("Организация", [Optional()])
    level = SelectField("Чья карта", choices=[SelectChoice(*one) for one in views.LEVEL_TITLES.items()])
    start = DayField("Действует с", [Optional()])
    end = DayField("Действует по", [Optional()])


# -- step 1: the file -------------------------------------------------------------------------------------------------


@road_maps.page.get("/road-map/files")
def files() -> ResponseReturnValue:
    """The form of the upload and the files that came before."""
    return _files_page()


def _files_page(error: str = "") -> ResponseReturnValue:
    policy.require(current.actor(), "map.files")
    with current.reading() as read:
        lines = views.file_lines(read)
    may_upload = policy.may(current.actor(), "map.upload")
    page = render_template("road_maps/files.html", files=lines, error=error, may_upload=may_upload)
    return (page, 422) if error else page


@road_maps.page.post("/road-map/files")
def upload_file() -> ResponseReturnValue:
    """Keep a file and have it read; the same file again leads to its reading."""
    policy.require(current.actor(), "map.upload")
    given = uploaded("file")
    if given is None:
        return _files_page("Выберите файл с дорожной картой.")
    try:
        outcome = current.perform(lambda write: {"id": map_files.upload(write, *given).id}, "upload_map_file")
    except InvalidInput as error:
        return _files_page(str(error))
    return redirect(url_for("road_maps.file", map_file_id=outcome["id"]))


@road_maps.page.get("/road-map/files/<map_file_id>/source")
def file_source(map_file_id: str) -> ResponseReturnValue:
    """The file as it was uploaded."""
    policy.require(current.actor(), "map.files")
    with current.reading() as read:
        row = queries.map_file(read.session, read.scope, map_file_id)
        content = stored.get(read.session, row.sha256)
    return sent(content, MEDIA_TYPE, row.name)


@road_maps.page.post("/road-map/files/<map_file_id>/retry")
def file_retry(map_file_id: str) -> ResponseReturnValue:
    """«Прочитать ещё раз»."""
    current.perform(lambda write: {"id": map_files.read_again(write, map_file_id).id}, "read_map_again")
    return redirect(url_for("road_maps.file", map_file_id=map_file_id))


@road_maps.page.route("/road-map/files/<map_file_id>/remove", methods=["GET", "POST"])
def file_remove(map_file_id: str) -> ResponseReturnValue:
    """Take the file away with what was read in it, after asking."""
    policy.require(current.actor(), "map.upload")
    with current.reading() as read:
        row = queries.map_file(read.session, read.scope, map_file_id)
    if request.method == "GET":
        return render_template("road_maps/file_remove.html", file=row)
    current.perform(lambda write: _removed(write, map_file_id), "remove_map_file")
    flash("Файл убран.", "success")
    return redirect(url_for("road_maps.files"))


def _removed(write: Write, map_file_id: str) -> Outcome:
    map_files.remove(write, map_file_id)
    return {"id": map_file_id}


# -- step 2: the reading ----------------------------------------------------------------------------------------------


@road_maps.page.get("/road-map/files/<map_file_id>")
def file(map_file_id: str) -> ResponseReturnValue:
    """The file beside its reading; while it is read, a page that asks again by itself."""
    return _file_page(_query(map_file_id, request.args))


def _query(map_file_id: str, given: Mapping[str, str]) -> FileQuery:
    def whole(name: str) -> int:
        text = given.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 7 else 0

    show = given.get("show", "")
    return FileQuery(
        map_file_id,
        show=show if show in views.SHOWS else views.ALL,
        sheet=whole("sheet"),
        at=given.get("at", "")[:100],
        item=given.get("item", "")[:32],
        near=given.get("near", "")[:32],
        add=given.get("add", "")[:80],
        section=given.get("section", "")[:32],
        about="about" in given,
        wide="wide" in given,
        after=whole("after"),
    )


def _file_page(query: FileQuery, form: Any = None, error: str = "") -> ResponseReturnValue:
    """The page; `form` is one that was refused, `error` the sentence at the question that is open."""
    policy.require(current.actor(), "map.files")
    with current.reading() as read:
        row = queries.map_file(read.session, read.scope, query.file_id)
        if row.reading_status != MapFileStatus.READ:
            may_change = policy.may(current.actor(), "map.upload")
            return render_template("road_maps/file_waiting.html", file=row, may_change=may_change)
        view = views.file_view(read, current.actor(), row, query)
        if form is None and view.can_change:
            form = _opened_form(map_files.reviewed(read, row), query)
    page = render_template("road_maps/file.html", view=view, form=form, error=error)
    return (page, 422) if error or (form is not None and (form.errors or form.form_errors)) else page


def _opened_form(review: Any, query: FileQuery) -> Any:
    """The form that the address asks for, filled with what stands."""
    if query.item and (item := review.item(query.item)):
        return ItemForm(formdata=None, data={**map_files.shown(item), "documents": list(item.values["documents"])})
    if query.add:
        return ItemForm(formdata=None)
    section = next((one for one in review.sections if one.id == query.section), None)
    if section:
        return SectionForm(formdata=None, data={"number": section.number or "", "title": section.title})
    if query.about:
        period = review.period
        days = {"start": period.start if period else None, "end": period.end if period else None}
        about = {"title": review.title, "organisation": review.organisation, "level": review.level}
        return AboutForm(formdata=None, data={**about, **days})
    return None


def _version() -> int | None:
    shown = request.form.get("version", "")
    return int(shown) if shown.isdecimal() and len(shown) < 10 else None


def _change(
    query: FileQuery, operation: str, change: Callable[[Write], MapFile], anchor: str = "", form: Any = None
) -> ResponseReturnValue:
    """Do one change of the reading, then back to where it was made; a refused form stands there as it was typed."""
    policy.require(current.actor(), "map.upload")
    try:
        current.perform(lambda write: {"id": change(write).id}, operation)
    except ConcurrentTransition:
        return _stale(query, form)
    except InvalidInput as refused:
        if form is None:
            return _file_page(query, error=str(refused))
        put_errors(form, refused)
        return _file_page(query, form)
    return redirect(FileQuery(query.file_id, show=query.show, sheet=query.sheet).address(anchor))


def _stale(query: FileQuery, form: Any) -> ResponseReturnValue:
    """What stands now beside what was typed; nothing was written."""
    rows: Any = ()
    with current.reading() as read:
        row = queries.map_file(read.session, read.scope, query.file_id)
        item = map_files.reviewed(read, row).item(query.item) if query.item else None
        if item and form is not None:
            rows = views.changed_rows(item, {name: request.form.get(name, "") for name in map_files.FIELDS})
    sentence = "Пока вы проверяли это место, его исправил другой человек. Ваш ответ не записан."
    way_on = ("Открыть как есть", FileQuery(query.file_id, item=query.item).address())
    return render_template("errors/409.html", sentence=sentence, rows=rows, way_on=way_on), 409


def _sent_query(map_file_id: str, **more: Any) -> FileQuery:
    """Where a form of the page stood, by its hidden fields."""
    kept = _query(map_file_id, request.form)
    return FileQuery(map_file_id, show=kept.show, sheet=kept.sheet, **more)


@road_maps.page.post("/road-map/files/<map_file_id>/answer")
def file_answer(map_file_id: str) -> ResponseReturnValue:
    """Answer one doubt; the next one opens."""
    doubt, value = request.form.get("doubt", "")[:100], request.form.get("answer", "")[:20]
    query = _sent_query(map_file_id, at=doubt)
    typed, alike = request.form.get("typed", "")[:1000], "alike" in request.form

    def change(write: Write) -> MapFile:
        return map_files.answer(write, map_file_id, doubt, value, typed, alike=alike, version=_version())

    answer = _change(FileQuery(map_file_id, show=query.show, at=doubt), "answer_map_doubt", change)
    if not isinstance(answer, tuple) and not isinstance(answer, str):
        return redirect(_next_doubt(FileQuery(map_file_id, show=query.show), doubt))
    return answer


def _next_doubt(query: FileQuery, answered: str) -> str:
    """Where the answered doubt's page goes on: the next open one, else the item that was answered."""
    with current.reading() as read:
        row = queries.map_file(read.session, read.scope, query.file_id)
        review = map_files.reviewed(read, row)
    order = [doubt.id for doubt in review.doubts]
    here = order.index(answered) if answered in order else -1
    waiting = sorted(review.open_doubts, key=lambda doubt: (order.index(doubt.id) < here, order.index(doubt.id)))
    if waiting:
        return query.address(f"item-{waiting[0].item}", at=waiting[0].id)
    item = answered.partition(".")[0]
    return query.address(f"item-{item}", near=item)


@road_maps.page.post("/road-map/files/<map_file_id>/items/<item_id>")
def file_item(map_file_id: str, item_id: str) -> ResponseReturnValue:
    """Correct an item, or leave it out and take it back."""
    query, version = _sent_query(map_file_id, item=item_id), _version()
    anchor = f"item-{item_id}"
    if "remove" in request.form:
        return _change(
            query, "remove_map_item", lambda write: map_files.remove_item(write, map_file_id, item_id, version), anchor
        )
    if "restore" in request.form:
        return _change(
            query,
            "restore_map_item",
            lambda write: map_files.restore_item(write, map_file_id, item_id, version),
            anchor,
        )
    form = ItemForm()
    if not form.validate():
        return _file_page(query, form)
    return _change(
        query,
        "change_map_item",
        lambda write: map_files.change_item(write, map_file_id, item_id, form.given(), version),
        anchor,
        form,
    )


@road_maps.page.post("/road-map/files/<map_file_id>/sections/<section_id>/items")
def file_add(map_file_id: str, section_id: str) -> ResponseReturnValue:
    """Add an item behind another one."""
    after, form = request.form.get("after", "")[:32], ItemForm()
    query = _sent_query(map_file_id, add=f"{section_id}:{after}")
    if not form.validate():
        return _file_page(query, form)

    def change(write: Write) -> MapFile:
        return map_files.add_item(write, map_file_id, section_id, after, form.given())

    return _change(query, "add_map_item", change, f"section-{section_id}", form)


@road_maps.page.post("/road-map/files/<map_file_id>/sections/<section_id>")
def file_section(map_file_id: str, section_id: str) -> ResponseReturnValue:
    """Correct a section's number and title."""
    form, version = SectionForm(), _version()

    def change(write: Write) -> MapFile:
        number, title = form.number.data or "", form.title.data or ""
        return map_files.change_section(write, map_file_id, section_id, number, title, version)

    query = _sent_query(map_file_id, section=section_id)
    return _change(query, "change_map_section", change, f"section-{section_id}", form)


@road_maps.page.post("/road-map/files/<map_file_id>/about")
def file_about(map_file_id: str) -> ResponseReturnValue:
    """Correct title, organisation, level and period."""
    form, version = AboutForm(), _version()
    query = _sent_query(map_file_id, about=True)
    if not form.validate():
        return _file_page(query, form)

    def change(write: Write) -> MapFile:
        return map_files.change_about(
            write,
            map_file_id,
            title=form.title.data or "",
            organisation=form.organisation.data or "",
            level=form.level.data or "",
            start=form.start.data,
            end=form.end.data,
            version=version,
        )

    return _change(query, "change_map_about", change, "about", form)


@road_maps.page.post("/road-map/files/<map_file_id>/leftovers/<int:index>")
def file_leftover(map_file_id: str, index: int) -> ResponseReturnValue:
    """What becomes of a piece that was not understood: an item, or nothing."""
    section = request.form.get("section", "")[:32] if "item" in request.form else ""
    version = _version()

    def change(write: Write) -> MapFile:
        return map_files.settle_leftover(write, map_file_id, index, section, version)

    return _change(_sent_query(map_file_id), "settle_map_leftover", change, "leftovers")


# -- step 3: the map --------------------------------------------------------------------------------------------------


@road_maps.page.route("/road-map/files/<map_file_id>/accept", methods=["GET", "POST"])
def file_accept(map_file_id: str) -> ResponseReturnValue:
    """Say what stays open and make the map."""
    policy.require(current.actor(), "map.upload")
    error = ""
    if request.method == "POST":
        chosen, version = request.form.get("becomes", "")[:40], _version()
        try:
            outcome = current.perform(lambda write: _accept(write, map_file_id, chosen, version), "accept_map")
        except ConcurrentTransition:
            return _stale(FileQuery(map_file_id), None)
        except InvalidInput as refused:
            error = str(refused)
        else:
            return _accepted(str(outcome["code"]), str(outcome["road_map"]))
    with current.reading() as read:
        row = queries.map_file(read.session, read.scope, map_file_id)
        if row.reading_status != MapFileStatus.READ:
            return redirect(url_for("road_maps.file", map_file_id=map_file_id))
        view = views.accept_view(read, row, request.form.get("becomes"))
    page = render_template("road_maps/file_accept.html", view=view, error=error)
    return (page, 422) if error else page


def _accept(write: Write, map_file_id: str, chosen: str, version: int | None) -> Outcome:
    """`chosen`: empty for a new map, else an own map («own:…») or a map at work («run:…») of which this is a new edition."""
    kind, _, row_id = chosen.partition(":")
    road_map = queries.road_map(write.session, write.scope, row_id) if kind == views.RUNNING else None
    if road_map is not None:
        own = queries.own_map_of_code(write.session, write.scope, road_map.source_code)
        row_id = own.id if own else ""
    elif kind != views.OWN:
        row_id = ""
    made = map_files.accept(write, map_file_id, row_id, version)
    return {"code": made.code, "road_map": road_map.id if road_map else ""}


def _accepted(code: str, road_map_id: str) -> ResponseReturnValue:
    if road_map_id:
        flash("Новая редакция принята. Сравните её с картой, которая в работе.", "success")
        return redirect(url_for("editions.show", road_map_id=road_map_id, code=code))
    flash("Карта принята. Теперь её можно взять в работу.", "success")
    if policy.may(current.actor(), "map.adopt"):
        return redirect(url_for("road_maps.adopt", code=code))
    return redirect(url_for("road_maps.files"))
