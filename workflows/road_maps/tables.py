"""Registers of running road maps: the map, its sections and items, what proves an item, when it falls due, what was done.

States are processes (`road_map`, `stage`, `activity`; the process has the row's id) and stand in no column here.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from workflow_core.tables import Register, metadata
from workflows.documents import tables as _documents  # noqa: F401  (foreign keys lead there)
from workflows.organisations import tables as _organisations  # noqa: F401


def _link(target: str, *, nullable: bool = False, index: bool = True) -> sa.Column[str]:
    # Checked at the commit: rows of one operation may be written in any order.
    key = sa.ForeignKey(f"{target}.id", deferrable=True, initially="DEFERRED")
    return sa.Column(sa.String(32), key, nullable=nullable, index=index)


class RoadMap(Register, table=True):
    """A road map that the organisation has taken into work."""

    __tablename__ = "road_map"

    source_code: str = Field(default="", max_length=64)
    """Code of the map that it was taken from, shipped or own."""
    title: str
    level: str = Field(default="other", max_length=16)
    period_text: str = ""
    period_start: date | None = None
    period_end: date | None = None
    """Both None: the map names no period and nobody has answered yet."""
    edition: str = ""
    """«редакция от 12.01.2027»; empty for the first."""
    previous_id: str | None = Field(default=None, sa_column=_link("road_map", nullable=True))
    """The map of the year before that this one was copied from."""
    adopted_on: date
    source: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """The map as it was taken, in the shape of the reader's contract; replaced whole, never changed inside."""


class Stage(Register, table=True):
    """A section («раздел») of a map, «этап» where the map calls it so."""

    __tablename__ = "stage"

    road_map_id: str = Field(sa_column=_link("road_map"))
    number: str = Field(default="", max_length=16)
    title: str
    short_title: str = ""
    lead_in: str = ""
    position: int
    """From 1 within the map."""
    word: str = Field(default="раздел", max_length=16)


class Activity(Register, table=True):
    """An item («пункт плана»). Without `due_on` it can't be late; without a responsible person it is nobody's own."""

    __tablename__ = "activity"
    __table_args__ = (sa.Index("ix_activity_organisation_id_due_on", "organisation_id", "due_on"),)

    road_map_id: str = Field(sa_column=_link("road_map"))
    stage_id: str = Field(sa_column=_link("stage"))
    parent_id: str | None = Field(default=None, sa_column=_link("activity", nullable=True))
    """The heading item that this one stands under (6.5 for 6.5.1)."""
    key: str = Field(max_length=32)
    """Name within the map that its template gave: the number where numbers are unique, else «section/position»."""
    number: str = Field(default="", max_length=16)
    text: str
    short_title: str = ""
    subpoints: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    position: int
    """From 1 within the section."""
    deadline: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The deadline as the map has it, DEADLINE of the reader's contract; a new date changes only `due_on`."""
    starts_on: date | None = None
    due_on: date | None = None
    """Last day in time, as it stands now."""
    planned_due_on: date | None = None
    """Last day in time when the map was taken into work: what a shifted date is shown beside."""
    responsible: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """RESPONSIBLE of the reader's contract: printed words, codes of roles."""
    responsible_person_id: str | None = Field(default=None, sa_column=_link("person", nullable=True))
    result: str = ""
    indicator: str = ""
    acceptance: str = Field(default="none", max_length=16)
    """paper | head | district | none."""
    documents: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    by_organisation: bool = False
    """Each organisation of the district does it for itself."""
    carried_to_id: str | None = Field(default=None, sa_column=_link("activity", nullable=True))
    """The item of the next map that goes on with it."""


class EvidenceLine(Register, table=True):
    """One thing that proves an item; the meaning of the fields is that of `map_template.EvidenceLine`."""

    __tablename__ = "evidence_line"

    activity_id: str = Field(sa_column=_link("activity"))
    position: int
    title: str
    kind: str = Field(max_length=16)
    """document | fact | count."""
    document: str = Field(default="", max_length=64)
    fact: str = Field(default="", max_length=64)
    share: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    per_organisation: bool = False


class Occurrence(Register, table=True):
    """One of the times, or one of the organisations, that an item has to be done for."""

    __tablename__ = "occurrence"

    activity_id: str = Field(sa_column=_link("activity"))
    label: str
    """«I четверть 2026/27», «Школа с. Ключевое», «декабрь 2026, Школа с. Ключевое»."""
    position: int
    starts_on: date | None = None
    due_on: date | None = None
    for_organisation_id: str | None = Field(default=None, sa_column=_link("organisation", nullable=True))
    before_adoption: bool = False
    """Fell due before the map was taken into work: shown, never counted as late."""
    done_on: date | None = None
    remark: str = ""


class ActivityFact(Register, table=True):
    """Something that was done for an item: the line that the curator writes."""

    __tablename__ = "activity_fact"

    activity_id: str = Field(sa_column=_link("activity"))
    happened_on: date
    text: str
    link: str = ""
    document_id: str | None = Field(default=None, sa_column=_link("document", nullable=True))
    occurrence_id: str | None = Field(default=None, sa_column=_link("occurrence", nullable=True))


class MapFileStatus(StrEnum):
    """How far the reading of an uploaded file has come."""

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"


class MapFile(Register, table=True):
    """An uploaded file with somebody's road map: what was read in it, and what a person answered.

    The bytes lie beside the files of papers under their SHA-256. What becomes a rule is the map that is accepted from it
    (`OwnMap`), which is recorded whole; the reading can be made again from the bytes at any time and is not recorded.
    """

    __tablename__ = "map_file"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "sha256"),)
    unrecorded: ClassVar[frozenset[str]] = frozenset({"reading", "source", "answers"})

    name: str
    """As it was called on the uploader's computer, without its folder."""
    sha256: str = Field(foreign_key="file_blob.sha256", index=True, max_length=64)
    size: int
    """Bytes."""
    format: str = Field(default="", max_length=16)
    """docx, xlsx, html, text, pdf, odt; empty until it is read."""
    uploaded_on: date
    uploaded_by: str = ""
    """Name of the account, for the list of files."""
    reading_status: str = Field(default=MapFileStatus.WAITING.value, max_length=16)
    refusal: str = ""
    """Why the file could not be read: one sentence for the page."""
    version: int = 1
    """Grows with every change; a form that shows an older one is stale."""
    reading: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The object of `marshrut road-map read`, with the places of fields; see `file_reading`."""
    source: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The file as laid out cells (`reader.bounded.to_plain`), for the page that lays it beside the reading."""
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """What a person corrected and confirmed, see `draft`; replaced whole, never changed inside."""
    own_map_id: str | None = Field(default=None, sa_column=_link("own_map", nullable=True))
    """The map that was accepted from it."""


class OwnMap(Register, table=True):
    """A road map of the organisation itself that can be taken into work, as the shipped ones."""

    __tablename__ = "own_map"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "code"),)

    code: str = Field(max_length=64)
    title: str
    body: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """The map in the shape of the shipped map files; replaced whole, never changed inside."""
    map_file_id: str = Field(default="", max_length=32)
    """The file that the newest edition was accepted from; no foreign key, the file has one to here."""
    edition: int = 1
    accepted_on: date


counted_calendar_table = sa.Table(
    "counted_calendar",
    metadata,
    sa.Column("organisation_id", sa.String(32), primary_key=True),
    sa.Column("calendar", sa.Text, nullable=False),
)
"""The working calendar by which the deadlines of an organisation's items were counted last (`WorkingCalendar.to_json`)."""

EXEMPT = {"counted_calendar": "what was known when dates were counted; the entries of the items tell what moved"}


class CalendarFeed(Register, table=True):
    """Somebody's subscription to the dates of a map, under an address that only its owner was shown.

    The address is made of the row's id and a signature of the installation, so nobody who reads the database can make one.
    """

    __tablename__ = "calendar_feed"

    road_map_id: str = Field(sa_column=_link("road_map"))
    account_id: str = Field(max_length=32)
    began_on: date
    ended_on: date | None = None
    """From this day on the address leads to nothing."""
