"""Subscriptions to the dates of a running map: one for an account and a map, ended whenever its owner wants."""

from __future__ import annotations

from workflow_core.exceptions import NotFound
from workflow_core.unit_of_work import Write
from workflows.organisations import policy
from workflows.road_maps import queries
from workflows.road_maps.tables import CalendarFeed


def subscribe(write: Write, road_map_id: str) -> CalendarFeed:
    """The account's subscription to a map, begun now if there is none. Raises NotPermitted, NotFound."""
    policy.require(write.actor, "map.read")
    road_map = queries.road_map(write.session, write.scope, road_map_id)
    found = queries.calendar_feed_of(write.session, write.scope, road_map.id, write.actor.id)
    if found is None:
        found = CalendarFeed(
            organisation_id=write.scope,
            road_map_id=road_map.id,
            account_id=write.actor.id,
            began_on=write.today,
        )
        write.session.add(found)
    return found


def unsubscribe(write: Write, road_map_id: str) -> None:
    """End the account's subscription: its address leads to nothing from now on. Raises NotPermitted, NotFound."""
    policy.require(write.actor, "map.read")
    found = queries.calendar_feed_of(write.session, write.scope, road_map_id, write.actor.id)
    if found is None:
        raise NotFound("подписка на календарь", road_map_id)
    found.ended_on = write.today
