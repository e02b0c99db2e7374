"""Registers of a place: organisations in a tree, people, who may what and since when, who signs, settings.

Everything that somebody is, may or decides has a first and, if known, a last day (inclusive), because papers and guards ask
«on the day». Rows never tell a state.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from workflow_core.tables import Register, metadata


class OrganisationKind(StrEnum):
    """What kind of place it is; the words for it are in `words.py`."""

    SCHOOL = "school"
    KINDERGARTEN = "kindergarten"
    COLLEGE = "college"
    DISTRICT = "district"
    REGION = "region"


class PersonKind(StrEnum):
    """What a person is to the organisation."""

    PUPIL = "pupil"
    """A pupil or student: somebody with a class or group, of age or not."""
    EMPLOYEE = "employee"
    PARENT = "parent"
    """A parent, guardian or other legal representative."""
    OUTSIDE = "outside"
    """An adult from elsewhere: a partner's employee, a student of a college."""


class Organisation(Register, table=True):
    """A school, kindergarten, college, district or region; a scope of its own (`organisation_id` is its `id`)."""

    __tablename__ = "organisation"

    parent_id: str | None = Field(default=None, foreign_key="organisation.id", index=True, max_length=32)
    kind: str = Field(max_length=16)
    title: str
    """Full, as in the charter: it stands in the head of papers."""
    short_title: str
    founder: str = ""
    place: str = ""
    """«с. Ключевое»: the line beside the date of an order."""
    time_zone: str = Field(default="Europe/Moscow", max_length=64)
    profile: str = Field(default="", max_length=64)
    """Code of the profile that the place chose; empty: that of the organisations above it, else the core's rules."""
    address: str = ""
    active: bool = True


class Person(Register, table=True):
    """Somebody known to the organisation. Birth date and contacts are personal data: see `policy.PERSONAL_READ`."""

    __tablename__ = "person"
    __table_args__ = (
        sa.Index("ix_person_organisation_id_sort_key_id", "organisation_id", "sort_key", "id"),
        sa.Index("ix_person_organisation_id_class_name_sort_key_id", "organisation_id", "class_name", "sort_key", "id"),
        sa.Index("ix_person_organisation_id_kind_sort_key_id", "organisation_id", "kind", "sort_key", "id"),
        sa.Index("ix_person_organisation_id_kind_left_on", "organisation_id", "kind", "left_on"),
    )

    family_name: str
    given_name: str
    patronymic: str = ""
    sex: str = Field(default="", max_length=1)
    """"m", "f" or "" (unknown)."""
    kind: str = Field(max_length=16)
    post: str = ""
    class_name: str = Field(default="", max_length=32)
    """«7 «Б»», a college's group; kindergartens leave it empty."""
    birth_date: date | None = None
    phone: str = ""
    email: str = ""
    name_forms: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """The name in all cases (`names.NameForms`), mended by hand where the rules err; replaced whole, never changed inside."""
    sort_key: str = ""
    """See `people.sort_key`."""
    left_on: date | None = None
    """The last day in the organisation."""
    admission_checked_on: date | None = None
    """Day on which an outside adult's admission to work with minors was checked."""


class Representative(Register, table=True):
    """A parent or guardian who signs for a pupil."""

    __tablename__ = "representative"

    pupil_id: str = Field(foreign_key="person.id", index=True, max_length=32)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=32)
    relation: str = Field(max_length=64)
    """«мать», «отец», «опекун»."""
    basis: str = ""
    """Paper that a guardian's right rests on; empty for parents."""


class Membership(Register, table=True):
    """An account holds a role in an organisation from day to day. Accounts themselves live at the web edge."""

    __tablename__ = "membership"
    __table_args__ = (sa.Index("ix_membership_account_id_valid_from", "account_id", "valid_from"),)

    account_id: str = Field(max_length=64)
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True, max_length=32)
    role: str = Field(max_length=32)
    valid_from: date
    valid_to: date | None = None


class Signatory(Register, table=True):
    """Who signs papers for the organisation: its head, or an acting head by order, from day to day."""

    __tablename__ = "signatory"

    person_id: str = Field(foreign_key="person.id", index=True, max_length=32)
    title: str
    """As it stands above the signature: «директор», «и. о. директора»."""
    order: str = ""
    """«приказ № 98-к от 01.09.2026»; needed for an acting head."""
    acting: bool = False
    valid_from: date
    valid_to: date | None = None


class StandIn(Register, table=True):
    """Somebody does another person's work in a role by order, from day to day."""

    __tablename__ = "stand_in"

    role: str = Field(max_length=32)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=32)
    """Who stands in."""
    for_person_id: str = Field(foreign_key="person.id", max_length=32)
    order: str
    valid_from: date
    valid_to: date | None = None


class Setting(Register, table=True):
    """A rule of the organisation's own, over those of its profile, from a day on; a later row of the same key ends it."""

    __tablename__ = "setting"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "key", "valid_from"),)

    key: str
    """Name of a setting, or «definition/event/guard» for a severity."""
    value: Any = Field(default=None, sa_type=sa.JSON)
    valid_from: date


class DaysWhy(StrEnum):
    """Why some days differ from the national calendar."""

    QUARANTINE = "quarantine"
    TRANSFER = "transfer"
    REGIONAL = "regional"
    OWN = "own"


class CalendarDays(Register, table=True):
    """Days that the organisation, and all below it, do not work, or work all the same; both ends included."""

    __tablename__ = "calendar_days"

    first_day: date
    last_day: date
    off: bool = True
    """False: working days, such as a Saturday worked for another day."""
    why: str = Field(max_length=16)
    note: str = ""
    """The order or the occasion: «приказ № 14», «День села»."""


search_entry_table = sa.Table(
    "search_entry",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("organisation_id", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("shelf", sa.String(8), nullable=False),
    sa.Column("subject_id", sa.String(32), nullable=False),
    sa.Column("order_key", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # PostgreSQL only, with a GIN index; SQLite's trigrams stand in the FTS5 table `search_trigram`.
    sa.Column("trigrams", sa.Text().with_variant(ARRAY(sa.Text), "postgresql")),
    sa.Index("uq_search_entry_subject_id", "subject_id", unique=True),
    sa.Index(
        "ix_search_entry_organisation_id_kind_order_key_subject_id",
        "organisation_id",
        "kind",
        "order_key",
        "subject_id",
    ),
)
"""What people search in, one line for each person, pair, paper and item: see `search_index`."""

EXEMPT = {"search_entry": "made from registers by triggers; `marshrut search rebuild` makes it anew"}
"""Tables without entries of their own, each with the reason."""
