"""Protecting a half-year: 18 regions × 11 offer types × 20 questions × 2 audiences, in well under a minute."""

import itertools
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from feedback_app.analysis.attacker import feasible
from feedback_app.analysis.disclosure import Policy, PublishedTable, Table, protect
from feedback_app.analysis.protection import Sums, sensitive_groups
from tests.benchmarks.figure import Budget

POLICY_FILE = Path(__file__).parents[2] / "surveys" / "publication.yaml"
DIMENSIONS = {
    "region": tuple(f"region {number}" for number in range(18)),
    "offer_type": tuple(f"type {number}" for number in range(11)),
    "answer": ("yes", "partly", "no"),
}
QUESTIONS, AUDIENCES = 20, 2


def figures() -> Iterator[Budget]:
    """All tables crossed by answer, which is more than is ever published; one is attacked afterwards."""
    policy = Policy.from_mapping(yaml.safe_load(POLICY_FILE.read_text("utf-8")))
    tables = [_table(number) for number in range(QUESTIONS * AUDIENCES)]
    started, processor, printed = time.perf_counter(), time.process_time(), 0
    published: list[PublishedTable] = []
    for number, table in enumerate(tables, 1):
        published.append(protect(table, policy))
        printed += len(published[-1].figures)
        if sys.stderr.isatty():
            print(f"\r  {number}/{len(tables)} tables", end="", file=sys.stderr)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    parts = sum(len(table.parts()) for table in tables)
    made_of = (
        f"{len(tables)} tables, {printed:,} of {parts:,} numbers printed; {processor:.0f} s of processor"
    )
    yield Budget("publication: a half-year protected", seconds, "s", most=60, made_of=made_of)
    yield Budget(
        "publication: groups opened in one of them", _opened(tables[0], published[0], policy), most=0
    )


def _opened(table: Table, published: PublishedTable, policy: Policy) -> int:
    secrets = sorted(sensitive_groups(Sums(table), policy), key=sorted)[::7]
    return sum(
        low > 0 and high - low < policy.smallest_cell for low, high in feasible(published.figures, secrets)
    )


def _table(seed: int) -> Table:
    """Regions and types of very different size, about 2,000 answers in all."""
    rng = random.Random(seed)
    weights = {name: [rng.lognormvariate(0, 1) for _ in keys] for name, keys in DIMENSIONS.items()}
    counts = {}
    for key in itertools.product(*DIMENSIONS.values()):
        expected = 1.5
        for (name, keys), one in zip(DIMENSIONS.items(), key, strict=True):
            expected *= weights[name][keys.index(one)]
        counts[key] = int(rng.expovariate(1 / expected))
    return Table.with_margins(f"question {seed}", DIMENSIONS, counts, answer="answer", top=("yes", "partly"))
