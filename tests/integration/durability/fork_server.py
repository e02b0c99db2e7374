"""Kills a writing process again and again; run as a program of its own, so that forking is safe.

Usage: fork_server.py MODULE NAME DATABASE_URL ROUNDS SEED. Every round a fresh child opens the database and works as fast as it
can, acknowledging what was committed; it is killed with SIGKILL at a random moment after its first word. This process has
imported, compiled and cached all before, so that a round costs little. Prints what each round acknowledged as JSON; the
first is what this process did itself to get warm.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
import traceback
from importlib import import_module

from tests.integration.durability.scenarios import Scenario

FOREVER = 1_000_000
"""Turns of a child: it is killed long before."""


def one_round(scenario: Scenario, url: str, chance: random.Random) -> list[str]:
    """What one child has acknowledged before it was killed."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            scenario.work(url, lambda line: os.write(write_end, f"{line}\n".encode()), FOREVER)
        except BaseException:
            traceback.print_exc()
        os._exit(3)
    os.close(write_end)
    told = os.read(read_end, 65536)
    time.sleep(chance.uniform(0, scenario.longest))
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    while part := os.read(read_end, 65536):
        told += part
    os.close(read_end)
    if not os.WIFSIGNALED(status):
        raise SystemExit("a child ended by itself, see above")
    return told.decode().split()


def main(module: str, name: str, url: str, rounds: str, seed: str) -> None:
    """All rounds."""
    scenario: Scenario = import_module(module).SCENARIOS[name]
    chance = random.Random(int(seed))
    warm: list[str] = []
    if scenario.warm:
        scenario.warm(url, warm.append)
    gc.collect()
    gc.freeze()
    told = [warm, *(one_round(scenario, url, chance) for _ in range(int(rounds)))]
    if scenario.finish:
        scenario.finish(url)
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
