"""Reports: what there is, compiling one, downloading one.

GET  /staff/reports                       every edition one may read
*    /staff/reports/new                   compile a draft (a job in the worker)
GET  /staff/reports/<id>.<pdf|html|zip>   download
POST /staff/reports/notices               an e-mail at each release, or none
"""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.analysis.statistic import FLANDERS
from feedback_app.database import db
from feedback_app.jobs import Job, enqueue
from feedback_app.regions import region_names
from feedback_app.reports.editions import (
    STATES,
    Filter,
    closed_waves,
    list_editions,
    waves_with_editions,
)
from feedback_app.reports.forms import LOCALES, STATE_NAMES, CompileForm, NoticeForm
from feedback_app.reports.release import choose_notice, wants_notice
from feedback_app.reports.scheduled import failed
from feedback_app.reports.showing import fetched_file
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work
from feedback_app.web.locale import current_language
from feedback_app.web.pages import asked_page, current_settings

blueprint = Blueprint("reports", __name__)


@blueprint.get("/staff/reports")
def overview() -> str:
    account = current_account()
    names = ("wave", "level", "locale", "state")
    wanted = Filter(**{name: request.args.get(name, "") for name in names})
    return render_template(
        "reports/overview.html",
        found=list_editions(db.session, account, wanted, asked_page()),
        wanted=wanted,
        waves=waves_with_editions(db.session, account),
        levels={FLANDERS: _("Vlaanderen"), **region_names(current_settings().surveys_dir)},
        locales=LOCALES,
        states=[(state, STATE_NAMES[state]) for state in STATES],
        notice=NoticeForm(data={"wanted": wants_notice(db.session, account)}),
        failures=failed(db.session, visible_region(account)) if may_open(account, "reports.new") else [],
    )


@blueprint.post("/staff/reports/notices")
def notices() -> ResponseReturnValue:
    form = NoticeForm()
    if not form.validate_on_submit():
        abort(400)
    choose_notice(db.session, current_account(), form.wanted.data)
    said = (
        _("Je krijgt een e-mail als er een verslag vrijgegeven is.")
        if form.wanted.data
        else _("Je krijgt daar geen e-mail meer over.")
    )
    flash(said, "good")
    return redirect(url_for("reports.overview"))


@blueprint.route("/staff/reports/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    account = current_account()
    form = _compile_form()
    if form.validate_on_submit():
        arguments = {
            "wave_key": form.wave.data,
            "region_key": form.region.data or None,
            "locale": form.locale.data,
            "final": False,
            "account_id": account.id,
            "reason": form.reason.data or "",
        }
        job = enqueue(db.session, "compile_report", arguments, account.id, current_language().key)
        return redirect(url_for("staff.job", job_id=job.id))
    return render_template("reports/new.html", form=form)


@blueprint.get("/staff/reports/<edition_id>.<kind>")
def download(edition_id: str, kind: str) -> Response:
    response = fetched_file(current_account(), edition_id, kind)
    if response is None:
        abort(404)
    return response


def _compile_form() -> CompileForm:
    asked = {name: request.args.get(name) for name in ("wave", "region", "locale") if name in request.args}
    form = CompileForm(data=asked) if asked else CompileForm()
    form.wave.choices = [(key, key) for key in closed_waves(db.session)]
    names = region_names(current_settings().surveys_dir)
    own = visible_region(current_account())
    if own is None:
        form.region.choices = [("", _("Vlaanderen")), *names.items()]
    else:
        form.region.choices = [(own, names.get(own, own))]
    if not form.wave.choices:
        flash(_("Er is nog geen gesloten meetmoment. Een verslag kan pas na het sluiten."), "warning")
    return form


def _result_url(job: Job) -> str:
    return url_for("editions.show", edition_id=job.result)


names_work(
    blueprint,
    "compile_report",
    Kind(_l("Verslag opmaken"), _l("Verslag lezen en downloaden"), _result_url),
)
