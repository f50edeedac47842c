"""Forms for practices, for asking a contact, and for the digest."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput

from feedback_app.database import random_id
from feedback_app.invitations.mail import NoAddress, recipient
from feedback_app.languages import SOURCE, unturned
from feedback_app.remarks.personal import find_personal
from feedback_app.remarks.reading import words_of
from feedback_app.signals.free_text import KINDS
from feedback_app.signals.identifying import identifying
from feedback_app.web.pages import current_settings

_NEEDED = _l("Dit hebben we nodig.")
_LONG = 2000

STATE_NAMES = {
    "waiting": _l("wacht op een tweede lezer"),
    "released": _l("vrijgegeven"),
    "withdrawn": _l("ingetrokken"),
}
RHYTHM_NAMES = {"weekly": _l("Elke week"), "monthly": _l("Elke maand")}
FIELD_NAMES = {
    "theme_key": _l("Thema"),
    "region_key": _l("Regio"),
    "wave_key": _l("In het verslag van"),
    "title": _l("Titel"),
    "what": _l("Wat doen jullie?"),
    "place": _l("Waar?"),
    "why": _l("Waarom werkt het?"),
    "contact": _l("E-mailadres voor vragen"),
    "reason": _l("Reden"),
}


def names_nobody(form: FlaskForm, field: Field) -> None:
    """What is printed holds nothing that points to one person, no name after “mevrouw” either."""
    text = field.data or ""
    if told := [str(KINDS[kind]) for kind in identifying(text)]:
        raise ValidationError(
            _(
                "Hier staat %(what)s, en deze tekst wordt gedrukt. Haal dat weg, of zet een adres bij "
                "“E-mailadres voor vragen”.",
                what=", ".join(told),
            )
        )
    dutch = words_of(current_settings().surveys_dir).get(SOURCE)
    if names := [text[one.start : one.end] for one in find_personal(text, dutch) if one.kind == "name"]:
        raise ValidationError(
            _(
                "Hier lijkt de naam van iemand te staan: %(names)s. Deze tekst wordt gedrukt: schrijf wat "
                "die persoon doet, zonder naam.",
                names=", ".join(names),
            )
        )


def is_address(form: FlaskForm, field: Field) -> None:
    """An address that a mail server elsewhere could be given: with a whole domain."""
    try:
        whole = "." in recipient(field.data).domain.strip(".")
    except NoAddress:
        whole = False
    if not whole:
        raise ValidationError(_("Dit is geen e-mailadres. Schrijf het als naam@voorbeeld.be."))


class PracticeForm(FlaskForm):  # type: ignore[misc]
    """What worked, where, and why; `contact` is told to nobody who asks.

    `key` is by what a form that is sent twice is known.
    """

    key = HiddenField(default=random_id, validators=[Optional(), Regexp("^[0-9a-f]{32}$")])
    revision = IntegerField(widget=HiddenInput(), default=1, validators=[InputRequired()])
    title = StringField(
        FIELD_NAMES["title"],
        filters=[unturned],
        validators=[DataRequired(_NEEDED), Length(max=200), names_nobody],
    )
    theme_key = SelectField(FIELD_NAMES["theme_key"], validators=[InputRequired(_NEEDED)])
    region_key = SelectField(FIELD_NAMES["region_key"])
    what = TextAreaField(
        FIELD_NAMES["what"],
        filters=[unturned],
        validators=[DataRequired(_NEEDED), Length(max=_LONG), names_nobody],
    )
    place = StringField(
        FIELD_NAMES["place"],
        filters=[unturned],
        validators=[DataRequired(_NEEDED), Length(max=200), names_nobody],
    )
    why = TextAreaField(
        FIELD_NAMES["why"],
        filters=[unturned],
        validators=[DataRequired(_NEEDED), Length(max=_LONG), names_nobody],
    )
    contact = StringField(FIELD_NAMES["contact"], validators=[Optional(), Length(max=254), is_address])
    wave_key = SelectField(FIELD_NAMES["wave_key"])

    def offer(self, themes: Mapping[str, str], regions: Mapping[str, str], waves: list[str]) -> None:
        """Fill the lists to choose from; without regions it does not ask for one."""
        self.theme_key.choices = _choices({"": _("Kies een thema"), **themes})
        if regions:
            self.region_key.choices = _choices({"": _("Meer dan één regio"), **regions})
        else:
            del self.region_key
        none = {"": _("geen verslag, enkel in het boekje en op de themapagina")}
        self.wave_key.choices = _choices({**none, **{key: key for key in waves}})

    def values(self) -> dict[str, Any]:
        """Field name → value; line ends as the database keeps them."""
        names = ("title", "what", "place", "why", "contact")
        data: dict[str, Any] = {name: _tidy(self[name].data) for name in names}
        data |= {"theme_key": self.theme_key.data, "wave_key": self.wave_key.data or None}
        return data | {"region_key": (self.region_key.data or None) if "region_key" in self else None}


class StepForm(FlaskForm):  # type: ignore[misc]
    """Releasing, or withdrawing with a reason."""

    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    reason = TextAreaField(
        FIELD_NAMES["reason"], filters=[unturned], validators=[DataRequired(_NEEDED), Length(max=_LONG)]
    )


class ContactForm(FlaskForm):  # type: ignore[misc]
    """What somebody wants to know."""

    message = TextAreaField(
        _l("Wat wil je weten?"), filters=[unturned], validators=[DataRequired(_NEEDED), Length(max=_LONG)]
    )


class BookletForm(FlaskForm):  # type: ignore[misc]
    """Which booklet."""

    theme = SelectField(FIELD_NAMES["theme_key"])
    locale = SelectField(
        _l("Taal"), choices=[SelectChoice("nl", "Nederlands"), SelectChoice("en", "English")]
    )


class SubscriptionForm(FlaskForm):  # type: ignore[misc]
    """How often, and what about."""

    rhythm = RadioField(
        _l("Hoe vaak?"),
        choices=[SelectChoice(key, name) for key, name in RHYTHM_NAMES.items()],
        validators=[InputRequired(_l("Kies hoe vaak."))],
    )
    themes = SelectMultipleField(_l("Thema’s"), option_widget=CheckboxInput(), validators=[Optional()])
    regions = SelectMultipleField(_l("Regio’s"), option_widget=CheckboxInput(), validators=[Optional()])

    def offer(self, themes: Mapping[str, str], regions: Mapping[str, str]) -> None:
        """Fill the lists to choose from."""
        self.themes.choices = _choices(themes)
        self.regions.choices = _choices(regions)


def _choices(labels: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(key, label) for key, label in labels.items()]


def _tidy(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()
