"""Reports: what there is, compiling one, downloading one.

GET  /staff/reports              every edition one may read
*    /staff/reports/new          compile (a job in the worker)
GET  /staff/reports/<id>.pdf     download
"""

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.jobs import Job, enqueue
from feedback_app.regions import region_names
from feedback_app.reports.editions import (
    FinalRefused,
    check_final,
    closed_waves,
    edition_for,
    editions_for,
)
from feedback_app.reports.forms import CompileForm
from feedback_app.staff.audit import record
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("reports", __name__)


@blueprint.get("/staff/reports")
def overview() -> str:
    return render_template(
        "reports/overview.html",
        editions=editions_for(db.session, current_account()),
        regions=region_names(current_settings().surveys_dir),
    )


@blueprint.route("/staff/reports/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    account = current_account()
    form = _compile_form()
    if form.validate_on_submit():
        region = form.region.data or None
        try:
            if form.final.data:
                check_final(db.session, account, form.wave.data, region, form.locale.data)
        except FinalRefused as refused:
            form.final.errors = [str(refused)]
        else:
            arguments = {
                "wave_key": form.wave.data,
                "region_key": region,
                "locale": form.locale.data,
                "final": form.final.data,
                "account_id": account.id,
            }
            job = enqueue(db.session, "compile_report", arguments, account.id, current_language().key)
            return redirect(url_for("staff.job", job_id=job.id))
    return render_template("reports/new.html", form=form, may_release=account.role == "vrijgever")


@blueprint.get("/staff/reports/<edition_id>.pdf")
def download(edition_id: str) -> Response:
    edition = edition_for(db.session, current_account(), edition_id)
    if edition is None:
        abort(404)
    subject, region = f"edition:{edition.id}", edition.region_key
    record(db.session, "report.downloaded", account=current_account(), subject=subject, region=region)
    db.session.commit()
    name = f"signaalrapport-{edition.wave_key}-{edition.region_key or 'vlaanderen'}-{edition.locale}.pdf"
    response = Response(edition.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _compile_form() -> CompileForm:
    form = CompileForm()
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
    return url_for("reports.download", edition_id=job.result)


names_work(
    blueprint,
    "compile_report",
    Kind(_l("Verslag opmaken"), _l("Verslag downloaden (PDF)"), _result_url),
)
