"""From frozen counts to what may be seen: the only reader of `frozen_*`, and it reads them once.

Whatever a page, export or report shows was put into `published_*` here, through `analysis.disclosure`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.counting import ItemCounts, ItemRule, count_item
from feedback_app.analysis.disclosure import Policy, publish_item, publish_participation
from feedback_app.analysis.models import (
    PEOPLE,
    FrozenCount,
    FrozenGroup,
    PublishedParticipation,
    PublishedStatistic,
)
from feedback_app.analysis.organisations import OrganisationBound, bound
from feedback_app.analysis.statistic import FLANDERS, State, Statistic
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.loading import load_codes, load_regions, read_yaml
from feedback_app.responses.models import MODES
from feedback_app.settings import Settings

Counts = Mapping[tuple[str, str, str], dict[str, int]]


def load_policy(settings: Settings) -> Policy:
    """The publication policy in force; raises ValueError or SurveysRefused saying what is wrong with it."""
    return Policy.from_mapping(read_yaml(settings.surveys_dir / "publication.yaml"))


def members(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Every group of every declared cut, also those nobody belongs to: they look like the small ones."""
    codes = load_codes(settings.surveys_dir)
    return {
        "flanders": (FLANDERS,),
        "region": tuple(load_regions(settings.surveys_dir)),
        "agency": tuple(code.key for code in codes.agencies),
        "offer_type": tuple(code.key for code in codes.offer_types),
        "language_group": tuple(dict.fromkeys(GROUPS.values())),
        "mode": MODES,
    }


def rule_of(item: Item) -> ItemRule:
    """How an item counts."""
    return ItemRule(item.key, item.substantive, item.positive)


def publish(session: Session, settings: Settings, wave_key: str, survey: Survey, policy: Policy) -> None:
    """Store what the policy lets out of one survey's frozen counts (flushes, does not commit)."""
    counts = _frozen_counts(session, wave_key, survey.key)
    groups = _frozen_groups(session, wave_key, survey.key)
    statistics, participation = [], []
    for cut, keys in members(settings).items():
        where = {"wave_key": wave_key, "survey_key": survey.key, "cut": cut}
        cut_groups = [
            groups.get((cut, key)) or FrozenGroup(**where, member=key, outcomes={}, organisations=[])
            for key in keys
        ]
        for item in survey.core:
            made = [
                _publish_item(survey, item, group, counts.get((cut, group.member, item.key), {}), policy)
                for group in cut_groups
            ]
            for one in with_companions(made, policy):
                row = {**where, "member": one.member, "item_key": item.key, "statistic": asdict(one)}
                statistics.append({**row, "policy_version": policy.version})
        for group in cut_groups:
            shown = _publish_participation(survey, group, policy)
            row = {**where, "member": group.member, "participation": shown}
            participation.append({**row, "policy_version": policy.version})
    session.execute(sa.insert(PublishedStatistic), statistics)
    session.execute(sa.insert(PublishedParticipation), participation)


def publish_theme_counts(counts: Mapping[str, int], policy: Policy) -> dict[str, str]:
    """Theme → printable number of remarks that are about it; themes with too few are left out."""
    printed = {theme: policy.printed_base(count) for theme, count in counts.items()}
    return {theme: text for theme, text in printed.items() if text}


def with_companions(made: Sequence[tuple[Statistic, int]], policy: Policy) -> list[Statistic]:
    """One item's statistics in all groups of a cut, given with their bases, so that no rest gives one away.

    Flanders is published too: where every other group shows its exact base, the one that is withheld is
    what is left. So beside a withheld group others stay vague, until two of them and as many answers as
    a figure needs are vague together; the smallest exact ones join. The joint program over all tables
    (complementary suppression) takes this function's place.
    """
    vague = [base for one, base in made if base and not _exact(one)]
    withheld = {one.member for one, base in made if base and one.state is State.WITHHELD}
    exact = sorted((base, one.member) for one, base in made if _exact(one))
    while withheld and exact and (len(vague) < 2 or sum(vague) < policy.base_ranges[0][0]):
        base, member = exact.pop(0)
        vague.append(base)
        withheld.add(member)
    return [
        Statistic(one.audience, one.item, one.cut, one.member, State.WITHHELD)
        if one.member in withheld
        else one
        for one, _ in made
    ]


def _exact(one: Statistic) -> bool:
    return one.base.isdecimal()


def _publish_item(
    survey: Survey, item: Item, group: FrozenGroup, found: dict[str, int], policy: Policy
) -> tuple[Statistic, int]:
    values = {value: count for value, count in found.items() if value != PEOPLE}
    counts = ItemCounts(values, people=found.get(PEOPLE, 0), multiple=item.type == "multiple")
    rule = rule_of(item)
    base = count_item(rule, counts).base
    made = publish_item(
        rule,
        counts,
        audience=survey.audience,
        cut=group.cut,
        member=group.member,
        policy=policy,
        organisations=_bound(survey, group, base),
    )
    return made, base


def _bound(survey: Survey, group: FrozenGroup, base: int) -> OrganisationBound | None:
    return bound(group.organisations, base) if survey.audience == "partner" else None


def _publish_participation(survey: Survey, group: FrozenGroup, policy: Policy) -> dict[str, object]:
    shown = publish_participation(
        group.outcomes,
        audience=survey.audience,
        cut=group.cut,
        member=group.member,
        policy=policy,
        denominator=group.cut != "mode",
    )
    if group.cut == "language_group":
        shown = replace(shown, rr1=None)
    if group.cut == "flanders":
        shown = replace(shown, outcomes=_rounded_outcomes(group.outcomes))
    return asdict(shown)


def _rounded_outcomes(outcomes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Counts to the nearest five, tens at least: what is left out cannot be had by subtraction."""
    return tuple((code, 5 * round(count / 5)) for code, count in sorted(outcomes.items()) if count >= 10)


def _frozen_counts(session: Session, wave_key: str, survey_key: str) -> Counts:
    rows: Iterable[FrozenCount] = session.scalars(
        sa.select(FrozenCount).where(FrozenCount.wave_key == wave_key, FrozenCount.survey_key == survey_key)
    )
    counts: defaultdict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts[row.cut, row.member, row.item_key][row.value] = row.count
    return counts


def _frozen_groups(session: Session, wave_key: str, survey_key: str) -> dict[tuple[str, str], FrozenGroup]:
    rows = session.scalars(
        sa.select(FrozenGroup).where(FrozenGroup.wave_key == wave_key, FrozenGroup.survey_key == survey_key)
    )
    return {(row.cut, row.member): row for row in rows}
