"""Joins published figures, words and charts: what a table with a chart in it needs, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from feedback_app.analysis import charts
from feedback_app.analysis.statistic import State, Statistic
from feedback_app.reports.content import NEWCOMER, PARTNER, Group, ItemReport
from feedback_app.reports.wording import Wording, ordered

# Row heights in points; report.css has a class for each (h14, h15, h16, h26, h37, …).
NAME, ANSWER, LINE = 14, 16, 11
QUESTION_LETTERS = 31  # that fit on one line of the question column
PAIR_LETTERS, ANSWER_LETTERS = 34, 38


@dataclass(frozen=True)
class FigureRow:
    """One row of a table beside its chart: heading (with a second line; in `lang`), then printed cells."""

    heading: str
    cells: tuple[str, ...]
    own: bool = False
    second: str = ""
    lang: str = ""

    def silent(self, too_few: str) -> int:
        """How many cells from the first on say nothing but `too_few`; what is known after them is told."""
        spoken = [cell not in (too_few, "", "–") for cell in self.cells]
        first = spoken.index(True) if True in spoken else len(spoken)
        return first if self.cells[:1] == (too_few,) else 0


@dataclass(frozen=True)
class Figure:
    """A chart with the rows it is drawn beside; `row` is their common height in points."""

    svg: Markup
    title: str
    rows: tuple[FigureRow, ...]
    row: int


def row_height(texts: Sequence[str], letters: int = QUESTION_LETTERS) -> int:
    """Choose one height for all rows that holds the longest heading."""
    return max((-(-len(text) // letters) for text in texts), default=1) * LINE + 4


def parts_of(item: ItemReport, statistic: Statistic, wording: Wording) -> tuple[charts.Part, ...]:
    """Turn the shares of an ordered item into the parts of a bar, negative end first."""
    shares = {share.value: share.percent for share in statistic.shares}
    answers = [(o.key, o.label) for o in ordered(item.options) if o.value is not None]
    return charts.scale_parts(answers, shares, wording.percent)


def positive_part(statistic: Statistic, wording: Wording) -> tuple[charts.Part, ...]:
    """Draw only the positive end where the distribution is not published."""
    if statistic.positive is None:
        return ()
    return (charts.Part(statistic.positive, wording.percent(statistic.positive), "very-positive"),)


def overview(
    items: Sequence[tuple[ItemReport, Statistic]], wording: Wording, width: float, framed: bool = False
) -> Figure:
    """Draw all ordered questions of one audience under each other; `framed`: with Flanders' figure beside."""
    height = row_height([item.question for item, _ in items])
    bars, rows = [], []
    for item, statistic in items:
        parts = parts_of(item, statistic, wording) or positive_part(statistic, wording)
        banded = statistic.state is State.BAND  # what is withheld is told by its row, where it is not cut off
        note = wording.positive(statistic) if banded and not parts else ""
        bars.append(charts.Row(parts, note))
        beside = (wording.positive(item.flanders),) if framed else ()
        cells = (wording.positive(statistic), *beside, wording.base(statistic))
        rows.append(FigureRow(item.question, cells))
    known = [(item, s) for item, s in items if s.positive is not None]
    title = wording.gettext("Te weinig antwoorden om een balk te tekenen")
    if len(known) == 1:
        title = wording.gettext("Enkel bij “%(question)s” is er een cijfer: %(share)s positief") % {
            "question": known[0][0].question,
            "share": wording.positive(known[0][1]),
        }
    elif known:
        best, least = max(known, key=_positive), min(known, key=_positive)
        title = wording.gettext(
            "Het meest positief: “%(best)s” (%(high)s). Het minst positief: “%(least)s” (%(low)s)"
        ) % {
            "best": best[0].question,
            "high": wording.positive(best[1]),
            "least": least[0].question,
            "low": wording.positive(least[1]),
        }
    svg = charts.diverging(
        bars,
        title,
        wording.gettext("Balken per vraag: links van de as minder positief, rechts positief."),
        row=height,
        width=width,
    )
    return Figure(Markup(svg), title, tuple(rows), height)  # noqa: S704 - charts escape every text


def _positive(pair: tuple[ItemReport, Statistic]) -> int:
    return pair[1].positive or 0


def named(item: ItemReport, finding: str) -> str:
    """Say a finding with its question before it, unless that is in another language than the rest."""
    return finding if item.lang else f"{item.question} {finding}"


def single(item: ItemReport, statistic: Statistic, wording: Wording, width: float) -> Markup | None:
    """Draw one ordered question as one bar; None when its distribution is not published."""
    parts = parts_of(item, statistic, wording)
    if not parts:
        return None
    title = named(item, wording.finding(item, statistic))
    described = ", ".join(f"{p.label} {p.text}" for p in parts)
    return Markup(charts.stacked(parts, title, described, width=width))  # noqa: S704


def multiple(item: ItemReport, statistic: Statistic, wording: Wording, width: float) -> Figure:
    """Draw a multiple-choice question: one bar per answer, most chosen first, withheld ones last."""
    shares = {share.value: share.percent for share in statistic.shares}
    known = statistic.state is not State.WITHHELD
    options = sorted(item.options, key=lambda o: -1 if shares.get(o.key) is None else shares[o.key] or 0)
    options.reverse()
    values = [shares.get(o.key) if known else None for o in options]
    rows = tuple(FigureRow(o.label, (wording.percent(v),)) for o, v in zip(options, values, strict=True))
    title = wording.too_few
    if values and values[0] is not None:
        title = wording.gettext("Het vaakst gekozen: “%(answer)s” (%(share)s)") % {
            "answer": options[0].label,
            "share": wording.percent(values[0]),
        }
    height = row_height([o.label for o in options], ANSWER_LETTERS)
    svg = charts.bars(values, named(item, title), "", row=height, width=width)
    return Figure(Markup(svg), title, rows, height)  # noqa: S704


def pairs(
    questions: Sequence[tuple[ItemReport, ItemReport]],
    statistics: Sequence[tuple[Statistic, Statistic]],
    wording: Wording,
    width: float,
) -> Figure:
    """Draw newcomers beside partners; each row holds both questions."""
    rows, gaps = [], []
    for (newcomer, partner), (mine, theirs) in zip(questions, statistics, strict=True):
        cells = (wording.positive(mine), wording.positive(theirs))
        rows.append(FigureRow(newcomer.question, cells, second=partner.question))
        if mine.positive is not None and theirs.positive is not None:
            gaps.append((abs(mine.positive - theirs.positive), newcomer.question, mine, theirs))
    title = wording.gettext("Te weinig antwoorden om nieuwkomers en partners te vergelijken")
    if gaps:
        _, question, mine, theirs = max(gaps, key=lambda gap: gap[0])
        title = wording.gettext(
            "Het grootste verschil is er bij “%(question)s”: nieuwkomers %(newcomers)s, partners %(partners)s"
        ) % {
            "question": question,
            "newcomers": wording.positive(mine),
            "partners": wording.positive(theirs),
        }
    description = wording.gettext("Een rond punt is wat nieuwkomers zeggen, een ruit wat partners zeggen.")
    lines = [row_height([q.question], PAIR_LETTERS) for pair in questions for q in pair]
    height = max(a + b for a, b in zip(lines[::2], lines[1::2], strict=True)) - 4
    names = (wording.audience(NEWCOMER), wording.audience(PARTNER))
    svg = charts.paired_dots(statistics, title, description, row=height, width=width, names=names)
    return Figure(Markup(svg), title, tuple(rows), height)  # noqa: S704


def beside_frame(
    item: ItemReport, groups: Sequence[Group], own: str, wording: Wording, width: float, of: int = 0
) -> Figure:
    """Draw regions (in the order of `groups`, which may be some `of` all) over the band of Flanders."""
    found = {s.member: s for s in item.regions}
    statistics = [found.get(g.key) for g in groups]
    rows = tuple(
        FigureRow(
            g.label, (wording.positive(s), wording.limits(s), wording.base(s)), g.key == own, lang=g.lang
        )
        for g, s in zip(groups, statistics, strict=True)
    )
    title = _how_many(item, [s for s in statistics if s is not None], of or len(groups), wording)
    description = wording.gettext("Elk punt is een regio, de lijn is de onzekerheid, de band is Vlaanderen.")
    svg = charts.interval_dots(
        statistics,
        item.flanders,
        named(item, title),
        description,
        row=NAME,
        width=width,
        partner=item.audience == PARTNER,
    )
    return Figure(Markup(svg), title, rows, NAME)  # noqa: S704


def _how_many(item: ItemReport, statistics: Sequence[Statistic], regions: int, wording: Wording) -> str:
    """Say how many regions have a figure and between which it lies; a band counts and has no number."""
    known = [s for s in statistics if s.state is not State.WITHHELD]
    values = [s.positive for s in known if s.positive is not None]
    if not known:
        return wording.gettext("Geen enkele regio heeft genoeg antwoorden")
    title = wording.gettext("Regio’s met een cijfer: %(known)d van de %(all)d. Vlaanderen: %(flanders)s")
    if len(known) > 1 and len(values) == len(known):
        title = wording.gettext(
            "Regio’s met een cijfer: %(known)d van de %(all)d, tussen %(low)s en %(high)s. "
            "Vlaanderen: %(flanders)s"
        )
    return title % {
        "known": len(known),
        "all": regions,
        "low": wording.percent(min(values, default=None)),
        "high": wording.percent(max(values, default=None)),
        "flanders": wording.positive(item.flanders),
    }


def own_beside(items: Sequence[tuple[ItemReport, Statistic]], wording: Wording, width: float) -> Figure:
    """Draw one region's answer to each question of a side over what Flanders said to it."""
    height = row_height([item.question for item, _ in items])
    rows, apart = [], []
    for item, own in items:
        limits = wording.limits(own) or "–"
        cells = (wording.positive(own), limits, wording.base(own), wording.positive(item.flanders))
        rows.append(FigureRow(item.question, cells))
        if _apart(own, item.flanders):
            apart.append(f"“{item.question}”")
    title = wording.gettext("Bij geen enkele vraag ligt de regio buiten de marge van Vlaanderen")
    if not any(_comparable(own, item.flanders) for item, own in items):
        title = wording.gettext("Te weinig antwoorden om de regio met Vlaanderen te vergelijken")
    if apart:
        title = wording.gettext("Hier raakt de marge van de regio die van Vlaanderen niet: %(questions)s") % {
            "questions": ", ".join(apart)
        }
    description = wording.gettext("Per vraag: de band is Vlaanderen, het punt met de lijn is de regio.")
    partner = bool(items) and items[0][0].audience == PARTNER
    pairs = [(own, item.flanders) for item, own in items]
    svg = charts.beside_frames(pairs, title, description, row=height, width=width, partner=partner)
    return Figure(Markup(svg), title, tuple(rows), height)  # noqa: S704


def _apart(one: Statistic, other: Statistic) -> bool:
    """Whether two 95 % intervals do not touch."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or one.low > other.high


def _comparable(one: Statistic, other: Statistic) -> bool:
    """Whether both have a 95 % interval."""
    return None not in (one.low, one.high, other.low, other.high)


def response_flow(
    steps: Sequence[tuple[str, str, int | None, str]], wording: Wording, width: float
) -> Figure:
    """Draw invited, answered and complete for both audiences; steps are (audience, label, count, printed)."""
    bars = [(count, audience != NEWCOMER) for audience, _, count, _ in steps]
    title = "; ".join(f"{label}: {printed}" for _, label, _, printed in steps)
    svg = charts.flow(bars, title, "", row=ANSWER, width=width)
    rows = tuple(FigureRow(label, (printed,)) for _, label, _, printed in steps)
    return Figure(Markup(svg), title, rows, ANSWER)  # noqa: S704
