"""What a pattern tells is a function of published figures: same figures, same pattern, and no group is opened."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from feedback_app.analysis.counting import ItemCounts, ItemRule
from feedback_app.analysis.disclosure import publish_item
from feedback_app.analysis.drafting import draft_all
from feedback_app.analysis.find_patterns import settle
from feedback_app.analysis.fitting import least_extreme, people_by_value
from feedback_app.analysis.organisations import OrganisationBound
from feedback_app.analysis.printed import figure_of
from feedback_app.analysis.proposal import Figure, Proposal, Verdict
from feedback_app.analysis.statistic import Statistic
from feedback_app.analysis.wave_figures import Heard, WaveFigures, fewest_remarks, printed_remarks
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.loading import load_survey
from tests.null_year import POLICY, published

SURVEYS = {key: load_survey(Path(__file__).parents[2] / "surveys", key) for key in ("newcomer", "partner")}
ITEM = "informed"
NEWCOMERS, PARTNERS = (
    next(one for one in SURVEYS[key].items if one.key == ITEM) for key in ("newcomer", "partner")
)
Counts = Sequence[int]
NOTHING = Heard("", {}, frozenset(), {})


def told(audience: str, member: str, counts: Counts) -> Statistic:
    item = NEWCOMERS if audience == "newcomer" else PARTNERS
    return publish_item(
        ItemRule(ITEM, tuple(item.substantive), tuple(item.positive)),
        ItemCounts(dict(zip(item.substantive, counts, strict=True)), people=sum(counts)),
        audience=audience,
        cut="region" if member else "flanders",
        member=member or "vlaanderen",
        policy=POLICY,
        organisations=OrganisationBound(20, 3) if audience == "partner" else None,
    )


def wave(key: str, groups: Mapping[tuple[str, str], Counts]) -> WaveFigures:
    """A wave with one item, known in these groups: (audience, member) → people per answer."""
    made = {(*group, ITEM): told(*group, counts) for group, counts in groups.items()}
    exact = {
        (*group, ITEM): dict(zip(NEWCOMERS.substantive, counts, strict=True))
        for group, counts in groups.items()
    }
    figures = {group: figure for group, one in made.items() if (figure := figure_of(one)) is not None}
    heard = {"newcomer": NOTHING, "partner": NOTHING}
    words: dict[str, dict[str, str]] = {"newcomer": {}, "partner": {}}
    return WaveFigures(key, SURVEYS, words, ("kempen", "gent"), exact, figures, made, heard)


def patterns(now: WaveFigures, *earlier: WaveFigures) -> tuple[Proposal, ...]:
    """All that page and command tell of a wave."""
    drafts = draft_all(now, earlier, POLICY)
    return tuple(one for family in drafts for one in settle(drafts[family], POLICY, [], set()))


def only(found: Sequence[Proposal], family: Family, member: str = "", method: str = "") -> Proposal:
    [one] = [
        one
        for one in found
        if (one.family, one.item, one.member) == (family, ITEM, member)
        and one.audience == "newcomer"
        and method in ("", one.method)
    ]
    return one


def small_groups() -> Iterator[tuple[int, int, int]]:
    """People per answer (yes, partly, no) of groups from ten to just above where n is exact."""
    for base in (10, 13, 14, 18, 24, 29, 50, 55):
        for rest in sorted({0, 1, 2, 3, 4, 5, base // 2, base - 2, base}):
            for no in {0, rest // 2}:
                yield base - rest, rest - no, no


def test_same_figures_same_pattern_whatever_is_behind_them() -> None:
    """As level, region, gap and trend: what is told adds nothing to the figures that were published anyway."""
    before = wave("2025-H2", {("newcomer", ""): (60, 20, 20)})
    seen = defaultdict(set)
    for counts in small_groups():
        alone = wave("2026-H1", {("newcomer", ""): counts, ("partner", ""): (30, 15, 15)})
        figures = told("newcomer", "", counts)
        seen["flanders", figures].add(patterns(alone, before))
        among = {("newcomer", ""): (60, 20, 20), ("newcomer", "gent"): (50, 25, 25)}
        region = wave("2026-H1", {**among, ("newcomer", "kempen"): counts})
        seen["region", replace(figures, item="")].add(patterns(region, region))
    several = [key for key, found in seen.items() if len(found) > 1]
    assert several == []
    assert len(seen) > 30 and any(figures.band for _cut, figures in seen)


def test_delta_is_not_told_where_a_share_is_withheld() -> None:
    found = {}
    for no in (0, 3, 12):
        told_of = wave("2026-H1", {("newcomer", ""): (25, 35 - no, no), ("partner", ""): (10, 20, 20)})
        found[no] = only(patterns(told_of), Family.GAP)
    assert found[0] == found[3] and found[0].delta is None and found[0].q is not None
    assert found[12].delta == pytest.approx(0.29), "from the shares that are printed"
    assert people_by_value(None, {"yes": 1}) is None


def test_the_counts_that_are_tested_print_as_the_figure_and_lie_nearest() -> None:
    for base in (10, 14, 17, 23, 40, 50, 83, 120):
        for positive, toward in product(range(base + 1), (20, 50, 70)):
            figure = published(positive, base)
            if figure is None:
                continue
            x, n = least_extreme(figure, toward, POLICY)
            assert published(x, n) == figure
            assert (
                abs(x - n * toward / 100) / n**0.5 <= abs(positive - base * toward / 100) / base**0.5 + 1e-9
            )
            assert base < 50 or figure.band or abs(x / n - positive / base) < 0.01


def test_without_counts_that_fit_the_printed_share_is_taken() -> None:
    assert least_extreme(Figure(97, "", "10–14"), 70, POLICY) == (10, 10)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((58, 20, 22), Verdict.POSSIBLE),
        ((32, 12, 11), Verdict.FOCUS),  # 42 % not positive, p just above .05
        ((65, 20, 15), Verdict.UNKNOWN),  # 35 %: above the level, and may well lie below it
        ((73, 17, 10), Verdict.UNKNOWN),  # the interval holds 30 %
        ((164, 20, 16), Verdict.NONE),  # 18 %, surely below
    ],
)
def test_no_difference_is_said_only_where_the_share_is_surely_below_the_level(
    counts: Counts, verdict: Verdict
) -> None:
    found = only(patterns(wave("2026-H1", {("newcomer", ""): counts})), Family.LEVEL)
    assert found.verdict is verdict
    assert found.tone == ("worse" if 100 * counts[0] <= 70 * sum(counts) else "")
    assert found.detectable == {100: 13, 55: 18, 200: 9}[sum(counts)], "points above 30 %"


def test_remarks_are_told_as_in_reports() -> None:
    """52 of 53 would say that one person wrote about something else."""
    counts = {"": 70, "T05": 52, "T06": 9, "T07": 4}
    themes = printed_remarks(counts, POLICY)
    assert themes == {"": "70", "T05": "50", "T06": "5–9"}
    assert [fewest_remarks(one, POLICY) for one in ("50", "55", "10–14")] == [50, 53, 10]
    shown = {}
    for coded, heard in ((70, 52), (71, 51), (53, 52)):
        text = printed_remarks({"": coded, "T05": heard}, POLICY)
        said = Heard(text[""], {"T05": text["T05"]}, frozenset({"T05"}), {})
        now = replace(wave("2026-H1", {}), heard={"newcomer": said, "partner": NOTHING})
        past = Heard("70", {}, frozenset(), {})
        before = replace(wave("2025-H2", {}), heard={"newcomer": past, "partner": NOTHING})
        [one] = [one for one in patterns(now, before) if one.family is Family.THEME]
        shown[coded] = (one.here.percent, one.here.n, one.tone, one.verdict)
    assert shown[70] == shown[71] == (71, "50", "more", Verdict.POSSIBLE)
    assert shown[53] == (None, "50", "more", Verdict.POSSIBLE)
