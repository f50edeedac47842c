"""Break things, and print what was lost: `make faults` (ROUNDS=200, ARGS="web-server-sqlite worker" for some)."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.databases import Databases
from tests.example_catalogues import make_catalogues
from tests.faults.count import Tally, head
from tests.faults.every import every_fault
from tests.faults.place import Place
from tests.memory import keep_files_in_memory
from tests.postgres import Cluster


def main() -> int:
    """Run the faults whose names begin with a word of the command line, or all; 1 when a promise was broken."""
    asked = argparse.ArgumentParser(prog="make faults")
    asked.add_argument("--rounds", type=int, default=200)
    asked.add_argument("--seed", type=int, default=0, help="the same moments again, as far as a clock allows")
    asked.add_argument("names", nargs="*")
    given = asked.parse_args()
    keep_files_in_memory()
    seed = given.seed or int(time.time())
    print(f"seed {seed}, process {os.getpid()}\n{head()}", flush=True)
    done = [
        _run(one.name, one.run, one.rounds(given.rounds), seed)
        for one in every_fault()
        if not given.names or any(one.name.startswith(name) for name in given.names)
    ]
    return int(not all(one.kept for one in done))


def _run(name: str, run: object, rounds: int, seed: int) -> Tally:
    """Each in a place of its own, so that one that goes wrong spoils no other."""
    folder = Path(tempfile.mkdtemp(prefix="feedback-faults-"))
    databases = Databases(folder, Cluster(durable=True))
    try:
        make_catalogues(folder / "translations")
        place = Place(databases, folder, folder / "translations", random.Random(f"{seed} {name}"))
        began = time.monotonic()
        done: Tally = run(place, rounds)  # type: ignore[operator]
        print(f"{done}  [{time.monotonic() - began:,.0f} s]", flush=True)
        return done
    finally:
        databases.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
