"""The form for a new webhook."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput

from feedback_app.api.events import EVENT_NAMES
from feedback_app.api.targets import LONGEST

#: reason of a TargetRefused → what to do
REFUSALS = {
    "url": _l("Dit is geen webadres dat we kunnen gebruiken. Zet er geen naam, wachtwoord of # in."),
    "https": _l("Het adres moet met https:// beginnen."),
}
#: what came back, where it is no status → in words
OUTCOMES = {
    "": _l("nog niet geprobeerd"),
    "no_answer": _l("geen antwoord"),
    "secret": _l("niet verstuurd: het geheim is onleesbaar. Verwijder deze webhook en voeg hem opnieuw toe."),
    "unknown": _l("de naam bestaat niet"),
    "private": _l("geweigerd: het adres ligt in een intern netwerk"),
    "https": _l("geweigerd: zonder https"),
    "url": _l("geweigerd: geen bruikbaar adres"),
}


class HookForm(FlaskForm):  # type: ignore[misc]
    """Which address is told of what."""

    url = StringField(
        _l("Webadres"),
        validators=[InputRequired(_l("Geef het adres dat de berichten ontvangt.")), Length(max=LONGEST)],
        render_kw={"type": "url", "autocomplete": "off", "spellcheck": "false"},
    )
    events = SelectMultipleField(
        _l("Waarover krijgt dit adres een bericht?"),
        choices=[SelectChoice(key, name) for key, name in EVENT_NAMES.items()],
        option_widget=CheckboxInput(),
        validators=[InputRequired(_l("Kies minstens één gebeurtenis."))],
    )
