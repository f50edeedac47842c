"""Forms for a file and for single trajectories.

What is filled in about a trajectory is checked by the rules for rows (see `records`), not here.
"""

from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from feedback_app.languages import ENDONYMS
from feedback_app.questionnaires.loading import CodeLists
from feedback_app.trajectories.records import Fault

OUTCOME_NAMES = {"completed": _l("voltooid"), "stopped": _l("stopgezet"), "running": _l("loopt nog")}

_CHOOSE = SelectChoice("", _l("Kies …"))
_DAY = {"type": "date"}
_QUIET = {"autocomplete": "off", "spellcheck": "false"}


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A file, whose it is, and how it is to be read."""

    file = FileField(
        _l("Bestand"),
        validators=[FileRequired(_l("Kies een bestand."))],
        render_kw={"accept": ".csv,.txt,text/csv"},
    )
    agency = SelectField(_l("Agentschap"), validators=[Optional()])
    layout = SelectField(_l("Indeling"), validators=[Optional()])

    def offer(self, codes: CodeLists, mappings: Iterable[str]) -> None:
        """Fill the lists of agencies and mapping files."""
        whose = SelectChoice("", _l("Dat staat in het bestand zelf"))
        self.agency.choices = [whose, *(SelectChoice(one.key, one.label) for one in codes.agencies)]
        remembered = SelectChoice("", _l("Zoals de vorige keer voor dit agentschap"))
        self.layout.choices = [remembered, *(SelectChoice(name, name) for name in mappings)]


class _EndFields(FlaskForm):  # type: ignore[misc]
    ended_on = StringField(_l("Einde"), render_kw=_DAY)
    hours = StringField(_l("Aantal uren"), render_kw={"inputmode": "decimal", **_QUIET})
    phone = StringField(_l("Gsm"), render_kw={"type": "tel", **_QUIET}, validators=[Optional()])
    email = StringField(_l("E-mail"), render_kw={"type": "email", **_QUIET}, validators=[Optional()])

    def values(self) -> dict[str, str]:
        """What was filled in, as texts by field."""
        names = [one.name for one in self if one.type not in ("CSRFTokenField", "BooleanField")]
        return {name: (self[name].data or "").strip() for name in names}

    def explain(self, faults: Iterable[Fault]) -> None:
        """Put each fault beside its field."""
        for fault in faults:
            field = self._fields.get(fault.column) or next(iter(self))
            field.errors = [*field.errors, fault.reason]


class EndForm(_EndFields):
    """How and when a trajectory ended."""

    outcome = RadioField(
        _l("Hoe eindigde het traject?"),
        choices=[
            SelectChoice("completed", _l("Voltooid: het bewijs van deelname is geregistreerd")),
            SelectChoice("stopped", _l("Vroeger gestopt: er komt geen bewijs van deelname")),
        ],
        validate_choice=False,
    )


class CorrectionForm(EndForm):
    """What of a trajectory can be put right; number and address stay where nothing is filled in."""

    contact_language = SelectField(
        _l("Contacttaal"),
        choices=[SelectChoice(key, name) for key, name in ENDONYMS.items()],
        validate_choice=False,
    )
    wipe_phone = BooleanField(_l("Wis het telefoonnummer"))
    wipe_email = BooleanField(_l("Wis het e-mailadres"))

    def only_language(self) -> None:
        """What still runs has no end and no contact yet."""
        for name in ("outcome", "ended_on", "hours", "phone", "email", "wipe_phone", "wipe_email"):
            del self[name]

    def wiped(self) -> tuple[str, ...]:
        """Which of number and address go."""
        return tuple(
            name for name in ("phone", "email") if f"wipe_{name}" in self and self[f"wipe_{name}"].data
        )


class TrajectoryForm(_EndFields):
    """One trajectory with one activity."""

    ref = StringField(_l("Dossiernummer"), render_kw={"maxlength": 100, **_QUIET})
    agency = SelectField(_l("Agentschap"), validate_choice=False)
    region = SelectField(_l("Regio"), validate_choice=False)
    started_on = StringField(_l("Startdatum"), render_kw=_DAY)
    outcome = SelectField(
        _l("Resultaat"),
        choices=[
            _CHOOSE,
            SelectChoice("running", _l("loopt nog")),
            SelectChoice("completed", _l("voltooid: bewijs van deelname geregistreerd")),
            SelectChoice("stopped", _l("vroeger gestopt")),
        ],
        validate_choice=False,
    )
    offer_type = SelectField(_l("Activiteit"), validate_choice=False)
    offer_source = SelectField(_l("Bron"), validate_choice=False)
    contact_language = SelectField(_l("Contacttaal"), validate_choice=False)
    partner_name = StringField(_l("Organisatie"), render_kw={"maxlength": 200, "autocomplete": "off"})
    partner_kbo = StringField(_l("KBO-nummer"), render_kw=_QUIET, validators=[Optional()])
    partner_email = StringField(
        _l("E-mail organisatie"), render_kw={"type": "email", **_QUIET}, validators=[Optional()]
    )

    def offer(
        self,
        codes: CodeLists,
        offer_types: Mapping[str, str],
        regions: Mapping[str, str],
        own: str | None,
    ) -> None:
        """Fill the lists; a colleague who is bound to a region finds only that one."""
        self.agency.choices = [_CHOOSE, *(SelectChoice(one.key, one.label) for one in codes.agencies)]
        self.offer_type.choices = [_CHOOSE, *(SelectChoice(*one) for one in offer_types.items())]
        self.offer_source.choices = [
            _CHOOSE,
            *(SelectChoice(one.key, one.label) for one in codes.offer_sources),
        ]
        self.contact_language.choices = [
            _CHOOSE,
            *(SelectChoice(key, name) for key, name in ENDONYMS.items()),
        ]
        known = {own: regions[own]} if own else regions
        self.region.choices = [_CHOOSE, *(SelectChoice(key, name) for key, name in known.items())]
