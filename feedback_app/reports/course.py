"""The course of a question over waves: its chart, what it shows in a sentence, and its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from feedback_app.analysis.statistic import State, Statistic
from feedback_app.analysis.trend_chart import Marks, Point, trend
from feedback_app.reports.content import PARTNER, ItemReport, Step
from feedback_app.reports.wording import Wording


@dataclass(frozen=True)
class Course:
    """A chart with its message, and a table: its columns, and a row per wave of a heading with its cells."""

    svg: Markup
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Told:
    """What is said of one question's course."""

    question: str
    said: str


def course(item: ItemReport, wording: Wording, width: float, framed: bool) -> Course | None:
    """Draw what earlier waves and this one published; None where only one of them has a figure.

    framed: Flanders stands behind a region.
    """
    steps = item.course
    if sum(_known(step.statistic) for step in steps) < 2:
        return None
    _ = wording.gettext
    points = [
        Point(
            step.place,
            step.label,
            wording.positive(step.statistic),
            wording.count_of(step.statistic),
            step.statistic,
            step.frame,
            step.broken,
        )
        for step in steps
    ]
    title = said(steps, wording)
    marks = Marks(_("andere vraag"), _("Vlaanderen") if framed else "")
    numbers = "; ".join(f"{point.label}: {point.share}" for point in points)
    svg = trend(points, marks, f"{title} {numbers}", "", width=width, partner=item.audience == PARTNER)
    columns, rows = _table(steps, wording, framed)
    return Course(Markup(svg), title, columns, rows)  # noqa: S704 - charts escape every text


def said(steps: Sequence[Step], wording: Wording) -> str:
    """Say what the last step shows beside the one before it with the same question; no more than is sure."""
    _, now = wording.gettext, steps[-1]
    if not _known(now.statistic):
        return _("Van dit meetmoment is er geen cijfer om met vroeger te vergelijken.")
    before = _before(steps)
    if before is None:
        broken = [step for step in steps if step.broken]
        if broken:
            words = {"wave": broken[-1].label}
            return _("De vraag veranderde (%(wave)s): met vroeger vergelijken kan niet.") % words
        return _("Van vroeger is er geen cijfer om mee te vergelijken.")
    words = {
        "before": wording.positive(before.statistic),
        "earlier": before.label,
        "now": wording.positive(now.statistic),
        "wave": now.label,
    }
    moved = _("Van %(before)s (%(earlier)s) naar %(now)s (%(wave)s).") % words
    return f"{moved} {_sure(before.statistic, now.statistic, wording)}".strip()


def _before(steps: Sequence[Step]) -> Step | None:
    """The newest earlier step with a figure, back to where the question was another one."""
    for number in range(len(steps) - 1, 0, -1):
        if steps[number].broken:
            return None
        if _known(steps[number - 1].statistic):
            return steps[number - 1]
    return None


def _sure(before: Statistic, now: Statistic, wording: Wording) -> str:
    if before.low is None or before.high is None or now.low is None or now.high is None:
        return ""
    if now.low > before.high or now.high < before.low:
        return wording.gettext("De marges raken elkaar niet: dit is een duidelijke verandering.")
    return wording.gettext("De marges overlappen: we kunnen niet zeggen dat er iets veranderde.")


def _known(statistic: Statistic | None) -> bool:
    return statistic is not None and statistic.state is not State.WITHHELD


def _table(
    steps: Sequence[Step], wording: Wording, framed: bool
) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """A row per wave; one with another question than the wave before says so."""
    _ = wording.gettext
    columns = [_("Meetmoment"), _("Positief"), _("Onzekerheid"), "n", *([_("Vlaanderen")] if framed else [])]
    rows = []
    for step in steps:
        label = step.label + (" " + _("(andere vraag dan ervoor)") if step.broken else "")
        cells = [
            wording.positive(step.statistic),
            wording.limits(step.statistic),
            wording.base(step.statistic),
        ]
        cells += [wording.positive(step.frame)] if framed else []
        rows.append((label, tuple(cell or "–" for cell in cells)))
    return tuple(columns), tuple(rows)
