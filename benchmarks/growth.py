"""Growth: the same pages and steps in schools of 1,000, 10,000 and 100,000 pairs with fifty entries of history a pair: up to 5,000,000.

    python -m benchmarks.growth --pairs 1000 10000 100000 --entries-a-pair 50

Ten entries a pair are its own, with people, papers and meetings; the rest says who has looked at whose data. Every page is visited in
all schools in turns, so that noise hits all. Asks for seven gigabytes and some ten minutes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flask.testing import FlaskClient

from benchmarks import pages
from benchmarks.big_school import BigSchool, fill, installation
from benchmarks.scratch import folder
from web.assembly import Installation

OWN = 10
"""Entries a pair of people, papers, steps and meetings."""
FLAT = 1.5
STEPS, TOGETHER = 30, 10
"""Steps alone, and steps in bulk of so many pairs."""


class Cost(NamedTuple):
    """What a page or step takes: milliseconds of every visit, statements and steps of SQLite's machine of one."""

    ms: list[float]
    statements: int = 0
    work: int = 0
    rows: int = 0
    """Lines of the page's tables: a search that finds six people in a small school fills its page in a large one."""


@dataclass(slots=True)
class Place:
    """One school, open."""

    made: Installation
    school: BigSchool
    client: FlaskClient
    addresses: dict[str, str]
    bytes_an_entry: float
    costs: dict[str, Cost] = field(default_factory=dict)


def open_school(pairs: int, entries_a_pair: int) -> Place:
    """Make one and open its pages for the first time."""
    here = folder()
    made = installation(f"sqlite:///{here / 'school.db'}", here)
    school = fill(made.engine, pairs=pairs, entries=pairs * OWN, looks=pairs * max(0, entries_a_pair - OWN))
    pages.settle(made)
    client = pages.curator_of(made, school)
    return Place(made, school, client, pages.addresses(school), pages.size_of(made) / school.entries)


def visit_all(places: Sequence[Place], visits: int) -> None:
    """Every page in all schools in turns."""
    for name in places[0].addresses:
        for place in places:
            answer = place.client.get(place.addresses[name])
            assert answer.status_code == 200, (name, answer.status_code)
            meter = pages.Meter()
            with meter.on(place.made):
                place.client.get(place.addresses[name])
            place.costs[name] = Cost([], len(meter.statements), meter.steps, answer.text.count("<tr"))
        _in_turns(places, name, visits, lambda place, _number, name=name: place.client.get(place.addresses[name]))  # type: ignore[misc]


def step_all(places: Sequence[Place]) -> None:
    """Steps in all schools in turns: one pair, and several together."""
    shortest = min(len(place.school.formed_ids) for place in places)
    count = min(STEPS, shortest // (2 * TOGETHER) or 1)
    for name, size, rounds in (("a step", 1, count), ("a step in bulk", TOGETHER, max(1, count // TOGETHER))):
        for place in places:
            meter = pages.Meter()
            with meter.on(place.made, place.made.database.write_engine):
                pages.step(place.made, place.school, _next(place, size))
            place.costs[name] = Cost([], len(meter.statements) // size, meter.steps // size)
        _in_turns(
            places,
            name,
            rounds,
            lambda place, _n, size=size: pages.step(place.made, place.school, _next(place, size)),  # type: ignore[misc]
        )


def _next(place: Place, count: int) -> list[str]:
    """Pairs that have not stepped yet."""
    return [place.school.formed_ids.pop() for _ in range(count)]


def _in_turns(places: Sequence[Place], name: str, rounds: int, do: Callable[[Place, int], object]) -> None:
    for number in range(rounds):
        for place in places:
            begun = time.perf_counter()
            do(place, number)
            place.costs[name].ms.append((time.perf_counter() - begun) * 1000)


def times(first: Place, one: Place, name: str) -> float:
    """How many times the time in the smallest school: the median of the rounds' own ratios."""
    pairs = zip(one.costs[name].ms, first.costs[name].ms, strict=True)
    return statistics.median(mine / base for mine, base in pairs)


def table(places: Sequence[Place]) -> Iterator[str]:
    """The report."""
    first = places[0]
    yield f"{'':26}" + "".join(f"{len(one.school.pair_ids):>16,} pairs" for one in places)
    yield f"{'':26}" + "".join(f"{'sql':>6}{'ksteps':>9}{'x':>7}" for _ in places)
    for name in first.costs:
        cells = [
            f"{one.costs[name].statements:6d}{one.costs[name].work / 1000:9.1f}{times(first, one, name):7.2f}"
            for one in places
        ]
        yield f"{name:26}" + "".join(cells)
    yield f"{'entries':26}" + "".join(f"{one.school.entries:>22,}" for one in places)
    yield f"{'bytes an entry':26}" + "".join(f"{one.bytes_an_entry:>22,.0f}" for one in places)
    for one in places[1:]:
        found = {name: times(first, one, name) for name in first.costs}
        slow, fuller = [], []
        for name, ratio in found.items():
            rows, base = one.costs[name].rows, first.costs[name].rows
            if ratio > FLAT and rows > base:
                fuller.append(f"{name} {ratio:.2f} ({rows} lines for {base})")
            elif ratio > FLAT:
                slow.append(f"{name} {ratio:.2f}")
        page = statistics.median(ratio for name, ratio in found.items() if name in first.addresses)
        yield (
            f"\n{len(one.school.pair_ids):,} pairs: a step {found['a step']:.2f}, a page {page:.2f} times the smallest school's "
            f"(median); slower than {FLAT}: {', '.join(slow) or 'none'}; and with more lines than there: {', '.join(fuller) or 'none'}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--entries-a-pair", type=int, default=50)
    parser.add_argument("--visits", type=int, default=15)
    asked = parser.parse_args()
    places = []
    for pairs in asked.pairs:
        begun = time.perf_counter()
        places.append(open_school(pairs, asked.entries_a_pair))
        print(f"{pairs:,} pairs made in {time.perf_counter() - begun:.0f} s", flush=True)
    visit_all(places, asked.visits)
    step_all(places)
    for line in table(places):
        print(line, flush=True)
    for place in places:
        place.made.close()


if __name__ == "__main__":
    main()
