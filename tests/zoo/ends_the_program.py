"""Calls `sys.exit` where a sentence would do."""

import sys

from workflow_core.guards import Guard
from workflow_core.hookspecs import hookimpl

CODE = "ends_the_program"


@hookimpl
def contribute_guards() -> list[Guard]:
    sys.exit("нет лицензии")
