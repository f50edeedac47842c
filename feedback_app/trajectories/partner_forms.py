"""Forms for an organisation and for a person who works there."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from feedback_app.languages import ENDONYMS, SOURCE
from feedback_app.trajectories.models import Partner, PartnerContact
from feedback_app.trajectories.partner_editing import Organisation, PartnerRefused, Person

_QUIET = {"autocomplete": "off", "spellcheck": "false"}

_REASONS = {
    "missing": _l("Vul dit in."),
    "email": _l("Dit is geen geldig e-mailadres."),
    "phone": _l("Dit is geen geldig telefoonnummer."),
    "company_number": _l("Dit is geen geldig ondernemingsnummer (KBO)."),
    "national_number": _l("Hier staat een rijksregisternummer. Haal het weg."),
    "taken": _l("Een andere organisatie heeft dit nummer al."),
}


def _text(label: str, most: int, kind: str = "text", *, optional: bool = True) -> StringField:
    return StringField(
        label,
        filters=[lambda text: " ".join(text.split()) if text else ""],
        validators=[*([Optional()] if optional else []), Length(max=most)],
        render_kw={"maxlength": most, "type": kind, **_QUIET},
    )


class _Explained(FlaskForm):  # type: ignore[misc]
    def explain(self, refusal: PartnerRefused) -> None:
        """Put a refusal beside its field."""
        text = str(_REASONS[refusal.reason])
        if refusal.other is not None:
            text = _(
                "%(name)s heeft dit nummer al. Is het dezelfde organisatie, voeg ze dan samen.",
                name=refusal.other.name,
            )
        self[refusal.field].errors = [*self[refusal.field].errors, text]


class OrganisationForm(_Explained):
    """An organisation, where it is active and with what."""

    name = _text(_l("Naam"), 200, optional=False)
    kbo = _text(_l("KBO-nummer"), 20)
    email = _text(_l("E-mail organisatie"), 254, "email")
    opted_out = BooleanField(_l("Deze organisatie wil geen berichten meer op dit adres"))
    regions = SelectMultipleField(
        _l("Ook actief in"), widget=ListWidget(), option_widget=CheckboxInput(), validators=[Optional()]
    )
    offers = SelectMultipleField(
        _l("Biedt ook aan"), widget=ListWidget(), option_widget=CheckboxInput(), validators=[Optional()]
    )

    def offer(self, regions: Mapping[str, str], offers: Mapping[str, str], own: str | None) -> None:
        """Fill the lists; a colleague of one region finds only that one."""
        known = {own: regions[own]} if own else regions
        self.regions.choices = [SelectChoice(key, name) for key, name in known.items()]
        self.offers.choices = [SelectChoice(key, name) for key, name in offers.items()]

    def show(self, partner: Partner, regions: set[str], offers: set[str]) -> None:
        """Fill in what is known."""
        self.name.data, self.kbo.data, self.email.data = partner.name, partner.kbo, partner.email
        self.opted_out.data = partner.opted_out
        self.regions.data, self.offers.data = [*regions], [*offers]

    def given(self) -> Organisation:
        """What was filled in."""
        return Organisation(
            name=self.name.data or "",
            kbo=self.kbo.data or "",
            email=self.email.data or "",
            opted_out=self.opted_out.data,
            regions=frozenset(self.regions.data or ()),
            offers=frozenset(self.offers.data or ()),
        )


class PersonForm(_Explained):
    """A contact person."""

    name = _text(_l("Naam"), 200, optional=False)
    function = _text(_l("Functie"), 200)
    email = _text(_l("E-mail"), 254, "email")
    phone = _text(_l("Telefoon"), 40, "tel")
    language = SelectField(
        _l("Taal"), choices=[SelectChoice(key, name) for key, name in ENDONYMS.items()], default=SOURCE
    )
    chosen = BooleanField(_l("Berichten van de organisatie gaan naar deze persoon"))
    opted_out = BooleanField(_l("Deze persoon wil geen berichten meer"))

    def show(self, contact: PartnerContact) -> None:
        """Fill in what is known."""
        for one in ("name", "function", "email", "phone", "language", "chosen", "opted_out"):
            self[one].data = getattr(contact, one)

    def given(self) -> Person:
        """What was filled in."""
        return Person(
            name=self.name.data or "",
            function=self.function.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data,
            chosen=self.chosen.data,
            opted_out=self.opted_out.data,
        )
