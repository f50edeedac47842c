"""The chart of one test, drawn like those of the report: whose share, how sure, and what it is beside."""

from flask_babel import gettext as _
from markupsafe import Markup

from feedback_app.analysis.named_charts import Spot, comparison
from feedback_app.analysis.pattern_wording import share
from feedback_app.analysis.proposal import Figure, Proposal
from feedback_app.analysis.statistic import FLANDERS, State, Statistic
from feedback_app.analysis.trend_chart import Marks, Point, half_years, trend
from feedback_app.questionnaires.declarations import Family

#: as in `result_charts`
WIDTH = 250.0
#: below it a level is a problem (`comparisons.NEGATIVE_LEVEL`, seen from the positive side)
_EDGE = 70


def pattern_chart(one: Proposal, sentence: str) -> Markup:
    """Draw a test with its sentence as text alternative; nothing where no share may be shown."""
    if one.here.percent is None:
        return Markup("")
    if one.family is Family.TREND and len(one.line) > 1:
        drawn = _course(one, sentence)
    else:
        edge = (_EDGE, f"{_EDGE} %") if one.family is Family.LEVEL else None
        drawn = comparison(_spots(one), sentence, "", width=WIDTH, edge=edge)
    return Markup(drawn)  # noqa: S704 - charts escape every text


def _spots(one: Proposal) -> list[Spot]:
    mine, beside = {
        Family.LEVEL: (_("Positief antwoord"), ""),
        Family.REGION: (_("Deze regio"), _("Vlaanderen")),
        Family.GAP: (_("Nieuwkomers"), _("Aanbodpartners")),
        Family.TREND: (_("Nu"), one.against[0] if one.against else ""),
        Family.CHANGE: (_("Nu"), _("Vroeger, volgens dezelfde mensen")),
    }.get(one.family, (_("Deze groep"), ""))
    spots = [_spot(mine, one.here)]
    if beside and one.there.percent is not None:
        spots.append(_spot(beside, one.there, other=True))
    return spots


def _spot(label: str, figure: Figure, *, other: bool = False) -> Spot:
    words = f"{share(figure)}, n = {figure.n}" if figure.n else share(figure)
    return Spot(label, words, figure.percent, figure.low, figure.high, figure.band, other)


def _course(one: Proposal, sentence: str) -> str:
    """The waves of a trend, as far apart as they are in time; the last one with its interval."""
    points = []
    for number, (wave, percent) in enumerate(one.line):
        last = number == len(one.line) - 1
        limits = (one.here.low, one.here.high) if last else (None, None)
        figure = Statistic(
            one.audience, one.item, "flanders", FLANDERS, State.SHOWN, "", percent, None, *limits
        )
        base = f"n = {one.here.n}" if last and one.here.n else ""
        points.append(Point(half_years(wave), wave, f"{percent} %", base, figure))
    return trend(points, Marks(""), sentence, "", width=WIDTH, partner=one.audience == "partner")
