"""The tests of the family theme, on numbers of remarks as they are printed and on nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from feedback_app.analysis import comparisons
from feedback_app.analysis.draft import FEW_REMARKS, Draft, new_proposal
from feedback_app.analysis.policy import Policy, rounded
from feedback_app.analysis.proposal import Figure, Proposal
from feedback_app.analysis.wave_figures import REMARKS, Heard, WaveFigures, fewest_remarks
from feedback_app.questionnaires.declarations import Family


class Span(NamedTuple):
    """The fewest and most remarks that a printed number stands for, and the number to reckon with."""

    low: int
    said: int
    high: int


def theme_drafts(now: WaveFigures, earlier: Sequence[WaveFigures], policy: Policy) -> list[Draft]:
    """Every theme that enough remarks are about, against the earlier waves together."""
    found = []
    for audience, item in now.items(Family.THEME):
        heard = now.heard[audience]
        asked = [wave for wave in earlier if wave.heard[audience].coded]
        for theme in sorted(heard.themes):  # that one to four people raised it is nobody's business
            new = replace(
                new_proposal(Family.THEME, audience, item), item=theme, themes=(theme,), method=item.key
            )
            mine = [_spans(heard, theme, policy)]
            here = _figure(mine, heard.themes[theme], policy)
            if theme not in heard.enough:
                found.append(Draft(replace(new, reason=FEW_REMARKS)))
            elif not asked:
                found.append(Draft(replace(new, here=here), relevant=True))
            else:
                past = [_spans(wave.heard[audience], theme, policy) for wave in asked]
                against = tuple(wave.key for wave in reversed(asked))
                made = replace(new, here=here, there=_figure(past, "", policy), against=against)
                found.append(_against(made, mine, past))
    return found


def _spans(heard: Heard, theme: str, policy: Policy) -> tuple[Span, Span]:
    """How many remarks are about a theme, and how many were coded."""
    return _span(heard.themes.get(theme, ""), policy), _span(heard.coded, policy)


def _span(printed: str, policy: Policy) -> Span:
    if not printed:
        return Span(0, (REMARKS - 1) // 2, REMARKS - 1)
    first, _dash, last = printed.partition("–")
    low, high = fewest_remarks(printed, policy), int(last or first)
    return Span(low, (low + high) // 2, high) if last else Span(low, high, high + policy.small_step // 2)


def _total(spans: Sequence[Span]) -> Span:
    low, said, high = (sum(one) for one in zip(*spans, strict=True))
    return Span(low, said, high)


def _figure(waves: Sequence[tuple[Span, Span]], printed: str, policy: Policy) -> Figure:
    """The number, and the share where both it and the rest are surely large enough to be shown."""
    theme, coded = (_total([one[place] for one in waves]) for place in (0, 1))
    large = theme.low >= policy.base_ranges[0][0] and coded.low - theme.high >= policy.smallest_cell
    step = 1 if theme.low >= policy.whole_percent_from else policy.small_step
    percent = rounded(100 * theme.said, coded.said, step) if large else None
    return Figure(percent, "", printed or (f"{theme.low}–{theme.high}" if theme.low >= REMARKS else ""))


def _against(made: Proposal, mine: list[tuple[Span, Span]], past: list[tuple[Span, Span]]) -> Draft:
    """Tested with the numbers that lie nearest to each other."""
    (theme, coded), (themes, all_coded) = (
        tuple(_total([one[place] for one in waves]) for place in (0, 1)) for waves in (mine, past)
    )
    n, m = coded.said, all_coded.said
    more = theme.said * m - themes.said * n
    x, y = (theme.low, themes.high) if more > 0 else (theme.high, themes.low)
    x, y = min(x, n), min(y, m)
    apart = (x * m - y * n) * more > 0
    tested = comparisons.change((x, n), (y, m)) if apart else None
    here, there = made.here.percent, made.there.percent
    effect = here - there if here is not None and there is not None else None
    tone = "" if tested is None else "more" if more > 0 else "less"
    matters = tested is not None and abs(tested.difference) * 100 >= made.minimum
    p_value = 1.0 if tested is None else tested.p_value
    return Draft(replace(made, effect=effect, tone=tone), p_value, matters, few=False)
