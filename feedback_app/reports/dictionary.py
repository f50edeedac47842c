"""What the columns of the data annex mean, in the report's language: meaning, unit, codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from gettext import NullTranslations

from feedback_app.reports.content import ReportContent
from feedback_app.reports.wording import Wording

_AUDIENCES = ("newcomer", "partner", "impact")
_CUTS = ("flanders", "region", "agency", "offer_type", "language_group", "mode")
_OUTCOMES = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")


@dataclass(frozen=True)
class Column:
    """What a column holds; `codes` is every value it may have with its meaning, where it holds codes."""

    meaning: str
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Explained:
    """The words of one annex: what each table, each column and each other file holds."""

    tables: Mapping[str, str]
    columns: Mapping[str, Column]
    all_tables: str
    dictionary: str
    content: str


def explain(content: ReportContent, translations: NullTranslations | None = None) -> Explained:
    """Explain the annex of a report in its language; Dutch needs no translations."""
    words = Wording(content.language, translations)
    _ = words.gettext
    return Explained(
        tables={
            "figures": _("Het aandeel positieve antwoorden per vraag en groep"),
            "answers": _("Alle antwoorden per vraag en groep"),
            "courses": _("Het aandeel positieve antwoorden per vraag over de meetmomenten"),
            "response": _("Wie gevraagd werd en wie antwoordde, per groep"),
            "outcomes": _("Hoe de uitnodigingen afliepen (AAPOR)"),
            "remarks": _("Hoeveel opmerkingen over een thema gaan"),
            "presignals": _("Hoeveel pre-signalen over een thema gaan"),
        },
        columns={**_of_groups(words, content), **_of_figures(words), **_of_counts(words, content)},
        all_tables=_("Alle gepubliceerde tabellen van dit rapport, met uitleg bij elke kolom"),
        dictionary=_("Wat de kolommen van de tabellen betekenen"),
        content=_("De vastgelegde inhoud waaruit dit rapport is opgemaakt"),
    )


def _of_groups(words: Wording, content: ReportContent) -> dict[str, Column]:
    """Columns that say of whom and of which question a line is."""
    _ = words.gettext
    names = {f"{group.cut}/{group.key}": group.label for group in content.groups}
    return {
        "audience": Column(_("Wie de vraag kreeg"), codes={key: words.audience(key) for key in _AUDIENCES}),
        "cut": Column(_("Waarin de antwoorden verdeeld zijn"), codes={k: words.cut(k) for k in _CUTS}),
        "member": Column(
            _("De groep binnen die verdeling"), codes={"flanders/vlaanderen": _("Vlaanderen"), **names}
        ),
        "member_label": Column(_("De naam van de groep")),
        "item": Column(_("De vaste sleutel van de vraag")),
        "question": Column(_("De vraag zoals ze gesteld is")),
        "wave": Column(_("Het meetmoment"), codes={content.wave: content.period}),
        "broken": Column(
            _("Of het meetmoment ervoor een andere vraag stelde"),
            codes={"0": _("te vergelijken met ervoor"), "1": _("niet te vergelijken met ervoor")},
        ),
    }


def _of_figures(words: Wording) -> dict[str, Column]:
    """Columns that hold published figures."""
    _ = words.gettext
    percent, people = _("procent"), _("antwoorden")
    states = {
        "shown": _("getoond"),
        "indicative": _("indicatief: weinig antwoorden"),
        "band": _("enkel meer dan 80 % of minder dan 20 %"),
        "withheld": _("onvoldoende antwoorden"),
    }
    bands = {"above_80": _("meer dan 80 %"), "below_20": _("minder dan 20 %")}
    return {
        "state": Column(_("Hoeveel de publicatieregels van het cijfer laten zien"), codes=states),
        "base": Column(_("Hoeveel mensen de vraag beantwoordden; onder 50 een klasse"), people),
        "positive": Column(_("Aandeel positieve antwoorden; leeg als het niet getoond wordt"), percent),
        "band": Column(
            _("Aan welke kant het aandeel ligt als het cijfer zelf niet getoond wordt"), codes=bands
        ),
        "low": Column(_("Ondergrens van het 95 %-interval volgens Wilson"), percent),
        "high": Column(_("Bovengrens van het 95 %-interval volgens Wilson"), percent),
        "value": Column(_("De vaste sleutel van het antwoord")),
        "answer": Column(_("Het antwoord zoals het getoond is")),
        "percent": Column(_("Aandeel mensen dat dit antwoordde; leeg als het niet getoond wordt"), percent),
    }


def _of_counts(words: Wording, content: ReportContent) -> dict[str, Column]:
    """Columns that hold how many were asked, answered or wrote."""
    _ = words.gettext
    percent = _("procent")
    return {
        "invited": Column(_("Hoeveel uitnodigingen er waren; onder 50 een klasse"), _("uitnodigingen")),
        "answered": Column(_("Hoeveel er antwoordden; onder 50 een klasse"), _("antwoorden")),
        "rr1": Column(_("Respons: volledige antwoorden (AAPOR RR1)"), percent),
        "rr2": Column(_("Respons: volledige en gedeeltelijke antwoorden (AAPOR RR2)"), percent),
        "outcome": Column(
            _("Hoe een uitnodiging afliep"), codes={code: words.disposition(code) for code in _OUTCOMES}
        ),
        "theme": Column(_("Het thema"), codes={theme.key: theme.label for theme in content.themes}),
        "theme_label": Column(_("De naam van het thema")),
        "count": Column(
            _("Het gepubliceerde aantal, afgerond of als klasse; leeg als het niet getoond wordt"),
            _("aantal"),
        ),
    }
