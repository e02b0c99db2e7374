"""Asks a far-away server for its list of rules."""

import time

from workflow_core.guards import Guard
from workflow_core.hookspecs import hookimpl

CODE = "start_slow"


@hookimpl
def contribute_guards() -> list[Guard]:
    time.sleep(1.1)
    return []
