"""A second role that is called curator."""

from workflow_core.hookspecs import hookimpl
from workflow_core.plugin_manager import Role

CODE = "title_clash"


@hookimpl
def contribute_roles() -> list[Role]:
    return [Role("regional_curator", "Куратор")]
