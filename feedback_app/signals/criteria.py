"""The test list of a good signal: what has to be answered before it counts as tested, which "no" may pass.

Knows neither Flask nor the database. A signal is a recurring problem or success beyond one person and one
situation, worded neutrally and about nobody one could recognise: a "no" there stops it. The other three say
how strong it is, so a "no" with a reason may pass, at a price.
"""

from collections.abc import Mapping
from dataclasses import dataclass

CRITERIA = (
    "recurring",
    "beyond_one",
    "spread",  # at three organisations or more, in two municipalities or more
    "second_source",
    "neutral",
    "not_own_level",
    "unrecognisable",
)
#: without these it is no signal: a "no" stops it, whatever the reason
MUST_HOLD = frozenset({"recurring", "beyond_one", "neutral", "unrecognisable"})
#: a success is worth telling although one solved it oneself; a problem one can solve is no signal
MUST_HOLD_UNLESS_PRACTICE = frozenset({"not_own_level"})
#: a "no" passes with its reason, but then the evidence is no strong pattern
SAYS_HOW_STRONG = frozenset({"spread", "second_source"})


#: what form P says of organisations, or of municipalities, that are too few for `spread`
_TOO_FEW = (frozenset({"one", "two"}), frozenset({"one"}))


@dataclass(frozen=True)
class Answer:
    """Does it hold, and why; None while nobody said."""

    holds: bool | None = None
    why: str = ""

    @property
    def given(self) -> bool:
        """Whether both were answered."""
        return self.holds is not None and bool(self.why.strip())


Answers = Mapping[str, Answer]


def unanswered(answers: Answers) -> tuple[str, ...]:
    """The questions that still need a yes or no and a why, in the order of the list."""
    return tuple(one for one in CRITERIA if not answers.get(one, Answer()).given)


def stopping(answers: Answers, *, practice: bool) -> tuple[str, ...]:
    """The questions whose "no" keeps this from being a signal."""
    stops = MUST_HOLD if practice else MUST_HOLD | MUST_HOLD_UNLESS_PRACTICE
    return tuple(one for one in CRITERIA if one in stops and answers.get(one, Answer()).holds is False)


def weakening(answers: Answers) -> tuple[str, ...]:
    """The questions whose "no" keeps the evidence from being called strong."""
    return tuple(
        one for one in CRITERIA if one in SAYS_HOW_STRONG and answers.get(one, Answer()).holds is False
    )


def contradicted(answers: Answers, organisations: str, municipalities: str) -> tuple[str, ...]:
    """The questions whose "yes" goes against form P; what was not said there goes against nothing."""
    few = organisations in _TOO_FEW[0] or municipalities in _TOO_FEW[1]
    return ("spread",) if few and answers.get("spread", Answer()).holds else ()
