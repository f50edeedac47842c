"""From an uploaded file to its preview, and from its preview to trajectories: at once, or as jobs."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import db
from feedback_app.jobs import JobRefused, Progress
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.settings import Settings
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.trajectories.afterwards import after_file
from feedback_app.trajectories.following import Follows, part
from feedback_app.trajectories.intake import Intake, take_in
from feedback_app.trajectories.models import ImportBatch, Upload
from feedback_app.trajectories.reading import FileRefused, read_sheet
from feedback_app.trajectories.remembering import mapping_for
from feedback_app.trajectories.undoing import find_batch
from feedback_app.trajectories.uploads import Stored, drop_upload, find_upload, keep_preview
from feedback_app.web.pages import current_settings

#: a file above this takes more than two seconds and is the worker's
AT_ONCE_BYTES = 150_000


def check_columns(session: Session, settings: Settings, upload: Upload) -> None:
    """FileRefused when the file as a whole cannot be taken in, SurveysRefused when its mapping has faults."""
    mapping = mapping_for(session, settings, upload.agency_key, upload.layout)
    read_sheet(Stored(session, settings, upload), mapping, upload.file_name)


def make_preview(
    session: Session,
    settings: Settings,
    upload: Upload,
    then: Follows | None,
    progress: Progress | None = None,
) -> None:
    """Try the file out and keep what that told; stores no trajectory."""
    intake = _take_in(session, settings, upload, then, part(progress, 0, 800), dry_run=True)
    keep_preview(session, settings, upload, intake, part(progress, 800, 1000))


def confirm(
    session: Session,
    settings: Settings,
    upload: Upload,
    account: Account,
    then: Follows | None,
    progress: Progress | None = None,
) -> Intake:
    """Take the file in; the upload goes in the same transaction, so that nothing comes in twice.

    The batch is called as the upload was, so that an upload that is gone can be known to have come in.
    """

    upload_id = upload.id

    def noted(batch: ImportBatch) -> None:
        if not drop_upload(session, upload_id):  # the button was pressed twice
            raise FileRefused("gone", _("Dit bestand is net al ingelezen."))
        note_import(session, batch, account)

    return _take_in(session, settings, upload, then, progress, noted=noted, batch_id=upload_id)


def note_import(session: Session, batch: ImportBatch, account: Account | None) -> None:
    """Tell the audit log of a batch."""
    audit.record(
        session,
        "trajectory.imported",
        account=account,
        subject=f"import:{batch.id}",
        region=batch.region_key,
        trajectories=batch.trajectories,
        activities=batch.activities,
        refused=batch.refused,
    )


def _take_in(
    session: Session,
    settings: Settings,
    upload: Upload,
    then: Follows | None,
    progress: Progress | None,
    **options: object,
) -> Intake:
    return take_in(
        session,
        settings,
        Stored(session, settings, upload),
        upload.file_name,
        mapping_for(session, settings, upload.agency_key, upload.layout),
        account_id=upload.account_id,
        region=upload.region_key,
        progress=progress,
        then=then,
        **options,  # type: ignore[arg-type]
    )


def preview_job(progress: Progress, upload_id: str, account_id: str) -> str:
    """Make the preview of a large file; gives the upload's id."""
    upload, _account = _mine(upload_id, account_id)
    try:
        make_preview(db.session, current_settings(), upload, after_file(), progress)
    except (FileRefused, SurveysRefused) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return upload_id


def confirm_job(progress: Progress, upload_id: str, account_id: str) -> str:
    """Take a large file in; gives the batch's id."""
    upload, account = _mine(upload_id, account_id)
    try:
        intake = confirm(db.session, current_settings(), upload, account, after_file(), progress)
    except (FileRefused, SurveysRefused) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return intake.batch_id or ""


def lost(session: Session, account: Account | None, upload_id: str) -> str:
    """Why a colleague's upload is not there any more."""
    if account and find_batch(session, account, upload_id):
        return str(_("Dit bestand is net al ingelezen."))
    return str(_("Het voorbeeld is ouder dan een uur. Kies het bestand opnieuw."))


def _mine(upload_id: str, account_id: str) -> tuple[Upload, Account]:
    account = db.session.get(Account, account_id)
    upload = find_upload(db.session, account, upload_id) if account else None
    if account is None or upload is None:
        raise JobRefused(lost(db.session, account, upload_id))
    return upload, account
