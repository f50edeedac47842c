"""Drawing at random, so that the same seed gives the same example data on every machine."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from random import Random
from uuid import UUID

_BLOCK = 20


class Stream(Random):
    """Random numbers of one purpose, that can also be spread evenly over the people of one group."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._left: defaultdict[Hashable, list[int]] = defaultdict(list)

    def evenly(self, group: Hashable, weights: Mapping[str, float]) -> str:
        """One key as `one_of`, but each twenty draws of a group together follow the weights.

        Example data is for seeing differences that were put in, not those of a small sample.
        """
        left = self._left[group]
        if not left:
            left.extend(range(_BLOCK))
            self.shuffle(left)
        rest = (left.pop() + self.random()) / _BLOCK * sum(weights.values())
        for key, weight in weights.items():
            rest -= weight
            if rest < 0:
                return key
        return list(weights)[-1]


def stream(seed: int, purpose: str) -> Stream:
    """Random numbers of their own for one purpose: more of one thing does not change another."""
    return Stream(f"{seed}:{purpose}")


def identifier(rng: Random) -> str:
    """A key in the form of `database.random_id`."""
    return f"{rng.getrandbits(128):032x}"


def client_id(rng: Random) -> str:
    """The UUID that a phone would have made for its response."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def one_of(rng: Random, weights: Mapping[str, float]) -> str:
    """One key, each as likely as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def shares(rng: Random, weights: Mapping[str, float], total: int) -> list[str]:
    """`total` keys in random order, each as often as its weight says; none missing when there is room.

    Largest remainders (Hare-Niemeyer), after one for each.
    """
    each = 1 if total >= len(weights) else 0
    left = total - each * len(weights)
    exact = {key: left * weight / sum(weights.values()) for key, weight in weights.items()}
    counts = {key: each + int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (int(exact[key]) - exact[key], key))
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    drawn = [key for key, count in counts.items() for _ in range(count)]
    rng.shuffle(drawn)
    return drawn


def early(rng: Random, several: Sequence[str]) -> str:
    """One of several, the first ones more often: some organisations receive many, most a few."""
    return several[int(len(several) * rng.random() ** 1.6)]
