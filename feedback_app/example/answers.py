"""What example respondents answer: likely answers per question, and differences put in on purpose.

The differences are there to be found: by a reader of the report, and by whatever looks for patterns.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from feedback_app.example.draw import Stream, one_of
from feedback_app.questionnaires.definition import Item, Survey

#: survey → item → option → weight; an option that is not here gets a small one
LIKELY: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "newcomer": {
        "experience": {"5": 37, "4": 40, "3": 15, "2": 5, "1": 3},
        "match": {"3": 64, "2": 22, "1": 9, "dont_know": 5},
        "difficulties": {
            "hours": 26,
            "too_far": 22,
            "language": 19,
            "wanted_other": 15,
            "childcare": 12,
            "little_contact": 14,
            "too_expensive": 4,
            "other": 6,
        },
        "informed": {"yes": 67, "partly": 21, "no": 12},
        "support": {"yes": 55, "partly": 20, "no": 10, "not_applicable": 15},
        "dutch": {"much": 49, "little": 38, "hardly": 13},
        "contacts": {"still": 49, "not_any_more": 33, "no": 18},
        "welcome": {"yes": 80, "sometimes": 12, "no": 5, "prefer_not": 3},
    },
    "impact": {
        "still": {"yes": 44, "sometimes": 24, "no": 32},
        "home": {"yes": 58, "partly": 27, "no": 11, "prefer_not": 4},
        "dutch_before": {"1": 24, "2": 39, "3": 26, "4": 11},
        "help_nearby": {"yes": 61, "maybe": 19, "no": 20},
        "recommend": {"yes": 74, "maybe": 17, "no": 9},
        "chose": {"yes": 48, "together": 33, "no": 19},
        "next": {
            "work": 27,
            "dutch": 24,
            "sport": 15,
            "volunteer": 14,
            "people": 13,
            "study": 12,
            "school": 9,
            "culture": 9,
            "other": 4,
            "nothing": 5,
        },
    },
    "partner": {
        "course": {"5": 29, "4": 47, "3": 16, "2": 6, "1": 2},
        "match": {"3": 72, "2": 21, "1": 7},
        "difficulties": {
            "hours": 24,
            "dutch_level": 22,
            "expectations": 20,
            "stopped_early": 14,
            "distance": 13,
            "little_information": 16,
            "little_guidance": 10,
            "other": 5,
        },
        "informed": {"yes": 56, "partly": 30, "no": 14},
        "reachable": {"quickly": 66, "slowly": 14, "no": 5, "not_applicable": 15},
        "roles": {"yes": 56, "partly": 28, "no": 16},
        "language": {"no": 38, "sometimes": 48, "often": 14},
        "time": {"little": 18, "expected": 60, "too_much": 22},
        "again": {"yes": 79, "maybe": 17, "no": 4},
        "needs": {
            "contact_point": 28,
            "earlier_information": 26,
            "clear_agreements": 24,
            "language_tips": 17,
            "time_means": 16,
            "exchange": 10,
            "diversity_training": 7,
            "other_newcomers": 8,
            "nothing": 12,
            "other": 3,
        },
    },
}

#: how far someone's answer about now lies from the one about before, where both are asked
_SHIFT = {"-1": 13, "0": 43, "1": 35, "2": 9}

_SKIPS, _BREAKS_OFF, _UNLISTED = 0.035, 0.06, 3.0
#: how far one respondent is more or less content than another, on the logit scale
_MOOD = 0.4
#: how many options are ticked
_TICKS = {"1": 55, "2": 35, "3": 10}


@dataclass(frozen=True)
class Situation:
    """What an answer may depend on; `wave` is 0 for the older closed one, 1 for the newer, 2 for the open."""

    survey: str
    wave: int
    region: str
    offer_type: str


@dataclass(frozen=True)
class Difference:
    """In these situations the positive share of an item is so many points higher or lower."""

    survey: str
    item: str
    points: int
    waves: tuple[int, ...] = (0, 1, 2)
    region: str = ""
    offer_type: str = ""

    def holds(self, situation: Situation, item_key: str) -> bool:
        """Whether it applies to this item there."""
        return (
            (self.survey, self.item) == (situation.survey, item_key)
            and situation.wave in self.waves
            and self.region in ("", situation.region)
            and self.offer_type in ("", situation.offer_type)
        )


#: What there is to find, beside one difference in `LIKELY` itself: partners reach someone quickly more often
#: than newcomers get enough help (`reachable` and `support`).
DIFFERENCES = (
    Difference("newcomer", "informed", -22, waves=(1, 2), region="limburg"),
    Difference("newcomer", "contacts", -20, offer_type="taaloefenkans"),
    Difference("newcomer", "contacts", 14, offer_type="buddy"),
    Difference("partner", "roles", -14, waves=(0,)),
    Difference("partner", "roles", 6, waves=(1, 2)),
)


def choose(rng: Stream, survey: Survey, situation: Situation) -> dict[str, tuple[str, ...]]:
    """One respondent's answers, as a page would send them: item key → chosen option keys."""
    mood = rng.gauss(0, _MOOD)
    items = survey.core
    last = rng.randrange(1, len(items)) if rng.random() < _BREAKS_OFF else len(items)
    chosen: dict[str, tuple[str, ...]] = {}
    for item in items[:last]:
        if not item.shown(chosen) or rng.random() < _SKIPS:
            continue
        if item.type == "multiple":
            chosen[item.key] = _ticks(rng, item, _weights(situation.survey, item))
        elif item.before in chosen:
            chosen[item.key] = (_shifted(rng, item, chosen[item.before][0]),)
        else:
            chosen[item.key] = (rng.evenly((situation.region, item.key), likely(situation, item, mood)),)
    return chosen


def _shifted(rng: Stream, item: Item, before: str) -> str:
    """The answer about now of someone who gave this one about before."""
    answers = [one.key for one in sorted(item.options, key=lambda one: one.value or 0) if not one.is_code]
    place = answers.index(before) + int(one_of(rng, _SHIFT))
    return answers[min(max(place, 0), len(answers) - 1)]


def likely(situation: Situation, item: Item, mood: float = 0.0) -> dict[str, float]:
    """Option → weight in this situation; the positive options together follow the differences."""
    weights = _weights(situation.survey, item)
    answers = {key: weights[key] for key in item.substantive}
    positive = {key: weight for key, weight in answers.items() if key in item.positive}
    before = sum(positive.values()) / sum(answers.values())
    if not 0 < before < 1:
        return weights
    points = sum(one.points for one in DIFFERENCES if one.holds(situation, item.key))
    after = min(0.97, max(0.03, before + points / 100))
    after = 1 / (1 + (1 - after) / after * math.exp(-mood))
    for key in answers:
        weights[key] *= after / before if key in positive else (1 - after) / (1 - before)
    return weights


def _weights(survey_key: str, item: Item) -> dict[str, float]:
    known = LIKELY.get(survey_key, {}).get(item.key, {})
    return {option.key: known.get(option.key, _UNLISTED) for option in item.options}


def _ticks(rng: Random, item: Item, weights: Mapping[str, float]) -> tuple[str, ...]:
    """One to three options (or as many as the item allows); "nothing" stands alone."""
    wanted = min(int(one_of(rng, _TICKS)), item.max_choices or len(weights))
    ticked: list[str] = []
    left = dict(weights)
    for _ in range(wanted):
        ticked.append(one_of(rng, left))
        del left[ticked[-1]]
    return ("nothing",) if "nothing" in ticked else tuple(ticked)
