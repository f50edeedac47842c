"""Forms for signing in and for accounts."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from feedback_app.staff.accounts import MAXIMUM_PASSWORD_LENGTH, MINIMUM_PASSWORD_LENGTH, AccountRefused
from feedback_app.staff.models import ROLES
from feedback_app.staff.roles import ROLE_NAMES

#: reason of an AccountRefused → field it belongs to, and what to do
_REFUSALS = {
    "address": ("email", _l("Dit is geen e-mailadres.")),
    "taken": ("email", _l("Er is al een account met dit e-mailadres.")),
    "role": ("role", _l("Kies een rol uit de lijst.")),
    "region": ("region", _l("Kies een regio uit de lijst.")),
    "region_needed": ("region", _l("Een netwerkmedewerker werkt voor één regio. Kies de regio.")),
    "region_unused": ("region", _l("Een beheerder werkt voor alle regio’s. Laat de regio leeg.")),
    "password_short": ("password", _l("Kies een wachtwoord van minstens 12 tekens.")),
    "password_long": ("password", _l("Dit wachtwoord is te lang.")),
    "password_expected": (
        "password",
        _l("Dit wachtwoord is te makkelijk te raden. Kies een paar woorden die niet bij elkaar horen."),
    ),
    "password_leaked": (
        "password",
        _l("Dit wachtwoord is uitgelekt bij een andere dienst. Kies een ander wachtwoord."),
    ),
    "last_administrator": ("role", _l("Er moet minstens één beheerder overblijven.")),
    "outside": (
        "password",
        _l("Deze collega meldt zich aan via de aanmelddienst en heeft hier geen wachtwoord."),
    ),
}


class SignInForm(FlaskForm):  # type: ignore[misc]
    """E-mail address and password."""

    email = StringField(
        _l("E-mailadres"),
        validators=[InputRequired(_l("Vul je e-mailadres in.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "username", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Wachtwoord"),
        validators=[InputRequired(_l("Vul je wachtwoord in."))],
        render_kw={"autocomplete": "current-password"},
    )


class AccountForm(FlaskForm):  # type: ignore[misc]
    """A new account; its colleague chooses a password with a link that works once."""

    email = StringField(
        _l("E-mailadres"),
        validators=[InputRequired(_l("Vul een e-mailadres in.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "off", "spellcheck": "false"},
    )
    role = SelectField(
        _l("Rol"),
        choices=[SelectChoice("", _l("Kies …")), *(SelectChoice(role, ROLE_NAMES[role]) for role in ROLES)],
        validators=[InputRequired(_l("Kies een rol."))],
    )
    region = SelectField(_l("Regio"))

    def offer_regions(self, names: Mapping[str, str]) -> None:
        """Fill the list of regions."""
        self.region.choices = [
            SelectChoice("", _l("Alle regio’s")),
            *(SelectChoice(key, name) for key, name in names.items()),
        ]


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the app, or a recovery code."""

    code = StringField(
        _l("Code"),
        validators=[InputRequired(_l("Vul de code in.")), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"},
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """A colleague shows that it is still them."""

    current = PasswordField(
        _l("Huidig wachtwoord"),
        validators=[InputRequired(_l("Vul je huidige wachtwoord in."))],
        render_kw={"autocomplete": "current-password"},
    )


class ReplaceAppForm(ConfirmForm):
    """Another app in the place of the one before, or the first."""

    code = StringField(
        _l("Code"),
        validators=[InputRequired(_l("Vul de code in.")), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "inputmode": "numeric"},
    )


class JoinForm(FlaskForm):  # type: ignore[misc]
    """A colleague chooses a password."""

    password = PasswordField(
        _l("Nieuw wachtwoord"),
        validators=[
            InputRequired(_l("Vul een nieuw wachtwoord in.")),
            Length(
                MINIMUM_PASSWORD_LENGTH,
                MAXIMUM_PASSWORD_LENGTH,
                _l("Kies een wachtwoord van minstens 12 tekens."),
            ),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("Nieuw wachtwoord, nog eens"),
        validators=[EqualTo("password", _l("De twee nieuwe wachtwoorden zijn niet gelijk."))],
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(JoinForm):
    """A colleague replaces the own password."""

    current = PasswordField(
        _l("Huidig wachtwoord"),
        validators=[InputRequired(_l("Vul je huidige wachtwoord in."))],
        render_kw={"autocomplete": "current-password"},
    )


def refusal_text(refusal: AccountRefused) -> str:
    """What is in the way, for people."""
    return str(_REFUSALS[refusal.reason][1])


def explain(form: FlaskForm, refusal: AccountRefused) -> None:
    """Put a refusal beside the field it is about."""
    name, text = _REFUSALS[refusal.reason]
    form[name].errors = [*form[name].errors, text]
