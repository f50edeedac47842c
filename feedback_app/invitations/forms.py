"""The forms for a new open link, and for printing cards."""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from feedback_app.invitations.open_links import LABEL_LENGTH, NewLink
from feedback_app.questionnaires.loading import CodeLists

_CHOOSE = _l("Kies uit de lijst.")
#: file numbers whose cards are asked for in one go
_MOST_REFS = 200


class OpenLinkForm(FlaskForm):  # type: ignore[misc]
    """How a link is used, which groups its answers belong to, and where it hangs."""

    mode = RadioField(
        _l("Hoe antwoorden mensen?"),
        choices=[
            SelectChoice("open", _l("Op hun eigen telefoon: een poster met een QR-code")),
            SelectChoice("kiosk", _l("Op een tablet die er staat: een kiosk")),
        ],
        default="open",
        validators=[InputRequired(_CHOOSE)],
    )
    survey = RadioField(
        _l("Wat vraagt deze link?"),
        choices=[
            SelectChoice("newcomer", _l("Hoe was je activiteit? Vlak na de activiteit.")),
            SelectChoice("impact", _l("Hoe gaat het nu? Enkele maanden na de activiteit.")),
        ],
        default="newcomer",
        validate_choice=False,
    )
    region = SelectField(_l("Regio"), validators=[InputRequired(_CHOOSE)])
    agency = SelectField(_l("Agentschap"), validators=[InputRequired(_CHOOSE)])
    offer_type = SelectField(_l("Activiteit"), validators=[InputRequired(_CHOOSE)])
    label = StringField(
        _l("Waar hangt of staat het?"),
        filters=[lambda text: text.strip() if text else text],
        validators=[DataRequired(_l("Vul in waar het hangt of staat.")), Length(max=LABEL_LENGTH)],
        render_kw={"maxlength": LABEL_LENGTH, "autocomplete": "off"},
    )

    def offer(
        self, codes: CodeLists, names: Mapping[str, str], regions: Mapping[str, str], own: str | None
    ) -> None:
        """Fill the lists, kinds of activity by their `names`; who is bound to a region chooses none."""
        self.agency.choices = _choices((one.key, one.label) for one in codes.agencies)
        self.offer_type.choices = _choices(names.items())
        if own:
            del self.region
        else:
            self.region.choices = _choices(regions.items())

    def wanted(self, own: str | None) -> NewLink:
        """What was filled in."""
        return NewLink(
            mode=self.mode.data,
            region_key=own or self.region.data,
            agency_key=self.agency.data,
            offer_type=self.offer_type.data,
            label=self.label.data,
            survey_key=self.survey.data or "newcomer",
        )


class CardsForm(FlaskForm):  # type: ignore[misc]
    """Which cards, and how large. Nobody's coach is kept: who wants only their own gives file numbers."""

    wave = SelectField(_l("Meetmoment"), validators=[InputRequired(_CHOOSE)])
    region = SelectField(_l("Regio"))
    refs = TextAreaField(
        _l("Enkel deze dossiernummers"),
        validators=[Optional(), Length(max=_MOST_REFS * 60)],
        render_kw={"rows": 4, "autocomplete": "off", "spellcheck": "false"},
    )
    size = RadioField(
        _l("Papier"),
        choices=[
            SelectChoice("a4", _l("A4: acht kaarten op een blad, met snijlijnen")),
            SelectChoice("a6", _l("A6: elke kaart op een eigen blad")),
        ],
        default="a4",
        validators=[InputRequired(_CHOOSE)],
    )

    def numbers(self) -> list[str]:
        """The file numbers, each once."""
        return list(dict.fromkeys(filter(None, map(str.strip, (self.refs.data or "").splitlines()))))

    def validate_refs(self, field: TextAreaField) -> None:
        """No more than somebody coaches."""
        if len(self.numbers()) > _MOST_REFS:
            raise ValidationError(_("Zet er hoogstens %(most)s.", most=_MOST_REFS))

    def offer(self, waves: Sequence[str], regions: Mapping[str, str], own: str | None) -> None:
        """Fill the lists; a colleague who is bound to a region does not choose one."""
        self.wave.choices = [SelectChoice(key, key) for key in reversed(waves)]
        if own:
            del self.region
        else:
            every = SelectChoice("", _l("alle regio’s"))
            self.region.choices = [every, *(SelectChoice(key, name) for key, name in regions.items())]


def _choices(known: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice("", _l("Kies …")), *(SelectChoice(key, name) for key, name in known)]
