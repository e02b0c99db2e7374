"""How a reading is compared with what a person wrote down: field by field, so that the right ones can be counted.

Texts of other people's maps are kept as their first words and a hash, persons as a hash of their letters.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workflows.road_maps.reader.reading import Reading

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
SEEDS = HERE.parents[1].parent / "shared" / "seeds"

Field = tuple[str, Any, Any]
"""Where, what was expected, what was read."""


def expected(name: str) -> dict[str, Any]:
    """The reading of a person."""
    reading: dict[str, Any] = json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))
    return reading


def hashed(text: str) -> str:
    """Twelve signs that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def fields(wanted: dict[str, Any], reading: Reading) -> Iterator[Field]:
    """Every field of the map, its sections and items, expected beside read. A section or item too many or too few counts
    as each of its fields."""
    got = reading.to_contract()
    for name in ("title", "organisation", "period", "level", "columns", "goals", "abbreviations"):
        yield name, wanted[name], _like(wanted[name], got[name])
    yield "approved_by", wanted["approved_by"], _approval(wanted["approved_by"], got["approved_by"])
    for place in range(max(len(wanted["sections"]), len(got["sections"]))):
        yield from _section(f"раздел {place + 1}", _at(wanted["sections"], place), _at(got["sections"], place))
    codes = {warning["code"] for warning in got["warnings"]}
    for warning in wanted["warnings"]:
        yield f"предупреждение {warning}", True, warning in codes


def _at(found: list[Any], place: int) -> dict[str, Any]:
    return found[place] if place < len(found) else {}


def _section(where: str, wanted: dict[str, Any], got: dict[str, Any]) -> Iterator[Field]:
    for name in ("number", "title", "lead_in"):
        yield f"{where}: {name}", wanted.get(name, "нет"), _like(wanted.get(name), got.get(name, "нет"))
    items, read = wanted.get("items", []), got.get("items", [])
    for place in range(max(len(items), len(read))):
        yield from _item(f"{where}, пункт {place + 1}", _at(items, place), _at(read, place))


def _item(where: str, wanted: dict[str, Any], got: dict[str, Any]) -> Iterator[Field]:
    for name in ("number", "parent", "text"):
        yield f"{where}: {name}", wanted.get(name, "нет"), _like(wanted.get(name), got.get(name, "нет"))
    points = wanted.get("subpoints", "нет")
    read = got.get("subpoints", [])
    yield f"{where}: subpoints", points, len(read) if isinstance(points, int) else read
    yield f"{where}: documents", sorted(wanted.get("documents", [])), sorted(got.get("documents", ["нет"]))
    yield from _deadline(f"{where}: deadline", wanted.get("deadline"), got.get("deadline"))
    yield from _responsible(f"{where}: responsible", wanted.get("responsible"), got.get("responsible"))
    for name in ("result", "indicator"):
        text, other = wanted.get(name), got.get(name)
        if text and "text" in text:
            text = text["text"]
        yield f"{where}: {name}", text, _like(text, other and other["text"])
    yield f"{where}: as_printed", sorted(wanted.get("as_printed") or ()), sorted(got.get("as_printed") or ())


def _deadline(where: str, wanted: dict[str, Any] | None, got: dict[str, Any] | None) -> Iterator[Field]:
    if wanted is None or got is None:
        yield where, wanted, got
        return
    for name in wanted:
        if name in ("alternatives", "also"):
            yield f"{where}.{name}", [_told(one) for one in wanted[name]], [_told(one) for one in got[name]]
        else:
            yield f"{where}.{name}", wanted[name], got[name]


def _told(deadline: dict[str, Any]) -> dict[str, Any]:
    return {name: deadline[name] for name in ("kind", "start", "end", "recurrence", "dates") if deadline.get(name)}


def _responsible(where: str, wanted: dict[str, Any] | None, got: dict[str, Any] | None) -> Iterator[Field]:
    if wanted is None or got is None:
        yield where, wanted, got
        return
    yield f"{where}.text", wanted["text"], _like(wanted["text"], got["text"])
    yield f"{where}.roles", sorted(wanted["roles"]), sorted(got["roles"])
    persons = got["persons"]
    if wanted["persons"] and re.fullmatch(r"[0-9a-f]{12}", wanted["persons"][0]):
        persons = [hashed(re.sub(r"[^А-Яа-яЁё]", "", person)) for person in persons]
    yield f"{where}.persons", wanted["persons"], persons


def _approval(wanted: dict[str, Any] | None, got: dict[str, Any] | None) -> Any:
    if wanted and got and got["name"] and re.fullmatch(r"[0-9a-f]{12}", wanted["name"] or ""):
        return {**got, "name": hashed(re.sub(r"[^А-Яа-яЁё]", "", got["name"]))}
    return got


def _like(wanted: Any, got: Any) -> Any:
    """`got` in the shape of `wanted`: texts become their first words and hash where it is so."""
    if isinstance(wanted, dict) and "sha" in wanted and isinstance(got, str):
        words = len(wanted["begins"].split())
        return {"begins": " ".join(got.split()[:words]), "sha": hashed(got)}
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [_like(one, other) for one, other in zip(wanted, got, strict=True)]
    return got
