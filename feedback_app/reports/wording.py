"""Figures in plain words, as Flemish readers expect them: "8 op de 10", comma, space before the percent sign.

Dutch is the source; other languages come from the translations object that is passed in. Nothing here
knows the web: a report is written in the worker, outside any request.
"""

from collections.abc import Sequence
from datetime import date
from gettext import NullTranslations

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from feedback_app.analysis.statistic import Band, State, Statistic
from feedback_app.languages import find
from feedback_app.languages import language as known
from feedback_app.reports.content import Count, ItemReport, Option

NBSP = "\u00a0"
DECIMALS_FROM = 100  # below this base a decimal would claim a precision that is not there
EXACT_FROM = 50  # below it, percents are steps of five and the base is a range


class Wording:
    """Turns published figures and codes into words of one language."""

    def __init__(self, language: str, translations: NullTranslations | None = None) -> None:
        self.locale = known(find(language) or language).locale
        self.translations = translations or NullTranslations()
        self.gettext = self.translations.gettext
        self.ngettext = self.translations.ngettext

    # --- numbers ---------------------------------------------------------------------------------

    def number(self, count: Count) -> str:
        """Print a count: "1.240", a range as it is, or that it cannot be said."""
        if count is None or count == "":
            return self.too_few
        return format_decimal(count, locale=self.locale) if isinstance(count, int) else count

    def percent(self, value: float | None, base: Count = None) -> str:
        """Print a percentage; one decimal only for a fractional value on a base of 100 or more."""
        if value is None:
            return self.too_few
        exact = isinstance(base, int) and base >= DECIMALS_FROM and not float(value).is_integer()
        text = format_decimal(value, format="0.0" if exact else "0", locale=self.locale)
        return f"{text}{NBSP}%" if self.locale.language == "nl" else f"{text}%"

    def out_of_ten(self, percent: int) -> str:
        """Say a percentage as so many in ten people; one just between two tenths is no nearer to either."""
        if 10 < percent < 90 and percent % 10 == 5:
            return self.percent(percent)
        tenths = (percent + 5) // 10
        if tenths == 0:
            return self.gettext("minder dan 1 op de 10")
        if tenths == 10:
            return self.gettext("bijna iedereen") if percent < 100 else self.gettext("iedereen")
        return (self.gettext("%(tenths)d op de 10") % {"tenths": tenths}).replace(" ", NBSP)

    def day(self, iso: str) -> str:
        """Print a date in words; empty stays empty."""
        return format_date(date.fromisoformat(iso), "long", locale=self.locale) if iso else ""

    # --- statistics ------------------------------------------------------------------------------

    @property
    def too_few(self) -> str:
        """What stands where a figure is suppressed, empty or zero: the three must look the same."""
        return self.gettext("onvoldoende antwoorden")

    def band(self, band: Band | None) -> str:
        """Say a share of which only the side is published."""
        if band is Band.BELOW:
            return self.gettext("minder dan %(percent)s") % {"percent": self.percent(20)}
        return self.gettext("meer dan %(percent)s") % {"percent": self.percent(80)}

    def positive(self, statistic: Statistic | None) -> str:
        """Print the positive end of a statistic."""
        if statistic is None or statistic.state is State.WITHHELD:
            return self.too_few
        if statistic.state is State.BAND:
            return self.band(statistic.band)
        return self.percent(statistic.positive)

    def base(self, statistic: Statistic | None) -> str:
        """Print a base, with "indicatief" where the policy asks for it; empty when withheld."""
        if statistic is None or statistic.state is State.WITHHELD or not statistic.base:
            return ""
        if statistic.state is State.INDICATIVE:
            return self.gettext("%(base)s, indicatief") % {"base": self.plain_base(statistic.base)}
        return self.plain_base(statistic.base)

    def count_of(self, statistic: Statistic | None) -> str:
        """Print a base as it stands in a sentence: "n = 263"; empty when withheld."""
        base = self.base(statistic)
        return f"n{NBSP}={NBSP}{base}" if base else ""

    def plain_base(self, base: str) -> str:
        """Print a base with the language's thousands separator; a range stays as it is."""
        return self.number(int(base)) if base.isdecimal() else base

    def interval(self, statistic: Statistic | None) -> str:
        """Print the 95 % interval in words; empty when there is none."""
        if statistic is None or statistic.low is None or statistic.high is None:
            return ""
        limits = {
            "low": format_decimal(statistic.low, locale=self.locale),
            "high": self.percent(statistic.high),
        }
        return self.gettext("tussen %(low)s en %(high)s") % limits

    def limits(self, statistic: Statistic | None) -> str:
        """Print the 95 % interval briefly, for tables: "47–51 %"."""
        if statistic is None or statistic.low is None or statistic.high is None:
            return ""
        return f"{format_decimal(statistic.low, locale=self.locale)}–{self.percent(statistic.high)}"

    def positive_end(self, item: ItemReport) -> str:
        """Quote the answers that count as positive: “Goed” of “Heel goed”."""
        labels = [f"“{o.label}”" for o in ordered(item.options) if o.key in item.positive]
        return self.gettext(" of ").join(labels)

    def finding(self, item: ItemReport, statistic: Statistic | None) -> str:
        """Say in one sentence what was answered; the question itself stands beside it."""
        if statistic is None or statistic.state is State.WITHHELD:
            return f"{self.too_few.capitalize()}."
        if statistic.state is State.BAND or statistic.positive is None:
            share = self.band(statistic.band)
        else:
            share = self.percent(statistic.positive)
        words = {"share": share[:1].upper() + share[1:], "answer": self.positive_end(item)}
        return self.gettext("%(share)s antwoordde %(answer)s.") % words

    # --- codes -----------------------------------------------------------------------------------

    def audience(self, audience: str) -> str:
        """Name an audience, in the plural."""
        _ = self.gettext
        names = {
            "newcomer": _("nieuwkomers"),
            "partner": _("partners"),
            "impact": _("nieuwkomers na enkele maanden"),
        }
        return names.get(audience, audience)

    def cut(self, cut: str) -> str:
        """Name a cut, as a table heading."""
        _ = self.gettext
        names = {
            "flanders": _("Vlaanderen"),
            "region": _("Regio"),
            "agency": _("Agentschap"),
            "offer_type": _("Soort aanbod"),
            "language_group": _("Taalgroep"),
            "mode": _("Manier van antwoorden"),
        }
        return names.get(cut, cut)

    def disposition(self, code: str) -> str:
        """Say an AAPOR outcome in words."""
        _ = self.gettext
        names = {
            "I": _("Volledig geantwoord"),
            "P": _("Gedeeltelijk geantwoord"),
            "R": _("Wilde niet meedoen"),
            "NC": _("Ontvangen, geen antwoord"),
            "O": _("Taal niet aangeboden"),
            "UH": _("Onbekend of de uitnodiging terecht was"),
            "UO": _("Onbekend of de uitnodiging aankwam"),
            "NE": _("Hoorde niet bij de groep"),
        }
        return names.get(code, code)

    def evidence(self, key: str) -> str:
        """Say how strong the evidence for a signal is."""
        _ = self.gettext
        names = {
            "sterk": _("sterk patroon"),
            "mogelijk": _("mogelijk patroon"),
            "focusgroep": _("vraag voor focusgroep"),
        }
        return names.get(key, key)

    def evidence_meaning(self, key: str) -> str:
        """Say in a sentence what the strength of the evidence rests on."""
        _ = self.gettext
        meanings = {
            "sterk": _(
                "Sterk patroon: groot genoeg, en ook in een eerder meetmoment, in opmerkingen of door "
                "collega’s gezien."
            ),
            "mogelijk": _(
                "Mogelijk patroon: groot genoeg en waarschijnlijk geen toeval, maar één keer gezien."
            ),
            "focusgroep": _("Vraag voor focusgroep: het valt op, maar zeker is het niet."),
        }
        return meanings.get(key, "")

    def state(self, key: str) -> str:
        """Name a state in a signal's life."""
        _ = self.gettext
        names = {
            "pre_signaal": _("pre-signaal"),
            "getoetst": _("getoetst"),
            "signaal": _("signaal"),
            "gevalideerd": _("gevalideerd"),
            "overgemaakt": _("overgemaakt"),
            "beantwoord": _("beantwoord"),
            "teruggekoppeld": _("teruggekoppeld"),
            "afgesloten": _("afgesloten"),
            "niet_weerhouden": _("niet weerhouden"),
        }
        return names.get(key, key)

    def language_name(self, tag: str) -> str:
        """Name a language in the report's language; the tag itself when Babel has no name."""
        try:
            return Locale.parse(tag.replace("-", "_")).get_display_name(self.locale) or tag
        except ValueError:
            return tag


def ordered(options: Sequence[Option]) -> list[Option]:
    """Return the options on the scale from its negative to its positive end, then those outside it."""
    on_scale = sorted((o for o in options if o.value is not None), key=lambda o: o.value or 0)
    return on_scale + [o for o in options if o.value is None]
