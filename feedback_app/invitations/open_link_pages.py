"""Open links: posters and tablets.

GET  /staff/open-links                 list, of the own region or of all
GET  /staff/open-links/new             form
POST /staff/open-links/new             make one
GET  /staff/open-links/<code>/poster   the sheet, in all languages or one; for a tablet also how to set it up
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

from feedback_app.database import db
from feedback_app.invitations.forms import OpenLinkForm
from feedback_app.invitations.models import OpenLink
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
from feedback_app.invitations.waves import open_waves
from feedback_app.jobs import Job, enqueue
from feedback_app.languages import find, language
from feedback_app.questionnaires.loading import load_codes
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.locale import current_language
from feedback_app.web.pages import asked_order, asked_page, current_settings

blueprint = Blueprint("open_links", __name__, url_prefix="/staff/open-links")


@blueprint.get("")
def overview() -> str:
    settings, own = current_settings(), visible_region(current_account())
    codes, waves = load_codes(settings.surveys_dir), open_waves(db.session)
    order = asked_order(ORDERS, DEFAULT_ORDER)
    return render_template(
        "open_links/overview.html",
        found=list_links(db.session, region=own, order=order, page=asked_page()),
        order=order,
        wave=waves[-1].key if waves else "",
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
        poster=make_poster(db.session, settings, link, _main(request.args.get("lang", ""))),
        tongues=[language(key) for key in offered_languages(db.session, settings)[1:]],
        spaced=spaced,
    )


@blueprint.post("/<code>/poster")
def print_pdf(code: str) -> ResponseReturnValue:
    arguments = {"code": _link(code).code, "language": _main(request.form.get("lang", ""))}
    job = waiting_job(db.session, "print_poster", arguments)
    account, speaks = current_account(), current_language().key
    job = job or enqueue(db.session, "print_poster", arguments, account.id, speaks)
    return redirect(url_for("staff.job", job_id=job.id))


@blueprint.get("/<code>/poster.pdf")
def download(code: str) -> Response:
    link, main = _link(code), _main(request.args.get("lang", ""))
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


def _main(tag: str) -> str:
    """The key of the one language that is asked for, "" for all; only those on offer are there."""
    key = find(tag) or ""
    if tag and key not in offered_languages(db.session, current_settings())[1:]:
        abort(404)
    return key


def _result_url(job: Job) -> str:
    key = job.arguments["language"]
    tag = language(key).tag if key else None
    return url_for("open_links.download", code=job.result, lang=tag)


def _link(code: str) -> OpenLink:
    link = find_link(db.session, code, region=visible_region(current_account()))
    if link is None:
        abort(404)
    return link


names_work(blueprint, "print_poster", Kind(_l("Blad afdrukken"), _l("Blad downloaden (PDF)"), _result_url))
