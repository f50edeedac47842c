"""The form for a new token."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput

from feedback_app.api.scopes import SCOPE_NAMES, scopes_of
from feedback_app.api.tokens import DEFAULT_DAYS, LONGEST_NAME, MOST_DAYS, MOST_TOKENS, TokenRefused
from feedback_app.staff.forms import ConfirmForm
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

#: reason of a TokenRefused → field it belongs to, and what to do
_REFUSALS = {
    "role": ("scopes", _l("Met jouw rol kan een programma niets doen.")),
    "scope": ("scopes", _l("Kies minstens één ding dat het programma mag.")),
    "region": ("region", _l("Kies een regio uit de lijst.")),
    "days": ("days", _l("Kies 1 tot 365 dagen.")),
    "name": ("name", _l("Geef een naam van hoogstens 60 tekens, zonder rijksregisternummer.")),
    "many": ("name", _l("Je hebt al tien sleutels die werken. Trek er eerst een in.")),
}
assert MOST_TOKENS == 10 and MOST_DAYS == 365, "the texts above say so"


class TokenForm(ConfirmForm):
    """What a program is called, what it may do, where, and until when."""

    name = StringField(
        _l("Naam van het programma"),
        validators=[InputRequired(_l("Geef het programma een naam.")), Length(max=LONGEST_NAME)],
        render_kw={"autocomplete": "off"},
    )
    scopes = SelectMultipleField(
        _l("Wat mag het programma?"),
        option_widget=CheckboxInput(),
        validators=[InputRequired(_l("Kies minstens één ding dat het programma mag."))],
    )
    region = SelectField(_l("Voor welke regio?"))
    days = IntegerField(
        _l("Hoeveel dagen werkt de sleutel?"),
        default=DEFAULT_DAYS,
        validators=[
            InputRequired(_l("Kies 1 tot 365 dagen.")),
            NumberRange(1, MOST_DAYS, _l("Kies 1 tot 365 dagen.")),
        ],
        render_kw={"inputmode": "numeric"},
    )

    def offer(self, account: Account, regions: Mapping[str, str]) -> None:
        """Fill the lists with what this colleague has to give; who has no password is asked for none."""
        self.scopes.choices = [SelectChoice(one, SCOPE_NAMES[one]) for one in scopes_of(account)]
        own = visible_region(account)
        shown = {own: regions.get(own, own)} if own else {"": _l("Alle regio’s"), **regions}
        self.region.choices = [SelectChoice(key, name) for key, name in shown.items()]
        if not account.password_hash:
            del self.current

    def explain(self, refusal: TokenRefused) -> None:
        """Put a refusal beside the field it is about."""
        name, text = _REFUSALS[refusal.reason]
        self[name].errors = [*self[name].errors, text]
