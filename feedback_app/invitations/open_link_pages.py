"""Open links: posters and tablets.

GET  /staff/open-links                 list, of the own region or of all
GET  /staff/open-links/new             form
POST /staff/open-links/new             make one
GET  /staff/open-links/<code>/poster   the sheet to print; for a tablet also how to set it up
GET  /staff/open-links/<code>/stop     what stopping does
POST /staff/open-links/<code>/stop     stop it
POST /staff/open-links/<code>/resume   take it up again
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

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
from feedback_app.invitations.posters import make_poster
from feedback_app.invitations.waves import open_waves
from feedback_app.questionnaires.loading import load_codes
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
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
    link = _link(code)
    sheet = make_poster(db.session, current_settings(), link)
    return render_template("open_links/poster.html", link=link, poster=sheet, spaced=spaced)


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


def _link(code: str) -> OpenLink:
    link = find_link(db.session, code, region=visible_region(current_account()))
    if link is None:
        abort(404)
    return link
