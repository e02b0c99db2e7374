"""The shape of a definition file: which keys it may have and what stands under them. The reader checks the names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from workflow_core.definition import FIELD_TYPES, FINALS, UNIVERSAL_VERBS
from workflow_core.guards import Severity

SEVERITIES = tuple(severity.value for severity in Severity)
_NAME = validate.Regexp(r"^[a-z][a-z0-9_]*$", error="имя «{input}» пишется латиницей: строчные буквы, цифры и «_»")
_Messages = dict[str, str | list[Any] | dict[Any, Any]]
_REQUIRED: _Messages = {"required": "ключ обязателен", "null": "значение не указано"}


def _one_of(names: tuple[str, ...]) -> validate.OneOf:
    return validate.OneOf(names, error=f"«{{input}}» здесь не бывает; можно: {', '.join(names)}")


def _text(**options: Any) -> fields.String:
    return fields.String(error_messages={**_REQUIRED, "invalid": "нужен текст"}, **options)


def _title(**options: Any) -> fields.String:
    return _text(validate=validate.Regexp(r".*\S", error="название пусто"), **options)


def _flag() -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, error_messages={**_REQUIRED, "invalid": "нужно true или false"})


def _number(minimum: int, **options: Any) -> fields.Integer:
    limit = validate.Range(min=minimum, error="число не меньше {min}")
    return fields.Integer(
        strict=True, validate=limit, error_messages={**_REQUIRED, "invalid": "нужно целое число"}, **options
    )


def _list(inner: fields.Field[Any], **options: Any) -> fields.List[Any]:
    return fields.List(inner, error_messages={**_REQUIRED, "invalid": "нужен список"}, **options)


def _names(**options: Any) -> fields.List[Any]:
    return _list(_text(validate=_NAME), **options)


def _map(values: fields.Field[Any], keys: fields.Field[Any] | None = None, **options: Any) -> fields.Dict:
    messages: _Messages = {**_REQUIRED, "invalid": "нужны пары «имя: значение»"}
    return fields.Dict(keys=keys or _text(validate=_NAME), values=values, error_messages=messages, **options)


class _Shape(Schema):
    """A mapping with known keys only; an unknown key is answered with the keys that exist."""

    class Meta:
        unknown = RAISE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        known = ", ".join(one.data_key or name for name, one in self.fields.items())
        self.error_messages = {"unknown": f"неизвестный ключ; можно: {known}", "type": "нужны пары «имя: значение»"}


def _shape(shape: type[_Shape] | _Shape, **options: Any) -> fields.Nested:
    return fields.Nested(shape, error_messages={**_REQUIRED, "type": "нужны пары «имя: значение»"}, **options)


class _NamesOrWord(fields.Field[Any]):
    """A list of names, or one word such as `live`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
            return value
        raise ValidationError("нужно имя состояния, список имён, live или any_live")


class _GuardUse(fields.Field[Any]):
    """`name` or `name: severity`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        if isinstance(value, str):
            return value
        if not isinstance(value, dict) or len(value) != 1:
            raise ValidationError("нужно имя проверки или «имя: строгость»")
        severity = next(iter(value.values()))
        if severity not in SEVERITIES:
            raise ValidationError(f"строгости «{severity}» нет; можно: {', '.join(SEVERITIES)}")
        return value


class _Limit(_Shape):
    days = _number(1, required=True)
    setting = _text(validate=_NAME)


class _State(_Shape):
    title = _title(required=True)
    short_title = _title()
    meaning = _text()
    final = _text(validate=_one_of(FINALS))
    remembers = _flag()
    limit = _shape(_Limit)
    track = _flag()


class _AddedState(_State):
    after = _text(validate=_NAME)


class _Field(_Shape):
    name = _text(required=True, validate=_NAME)
    type = _text(required=True, validate=_one_of(FIELD_TYPES))
    title = _title(required=True)
    required = _flag()
    choices = _map(_title())
    help = _text()
    personal = _flag()

    @validates_schema(skip_on_field_errors=True)
    def check_choices(self, data: dict[str, Any], **options: Any) -> None:
        if data["type"] == "choice" and not data.get("choices"):
            raise ValidationError("у поля с выбором нет вариантов: нужен ключ choices", "type")
        if data["type"] != "choice" and data.get("choices"):
            raise ValidationError("варианты бывают только у поля с type: choice", "choices")


_Transition = _Shape.from_dict(
    {"from": _NamesOrWord(required=True, error_messages=_REQUIRED), "to": _text(required=True, validate=_NAME)},
    name="_Transition",
)

_Event = _Shape.from_dict(
    {
        "title": _title(required=True),
        "done": _title(),
        "from": _NamesOrWord(),
        "to": _text(validate=_NAME),
        "transitions": _list(_shape(_Transition)),  # type: ignore[arg-type]  # from_dict is typed as Schema
        "who": _names(required=True),
        "guards": _list(_GuardUse()),
        "fields": _list(_shape(_Field)),
        "bulk": _flag(),
        "ground": _flag(),
        "other_than": _names(),
        "then": _names(),
        "does": _names(),
        "papers": _names(),
        "revokes": _names(),
        "undoable": _flag(),
        "reopens": _flag(),
        "basis": _text(),
        "help": _text(),
    },
    name="_Event",
)


_AddedEvent = _Event.from_dict({"after": _text(validate=_NAME)}, name="_AddedEvent")


class _Verb(_Shape):
    title = _title(required=True)
    who = _names(required=True)


def _verbs() -> fields.Dict:
    return _map(_shape(_Verb), keys=_text(validate=_one_of(UNIVERSAL_VERBS)))


class DefinitionShape(_Shape):
    """A definition that stands alone."""

    code = _text(required=True, validate=_NAME)
    version = _number(1, required=True)
    title = _title(required=True)
    subject = _text(required=True, validate=_NAME)
    basis = _text()
    states = _map(_shape(_State), required=True)
    events = _map(_shape(_Event), required=True)  # type: ignore[arg-type]
    verbs = _verbs()


class _Added(_Shape):
    states = _map(_shape(_AddedState))
    events = _map(_shape(_AddedEvent))  # type: ignore[arg-type]
    guards = _map(_list(_GuardUse()))
    revokes = _map(_names())


class _Dropped(_Shape):
    states = _names()
    events = _names()


class _StateWords(_Shape):
    title = _title()
    short_title = _title()
    meaning = _text()


class _EventWords(_Shape):
    title = _title()
    done = _title()
    help = _text()
    basis = _text()


class _Retitled(_Shape):
    states = _map(_shape(_StateWords))
    events = _map(_shape(_EventWords))


class ExtensionShape(_Shape):
    """A definition that is written as changes to another one."""

    code = _text(required=True, validate=_NAME)
    version = _number(1, required=True)
    title = _title(required=True)
    extends = _text(required=True, validate=_NAME)
    basis = _text()
    add = _shape(_Added)
    drop = _shape(_Dropped)
    retitle = _shape(_Retitled)
    tighten = _map(_map(_text(validate=_one_of(SEVERITIES))))
    verbs = _verbs()


class _Version(fields.Field[Any]):
    """A version as a number, or the beginning of a hash as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, str)) or not str(value).strip():
            raise ValidationError("нужна версия (число) или начало контрольного кода редакции")
        return value


MigrationShape = _Shape.from_dict(
    {
        "definition": _text(required=True, validate=_NAME),
        "from": _Version(),
        "to": _text(),
        "states": _map(_text(validate=_NAME)),
        "remembered": _map(_text(validate=_NAME)),
    },
    name="MigrationShape",
)
"""Which processes go over to which rules, and what their states are called there."""
