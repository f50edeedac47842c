"""The regions of `surveys/regions.csv`: reference data that an agency edits, read in one place."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
_NIS = re.compile(r"[0-9]{1,5}")


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
    taken: dict[str, str] = {}
    for line, row in _rows(surveys_dir / "regions.csv"):
        try:
            found = Region(row["key"], row["name"], tuple(row["nis"].split()), int(row["order"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            faults.append((line, "a column is missing", "give key,name,nis,order with commas"))
            continue
        if not _KEY.fullmatch(found.key) or not found.name.strip():
            faults.append((line, "key or name is empty or not usable", "key: small letters, digits and _"))
        if found.key in regions:
            faults.append((line, f"“{found.key}” stands twice", "remove one"))
        for nis in found.nis:
            if not _NIS.fullmatch(nis):
                faults.append((line, f"“{nis}” is no NIS code", "give one to five digits"))
            elif taken.setdefault(nis, found.key) != found.key:
                faults.append((line, f"NIS code {nis} already lies in “{taken[nis]}”", "remove one"))
        regions[found.key] = found
    if not regions and not faults:
        faults.append((1, "there is no region", "give key,name,nis,order and a line for each region"))
    if faults:
        raise RegionsRefused(faults)
    return dict(sorted(regions.items(), key=lambda one: one[1].order))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with its line number; a byte-order mark, which spreadsheets write, is passed over."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RegionsRefused(
            [(1, f"it cannot be read: {error.strerror}", "make it a readable file")]
        ) from error
    except UnicodeDecodeError as error:
        raise RegionsRefused([(1, "the file is not UTF-8", "save it as UTF-8")]) from error
    yield from enumerate(csv.DictReader(text.splitlines()), 2)


@lru_cache(maxsize=8)
def region_names(surveys_dir: Path) -> dict[str, str]:
    """Region key → name, in geographical order."""
    return {key: region.name for key, region in read_regions(surveys_dir).items()}
