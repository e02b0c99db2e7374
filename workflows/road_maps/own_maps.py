"""Maps of one organisation that were accepted from its files, as templates beside the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session

from workflow_core.exceptions import NotFound
from workflow_core.unit_of_work import UnitOfWork
from workflows.road_maps import accepting, map_files, queries
from workflows.road_maps.map_template import MapTemplate, from_body
from workflows.road_maps.tables import OwnMap


def template_of(row: OwnMap) -> MapTemplate:
    """The map as it can be taken into work."""
    return from_body(row.body, row.code)


def templates(session: Session, scope: str) -> dict[str, MapTemplate]:
    """All own maps of an organisation by code, by title."""
    return {row.code: template_of(row) for row in queries.own_maps(session, scope)}


def template(session: Session, scope: str, code: str) -> MapTemplate:
    """One of them. Raises NotFound, for another organisation's too."""
    row = queries.own_map_of_code(session, scope, code)
    if row is None:
        raise NotFound("дорожная карта", code)
    return template_of(row)


def named_persons(uow: UnitOfWork, code: str) -> Mapping[str, tuple[str, ...]]:
    """Key of an item -> people whom the file names for it («Шевчук Е. В.»); empty for a map that is not the organisation's own."""
    row = queries.own_map_of_code(uow.session, uow.scope, code)
    file = queries.map_file_or_none(uow.session, uow.scope, row.map_file_id) if row else None
    if row is None or file is None or file.reading is None:
        return {}
    review = map_files.reviewed(uow, file)
    keys = [item.key for item in template_of(row).items]
    names = accepting.persons(review)
    return {key: names[item.id] for key, item in zip(keys, review.items, strict=False) if item.id in names}
