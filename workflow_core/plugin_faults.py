"""Faults of plugins in rendering and after-commit hooks: counted, kept over restarts, and quarantine after too many in a row.

Another version of the plugin begins anew. What stands here is no fact of any organisation: nothing that a rule or a paper
reads, so it is written outside of the histories; what a fault did to a paper stands on the paper and in its history.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from workflow_core import queries
from workflow_core.exceptions import NotFound, PluginError
from workflow_core.tables import PluginFault

if TYPE_CHECKING:
    from workflow_core.unit_of_work import ProcessEngine

log = logging.getLogger(__name__)

AFTER_COMMIT, RENDERING = "after_commit", "document_kinds"
HOOKS: Mapping[str, str] = MappingProxyType({AFTER_COMMIT: "отклик на запись", RENDERING: "подготовка документов"})
"""What may be put in quarantine, in words."""


def _moment(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")


def faults(engine: ProcessEngine, *, now: datetime) -> list[PluginFault]:
    """All that is known, by plugin. A quarantine of another version than the installed one does not hold any more."""
    with engine.read(now=now) as read:
        found = queries.plugin_faults(read.session)
    return [one if _is_current(engine, one) else replace(one, count=0, quarantined_since="") for one in found]


def _is_current(engine: ProcessEngine, fault: PluginFault) -> bool:
    info = engine.catalogue.plugins.get(fault.plugin)
    return info is not None and info.version == fault.version


def quarantine(engine: ProcessEngine, plugin: str, version: str, hook: str, *, now: datetime) -> PluginFault | None:
    """The row that keeps this version from being called, or None."""
    with engine.read(now=now) as read:
        fault = queries.plugin_fault(read.session, plugin, hook)
    return fault if fault is not None and fault.quarantined_since and fault.version == version else None


def count(engine: ProcessEngine, error: PluginError, hook: str, *, now: datetime, work: str = "") -> None:
    """Write a fault down; the one that makes it too many in a row begins the quarantine."""
    at, text = _moment(now), error.text[:300]
    with engine.upkeep() as session:
        known = queries.plugin_fault(session, error.plugin, hook, lock=True)
        if known is None or known.version != error.version:
            total = known.total if known else 0
            known = PluginFault(error.plugin, hook, error.version, 0, total, "", text, at, at, "", "", "")
        again = bool(work) and known.work == work
        number = known.count + (0 if again else 1)
        since = known.quarantined_since or (at if number >= engine.plugin_work.limits.faults else "")
        first = known.first_at if known.count else at
        queries.keep_plugin_fault(
            session,
            replace(
                known,
                count=number,
                total=known.total + 1,
                work=work,
                last_error=text,
                first_at=first,
                last_at=at,
                quarantined_since=since,
            ),
        )
    if since and not known.quarantined_since:
        log.error("plugin %s %s is in quarantine: %s", error.plugin, error.version, HOOKS[hook])


def well(engine: ProcessEngine, plugin: str, version: str, hook: str, *, now: datetime) -> None:
    """The plugin has done its work: faults before this one do not count as a row any more."""
    with engine.read(now=now) as read:
        known = queries.plugin_fault(read.session, plugin, hook)
    if known is None or (known.count == 0 and not known.quarantined_since and known.version == version):
        return
    with engine.upkeep() as session:
        queries.keep_plugin_fault(session, replace(known, version=version, count=0, work="", quarantined_since=""))


def lift(engine: ProcessEngine, plugin: str, *, by: str, now: datetime) -> Sequence[str]:
    """End the quarantine of a plugin by hand; gives the hooks that are called again. Raises NotFound where nothing is to be lifted."""
    lifted: list[str] = []
    with engine.upkeep() as session:
        for fault in queries.plugin_faults(session):
            if fault.plugin == plugin and fault.count:
                queries.keep_plugin_fault(
                    session,
                    replace(fault, count=0, work="", quarantined_since="", lifted_at=_moment(now), lifted_by=by[:100]),
                )
                lifted.append(fault.hook)
    if not lifted:
        raise NotFound("дополнение со сбоями", plugin)
    log.warning("faults of plugin %s are lifted by %s: %s", plugin, by, ", ".join(lifted))
    return lifted
