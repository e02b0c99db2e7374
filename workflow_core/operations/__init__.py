"""The verbs of the engine. Each takes an open `Write` (or a `Read` to ask) and never commits.

`requests` and `consequences` hold the words, `asking`, `stepping`, `mending`, `migrating` and `erasing` the verbs. See docs/architecture.md,
«One way for every write».
"""

from workflow_core.operations.asking import preview, preview_consequences, why_not
from workflow_core.operations.consequences import Caused, Consequence, Effect
from workflow_core.operations.erasing import erase
from workflow_core.operations.mending import correct, enter_as_found, undo
from workflow_core.operations.migrating import (
    Fate,
    MigrationPlan,
    migrate,
    plan_migration,
    rehearse_migration,
    run_migration,
)
from workflow_core.operations.requests import Call, RowResult, StepRequest, StepResult
from workflow_core.operations.stepping import fire, fire_many, start

__all__ = [
    "Call",
    "Caused",
    "Consequence",
    "Effect",
    "Fate",
    "MigrationPlan",
    "RowResult",
    "StepRequest",
    "StepResult",
    "correct",
    "enter_as_found",
    "erase",
    "fire",
    "fire_many",
    "migrate",
    "plan_migration",
    "preview",
    "preview_consequences",
    "rehearse_migration",
    "run_migration",
    "start",
    "undo",
    "why_not",
]
