"""Who answered, as the report's templates ask for it: response per group, and how each invitation ended."""

from feedback_app.reports import figures
from feedback_app.reports.content import FLANDERS, NEWCOMER, PARTNER, Rate, ReportContent
from feedback_app.reports.figures import Figure
from feedback_app.reports.wording import Wording

DISPOSITIONS = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")


class Answered:
    """The part of a report that says who answered."""

    def __init__(self, content: ReportContent, wording: Wording) -> None:
        self.content = content
        self.words = wording
        self.is_regional = content.level != FLANDERS

    def rate(self, audience: str, cut: str, member: str) -> Rate | None:
        """Return the response of one audience in one group."""
        wanted = (audience, cut, member)
        return next((r for r in self.content.rates if (r.audience, r.cut, r.member) == wanted), None)

    def own_rate(self, audience: str) -> Rate | None:
        """Return the response of one audience at the report's own level."""
        if self.is_regional:
            return self.rate(audience, "region", self.content.level)
        return self.rate(audience, "flanders", FLANDERS)

    def rate_cells(self, rate: Rate | None) -> tuple[str, str, str]:
        """Print invited, answered and RR2 of a group."""
        if rate is None:
            return ("–", "–", "–")
        invited, answered = self.words.number(rate.invited), self.words.number(rate.answered)
        return (invited, answered, self.words.percent(rate.rr2, rate.invited))

    def dispositions(self) -> list[tuple[str, str, str, str]]:
        """Return code, words, and the counts of newcomers and partners."""
        found = {(d.audience, d.code): d.count for d in self.content.dispositions}
        codes = [c for c in DISPOSITIONS if (NEWCOMER, c) in found or (PARTNER, c) in found]
        number = self.words.number
        return [
            (c, self.words.disposition(c), number(found.get((NEWCOMER, c))), number(found.get((PARTNER, c))))
            for c in codes
        ]

    def flow(self) -> Figure | None:
        """Draw the response flow of both audiences."""
        _, steps = self.words.gettext, []
        for audience in (NEWCOMER, PARTNER):
            rate, name = self.own_rate(audience), self.words.audience(audience)
            if rate is None:
                continue
            for label, count in ((_("uitgenodigd"), rate.invited), (_("antwoordde"), rate.answered)):
                number = count if isinstance(count, int) else None
                steps.append((audience, f"{name.capitalize()}: {label}", number, self.words.number(count)))
            whole = next(
                (d.count for d in self.content.dispositions if (d.audience, d.code) == (audience, "I")), None
            )
            if isinstance(whole, int) and not self.is_regional:
                label = _("volledig")  # not within the f-string, where no catalogue finds it
                steps.append((audience, f"{name.capitalize()}: {label}", whole, self.words.number(whole)))
        return figures.response_flow(steps, self.words, 260) if steps else None
