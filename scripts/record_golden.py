#!/usr/bin/env python
"""Record a history of every shipped lifecycle whose edition has none yet: `python scripts/record_golden.py [CODE …]`.

Done once for each released edition, and the file is kept for good: it shows that what was written then is read for ever.
With codes named, theirs are recorded anew, which is right only for an edition that nobody has got yet.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.conftest import new_database  # noqa: E402
from tests.integration.durability.golden import path_of, record, write_golden  # noqa: E402
from web.assembly import catalogue  # noqa: E402


def main(codes: list[str]) -> None:
    """Record what is named or missing."""
    known = catalogue()
    for code, definition in known.definitions.items():
        path = path_of(definition)
        if code in codes or not (codes or path.exists()):
            with new_database("sqlite") as database:
                golden = record(database, known, code)
            write_golden(path, golden)
            print(f"{path.relative_to(ROOT)}: {len(golden.entries)} entries")


if __name__ == "__main__":
    main(sys.argv[1:])
