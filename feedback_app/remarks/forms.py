"""What is typed and ticked beside a remark, and beside a worry."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from feedback_app.languages import ENDONYMS, unturned
from feedback_app.remarks.models import REASONS

#: kind of personal data → its name for people
KINDS: dict[str, Any] = {
    "name": _l("naam"),
    "organisation": _l("organisatie"),
    "phone": _l("telefoonnummer"),
    "email": _l("e-mailadres"),
    "url": _l("webadres"),
    "handle": _l("account op een netwerk"),
    "iban": _l("rekeningnummer"),
    "national": _l("rijksregisternummer"),
    "plate": _l("nummerplaat"),
    "birth": _l("geboortedatum"),
    "address": _l("adres of plaats"),
    "other": _l("iets anders"),
}

SHOWS: dict[str, Any] = {
    "side": _l("alleen of het een nieuwkomer of een organisatie is"),
    "region": _l("ook de regio (als minstens tien mensen ze delen)"),
    "original": _l(
        "ook de oorspronkelijke tekst, alleen Vlaams (als minstens tien mensen in die taal schreven)"
    ),
}

REASON_NAMES: dict[str, Any] = {
    "danger": _l("iemand is in gevaar"),
    "abuse": _l("geweld, dwang of misbruik"),
    "child": _l("een kind loopt gevaar"),
    "self_harm": _l("iemand denkt eraan zichzelf iets aan te doen"),
    "other": _l("iets anders dat niet kan wachten"),
}
assert tuple(REASON_NAMES) == REASONS


def _plain_lines(typed: str | None) -> str | None:
    """Lines as they were sent to the browser: it gives each break back as two signs."""
    return typed.replace("\r\n", "\n") if typed else typed


class RemarkForm(FlaskForm):  # type: ignore[misc]
    """Language, translation, themes and quote of a remark; what is hidden is sent beside it."""

    language = SelectField(
        _l("Taal van de opmerking"), choices=[SelectChoice(*one) for one in ENDONYMS.items()]
    )
    themes = SelectMultipleField(
        _l("Thema’s"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    translation = TextAreaField(
        _l("Vertaling in het Nederlands"),
        validators=[Optional(), Length(max=4000)],
        filters=[_plain_lines, unturned],
    )
    quote = TextAreaField(
        _l("Citaat in het Nederlands"),
        validators=[Optional(), Length(max=600)],
        filters=[_plain_lines, unturned],
    )
    whole = BooleanField(_l("De hele vertaling als citaat voorstellen"))
    shows = RadioField(
        _l("Wat staat er bij het citaat?"),
        choices=[SelectChoice(*one) for one in SHOWS.items()],
        default="side",
    )
    original = TextAreaField(
        _l("Stuk van de oorspronkelijke tekst"),
        validators=[Optional(), Length(max=600)],
        filters=[_plain_lines, unturned],
    )
    keep = BooleanField(_l("Ik heb het nagekeken: wat hierboven blijft staan, wijst niemand aan"))


class WorryForm(FlaskForm):  # type: ignore[misc]
    """Why a remark goes to the person of trust."""

    reason = RadioField(
        _l("Waarom?"), choices=[SelectChoice(*one) for one in REASON_NAMES.items()], default="danger"
    )
    note = TextAreaField(
        _l("Wat moet de vertrouwenspersoon weten?"),
        validators=[Optional(), Length(max=1000)],
        filters=[_plain_lines, unturned],
    )
