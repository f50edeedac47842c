"""From p-values to words: false alarms kept down within a family, then what is big enough to matter.

Pure. A family is everything of one kind that was tested in one wave, both audiences together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback_app.analysis.patterns import benjamini_hochberg
from feedback_app.analysis.proposal import STRONG_Q, Verdict

#: the share of false alarms among alarms that is accepted
Q = 0.10
#: a difference that is big enough to matter and less likely than this by chance is worth asking about
NOTICED = 0.10


@dataclass(frozen=True)
class Outcome:
    """One test: p is None where nothing could be tested; what is relevant all the same is worth asking about.

    relevant: at least as large as declared. few: the answers leave open what is asked, so that no difference
    means nothing. again: the same was found in an earlier wave, or remarks say it too. sure: whether the
    family's own condition on a pattern is met.
    """

    p_value: float | None
    relevant: bool
    few: bool = False
    again: bool = False
    sure: bool = True


def family_q(outcomes: Sequence[Outcome]) -> list[float | None]:
    """The adjusted p-values of one family, in its order; None where nothing was tested."""
    tested = [one.p_value for one in outcomes if one.p_value is not None]
    adjusted = iter(benjamini_hochberg(tested))
    return [None if one.p_value is None else next(adjusted) for one in outcomes]


def judge(outcomes: Sequence[Outcome]) -> list[tuple[Verdict, float | None]]:
    """Verdict and q of every test of one family (Benjamini and Hochberg, 1995, then the declared effect).

    Few answers never mean "no difference", only "not to be said yet".
    """
    return [(_verdict(one, q), q) for one, q in zip(outcomes, family_q(outcomes), strict=True)]


def _verdict(one: Outcome, q: float | None) -> Verdict:
    if q is None or one.p_value is None:
        return Verdict.FOCUS if one.relevant else Verdict.UNKNOWN
    if one.relevant and one.sure and q <= STRONG_Q and one.again:
        return Verdict.STRONG
    if one.relevant and one.sure and q <= Q:
        return Verdict.POSSIBLE
    if one.relevant and one.p_value <= NOTICED:
        return Verdict.FOCUS
    return Verdict.UNKNOWN if one.few else Verdict.NONE
