"""What the report's templates ask for: the content, looked up, ordered and put into words.

Templates hold the text; this holds the looking up. It adds no figure that the content does not have.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from feedback_app.analysis.statistic import State, Statistic
from feedback_app.rendering.style import css
from feedback_app.reports import course as over_time
from feedback_app.reports import figures
from feedback_app.reports.content import (
    LATER,
    NEWCOMER,
    PARTNER,
    ItemReport,
    KeyMessage,
    Quote,
    ReportContent,
    Signal,
)
from feedback_app.reports.figures import Figure
from feedback_app.reports.groups import ORDERED, Grouped
from feedback_app.reports.wording import Wording, ordered

FEWEST, MESSAGES = 3, 5
STRONG = 85  # percent positive from which an item is called a strength (method note, "level" family)
WELL = 66  # where nothing is that strong, the best of each side is named from two in three on
QUOTE_LETTERS = 600


@dataclass(frozen=True)
class Section:
    """A heading of the report: its mark ("3" or "B"), anchor and title."""

    mark: str
    anchor: str
    title: str
    annex: bool = False


@dataclass(frozen=True)
class Evidence:
    """One printed figure behind a statement; `percent` is its number where there is one."""

    item: ItemReport
    answer: str
    share: str
    limits: str
    base: str
    percent: int | None
    where: str = ""


class ReportView(Grouped):
    """One report as its templates see it."""

    def __init__(self, content: ReportContent, wording: Wording) -> None:
        super().__init__(content, wording)
        self._themes = {theme.key: theme.label for theme in content.themes}
        self._items = {(item.audience, item.key): item for item in content.items}
        self.sections = self._sections()

    def _sections(self) -> dict[str, Section]:
        _ = self.words.gettext
        body = {
            "core": _("Kern op één pagina"),
            "context": _("Aanleiding en context"),
            "who": _("Wie antwoordde"),
            "good": _("Wat gaat goed"),
            "signals": _("Signalen"),
            "practices": _("Goede praktijken uit de regio’s"),
            "followup": _("Opvolging van vorige signalen"),
            "next": _("Volgende stappen"),
        }
        annexes = {
            "items": _("Alle vragen: grafiek en tabel"),
            "pairs": _("Nieuwkomers naast partners"),
            "regions": _("Regio’s naast Vlaanderen"),
            "groups": _("Andere groepen"),
            "remarks": _("Thema’s in de opmerkingen"),
            "asked": _("De vragenlijsten"),
            "method": _("Methode en privacy"),
            "glossary": _("Woordenlijst"),
        }
        moved, gone = self.content.order or tuple(body), self.content.left_out
        keys = [key for key in dict.fromkeys(("core", *moved, *body)) if key in body and key not in gone]
        kept = [key for key in annexes if key not in gone]
        self.gone = [{**body, **annexes}[key] for key in gone]
        found = {k: Section(str(i), k, body[k]) for i, k in enumerate(keys, 1)}
        return found | {k: Section("ABCDEFGH"[i], k, annexes[k], True) for i, k in enumerate(kept)}

    def of_editors(self, section: str) -> str:
        """What editors wrote beneath a section's heading; empty where they wrote nothing."""
        return next((one.text for one in self.content.texts if one.section == section), "")

    # --- names -----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The document's title."""
        words = {"level": self.content.level_label, "period": self.content.period}
        return self.words.gettext("Signaalrapport participatietrajecten: %(level)s, %(period)s") % words

    @property
    def sheet(self) -> Markup:
        """The sheet of the house style; it holds only token names, plain colours and our own rules."""
        return Markup(css(self.content.style))  # noqa: S704

    @property
    def web_sheet(self) -> Markup:
        """The same for a web page, which has no fonts of the style."""
        return Markup(css(self.content.style, faces=False))  # noqa: S704

    @property
    def written(self) -> Markup:
        """The attribute for what colleagues wrote, where that is not the report's own language; else ""."""
        spoken = self.content.written_in
        return Markup("") if spoken == self.content.language else Markup(' lang="{}"').format(spoken)

    @property
    def written_publisher(self) -> Markup:
        """The attribute for the publisher's name, which only a house style gives in each language."""
        return Markup("") if self.content.publisher == self.content.style.publisher else self.written

    def theme(self, key: str) -> str:
        """Name a theme, with a capital."""
        label = self._themes.get(key, key)
        return label[:1].upper() + label[1:]

    def quote_text(self, quote: Quote) -> str:
        """Return a quote, cut at a word when somebody wrote pages."""
        text = quote.text
        return text if len(text) <= QUOTE_LETTERS else text[:QUOTE_LETTERS].rsplit(" ", 1)[0] + " …"

    # --- items -----------------------------------------------------------------------------------

    def main(self, item: ItemReport) -> Statistic:
        """Return the statistic of the report's own level."""
        if not self.is_regional:
            return item.flanders
        withheld = Statistic(item.audience, item.key, "region", self.content.level, State.WITHHELD)
        return next((s for s in item.regions if s.member == self.content.level), withheld)

    def items(self, audience: str) -> list[ItemReport]:
        """Return the questions of an audience in the order they were asked."""
        return [item for item in self.content.items if item.audience == audience]

    @property
    def audiences(self) -> tuple[str, ...]:
        """Whom the questions were for: both sides, and newcomers some months later where that was asked."""
        return (NEWCOMER, PARTNER, LATER) if self.items(LATER) else (NEWCOMER, PARTNER)

    def changes(self) -> list[ItemReport]:
        """Return what the same people say of then and now."""
        return [item for item in self.content.items if item.kind == "paired"]

    def own_items(self, audience: str) -> list[ItemReport]:
        """Return what only the report's own region asked; no comparison and no message is made of it."""
        return [item for item in self.content.own if item.audience == audience]

    def ordered_items(self, audience: str) -> list[ItemReport]:
        """Return the questions that have a positive end."""
        return [item for item in self.items(audience) if item.kind in ORDERED]

    def strengths(self) -> list[tuple[ItemReport, Statistic]]:
        """Return what at least 85 % is positive about; else the best of each audience, if most say so."""
        found = [(i, self.main(i)) for a in (NEWCOMER, PARTNER) for i in self.ordered_items(a)]
        strong = [(i, s) for i, s in found if s.positive is not None and s.positive >= STRONG]
        if strong:
            return strong
        best = []
        for audience in (NEWCOMER, PARTNER):
            known = [(i, s) for i, s in found if i.audience == audience and (s.positive or 0) >= WELL]
            best.extend(sorted(known, key=lambda pair: -(pair[1].positive or 0))[:1])
        return best

    @property
    def has_figures(self) -> bool:
        """Whether any question has a share of positive answers here."""
        return any(self.main(item).positive is not None for item in self.content.items)

    # --- the core --------------------------------------------------------------------------------

    def messages(self) -> Sequence[KeyMessage]:
        """Return the editors' messages; else a strength, the signals, and the weakest items up to three."""
        if self.content.messages:
            return self.content.messages[:MESSAGES]
        _ = self.words.gettext
        keep = _("Hou dit vast, en zeg het aan wie het mogelijk maakt.")
        best = self.strengths()[:1]
        found = [self._item_message(_("Dit willen we houden"), *pair, keep) for pair in best]
        found += [self._signal_message(s) for s in self.content.signals[: MESSAGES - 1]]
        told = {name for signal in self.content.signals for name in signal.items}
        known = [(i, self.main(i)) for a in (NEWCOMER, PARTNER) for i in self.ordered_items(a)]
        weak = sorted((p for p in known if p[1].positive is not None), key=lambda p: p[1].positive or 0)
        ask = _("Waardoor komt dit, en wat zou helpen? Bespreek het in een focusgroep.")
        fresh = [p for p in weak if p not in best and f"{p[0].audience}.{p[0].key}" not in told]
        few = max(0, FEWEST - len(found)) if found else 0
        return found + [self._item_message(_("Dit vraagt aandacht"), *p, ask) for p in fresh[:few]]

    def _item_message(self, title: str, item: ItemReport, statistic: Statistic, ask: str = "") -> KeyMessage:
        return KeyMessage(self._figure(statistic.positive), title, self.said(item, statistic), ask)

    def _signal_message(self, signal: Signal) -> KeyMessage:
        behind = self.evidence(signal)[:1]
        elsewhere = bool(behind and signal.region and behind[0].where == self._flanders)
        if behind and not elsewhere:  # a band has no number, and is told as it is printed
            figure = self._figure(behind[0].percent) or behind[0].share
        else:  # a share in the words about a region that has none is another's
            figure = "" if elsewhere else self._written_share(signal.finding)
        figure = figure or self.theme(signal.theme)
        return KeyMessage(figure, signal.title, _first_line(signal.finding), signal.ask, signal.code)

    def _written_share(self, finding: str) -> str:
        """The first share in a finding; none with words around it in another language than the report's."""
        share = _first_share(finding)
        return share if share[:1].isdigit() or self.content.written_in == self.content.language else ""

    def _figure(self, percent: int | None) -> str:
        return "" if percent is None else self.words.out_of_ten(percent)

    def said(self, item: ItemReport, statistic: Statistic) -> str:
        """Say in a whole sentence what was answered to a question, with its base."""
        rows = self._answers(item, statistic)
        if not rows:
            return ""
        words = {
            "audience": self.words.audience(item.audience),
            "question": item.question,
            "share": rows[0].share,
            "answer": rows[0].answer,
            "base": self.words.count_of(statistic),
        }
        if item.kind == "multiple":
            return (
                self.words.gettext(
                    "Van de %(audience)s noemt %(share)s %(answer)s op de vraag “%(question)s” (%(base)s)."
                )
                % words
            )
        return (
            self.words.gettext(
                "Van de %(audience)s antwoordt %(share)s %(answer)s op de vraag “%(question)s” (%(base)s)."
            )
            % words
        )

    def _answers(self, item: ItemReport, statistic: Statistic) -> list[Evidence]:
        """Return the printed figures of a question: its positive end, or its two most chosen answers."""
        words = self.words
        if statistic.state is State.WITHHELD:
            return []
        if item.kind != "multiple":
            share, limits = words.positive(statistic), words.interval(statistic)
            end = words.positive_end(item)
            return [Evidence(item, end, share, limits, words.base(statistic), statistic.positive)]
        labels = {option.key: option.label for option in item.options}
        chosen = sorted(
            (s for s in statistic.shares if s.percent is not None), key=lambda s: -(s.percent or 0)
        )
        return [
            Evidence(
                item, f"“{labels[s.value]}”", words.percent(s.percent), "", words.base(statistic), s.percent
            )
            for s in chosen[:2]
            if s.value in labels
        ]

    def evidence(self, signal: Signal) -> list[Evidence]:
        """Return the printed figures behind a signal: of its own region first, with Flanders beside it."""
        named = {f"{item.audience}.{item.key}": item for item in self.content.items}
        items = [named[name] for name in signal.items if name in named]
        region = self.content.level if self.is_regional else signal.region
        if not region:
            return [row for item in items for row in self._answers(item, item.flanders)]
        rows = []
        for item in items:
            here = [one for one in item.regions if one.member == region]
            for statistic, where in (
                *((one, self.group("region", region)) for one in here),
                (item.flanders, ""),
            ):
                rows += [
                    replace(row, where=where or self._flanders) for row in self._answers(item, statistic)
                ]
        return rows

    @property
    def _flanders(self) -> str:
        return self.words.gettext("Vlaanderen")

    def evidence_of(self, statistic: Statistic) -> str:
        """Print percentage and base together: "84 %, n = 263"."""
        shown = [self.words.positive(statistic), self.words.count_of(statistic)]
        return ", ".join(part for part in shown if part)

    # --- tables with charts ----------------------------------------------------------------------

    def overview(self, audience: str) -> Figure | None:
        """Draw all ordered questions of an audience."""
        items = [(item, self.main(item)) for item in self.ordered_items(audience)]
        return (
            figures.overview(items, self.words, 176 if self.is_regional else 225, self.is_regional)
            if items
            else None
        )

    def bar(self, item: ItemReport) -> Markup | None:
        """Draw one question as one bar."""
        return figures.single(item, self.main(item), self.words, 470)

    def ticks(self, item: ItemReport) -> Figure:
        """Draw a multiple-choice question."""
        return figures.multiple(item, self.main(item), self.words, 190)

    def share_rows(self, item: ItemReport) -> list[tuple[str, str]]:
        """Return every answer of an ordered question with its printed share; none where none is printed."""
        shares = {share.value: share.percent for share in self.main(item).shares}
        if set(shares.values()) == {None}:
            return []
        known = [o for o in ordered(item.options) if o.key in shares]
        return [(o.label, self.words.percent(shares[o.key])) for o in known]

    def pairs(self) -> Figure | None:
        """Draw newcomers beside partners."""
        keys = [((NEWCOMER, p.newcomer), (PARTNER, p.partner)) for p in self.content.pairs]
        items = [(self._items[a], self._items[b]) for a, b in keys if a in self._items and b in self._items]
        statistics = [(self.main(a), self.main(b)) for a, b in items]
        return figures.pairs(items, statistics, self.words, 190) if items else None

    def beside_flanders(self, item: ItemReport) -> Figure:
        """Draw the regions of one question."""
        regions, every = self.shown_regions(item), len(self.members("region"))
        return figures.beside_frame(item, regions, self.content.level, self.words, 186, every)

    def own_beside(self, audience: str) -> Figure | None:
        """Draw the report's region beside Flanders, question by question."""
        items = [(item, self.main(item)) for item in self.ordered_items(audience)]
        return figures.own_beside(items, self.words, 130) if items else None

    def course(self, item: ItemReport) -> over_time.Course | None:
        """Draw what earlier waves said of a question; None where there is nothing to compare."""
        return over_time.course(item, self.words, 215, self.is_regional)

    def courses_of(self, signal: Signal) -> list[over_time.Told]:
        """Say in a sentence each how the questions behind a signal went; of its own level only."""
        if signal.region and not self.is_regional:
            return []
        named = {f"{item.audience}.{item.key}": item for item in self.content.items}
        items = [named[name] for name in signal.items if name in named and named[name].course]
        return [over_time.Told(item.question, over_time.said(item.course, self.words)) for item in items[:2]]

    def remark_rows(self) -> list[tuple[str, list[str]]]:
        """Return each theme with the remarks of every audience, in the order of the codebook."""
        found = {(r.audience, r.theme): r.count for r in self.content.remark_themes}
        keys = [t.key for t in self.content.themes if any((a, t.key) in found for a in self.audiences)]
        return [
            (
                f"{key} {self.theme(key)}",
                [self.words.number(found.get((audience, key))) for audience in self.audiences],
            )
            for key in keys
        ]


def _first_share(text: str) -> str:
    """The first percentage that colleagues wrote in a finding, with what bounds it before it."""
    found = re.search(r"\b(?:(?:meer|minder|more|less)\s(?:dan|than)\s)?\d{1,3}(?:[.,]\d)?\s?%", text)
    return found[0] if found else ""


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]
