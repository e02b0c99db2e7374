"""YAML files with places: what is wrong is said with file, line and column, all at once.

Used for definitions, and by the readers of other YAML forms (profiles, road maps).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from marshmallow import Schema
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

from workflow_core.exceptions import Finding, InvalidDefinition

KeyPath = Sequence[str | int]


class Findings:
    """Collects findings; `raise_if_any` ends a reading."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, code: str, text: str, node: Any = None, key: str | int | None = None) -> None:
        """Add a finding at `key` of `node` (a mapping or list that `load_yaml` gave), or at the node itself."""
        file, line, column = place_of(node, key)
        self.found.append(Finding(code, text, "error", file, line, column))

    def raise_if_any(self) -> None:
        """Raises `InvalidDefinition` with everything found, by file and line; returns if nothing was."""
        if self.found:
            raise InvalidDefinition(
                sorted(self.found, key=lambda finding: (finding.file, finding.line, finding.column))
            )


def load_yaml(path: Path, findings: Findings, content: bytes | None = None) -> Any:
    """The file's mapping with a place on every node; None and a finding where it can't be read or holds none.

    `content` is what stands in the file, where the caller has read it already.
    """
    try:
        root = YAML(typ="rt").load((path.read_bytes() if content is None else content).decode("utf-8"))
    except OSError as error:
        findings.found.append(Finding("file_unreadable", f"Файл не открывается: {error.strerror}.", file=str(path)))
        return None
    except UnicodeDecodeError:
        findings.found.append(Finding("file_not_utf8", "Файл записан не в UTF-8.", file=str(path)))
        return None
    except MarkedYAMLError as error:
        findings.found.append(_syntax(path, error))
        return None
    if not isinstance(root, dict):
        findings.found.append(
            Finding("not_a_mapping", "В файле нужны пары «имя: значение».", file=str(path), line=1, column=1)
        )
        return None
    _mark(root, str(path))
    return root


def check_shape(root: Any, shape: Schema, findings: Findings) -> bool:
    """Validate a loaded mapping by a marshmallow schema; every error becomes a finding `wrong_shape` with its place."""
    errors = shape.validate(root)
    _walk(errors, root, root, None, (), findings)
    return not errors


def place_of(node: Any, key: str | int | None = None) -> tuple[str, int, int]:
    """(file, line, column) of a key of a node, counted from 1; zeros where it is unknown."""
    if not isinstance(node, CommentedBase):
        return "", 0, 0
    mark = node.lc
    line, column = mark.line, mark.col
    if key is not None and key in (mark.data or {}):
        line, column = mark.data[key][:2]
    return getattr(mark, "file", ""), (line or 0) + 1, (column or 0) + 1


def _syntax(path: Path, error: MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    if isinstance(error, DuplicateKeyError):
        # The parser says «found duplicate key "formed" with value …».
        parts = (error.problem or "").split('"')
        name = parts[1] if len(parts) > 1 else ""
        return Finding("duplicate_key", f"Ключ «{name}» записан дважды.", file=str(path), line=line, column=column)
    return Finding("not_yaml", f"Это не YAML: {error.problem or error}.", file=str(path), line=line, column=column)


def _mark(node: Any, file: str) -> None:
    """Keep the file's name on every node: a definition that extends another one has nodes of both."""
    if isinstance(node, CommentedBase):
        node.lc.file = file
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _mark(child, file)


def _walk(errors: Any, node: Any, holder: Any, key: str | int | None, path: KeyPath, findings: Findings) -> None:
    """Turn marshmallow's tree of errors into findings. `key` of `holder` is the nearest thing that has a place."""
    if not isinstance(errors, dict):
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        for message in errors if isinstance(errors, list) else [errors]:
            findings.add("wrong_shape", f"{where}: {message}." if where else f"{message}.", holder, key)
        return
    for name, inner in errors.items():
        if _has(node, name):
            _walk(inner, node[name], node, name, (*path, name), findings)
        elif name in ("key", "value", "_schema"):
            # Marshmallow's own words for the two sides of a pair and for the mapping as a whole.
            _walk(inner, node, holder, key, path, findings)
        else:
            _walk(inner, None, holder, key, (*path, name), findings)


def _has(node: Any, name: Any) -> bool:
    return (
        name in node
        if isinstance(node, dict)
        else isinstance(node, list) and isinstance(name, int) and name < len(node)
    )
