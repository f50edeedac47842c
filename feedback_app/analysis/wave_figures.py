"""What the pattern finder reads of one closed wave: frozen counts, published figures, coded remarks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.models import PEOPLE, FrozenCount, FrozenGroup
from feedback_app.analysis.organisations import bound
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.printed import figure_of
from feedback_app.analysis.proposal import Figure
from feedback_app.analysis.publish import publish_theme_counts
from feedback_app.analysis.published import read_statistics
from feedback_app.analysis.statistic import FLANDERS, Statistic
from feedback_app.analysis.then_and_now import with_halves
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.questionnaires.declarations import Family, same_question, words_of
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.versions import load_version
from feedback_app.responses.models import Remark, RemarkTheme
from feedback_app.trajectories.models import Activity, Partner

#: a theme is heard when so many remarks, of people at so many organisations, are about it
REMARKS, ORGANISATIONS = 5, 3


@dataclass(frozen=True)
class Heard:
    """Coded remarks of one side as printed: how many, theme → how many; too few of them are left out.

    enough: the themes that people at enough organisations raise. counts: exact, to name what was looked at.
    """

    coded: str
    themes: Mapping[str, str]
    enough: frozenset[str]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class WaveFigures:
    """One closed wave, by (audience, member, item); member "" is Flanders.

    figures: positive shares as published; shares: published distributions. counts: value → people, exact, to
    name what was looked at; no test reads them.
    """

    key: str
    surveys: Mapping[str, Survey]
    dutch: Mapping[str, Mapping[str, str]]
    regions: tuple[str, ...]
    counts: Mapping[tuple[str, str, str], Mapping[str, int]]
    figures: Mapping[tuple[str, str, str], Figure]
    shares: Mapping[tuple[str, str, str], Statistic]
    heard: Mapping[str, Heard]

    def figure(self, audience: str, item: Item, member: str = "") -> Figure | None:
        """The published positive share of one item in one group; None where it is withheld."""
        return self.figures.get((audience, member, item.key))

    def items(self, family: Family) -> list[tuple[str, Item]]:
        """The items declared for a family, each with its audience."""
        return [
            (audience, item)
            for audience, survey in self.surveys.items()
            for item in survey.items
            if item.patterns is not None and family in item.patterns.families
        ]

    def earlier_item(self, audience: str, now: Item, words: tuple[str, ...]) -> Item | None:
        """This wave's wording of a later wave's item, where answers to both were declared comparable.

        words: the later wording.
        """
        survey = self.surveys.get(audience)
        then = {item.key: item for item in survey.items}.get(now.key) if survey else None
        if then is None or not same_question(now, words, then, self.words(audience, then)):
            return None
        return then

    def words(self, audience: str, item: Item) -> tuple[str, ...]:
        """The Dutch of a question and its answers."""
        return words_of(audience, item, self.dutch[audience])


def read_wave(session: Session, wave: Wave, regions: tuple[str, ...], policy: Policy) -> WaveFigures:
    """Read one closed wave (a few queries, none of them over rows of people but for remarks)."""
    versions = {key: load_version(session, wave.fingerprint(key)) for key in wave.surveys}
    figures, shares = {}, {}
    for audience in versions:
        for cut in ("flanders", "region"):
            for one in read_statistics(session, wave.key, audience, cut=cut):
                figure = figure_of(one)
                if figure is not None:
                    figures[audience, _member(one.member), one.item] = figure
                if one.shares:
                    shares[audience, _member(one.member), one.item] = one
    surveys = {audience: version.survey for audience, version in versions.items()}
    coded = _coded(session, wave.key)
    return WaveFigures(
        key=wave.key,
        surveys=surveys,
        dutch={audience: version.dutch for audience, version in versions.items()},
        regions=regions,
        counts=_counts(session, wave.key, surveys),
        figures=figures,
        shares=shares,
        heard={
            audience: _heard(session, wave.key, audience, coded.get(audience, 0), policy)
            for audience in versions
        },
    )


def _member(key: str) -> str:
    return "" if key == FLANDERS else key


def _counts(
    session: Session, wave_key: str, surveys: Mapping[str, Survey]
) -> dict[tuple[str, str, str], Mapping[str, int]]:
    query = sa.select(FrozenCount).where(
        FrozenCount.wave_key == wave_key,
        FrozenCount.cut.in_(("flanders", "region")),
        FrozenCount.value != PEOPLE,
    )
    groups: defaultdict[tuple[str, str], defaultdict[str, dict[str, int]]]
    groups = defaultdict(lambda: defaultdict(dict))
    for row in session.scalars(query):
        groups[row.survey_key, _member(row.member)][row.item_key][row.value] = row.count
    return {
        (audience, member, item): values
        for (audience, member), items in groups.items()
        for item, values in with_halves(surveys[audience], items).items()
    }


def _coded(session: Session, wave_key: str) -> dict[str, int]:
    """How many remarks of each side were coded: each is looked at once, and there may be many."""
    query = sa.select(Remark.survey_key, sa.func.count()).where(
        Remark.wave_key == wave_key, Remark.state == "coded"
    )
    return dict(session.execute(query.group_by(Remark.survey_key)).all())


def _heard(session: Session, wave_key: str, audience: str, number: int, policy: Policy) -> Heard:
    if not number:
        return Heard(printed_remarks({"": 0}, policy).get("", ""), {}, frozenset(), {"": 0})
    coded = sa.select(Remark.id).where(
        Remark.wave_key == wave_key, Remark.survey_key == audience, Remark.state == "coded"
    )
    per_theme = sa.select(RemarkTheme.theme_key, sa.func.count()).where(RemarkTheme.remark_id.in_(coded))
    counts = dict(session.execute(per_theme.group_by(RemarkTheme.theme_key)).all())
    themes = printed_remarks(counts, policy)
    organisations = _organisations(session, wave_key, audience) if themes else []
    enough = {
        theme
        for theme, printed in themes.items()
        if bound(organisations, fewest_remarks(printed, policy)).at_least >= ORGANISATIONS
    }
    said = printed_remarks({"": number}, policy).get("", "")
    return Heard(said, themes, frozenset(enough), {**counts, "": number})


def printed_remarks(counts: Mapping[str, int], policy: Policy) -> dict[str, str]:
    """Numbers of remarks as reports print them; a theme is heard from five on, which is told as "5–9"."""
    few = policy.base_ranges[0][0]
    small = {key: f"{REMARKS}–{few - 1}" for key, count in counts.items() if REMARKS <= count < few}
    return small | publish_theme_counts(counts, policy)


def fewest_remarks(printed: str, policy: Policy) -> int:
    """The fewest remarks a printed number stands for: from where it is rounded, half a step less."""
    first, _dash, last = printed.partition("–")
    if last:
        return int(first)
    return max(policy.whole_percent_from, int(first) - policy.small_step // 2)


def _organisations(session: Session, wave_key: str, audience: str) -> list[int]:
    """Answered invitations per organisation, unnamed: a remark does not know where it came from.

    From these follows how few organisations could be behind a number of remarks (`organisations.bound`).
    """
    if audience == "partner":
        group = session.get(FrozenGroup, (wave_key, audience, "flanders", FLANDERS))
        return list(group.organisations) if group else []
    answered = (
        sa.select(sa.func.count())
        .select_from(Invitation)
        .join(Activity, Activity.trajectory_id == Invitation.trajectory_id)
        .join(Partner, Partner.id == Activity.partner_id)
        .where(
            Invitation.wave_key == wave_key,
            Invitation.audience == audience,
            Invitation.disposition == "answered",
        )
        .group_by(sa.func.coalesce(Partner.merged_into_id, Partner.id))
    )
    return list(session.scalars(answered))
