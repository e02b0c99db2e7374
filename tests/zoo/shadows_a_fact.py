"""Takes the place of the organisation's own facts in all rules about visits, without anybody being told."""

from workflow_core.guards import FactsProvider
from workflow_core.hookspecs import hookimpl

CODE = "fact_shadows"


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    return [FactsProvider("quarantine", "visit", lambda *_asked: {}, False)]
