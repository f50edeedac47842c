"""Trajectories and imports.

GET  /staff/trajectories                 list, by region, paged
GET  /staff/trajectories/import          choose a file
POST /staff/trajectories/import          preview: counts, first rows, every refused row; stores nothing
POST /staff/trajectories/import/confirm  take the previewed file in
GET  /staff/trajectories/imports         what was taken in before
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.languages import language
from feedback_app.questionnaires.loading import SurveysRefused, load_codes
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.trajectories.afterwards import after_intake
from feedback_app.trajectories.contacts import mask
from feedback_app.trajectories.forms import UploadForm
from feedback_app.trajectories.intake import Intake, take_in
from feedback_app.trajectories.listing import list_imports, list_trajectories
from feedback_app.trajectories.mapping import FOLDER, load_mapping, mapping_names
from feedback_app.trajectories.reading import FileRefused
from feedback_app.trajectories.upload import (
    Upload,
    UploadExpired,
    UploadTooLarge,
    open_upload,
    seal_upload,
)
from feedback_app.web.pages import current_settings

blueprint = Blueprint("trajectories", __name__, url_prefix="/staff/trajectories")


@blueprint.get("")
def overview() -> str:
    settings, own = current_settings(), visible_region(current_account())
    regions = region_names(settings.surveys_dir)
    wanted = own or request.args.get("region", "")
    region = wanted if wanted in regions else None
    number = request.args.get("page", 1, type=int)
    return render_template(
        "trajectories/overview.html",
        found=list_trajectories(db.session, settings, region=region, page=number),
        region=region,
        regions={} if own else regions,
        **_names(),
    )


@blueprint.route("/import", methods=["GET", "POST"])
def upload() -> ResponseReturnValue:
    settings = current_settings()
    form = UploadForm()
    form.offer_mappings(mapping_names(settings.surveys_dir))
    if not form.validate_on_submit():
        return render_template("trajectories/import.html", form=form), 422 if form.errors else 200
    with form.file.data.stream as content:
        sent = Upload(form.file.data.filename or "", form.mapping.data, content.read())
    try:
        sealed = seal_upload(settings.secret_key, current_account().id, sent)
        intake = _take_in(sent, dry_run=True)
    except UploadTooLarge:
        form.file.errors = [
            _(
                "Dit bestand is te groot voor deze pagina. Splits het, of gebruik: %(command)s",
                command=_COMMAND,
            )
        ]
    except (FileRefused, SurveysRefused) as refusal:
        form.file.errors = [str(refusal)]
    else:
        page = {"intake": intake, "sealed": sealed, "mask": mask, **_names()}
        return render_template("trajectories/preview.html", **page)
    return render_template("trajectories/import.html", form=form), 422


@blueprint.post("/import/confirm")
def confirm() -> ResponseReturnValue:
    settings = current_settings()
    try:
        sent = open_upload(settings.secret_key, current_account().id, request.form.get("sealed", ""))
        intake = _take_in(sent, dry_run=False)
    except UploadExpired:
        flash(_("Het voorbeeld is ouder dan een uur. Kies het bestand opnieuw."), "warning")
        return redirect(url_for("trajectories.upload"))
    except (FileRefused, SurveysRefused) as refusal:
        flash(str(refusal), "danger")
        return redirect(url_for("trajectories.upload"))
    flash(
        _(
            "Ingelezen: %(trajectories)s dossiers, %(activities)s activiteiten,"
            " %(invitations)s uitnodigingen.",
            trajectories=intake.trajectories,
            activities=intake.activities,
            invitations=intake.invitations,
        ),
        "good",
    )
    return redirect(url_for("trajectories.imports"))


@blueprint.get("/imports")
def imports() -> str:
    number = request.args.get("page", 1, type=int)
    return render_template("trajectories/imports.html", found=list_imports(db.session, page=number))


_COMMAND = "feedback-app trajectories import"


def _take_in(sent: Upload, *, dry_run: bool) -> Intake:
    settings = current_settings()
    path = settings.surveys_dir / FOLDER / f"{sent.mapping}.yaml"
    return take_in(
        db.session,
        settings,
        sent.data,
        sent.file_name,
        load_mapping(path),
        account_id=current_account().id,
        dry_run=dry_run,
        then=after_intake(),
    )


def _names() -> dict[str, object]:
    settings = current_settings()
    codes = load_codes(settings.surveys_dir)
    return {
        "offer_types": offer_type_names(settings),
        "agencies": {one.key: one.label for one in codes.agencies},
        "outcomes": {"completed": _("voltooid"), "stopped": _("stopgezet")},
        "tongue": language,
    }
