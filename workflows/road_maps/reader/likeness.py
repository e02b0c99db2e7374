"""What a text looks like by its first words: a time or somebody who answers. Only a look, the reading is elsewhere.

Used where cells have to be told apart without borders and where a cell stands in the wrong column.
"""

from __future__ import annotations

import re

_MONTH = r"(?:январ|феврал|март|апрел|ма[йяе]\b|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-яё]*"
_TERM = r"(?:четверт|квартал|полугоди|семестр|триместр|недел|декад|дн[еяй]|день|месяц|час|каникул|год|уч\b|учебн|г\b|гг\b)[а-яё]*"
_JOINT = (
    r"(?:до|с|со|по|и|или|в|во|на|не|к|от|но|за|из|раз[а]?|позднее|позже|ранее|начал[а-яё]*|кон[а-яё]{2,4}|середин[а-яё]*|"
    r"перв[а-яё]+|втор[а-яё]+|треть[а-яё]+|четв[её]рт[а-яё]+|последн[а-яё]+|кажд[а-яё]+|далее|затем|числ[а-яё]*|рабоч[а-яё]+|"
    r"календарн[а-яё]+|текущ[а-яё]+|вс[а-яё]{2,3}|течени[ея]|период[а-яё]*|реализац[а-яё]+|внедрени[а-яё]+|ежегодн[а-яё]+|"
    r"ежемесячн[а-яё]+|еженедельн[а-яё]+|ежедневн[а-яё]+|ежеквартальн[а-яё]+|постоянн[а-яё]+|систематическ[а-яё]+|регулярн[а-яё]+|"
    r"весь|осень|весн[а-яё]+|зим[а-яё]+|лет[ао]|одн[а-яё]+|дв[ае]|два|три|[ivx]+|ноябр[а-яё]+)"
)
_OF_TIME = re.compile(rf"(?:{_MONTH}|{_TERM}|{_JOINT}|\d+(?:\s?[-–—./]\s?\d+)*)(?=[^а-яёa-z]|$)", re.I)
_OPEN = re.compile(
    r"(?:в\s+течени[ие]\b|на\s+протяжении\b|по\s+мере\b|по\s+(?:необходимости|запрос|требовани|согласовани|итогам|завершени|окончани|"
    r"(?:[а-яё]+\s+){0,2}(?:графику|плану|расписанию))|согласно\b|в\s+соответствии\b|в\s+сроки\b|весь\s+период|весь\s+(?:учебный\s+)?год|"
    r"постоянно|систематически|регулярно|не\s+реже|не\s+позднее|не\s+позже|при\s+(?:необходимости|поступлении|наличии)|"
    r"после\s+|один\s+раз|\d+\s+раза?\b|раз\s+в\b|(?:один|два|три|четыре|дважды|трижды)\s+(?:раза?\s+)?в\b|еже[а-яё]+но|каждый|каждую|каждое|в\s+начале|в\s+конце|"
    r"на\s+начало|к\s+началу|круглогодично|в\s+период|за\s+\d+\s+(?:рабоч|дн))",
    re.I,
)
_DATED = re.compile(
    rf"(?:(?:до|с|со|к|не\s+позднее)\s+(?=\d|{_MONTH}|конца|начала|середины)|{_MONTH}|\d{{1,2}}\.\d{{1,2}}(?:\.\d{{2,4}})?|"
    rf"\d{{1,2}}\s*(?:[-–—]\s*\d{{1,2}}\s*)?{_MONTH}|(?:[IVX]+|\d)(?:-?[йя]|-ое)?\s+(?:четверть|квартал|полугодие|семестр))",
    re.I,
)
_THEN = re.compile(r"\s*[,;–—-]?\s*(?:далее|затем|потом)\s*[–—:-]?\s*|\s*[,;]?\s+или\s+", re.I)
_POST = re.compile(
    r"(?:руководител|директор|заместител|зам\b|замдиректор|завуч|заведующ|завед|зав\b|начальник|куратор|наставник(?!\w*еств)|наставляем|методист|"
    r"педагог|психолог|социальн\w+\s+педагог|классн\w+\s+рук|кл\.\s?рук|учител|воспитател|преподавател|мастер|тьютор|ответственн|"
    r"администрац|секретар|специалист|рабоч\w+\s+групп|творческ\w+\s+групп|проектн\w+\s+групп|методическ\w+\s+(?:совет|служб|объедин)|"
    r"управлени\w*\s+образован|отдел(?:а|е|у|ы|ом|ами)?\b|департамент|министерств|комитет|учредител|муниципальн\w+\s+(?:орган|координатор|куратор|методическ|оператор)|"
    r"районн\w+\s+(?:методист|методическ|координатор|куратор)|школьн\w+\s+(?:психолог|координатор|методист|методическ|куратор)|"
    r"региональн\w+\s+(?:центр|координатор|наставническ|оператор)|"
    r"координатор|оператор|партн[её]р|работодател|участник|совет\b|советник|родител|старост|председател|вожат|библиотекар|юрист|"
    r"все\s+(?:участник|педагог|учител|наставник)|члены|коллектив|му\s+оо\b|"
    r"г[а-яё]{0,3}ду\b)",
    re.I,
)
_BODY = re.compile(r"[А-ЯЁ]{2,}\b")
_SURNAME = re.compile(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\s+[А-ЯЁ]\.\s?[А-ЯЁ]\.?|[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]+")
_DOING = re.compile(
    r"\d+\s*%|\d{3,}|\b(?:сформирован|провед|организован|создан|разработ|составл|назнач|утвержд|подготов|обеспеч|заключ|проведени|"
    r"формировани|создани|разработк|организаци[яи]\s+(?:работ|встреч)|выявлени|повышени|получени|приказ|положени[ея]|отчет|отчёт|справк|"
    r"количеств|дол[яи]\b|результат|охват|наличи)",
    re.I,
)
LONGEST_POST = 16
"""Words of a cell that says who answers, at most; longer ones are sentences."""


def looks_like_deadline(text: str) -> bool:
    """Whether the whole of a text speaks of time: «Сентябрь – октябрь 2026», «по мере необходимости»."""
    text = text.strip(" .,;")
    if not text or len(text) > 120 or text.count("(") != text.count(")"):
        return False
    parts = _THEN.split(text)
    if len(parts) > 1:
        return all(looks_like_deadline(part) for part in parts)
    if _OPEN.match(text):
        return len(text.split()) <= 12
    rest = _OF_TIME.sub("", text)
    return bool(begins_deadline(text)) and not re.search(r"[а-яёa-z]{3,}", rest, re.I)


def begins_deadline(text: str) -> bool:
    """Whether a text begins as a time does."""
    return bool(_OPEN.match(text) or _DATED.match(text))


def looks_like_post(text: str) -> bool:
    """Whether the whole of a text names who answers: «Директор», «Куратор, наставники», a surname with initials."""
    text = text.strip(" .,;")
    words = text.split()
    if not words or len(words) > LONGEST_POST or _DOING.search(text):
        return False
    return begins_post(text)


def begins_post(text: str) -> bool:
    """Whether a text begins with a post, a body or a person."""
    return names_post(text) or bool(_BODY.match(text))


def names_post(text: str) -> bool:
    """Whether a text begins with the word for a post or body or with a surname; an abbreviation alone is not enough."""
    return bool(_POST.match(text) or _SURNAME.match(text))


def speaks_of_post(text: str) -> bool:
    """Whether a post is named anywhere in a text."""
    return any(names_post(text[word.start() :]) for word in re.finditer(r"\b[А-ЯЁа-яё]{4,}", text))
