"""The regions of `surveys/regions.csv`: reference data that an agency edits, read in one place."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Region:
    """One region: stable key, Dutch name, the NIS-code prefixes of its municipalities (longest wins)."""

    key: str
    name: str
    nis: tuple[str, ...]
    order: int


class RegionsRefused(ValueError):
    """The file cannot be used; `faults` holds (line, problem, remedy) for each fault."""

    def __init__(self, faults: list[tuple[int, str, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {problem}" for line, problem, _ in faults))
        self.faults = faults


def read_regions(surveys_dir: Path) -> dict[str, Region]:
    """Region key → region, in geographical order; raises RegionsRefused."""
    faults: list[tuple[int, str, str]] = []
    regions: dict[str, Region] = {}
    with (surveys_dir / "regions.csv").open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            try:
                found = Region(row["key"], row["name"], tuple(row["nis"].split()), int(row["order"]))
            except (KeyError, TypeError, ValueError, AttributeError):
                faults.append((line, "a column is missing", "give key,name,nis,order"))
                continue
            if found.key in regions:
                faults.append((line, f"“{found.key}” stands twice", "remove one"))
            regions[found.key] = found
    if faults:
        raise RegionsRefused(faults)
    return dict(sorted(regions.items(), key=lambda one: one[1].order))


@lru_cache(maxsize=8)
def region_names(surveys_dir: Path) -> dict[str, str]:
    """Region key → name, in geographical order."""
    return {key: region.name for key, region in read_regions(surveys_dir).items()}
