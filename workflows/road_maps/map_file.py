"""Reading a map file: YAML to checked plain data, every mistake told in Russian with its line and column.

The vocabularies are those of the road-map reader's contract; fact names are those that `mentoring` and `documents`
provide. Unknown codes are refused here, so that a running plan never waits for something nobody can supply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from workflow_core.exceptions import Finding, InvalidDefinition
from workflows.road_maps.deadlines import KINDS, RECURRENCES, contradictions, from_contract

LEVELS = ("typical", "school", "kindergarten", "college", "municipality", "region", "other")
ROLES = (
    "director",
    "deputy_director",
    "curator",
    "responsible_person",
    "mentor",
    "mentee",
    "methodist",
    "psychologist",
    "class_teacher",
    "municipal_authority",
    "regional_centre",
    "founder",
    "partner",
    "participants",
    "other",
)
DOCUMENTS = (
    "order",
    "order_appendix_regulation",
    "order_appendix_roadmap",
    "pair_assignment_order",
    "personalised_programme",
    "individual_plan",
    "plan_approval_order",
    "personal_data_consent",
    "mentor_duty_consent",
    "questionnaire",
    "mentee_register",
    "mentor_register",
    "partner_register",
    "partner_agreement",
    "methodical_recommendations",
    "training_materials",
    "monitoring_report",
    "fsn_statistics",
    "case",
    "regulation",
    "roadmap",
    "web_publication",
    "event",
    "meeting",
    "analytic_report",
    "motivation_rules",
    "other",
)
FACTS = (
    "formed_pairs",
    "personal_data_consents",
    "personal_data_consents_mentors",
    "personal_data_consents_mentees",
    "duty_consents",
    "mentor_bank",
    "mentee_bank",
    "individual_plans",
    "plans_approved",
    "acquaintance_meetings",
    "meetings_held",
    "feedback_collected",
    "exit_questionnaires",
    "cases_written",
    "pairs_closed",
    "mentees_without_pair",
)
ACCEPTANCES = ("paper", "head", "district", "none")
EVIDENCE_KINDS = ("document", "fact", "count")
SECTION_WORDS = ("раздел", "этап")
MENDED_FIELDS = ("number", "text", "deadline", "responsible", "result", "indicator")

Messages = dict[str, str | list[Any] | dict[Any, Any]]

NEED_FIELDS = "нужны поля вида «имя: значение»"
COMMON_MESSAGES = {
    "required": "не хватает обязательного поля",
    "null": "поле не может быть пустым",
    "validator_failed": "недопустимое значение",
}
# named here, not in the classes: marshmallow declares them as instance variables
TEXT_MESSAGES: Messages = {**COMMON_MESSAGES, "invalid": "нужен текст (число берётся в кавычки)"}
FLAG_MESSAGES: Messages = {**COMMON_MESSAGES, "invalid": "нужно true или false"}
WHOLE_MESSAGES: Messages = {**COMMON_MESSAGES, "invalid": "нужно целое число"}
DAY_MESSAGES: Messages = {**COMMON_MESSAGES, "invalid": "нужна дата вида 2026-08-31"}
LIST_MESSAGES: Messages = {**COMMON_MESSAGES, "invalid": "нужен список"}
PART_MESSAGES: Messages = {**COMMON_MESSAGES, "type": NEED_FIELDS}
SCHEMA_MESSAGES = {"unknown": "лишнее поле", "type": NEED_FIELDS}

Place = tuple[str | int, ...]


class Text(fields.String):
    """A string that says something."""

    default_error_messages = TEXT_MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if not text.strip():
            raise self.make_error("null")
        return " ".join(text.split())


class Flag(fields.Boolean):
    default_error_messages = FLAG_MESSAGES


class Whole(fields.Integer):
    default_error_messages = WHOLE_MESSAGES


class Day(fields.Field[date]):
    """A date as YYYY-MM-DD; YAML gives it as a date already, JSON as a string."""

    default_error_messages = DAY_MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise self.make_error("invalid") from error


class Many(fields.List[Any]):
    default_error_messages = LIST_MESSAGES


class Part(fields.Nested):
    default_error_messages = PART_MESSAGES


def one_of(codes: Sequence[str]) -> validate.OneOf:
    """A validator that names the codes it knows."""
    return validate.OneOf(codes, error=f"неизвестный код «{{input}}»; известны: {', '.join(codes)}")


class StrictSchema(Schema):
    """Unknown keys are mistakes: a misspelt field would otherwise be silently lost."""

    error_messages = SCHEMA_MESSAGES

    class Meta:
        unknown = RAISE


class DeadlineSchema(StrictSchema):
    text = Text(required=True)
    kind = Text(required=True, validate=one_of(KINDS))
    start = Day(allow_none=True)
    end = Day(allow_none=True)
    recurrence = Text(allow_none=True, validate=one_of(RECURRENCES))
    dates = Many(Day())
    certain = Flag()
    alternatives = Many(Part(lambda: DeadlineSchema()))
    also = Many(Part(lambda: DeadlineSchema()))


class ResponsibleSchema(StrictSchema):
    text = Text(required=True)
    roles = Many(Text(validate=one_of(ROLES)), required=True)


class EvidenceSchema(StrictSchema):
    title = Text(required=True)
    kind = Text(required=True, validate=one_of(EVIDENCE_KINDS))
    document = Text(validate=one_of(DOCUMENTS))
    fact = Text(validate=one_of(FACTS))
    share = Whole(validate=validate.Range(1, 100, error="нужна доля от 1 до 100 процентов"))
    at_least = Whole(validate=validate.Range(0, error="нужно число не меньше нуля"))
    at_most = Whole(validate=validate.Range(0, error="нужно число не меньше нуля"))
    per_organisation = Flag()


class ItemSchema(StrictSchema):
    number = Text(allow_none=True)
    text = Text(required=True)
    short_title = Text()
    subpoints = Many(Text())
    parent = Text(allow_none=True)
    documents = Many(Text(validate=one_of(DOCUMENTS)))
    deadline = Part(DeadlineSchema, allow_none=True)
    responsible = Part(ResponsibleSchema, allow_none=True)
    result = Text(allow_none=True)
    indicator = Text(allow_none=True)
    as_printed = fields.Dict(
        keys=Text(validate=one_of(MENDED_FIELDS)),
        values=Text(allow_none=True),
        error_messages={"invalid": NEED_FIELDS},
    )
    acceptance = Text(validate=one_of(ACCEPTANCES))
    evidence = Many(Part(EvidenceSchema))
    by_organisation = Flag()


class SectionSchema(StrictSchema):
    number = Text(allow_none=True)
    title = Text(required=True)
    short_title = Text()
    lead_in = Text(allow_none=True)
    items = Many(Part(ItemSchema), required=True, validate=validate.Length(1, error="в разделе нет ни одного пункта"))


class PeriodSchema(StrictSchema):
    text = Text(required=True)
    start = Day(required=True)
    end = Day(required=True)


class ApprovalSchema(StrictSchema):
    position = Text(allow_none=True)
    date = Day(allow_none=True)


class WordsSchema(StrictSchema):
    section = Text(required=True, validate=one_of(SECTION_WORDS))


class WarningSchema(StrictSchema):
    place = Text(required=True)
    code = Text(required=True)
    message = Text(required=True)


class MapSchema(StrictSchema):
    code = Text(required=True, validate=validate.Regexp(r"[a-z][a-z0-9_]*$", error="код пишется так: school9_2020"))
    title = Text(required=True)
    level = Text(required=True, validate=one_of(LEVELS))
    source = Text(required=True)
    organisation = Text(allow_none=True)
    approved_by = Part(ApprovalSchema, allow_none=True)
    period = Part(PeriodSchema, allow_none=True)
    words = Part(WordsSchema, required=True)
    columns = Many(Text(), required=True)
    goals = Many(Text())
    sections = Many(
        Part(SectionSchema), required=True, validate=validate.Length(1, error="в карте нет ни одного раздела")
    )
    warnings = Many(Part(WarningSchema))


def read_map(text: str, file: str) -> dict[str, Any]:
    """Checked plain data of the map in `text`, dates as dates, white space folded.

    Raises `InvalidDefinition` with all mistakes at once, sorted by their place.
    """
    source = _parse(text, file)
    try:
        data: dict[str, Any] = MapSchema().load(source)
    except ValidationError as error:
        problems = list(_flat(error.messages_dict))
    else:
        problems = list(_disagreements(data))
    if problems:
        findings = (_finding(source, path, sentence, file) for path, sentence in problems)
        raise InvalidDefinition(sorted(findings, key=lambda finding: (finding.line, finding.column)))
    return data


def checked(source: Mapping[str, Any], file: str) -> dict[str, Any]:
    """`read_map` for a map that is data already, such as the body of an own map. Raises `InvalidDefinition`."""
    try:
        data: dict[str, Any] = MapSchema().load(source)
    except ValidationError as error:
        problems = list(_flat(error.messages_dict))
    else:
        problems = list(_disagreements(data))
    if problems:
        raise InvalidDefinition([_finding(source, path, sentence, file) for path, sentence in problems])
    return data


def _parse(text: str, file: str) -> Any:
    yaml = YAML()  # round trip: YAML 1.2, refuses duplicate keys, and its nodes remember line and column
    try:
        source = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise InvalidDefinition([_unreadable(file, error.problem or "", line, column)]) from error
    except YAMLError as error:
        raise InvalidDefinition([_unreadable(file, str(error), 0, 0)]) from error
    if not isinstance(source, dict):
        raise InvalidDefinition([_unreadable(file, "", 1, 1)])
    return source


def _unreadable(file: str, why: str, line: int, column: int) -> Finding:
    text = "Файл не читается как дорожная карта (YAML)" + (f": {why}" if why else "")
    return Finding("map_unreadable", f"{text}.", file=file, line=line, column=column)


# What a schema of single fields can't see


def _disagreements(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Fields that are sound each and disagree with one another."""
    period = data.get("period")
    if period and period["start"] > period["end"]:
        yield ("period", "end"), "период кончается раньше, чем начинается"
    for at, section in enumerate(data["sections"]):
        numbers: list[str] = []
        for position, item in enumerate(section["items"]):
            for path, sentence in _item_disagreements(item, numbers):
                yield ("sections", at, "items", position, *path), sentence
            if item.get("number"):
                numbers.append(item["number"])


def _item_disagreements(item: Mapping[str, Any], numbers_before: Sequence[str]) -> Iterator[tuple[Place, str]]:
    number, parent = item.get("number"), item.get("parent")
    if number in numbers_before:
        yield ("number",), f"пункт «{number}» в этом разделе уже есть"
    if parent and parent not in numbers_before:
        yield ("parent",), f"нет пункта «{parent}»; выше в разделе: {', '.join(numbers_before) or 'ничего'}"
    for position, subpoint in enumerate(item.get("subpoints") or ()):
        if subpoint not in item["text"]:
            yield ("subpoints", position), "подпункт не найден в тексте пункта, а текст содержит их все"
    if item.get("deadline"):
        for sentence in contradictions(from_contract(item["deadline"])):
            yield ("deadline",), sentence
    for position, line in enumerate(item.get("evidence") or ()):
        for sentence in _evidence_disagreements(line):
            yield ("evidence", position), sentence


def _evidence_disagreements(line: Mapping[str, Any]) -> Iterator[str]:
    kind = line["kind"]
    needed, spare = ("document", "fact") if kind == "document" else ("fact", "document")
    if needed not in line:
        yield f"подтверждение вида «{kind}» требует поле «{needed}»"
    if spare in line:
        yield f"подтверждение вида «{kind}» не знает поля «{spare}»"
    if "share" in line and kind != "fact":
        yield "доля «share» бывает только у подтверждения вида «fact»"
    if ("at_least" in line or "at_most" in line) and kind != "count":
        yield "пределы «at_least» и «at_most» бывают только у подтверждения вида «count»"


# Where it stands


def _flat(messages: Any, path: Place = ()) -> Iterator[tuple[Place, str]]:
    """marshmallow's nested errors as (path, sentence) pairs."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            # "key"/"value" are marshmallow's own level for mappings, "_schema" for the whole
            own_level = key in ("_schema", "key", "value") and not isinstance(key, int)
            yield from _flat(inner, path if own_level else (*path, key))
    else:
        for sentence in messages:
            yield path, str(sentence)


def _finding(source: Any, place: Place, sentence: str, file: str) -> Finding:
    line, column = _line_and_column(source, place, at_name=sentence == SCHEMA_MESSAGES["unknown"])
    where = ".".join(str(step + 1) if isinstance(step, int) else step for step in place)
    text = f"{where}: {sentence}." if where else f"{sentence}."
    return Finding("map_invalid", text, file=file, line=line, column=column)


def _line_and_column(source: Any, place: Place, *, at_name: bool) -> tuple[int, int]:
    """Where the value of the deepest known node on `place` begins (its name, with `at_name`); lines and columns from 1.

    A missing field shows the node that it is missing from.
    """
    node, mark = source, (0, 0)
    for step in place:
        marks = getattr(node, "lc", None)
        if marks is None or not isinstance(marks.data, dict) or step not in marks.data:
            break
        # ruamel keeps [line, column] for an entry of a list and [.. of the name, .. of the value] for a field
        numbers = marks.data[step]
        mark = tuple(numbers[:2] if at_name else numbers[-2:])
        node = node[step]
    return mark[0] + 1, mark[1] + 1
