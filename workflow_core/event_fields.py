"""Typed fields of events: a marshmallow schema for each event, made from its definition, with Russian messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

from workflow_core.definition import EventDefinition, FieldDefinition
from workflow_core.exceptions import InvalidInput

_TEXT_LIMITS = {"string": 200, "text": 4000}
_MESSAGES = {
    "required": "Заполните поле «{title}».",
    "null": "Заполните поле «{title}».",
    "invalid": "Поле «{title}» заполнено неверно.",
}


def _messages(field: FieldDefinition) -> dict[str, str]:
    return {key: text.format(title=field.title) for key, text in _MESSAGES.items()}


def _marshmallow_field(field: FieldDefinition) -> fields.Field[Any]:
    common: dict[str, Any] = {
        "required": field.required,
        "allow_none": not field.required,
        "error_messages": _messages(field),
    }
    title = field.title
    match field.type:
        case "date":
            common["error_messages"]["invalid"] = f"«{title}»: укажите дату в виде дд.мм.гггг."
            return fields.Date(**common)
        case "integer":
            return fields.Integer(
                strict=False, validate=validate.Range(0, error=f"«{title}»: число не меньше нуля."), **common
            )
        case "percent":
            return fields.Integer(validate=validate.Range(0, 100, error=f"«{title}»: от 0 до 100."), **common)
        case "boolean":
            return fields.Boolean(**common)
        case "choice":
            codes = [code for code, _title in field.choices]
            return fields.String(validate=validate.OneOf(codes, error=f"«{title}»: выберите из списка."), **common)
        case _:
            limit = _TEXT_LIMITS.get(field.type, 200)
            least = 1 if field.required else 0
            too_long = (
                f"«{title}»: не больше {limit} знаков." if not field.required else f"«{title}»: от 1 до {limit} знаков."
            )
            return fields.String(validate=validate.Length(least, limit, error=too_long), **common)


Checked = tuple[tuple[str, fields.Field[Any]], ...]

_checked: dict[int, tuple[tuple[FieldDefinition, ...], Checked]] = {}
"""By the identity of the fields, which are kept alive here: to hash them each time costs as much as to check a form."""


def _fields_of(event_fields: tuple[FieldDefinition, ...]) -> Checked:
    """Each field by its name, bound to the schema of its event."""
    known = _checked.get(id(event_fields))
    if known is None:
        made = Schema.from_dict({field.name: _marshmallow_field(field) for field in event_fields}, name="EventFields")()
        known = _checked[id(event_fields)] = (event_fields, tuple(made.load_fields.items()))
    return known[1]


def load_fields(event: EventDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """The event's fields as typed values; empty texts count as absent. Raises InvalidInput with a sentence for each field.

    The schema's own `load` would also look for hooks and nested schemas, of which an event has none, and cost twice as much.
    """
    if not event.fields:
        return {}
    given = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    loaded: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, field in _fields_of(event.fields):
        value = given.get(name, missing)
        try:
            value = field.deserialize(missing if value in ("", None) else value, name, given)
        except ValidationError as exc:
            wrong[name] = " ".join(map(str, exc.messages))
        else:
            if value is not missing:
                loaded[name] = value
    if wrong:
        raise InvalidInput(wrong)
    return loaded


def plain_fields(event: EventDefinition, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The loaded fields as plain JSON in two parts: what the entry keeps for ever, and what may be erased."""
    kept: dict[str, Any] = {}
    erasable: dict[str, Any] = {}
    for field in event.fields:
        if values.get(field.name) is None:
            continue
        value = values[field.name]
        (erasable if field.erasable else kept)[field.name] = value.isoformat() if hasattr(value, "isoformat") else value
    return kept, erasable
