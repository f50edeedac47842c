"""Typing in paper sheets, by the keyboard alone, and printing empty ones.

GET  /staff/papier                          which pile is typed in (in the query); then an empty sheet
POST /staff/papier?<pile>                   stores one sheet and asks for the next
GET  /staff/papier/blad/<survey>/<language> an empty sheet, ready to print

What holds for a whole pile stands in the address; nothing that somebody answered ever does.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, SelectField
from wtforms.validators import ValidationError

from feedback_app.database import db
from feedback_app.invitations.regional import editions
from feedback_app.languages import SOURCE, language
from feedback_app.questionnaires.forms import ResponseForm, make_form
from feedback_app.questionnaires.loading import OPTIONAL_KEYS, load_codes
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.responses.collect import Group, WaveClosed, collect_open
from feedback_app.responses.sheet import (
    Asking,
    LanguageNotOffered,
    Sheet,
    asking,
    form_code,
    make_sheet,
    paper_html,
    signs,
)
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("entry", __name__, url_prefix="/staff/papier")

AUDIENCES = {
    "newcomer": _l("Nieuwkomers"),
    "partner": _l("Aanbodpartners"),
    "impact": _l("Nieuwkomers, enkele maanden later"),
}
#: between a survey and the region whose own questions stand on the sheet too
_OF_REGION = "@"


def _listed(form: Form, field: SelectField) -> None:
    if not field.data or field.data not in dict(field.choices):
        raise ValidationError(_("Kies uit de lijst."))


def _from_list(label: str) -> SelectField:
    return SelectField(label, default="", validate_choice=False, validators=[_listed])


class PileForm(Form):  # type: ignore[misc]
    """What holds for every sheet of a pile; sent in the address, so that the next sheet has it again."""

    sheet = _from_list(_l("Code op het blad"))
    region = _from_list(_l("Regio"))
    agency = _from_list(_l("Agentschap"))
    offer_type = _from_list(_l("Soort activiteit"))
    assisted = BooleanField(_l("Iemand hielp bij het invullen (voorlezen, schrijven, tolken)"))


@dataclass(frozen=True)
class Pile:
    """A pile of sheets that is being typed in: the questions, the language, and the group they count for."""

    sheet: Sheet  # in Dutch: the typist reads the numbers, not the language
    locale: str
    group: Group
    query: dict[str, str]
    stored: int

    @property
    def code(self) -> str:
        """What stands on these sheets."""
        return form_code(self.sheet.version.fingerprint, self.locale)


@blueprint.route("", methods=["GET", "POST"])
def sheets() -> ResponseReturnValue:
    askings = _askings()
    form = _pile_form(askings)
    pile = _pile(askings, form)
    if pile is None or (request.method == "GET" and "change" in request.args):
        return _set_up(askings, form)
    return _type_in(pile) if request.method == "POST" else _empty(pile)


@blueprint.get("/blad/<survey_key>/<locale>")
def print_sheet(survey_key: str, locale: str) -> ResponseReturnValue:
    settings, region = current_settings(), request.args.get("region", "")
    if survey_key not in _cores() or region not in {"", *region_names(settings.surveys_dir)}:
        abort(404)
    screen = {
        "language": current_language(),
        "advice": _("Druk af op A4, aan beide kanten, op ware grootte en zonder kop- en voetteksten."),
        "print": _("Afdrukken"),
        "back": url_for("entry.sheets"),
        "back_label": _("Terug naar papier"),
    }
    try:
        sheet = make_sheet(
            db.session, settings, asking(db.session, settings, survey_key, None, region), locale
        )
    except LanguageNotOffered:
        abort(404)
    return paper_html(sheet, settings, screen)


def _cores() -> dict[str, Asking]:
    """What everybody is asked now; what has to be switched on for a wave, only where it was."""
    settings = current_settings()
    found = {key: asking(db.session, settings, key) for key in AUDIENCES}
    return {key: asked for key, asked in found.items() if key not in OPTIONAL_KEYS or asked.wave_key}


def _askings() -> dict[str, Asking]:
    """What can be on a sheet: what everybody is asked, and the editions of the regions one sees."""
    settings, own = current_settings(), visible_region(current_account())
    found = _cores()
    for key, core in list(found.items()):
        regions = editions(db.session, core.wave_key, key) if core.wave_key else {}
        for region in regions if own is None else {own} & set(regions):
            found[f"{key}{_OF_REGION}{region}"] = asking(db.session, settings, key, core.wave_key, region)
    return found


def _name(key: str) -> str:
    """A sheet's audience, with the region whose own questions stand on it."""
    audience, _at, region = key.partition(_OF_REGION)
    names = region_names(current_settings().surveys_dir)
    return f"{AUDIENCES[audience]} ({names.get(region, region)})" if region else str(AUDIENCES[audience])


def _pile_form(askings: dict[str, Asking]) -> PileForm:
    settings, own = current_settings(), visible_region(current_account())
    codes = load_codes(settings.surveys_dir)
    regions = region_names(settings.surveys_dir)
    form = PileForm(request.args)
    nothing = [("", _("Kies …"))]  # nothing is chosen beforehand: what nobody looked at would be stored wrong
    form.sheet.choices = nothing + [
        (f"{key}.{code}", f"{code} · {_name(key)} · {language(locale).endonym}")
        for key, asked in askings.items()
        if asked.wave_key
        for locale in asked.offered
        for code in (form_code(asked.version.fingerprint, locale),)
    ]
    form.region.choices = [(own, regions.get(own, own))] if own else [*nothing, *regions.items()]
    form.agency.choices = nothing + [(one.key, one.label) for one in codes.agencies]
    form.offer_type.choices = nothing + list(offer_type_names(settings).items())
    return form


def _pile(askings: dict[str, Asking], form: PileForm) -> Pile | None:
    """The pile that the address names; None when it names none, or one that is not there (any more)."""
    if "sheet" not in request.args or not form.validate():
        return None
    key, _dot, code = form.sheet.data.partition(".")
    asked = askings[key]
    if asked.region not in ("", form.region.data):
        form.region.errors = [_("Op dit blad staan vragen van een andere regio. Kies die regio.")]
        return None
    locale = next(key for key in asked.offered if form_code(asked.version.fingerprint, key) == code)
    assert asked.wave_key  # only sheets of an open wave are on the list
    group = Group(
        wave_key=asked.wave_key,
        fingerprint=asked.version.fingerprint,
        mode="assisted" if form.assisted.data else "paper",
        region_key=form.region.data,
        agency_key=form.agency.data,
        offer_type=form.offer_type.data,
    )
    query = {name: form[name].data for name in ("sheet", "region", "agency", "offer_type")}
    query |= {"assisted": "y"} if form.assisted.data else {}
    stored = max(0, min(request.args.get("stored", 0, type=int), 9999))
    dutch = Sheet(asked.version, language(SOURCE), asked.version.dutch)
    return Pile(dutch, locale, group, query, stored)


def _set_up(askings: dict[str, Asking], form: PileForm) -> ResponseReturnValue:
    lost = request.method == "POST"
    if lost:
        flash(_("Dit blad is niet bewaard: de vragen zijn gesloten of veranderd. Leg het opzij."), "danger")
    page = render_template(
        "entry/set_up.html",
        form=form,
        askings=askings,
        name_of=_name,
        wave=next((one.wave_key for one in askings.values()), None),
        code=form_code,
    )
    return page, 409 if lost else 200


def _empty(pile: Pile) -> str:
    return _sheet_page(pile, _sheet_form(pile))


def _type_in(pile: Pile) -> ResponseReturnValue:
    form = _sheet_form(pile)
    if not form.validate():
        if form.form_errors:
            form.form_errors[:] = [_("Op dit blad staat nog geen antwoord. Een leeg blad bewaren we niet.")]
        return _sheet_page(pile, form), 422
    try:
        collect_open(
            db.session,
            pile.group,
            pile.sheet.version.survey,
            form.chosen(),
            locale=pile.locale,
            client_id=form.response_id.data or "",
        )
    except WaveClosed:
        return _set_up(_askings(), _pile_form({}))
    flash(_("Blad %(number)s is bewaard.", number=pile.stored + 1), "good")
    following: dict[str, Any] = {**pile.query, "stored": pile.stored + 1}
    return redirect(url_for("entry.sheets", **following), 303)


def _sheet_form(pile: Pile) -> ResponseForm:
    form: ResponseForm = make_form(pile.sheet.version.survey, pile.sheet.texts)(formdata=request.form)
    # made here and not by a script: sending the same page twice stores one response, also without script
    form.response_id.data = form.response_id.data or str(uuid4())
    return form


def _sheet_page(pile: Pile, form: ResponseForm) -> str:
    settings = current_settings()
    names = {one.key: one.label for one in load_codes(settings.surveys_dir).agencies}
    return render_template(
        "entry/sheet.html",
        pile=pile,
        form=form,
        survey=pile.sheet.version.survey,
        signs=signs,
        names=names | offer_type_names(settings),
        spoken=language(pile.locale),
    )
