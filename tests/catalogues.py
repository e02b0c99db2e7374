"""The shipped catalogue, built once a process: each test has a copy of its own, so that what it puts there stays with it."""

from __future__ import annotations

from copy import copy
from dataclasses import fields, replace
from functools import cache

from web.assembly import catalogue
from workflow_core.plugin_manager import Catalogue


@cache
def _built() -> Catalogue:
    return catalogue()


def shipped() -> Catalogue:
    """What the rooms and the installed plugins contribute."""
    built = _built()
    containers = {one.name: copy(getattr(built, one.name)) for one in fields(built) if one.name != "manager"}
    return replace(built, **{**containers, "plugins": {name: replace(info) for name, info in built.plugins.items()}})
