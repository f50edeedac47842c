""" "Jullie zeiden – wij doen": the public page, its translations, its poster, and the mail to partners.

GET  /terugkoppeling[/<lang>]                       what was told back, in one language
GET  /staff/terugkoppeling[?lang=]                  how far it is in every language, or its texts in one
*    /staff/terugkoppeling/<signal_id>/<lang>       one text beside its Dutch: write, review
GET  /staff/terugkoppeling/poster                   the poster in each language; POST: have its PDF made
GET  /staff/terugkoppeling/poster/<lang>.pdf        the PDF
*    /staff/terugkoppeling/partners/<wave_key>      ask, and then write to the partners of a wave
"""

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.database import db
from feedback_app.jobs import Job, enqueue
from feedback_app.languages import SOURCE, all_languages, find, language
from feedback_app.questionnaires.readiness import Shelf
from feedback_app.reports import told_mails, told_poster
from feedback_app.reports.telling import (
    ChangedMeanwhile,
    NotReviewable,
    NotToldBack,
    find_told,
    review_text,
    save_text,
)
from feedback_app.reports.told_back import State, Told, counted, told, told_back
from feedback_app.reports.told_forms import FIELDS, TellForm
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.errors import error_page
from feedback_app.web.headers import allow_own_frame
from feedback_app.web.locale import current_language, negotiate, use_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("told", __name__)

STATE_NAMES = {
    State.MISSING: _l("nog te vertalen"),
    State.OUTDATED: _l("verouderd: het Nederlands is veranderd"),
    State.DRAFT: _l("klad, nog na te lezen"),
    State.REVIEWED: _l("nagelezen"),
}
PILLS = {State.MISSING: "warning", State.OUTDATED: "warning", State.DRAFT: "plain", State.REVIEWED: "good"}


@blueprint.errorhandler(NotToldBack)
def _gone(_error: NotToldBack) -> ResponseReturnValue:
    return error_page(404, _("Dit staat niet (meer) op de pagina “Jullie zeiden – wij doen”."))


@blueprint.get("/terugkoppeling", defaults={"lang": None})
@blueprint.get("/terugkoppeling/<lang>")
def page(lang: str | None) -> str:
    allow_own_frame()  # the preview's phone leads here
    offered = current_app.extensions["offered_languages"]()
    # who chooses another language on the page gets that one, not the one of the address they came by
    use_language(negotiate(offered, request.args.get("lang"), lang))
    found = told_back(db.session, Shelf.of(current_settings()), current_language().key)
    return render_template("public/told_back.html", offered=offered, page=found)


@blueprint.get("/staff/terugkoppeling")
def overview() -> str:
    chosen = _other(request.args["lang"]) if request.args.get("lang") else ""
    tongues = [key for key in all_languages() if key != SOURCE]
    return render_template(
        "told/overview.html",
        tongue=language(chosen) if chosen else None,
        texts=told(db.session, chosen) if chosen else [],
        counts={} if chosen else {key: counted(db.session, key) for key in tongues},
        waves=told_mails.waves_told(db.session),
        offered=current_app.extensions["offered_languages"](),
        states=STATE_NAMES,
        pills=PILLS,
    )


@blueprint.route("/staff/terugkoppeling/<signal_id>/<lang>", methods=["GET", "POST"])
def text(signal_id: str, lang: str) -> ResponseReturnValue:
    key = _other(lang)
    one, form, changed = find_told(db.session, signal_id, key), TellForm(), False
    form.begin(one, language(key))
    if form.is_submitted() and _may_go_on(one, form):
        try:
            _do(one, key, form)
        except ChangedMeanwhile:
            db.session.expire_all()
            one, changed = find_told(db.session, signal_id, key), True
        except NotReviewable as refusal:
            form.form_errors.append(_why_not(refusal))
        else:
            return redirect(url_for("told.overview", lang=language(key).tag))
    if changed or not form.is_submitted():
        form.seen.data, form.seen.raw_data = one.seen, None
    page = render_template(
        "told/text.html",
        one=one,
        form=form,
        fields=FIELDS,
        tongue=language(key),
        changed=changed,
        mine=one.row is not None and one.row.written_by == current_account().id,
        states=STATE_NAMES,
        pills=PILLS,
    )
    return page, 409 if changed else 422 if form.errors else 200


def _may_go_on(one: Told, form: TellForm) -> bool:
    """A review needs no typed text: what is stored is what becomes reviewed."""
    return request.form.get("step") == "review" or form.fits(one.dutch)


def _do(one: Told, key: str, form: TellForm) -> None:
    account, seen = current_account(), form.seen.data or ""
    if request.form.get("step") == "review":
        review_text(db.session, account, one, seen)
        flash(_("De vertaling is nagelezen."), "good")
    else:
        save_text(db.session, account, one, key, form.words(), seen)
        flash(_("Bewaard als klad. Een collega leest het na."), "good")


def _why_not(refusal: NotReviewable) -> str:
    if refusal.own:
        return str(_("Je schreef deze vertaling zelf. Een collega leest ze na."))
    return str(_("Er is niets om na te lezen. Bewaar de vertaling eerst als klad."))


@blueprint.route("/staff/terugkoppeling/poster", methods=["GET", "POST"])
def poster() -> ResponseReturnValue:
    tongues = [language(key) for key in current_app.extensions["offered_languages"]()]
    key = find(request.values.get("lang", SOURCE)) or ""
    if key not in [one.key for one in tongues]:
        abort(404)
    if request.method == "POST":
        arguments = {"locale": key}
        account, speaks = current_account(), current_language().key
        job = waiting_job(db.session, "print_told_poster", arguments) or enqueue(
            db.session, "print_told_poster", arguments, account.id, speaks
        )
        return redirect(url_for("staff.job", job_id=job.id))
    sheet = told_poster.make_poster(db.session, current_settings(), key)
    return render_template("told/poster.html", poster=sheet, tongues=tongues, tongue=language(key))


@blueprint.get("/staff/terugkoppeling/poster/<lang>.pdf")
def download(lang: str) -> Response:
    key = find(lang)
    pdf = told_poster.fetch_poster(db.session, key) if key else None
    if pdf is None or key is None:
        abort(404)
    response = Response(pdf, mimetype="application/pdf")
    name = f"terugkoppeling-poster-{language(key).tag}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.route("/staff/terugkoppeling/partners/<wave_key>", methods=["GET", "POST"])
def partners(wave_key: str) -> ResponseReturnValue:
    region = visible_region(current_account())
    audience = told_mails.audience_of(db.session, current_settings(), wave_key, region)
    if audience is None:
        abort(404)
    if request.method == "POST" and audience.ready:
        arguments = {"wave_key": wave_key, "region": region}
        account, speaks = current_account(), current_language().key
        job = waiting_job(db.session, "tell_partners", arguments)
        if job is None:
            partners = sum(len(one.partners) for one in audience.waiting)
            subject = f"wave:{wave_key}"
            record(
                db.session,
                "told.partners",
                account=account,
                subject=subject,
                region=region,
                partners=partners,
            )
            job = enqueue(db.session, "tell_partners", arguments, account.id, speaks)
        return redirect(url_for("staff.job", job_id=job.id))
    items = told_back(db.session, Shelf.of(current_settings()), SOURCE, wave=wave_key).items
    return render_template("told/partners.html", wave=wave_key, audience=audience, items=items)


def _other(tag: str) -> str:
    """The key of a language that one can translate to."""
    key = find(tag)
    if key is None or key == SOURCE or key not in all_languages():
        abort(404)
    return key


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Texts that are told back and stand in an offered language not yet, or no longer, or unread."""
    if account.role != "vertaler" or not may_open(account, "told.text"):
        return []
    offered = [key for key in current_app.extensions["offered_languages"]() if key != SOURCE]
    counts = [counted(session, key) for key in offered]
    number = sum(one[state] for one in counts for state in (State.MISSING, State.OUTDATED, State.DRAFT))
    if not number:
        return []
    words = ngettext(
        "tekst van “Jullie zeiden – wij doen” wacht op een vertaling of op nalezen",
        "teksten van “Jullie zeiden – wij doen” wachten op een vertaling of op nalezen",
        number,
    )
    return [Waiting(number, words, _("Naar die teksten"), url_for("told.overview"))]


def _poster_url(job: Job) -> str:
    return url_for("told.download", lang=language(str(job.result)).tag)


def _partners_url(job: Job) -> str:
    return url_for("told.partners", wave_key=job.arguments["wave_key"])


tells_what_waits(blueprint, _what_waits)
names_work(
    blueprint,
    "print_told_poster",
    Kind(_l("Poster afdrukken"), _l("Poster downloaden (PDF)"), _poster_url),
)
names_work(
    blueprint,
    "tell_partners",
    Kind(_l("Partners schrijven"), _l("Bekijk wie een bericht kreeg"), _partners_url),
)
