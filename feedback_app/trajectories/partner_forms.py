"""Forms for an organisation and for a person who works there."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from feedback_app.languages import ENDONYMS, SOURCE
from feedback_app.trajectories.models import Partner
from feedback_app.trajectories.partner_checks import Organisation, PartnerFault, PartnerRefused, Person
from feedback_app.trajectories.partner_versions import ChangedMeanwhile, Shown, version_of

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
    """A form that says everything that is wrong at once, and knows what it showed.

    `other` is the organisation that has the company number already, if this colleague may see it.
    """

    version = HiddenField()
    other: Partner | None = None

    def show(self, shown: Shown) -> None:
        """Fill in what is known."""
        for field, value in shown.items():
            self[field].data = value
        self.version.data = version_of(shown)

    def holds(self, check: Callable[[Any], None], see: Callable[[str], Partner | None]) -> bool:
        """Whether what was sent can be kept; if not, every fault stands beside its field."""
        if not self.is_submitted():
            return False
        valid = bool(self.validate())
        try:
            check(self.given())
        except PartnerRefused as refusal:
            self.explain(refusal, see)
            return False
        return valid

    def explain(self, refusal: PartnerRefused, see: Callable[[str], Partner | None]) -> None:
        """Put each fault beside its field; `see` finds an organisation if this colleague may see it."""
        for fault in refusal.faults:
            field = self[fault.field]
            if not field.errors:
                field.errors = [self._reason(fault, see)]

    def _reason(self, fault: PartnerFault, see: Callable[[str], Partner | None]) -> str:
        if fault.other is None:
            return str(_REASONS[fault.reason])
        self.other = see(fault.other.id)
        if self.other is None:
            text = _(
                "Een organisatie buiten jouw regio heeft dit nummer."
                " Vraag een collega voor heel Vlaanderen om jouw regio toe te voegen."
            )
        else:
            text = _(
                "%(name)s heeft dit nummer al. Is het dezelfde organisatie, voeg ze dan samen.",
                name=self.other.name,
            )
        return str(text)

    def take_over(self, changed: ChangedMeanwhile) -> None:
        """Keep what was typed, and show in all other fields what somebody else saved meanwhile."""
        for one in changed.fields:
            if not one.touched:
                self[one.field].data = one.value
        self.version.data = version_of(changed.now)

    def in_words(self, field: str, value: Any) -> str:
        """A value of a field as people read it."""
        if isinstance(value, bool):
            return str(_("ja") if value else _("nee"))
        labels: dict[str, str] = {
            key: str(label) for key, label, *_rest in getattr(self[field], "choices", ())
        }
        values: list[str] = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(one, one) for one in values) or "–"

    def given(self) -> Any:
        """What was filled in."""
        raise NotImplementedError


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
