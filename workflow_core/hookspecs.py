"""Every hook of Marshrut. A plugin is a module or object with `@hookimpl` functions, found by the entry point `marshrut.plugins`.

Hooks named `contribute_…` are called once, at start, outside any transaction; each returns a list, the lists are joined, a name that
two plugins give is refused at start (both are named). A plugin whose hook raises there (SystemExit too), gives something else than
such a list, or names a hook that does not exist is left out whole and shown in `marshrut plugins list`; nothing starts without a
mandatory one (`MARSHRUT_MANDATORY_PLUGINS`). Slow hooks are shown, not left out.

Guards, facts, effects, consequences and `profile_of` are trusted code in the process. What raises there is named with plugin and
version and never counts as kept: a guard, or facts that it needs, closes its step; an effect or consequence takes the step back.
Rendering and `after_commit` run after the transaction, in a child process within limits of time, memory and output; too many
faults in a row mean quarantine until another version comes or somebody lifts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from sqlmodel import Session

    from workflow_core.guards import FactsProvider, Guard, Profile
    from workflow_core.history import HistoryEntry
    from workflow_core.operations import Consequence, Effect
    from workflow_core.plugin_manager import Role
    from workflow_core.rendering import DocumentKind

hookspec = pluggy.HookspecMarker("marshrut")
hookimpl = pluggy.HookimplMarker("marshrut")


@hookspec
def contribute_definitions() -> list[Path]:
    """YAML files of workflow definitions (lifecycles). Called once at start; a clash of codes is refused."""
    raise NotImplementedError


@hookspec
def contribute_guards() -> list[Guard]:
    """Guards that definitions may name. Pure; run inside the transaction over frozen facts.

    One that raises or gives anything but blockers closes the step by a blocker that names the plugin; one that hangs is named
    by the watchdog.
    """
    raise NotImplementedError


@hookspec
def contribute_facts() -> list[FactsProvider]:
    """Named facts for guards, evidence and pages. Loaded inside the transaction, in bulk; may only read.

    A loader that raises closes the steps whose guards need it.
    """
    raise NotImplementedError


@hookspec
def contribute_consequences() -> list[Consequence]:
    """What an event causes in other subjects (`then` in a definition). Runs inside the transaction, one level deep.

    One that raises takes the step back.
    """
    raise NotImplementedError


@hookspec
def contribute_effects() -> list[Effect]:
    """What an event changes in the registers (`does` in a definition). Runs inside the transaction, after the guards.

    One that raises takes the step back.
    """
    raise NotImplementedError


@hookspec
def contribute_roles() -> list[Role]:
    """Roles that definitions may name in `who`, with their Russian titles."""
    raise NotImplementedError


@hookspec
def contribute_document_kinds() -> list[DocumentKind]:
    """Kinds of documents: code, title, class, template, pure function facts -> context.

    `checks` runs when the paper is prepared, inside the transaction; `context` and the template in a job after the commit, in the
    child process. What raises there is written on the paper, which can be prepared again.
    """
    raise NotImplementedError


@hookspec
def contribute_profiles() -> list[Path]:
    """YAML files of profiles: rules of a region, municipality or organisation as data."""
    raise NotImplementedError


@hookspec
def contribute_road_maps() -> list[Path]:
    """YAML files of road maps that an organisation may take into work."""
    raise NotImplementedError


@hookspec
def contribute_road_map_words() -> list[Path]:
    """YAML files of words by which a road map's file is read: what a region calls its posts and its papers.

    They are added to the shipped ones. A file with a mistake is named by `marshrut check` and left out of the reading.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def profile_of(session: Session, scope: str, now: datetime, profiles: Sequence[Path]) -> Profile | None:
    """The layered rules of an organisation. Called inside the transaction, once a unit of work; the first answer wins.

    `session` may only read; `scope` is the organisation's id; `now` is aware UTC; `profiles` are the files that all
    plugins contributed. An implementation that raises stops the unit of work.
    """
    raise NotImplementedError


@hookspec
def after_commit(scope: str, entries: Sequence[HistoryEntry]) -> None:
    """Something was written: `entries` are the new entries of one commit, oldest first.

    Called from the job of that commit, in the child process (no database there), at least once; must bear repetition. An
    implementation that raises, hangs or ends the process is tried again with the job, the others are called all the same; after
    faults at three commits in a row (or three killings) it is not called until the quarantine is lifted.
    """
    raise NotImplementedError
