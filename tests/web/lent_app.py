"""Applications that tests use one after another: building one compiles two hundred addresses, and a test leaves nothing in it.

An application knows its installation by one place only, and that is changed for every borrower.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tests.conftest import NOW
from web.app import create_app
from web.assembly import Installation


class CompiledTemplates(BytecodeCache):
    """Compiles every template once a process, though each application has an environment of its own."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}

_free: dict[str, list[Flask]] = defaultdict(list)


def noon() -> datetime:
    """The clock of the tests: it stands."""
    return NOW


OPTIONS: dict[str, Any] = {"TESTING": True, "WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False, "CLOCK": noon}


@contextmanager
def lent_app(installation: Installation) -> Iterator[Flask]:
    """An application over this installation, with `OPTIONS`, until the end of the test."""
    settings = installation.settings
    kind = repr((settings.secret, settings.https))
    app = _free[kind].pop() if _free[kind] else create_app(installation, **OPTIONS)
    app.extensions["marshrut"] = installation
    before = dict(app.config)
    yield app
    if dict(app.config) == before:
        _free[kind].append(app)
