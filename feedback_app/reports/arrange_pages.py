"""Arranging a report: foreword, texts, order, what is left out, messages of the editors' own.

GET  /staff/reports/arrange                                 which report
*    /staff/reports/arrange/<wave>/<level>/<locale>         the form
POST /staff/reports/arrange/<wave>/<level>/<locale>/back    put back what was chosen before
*    /staff/reports/arrange/<wave>/<level>/<locale>/anew    choose nothing any more
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.analysis.statistic import FLANDERS
from feedback_app.database import db
from feedback_app.regions import region_names
from feedback_app.reports.arrange_choices import Choices
from feedback_app.reports.arrange_form import MOST, Read, places, read_choices
from feedback_app.reports.arrangements import (
    Overtaken,
    Which,
    arranged_by,
    arrangement_of,
    begin_anew,
    choices_of,
    keep,
    step_back,
)
from feedback_app.reports.editions import closed_waves, newest
from feedback_app.reports.forms import LOCALES, StepForm
from feedback_app.reports.models import Edition
from feedback_app.reports.showing import level_name
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import current_settings

blueprint = Blueprint("arrange", __name__, url_prefix="/staff/reports/arrange")

_ONE = "/<wave>/<level>/<locale>"


@blueprint.get("")
def choose() -> ResponseReturnValue:
    which = Which(*(request.args.get(name, "") for name in ("wave", "level", "locale")))
    if which.wave:
        return redirect(url_for("arrange.edit", **vars(which)))
    return render_template(
        "reports/arrange_choose.html", waves=closed_waves(db.session), levels=_levels(), locales=LOCALES
    )


@blueprint.route(_ONE, methods=["GET", "POST"])
def edit(wave: str, level: str, locale: str) -> ResponseReturnValue:
    which = _which(wave, level, locale)
    arrangement = arrangement_of(db.session, which)
    stored = choices_of(arrangement)
    revision = arrangement.revision if arrangement else 0
    compiled = newest(db.session, which, Edition.material)
    material = (compiled.material if compiled else None) or {}
    form, read, overtaken = StepForm(), Read(stored), False
    if form.validate_on_submit():
        read = read_choices(request.form, stored, material)
        if not read.faults:
            try:
                return _kept(which, read.choices)
            except Overtaken:
                db.session.expire_all()
                arrangement, overtaken = arrangement_of(db.session, which), True
                stored, revision = choices_of(arrangement), arrangement.revision if arrangement else 0
        else:
            revision = _asked_revision()
    return render_template(
        "reports/arrange.html",
        which=which,
        level=level_name(which.level, _("Vlaanderen")),
        language_name=LOCALES[locale],
        form=form,
        revision=revision,
        choices=read.choices,
        faults=read.faults,
        stored=stored if overtaken else None,
        changed_by=arranged_by(db.session, arrangement),
        arrangement=arrangement,
        material=material,
        places=places,
        most=MOST,
    )


@blueprint.post(f"{_ONE}/back")
def back(wave: str, level: str, locale: str) -> ResponseReturnValue:
    which = _which(wave, level, locale)
    try:
        done = step_back(db.session, current_account(), which, _asked_revision())
    except Overtaken:
        flash(_("Een collega veranderde de indeling net. Kijk ze na en probeer opnieuw."), "warning")
    else:
        said = _("De vorige indeling staat er weer.") if done else _("Er is geen vorige indeling meer.")
        flash(said, "good" if done else "warning")
    return redirect(url_for("arrange.edit", **vars(which)))


@blueprint.route(f"{_ONE}/anew", methods=["GET", "POST"])
def anew(wave: str, level: str, locale: str) -> ResponseReturnValue:
    which, form = _which(wave, level, locale), StepForm()
    arrangement = arrangement_of(db.session, which)
    if form.validate_on_submit():
        try:
            begin_anew(db.session, current_account(), which, _asked_revision())
        except Overtaken:
            flash(_("Een collega veranderde de indeling net. Kijk ze na en probeer opnieuw."), "warning")
        else:
            flash(_("De indeling is weer zoals gewoonlijk. Met “Eén stap terug” haal je ze terug."), "good")
        return redirect(url_for("arrange.edit", **vars(which)))
    revision = arrangement.revision if arrangement else 0
    return render_template("reports/arrange_anew.html", which=which, form=form, revision=revision)


def _kept(which: Which, choices: Choices) -> ResponseReturnValue:
    if keep(db.session, current_account(), which, _asked_revision(), choices):
        flash(_("Bewaard. Maak een nieuw ontwerp op om te zien hoe het wordt."), "good")
    else:
        flash(_("Er is niets veranderd."), "plain")
    return redirect(url_for("arrange.edit", **vars(which)))


def _asked_revision() -> int:
    return request.form.get("revision", 0, type=int)


def _which(wave: str, level: str, locale: str) -> Which:
    """The report of an address, if there is one that this colleague may arrange."""
    if wave not in closed_waves(db.session) or level not in _levels() or locale not in LOCALES:
        abort(404)
    return Which(wave, level, locale)


def _levels() -> dict[str, str]:
    """The levels whose reports this colleague arranges, with their names."""
    names = {FLANDERS: _("Vlaanderen"), **region_names(current_settings().surveys_dir)}
    own = visible_region(current_account())
    return names if own is None else {own: names.get(own, own)}
