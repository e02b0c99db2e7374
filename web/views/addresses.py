"""Where a subject of the history has its page. Rooms of the admin that are not there have no address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, has_request_context, url_for

PAGES: Mapping[str, str] = {
    "pair": "pairs.show",
    "person": "people.show",
    "document": "documents.show",
    "activity": "road_maps.item",
    "road_map": "road_maps.show",
    "map_file": "road_maps.file",
    "programme": "settings.programme",
    "organisation": "settings.show",
}
"""Kind of subject -> endpoint of its page; the endpoint takes the id as its only argument, or none."""


def page_of(kind: str, subject_id: str) -> str:
    """Address of a subject's page, empty where it has none."""
    return address(PAGES.get(kind, ""), subject_id)


def address(endpoint: str, subject_id: str = "", **more: str) -> str:
    """Address of an endpoint, empty where the admin has no such page; `subject_id` goes to its first argument."""
    if not endpoint or not has_request_context() or endpoint not in current_app.view_functions:
        return ""
    rule = next(current_app.url_map.iter_rules(endpoint))
    names = sorted(rule.arguments - set(rule.defaults or {}))
    values: dict[str, Any] = {**dict.fromkeys(names[:1], subject_id), **more}
    return url_for(endpoint, **values)
