"""A definition as a picture: Mermaid text with the words of the pages."""

from __future__ import annotations

from workflow_core.definition import REMEMBERED, SAME, START, WorkflowDefinition


def diagram(definition: WorkflowDefinition, active: str | None = None) -> str:
    """Mermaid `stateDiagram-v2` of a definition; `active` is the state to mark. Equal definitions give equal text."""
    lines = ["stateDiagram-v2", "    direction TB"]
    lines += [f'    state "{_escaped(state.title)}" as {_id(name)}' for name, state in definition.states.items()]
    lines += [
        f"    {_id(source)} --> {_id(target)} : {label}" for (source, target), label in _arrows(definition).items()
    ]
    lines += [f"    {_id(name)} --> [*]" for name in definition.final_states]
    if active is not None and active in definition.states:
        lines += ["    classDef active font-weight:bold,stroke-width:3px", f"    class {_id(active)} active"]
    return "\n".join(lines) + "\n"


def _arrows(definition: WorkflowDefinition) -> dict[tuple[str, str], str]:
    """One label for each (source, target): opposite and parallel arrows would cover each other's words."""
    labels: dict[tuple[str, str], list[str]] = {}
    for event in definition.events:
        for source, written in event.transitions:
            targets = (
                definition.remembered_by(source) if written == REMEMBERED else (source if written == SAME else written,)
            )
            for target in targets:
                labels.setdefault((source, target), []).append(_escaped(event.title))
    return {arrow: " / ".join(titles) for arrow, titles in labels.items()}


def _id(state: str) -> str:
    # The prefix keeps names such as «end» or «note» away from Mermaid's own words.
    return "[*]" if state == START else f"s_{state}"


def _escaped(title: str) -> str:
    for letter in '#;:"':
        title = title.replace(letter, f"#{ord(letter)};" if letter != "#" else "№")
    return title
