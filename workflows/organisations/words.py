"""What things are called at a place: a school has a director and classes, a kindergarten neither.

Pages and papers take every such word from here; an empty word means that the place has no such thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from workflow_core.guards import Profile
from workflows.organisations.names import post_forms
from workflows.organisations.tables import OrganisationKind

Words = Mapping[str, str]

_SCHOOL = {
    "organisation": "школа",
    "organisation_gen": "школы",
    "head": "директор",
    "class": "класс",
    "class_gen": "класса",
    "class_teacher": "классный руководитель",
    "pupil": "ученик",
    "pupils_gen": "учеников",
    "term": "четверть",
    "staff": "педагог",
}
_KINDS: Mapping[str, Mapping[str, str]] = {
    OrganisationKind.SCHOOL: _SCHOOL,
    OrganisationKind.KINDERGARTEN: {
        **_SCHOOL,
        "organisation": "детский сад",
        "organisation_gen": "детского сада",
        "head": "заведующий",
        "class": "",
        "class_gen": "",
        "class_teacher": "",
        "pupil": "воспитанник",
        "pupils_gen": "воспитанников",
        "term": "",
    },
    OrganisationKind.COLLEGE: {
        **_SCHOOL,
        "organisation": "колледж",
        "organisation_gen": "колледжа",
        "class": "группа",
        "class_gen": "группы",
        "class_teacher": "куратор группы",
        "pupil": "студент",
        "pupils_gen": "студентов",
        "term": "семестр",
        "staff": "преподаватель",
    },
    OrganisationKind.DISTRICT: {
        **_SCHOOL,
        "organisation": "отдел образования",
        "organisation_gen": "отдела образования",
        "head": "начальник отдела",
        "class": "",
        "class_gen": "",
        "class_teacher": "",
        "term": "",
        "staff": "специалист",
    },
    OrganisationKind.REGION: {
        **_SCHOOL,
        "organisation": "регион",
        "organisation_gen": "региона",
        "head": "министр",
        "class": "",
        "class_gen": "",
        "class_teacher": "",
        "term": "",
        "staff": "специалист",
    },
}
KIND_TITLES: Mapping[str, str] = MappingProxyType(
    {
        OrganisationKind.SCHOOL: "школа",
        OrganisationKind.KINDERGARTEN: "детский сад",
        OrganisationKind.COLLEGE: "колледж",
        OrganisationKind.DISTRICT: "отдел образования",
        OrganisationKind.REGION: "регион",
    }
)
_BANKS: Mapping[str, tuple[str, str, str]] = {"банк": ("банк", "банка", "банке"), "база": ("база", "базы", "базе")}


def words(kind: str, profile: Profile | None = None) -> Words:
    """The words of a kind of organisation, with what its profile calls otherwise (`words.bank`, `words.head`, …).

    Keys: organisation, organisation_gen, head, head_gen, head_dat, head_ins, curator, class, class_gen, class_teacher,
    pupil, pupils_gen, staff, term, bank, bank_gen, bank_prep, mentors_bank, mentees_bank.
    """
    settings = profile.settings if profile is not None else {}
    head = str(settings.get("words.head") or _KINDS[kind]["head"])
    curator = str(settings.get("words.curator") or "куратор")
    return _words(kind, head, curator, str(settings.get("words.bank") or "банк"))


@lru_cache(maxsize=64)
def _words(kind: str, head: str, curator: str, bank: str) -> Words:
    heads = post_forms(head)
    nominative, genitive, prepositional = _BANKS.get(bank, _BANKS["банк"])
    return MappingProxyType(
        {
            **_KINDS[kind],
            "head": head,
            "head_gen": heads["gen"],
            "head_dat": heads["dat"],
            "head_ins": heads["ins"],
            "curator": curator,
            "bank": nominative,
            "bank_gen": genitive,
            "bank_prep": prepositional,
            "mentors_bank": f"{nominative.capitalize()} наставников",
            "mentees_bank": f"{nominative.capitalize()} наставляемых",
        }
    )


TIME_ZONES: Mapping[str, str] = MappingProxyType(
    {
        "Europe/Kaliningrad": "Калининград",
        "Europe/Moscow": "Москва",
        "Europe/Samara": "Самара",
        "Asia/Yekaterinburg": "Екатеринбург",
        "Asia/Omsk": "Омск",
        "Asia/Novosibirsk": "Новосибирск",
        "Asia/Krasnoyarsk": "Красноярск",
        "Asia/Irkutsk": "Иркутск",
        "Asia/Yakutsk": "Якутск",
        "Asia/Vladivostok": "Владивосток",
        "Asia/Magadan": "Магадан",
        "Asia/Kamchatka": "Петропавловск-Камчатский",
    }
)
"""Codes of time zones and the city that each is called after."""
