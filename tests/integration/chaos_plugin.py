"""A plugin that misbehaves on demand, and one that is well: what is asked of them stands in the data that they get.

Used in this process and, by `catalogue` and `visits`, as the factory of child processes; MARSHRUT_CHAOS_FOLDER holds the
template, the notes of the good plugin and the file that says how `after_commit` misbehaves.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields

from workflow_core.history import HistoryEntry
from workflow_core.hookspecs import hookimpl
from workflow_core.plugin_manager import Catalogue, build_catalogue
from workflow_core.rendering import DocumentClass, DocumentKind

FOLDER = "MARSHRUT_CHAOS_FOLDER"


def folder() -> Path:
    return Path(os.environ[FOLDER])


def misbehave(how: str) -> None:
    """Do what `how` says, or nothing."""
    if how == "raise":
        raise RuntimeError("почта не отвечает")
    if how == "system exit":
        raise SystemExit(3)
    if how == "memory error":
        raise MemoryError
    if how == "much memory":
        kept = [b"x" * 2**20 for _ in range(10**5)]
        raise AssertionError(f"{len(kept)} MB were to be had")
    if how == "hard exit":
        os._exit(7)
    if how == "hang":
        time.sleep(600)
    if how == "busy":
        while True:
            pass
    if how == "flood":
        for _ in range(1024):
            sys.stdout.write("я" * 2**19)
    if how == "nonsense":
        for number in range(3, 20):
            try:
                os.write(number, b"\xff" * 64)
            except OSError:
                continue


class Greeting(Schema):
    name = fields.String(required=True)


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    misbehave(facts["how"])
    return {"name": facts["how"]}


def kind() -> DocumentKind:
    return DocumentKind(
        "greeting",
        "Приветствие",
        DocumentClass.ACT,
        "person",
        folder() / "template.docx",
        ("how",),
        context,
        Greeting,
        lambda _facts: [],
    )


class Chaos:
    """Misbehaves in rendering by the fact `how`, in `after_commit` by the file `how` in the folder."""

    @hookimpl
    def contribute_document_kinds(self) -> list[DocumentKind]:
        return [kind()]

    @hookimpl
    def after_commit(self, entries: Sequence[HistoryEntry]) -> None:
        how = folder() / "how"
        misbehave(how.read_text(encoding="utf-8") if how.exists() else "well")
        note("chaos", entries)


class Good:
    """Writes down what it hears."""

    @hookimpl
    def after_commit(self, scope: str, entries: Sequence[HistoryEntry]) -> None:
        assert len(scope) == 32
        note("good", entries)


def note(who: str, entries: Sequence[HistoryEntry]) -> None:
    with (folder() / "notes").open("a", encoding="utf-8") as file:
        file.writelines(f"{who} {entry.seq}\n" for entry in entries)


def notes() -> list[str]:
    path = folder() / "notes"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


PLUGINS = (("chaos", Chaos()), ("good", Good()))


def catalogue() -> Catalogue:
    """The factory of the child; chaos comes first, so that the good one proves that it is called after all."""
    return build_catalogue(PLUGINS, entry_points=False)
