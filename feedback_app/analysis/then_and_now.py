"""Then and now: two questions of one questionnaire, about the time before and about now.

The same people answer both at once, so nobody's first questionnaire is needed to see what changed. What is
frozen when a wave closes is one square: how many people gave which two answers. All figures of both questions
are its sums, so they are about the same people, and nothing follows from putting them beside each other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback_app.analysis.reading import Sums
from feedback_app.questionnaires.definition import Item, Survey

#: better, the same or worse than before, by the order of the answers
SHIFT = ("better", "same", "worse")
#: at the positive end: neither time, now only, before only, both times
CROSS = ("neither", "gained", "lost", "both")

#: the positive end of one question, and the rest
TOP, REST = "@positive", "@rest"
#: the groups for which it is published: each further cut multiplies what has to be kept from being computed
CUTS = ("flanders", "region")

#: cannot be part of an item's key, so no item is ever called so
_PAIR, _SHIFT, _CROSS = "@pair", "@shift", "@cross"


@dataclass(frozen=True)
class Pair:
    """Two items that ask the same, `then` about the time before."""

    then: Item
    now: Item

    @property
    def key(self) -> str:
        """What the square is frozen under."""
        return self.now.key + _PAIR

    @property
    def shift(self) -> str:
        """The key of the figures that say how many are better off, the same, or worse."""
        return self.now.key + _SHIFT

    @property
    def cross(self) -> str:
        """The key of the figures that say who came to the positive end and who left it."""
        return self.now.key + _CROSS

    @property
    def keys(self) -> tuple[str, ...]:
        """Everything that is published of the pair."""
        return (self.then.key, self.now.key, self.shift, self.cross)

    @property
    def options(self) -> tuple[str, ...]:
        """The kinds of change, which are what may not be computed back: nothing finer is printed."""
        kinds = (self.kind(a, b) for a in self.then.substantive for b in self.now.substantive)
        return tuple(dict.fromkeys(kinds))

    @property
    def views(self) -> tuple[Sums, ...]:
        """The sums that may be printed, each as the answers to a question of its own.

        Of the two questions only the share at the positive end: with both distributions printed beside each
        other too much of the square could be computed.
        """
        return (
            self._half(self.then, "lost", "both"),
            self._half(self.now, "gained", "both"),
            Sums(self.shift, tuple((name, self._where(moved=(name,))) for name in SHIFT)),
            Sums(self.cross, tuple((name, self._where(crossed=(name,))) for name in CROSS)),
        )

    def folded(self, square: Mapping[str, int]) -> Counter[str]:
        """People per kind of change, from the square."""
        found: Counter[str] = Counter()
        for a in self.then.substantive:
            for b in self.now.substantive:
                found[self.kind(a, b)] += square.get(cell(a, b), 0)
        return found

    def told(self, square: Mapping[str, int]) -> dict[str, Counter[str]]:
        """Everything the square says, by the keys of what is published: answer → people."""
        found: dict[str, Counter[str]] = {key: Counter() for key in self.keys}
        for a in self.then.substantive:
            for b in self.now.substantive:
                answers = (a, b, self._moved(a, b), self._crossed(a, b))
                for key, answer in zip(self.keys, answers, strict=True):
                    found[key][answer] += square.get(cell(a, b), 0)
        return found

    def kind(self, then: str, now: str) -> str:
        """What changed for who gave these answers: across the positive end or not, and up or down."""
        return f"{self._crossed(then, now)}/{self._moved(then, now)}"

    def _half(self, item: Item, *crossed: str) -> Sums:
        rest = tuple(one for one in CROSS if one not in crossed)
        answers = ((TOP, self._where(crossed)), (REST, self._where(rest)))
        return Sums(item.key, answers, (TOP,), named=item.substantive)

    def _where(self, crossed: Sequence[str] = CROSS, moved: Sequence[str] = SHIFT) -> tuple[str, ...]:
        parts = (one.split("/") for one in self.options)
        return tuple(f"{side}/{step}" for side, step in parts if side in crossed and step in moved)

    def _moved(self, then: str, now: str) -> str:
        values = {option.key: option.value or 0 for option in self.now.options}
        lower = self.now.patterns is not None and self.now.patterns.direction == "lower"
        step = (values[now] - values[then]) * (-1 if lower else 1)
        return SHIFT[1 if not step else 0 if step > 0 else 2]

    def _crossed(self, then: str, now: str) -> str:
        return CROSS[2 * (then in self.then.positive) + (now in self.now.positive)]


def cell(then: str, now: str) -> str:
    """The name of those who gave these two answers."""
    return f"{then}>{now}"


def pairs_of(survey: Survey) -> tuple[Pair, ...]:
    """The pairs of a questionnaire."""
    return tuple(Pair(then, now) for then, now in survey.then_and_now)


def summed(view: Sums, counts: Mapping[str, int]) -> dict[str, int]:
    """The people behind each answer of a view."""
    return {answer: sum(counts.get(one, 0) for one in behind) for answer, behind in view.answers}


def with_halves(survey: Survey, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    """Item → value → people with what follows from each square added under its own key.

    counts: as frozen, item → value → people; the squares among them stay.
    """
    found = dict(counts)
    for pair in pairs_of(survey):
        if pair.key in found:
            found |= pair.told(found[pair.key])
    return found
