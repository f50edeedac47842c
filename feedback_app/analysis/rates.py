"""Response rates from counts of outcomes (AAPOR Standard Definitions, 10th edition, 2023)."""

import math
from collections.abc import Mapping

OUTCOMES = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")
RATES = ("RR1", "RR2", "RR3", "RR4", "RR5", "RR6", "COOP1", "REF1", "CON1")


def response_rates(counts: Mapping[str, int], e: float | None = None) -> Mapping[str, float]:
    """Give the six AAPOR response rates, COOP1, REF1, CON1 and the e that was used.

    counts: people per outcome — I complete, P partial, R refusal, NC non-contact, O other, UH unknown if
    reached, UO unknown other, NE not eligible; a missing key is zero.
    e: the share of the unknown outcomes that is eligible (0–1); by default that share among the known
    ones, eligible / (eligible + NE).
    A rate over nobody is `nan`: unknown, which is something else than zero.
    Raises ValueError naming the outcome that does not exist or is no count, or an e outside 0–1.
    """
    number = _checked(counts)
    if e is not None and not 0 <= e <= 1:
        raise ValueError(f"e is a share between 0 and 1, not {e!r}")
    interviews = number["I"] + number["P"]
    eligible = interviews + number["R"] + number["NC"] + number["O"]
    unknown = number["UH"] + number["UO"]
    share = _ratio(eligible, eligible + number["NE"]) if e is None else e
    # Without unknown outcomes e plays no part, also when nothing is known about it.
    estimated = eligible + (share * unknown if unknown else 0)
    everyone = eligible + unknown
    return {
        "RR1": _ratio(number["I"], everyone),
        "RR2": _ratio(interviews, everyone),
        "RR3": _ratio(number["I"], estimated),
        "RR4": _ratio(interviews, estimated),
        "RR5": _ratio(number["I"], eligible),
        "RR6": _ratio(interviews, eligible),
        "COOP1": _ratio(number["I"], interviews + number["R"] + number["O"]),
        "REF1": _ratio(number["R"], everyone),
        "CON1": _ratio(interviews + number["R"] + number["O"], everyone),
        "e": share,
    }


def _checked(counts: Mapping[str, int]) -> dict[str, int]:
    given: Mapping[str, object] = counts  # whatever a caller's file held
    for outcome, number in given.items():
        if outcome not in OUTCOMES:
            raise ValueError(f"unknown outcome {outcome!r}; known are {', '.join(OUTCOMES)}")
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ValueError(f"the count of {outcome!r} is a whole number of people, not {number!r}")
    return {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}


def _ratio(part: float, whole: float) -> float:
    # nan, not an exception: a region without invitations is no fault of the one who asks.
    return part / whole if whole else math.nan
