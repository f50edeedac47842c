"""Four eyes on the same text: what a draft said, beside what it would say if it were compiled now."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

#: contents as JSON has them
Content = Mapping[str, Any]
#: a signal that nobody validated yet: marked as such in drafts, and not in a final edition
_UNSETTLED = "signaal"


def changed_parts(then: Content, now: Content) -> list[str]:
    """The names of the parts in which a draft of now differs from that draft, each once.

    The day is not compared, nor are signals that a final edition leaves out. Where a quote stands follows
    from the signals: which quotes there are is compared.
    """
    one, other = _compared(then, now), _compared(now, now)
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    names = _names()
    return list(dict.fromkeys(names.get(key, _("Titel, namen en gegevens")) for key in keys))


def _compared(content: Content, now: Content) -> dict[str, Any]:
    """What counts of a content; `now` says which signals became valid meanwhile."""
    quotes = [*content.get("quotes", ())]
    quotes += [quote for signal in content.get("signals", ()) for quote in signal.get("quotes", ())]
    return {
        **{key: held for key, held in content.items() if key != "compiled_on"},
        "quotes": sorted(json.dumps(one, sort_keys=True) for one in quotes),
        "signals": [{**one, "quotes": ()} for one in _settled("signals", content, now)],
        "follow_ups": _settled("follow_ups", content, now),
    }


def _settled(kind: str, content: Content, now: Content) -> list[dict[str, Any]]:
    """The signals that a final edition prints: being validated is no other text, anything else is."""
    valid = {one["code"] for one in now.get(kind, ()) if one["state"] != _UNSETTLED}
    return [
        {**one, "state": "gevalideerd" if one["state"] == _UNSETTLED else one["state"]}
        for one in content.get(kind, ())
        if one["state"] != _UNSETTLED or one["code"] in valid
    ]


def _names() -> dict[str, str]:
    """Part of a content → what people call it."""
    figures, arranged, house = (
        _("Alle vragen: grafiek en tabel"),
        _("Indeling van het verslag"),
        _("Huisstijl"),
    )
    who, signals, method = _("Wie antwoordde"), _("Signalen"), _("Methode en privacy")
    return {
        "foreword": _("Voorwoord"),
        "texts": _("Teksten van de redactie"),
        "order": arranged,
        "left_out": arranged,
        "messages": _("Kern op één pagina"),
        "rates": who,
        "dispositions": who,
        "items": figures,
        "own": figures,
        "pairs": _("Nieuwkomers naast partners"),
        "remark_themes": _("Thema’s in de opmerkingen"),
        "quotes": _("Citaten"),
        "signals": signals,
        "presignals": signals,
        "practices": _("Goede praktijken uit de regio’s"),
        "follow_ups": _("Opvolging van vorige signalen"),
        "next_steps": _("Volgende stappen"),
        "questionnaires": _("De vragenlijsten"),
        "policy": method,
        "software_version": method,
        "style": house,
        "publisher": house,
    }
