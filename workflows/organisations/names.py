"""Names and posts in the cases that papers need: computed once, stored, shown and mended by hand, never guessed.

Cases: nom, gen, dat, acc, ins. Dictionaries are loaded on the first call, so that importing this module costs nothing.
Forms keep plain spaces; the non-breaking ones are put in when a paper is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypedDict

CASES = ("nom", "gen", "dat", "acc", "ins")
Sex = Literal["m", "f"]
Forms = dict[str, str]
"""Case -> form, for all of `CASES`."""

_HERE = Path(__file__).parent
_MALE = ("ович", "евич", "ич", "оглы", "оглу", "улы", "уулу")
_FEMALE = ("овна", "евна", "ична", "инична", "кызы", "гызы", "кызи")


class NameForms(TypedDict):
    """A person's name as papers print it.

    {"full": {"nom": "Иванова Анна Андреевна", "gen": …}, "short": {"nom": "Иванова А. А.", "gen": "Ивановой А. А.", …},
     "initials_first": "А. А. Иванова", "certain": true}
    """

    full: Forms
    short: Forms
    initials_first: str
    certain: bool
    """False: the sex is unknown, every case is the nominative; somebody has to say."""


def case_forms(
    family: str, given: str, patronymic: str = "", sex: str | None = None, exceptions: Mapping[str, Any] | None = None
) -> NameForms:
    """A name in all cases. The sex ("m", "f") is read off the patronymic where it isn't given.

    With neither, the nominative stands everywhere and `certain` is false: by form alone «Яровой» may be a man in the
    nominative or a woman in the dative. `exceptions` as `load_exceptions` gives them.
    """
    parts = {"family": fold(family), "given": fold(given), "patronymic": fold(patronymic)}
    known = sex if sex in ("m", "f") else sex_of_patronymic(parts["patronymic"])
    table = exceptions if exceptions is not None else load_exceptions()
    declined = {part: _declined(part, word, known, table) for part, word in parts.items()}
    initials = _initials(parts["given"], parts["patronymic"])
    families = dict(zip(CASES, declined["family"], strict=True))
    full = (" ".join(word for word in words if word) for words in zip(*declined.values(), strict=True))
    return NameForms(
        full=dict(zip(CASES, full, strict=True)),
        short={case: f"{form} {initials}".strip() for case, form in families.items()},
        initials_first=f"{initials} {parts['family']}".strip(),
        certain=known is not None,
    )


def sex_of_patronymic(patronymic: str) -> str | None:
    """ "m" or "f" by the patronymic's ending (оглы and кызы included), None if it does not tell."""
    word = patronymic.strip().casefold()
    if word.endswith(_FEMALE):
        return "f"
    return "m" if word.endswith(_MALE) else None


def post_forms(post: str) -> Forms:
    """A post or role in all cases: «заместитель директора по УВР» -> «заместителя директора по УВР».

    Only the head of each part between commas declines. A head that no dictionary knows (ЗДУВР) stays as it is.
    """
    parts = [_post_part(part) for part in re.split(r",\s*", fold(post))]
    return {case: ", ".join(part[case] for part in parts) for case in CASES}


@lru_cache(maxsize=8)
def load_exceptions(*files: Path) -> Mapping[str, Any]:
    """The shipped table of names with those of `files` over it (same shape; the last wins)."""
    merged: dict[str, Any] = {"unchanged_family_endings": ()}
    for data in map(_yaml, (_HERE / "name_exceptions.yaml", *files)):
        merged["unchanged_family_endings"] += tuple(data.get("unchanged_family_endings", ()))
        for part in ("family", "given", "patronymic"):
            words = {_key(word): forms for word, forms in (data.get(part) or {}).items()}
            merged[part] = {**merged.get(part, {}), **words}
    return merged


def fold(text: str) -> str:
    """The text with its white space folded."""
    return " ".join(text.split())


def _declined(part: str, word: str, sex: str | None, table: Mapping[str, Any]) -> list[str]:
    """Five forms of one part of a name."""
    if sex is None or not word or (part == "family" and word.casefold().endswith(table["unchanged_family_endings"])):
        return [word] * len(CASES)
    forms = (table[part].get(_key(word)) or {}).get(sex)
    if forms is not None:
        return [word, *_four(word, forms)]
    return [word, *_by_rules(part, word, sex)]


def _by_rules(part: str, word: str, sex: str) -> list[str]:
    from pytrovich.enums import Case, Gender, NamePart  # loads its rules, wanted only where names are declined

    parts = {"family": NamePart.LASTNAME, "given": NamePart.FIRSTNAME, "patronymic": NamePart.MIDDLENAME}
    gender = Gender.MALE if sex == "m" else Gender.FEMALE
    cases = (Case.GENITIVE, Case.DATIVE, Case.ACCUSATIVE, Case.INSTRUMENTAL)
    return [_decliner().make(parts[part], gender, case, word) for case in cases]


def _four(word: str, forms: Sequence[str] | str) -> Sequence[str]:
    return [word] * 4 if isinstance(forms, str) else forms


def _initials(given: str, patronymic: str) -> str:
    """«А. А.», «А.-М. И.»; of «Али оглы» only the first word gives a letter."""
    letters = ["-".join(f"{piece[0].upper()}." for piece in given.split("-") if piece)] if given else []
    if patronymic:
        letters.append(f"{patronymic[0].upper()}.")
    return " ".join(letters)


def _post_part(part: str) -> Forms:
    words = part.split(" ")
    for length in range(min(3, len(words)), 0, -1):
        head = " ".join(words[:length])
        if (forms := _posts().get(_key(head))) is not None:
            capital = head[:1].isupper()
            four = [form[:1].upper() + form[1:] if capital else form for form in _four(head, forms)]
            return _joined([head, *four], words[length:])
    return _joined(*_declined_head(words))


def _joined(heads: Iterable[str], rest: Sequence[str]) -> Forms:
    return {case: " ".join((head, *rest)) for case, head in zip(CASES, heads, strict=True)}


def _declined_head(words: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """Adjectives before the first noun and that noun, declined together; the words after it."""
    adjectives: list[Any] = []
    for index, word in enumerate(words):
        noun = _nominative(word, "NOUN")
        if noun is not None:
            head = [*adjectives, noun]
            forms = [_phrase(head, words, case, noun.tag.gender) for case in ("gent", "datv", "accs", "ablt")]
            return [" ".join(words[: index + 1]), *forms], words[index + 1 :]
        adjective = _nominative(word, "ADJF", "PRTF")
        if adjective is None:
            break
        adjectives.append(adjective)
    return [" ".join(words)] * len(CASES), []


def _nominative(word: str, *kinds: str) -> Any:
    """The dictionary's reading of a word as a nominative singular of these parts of speech, None if it has none."""
    if word.isupper() and len(word) > 1:
        return None  # an abbreviation does not decline
    for reading in _analyser().parse(word):
        tag = reading.tag
        if tag.POS in kinds and tag.case == "nomn" and tag.number == "sing" and "Abbr" not in tag:
            return reading
    return None


def _phrase(head: Sequence[Any], words: Sequence[str], case: str, gender: str) -> str:
    """People are animate: a masculine accusative is the genitive, for the adjectives too."""
    wanted = "gent" if case == "accs" and gender == "masc" else case
    forms = []
    for reading, word in zip(head, words, strict=False):
        inflected = reading.inflect({wanted})
        form = inflected.word if inflected is not None else word
        forms.append(form[:1].upper() + form[1:] if word[:1].isupper() else form)
    return " ".join(forms)


def _key(word: str) -> str:
    return fold(str(word)).casefold().replace("ё", "е")


@lru_cache(maxsize=1)
def _posts() -> Mapping[str, Sequence[str] | str]:
    return {_key(head): forms for head, forms in _yaml(_HERE / "posts.yaml").items()}


@lru_cache(maxsize=1)
def _decliner() -> Any:
    from pytrovich.maker import PetrovichDeclinationMaker

    return PetrovichDeclinationMaker()


@lru_cache(maxsize=1)
def _analyser() -> Any:
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()


def _yaml(file: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML

    data: dict[str, Any] = YAML(typ="safe").load(file.read_text("utf-8"))
    return data
