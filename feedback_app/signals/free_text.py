"""Fields in which colleagues write: with a bound, and about nobody one could recognise."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.validators import Length, ValidationError

from feedback_app.signals.identifying import identifying

#: how long one part of a fiche may be: a fiche is one page
LONG, SHORT = 2000, 200
#: what everybody reads is short, and still is so in longer languages
TOLD_LONG, TOLD_SHORT = 400, 120

NEEDED = _l("Dit hebben we nodig.")

KINDS = {
    "national_number": _l("een rijksregisternummer"),
    "phone": _l("een telefoonnummer"),
    "email": _l("een e-mailadres"),
    "iban": _l("een rekeningnummer"),
    "birth": _l("een geboortedatum"),
    "plate": _l("een nummerplaat"),
    "handle": _l("een account op een netwerk"),
}


class NobodyNamed:
    """Refuses a text with something in it that points to one person, saying what."""

    def __call__(self, form: Form, field: Field) -> None:
        found = identifying(field.data or "")
        if found:
            what = ", ".join(str(KINDS[kind]) for kind in found)
            raise ValidationError(
                _(
                    "Hier staat %(what)s. Haal dat weg en bewaar opnieuw: een signaal gaat over niemand in "
                    "het bijzonder.",
                    what=what,
                )
            )


def bounded(most: int) -> list[Any]:
    """The validators of a free text of at most so many signs."""
    return [Length(max=most, message=_l("Schrijf hoogstens %(max)d tekens.")), NobodyNamed()]


def tidy(value: Any) -> Any:
    """A text without blanks around it, with line ends as the database keeps them; else what it was."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
