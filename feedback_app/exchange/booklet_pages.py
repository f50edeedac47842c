"""Booklets of good practices, one for each theme.

GET  /staff/practices/booklets                        which there are, and which can be made
POST /staff/practices/booklets                        make one (a job in the worker)
GET  /staff/practices/booklets/<theme>-<locale>.pdf   download
"""

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.exchange.booklet_content import booklet_shelves, find_booklet
from feedback_app.exchange.forms import BookletForm
from feedback_app.exchange.words import theme_names
from feedback_app.jobs import Job, enqueue
from feedback_app.languages import STAFF, language
from feedback_app.staff.audit import record
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("booklets", __name__, url_prefix="/staff/practices/booklets")


@blueprint.get("")
def overview() -> str:
    settings = current_settings()
    shelves = {locale: booklet_shelves(db.session, settings, locale) for locale in STAFF}
    return render_template(
        "exchange/booklets.html",
        shelves=shelves,
        any_released=any(one.practices for one in shelves[STAFF[0]]),
        languages={locale: language(locale) for locale in STAFF},
        themes=theme_names(settings, current_language().key),
    )


@blueprint.post("")
def make() -> ResponseReturnValue:
    form = BookletForm()
    form.theme.choices = [(key, key) for key in theme_names(current_settings(), current_language().key)]
    if not form.validate_on_submit():
        abort(400)
    account = current_account()
    arguments = {"theme": form.theme.data, "locale": form.locale.data, "account_id": account.id}
    job = waiting_job(db.session, "make_booklet", arguments)
    job = job or enqueue(db.session, "make_booklet", arguments, account.id, current_language().key)
    return redirect(url_for("staff.job", job_id=job.id))


@blueprint.get("/<theme>-<locale>.pdf")
def download(theme: str, locale: str) -> Response:
    settings = current_settings()
    known = theme in theme_names(settings, current_language().key) and locale in STAFF
    book = find_booklet(db.session, settings, theme, locale) if known else None
    if book is None:
        abort(404)
    record(
        db.session,
        "booklet.downloaded",
        account=current_account(),
        subject=f"theme:{theme}",
        locale=locale,
    )
    pdf = book.pdf
    db.session.commit()
    response = Response(pdf, mimetype="application/pdf")
    name = f"goede-praktijken-{theme}-{locale}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _result_url(job: Job) -> str:
    return url_for("booklets.download", theme=job.result, locale=job.arguments["locale"])


names_work(
    blueprint,
    "make_booklet",
    Kind(_l("Boekje opmaken"), _l("Boekje downloaden (PDF)"), _result_url),
)
