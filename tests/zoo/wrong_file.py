"""Its lifecycle leads into a state that does not exist, so the plugin is left out."""

from pathlib import Path

from workflow_core.hookspecs import hookimpl

CODE = "unknown_state"


@hookimpl
def contribute_definitions() -> list[Path]:
    return [Path(__file__).with_name("wrong_file.yaml")]
