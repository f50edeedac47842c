"""What a fault did, in numbers: what was shown, what is stored, what is lost, doubled or by half."""

from collections import Counter
from dataclasses import dataclass, field

HEAD = "fault", "rounds", "requests", "told", "stored", "lost", "doubled", "by half", "other pages"


@dataclass
class Tally:
    """The rounds of one fault; `told` is what somebody was told or promised, `stored` what there is of it.

    `pages` are answers that were not the one hoped for, by kind; `unclear` those that nobody would understand:
    no page of ours, or not in the visitor's language.
    """

    fault: str
    rounds: int = 0
    requests: int = 0
    told: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    by_half: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Count what another counted too."""
        for name in ("requests", "told", "stored", "lost", "doubled", "by_half"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.pages += other.pages
        self.unclear += other.unclear

    @property
    def kept(self) -> bool:
        """Whether the promise was kept: nothing lost, nothing doubled, nothing by half, every page clear."""
        return not (self.lost or self.doubled or self.by_half or self.unclear) and self.told == self.stored

    def __str__(self) -> str:
        numbers = self.rounds, self.requests, self.told, self.stored, self.lost, self.doubled, self.by_half
        pages = [f"{name} {number:,}" for name, number in sorted(self.pages.items())]
        pages += [f"UNCLEAR {name} {number:,}" for name, number in sorted(self.unclear.items())]
        columns = (f"{number:>9,}" for number in numbers)
        return f"{'✓' if self.kept else '✗'} {self.fault:<44}{''.join(columns)}  {', '.join(pages)}".rstrip()


def head() -> str:
    """The line above tallies."""
    return f"  {HEAD[0]:<44}{''.join(f'{name:>9}' for name in HEAD[1:-1])}  {HEAD[-1]}"
