"""One edition: its page for colleagues, making it final, releasing it; and its page for everybody.

GET  /staff/editions/<id>                     state, downloads and the report itself
*    /staff/editions/<id>/final               make the report of this draft final (a job in the worker)
*    /staff/editions/<id>/release             make it public
GET  /rapporten                               every released report
GET  /rapporten/<wave>/<level>/<locale>       the released report of today
GET  /rapporten/editie/<id>[.<pdf|html|zip>]  one released edition, also once it was replaced
"""

import sqlalchemy as sa
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.jobs import enqueue
from feedback_app.languages import STAFF, unturned
from feedback_app.reports.arrangements import Which
from feedback_app.reports.editions import (
    FinalRefused,
    Row,
    current_edition,
    draft_for_final,
    edition_for,
    public_editions,
    released_edition,
    successor,
    which_of,
)
from feedback_app.reports.forms import LOCALES, STATE_NAMES, StepForm
from feedback_app.reports.models import Edition
from feedback_app.reports.release import ReleaseNotPossible, check_release, readers, release
from feedback_app.reports.showing import KINDS, PARTS, edition_file, edition_page, level_name
from feedback_app.staff.models import Account
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import waiting_job
from feedback_app.web.locale import current_language, negotiate, use_language

blueprint = Blueprint("editions", __name__)


@blueprint.before_request
def _refuse_nul() -> None:
    """PostgreSQL cannot be asked for this character: no edition has it, and anybody may ask for one."""
    if "\x00" in request.path:
        abort(404)


@blueprint.get("/staff/editions/<edition_id>")
def show(edition_id: str) -> str:
    row = edition_for(db.session, current_account(), edition_id, Edition.html)
    if row is None:
        abort(404)
    words = _words(row, public=False)
    if row.edition.html is None:
        return render_template("reports/edition_without_page.html", row=row, edition=row.edition, **words)
    return edition_page(row, "reports/edition_bar.html", **words)


@blueprint.route("/staff/editions/<edition_id>/final", methods=["GET", "POST"])
def make_final(edition_id: str) -> ResponseReturnValue:
    account, row = current_account(), _mine(edition_id)
    form, which, fault = StepForm(), which_of(row.edition), ""
    try:
        draft = draft_for_final(db.session, account, which)
        if draft.id != row.edition.id:  # nobody confirms another text, or reason, than what is on the page
            flash(_("Het nieuwste ontwerp van een collega telt. Dat is dit ontwerp: lees het na."), "warning")
            return redirect(url_for("editions.make_final", edition_id=draft.id))
    except FinalRefused as refused:
        fault = str(refused)
    if form.validate_on_submit() and not fault:
        arguments = {
            "wave_key": which.wave,
            "region_key": which.region,
            "locale": which.locale,
            "final": True,
            "account_id": account.id,
        }
        job = waiting_job(db.session, "compile_report", arguments) or enqueue(
            db.session, "compile_report", arguments, account.id, current_language().key
        )
        return redirect(url_for("staff.job", job_id=job.id))
    words = _words(row, public=False)
    return render_template("reports/make_final.html", row=row, form=form, fault=fault, **words)


@blueprint.route("/staff/editions/<edition_id>/release", methods=["GET", "POST"])
def make_public(edition_id: str) -> ResponseReturnValue:
    account, row = current_account(), _mine(edition_id)
    form, fault = StepForm(), ""
    try:
        check_release(db.session, account, row.edition)
        if form.validate_on_submit():
            told = release(db.session, account, row.edition)
            flash(_("Het verslag is vrijgegeven. Zoveel lezers krijgen een e-mail: %(n)s.", n=told), "good")
            return redirect(url_for("reports.overview"))
    except ReleaseNotPossible as refused:
        fault = str(refused)
    number = len(readers(db.session, row.edition))
    words = _words(row, public=False)
    return render_template("reports/release.html", row=row, form=form, fault=fault, readers=number, **words)


@blueprint.get("/rapporten")
def public_list() -> str:
    use_language(negotiate(STAFF, request.args.get("lang")))
    rows = public_editions(db.session)
    return render_template(
        "reports/public_list.html", rows=rows, level_name=level_name, languages=LOCALES, offered=STAFF
    )


@blueprint.get("/rapporten/<wave>/<level>/<locale>")
def public_today(wave: str, level: str, locale: str) -> str:
    return _public(current_edition(db.session, Which(wave, level, locale), Edition.html))


@blueprint.get("/rapporten/editie/<edition_id>")
def public_edition(edition_id: str) -> str:
    return _public(released_edition(db.session, edition_id, Edition.html))


@blueprint.get("/rapporten/editie/<edition_id>.<kind>")
def public_download(edition_id: str, kind: str) -> Response:
    row = released_edition(db.session, edition_id, PARTS[kind]) if kind in KINDS else None
    response = edition_file(row.edition, kind) if row else None
    if response is None:
        abort(404)
    return response


def _public(row: Row | None) -> str:
    if row is None or row.edition.html is None:
        abort(404)
    use_language(row.edition.locale)
    return edition_page(row, "reports/public_bar.html", **_words(row, public=True))


def _mine(edition_id: str) -> Row:
    row = edition_for(db.session, current_account(), edition_id)
    if row is None:
        abort(404)
    return row


def _words(row: Row, *, public: bool) -> dict[str, object]:
    """What pages about one edition say of it."""
    by, has_annex = row.edition.account_id, Edition.annex.is_not(None)
    who = db.session.get(Account, by) if by and not public else None
    later = successor(db.session, None if public else current_account(), row.edition.id)
    return {
        "which": row.which,
        "level": level_name(row.which.level, _("Vlaanderen")),
        "language_name": LOCALES.get(row.edition.locale, row.edition.locale),
        "states": STATE_NAMES,
        "compiled_by": who.email if who else "",
        "successor": later,
        "why": unturned(later.edition.reason) if later else "",
        "has_annex": db.session.scalar(sa.select(has_annex).where(Edition.id == row.edition.id)),
    }
