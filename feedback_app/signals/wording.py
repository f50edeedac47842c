"""What is stored of a signal, in words for the page: changes, refusals, what is known for the test list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from feedback_app.settings import Settings
from feedback_app.signals import forms
from feedback_app.signals.checklist import Known
from feedback_app.signals.criteria import MUST_HOLD_UNLESS_PRACTICE
from feedback_app.signals.history import Change
from feedback_app.signals.labels import CRITERIA_TEXTS, EVIDENCE_NAMES, FIELD_NAMES
from feedback_app.signals.lifecycle import MoveRefused
from feedback_app.signals.models import Signal

_DAYS = ("handed_on", "due_on", "answered_on")
#: what colleagues did not write themselves, so that it is in the page's language
_OURS = ("theme_key", "evidence", "level", "is_practice", "responsible_id", *_DAYS)


@dataclass(frozen=True)
class Worded:
    """One change for people; `written` when before and after are a colleague's own words."""

    label: str
    before: str
    after: str
    written: bool


def worded(settings: Settings, earlier: Mapping[str, str]) -> Callable[[Change], Worded]:
    """How to say a change; `earlier` names the signals that may be followed up."""
    themes, levels = forms.theme_names(settings), forms.words(settings, "solver")

    def value(name: str, stored: Any) -> str:
        if name in _DAYS and stored:
            return str(_day(stored))
        if name == "earlier_id":
            return str(earlier.get(stored, _("een signaal uit een andere regio")) if stored else _("geen"))
        if isinstance(stored, bool):
            return str(_("ja") if stored else _("nee"))
        known = {"theme_key": themes, "evidence": EVIDENCE_NAMES, "level": levels}.get(name, {})
        return str(known.get(stored, stored) or _("leeg"))

    def say(change: Change) -> Worded:
        question = change.name.removesuffix(".why")
        asked = question in CRITERIA_TEXTS
        label = CRITERIA_TEXTS[question][0] if asked else FIELD_NAMES.get(change.name, change.name)
        ours = change.name in _OURS or change.name == "earlier_id" or (asked and question == change.name)
        before, after = value(change.name, change.before), value(change.name, change.after)
        return Worded(str(label), before, after, written=not ours)

    return say


def refused(refusal: MoveRefused) -> str:
    """Why a step cannot be taken, and what to do."""
    listed = ", ".join(_lower(FIELD_NAMES[name]) for name in refusal.missing if name in FIELD_NAMES)
    asked = "; ".join(_lower(CRITERIA_TEXTS[name][0]) for name in refusal.missing if name in CRITERIA_TEXTS)
    texts = {
        "fields": _("Vul eerst in: %(fields)s.", fields=listed),
        "days": _days(refusal.missing) if refusal.reason == "days" else "",
        "four_eyes": _("Je werkte zelf aan dit signaal. Iemand anders moet het valideren."),
        "four_eyes_answer": _(
            "Je noteerde zelf het antwoord. Iemand anders kijkt het na en koppelt het terug."
        ),
        "role": _("Deze stap is er niet voor jouw rol."),
        "order": _("Deze stap kan nu niet (meer)."),
        "unanswered": _(
            "Beantwoord eerst de toetslijst, telkens met ja of nee en waarom. Nog open: %(questions)s.",
            questions=asked,
        ),
        "stopped": _stopped(refusal.missing, asked),
        **_evidence(asked),
        "identifying": _(
            "Iets wijst één persoon aan (een nummer, adres, account of geboortedatum) in: %(fields)s. Haal "
            "dat eerst weg.",
            fields=listed,
        ),
    }
    return str(texts[refusal.reason])


def known_already(settings: Settings, signal: Signal, known: Known) -> dict[str, list[str]]:
    """Question of the test list → what we know about it already, a sentence each."""
    said = {name: forms.words(settings, name) for name in ("frequency", "spread", "municipalities", "solver")}

    def told(name: str) -> list[str]:
        text = said[name].get(getattr(signal, name))
        return [_("Wie het meldde, schreef: %(text)s.", text=_lower(text))] if text else []

    others = []
    if known.patterns:
        others.append(ngettext("Er ligt een patroon bij.", "Er liggen %(num)s patronen bij.", known.patterns))
    if known.others:
        others.append(
            ngettext(
                "Over dit thema is in dit meetmoment nog een ander signaal geschreven.",
                "Over dit thema zijn in dit meetmoment nog %(num)s andere signalen geschreven.",
                known.others,
            )
        )
    return {
        "recurring": told("frequency"),
        "spread": [*told("spread"), *told("municipalities")],
        "second_source": others,
        "not_own_level": told("solver"),
    }


def _evidence(asked: str) -> dict[str, str]:
    """Why the evidence, or what it is called, keeps a step from being taken."""
    return {
        "contradicted": _(
            "Op het formulier staan minder dan drie organisaties of twee gemeenten; “ja” klopt dan niet met: "
            "%(questions)s. Antwoord “nee” met een reden. Zagen ook anderen het, laat hen dan zelf een "
            "pre-signaal schrijven.",
            questions=asked,
        ),
        "unsupported": _(
            "Geen enkel patroon dat erbij ligt, zegt zoveel als de sterkte van de aanwijzingen. Leg eerst "
            "zo’n patroon erbij, of pas de sterkte aan."
        ),
        "altered": _(
            "Van een patroon dat erbij ligt, staat niet vast dat het nog is wat er toen bij gelegd werd. "
            "Haal het weg en leg het opnieuw erbij; ga daarvoor zo nodig eerst een stap terug."
        ),
        "weak": _(
            "Op de toetslijst staat “nee” bij: %(questions)s. Dan is het geen sterk patroon. Pas de sterkte "
            "van de aanwijzingen aan, of de toetslijst.",
            questions=asked,
        ),
    }


def _stopped(missing: tuple[str, ...], asked: str) -> str:
    text = _("Op de toetslijst staat “nee” bij: %(questions)s. Zo kan het niet verder.", questions=asked)
    if set(missing) <= MUST_HOLD_UNLESS_PRACTICE:
        hint = _("Los het zelf op, of duid aan dat het een goede praktijk is.")
    else:
        hint = _("Herschrijf het en toets opnieuw, of kies voor niet weerhouden.")
    return f"{text} {hint}"


def _days(missing: tuple[str, ...]) -> str:
    texts = {
        "handed_on": _("De dag van overmaken kan niet in de toekomst liggen."),
        "due_on": _(
            "Een antwoord kan niet verwacht worden voor het signaal overgemaakt is, en niet later dan over "
            "twee jaar."
        ),
        "answered_on": _(
            "De dag van het antwoord kan niet in de toekomst liggen, en niet voor de dag van overmaken."
        ),
    }
    return " ".join(str(texts[name]) for name in missing)


def _day(stored: str) -> str:
    return str(format_date(date.fromisoformat(stored), "long"))


def _lower(text: Any) -> str:
    said = str(text)
    return said[:1].lower() + said[1:]
