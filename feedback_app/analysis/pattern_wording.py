"""One plain sentence for every test, and what stands behind its evidence; in the language of who reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.analysis.proposal import FLAGS, Figure, Proposal, Verdict
from feedback_app.questionnaires.declarations import Family

WHO = {
    "newcomer": _l("nieuwkomers"),
    "partner": _l("aanbodpartners"),
    "impact": _l("nieuwkomers na enkele maanden"),
}

FAMILY_NAMES = {
    Family.LEVEL: _l("Niveau: antwoorden te veel mensen niet positief?"),
    Family.REGION: _l("Regio: verschilt een regio van Vlaanderen?"),
    Family.GAP: _l("Kloof: zien nieuwkomers en aanbodpartners het anders?"),
    Family.TREND: _l("Verloop: is er iets veranderd?"),
    Family.CHANGE: _l("Vroeger en nu: zeggen mensen dat het anders is dan voor de activiteit?"),
    Family.THEME: _l("Thema: komt het terug in de opmerkingen?"),
}

VERDICT_NAMES = {
    Verdict.STRONG: _l("sterk patroon"),
    Verdict.POSSIBLE: _l("mogelijk patroon"),
    Verdict.FOCUS: _l("vraag voor focusgroep"),
    Verdict.NONE: _l("geen verschil gezien"),
    Verdict.UNKNOWN: _l("nog niet te zeggen"),
}

_CONFIRMED = {
    "waves": _l("ook in een eerder meetmoment gevonden"),
    "remarks": _l("ook in de opmerkingen gehoord"),
    "staff": _l("ook door collega’s gemeld"),
}

_REASONS = {
    "withheld": _l("Er zijn te weinig antwoorden om iets te tonen."),
    "wording": _l("De vraag is veranderd: met vroeger vergelijken mag niet."),
    "few_remarks": _l("Te weinig opmerkingen of organisaties zeggen dit."),
}


_LOOKING_BACK = _l(
    "Mensen kijken zelf terug: dit is geen meting van toen. Of het door de activiteit komt, zegt dit niet."
)


@dataclass(frozen=True)
class Names:
    """Words for keys: (audience, item) → question, region → name, theme → name."""

    questions: Mapping[tuple[str, str], str]
    regions: Mapping[str, str]
    themes: Mapping[str, str]

    def question(self, audience: str, item: str) -> str:
        """The question as it was asked."""
        return self.questions.get((audience, item), item)


def sentence(one: Proposal, names: Names) -> str:
    """What was seen, in one plain sentence with its numbers; where nothing can be said, why."""
    if one.reason:
        return str(_REASONS[one.reason])
    say = {
        Family.LEVEL: _level,
        Family.REGION: _region,
        Family.GAP: _gap,
        Family.TREND: _trend,
        Family.CHANGE: _change,
        Family.THEME: _theme,
    }[one.family]
    return say(one, names)


def share(figure: Figure) -> str:
    """A share as it may be said: 75 %, or more or less than the edge of a band."""
    if figure.band == "above_80":
        return str(_("meer dan %(percent)s %%", percent=figure.percent))
    if figure.band:
        return str(_("minder dan %(percent)s %%", percent=figure.percent))
    return f"{figure.percent} %"


def _level(one: Proposal, names: Names) -> str:
    words = {"question": names.question(one.audience, one.item), "who": WHO[one.audience], "n": one.here.n}
    if one.tone == "worse" and not one.here.band:
        return str(
            _(
                "Op “%(question)s” antwoordt %(share)s van de %(who)s niet positief (n = %(n)s).",
                share=f"{one.effect} %",
                **words,
            )
        )
    return str(
        _(
            "Op “%(question)s” antwoordt %(share)s van de %(who)s positief (n = %(n)s).",
            share=share(one.here),
            **words,
        )
    )


def _region(one: Proposal, names: Names) -> str:
    words = {
        "question": names.question(one.audience, one.item),
        "who": WHO[one.audience],
        "region": names.regions.get(one.member, one.member),
        "here": share(one.here),
        "there": share(one.there),
        "n": one.here.n,
    }
    if one.against:
        return str(
            _(
                "Sinds %(first)s antwoordde in %(region)s %(here)s van de %(who)s positief op “%(question)s” "
                "(n = %(n)s), in heel Vlaanderen %(there)s.",
                first=one.against[0],
                **words,
            )
        )
    return str(
        _(
            "In %(region)s antwoordt %(here)s van de %(who)s positief op “%(question)s” (n = %(n)s), "
            "in heel Vlaanderen %(there)s.",
            **words,
        )
    )


def _gap(one: Proposal, names: Names) -> str:
    return str(
        _(
            "%(here)s van de nieuwkomers antwoordt positief op “%(question)s” (n = %(n)s), "
            "%(there)s van de aanbodpartners op “%(other)s” (n = %(m)s).",
            here=share(one.here).capitalize(),
            there=share(one.there),
            question=names.question(one.audience, one.item),
            other=names.question("partner", one.method),
            n=one.here.n,
            m=one.there.n,
        )
    )


def _trend(one: Proposal, names: Names) -> str:
    words = {
        "question": names.question(one.audience, one.item),
        "who": WHO[one.audience],
        "wave": one.against[0],
        "here": share(one.here),
        "there": share(one.there),
        "n": one.here.n,
        "m": one.there.n,
    }
    if one.method == "line":
        return str(
            _(
                "Over %(number)s meetmomenten ging het aandeel %(who)s dat positief antwoordt op "
                "“%(question)s” van %(there)s (%(wave)s, n = %(m)s) naar %(here)s (n = %(n)s).",
                number=len(one.line),
                **words,
            )
        )
    return str(
        _(
            "Op “%(question)s” antwoordt nu %(here)s van de %(who)s positief (n = %(n)s); "
            "in %(wave)s was dat %(there)s (n = %(m)s).",
            **words,
        )
    )


def _change(one: Proposal, names: Names) -> str:
    return str(
        _(
            "%(here)s van de %(who)s antwoordt positief op “%(question)s”; dezelfde mensen zeggen over "
            "“%(before)s” %(there)s (n = %(n)s).",
            here=share(one.here).capitalize(),
            there=share(one.there),
            who=WHO[one.audience],
            question=names.question(one.audience, one.item),
            before=names.question(one.audience, one.method),
            n=one.here.n,
        )
    )


def _theme(one: Proposal, names: Names) -> str:
    words = {"theme": names.themes.get(one.item, one.item), "who": WHO[one.audience], "n": one.here.n}
    if one.tone == "more":
        return str(
            _("Opmerkingen van %(who)s gaan vaker dan vroeger over “%(theme)s” (%(n)s keer).", **words)
        )
    if one.tone == "less":
        return str(
            _("Opmerkingen van %(who)s gaan minder vaak dan vroeger over “%(theme)s” (%(n)s keer).", **words)
        )
    return str(_("“%(theme)s” komt terug in opmerkingen van %(who)s (%(n)s keer).", **words))


def meaning(one: Proposal) -> str:
    """What may be concluded, and what could have been seen where nothing was."""
    if one.family is Family.CHANGE and one.verdict in (*FLAGS, Verdict.FOCUS):
        return " ".join(filter(None, (_concluded(one), str(_LOOKING_BACK))))
    return _concluded(one)


def _concluded(one: Proposal) -> str:
    if one.verdict is Verdict.FOCUS:
        return str(_("Dat valt op, maar het is niet zeker. Leg het voor aan een focusgroep."))
    if one.verdict is Verdict.NONE and one.family is Family.LEVEL:
        return str(
            _(
                "Minder dan 30 %% antwoordt niet positief. Met zoveel antwoorden valt een groter deel pas op "
                "vanaf %(points)s punten meer.",
                points=one.detectable,
            )
        )
    if one.verdict is Verdict.NONE and one.detectable is not None:
        return str(
            _(
                "Geen verschil gezien. Met zoveel antwoorden valt een daling van 80 %% pas op vanaf "
                "%(points)s punten.",
                points=one.detectable,
            )
        )
    if one.verdict is Verdict.NONE:
        return str(_("Geen verschil gezien."))
    if one.verdict is Verdict.UNKNOWN:
        return str(_("Nog niet te zeggen: weinig antwoorden betekent niet dat er niets aan de hand is."))
    said = ", ".join(str(_CONFIRMED[name]) for name in one.confirmed)
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def facts(one: Proposal) -> list[tuple[str, str]]:
    """Name and value of every figure behind a test."""
    found: list[tuple[str, str]] = []
    if one.effect is not None and one.family is not Family.LEVEL:
        found.append((_("Verschil"), _points(one)))
    if one.low is not None and one.high is not None:
        ends = " – ".join(str(end).replace("-", "−") for end in (one.low, one.high))
        unit = "%" if one.family is Family.LEVEL else _("procentpunten")
        found.append((_("Waarschijnlijk tussen"), f"{ends} {unit}"))
    if one.delta is not None and one.family is Family.CHANGE:
        found.append((_("Wie vooruitging min wie achteruitging (delta, 1 is iedereen vooruit)"), _delta(one)))
    elif one.delta is not None:
        found.append((_("Cliffs delta (1 is de grootste kloof)"), _number(one.delta)))
    if one.shrunken is not None:
        found.append((_("Voorzichtige schatting voor deze regio"), f"{one.shrunken} %"))
    if one.q is not None:
        found.append((_("Aandeel vals alarm dat te verwachten is (q), hoogstens"), _number(one.q)))
    if one.tests:
        found.append((_("Vergelijkingen in deze groep"), str(one.tests)))
    return [(str(name), value) for name, value in found]


def _points(one: Proposal) -> str:
    number = one.effect or 0
    if one.at_least:
        return str(_("minstens %(points)s procentpunten", points=abs(number)))
    return str(_("%(points)s procentpunten", points=f"{number:+d}".replace("-", "−")))


def _delta(one: Proposal) -> str:
    value = _number(one.delta or 0)
    if one.delta_low is None or one.delta_high is None:
        return value
    return f"{value} ({_number(one.delta_low)} – {_number(one.delta_high)})"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−").replace(".", ",")
