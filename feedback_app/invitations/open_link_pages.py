"""Open links: posters and tablets.

GET  /staff/open-links                 list, of the own region or of all
GET  /staff/open-links/new             form
POST /staff/open-links/new             make one
GET  /staff/open-links/<code>/poster   the sheet, in all languages or one; for a tablet also how to set it up
GET  /staff/open-links/<code>/text     words to send it with, of a link that asks some months later
POST /staff/open-links/<code>/poster   print it to PDF (a job)
GET  /staff/open-links/<code>/poster.pdf  fetch that, once it is printed
GET  /staff/open-links/<code>/stop     what stopping does
POST /staff/open-links/<code>/stop     stop it
POST /staff/open-links/<code>/resume   take it up again
"""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.database import db, today
from feedback_app.invitations.forms import OpenLinkForm
from feedback_app.invitations.impact import IMPACT, whose_turn, words_for
from feedback_app.invitations.models import OPEN_SURVEYS, OpenLink, Wave
from feedback_app.invitations.open_links import (
    DEFAULT_ORDER,
    ORDERS,
    LinkRefused,
    address_of,
    find_link,
    list_links,
    make_link,
    set_active,
    spaced,
)
from feedback_app.invitations.poster_prints import fetch_poster
from feedback_app.invitations.posters import make_poster, offered_languages
from feedback_app.invitations.waves import wave_that_asks
from feedback_app.jobs import Job, enqueue
from feedback_app.languages import find, language
from feedback_app.questionnaires.loading import load_codes
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.locale import current_language
from feedback_app.web.pages import asked_order, asked_page, current_settings

#: questionnaire → what a link asks, for people
ASKS = {"newcomer": _l("hoe de activiteit was"), "impact": _l("hoe het nu gaat, enkele maanden later")}

blueprint = Blueprint("open_links", __name__, url_prefix="/staff/open-links")


@blueprint.get("")
def overview() -> str:
    settings, own = current_settings(), visible_region(current_account())
    codes = load_codes(settings.surveys_dir)
    order = asked_order(ORDERS, DEFAULT_ORDER)
    return render_template(
        "open_links/overview.html",
        found=list_links(db.session, region=own, order=order, page=asked_page()),
        order=order,
        asking={key: _key_of(wave_that_asks(db.session, key)) for key in OPEN_SURVEYS},
        asks=ASKS,
        agencies={one.key: one.label for one in codes.agencies},
        offer_types=offer_type_names(settings),
        address=lambda link: address_of(settings, link),
        spaced=spaced,
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    settings, own = current_settings(), visible_region(current_account())
    form = OpenLinkForm()
    codes, names = load_codes(settings.surveys_dir), offer_type_names(settings)
    form.offer(codes, names, region_names(settings.surveys_dir), own)
    if not form.is_submitted() and request.args.get("survey") in OPEN_SURVEYS:
        form.survey.data = request.args["survey"]
    if form.validate_on_submit():
        try:
            link = make_link(db.session, settings, form.wanted(own), region=own, account=current_account())
        except LinkRefused as refusal:
            form[refusal.field].errors = [_("Kies uit de lijst.")]
        else:
            flash(_("De link is gemaakt. Druk nu de affiche af."), "good")
            return redirect(url_for("open_links.poster", code=link.code))
    return render_template("open_links/new.html", form=form), 422 if form.errors else 200


@blueprint.get("/<code>/poster")
def poster(code: str) -> str:
    link, settings = _link(code), current_settings()
    return render_template(
        "open_links/poster.html",
        link=link,
        poster=make_poster(db.session, settings, link, _main(link, request.args.get("lang", ""))),
        tongues=[language(key) for key in offered_languages(db.session, settings, link.survey_key)[1:]],
        spaced=spaced,
    )


@blueprint.get("/<code>/text")
def words(code: str) -> str:
    link, settings = _link(code), current_settings()
    if link.survey_key != IMPACT or link.mode != "open":
        abort(404)
    return render_template(
        "open_links/words.html",
        link=link,
        asked=wave_that_asks(db.session, IMPACT),
        turn=whose_turn(db.session, settings, today(), link.region_key),
        words=words_for(db.session, settings, link),
    )


@blueprint.post("/<code>/poster")
def print_pdf(code: str) -> ResponseReturnValue:
    link = _link(code)
    arguments = {"code": link.code, "language": _main(link, request.form.get("lang", ""))}
    job = waiting_job(db.session, "print_poster", arguments)
    account, speaks = current_account(), current_language().key
    job = job or enqueue(db.session, "print_poster", arguments, account.id, speaks)
    return redirect(url_for("staff.job", job_id=job.id))


@blueprint.get("/<code>/poster.pdf")
def download(code: str) -> Response:
    link = _link(code)
    main = _main(link, request.args.get("lang", ""))
    pdf = fetch_poster(db.session, link, main)
    if pdf is None:
        abort(404)
    response = Response(pdf, mimetype="application/pdf")
    name = "-".join(filter(None, ("poster", link.code, main)))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


@blueprint.route("/<code>/stop", methods=["GET", "POST"])
def stop(code: str) -> ResponseReturnValue:
    link = _link(code)
    if request.method == "GET":
        return render_template("open_links/stop.html", link=link, spaced=spaced)
    set_active(db.session, link, False, current_account())
    flash(_("De link “%(label)s” is gestopt.", label=link.label), "good")
    return redirect(url_for("open_links.overview"))


@blueprint.post("/<code>/resume")
def resume(code: str) -> ResponseReturnValue:
    link = _link(code)
    set_active(db.session, link, True, current_account())
    flash(_("De link “%(label)s” werkt weer.", label=link.label), "good")
    return redirect(url_for("open_links.overview"))


def _main(link: OpenLink, tag: str) -> str:
    """The key of the one language that is asked for, "" for all; only those on offer are there."""
    key = find(tag) or ""
    if tag and key not in offered_languages(db.session, current_settings(), link.survey_key)[1:]:
        abort(404)
    return key


def _key_of(wave: Wave | None) -> str:
    return wave.key if wave else ""


def _result_url(job: Job) -> str:
    key = job.arguments["language"]
    tag = language(key).tag if key else None
    return url_for("open_links.download", code=job.result, lang=tag)


def _link(code: str) -> OpenLink:
    link = find_link(db.session, code, region=visible_region(current_account()))
    if link is None:
        abort(404)
    return link


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Whose turn it is to be asked how things are, while a wave asks it."""
    if not may_open(account, "open_links.words") or wave_that_asks(session, IMPACT) is None:
        return []
    turn = whose_turn(session, current_settings(), today(), visible_region(account))
    if not turn.trajectories:
        return []
    text = ngettext(
        "traject eindigde enkele maanden geleden: vraag deze maand hoe het nu gaat",
        "trajecten eindigden enkele maanden geleden: vraag deze maand hoe het nu gaat",
        turn.trajectories,
    )
    url = url_for("open_links.overview")
    return [Waiting(turn.trajectories, text, _("Naar de posters en tablets"), url)]


tells_what_waits(blueprint, _what_waits)
names_work(blueprint, "print_poster", Kind(_l("Blad afdrukken"), _l("Blad downloaden (PDF)"), _result_url))
