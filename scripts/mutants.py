"""A sampled mutation run over the core's rules: definition, guards, judgement, operations, history.

Each mutant is a small change of the sources («<» for «<=», None for a value); the tests that reach it must fail. Prints the
share of killed mutants and every survivor with its change; ends with 1 below the share that is promised.

Usage: python scripts/mutants.py [--count 400] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MADE = ROOT / "mutants" / "workflow_core"
PROMISED = 0.85
SURVIVED, NOT_REACHED = 0, 33
"""Exit codes in which the mutation tool keeps its results; every other one means that the tests noticed."""


def mutmut(*arguments: str) -> str:
    """Run the tool; gives what it printed."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "CI": "1"})
    return done.stdout + done.stderr


def results() -> dict[str, int | None]:
    """Exit code of the tests by mutant; None while it has not run."""
    found: dict[str, int | None] = {}
    for path in sorted(MADE.rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def main(count: int, seed: int) -> int:
    # One quick mutant first: the tool makes all of them and learns which tests reach which.
    mutmut("run", "--max-children", "2", "workflow_core.history.x_entry_hash__mutmut_1")
    every = sorted(results())
    chosen = sorted(random.Random(seed).sample(every, min(count, len(every))))
    told = mutmut("run", "--max-children", str(os.cpu_count() or 1), *chosen)
    found = results()
    fates = {name: found[name] for name in chosen}
    if not chosen or None in fates.values():
        print(told[-5000:], "the tool did not run all mutants; the reason stands above", sep="\n", file=sys.stderr)
        return 2
    alive = [name for name, code in fates.items() if code in (SURVIVED, NOT_REACHED)]
    rooms = Counter(re.sub(r"\.x[_ǁ].*", "", name) for name in chosen)
    lost = Counter(re.sub(r"\.x[_ǁ].*", "", name) for name in alive)
    for room, number in sorted(rooms.items()):
        print(f"{room}: {number - lost[room]} of {number} killed")
    for name in alive:
        change = [line for line in mutmut("show", name).splitlines() if re.match(r"[-+](?![-+])", line)]
        print(f"\nsurvived{' (no test reaches it)' if fates[name] == NOT_REACHED else ''}: {name}", *change, sep="\n  ")
    share = 1 - len(alive) / len(chosen)
    print(f"\n{len(chosen)} of {len(every)} mutants, seed {seed}: {share:.1%} killed, promised {PROMISED:.0%}")
    return int(share < PROMISED)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A sampled mutation run over the core's rules.")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(main(given.count, given.seed))
