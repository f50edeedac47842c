"""The charts of a closed wave's results on staff pages, drawn as the report draws them."""

from collections.abc import Callable, Iterable, Mapping

from flask_babel import gettext as _
from markupsafe import Markup

from feedback_app.analysis import charts
from feedback_app.analysis.named_charts import Named, named_bars
from feedback_app.analysis.statistic import State, Statistic
from feedback_app.questionnaires.definition import Item

#: so narrow that its words can be read on a phone, where the page is 360 pixels wide
WIDTH = 250.0


def result_chart(
    item: Item, statistic: Statistic | None, say: Callable[[str], str], printed: Callable[[int | None], str]
) -> Markup:
    """Draw the answers to one question in one group; nothing where they are not published."""
    if statistic is None or statistic.state is State.WITHHELD:
        return Markup("")
    shares = {share.value: share.percent for share in statistic.shares}
    if not item.positive:
        return _ticks(item, shares, say, printed)
    scale = sorted((one for one in item.options if one.value is not None), key=lambda one: one.value or 0)
    answers = [(one.key, say(f"{item.key}.{one.key}")) for one in scale]
    parts = charts.scale_parts(answers, shares, printed)
    if not parts:
        return Markup("")
    title = f"{say(item.key)} {_('Positief antwoord')}: {printed(statistic.positive)}"
    said = _said((one.label, one.text) for one in parts)
    if charts.labels_fit(parts, WIDTH):
        drawn = charts.stacked(parts, title, said, width=WIDTH)
    else:
        rows = [Named(one.label, one.text, one.percent) for one in parts]
        drawn = named_bars(rows, title, said, width=WIDTH)
    return Markup(drawn)  # noqa: S704 - charts escape every text


def _ticks(
    item: Item,
    shares: Mapping[str, int | None],
    say: Callable[[str], str],
    printed: Callable[[int | None], str],
) -> Markup:
    """One bar per answer of a multiple choice, in the order they were asked."""
    rows = [
        Named(say(f"{item.key}.{key}"), printed(shares.get(key)), shares.get(key)) for key in item.substantive
    ]
    if not any(row.percent for row in rows):
        return Markup("")
    most = max(rows, key=lambda row: row.percent or 0)
    title = f"{say(item.key)} " + _(
        "Het vaakst gekozen: “%(answer)s” (%(share)s)", answer=most.label, share=most.text
    )
    said = _said((row.label, row.text) for row in rows)
    return Markup(named_bars(rows, title, said, width=WIDTH))  # noqa: S704


def _said(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{label} {words}" for label, words in pairs)
