"""Drawing at random, so that the same seed gives the same example data on every machine."""

from collections.abc import Mapping, Sequence
from random import Random
from uuid import UUID


def stream(seed: int, purpose: str) -> Random:
    """Random numbers of their own for one purpose: more of one thing does not change another."""
    return Random(f"{seed}:{purpose}")  # noqa: S311 - example data has no secrets


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
