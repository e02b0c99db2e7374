"""A step that can be undone, with an entry in a register that can't."""

from pathlib import Path

from workflow_core.hookspecs import hookimpl
from workflow_core.operations import Effect

CODE = "effect_not_undoable"


@hookimpl
def contribute_effects() -> list[Effect]:
    return [Effect("give_out_key", "ключ выдан", lambda *_asked: None)]


@hookimpl
def contribute_definitions() -> list[Path]:
    return [Path(__file__).with_name("cannot_take_back.yaml")]
