"""How much is tried: little in the suite, much in `make stress`."""

from __future__ import annotations

import os

STRESS = bool(os.environ.get("MARSHRUT_STRESS"))
"""Whether this is `make stress`."""


def rounds(suite: int, stress: int) -> int:
    """Rounds of a loop: so many in the suite, so many under stress."""
    return stress if STRESS else suite


def figures(what: str, **values: object) -> None:
    """Print what a long loop came to, for the record: shown by `make stress`, swallowed by the suite."""
    print(f"{what}: {', '.join(f'{name} {value}' for name, value in values.items())}")
