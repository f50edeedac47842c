"""How far two colleagues agree beyond chance."""

from collections import Counter
from collections.abc import Iterable


def cohens_kappa(both: int, first_only: int, second_only: int, neither: int) -> float | None:
    """Cohen's kappa of two people who each said yes or no (Cohen, 1960); None where chance explains all.

    20 / 5 / 10 / 15 gives .40. Raises ValueError for a negative number.
    """
    if min(both, first_only, second_only, neither) < 0:
        raise ValueError("numbers of remarks are not negative")
    total = both + first_only + second_only + neither
    if not total:
        return None
    agreed = (both + neither) / total
    first, second = (both + first_only) / total, (both + second_only) / total
    chance = first * second + (1 - first) * (1 - second)
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def kappa_of(pairs: Iterable[tuple[bool, bool]]) -> float | None:
    """The same from what the first and the second colleague said of each remark."""
    return cohens_kappa(*crossed(pairs))


def crossed(pairs: Iterable[tuple[bool, bool]]) -> tuple[int, int, int, int]:
    """How many both said yes to, the first alone, the second alone, and neither."""
    said = Counter(pairs)
    return said[True, True], said[True, False], said[False, True], said[False, False]
