"""Forms of steps, made from the definition: the day, the typed fields of the event, remark and ground.

Used by the pages of pairs, items and papers alike. People and papers to choose from are given by the view, so a form never
asks the database. What was typed stays when a step is refused: `refuse` puts each sentence at its field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation

from workflow_core.definition import EventDefinition, FieldDefinition
from workflow_core.exceptions import GuardRefused, InvalidInput, WorkflowError

Choices = Sequence[tuple[str, str]]
"""(id, words) of the people or papers that a field offers."""

TEXT_LIMIT = 4000
_PREFIX = "value_"
"""Before the names of an event's own fields, so that a plugin's field can't hide one of the form's."""
_DAY_FORMATS = ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d")


def parse_day(text: str) -> date:
    """A day as people type it: 5.11.2026, 05.11.26, 2026-11-05. Raises ValueError."""
    for pattern in _DAY_FORMATS:
        try:
            return datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    raise ValueError("Укажите дату в виде дд.мм.гггг, например 05.11.2026.")


class DayField(DateField):
    """A day in a text field «дд.мм.гггг»; a wrong one stays as it was typed."""

    def __init__(self, label: str = "", validators: list[Any] | None = None, **settings: Any) -> None:
        super().__init__(label, validators, format="%d.%m.%Y", **settings)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed. Raises ValueError with the sentence for the field."""
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = parse_day(valuelist[0])


class StepForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A step of anything: the day it happened, remark, ground, the version that the page showed."""

    happened_on = DayField("Дата события", [Optional()])
    remark = TextAreaField(
        "Примечание", [Optional(), Length(max=TEXT_LIMIT, message="Примечание — не длиннее 4000 знаков.")]
    )
    ground = TextAreaField(
        "Обоснование",
        [Optional(), Length(max=TEXT_LIMIT, message="Обоснование — не длиннее 4000 знаков.")],
        description="Одно-два предложения. Увидят руководитель и проверяющий",
    )
    version = HiddenField()

    event_fields: tuple[FieldDefinition, ...] = ()

    @property
    def own_fields(self) -> list[Field]:
        """The fields of the event itself, in its order."""
        return [self[_PREFIX + one.name] for one in self.event_fields]

    @property
    def expected_version(self) -> int | None:
        """The version of the page, None where the form carries none."""
        shown = self.version.data or ""
        return int(shown) if shown.isdigit() else None

    def step_values(self) -> dict[str, Any]:
        """The typed fields as `operations.fire(fields=…)` takes them: plain values, days as ISO text."""
        return {one.name: _plain(self[_PREFIX + one.name].data) for one in self.event_fields}

    def step(self) -> dict[str, Any]:
        """All arguments of `operations.fire` besides the process and the event."""
        return {
            "fields": self.step_values(),
            "happened_on": self.happened_on.data,
            "remark": self.remark.data or "",
            "ground": self.ground.data or "",
            "expected_version": self.expected_version,
        }

    def refuse(self, error: WorkflowError) -> None:
        """Put the sentences of a refused step at their fields; those of the whole step stand above the form."""
        put_errors(self, error, _PREFIX)


def put_errors(form: Any, error: WorkflowError, prefix: str = "") -> None:
    """Give a form the sentences of `error`: at the field of the same name, else above the form."""
    if isinstance(error, InvalidInput):
        for name, sentence in error.errors.items():
            known = next((form[key] for key in (prefix + name, name) if name and key in form), None)
            if known is None:
                form.form_errors = [*form.form_errors, sentence]
            else:
                known.errors = [*known.errors, sentence]
    elif isinstance(error, GuardRefused):
        form.form_errors = [*form.form_errors, *(f"{blocker.text}." for blocker in error.blockers)]
    else:
        form.form_errors = [*form.form_errors, str(error)]


def event_form(
    event: EventDefinition,
    *,
    today: date,
    version: int | None = None,
    choices: Mapping[str, Choices] | None = None,
    needs_ground: bool = False,
    posted: bool = False,
) -> StepForm:
    """The form of one step. `choices` gives people, papers and links to choose from by the name of the field.

    A link without choices is a line of text. `posted`: read what the request brought; else the day is today's.
    """
    members: dict[str, Any] = {_PREFIX + one.name: _made(one, (choices or {}).get(one.name)) for one in event.fields}
    members["event_fields"] = event.fields
    if needs_ground or event.ground:
        sentence = "Напишите, на каком основании."
        members["ground"] = TextAreaField(
            "Обоснование",
            [InputRequired(sentence), Length(max=TEXT_LIMIT, message="Обоснование — не длиннее 4000 знаков.")],
            description="Одно-два предложения. Увидят руководитель и проверяющий",
        )
    form_class = type("EventForm", (StepForm,), members)
    data = {"happened_on": today, "version": "" if version is None else str(version)}
    form: StepForm = form_class(formdata=request.form if posted else None, data=data)
    return form


def _made(one: FieldDefinition, choices: Choices | None) -> Any:
    """The WTForms field of a field of the definition."""
    rules: list[Any] = [InputRequired(f"Заполните поле «{one.title}».") if one.required else Optional()]
    common: dict[str, Any] = {"description": one.help}
    match one.type:
        case "date":
            return DayField(one.title, rules, **common)
        case "integer":
            least = NumberRange(min=0, message=f"«{one.title}»: число не меньше нуля.")
            return WholeField(one.title, [*rules, least], **common)
        case "percent":
            share = NumberRange(0, 100, f"«{one.title}»: от 0 до 100.")
            return WholeField(one.title, [*rules, share], **common)
        case "boolean":
            return BooleanField(one.title, **common)
        case "text":
            return TextAreaField(
                one.title, [*rules, Length(max=TEXT_LIMIT, message="Не длиннее 4000 знаков.")], **common
            )
        case "choice":
            return _select(one, rules, one.choices, common)
        case "person" | "document":
            return _select(one, rules, choices or (), common)
        case _ if choices is not None:
            return _select(one, rules, choices, common)
        case _:
            return StringField(one.title, [*rules, Length(max=200, message="Не длиннее 200 знаков.")], **common)


class WholeField(IntegerField):
    """A whole number with a Russian sentence for anything else."""

    def pre_validate(self, form: Any) -> None:
        """One sentence is enough: what is no number is not compared with the limits."""
        if self.process_errors:
            raise StopValidation

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed. Raises ValueError with the sentence for the field."""
        self.data = None
        text = (valuelist[0] if valuelist else "").replace("\u00a0", "").replace(" ", "")
        if text:
            try:
                self.data = int(text)
            except ValueError:
                raise ValueError(f"«{self.label.text}»: нужно целое число.") from None


class OfferedField(SelectField):
    """A choice whose refusal says so in Russian."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what was not offered."""
        if self.data and self.data not in self.offered:
            raise StopValidation(f"«{self.label.text}»: выберите из списка.")

    @property
    def offered(self) -> set[str]:
        """The values that may be chosen."""
        return {choice.value for choice in self.choices or () if isinstance(choice, SelectChoice)}


def _select(one: FieldDefinition, rules: list[Any], choices: Choices, common: dict[str, Any]) -> Any:
    first = ("", "Выберите" if one.required else "не указано")
    offered = [SelectChoice(value, words) for value, words in (first, *choices)]
    return OfferedField(one.title, rules, choices=offered, **common)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
