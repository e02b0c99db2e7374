"""All benchmarks, one after another, each in a process of its own: `python -m benchmarks [--quick]`.

Every figure is a ratio against a named peer of the same run; absolute times belong to the machine.
"""

from __future__ import annotations

import subprocess
import sys

SECTIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("memory", ("7",), ("2",)),
    ("step", ("NORMAL", "300", "9"), ("NORMAL", "20", "2")),
    ("step", ("FULL", "300", "9"), ("FULL", "20", "2")),
    ("jobs", ("NORMAL", "200", "7"), ("NORMAL", "20", "2")),
    ("jobs", ("FULL", "200", "7"), ("FULL", "20", "2")),
    ("bulk", ("NORMAL", "5"), ("NORMAL", "1")),
    ("bulk", ("FULL", "5"), ("FULL", "1")),
    ("postgresql", ("2", "5"), ("0.2", "1")),
    ("verify", ("1000000",), ("9000",)),
    ("documents", ("100", "5"), ("2", "1")),
    ("road_map_reading", ("15",), ("1",)),
    ("growth", (), ("--pairs", "100", "200", "--visits", "1")),
)
"""Module, its arguments, and those of a quick look."""


def main(quick: bool) -> int:
    worst = 0
    for name, whole, short in SECTIONS:
        arguments = short if quick else whole
        print(f"\n# {name} {' '.join(arguments)}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=False)
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main("--quick" in sys.argv))
