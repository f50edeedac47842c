"""From frozen counts to what may be seen: when a wave closes, and never again.

Whatever a page, export or report shows was put into `published_*` here, through `analysis.disclosure` and
`analysis.joint`, and stands in the ledger.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.counting import ItemCounts
from feedback_app.analysis.counts import Counted, WaveCounts, blocks_of, rule_of
from feedback_app.analysis.disclosure import Policy, ReleaseRefused, publish_item, publish_participation
from feedback_app.analysis.freeze import invites, modes_of_answered
from feedback_app.analysis.joint import Group, Level, levels
from feedback_app.analysis.ledger import Ledger, refusal
from feedback_app.analysis.models import PublishedParticipation, PublishedStatistic, Release
from feedback_app.analysis.policy import rounded
from feedback_app.analysis.reading import (
    ANSWERED,
    OUTCOMES_STEP,
    Question,
    Structure,
    View,
    read_participation_figures,
    read_statistic,
)
from feedback_app.analysis.routes import tells_nothing_of_its_route
from feedback_app.analysis.statistic import FLANDERS, Participation, Share, State, Statistic
from feedback_app.analysis.then_and_now import summed
from feedback_app.database import Base
from feedback_app.invitations.models import Invitation
from feedback_app.jobs import Progress
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.loading import load_codes, load_regions, read_yaml
from feedback_app.responses.cells import CELLS
from feedback_app.responses.models import MODES, Remark, RemarkTheme
from feedback_app.settings import Settings

__all__ = ["load_policy", "members", "publish", "publish_theme_counts", "published_themes", "rule_of"]

#: how people were reached is no cut of who was asked: invitations have no mode
_NO_DENOMINATOR = "mode"

_NO_REGION: Mapping[str, Sequence[Item]] = MappingProxyType({})
Blocks = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]  # regions and agencies that are each other's


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


def publish(
    session: Session,
    settings: Settings,
    wave_key: str,
    survey: Survey,
    policy: Policy,
    asked_in: Mapping[str, Blocks],
    progress: Progress = lambda done, total, message: None,
    regional: Mapping[str, Sequence[Item]] = _NO_REGION,
) -> Release:
    """Store what the policy lets out of one survey's frozen counts, and write it into the ledger.

    asked_in: from `blocks_of_asked`. regional: region → the questions that are asked there only.
    progress: called after each question with how many are done. Flushes, does not commit. Call before cells
    are coarsened. Raises ReleaseRefused when an earlier release of this wave leaves no safe way.
    """
    everyone = members(settings)
    counts = WaveCounts(session, wave_key, survey, everyone, policy)
    ledger = Ledger(session, wave_key, survey)
    statistics: list[Statistic] = []
    structure = Structure(counts.members, _blocks_of_answers(session, survey.key))
    questions = counts.questions()
    for number, question in enumerate(questions):
        progress(number, len(questions) + 1, question.key)
        statistics += _statistics(counts, question, structure, ledger)
    progress(len(questions), len(questions) + 1, "")
    asked = Structure(
        {**counts.members, _NO_DENOMINATOR: modes_of_answered(survey)},
        asked_in.get(survey.key, ()) if invites(survey) else structure.blocks,
    )
    participation = _participation(counts, asked, ledger)
    _store(session, wave_key, survey, policy, everyone, statistics, participation)
    own = _regional(session, counts, ledger, regional)
    return ledger.enter(
        "wave",
        [*statistics, *own, *participation],
        policy,
        rolled={"offer_type": sorted(counts.rolled)},
        blocks={"answers": structure.blocks, "asked": asked.blocks},
    )


def published_themes(
    session: Session, wave_key: str, survey_key: str, region_key: str | None, policy: Policy
) -> dict[str, str]:
    """Theme → printable number of coded remarks of one side about it, in a region or in Flanders."""
    rows = session.execute(
        sa.select(RemarkTheme.theme_key, sa.func.count())
        .join(Remark, RemarkTheme.remark_id == Remark.id)
        .where(
            Remark.wave_key == wave_key,
            Remark.survey_key == survey_key,
            Remark.state == "coded",
            *((Remark.region_key == region_key,) if region_key else ()),
        )
        .group_by(RemarkTheme.theme_key)
        .order_by(RemarkTheme.theme_key)
    )
    return publish_theme_counts(dict(rows.all()), policy)


def publish_theme_counts(counts: Mapping[str, int], policy: Policy) -> dict[str, str]:
    """Theme → printable number of remarks that are about it; themes with too few are left out.

    Remarks are coded after a wave closed, so that a later edition counts more of them: from where bases are
    exact, these are rounded to `small_step`. Every number then leaves a range of five, and the difference
    between two editions, or between Flanders and its regions, a wider one.
    """
    step = policy.small_step
    printed = {}
    for theme, count in counts.items():
        exact = count >= policy.whole_percent_from
        printed[theme] = str(rounded(count, 1, step)) if exact else policy.printed_base(count)
    return {theme: text for theme, text in printed.items() if text}


# --- questions ------------------------------------------------------------------------------------


def _statistics(
    counts: WaveCounts, question: Question, structure: Structure, ledger: Ledger
) -> list[Statistic]:
    policy, known = counts.policy, question.within(structure)
    made, groups = [], []
    for cut, keys in known.members.items():
        for member in keys:
            counted = counts.counted(question, cut, member)
            printed = [_publish_item(counts, one, counted, cut, member) for one in question.printed]
            made.append(printed)
            groups.append(_group(question, printed, counted, policy))
    chosen = _levels(question, groups, known, policy, ledger)
    return [
        one for printed, level in zip(made, chosen, strict=True) for one in _lowered(question, printed, level)
    ]


def _levels(
    question: Question, groups: Sequence[Group], structure: Structure, policy: Policy, ledger: Ledger
) -> list[Level]:
    try:
        return levels(question, groups, structure, policy, ledger.figures(question, policy))
    except ReleaseRefused as refused:
        raise ReleaseRefused(refusal(question.key, refused.groups)) from refused


def _publish_item(
    counts: WaveCounts, printed: Question | View, counted: Counted, cut: str, member: str
) -> Statistic:
    """One question (or sums of its answers) by itself; a pair is thin as a whole, or not at all."""
    survey = counts.survey
    if counted.thin:
        return Statistic(survey.key, printed.key, cut, member, State.WITHHELD)
    values = counted.counts
    if isinstance(printed, View):
        values = ItemCounts(summed(printed.sums, values.values))
    made = publish_item(
        rule_of(printed),
        values,
        audience=survey.audience,
        cut=cut,
        member=member,
        policy=counts.policy,
        organisations=counted.bound,
    )
    if isinstance(printed, View) and printed.sums.named and made.shares:
        made = replace(made, shares=tuple(Share(answer, None) for answer in printed.sums.named))
    return replace(made, audience=survey.key)


def _group(question: Question, printed: Sequence[Statistic], counted: Counted, policy: Policy) -> Group:
    """What the figures of one group say.

    Of a pair the bases and both positive ends stand and fall together; each distribution is a detail.
    """
    said = [read_statistic(view, one, policy) for view, one in zip(question.printed, printed, strict=True)]
    values = {option: counted.counts.values.get(option, 0) for option in question.options}
    group = Group(printed[0].cut, printed[0].member, values, counted.base, counted.thin)
    if question.views:
        both = list(zip(question.printed, said, strict=True))
        head = tuple(fact for view, (first, _) in both if view.positive for fact in first)
        return replace(
            group,
            head=head,
            more=tuple(rest if view.positive else first + rest for view, (first, rest) in both),
        )
    head, details = said[0]
    if not question.positive:
        head, details = head + details, ()  # without its answers there is nothing to show
    return replace(group, head=head, details=details)


def _lowered(question: Question, printed: Sequence[Statistic], level: Level) -> list[Statistic]:
    kept = level.more if question.views else (level.details,)
    found = []
    for view, one, detailed in zip(question.printed, printed, kept, strict=True):
        if not level.head or (question.views and not view.positive and not detailed):
            found.append(Statistic(one.audience, one.item, one.cut, one.member, State.WITHHELD))
        elif detailed or one.positive is None:
            found.append(one)
        else:
            found.append(replace(one, shares=tuple(replace(share, percent=None) for share in one.shares)))
    return found


def _regional(
    session: Session, counts: WaveCounts, ledger: Ledger, regional: Mapping[str, Sequence[Item]]
) -> list[Statistic]:
    """Store what the policy lets out of regions' own questions: for their region, in no other group."""
    survey, policy = counts.survey, counts.policy
    found: list[Statistic] = []
    for region, items in regional.items():
        own = WaveCounts(session, counts.wave_key, survey, {"region": (region,)}, policy, items)
        for item, question in zip(items, own.questions(), strict=True):
            made = _statistics(own, question, Structure(own.members), ledger)
            safe = tells_nothing_of_its_route(counts, own, item, region)
            nothing = [Statistic(one.audience, one.item, one.cut, one.member, State.WITHHELD) for one in made]
            found += made if safe else nothing
    rows = [
        {
            "wave_key": counts.wave_key,
            "survey_key": survey.key,
            "policy_version": policy.version,
            "cut": one.cut,
            "member": one.member,
            "item_key": one.item,
            "statistic": asdict(one),
        }
        for one in found
    ]
    if rows:
        session.execute(sa.insert(PublishedStatistic), rows)
    return found


# --- participation --------------------------------------------------------------------------------


def _participation(counts: WaveCounts, structure: Structure, ledger: Ledger) -> list[Participation]:
    policy = counts.policy
    question = Question.participation(counts.wave_key, counts.survey.key)
    made, groups, apart = [], [], []
    for cut, keys in counts.members.items():
        for member in keys:
            one = _publish_participation(counts, cut, member)
            if member not in structure.members[cut]:
                apart.append(one)  # answers of who was not invited: no part of any other number
                continue
            made.append(one)
            groups.append(_asked(question, one, counts.outcomes(cut, member), policy))
    chosen = _levels(question, groups, structure, policy, ledger)
    return [*(_fewer(one, level) for one, level in zip(made, chosen, strict=True)), *apart]


def _asked(question: Question, one: Participation, outcomes: Mapping[str, int], policy: Policy) -> Group:
    base = sum(number for code, number in outcomes.items() if code != "NE")
    values = {code: outcomes.get(code, 0) for code in ANSWERED}
    values["N"] = base - sum(values.values())
    head, details, more = read_participation_figures(question, one, policy)
    return Group(one.cut, one.member, values, base, base < policy.base_ranges[0][0], head, details, more)


def _fewer(one: Participation, level: Level) -> Participation:
    in_full, split = level.more
    outcomes = one.outcomes if split else tuple(pair for pair in one.outcomes if pair[0] not in ANSWERED)
    if not level.head:
        return Participation(one.audience, one.cut, one.member, outcomes=outcomes)
    return replace(
        one,
        rr1=one.rr1 if in_full else None,
        rr2=one.rr2 if level.details else None,
        outcomes=outcomes,
    )


def _publish_participation(counts: WaveCounts, cut: str, member: str) -> Participation:
    outcomes = counts.outcomes(cut, member)
    shown = publish_participation(
        outcomes,
        audience=counts.survey.audience,
        cut=cut,
        member=member,
        policy=counts.policy,
        denominator=cut != _NO_DENOMINATOR and invites(counts.survey),
    )
    shown = replace(shown, audience=counts.survey.key)
    if cut == "language_group":
        shown = replace(shown, rr1=None)
    if cut == "flanders" and invites(counts.survey):
        shown = replace(shown, outcomes=_rounded_outcomes(outcomes, counts.policy))
    return shown


def _rounded_outcomes(outcomes: Mapping[str, int], policy: Policy) -> tuple[tuple[str, int], ...]:
    """Counts to the nearest five, tens at least: what is left out cannot be had by subtraction.

    Where it is printed exactly how many answered, who did so in full stays out beside a few who did not.
    """
    told = {code: count for code, count in sorted(outcomes.items()) if count >= 10}
    partial = outcomes.get("P", 0)
    if outcomes.get("I", 0) + partial >= policy.whole_percent_from and partial < policy.smallest_cell:
        told.pop("I", None)
    return tuple((code, rounded(count, 1, OUTCOMES_STEP)) for code, count in told.items())


# --- storing --------------------------------------------------------------------------------------


def _store(
    session: Session,
    wave_key: str,
    survey: Survey,
    policy: Policy,
    everyone: Mapping[str, Sequence[str]],
    statistics: Sequence[Statistic],
    participation: Sequence[Participation],
) -> None:
    """Store a row for every group of every cut: rolled up, withheld and empty ones look the same."""
    same = {"wave_key": wave_key, "survey_key": survey.key, "policy_version": policy.version}
    shown = {(one.cut, one.member, one.item): one for one in statistics}
    asked = {(one.cut, one.member): one for one in participation}
    groups = [(cut, member) for cut, keys in everyone.items() for member in keys]
    rows, people = [], []
    for cut, member in groups:
        where = {**same, "cut": cut, "member": member}
        for key in dict.fromkeys(one.item for one in statistics):
            nothing = Statistic(survey.key, key, cut, member, State.WITHHELD)
            one = shown.get((cut, member, key), nothing)
            rows.append({**where, "item_key": key, "statistic": asdict(one)})
        taking_part = asked.get((cut, member), Participation(survey.key, cut, member))
        people.append({**where, "participation": asdict(taking_part)})
    session.execute(sa.insert(PublishedStatistic), rows)
    session.execute(sa.insert(PublishedParticipation), people)


def blocks_of_asked(session: Session, wave_key: str) -> dict[str, Blocks]:
    """Which agencies work in which regions, by the invitations of each side; all of them are read once."""
    table = Base.metadata.tables[Invitation.__tablename__]
    query = sa.select(table.c.audience, table.c.region_key, table.c.agency_key)
    pairs: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for side, region, agency in session.execute(query.where(table.c.wave_key == wave_key).distinct()):
        pairs[side].append((region, agency))
    return {side: blocks_of(found) for side, found in pairs.items()}


def _blocks_of_answers(session: Session, survey_key: str) -> Blocks:
    query = sa.select(CELLS.c.region_key, CELLS.c.agency_key).where(CELLS.c.survey_key == survey_key)
    return blocks_of((region, agency) for region, agency in session.execute(query.distinct()))
