"""Where a remedy is done: the address behind `Link.action` of guards and figures. Guards know no pages, pages add lines here.

Each action has its doors in order of liking; the first whose page exists in this admin is taken. An action without a door
has no link, never an error: a region's plugin may name actions that nobody has built a page for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, url_for
from werkzeug.routing import BuildError

from workflow_core.guards import Blocker, Link


@dataclass(frozen=True, slots=True)
class Door:
    """An endpoint, the name under which it takes the target, and what else it is told."""

    endpoint: str
    argument: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    anchor: str = ""


_PERSON = Door("people.show", "person_id")
_PAPER = Door("documents.show", "document_id")
_PAIR = Door("pairs.show", "pair_id")
_ITEM = Door("road_maps.item", "activity_id")

DOORS: Mapping[str, tuple[Door, ...]] = {
    # people and their consents: the target is a person
    "receive_consent": (Door("documents.receive", "person_id"), _PERSON),
    "issue_consent": (Door("documents.issue", "person_id"), _PERSON),
    "receive_duty_consent": (Door("documents.receive", "person_id", {"kind": "duty"}), _PERSON),
    "issue_duty_consent": (Door("documents.issue", "person_id", {"kind": "duty"}), _PERSON),
    "enter_participation": (Door("documents.enter", "person_id", {"kind": "participation_consent"}), _PERSON),
    "enter_agreement": (Door("documents.enter", "person_id", {"kind": "labour_agreement"}), _PERSON),
    "enrol": (Door("people.show", "person_id", anchor="banks"),),
    "add_representative": (Door("people.add_representative", "person_id"), _PERSON),
    "edit_person": (Door("people.edit", "person_id"), _PERSON),
    "person": (_PERSON,),
    # papers: the target is a paper
    "register_order": (Door("documents.register", "document_id"), _PAPER),
    "open_document": (_PAPER,),
    "document": (_PAPER,),
    "signatories": (Door("settings.show"),),
    # papers to be made: the target is a pair
    "prepare_order": (Door("documents.prepare", "pair_id", {"kind": "pair_order"}), Door("documents.index")),
    "approve_plan": (Door("documents.enter", "pair_id", {"kind": "individual_plan"}), Door("pairs.folder", "pair_id")),
    "write_case": (Door("documents.prepare", "pair_id", {"kind": "case"}), Door("pairs.folder", "pair_id")),
    # a wrong day of an earlier step: the target is the subject
    "correct_pair": (Door("pairs.correct", "pair_id"), _PAIR),
    "correct_document": (Door("documents.correct", "document_id"), _PAPER),
    "correct_activity": (Door("road_maps.item_correct", "activity_id"), _ITEM),
    "correct_stage": (Door("road_maps.section_correct", "stage_id"), Door("road_maps.section", "stage_id")),
    "correct_road_map": (Door("road_maps.map_correct", "road_map_id"), Door("road_maps.show", "road_map_id")),
    # a setting: the target is its name
    "rule": (Door("settings.rule", "key"), Door("settings.rules")),
    # a plugin that fails: the administrator's panel
    "plugins": (Door("settings.show", anchor="plugins"),),
    # pairs
    "open_pair": (_PAIR,),
    "propose_pair": (Door("pairs.propose"), Door("pairs.board")),
    "add_plan": (Door("pairs.plan", "pair_id"), _PAIR),
    "record_meeting": (Door("pairs.meeting", "pair_id"), _PAIR),
    **{
        f"record_{kind}": (Door("pairs.meeting", "pair_id", {"kind": kind}), _PAIR)
        for kind in ("acquaintance", "trial", "planning")
    },
    "enter_pair_paper": (Door("documents.enter", "pair_id"), Door("pairs.folder", "pair_id")),
    "new_programme": (Door("settings.programme"), Door("settings.show")),
    "enter_act": (Door("documents.enter", more={"kind": "order"}), Door("documents.index")),
    "edit_programme": (Door("settings.programme", "programme_id"), Door("settings.show")),
    "collect_feedback": (Door("pairs.feedback", "pair_id"), _PAIR),
    "collect_exit": (Door("pairs.feedback", "pair_id", {"stage": "exit"}), _PAIR),
    # items of a road map: the target is an item
    "open_activity": (_ITEM,),
    "log_fact": (Door("road_maps.item", "activity_id", anchor="log"),),
    "report_activity": (Door("road_maps.item_step", "activity_id", {"event": "report"}), _ITEM),
    "enter_document": (Door("documents.enter", "activity_id"), Door("documents.index")),
}
"""Action -> doors. Others add their lines."""


def link_url(link: Link | None) -> str:
    """Address of a remedy; empty for no link, an unknown action, or a page that this admin does not have."""
    if link is None:
        return ""
    for door in DOORS.get(link.action, ()):
        if door.endpoint not in current_app.view_functions:
            continue
        values: dict[str, Any] = {**door.more, **({door.argument: link.target} if door.argument else {})}
        try:
            return url_for(door.endpoint, _anchor=door.anchor or None, **values)
        except BuildError:
            continue
    return ""


def remedy(blocker: Blocker) -> dict[str, str] | None:
    """The ACTION of a blocker for the components, None where it names no page."""
    url = link_url(blocker.link)
    return {"label": blocker.link.label, "url": url} if blocker.link and url else None


def shown_blocker(blocker: Blocker) -> dict[str, Any]:
    """A blocker as `ui.blocker_list` takes it."""
    action = remedy(blocker)
    return {
        "severity": str(blocker.severity),
        "code": blocker.code,
        "text": blocker.text,
        "why": f"{blocker.explanation}." if blocker.explanation else "",
        "who": blocker.who_can_lift,
        "actions": [action] if action else [],
        "source": blocker.source,
        "guard": blocker.guard,
    }
