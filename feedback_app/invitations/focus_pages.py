"""Contacts for focus groups, of the own region or of all.

GET  /staff/focusgroep              list, masked
POST /staff/focusgroep/<id>/show    one contact in full; that somebody looked is noted
*    /staff/focusgroep/<id>/used    it has served: ask, then destroy it
POST /staff/focusgroep/export       all of them as CSV; noted too
"""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.invitations import focus
from feedback_app.invitations.models import FocusContact
from feedback_app.languages import language
from feedback_app.regions import region_names
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import asked_order, asked_page, current_settings
from feedback_app.web.spreadsheet import as_csv

blueprint = Blueprint("focus", __name__, url_prefix="/staff/focusgroep")


@blueprint.get("")
def overview() -> str:
    settings, region = current_settings(), _region(request.args.get("region", ""))
    account, order = current_account(), asked_order(focus.ORDERS, focus.DEFAULT_ORDER)
    return render_template(
        "focus/overview.html",
        found=focus.list_contacts(db.session, settings, account, region, order=order, page=asked_page()),
        order=order,
        region=region,
        regions={} if visible_region(account) else _regions(),
        tongue=language,
    )


@blueprint.post("/<contact_id>/show")
def show(contact_id: str) -> str:
    one = _contact(contact_id)
    contact = focus.reveal(db.session, current_settings(), current_account(), one)
    return render_template("focus/contact.html", one=one, contact=contact, tongue=language)


@blueprint.route("/<contact_id>/used", methods=["GET", "POST"])
def use(contact_id: str) -> ResponseReturnValue:
    one = _contact(contact_id)
    if request.method == "GET":
        return render_template("focus/use.html", one=one, tongue=language)
    focus.use_up(db.session, current_account(), one)
    flash(_("Het contact is gewist."), "good")
    return redirect(url_for("focus.overview"))


@blueprint.post("/export")
def export() -> Response:
    region, names = _region(request.form.get("region", "")), _regions()
    rows = focus.export(db.session, current_settings(), current_account(), region)
    head = (_("Regio"), _("Taal"), _("Contact"), _("Maand"))
    content = as_csv(
        head, ((names.get(key, key), language(tongue).endonym, *rest) for key, tongue, *rest in rows)
    )
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="focusgroep.csv"'
    return response


def _contact(contact_id: str) -> FocusContact:
    one = focus.find_contact(db.session, current_account(), contact_id)
    if one is None:
        abort(404)
    return one


def _region(asked: str) -> str:
    """The region asked for, if there is one; who is bound to a region sees that one whatever is asked."""
    return asked if asked in _regions() and not visible_region(current_account()) else ""


def _regions() -> dict[str, str]:
    return region_names(current_settings().surveys_dir)
