"""The board: signals side by side by state, theme or region, in one fixed order that no number decides."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback_app.signals.models import STATES, Signal

WAYS = ("state", "theme", "region")
#: how many of a column are shown; the list has the rest
MOST = 12
#: nothing follows in these, so a column of them stays folded
OVER = ("afgesloten", "niet_weerhouden")


@dataclass(frozen=True)
class Column:
    """One column: what is in it by key ("" is Flanders as a whole), and how many are not shown."""

    key: str
    signals: Sequence[Signal]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.signals)


def columns(
    signals: Sequence[Signal], way: str, themes: Mapping[str, str], regions: Mapping[str, str]
) -> list[Column]:
    """The columns in the order of the life cycle, the codebook or the map; of the last two only used ones.

    By theme and by region what is over comes last in its column.
    """
    orders = {"state": STATES, "theme": tuple(themes), "region": ("", *regions)}
    found: defaultdict[str, list[Signal]] = defaultdict(list)
    for one in signals:
        found[{"state": one.state, "theme": one.theme_key, "region": one.region_key or ""}[way]].append(one)
    if way != "state":
        for several in found.values():
            several.sort(key=lambda one: STATES.index(one.state) if one.state not in OVER else len(STATES))
    known = orders[way]
    keys = [*known, *sorted(set(found) - set(known))]
    wanted = keys if way == "state" else [key for key in keys if key in found]
    return [Column(key, found[key][:MOST], len(found[key])) for key in wanted]
