"""Frozen counts by group and question: what the policy and the attacker work on, and nobody else sees.

Kinds of activity with too few answers for any figure are rolled up here, before anything is withheld: they
count as "a different activity" (`andere`) in every figure by offer type.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.counting import ItemCounts, ItemRule, count_item
from feedback_app.analysis.models import PEOPLE, FrozenCount, FrozenGroup
from feedback_app.analysis.organisations import OrganisationBound, bound
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.reading import ANSWERED, Question, View
from feedback_app.analysis.then_and_now import CUTS, Pair, pairs_of
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.responses.coarsen import ANY_TYPE

ROLLED_CUT = "offer_type"


@dataclass(frozen=True)
class Counted:
    """One group's counts for one question; `bound` on the organisations behind them for partners."""

    counts: ItemCounts
    base: int
    bound: OrganisationBound | None
    thin: bool


class WaveCounts:
    """One survey's frozen counts of one wave, with small kinds of activity rolled up."""

    def __init__(
        self,
        session: Session,
        wave_key: str,
        survey: Survey,
        members: Mapping[str, Sequence[str]],
        policy: Policy,
        items: Sequence[Item] | None = None,
    ) -> None:
        """Read the counts once; members: every group of every cut, also those nobody belongs to.

        items: the questions that are looked at, without any what everybody is asked.
        """
        self.wave_key, self.survey, self.policy = wave_key, survey, policy
        self.items = survey.core if items is None else tuple(items)
        self.is_core = items is None
        self._pairs = {pair.key: pair for pair in pairs_of(survey)}
        where = {"wave_key": wave_key, "survey_key": survey.key}
        groups = session.scalars(sa.select(FrozenGroup).filter_by(**where)).all()
        self._outcomes = {(one.cut, one.member): dict(one.outcomes) for one in groups}
        self._organisations = {(one.cut, one.member): list(one.organisations) for one in groups}
        self._counts: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        for row in session.scalars(sa.select(FrozenCount).filter_by(**where)):
            self._counts[row.cut, row.member, row.item_key][row.value] = row.count
        self.rolled = self._roll_up(members.get(ROLLED_CUT, ()))
        self.members = {
            cut: tuple(key for key in keys if cut != ROLLED_CUT or key not in self.rolled)
            for cut, keys in members.items()
        }

    def questions(self) -> list[Question]:
        """Give what was asked as the attacker sees it: each item; what was asked of then and now as one."""
        pairs = {pair.now.key: pair for pair in self._pairs.values()}
        halves = {pair.then.key for pair in pairs.values()}
        items = [item for item in self.items if item.key not in halves]
        return [self._pair(pairs[item.key]) if item.key in pairs else self.question(item) for item in items]

    def question(self, item: Item) -> Question:
        """Give one item by itself as the attacker sees it."""
        return Question(
            self.wave_key,
            self.survey.key,
            item.key,
            tuple(item.substantive),
            tuple(item.positive),
            item.type == "multiple",
        )

    def _pair(self, pair: Pair) -> Question:
        return Question(self.wave_key, self.survey.key, pair.key, pair.options, views=pair.views, cuts=CUTS)

    def counted(self, question: Question, cut: str, member: str) -> Counted:
        """Give one group's counts for one question."""
        found: Mapping[str, int] = self._counts.get((cut, member, question.key), {})
        if question.key in self._pairs:
            found = self._pairs[question.key].folded(found)
        values = {value: count for value, count in found.items() if value != PEOPLE}
        counts = ItemCounts(values, people=found.get(PEOPLE, 0), multiple=question.multiple)
        base = count_item(rule_of(question), counts).base
        partner = self.survey.audience == "partner"
        organisations = bound(self._organisations.get((cut, member), ()), base) if partner else None
        few = any(
            base < self.policy.base_needed(self.survey.audience, one.key, cut) for one in question.printed
        )
        return Counted(counts, base, organisations, few or not self.policy.enough(organisations, base))

    def outcomes(self, cut: str, member: str) -> dict[str, int]:
        """Give one group's AAPOR outcomes."""
        return self._outcomes.get((cut, member), {})

    def _roll_up(self, types: Sequence[str]) -> frozenset[str]:
        """Let small kinds of activity count as `andere`; gives which ones."""
        if ANY_TYPE not in types:
            return frozenset()
        least = self.policy.base_ranges[0][0]
        small = [key for key in types if key != ANY_TYPE and self._answered(key) < least]
        into = (ROLLED_CUT, ANY_TYPE)
        for key in small:
            self._outcomes[into] = dict(
                Counter(self._outcomes.get(into, {})) + Counter(self._outcomes.pop((ROLLED_CUT, key), {}))
            )
            # nobody knows which organisations are the same: on the strict side, the largest ones are
            pair = (self._organisations.get(into, []), self._organisations.pop((ROLLED_CUT, key), []))
            self._organisations[into] = [a + b for a, b in zip_longest(*pair, fillvalue=0)]
            for cut, member, item in [one for one in self._counts if one[:2] == (ROLLED_CUT, key)]:
                self._counts[*into, item] += self._counts.pop((cut, member, item))
        return frozenset(small)

    def _answered(self, key: str) -> int:
        people = max(
            (
                sum(count for value, count in found.items() if value != PEOPLE)
                for (cut, member, _), found in self._counts.items()
                if (cut, member) == (ROLLED_CUT, key)
            ),
            default=0,
        )
        outcomes = self._outcomes.get((ROLLED_CUT, key), {})
        return max(people, sum(outcomes.get(code, 0) for code in ANSWERED))


def rule_of(question: Question | View) -> ItemRule:
    """How a question counts."""
    return ItemRule(question.key, question.options, question.positive)


def blocks_of(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Give groups of regions and groups of agencies that are the same people, from (region, agency) pairs."""
    blocks: list[tuple[set[str], set[str]]] = []
    for region, agency in sorted(set(pairs)):
        touching = [one for one in blocks if region in one[0] or agency in one[1]]
        joined = (
            {region}.union(*(regions for regions, _ in touching)),
            {agency}.union(*(agencies for _, agencies in touching)),
        )
        blocks = [*(one for one in blocks if one not in touching), joined]
    return tuple((tuple(sorted(regions)), tuple(sorted(agencies))) for regions, agencies in blocks)
