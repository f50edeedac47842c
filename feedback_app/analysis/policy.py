"""The publication policy as values, and the rounding that follows from it.

One versioned file under `surveys/` holds the values; who reads it passes the mapping to `from_mapping`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from feedback_app.analysis.organisations import OrganisationBound

CUTS = ("flanders", "region", "agency", "offer_type", "language_group", "mode")
"""The cuts declared beforehand, never two of them crossed; language groups exist for Flanders only."""


@dataclass(frozen=True)
class Policy:
    """What may be published and how coarsely; every value is explained in surveys/publication.yaml.

    minimum_base: answers needed per audience; minimum_base_item and minimum_base_cut raise it for one
    item or one cut. smallest_cell: the smallest number of people a cell may stand for. base_ranges: first
    and last number of answers of each range, up to whole_percent_from, from where n is printed exactly.
    """

    version: str
    minimum_base: Mapping[str, int]
    minimum_base_item: Mapping[str, int]
    minimum_base_cut: Mapping[str, int]
    organisations_at_least: int
    organisation_largest_percent: int
    smallest_cell: int
    unanimity_below: int
    band_above: int
    band_below: int
    indicative_below: int
    whole_percent_from: int
    small_step: int
    base_ranges: tuple[tuple[int, int], ...]
    coarsen_below: int

    def __post_init__(self) -> None:
        """Refuse values that leave a hole in the policy."""
        edges = [number for pair in self.base_ranges for number in pair]
        expected = [min(self.minimum_base.values(), default=0)]
        for _, last in self.base_ranges[:-1]:
            expected += [last, last + 1]
        expected.append(self.whole_percent_from - 1)
        if edges != expected:
            raise ValueError(
                "publication policy: base_ranges must join up from the smallest minimum_base "
                f"to just below whole_percent_from ({self.whole_percent_from})"
            )
        if self.smallest_cell < 2 or min(self.minimum_base.values()) < 2 * self.smallest_cell:
            raise ValueError(
                "publication policy: minimum_base must be at least twice smallest_cell (2 or more), "
                "else a cell or the rest beside it is always too small"
            )
        if not (0 < self.band_below <= 20 and 80 <= self.band_above < 100):
            raise ValueError(
                "publication policy: band.above must be 80 to 99 and band.below 1 to 20, "
                "because pages and reports say “meer dan 80 %” and “minder dan 20 %”"
            )

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Build the policy from the file's content; raises ValueError naming the value at fault."""
        flat = dict(values)
        for group, names in _GROUPS.items():
            inner = _taken(flat, group, dict)
            flat |= {name: _taken(inner, key, int, group) for key, name in names.items()}
            _refuse_rest(inner, group)
        known = {field.name for field in fields(cls)}
        for name in known:
            if name.startswith("minimum_base"):
                flat[name] = _numbers(_taken(flat, name, dict), name)
            elif name == "base_ranges":
                flat[name] = _ranges(_taken(flat, name, list))
            else:
                flat[name] = _taken(flat, name, str if name == "version" else int)
        _refuse_rest({key: None for key in flat if key not in known}, "publication policy")
        return cls(**flat)

    def noted(self) -> dict[str, Any]:
        """Give the values as they are kept beside what was published under them."""
        return asdict(self)

    @classmethod
    def from_noted(cls, values: Mapping[str, Any]) -> Self:
        """Build the policy that was kept so."""
        return cls(**{**values, "base_ranges": tuple((first, last) for first, last in values["base_ranges"])})

    def base_needed(self, audience: str, item: str, cut: str) -> int:
        """Give the number of answers this item needs in this cut; ValueError for an unknown audience."""
        if audience not in self.minimum_base:
            raise ValueError(f"no publication policy for audience {audience!r}")
        return max(
            self.minimum_base[audience],
            self.minimum_base_item.get(item, 0),
            self.minimum_base_cut.get(cut, 0),
        )

    def enough(self, organisations: OrganisationBound | None, base: int) -> bool:
        """Say whether enough organisations are behind this many answers, none dominating; None: no matter."""
        return organisations is None or (
            organisations.at_least >= self.organisations_at_least
            and 100 * organisations.largest_at_most <= self.organisation_largest_percent * base
        )

    def step(self, base: int) -> int:
        """Give the step in percentage points to which shares over this base are rounded."""
        return 1 if base >= self.whole_percent_from else self.small_step

    def base_range(self, base: int) -> tuple[int, int]:
        """Give the first and last number of answers that are printed the same as this one."""
        if base >= self.whole_percent_from:
            return base, base
        for first, last in self.base_ranges:
            if first <= base <= last:
                return first, last
        raise ValueError("this base is below every range that may be printed")

    def printed_base(self, base: int) -> str:
        """Give the base as it may be printed: "57", "10–14", or "" below the smallest range."""
        if base < self.base_ranges[0][0]:
            return ""
        first, last = self.base_range(base)
        return str(first) if first == last else f"{first}–{last}"


def rounded(numerator: int, denominator: int, step: int) -> int:
    """Round a non-negative fraction to the nearest multiple of step, halves up, without floats."""
    return step * ((2 * numerator + step * denominator) // (2 * step * denominator))


_GROUPS = {
    "organisations": {
        "at_least": "organisations_at_least",
        "largest_percent": "organisation_largest_percent",
    },
    "band": {"above": "band_above", "below": "band_below"},
}


def _taken(values: dict[str, Any], key: str, kind: type, within: str = "") -> Any:
    name = f"{within}.{key}" if within else key
    if key not in values:
        raise ValueError(f"publication policy: {name} is missing")
    value = values.pop(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"publication policy: {name} must be of type {kind.__name__}, not {value!r}")
    if isinstance(value, int) and value < 1:
        raise ValueError(f"publication policy: {name} must be 1 or more")
    return dict(value) if isinstance(value, dict) else value


def _numbers(values: dict[str, Any], name: str) -> dict[str, int]:
    return {key: _taken(dict(values), key, int, name) for key in values}


def _ranges(pairs: list[Any]) -> tuple[tuple[int, int], ...]:
    for pair in pairs:
        whole = isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, int) for end in pair)
        if not whole or pair[0] > pair[1]:
            raise ValueError(f"publication policy: base_ranges holds {pair!r} instead of [first, last]")
    return tuple((first, last) for first, last in pairs)


def _refuse_rest(values: Mapping[str, Any], within: str) -> None:
    if values:
        raise ValueError(f"{within}: unknown value {', '.join(sorted(values))}")
