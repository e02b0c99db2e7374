"""People who do not exist, for simulated schools: a name for every number."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from workflows.organisations.person_input import PersonInput

_FAMILIES = (
    *("Берёзкин", "Васильков", "Горицветов", "Дубравин", "Ельников", "Жасминов", "Зверобоев", "Ивушкин"),
    *("Калинин", "Липин", "Малинин", "Незабудкин", "Осокин", "Пионов", "Рябинин", "Сосновцев"),
    *("Тополев", "Укропов", "Фиалкин", "Хвощёв", "Черёмухин", "Шиповников", "Щавелев", "Яблонев"),
)
_HE = (("Артём", "Львович"), ("Борис", "Глебович"), ("Глеб", "Ильич"), ("Денис", "Маратович"), ("Егор", "Олегович"))
_SHE = (("Алина", "Львовна"), ("Вера", "Глебовна"), ("Дарья", "Ильинична"), ("Ева", "Маратовна"), ("Лада", "Олеговна"))
_PATRONYMICS = len(_HE)


def name_of(number: int) -> tuple[str, str, str]:
    """Family name, given name, patronymic; women and men in turn, no name twice below 600."""
    family = _FAMILIES[number % len(_FAMILIES)]
    given, turn = number // len(_FAMILIES), number % 2
    first, second = given % _PATRONYMICS, given // _PATRONYMICS % _PATRONYMICS
    names = _SHE if turn else _HE
    return (f"{family}а" if turn else family), names[first][0], names[second][1]


def pupil(number: int, age: int, today: date, chance: Random) -> PersonInput:
    """A pupil of so many full years."""
    born = today.replace(year=today.year - age, day=1) - timedelta(days=chance.randint(10, 300))
    letter = chance.choice("АБВ")
    return PersonInput(*name_of(number), kind="pupil", class_name=f"{age - 6} «{letter}»", birth_date=born)


def adult(number: int, kind: str, post: str = "") -> PersonInput:
    """An employee, a parent or a guest."""
    return PersonInput(*name_of(number), kind=kind, post=post)
