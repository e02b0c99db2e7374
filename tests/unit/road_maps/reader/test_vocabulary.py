"""Words of a region beside the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins import profile_tarasovsky
from workflow_core.exceptions import InvalidDefinition
from workflows.road_maps.reader.documents import documents_in
from workflows.road_maps.reader.responsible import read_responsible
from workflows.road_maps.reader.vocabulary import SHIPPED, check_words, default_vocabulary, vocabulary_of


def test_region_adds_its_words_and_exceptions(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(
        "roles:\n  responsible_person: [комендант*]\n  other: [директор* интернат*]\n"
        "documents:\n  order: [акт* комендант*]\n  questionnaire: {made: [лист* адаптаци*]}\n",
        encoding="utf-8",
    )
    words = vocabulary_of([path])

    assert read_responsible("Комендант, директор интерната, директор", words).roles == (
        "responsible_person",
        "other",
        "director",
    )
    assert documents_in("Акт коменданта. Лист адаптации", None, words) == ("order", "questionnaire")
    assert documents_in("Разговор о листах адаптации", None, words) == ()
    assert read_responsible("Комендант", default_vocabulary()).roles == ("other",)


def test_shipped_district_knows_its_institute() -> None:
    words = vocabulary_of(profile_tarasovsky.contribute_road_map_words())

    assert read_responsible("РИПК и ППРО", words).roles == ("regional_centre",)
    assert read_responsible("РИПК и ППРО").roles == ("other",)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("roles:\n  director: директор*\n", "нужен список фраз"),
        ("roles:\n  boss: [директор*]\n", "кода «boss» нет"),
        ("roles:\n  director: ['..']\n", "не фраза"),
        ("roles:\n  director: [1]\n", "не фраза"),
        ("documents:\n  order: {always: [приказ*]}\n", "«always» здесь не бывает"),
        ("people: {}\n", "«people» здесь не бывает"),
        ("roles: [1]\n", "нужен перечень по кодам"),
        ("- 1\n", "нужны разделы"),
        ("roles: {\n", "это не YAML"),
    ],
)
def test_mistake_in_a_file_is_named(written: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(written, encoding="utf-8")

    (finding,) = check_words(path)
    assert complaint in finding.text.replace("Это", "это").replace("Нужны", "нужны")
    assert finding.file == str(path)
    with pytest.raises(InvalidDefinition):
        vocabulary_of([path])


def test_shipped_words_are_sound() -> None:
    assert check_words(SHIPPED) == []
