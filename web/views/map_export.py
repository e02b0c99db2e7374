"""A running map as a file, and the address under which a calendar reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from itsdangerous import BadSignature, Signer

from workflow_core.exceptions import NotFound
from workflow_core.unit_of_work import UnitOfWork
from workflows.road_maps import queries
from workflows.road_maps.tables import CalendarFeed, RoadMap
from workflows.road_maps.writer import calendar, sheet, word
from workflows.road_maps.writer.running import running_paper

MEDIA_TYPES: Mapping[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ics": "text/calendar; charset=utf-8",
}
"""Format -> what a browser is told; the formats that a map can be had in."""
_SALT = "calendar-feed"


@dataclass(frozen=True, slots=True)
class MapFile:
    """A file for the browser."""

    content: bytes
    name: str
    media_type: str


def map_file(
    read: UnitOfWork, road_map_id: str, ending: str, now: datetime, *, with_state: bool = False, public_url: str = ""
) -> MapFile:
    """The running map in one of the formats. Raises NotFound for another organisation's, and for an unknown format."""
    if ending not in MEDIA_TYPES:
        raise NotFound("формат", ending, MEDIA_TYPES)
    road_map = queries.road_map(read.session, read.scope, road_map_id)
    if ending == "ics":
        base = f"{public_url}/items/" if public_url else ""
        content = calendar.running_calendar(read, road_map_id, now, base)
    else:
        paper = running_paper(read, road_map_id, with_state=with_state)
        content = word.write(paper) if ending == "docx" else sheet.write(paper)
    return MapFile(content, f"{file_name(road_map)}.{ending}", MEDIA_TYPES[ending])


def file_name(road_map: RoadMap) -> str:
    """«Дорожная карта 2026-2027»: a name that every system stores; titles may be long and hold any sign."""
    years = sorted({day.year for day in (road_map.period_start, road_map.period_end) if day})
    return " ".join(["Дорожная карта", *(["-".join(map(str, years))] if years else [])])


def downloads(road_map_id: str, *, may_subscribe: bool) -> tuple[Mapping[str, Any], ...]:
    """What the menu «Скачать» offers."""

    def link(ending: str, state: str | None = None) -> str:
        return url_for("map_export.download", road_map_id=road_map_id, ending=ending, state=state)

    found = [
        {"label": "Word (.docx)", "url": link("docx")},
        {"label": "Word с отметками о выполнении", "url": link("docx", "1")},
        {"label": "Excel с отметками (.xlsx)", "url": link("xlsx", "1")},
        {"label": "Календарь сроков (.ics)", "url": link("ics")},
    ]
    if may_subscribe:
        found.append({"label": "Подписаться…", "url": url_for("map_export.subscription", road_map_id=road_map_id)})
    return tuple(found)


def feed_token(secret: str, feed: CalendarFeed) -> str:
    """The last part of a feed's address: the row's id and the installation's signature of it."""
    return _signer(secret).sign(feed.id).decode()


def feed_id(secret: str, token: str) -> str:
    """The id that a token was made for; empty for anything that this installation has not signed."""
    try:
        return _signer(secret).unsign(token).decode()
    except (BadSignature, UnicodeDecodeError):
        return ""


def _signer(secret: str) -> Signer:
    return Signer(secret, salt=_SALT, sep=".", digest_method=hashlib.sha256)
