"""The grammar of deadlines reads the hand-written table as a person does, and anything else without harm."""

from __future__ import annotations

import pytest

from tests.unit.road_maps.reader.phrase_table import Phrase, deadline_phrases, told
from workflows.road_maps.deadlines import contradictions, to_contract
from workflows.road_maps.reader.deadline_phrases import deadline_reading, period_of_year

TABLE = deadline_phrases()


@pytest.mark.parametrize("phrase", TABLE, ids=lambda phrase: f"{phrase.line}:{phrase.text[:40]}")
def test_phrase_of_the_table(phrase: Phrase) -> None:
    period = period_of_year(phrase.school_year)
    reading = deadline_reading(phrase.text, period)

    assert told(to_contract(reading.deadline), (period.start, period.end) if period else None) == phrase.reading
