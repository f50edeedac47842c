"""Imports: from a file to trajectories, and back.

*    /staff/trajectories/import               choose a file
*    /staff/trajectories/import/<id>/columns  say which column is which; remembered for the agency
GET  /staff/trajectories/import/<id>          preview of every row, paged; nothing is stored yet
POST /staff/trajectories/import/<id>/confirm  take the previewed file in
POST /staff/trajectories/import/<id>/discard  forget the file
GET  /staff/trajectories/imports              what was taken in before
*    /staff/trajectories/imports/<id>/undo    what undoing does; undo it
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from feedback_app.database import db
from feedback_app.jobs import enqueue
from feedback_app.questionnaires.loading import SurveysRefused, load_codes
from feedback_app.staff import audit
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.trajectories.afterwards import after_file, before_undo
from feedback_app.trajectories.forms import UploadForm
from feedback_app.trajectories.intake import Intake
from feedback_app.trajectories.listing import DEFAULT_IMPORT_ORDER, IMPORT_ORDERS, list_imports
from feedback_app.trajectories.mapping import FieldName, Mapping, mapping_names
from feedback_app.trajectories.models import Upload
from feedback_app.trajectories.pages import NOBODY_ASKED, a_wave_is_open, names
from feedback_app.trajectories.previewing import AT_ONCE_BYTES, check_columns, confirm, lost, make_preview
from feedback_app.trajectories.reading import FileRefused, personal_columns, read_layout
from feedback_app.trajectories.remembering import FIELDS, guess, mapping_for, remember
from feedback_app.trajectories.undoing import UndoRefused, find_batch, undo, would_undo
from feedback_app.trajectories.uploads import Stored, drop_upload, find_upload, keep_upload, preview_page
from feedback_app.web.locale import current_language
from feedback_app.web.pages import asked_order, asked_page, current_settings

blueprint = Blueprint("imports", __name__, url_prefix="/staff/trajectories")

names_work(
    blueprint,
    "preview_import",
    Kind(
        _l("Bestand nakijken"),
        _l("Voorbeeld bekijken"),
        lambda job: url_for("imports.preview", upload_id=job.result),
    ),
)
names_work(
    blueprint,
    "confirm_import",
    Kind(_l("Bestand inlezen"), _l("Naar de ingelezen bestanden"), lambda _job: url_for("imports.overview")),
)

#: what a file lacks that choosing its columns can mend
_MENDABLE = ("missing_columns", "no_header", "duplicate_columns")

FIELD_NAMES = {
    "ref": _l("Dossiernummer"),
    "agency": _l("Agentschap"),
    "region": _l("Regio"),
    "nis": _l("NIS-code"),
    "started_on": _l("Startdatum"),
    "ended_on": _l("Einde"),
    "hours": _l("Aantal uren"),
    "offer_type": _l("Activiteit"),
    "offer_source": _l("Bron"),
    "partner_name": _l("Organisatie"),
    "partner_kbo": _l("KBO-nummer"),
    "partner_email": _l("E-mail organisatie"),
    "contact_language": _l("Contacttaal"),
    "phone": _l("Gsm"),
    "email": _l("E-mail"),
    "outcome": _l("Resultaat"),
}


@blueprint.route("/import", methods=["GET", "POST"])
def upload() -> ResponseReturnValue:
    settings, account = current_settings(), current_account()
    form = UploadForm()
    form.offer(load_codes(settings.surveys_dir), mapping_names(settings.surveys_dir))
    if not form.validate_on_submit():
        return render_template("trajectories/import.html", form=form), 422 if form.errors else 200
    with form.file.data.stream as content:
        kept = keep_upload(
            db.session,
            settings,
            account,
            content,
            form.file.data.filename or "",
            agency=form.agency.data or None,
            layout=form.layout.data or "",
        )
    try:
        check_columns(db.session, settings, kept)
        return _preview(kept)
    except FileRefused as refusal:
        if refusal.code in _MENDABLE and not kept.layout:
            flash(str(refusal), "warning")
            return redirect(url_for("imports.columns", upload_id=kept.id), 303)
        form.file.errors = [str(refusal)]
    except SurveysRefused as refusal:
        form.file.errors = [str(refusal)]
    drop_upload(db.session, kept.id)
    db.session.commit()
    return render_template("trajectories/import.html", form=form), 422


def _preview(kept: Upload) -> ResponseReturnValue:
    """Make the preview, at once or as a job, and go there."""
    if kept.size > AT_ONCE_BYTES:
        return _as_job("preview_import", kept)
    make_preview(db.session, current_settings(), kept, after_file())
    return redirect(url_for("imports.preview", upload_id=kept.id), 303)


def _preview_or_back(kept: Upload) -> ResponseReturnValue:
    """Make the preview; a file whose rows cannot be read leads back to choosing another."""
    try:
        return _preview(kept)
    except (FileRefused, SurveysRefused) as refusal:
        flash(str(refusal), "danger")
        return redirect(url_for("imports.upload"), 303)


def _as_job(name: str, kept: Upload) -> ResponseReturnValue:
    account = current_account()
    arguments = {"upload_id": kept.id, "account_id": account.id}
    job = waiting_job(db.session, name, arguments)
    job = job or enqueue(db.session, name, arguments, account.id, current_language().key)
    return redirect(url_for("staff.job", job_id=job.id), 303)


@blueprint.route("/import/<upload_id>/columns", methods=["GET", "POST"])
def columns(upload_id: str) -> ResponseReturnValue:
    """Ask which column is which, and whose file it is when that was not said; the file is kept meanwhile."""
    settings, kept = current_settings(), _upload(upload_id)
    agencies = {one.key: one.label for one in load_codes(settings.surveys_dir).agencies}
    asked = kept.agency_key is None
    agency = (request.form.get("of_agency", "") if asked else kept.agency_key) or ""
    base = mapping_for(db.session, settings, agency if agency in agencies else None)
    try:
        layout = read_layout(Stored(db.session, settings, kept), kept.file_name)
        personal_columns(layout.headers)
    except FileRefused as refusal:
        flash(str(refusal), "danger")
        return redirect(url_for("imports.upload"), 303)
    chosen, fault = guess(base, layout), ""
    if request.method == "POST":
        chosen = {field: name for field in FIELDS if (name := request.form.get(field, "")) in layout.headers}
        fault = (
            _remember(kept, base, agency, chosen) if agency in agencies else str(_("Kies het agentschap."))
        )
        if not fault:
            return _preview_or_back(kept)
    page = render_template(
        "trajectories/columns.html",
        upload=kept,
        layout=layout,
        chosen=chosen,
        fields=FIELDS,
        field_names=FIELD_NAMES,
        fault=fault,
        asked=asked,
        agency=agency,
        **names(),
    )
    return page, 422 if fault else 200


def _remember(kept: Upload, base: Mapping, agency: str, chosen: dict[FieldName, str]) -> str:
    """Keep which column is which for an agency, and whose file it is; what is wrong, if anything."""
    try:
        kept.agency_key = agency
        remember(db.session, base, agency, chosen)
        check_columns(db.session, current_settings(), kept)
    except FileRefused as refusal:
        db.session.rollback()
        return _fault(refusal)
    audit.record(db.session, "mapping.saved", account=current_account(), agency=agency)
    db.session.commit()
    return ""


def _fault(refusal: FileRefused) -> str:
    if refusal.code != "mapping":
        return str(refusal)
    return str(_("Geef elk verplicht veld een kolom, en gebruik elke kolom maar één keer."))


@blueprint.get("/import/<upload_id>")
def preview(upload_id: str) -> ResponseReturnValue:
    kept = _upload(upload_id)
    if kept.told is None:
        return redirect(url_for("imports.upload"))
    refused = request.args.get("only") == "refused"
    number = request.args.get("page", 1, type=int)
    found = preview_page(db.session, current_settings(), kept, number, refused=refused)
    return render_template(
        "trajectories/preview.html",
        upload=kept,
        told=kept.told,
        found=found,
        refused=refused,
        absent=[FIELD_NAMES.get(one, one) for one in kept.told.get("absent_columns", ())],
        **names(),
    )


@blueprint.post("/import/<upload_id>/confirm")
def confirm_import(upload_id: str) -> ResponseReturnValue:
    settings, kept = current_settings(), _upload(upload_id)
    if kept.told is None:
        return redirect(url_for("imports.upload"))
    if kept.size > AT_ONCE_BYTES:
        return _as_job("confirm_import", kept)
    try:
        intake = confirm(db.session, settings, kept, current_account(), after_file())
    except (FileRefused, SurveysRefused) as refusal:
        flash(str(refusal), "danger")
        return redirect(url_for("imports.upload"), 303)
    flash(_taken_in(intake), "good")
    return redirect(url_for("imports.overview"), 303)


def _taken_in(intake: Intake) -> str:
    parts = (
        ngettext("%(num)s dossier", "%(num)s dossiers", intake.trajectories),
        ngettext("%(num)s activiteit", "%(num)s activiteiten", intake.activities),
        ngettext("%(num)s uitnodiging", "%(num)s uitnodigingen", intake.invitations),
    )
    told = str(_("Ingelezen: %(what)s.", what=", ".join(parts)))
    return told if intake.invitations or a_wave_is_open() else f"{told} {NOBODY_ASKED}"


@blueprint.post("/import/<upload_id>/discard")
def discard(upload_id: str) -> ResponseReturnValue:
    drop_upload(db.session, _upload(upload_id).id)
    db.session.commit()
    flash(_("Het bestand is vergeten. Er is niets ingelezen."), "good")
    return redirect(url_for("imports.upload"), 303)


@blueprint.get("/imports")
def overview() -> str:
    order, own = asked_order(IMPORT_ORDERS, DEFAULT_IMPORT_ORDER), visible_region(current_account())
    found = list_imports(db.session, region=own, order=order, page=asked_page())
    return render_template("trajectories/imports.html", found=found, order=order)


@blueprint.route("/imports/<batch_id>/undo", methods=["GET", "POST"])
def undo_import(batch_id: str) -> ResponseReturnValue:
    account = current_account()
    batch = find_batch(db.session, account, batch_id)
    if batch is None:
        abort(404)
    try:
        if request.method == "GET":
            done = would_undo(db.session, batch, account, before_undo())
            return render_template("trajectories/undo.html", batch=batch, done=done, refusal="")
        done = undo(db.session, batch, account, before_undo())
    except UndoRefused as refusal:
        page = render_template(
            "trajectories/undo.html", batch=batch, refusal=str(refusal), by_hand=refusal.by_hand
        )
        return page, 409 if request.method == "POST" else 200
    gone = ngettext("%(num)s dossier is weer weg.", "%(num)s dossiers zijn weer weg.", done.trajectories)
    flash(_("Ongedaan gemaakt: %(what)s", what=gone), "good")
    return redirect(url_for("imports.overview"), 303)


def _upload(upload_id: str) -> Upload:
    found = find_upload(db.session, current_account(), upload_id)
    if found is None:
        account = current_account()
        flash(lost(db.session, account, upload_id), "warning")
        known = find_batch(db.session, account, upload_id) is not None
        abort(redirect(url_for("imports.overview" if known else "imports.upload"), 303))
    return found
