"""How many organisations can be behind a group of partner answers, without ever storing which.

A response does not know its organisation. What is known is how many invitations each organisation
answered in the same group; from that follow the least favourable spread that could be true.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class OrganisationBound:
    """At least so many distinct organisations answered, and the largest gave at most so many answers."""

    at_least: int
    largest_at_most: int


def bound(answered_by_organisation: Sequence[int], base: int, unlinked: int = 0) -> OrganisationBound:
    """Bound the organisations behind `base` answers to one item.

    answered_by_organisation: answered invitations per organisation in the group, in any order.
    base: how many of those responses answered the item; which ones is unknown, so the worst case counts:
    all from the organisations that answered most.
    unlinked: responses of the group that came without an invitation (paper, open link); they may all be
    from the largest organisation. Answers above all that is known are treated the same way.
    Raises ValueError for a negative number.
    """
    if base < 0 or unlinked < 0 or any(number < 0 for number in answered_by_organisation):
        raise ValueError("numbers of answers are never negative")
    numbers = sorted((number for number in answered_by_organisation if number), reverse=True)
    unexplained = max(unlinked, base - sum(numbers))
    if unexplained > 0:
        numbers = [numbers[0] + unexplained, *numbers[1:]] if numbers else [unexplained]
    organisations = covered = 0
    while covered < base:
        covered += numbers[organisations]
        organisations += 1
    return OrganisationBound(organisations, min(base, numbers[0]) if numbers else 0)
