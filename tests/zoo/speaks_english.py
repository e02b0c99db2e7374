"""A title that its readers do not understand."""

from workflow_core.hookspecs import hookimpl
from workflow_core.plugin_manager import Role

CODE = "not_russian"


@hookimpl
def contribute_roles() -> list[Role]:
    return [Role("warden", "Dormitory warden")]
