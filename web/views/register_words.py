"""What a change in a register is called: a sentence for the story, words for columns, whose value may be shown to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from web.formatting import russian_date
from workflows.mentoring.tables import FORM_TITLES, MEETING_TITLES, SIDE_TITLES
from workflows.organisations.people import KIND_TITLES as PERSON_KINDS
from workflows.organisations.policy import TITLES as ROLE_TITLES
from workflows.organisations.school_calendar import WHY_TITLES
from workflows.organisations.settings import setting_definitions

Values = Mapping[str, Any]

PERSONAL_COLUMNS = frozenset({"birth_date", "phone", "email"})
"""Columns whose values only readers of personal data see: `policy.PERSONAL_READ`."""

COLUMN_TITLES: Mapping[str, str] = {
    "family_name": "фамилия",
    "given_name": "имя",
    "patronymic": "отчество",
    "sex": "пол",
    "kind": "вид",
    "post": "должность",
    "class_name": "класс",
    "birth_date": "дата рождения",
    "phone": "телефон",
    "email": "почта",
    "name_forms": "падежные формы имени",
    "left_on": "дата выбытия",
    "admission_checked_on": "проверка допуска",
    "relation": "кем приходится",
    "basis": "основание",
    "role": "роль",
    "valid_from": "начало",
    "valid_to": "конец",
    "title": "название",
    "short_title": "краткое название",
    "founder": "учредитель",
    "place": "место",
    "address": "адрес",
    "time_zone": "часовой пояс",
    "profile": "правила места",
    "parent_id": "вышестоящая организация",
    "active": "действует",
    "order": "приказ",
    "acting": "исполняет обязанности",
    "key": "правило",
    "value": "значение",
    "username": "имя для входа",
    "name": "имя",
    "password_hash": "пароль",
    "session_mark": "открытые входы",
    "starts_on": "начало",
    "ends_on": "конец",
    "form": "форма наставничества",
    "side": "сторона",
    "leads": "ведущий наставник",
    "joined_on": "начало участия",
    "entered_on": "дата включения",
    "request": "запрос",
    "remark": "примечание",
    "held_on": "день встречи",
    "status": "что со встречей",
    "topic": "тема",
    "summary": "о чём договорились",
    "minutes": "минуты",
    "due_on": "срок",
    "done_on": "выполнено",
    "expected": "ожидаемый результат",
    "result": "результат",
    "number": "номер",
    "signed_on": "дата подписания",
    "signatory_text": "кто подписал",
    "original_place": "где лежит оригинал",
    "signed_as": "в качестве кого",
    "file_status": "файл",
    "facts": "данные документа",
    "text": "текст",
    "happened_on": "день",
    "goal": "цель",
    "label": "название",
    "curator_id": "куратор",
    "responsible_person_id": "ответственный",
    "acceptance": "приёмка",
    "first_day": "первый день",
    "last_day": "последний день",
    "why": "причина",
    "off": "выходные",
    "note": "приказ или повод",
    "reading": "прочитанное в файле",
    "answers": "исправления прочитанного",
    "refusal": "почему файл не прочитан",
    "body": "карта целиком",
    "edition": "редакция",
}
"""Columns that a reader understands; the others are told as «другие сведения»."""

_HIDDEN = frozenset({"id", "organisation_id", "sort_key", "search_key", "template_hash", "content_hash", "warnings"})
_WORDS: Mapping[str, Mapping[Any, str]] = {
    "side": {str(side): words for side, words in SIDE_TITLES.items()},
    "form": {str(form): words for form, words in FORM_TITLES.items()},
    "role": ROLE_TITLES,
    "status": {"held": "прошла", "planned": "по плану", "cancelled": "отменена"},
    "sex": {"m": "мужской", "f": "женский", "": "не указан"},
    "file_status": {"": "нет", "waiting": "готовится", "ready": "готов", "failed": "не получился"},
    "signed_as": {
        "self": "за себя",
        "mother": "мать",
        "father": "отец",
        "guardian": "опекун (попечитель)",
        "other": "другой законный представитель",
    },
    "kind": {**PERSON_KINDS, **{str(kind): words for kind, words in MEETING_TITLES.items()}},
}


def column_title(name: str) -> str:
    """What a column is called; «другие сведения» for one that says nothing to a reader."""
    return COLUMN_TITLES.get(name, "другие сведения")


def is_shown(name: str) -> bool:
    """Whether a change of a column tells a reader anything."""
    return name in COLUMN_TITLES and name not in _HIDDEN


def value_words(name: str, value: Any) -> str:
    """A recorded value (plain JSON) in words; «—» for none."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "да" if value else "нет"
    if name in _WORDS and value in _WORDS[name]:
        return _WORDS[name][value]
    if name == "name_forms" and isinstance(value, dict):
        return ", ".join(dict.fromkeys(str(form) for form in (value.get("full") or {}).values()))
    if isinstance(value, str) and len(value) == 10 and value[4:5] == value[7:8] == "-":
        try:
            return russian_date(date.fromisoformat(value))
        except ValueError:
            return value
    return str(value) if not isinstance(value, (dict, list)) else "см. выгрузку"


def register_sentence(kind: str, event: str, before: Values, after: Values, names: Mapping[str, str]) -> str:
    """What happened to a row, as a sentence without full stop. `names`: id -> label of people and programmes in the values."""
    teller = _TELLERS.get(kind)
    told = teller(event, before, after, names) if teller else ""
    return told or _PLAIN[event](kind, after)


def erased_sentence(kind: str, event: str) -> str:
    """The sentence where the values are gone."""
    return {"created": "Внесены сведения", "removed": "Удалены сведения"}.get(event, "Изменены сведения")


def _changed(_kind: str, after: Values) -> str:
    titles = list(dict.fromkeys(column_title(name) for name in after if is_shown(name)))
    return f"Изменены сведения: {', '.join(titles)}" if titles else "Изменены служебные сведения"


_NOUNS: Mapping[str, str] = {
    "person": "сведения",
    "representative": "законный представитель",
    "plan_task": "задача плана",
    "document_file": "файл",
    "evidence_line": "чем подтверждается",
    "occurrence": "срок пункта",
    "document_subject": "о чём документ",
    "feedback": "обратная связь",
    "calendar_days": "дни рабочего календаря",
    "map_file": "файл дорожной карты",
    "own_map": "дорожная карта школы",
    "calendar_feed": "подписка на календарь карты",
}
_PLAIN: Mapping[str, Callable[[str, Values], str]] = {
    "created": lambda kind, _after: f"Внесено: {_NOUNS[kind]}" if kind in _NOUNS else "Внесены сведения",
    "changed": _changed,
    "removed": lambda kind, _after: f"Удалено: {_NOUNS[kind]}" if kind in _NOUNS else "Сведения удалены",
}


def _day(value: Any) -> str:
    return value_words("day", value)


def _meeting(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "created":
        kind = value_words("kind", after.get("kind"))
        return f"{kind.capitalize()}, {_day(after.get('held_on'))}: {value_words('status', after.get('status'))}"
    if event == "changed" and "status" in after:
        return f"Встреча: {value_words('status', after['status'])}"
    return "Запись о встрече удалена" if event == "removed" else ""


def _member(event: str, _before: Values, after: Values, names: Mapping[str, str]) -> str:
    if event == "created":
        return (
            f"В составе: {names.get(after.get('person_id', ''), 'участник')}, {value_words('side', after.get('side'))}"
        )
    if event == "changed" and after.get("left_on"):
        return f"Выход из состава с {_day(after['left_on'])}"
    return ""


def _participant(event: str, _before: Values, after: Values, names: Mapping[str, str]) -> str:
    if event == "created":
        side = "наставников" if after.get("side") == "mentor" else "наставляемых"
        title = names.get(after.get("programme_id", ""), "")
        return f"Внесено в банк {side}" + (f": {title}" if title else "")
    return "Выбытие из банка программы" if event == "changed" and after.get("left_on") else ""


def _representative(event: str, _before: Values, after: Values, names: Mapping[str, str]) -> str:
    if event != "created":
        return ""
    return f"Законный представитель: {names.get(after.get('person_id', ''), 'внесён')} ({after.get('relation', '')})"


def _membership(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "created":
        return f"Роль «{value_words('role', after.get('role'))}» с {_day(after.get('valid_from'))}"
    return f"Роль действует по {_day(after['valid_to'])}" if after.get("valid_to") else ""


def _signatory(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "created":
        return f"Подписывает документы: {after.get('title', '')} с {_day(after.get('valid_from'))}"
    return f"Подписывает по {_day(after['valid_to'])}" if after.get("valid_to") else ""


def _stand_in(event: str, _before: Values, after: Values, names: Mapping[str, str]) -> str:
    if event == "created":
        whom = names.get(after.get("for_person_id", ""), "другого сотрудника")
        return f"Замещает ({value_words('role', after.get('role'))}): {whom}, {after.get('order', '')}"
    return f"Замещает по {_day(after['valid_to'])}" if after.get("valid_to") else ""


def _setting(event: str, before: Values, after: Values, _names: Mapping[str, str]) -> str:
    known = setting_definitions().get(str(after.get("key", "")))
    if event == "created":
        title = known.title if known else str(after.get("key", ""))
        words = known.words(after.get("value")) if known else str(after.get("value"))
        return f"Правило «{title}»: {words}"
    if event == "changed" and "value" in after:
        return f"Правило изменено: {value_words('value', after['value'])} вместо {value_words('value', before.get('value'))}"
    return ""


def _account(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "created":
        return "Учётная запись создана"
    if after.get("active") is False:
        return "Учётная запись закрыта"
    return "Пароль изменён" if "password_hash" in after else ""


def _file(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    purposes = {"scan": "Приложен скан", "signature": "Приложена электронная подпись", "generated": "Файл подготовлен"}
    return purposes.get(str(after.get("purpose")), "") if event == "created" else ""


def _fact(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    return f"Сделано: {after.get('text', '')}" if event == "created" else ""


def _document(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "changed" and "file_status" in after:
        return {"ready": "Файл готов", "failed": "Файл не получился", "waiting": "Файл готовится"}.get(
            str(after["file_status"]), ""
        )
    return ""


def _person(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "created":
        return "Внесены сведения об участнике"
    return f"Выбытие {_day(after['left_on'])}" if event == "changed" and after.get("left_on") else ""


def _acquaintance(event: str, _before: Values, after: Values, names: Mapping[str, str]) -> str:
    who = names.get(after.get("person_id", ""), "")
    return f"Ознакомлен под подпись: {who}" if event == "created" and who else ""


def _calendar(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event != "created":
        return ""
    what = WHY_TITLES.get(after.get("why", ""), "свои дни") if after.get("off") else "рабочие дни"
    return f"Рабочий календарь: {what} с {_day(after.get('first_day'))} по {_day(after.get('last_day'))}"


def _map_file(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "created":
        return f"Загружен файл дорожной карты «{after.get('name', '')}»"
    if event == "removed":
        return "Файл дорожной карты убран"
    if after.get("own_map_id"):
        return "По файлу принята дорожная карта"
    told = {"read": "Файл дорожной карты прочитан", "refused": "Файл дорожной карты не прочитан"}
    return told.get(str(after.get("reading_status")), "Исправлено прочитанное в файле карты")


def _own_map(event: str, _before: Values, after: Values, _names: Mapping[str, str]) -> str:
    if event == "created":
        return f"Принята дорожная карта «{after.get('title', '')}»"
    return f"Принята редакция {after['edition']} дорожной карты" if event == "changed" and "edition" in after else ""


def _feed(event: str, _before: Values, _after: Values, _names: Mapping[str, str]) -> str:
    return "Начата подписка на календарь карты" if event == "created" else "Подписка на календарь карты отозвана"


_TELLERS: Mapping[str, Callable[[str, Values, Values, Mapping[str, str]], str]] = {
    "meeting": _meeting,
    "pair_member": _member,
    "participant": _participant,
    "representative": _representative,
    "membership": _membership,
    "signatory": _signatory,
    "stand_in": _stand_in,
    "setting": _setting,
    "account": _account,
    "document_file": _file,
    "activity_fact": _fact,
    "document": _document,
    "person": _person,
    "acquaintance": _acquaintance,
    "calendar_days": _calendar,
    "map_file": _map_file,
    "own_map": _own_map,
    "calendar_feed": _feed,
}
