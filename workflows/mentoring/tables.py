"""Registers of mentoring. The state of a pair is its process (same id) and stands in no column here."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from workflow_core.tables import Register, metadata


class Form(StrEnum):
    """Forms of mentoring: who mentors whom (R-145, section 2)."""

    PUPIL_PUPIL = "pupil_pupil"
    TEACHER_TEACHER = "teacher_teacher"
    STUDENT_PUPIL = "student_pupil"
    EMPLOYER_PUPIL = "employer_pupil"
    EMPLOYER_STUDENT = "employer_student"
    TEACHER_PUPIL = "teacher_pupil"


FORM_TITLES = {
    Form.PUPIL_PUPIL: "ученик — ученик",
    Form.TEACHER_TEACHER: "учитель — учитель",
    Form.STUDENT_PUPIL: "студент — ученик",
    Form.EMPLOYER_PUPIL: "работодатель — ученик",
    Form.EMPLOYER_STUDENT: "работодатель — студент",
    Form.TEACHER_PUPIL: "учитель — ученик",
}


class Side(StrEnum):
    """On which side of a pair somebody stands."""

    MENTOR = "mentor"
    MENTEE = "mentee"


SIDE_TITLES = {Side.MENTOR: "наставник", Side.MENTEE: "наставляемый"}


class MeetingKind(StrEnum):
    """The five kinds of meetings of the target model; most are regular."""

    ACQUAINTANCE = "acquaintance"
    TRIAL = "trial"
    PLANNING = "planning"
    REGULAR = "regular"
    FINAL = "final"


MEETING_TITLES = {
    MeetingKind.ACQUAINTANCE: "знакомство",
    MeetingKind.TRIAL: "пробная встреча",
    MeetingKind.PLANNING: "встреча-планирование",
    MeetingKind.REGULAR: "встреча",
    MeetingKind.FINAL: "итоговая встреча",
}


class MeetingStatus(StrEnum):
    """Whether a line of the meeting log has come true."""

    HELD = "held"
    PLANNED = "planned"
    CANCELLED = "cancelled"


class FeedbackStage(StrEnum):
    """When a questionnaire or an answer was taken."""

    ENTRY = "entry"
    FEEDBACK = "feedback"
    EXIT = "exit"


def _parent(column: str) -> sa.ForeignKey:
    # Checked at the commit: rows of one operation may be written in any order.
    return sa.ForeignKey(column, deferrable=True, initially="DEFERRED")


class Programme(Register, table=True):
    """A mentoring programme, the cycle: one form, one period; holds the banks and the pairs."""

    __tablename__ = "programme"

    title: str = Field(max_length=300)
    form: str = Field(max_length=32)
    """A `Form`, or empty: pairs of several forms."""
    starts_on: date
    ends_on: date
    definition: str = Field(default="pair", max_length=64)
    """Lifecycle of its pairs: pair | pair_teachers, or a region's own that extends them."""
    curator_id: str | None = Field(default=None, max_length=32, index=True)


class Participant(Register, table=True):
    """Somebody in the bank of mentors or of mentees of a programme. Their status is computed, see `status.py`."""

    __tablename__ = "participant"

    programme_id: str = Field(sa_column=sa.Column(sa.String(32), _parent("programme.id"), nullable=False, index=True))
    person_id: str = Field(max_length=32, index=True)
    side: str = Field(max_length=16)
    request: str = Field(default="", max_length=2000)
    """What the mentee asks for, or what the mentor offers."""
    entered_on: date
    left_on: date | None = None
    """First day on which they are no longer in the bank."""
    remark: str = Field(default="", max_length=2000)


class SupportNote(Register, table=True):
    """What was done for a participant who is without a pair: the support goes on until a new choice."""

    __tablename__ = "support_note"

    participant_id: str = Field(
        sa_column=sa.Column(sa.String(32), _parent("participant.id"), nullable=False, index=True)
    )
    noted_on: date
    text: str = Field(max_length=2000)


class Pair(Register, table=True):
    """A pair or group: the subject of a process with the same id."""

    __tablename__ = "pair"
    __table_args__ = (sa.Index("ix_pair_organisation_id_form", "organisation_id", "form"),)

    programme_id: str = Field(sa_column=sa.Column(sa.String(32), _parent("programme.id"), nullable=False, index=True))
    form: str = Field(max_length=32)
    starts_on: date
    ends_on: date
    label: str = Field(default="", max_length=200)
    """Name of a group; a pair is shown by the names of its members."""
    previous_pair_id: str | None = Field(default=None, max_length=32, index=True)
    """The pair of the cycle before, which this one continues."""
    goal: str = Field(default="", max_length=2000)


class PairMember(Register, table=True):
    """Somebody's membership in a pair, from day to day."""

    __tablename__ = "pair_member"

    pair_id: str = Field(sa_column=sa.Column(sa.String(32), _parent("pair.id"), nullable=False, index=True))
    person_id: str = Field(max_length=32, index=True)
    side: str = Field(max_length=16)
    leads: bool = False
    """The leading mentor: exactly one a pair."""
    joined_on: date
    left_on: date | None = None
    """First day on which they are no longer a member."""
    left_ground: str = Field(default="", max_length=500)


class Meeting(Register, table=True):
    """A line of the meeting log. A step such as «Отметить знакомство» writes one too."""

    __tablename__ = "meeting"
    __table_args__ = (sa.Index("ix_meeting_pair_id_held_on", "pair_id", "held_on"),)

    pair_id: str = Field(sa_column=sa.Column(sa.String(32), _parent("pair.id"), nullable=False))
    held_on: date = Field(index=True)
    kind: str = Field(default=MeetingKind.REGULAR, max_length=16)
    status: str = Field(default=MeetingStatus.HELD, max_length=16)
    topic: str = Field(default="", max_length=500)
    summary: str = Field(default="", max_length=4000)
    """What was agreed."""
    minutes: int | None = None
    place: str = Field(default="", max_length=200)
    step_seq: int = 0
    """Number of the history entry whose step wrote the line; 0 = entered in the log itself."""


class PlanTask(Register, table=True):
    """A task of a pair's plan."""

    __tablename__ = "plan_task"

    pair_id: str = Field(sa_column=sa.Column(sa.String(32), _parent("pair.id"), nullable=False, index=True))
    position: int = 0
    title: str = Field(max_length=500)
    stage: str = Field(default="", max_length=32)
    """State of the pair that the task belongs to, or empty."""
    due_on: date | None = None
    expected: str = Field(default="", max_length=1000)
    """Planned result."""
    done_on: date | None = None
    result: str = Field(default="", max_length=1000)
    """What really came out."""


class Feedback(Register, table=True):
    """An answer of one participant: at entry, on the way, at the exit."""

    __tablename__ = "feedback"

    pair_id: str = Field(sa_column=sa.Column(sa.String(32), _parent("pair.id"), nullable=False, index=True))
    person_id: str = Field(max_length=32, index=True)
    stage: str = Field(max_length=16)
    given_on: date
    satisfied: bool | None = None
    remark: str = Field(default="", max_length=2000)


pair_at_work_table = sa.Table(
    "pair_at_work",
    metadata,
    sa.Column("pair_id", sa.String(32), primary_key=True),
    sa.Column("organisation_id", sa.String(32), nullable=False),
    sa.Column("heard_on", sa.String(10), nullable=False),
    sa.Index("ix_pair_at_work_organisation_id_heard_on_pair_id", "organisation_id", "heard_on", "pair_id"),
)
"""Pairs in regular work with the last day that was heard of them: they began, met, or were entered as found."""

EXEMPT = {"pair_at_work": "made from processes and meetings by triggers; `marshrut search rebuild` makes it anew"}
"""Tables without entries of their own, each with the reason."""
