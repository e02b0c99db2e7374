"""Plain worlds as the frozen facts that the product's guards get: the only place here that knows the product's types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from workflow_core.calendars import WorkingCalendar
from workflow_core.guards import Missing, Share
from workflows.documents.consents import ConsentState, holds
from workflows.documents.facts import ConsentSigners, PossibleSigner, SignatoryTerm
from workflows.documents.numbers import TakenNumber
from workflows.documents.papers import ActInForce, PaperLine
from workflows.mentoring.values import (
    Answer,
    Candidate,
    MeetingsValue,
    Member,
    NextCycle,
    OrderValue,
    OtherPair,
    PairOrders,
    PlanValue,
    ProgrammeValue,
    Signer,
)
from workflows.road_maps.evidence import Evidence, LineState

World = Mapping[str, Any]


def facts_of(world: World, kind: str, day: date, own: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """Every fact of a world by name; `own`: roles that the subject gives, by person."""
    makers = {"pair": _pair, "document": _document, "activity": _item}
    found = makers[kind](world, day) if kind in makers else {}
    return {**found, "relations": own, "account_people": {}, "working_calendar": WorkingCalendar()}


def _pair(world: World, day: date) -> dict[str, Any]:
    people = world["members"]
    return {
        "members": tuple(_member(one, index, day) for index, one in enumerate(people)),
        "member_consents": {one["id"]: _consents(one, day) for one in people},
        "joined_later": {one: (f"Человек {one}", day + timedelta(days=1)) for one in world["joined_later"]},
        "candidates": {one["id"]: Candidate(_member(one, 1, day), _consents(one, day)) for one in world["bank"]},
        "programme": ProgrammeValue(
            "programme-1",
            "Вместе",
            world["programme_form"],
            world["form"],
            day,
            day,
            "Петрова А. И., куратор",
            "Гусев А. П., директор",
            "",
        ),
        "mentor_load": dict(world["load"]),
        "live_pairs_of_members": tuple(
            OtherPair(f"pair-{index}", "formed", "programme-1", one["mentors"], one["mentees"])
            for index, one in enumerate(world["other_pairs"])
        ),
        "orders": _orders(world, day),
        "plan": _plan(world["plan"]),
        "meetings": MeetingsValue(world["meetings"], world["meeting_count"], None),
        "feedback": tuple(Answer(one["person"], one["stage"], one["given"], None) for one in world["answers"]),
        "cases": tuple(f"case-{index}" for index in range(world["cases"])),
        "pair_papers": world["pair_papers"],
        "next_cycle": NextCycle(world["later_programme"], world["continued_in"]),
        "agreements": frozenset(one["id"] for one in [*people, *world["bank"]] if one["agreement"]),
    }


def _member(one: Mapping[str, Any], index: int, day: date) -> Member:
    return Member(
        one["id"],
        f"Человек {one['id']}",
        one["kind"],
        "",
        one["side"],
        index == 0,
        day,
        None,
        one["born"],
        one["left"],
        one["checked"],
        one["in_bank"],
        tuple(Signer(adult, f"Взрослый {adult}", "мать") for adult in one["adults"]),
    )


def _consents(one: Mapping[str, Any], day: date) -> dict[str, ConsentState]:
    return {
        kind: ConsentState(
            f"{one['id']}-{kind}",
            kind,
            paper["state"],
            signed_on=paper["signed"],
            valid_to=paper["until"],
            revoked_on=paper["revoked"],
            is_valid=holds(paper["state"], paper["signed"], paper["until"], paper["revoked"], day),
            person_kind=one["kind"],
        )
        for kind, paper in one["consents"].items()
    }


def _orders(world: World, day: date) -> PairOrders:
    values = [OrderValue(one["id"], one["id"], one["signed"], one["state"]) for one in world["orders"]]
    signed = tuple(one for one in values if one.signed_on is not None)
    standing = tuple(
        one for one in signed if one.state in ("in_force", "amended") and one.signed_on and one.signed_on <= day
    )
    waiting = tuple(one for one in values if one.signed_on is None)
    return PairOrders(standing, waiting, signed, world["replaced_on"])


def _plan(plan: Mapping[str, Any]) -> PlanValue:
    return PlanValue(
        plan["tasks"], plan["done"], "plan-1" if plan["paper"] else "", plan["approved"], plan["previous_approved"]
    )


def _document(world: World, day: date) -> dict[str, Any]:
    paper, owner = world["paper"], world["owner"]
    return {
        "paper": _paper_line(paper) if paper else None,
        "taken_numbers": tuple(
            TakenNumber(one["id"], one["kind"], "Приказ", one["number"], one["signed"]) for one in world["numbers"]
        ),
        "signatory_terms": tuple(
            SignatoryTerm(f"term-{index}", one["person"], "Кто-то", "", False, one["first"], one["last"])
            for index, one in enumerate(world["terms"])
        ),
        "acts_in_force": tuple(_standing(one, day) for one in sorted(world["acts"])),
        "consent_signers": ConsentSigners(
            owner["id"],
            "Человек",
            owner["kind"],
            owner["born"],
            tuple(PossibleSigner(adult, f"Взрослый {adult}", "мать") for adult in owner["adults"]),
        )
        if owner
        else None,
    }


def _standing(act_id: str, day: date, kind: str = "order") -> ActInForce:
    return ActInForce(act_id, kind, "1", day, "Бумага", frozenset(), (kind,))


def _paper_line(paper: Mapping[str, Any]) -> PaperLine:
    return PaperLine(
        id=paper["id"],
        kind=paper["kind"],
        document_class="act",
        title="Документ",
        number="",
        signed_on=paper["signed"],
        signatory_text="",
        valid_to=None,
        person_id="",
        origin="",
        file_status="",
        file_error="",
        state="draft",
        since=None,
        version=1,
        has_scan=False,
        has_signature=False,
    )


def _item(world: World, day: date) -> dict[str, Any]:
    return {
        "evidence": Evidence(
            world["id"], world["acceptance"], tuple(_line(one) for one in world["lines"]), world["facts"]
        ),
        "papers_in_force": tuple(
            _standing(one, day, "control_sheet" if one.startswith("sheet") else "order")
            for one in sorted(world["papers"])
        ),
    }


def _line(one: Mapping[str, Any]) -> LineState:
    missing = () if one["done"] else tuple(Missing(f"Человек {index}") for index in range(one["missing"]))
    share = None if one["kind"] == "document" else Share(1, 1 + len(missing), missing)
    return LineState("Согласия", one["kind"], one["done"], "документа нет", share, missing)
