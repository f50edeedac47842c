"""Which regions there are, by key and name: accounts are bound to them, pages name them."""

import csv
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=8)
def region_names(surveys_dir: Path) -> dict[str, str]:
    """Region key → name, in the order of `regions.csv`."""
    with (surveys_dir / "regions.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["order"]))
    return {row["key"]: row["name"] for row in rows}
