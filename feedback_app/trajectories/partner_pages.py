"""The shared list of organisations and their contact persons.

GET /staff/partners                        list: searched, narrowed, sorted, paged
GET /staff/partners/export.csv             the same list as a file
*   /staff/partners/new                    add an organisation
GET /staff/partners/duplicates             organisations that may be one
*   /staff/partners/<id>/merge/<other_id>  what merging does; merge: the first stays
GET /staff/partners/<id>                   one organisation
*   /staff/partners/<id>/edit              change it
*   /staff/partners/<id>/contacts/new      add a contact person
*   /staff/partners/contacts/<id>          change a contact person
*   /staff/partners/contacts/<id>/remove   erase one
"""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from feedback_app.database import db
from feedback_app.languages import language
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.staff import audit
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.trajectories.models import Partner, PartnerContact
from feedback_app.trajectories.partner_checks import PartnerRefused, check_partner, check_person
from feedback_app.trajectories.partner_contacts import address_of
from feedback_app.trajectories.partner_editing import (
    Told,
    remove_contact,
    save_contact,
    save_partner,
    shown_partner,
    shown_person,
)
from feedback_app.trajectories.partner_export import export
from feedback_app.trajectories.partner_forms import OrganisationForm, PersonForm
from feedback_app.trajectories.partner_history import history
from feedback_app.trajectories.partner_list import (
    DEFAULT_ORDER,
    Wanted,
    find_contact,
    find_partner,
    list_partners,
    what_is_known,
)
from feedback_app.trajectories.partner_merging import (
    MergeRefused,
    check_merge,
    merge,
    merged_into,
    proposals,
    what_moves,
)
from feedback_app.trajectories.partner_opt_outs import OptInUnsure, stopped, who_wants_none
from feedback_app.trajectories.partner_versions import ChangedMeanwhile
from feedback_app.web.pages import current_settings

blueprint = Blueprint("partners", __name__, url_prefix="/staff/partners")

_MERGE_REFUSALS = {
    "same": _l("Dit is twee keer dezelfde organisatie."),
    "merged": _l("Een van deze organisaties is al samengevoegd."),
    "regions": _l(
        "Deze organisaties zijn ook in een andere regio actief."
        " Vraag het aan een collega die alle regio’s ziet."
    ),
}


@blueprint.get("")
def overview() -> str:
    own, wanted = visible_region(current_account()), _wanted()
    found = list_partners(db.session, wanted, page=request.args.get("page", 1, type=int))
    return render_template(
        "partners/overview.html",
        found=found,
        known=what_is_known(db.session, [one.id for one in found.rows]),
        wanted=wanted,
        narrowed=bool(wanted.text or wanted.offer_type or wanted.region),
        regions={} if own else _regions(),
        offer_types=_offers(),
    )


@blueprint.get("/export.csv")
def export_list() -> Response:
    account = current_account()
    content = "".join(export(db.session, _wanted(), _regions(), _offers()))
    rows = content.count("\n") - 1
    region = visible_region(account)
    audit.record(db.session, "partner.exported", account=account, region=region, rows=rows)
    db.session.commit()
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="organisaties.csv"'
    return response


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    return _edit(None)


@blueprint.get("/<partner_id>")
def detail(partner_id: str) -> ResponseReturnValue:
    partner = _partner(partner_id)
    if partner.id != partner_id:
        return redirect(url_for("partners.detail", partner_id=partner.id))
    account, settings = current_account(), current_settings()
    address = address_of(db.session, partner)
    people = [one for one in partner.contacts if one.name]
    return render_template(
        "partners/detail.html",
        partner=partner,
        contacts=people,
        known=what_is_known(db.session, [partner.id]),
        address=None if address and stopped(db.session, settings, address) else address,
        out=who_wants_none(db.session, settings, [partner, *people]),
        earlier=merged_into(db.session, partner),
        events=history(db.session, partner) if may_open(account, "partners.edit") else [],
        offer_types=_offers(),
        tongue=language,
    )


@blueprint.route("/<partner_id>/edit", methods=["GET", "POST"])
def edit(partner_id: str) -> ResponseReturnValue:
    return _edit(_partner(partner_id))


def _edit(partner: Partner | None) -> ResponseReturnValue:
    account, settings, changed = current_account(), current_settings(), None
    own, form = visible_region(account), OrganisationForm()
    form.offer(_regions(), _offers(), own)
    if form.holds(lambda given: check_partner(db.session, partner, given), _see):
        told = Told(form.version.data or "", sure="sure" in request.form)
        try:
            saved = save_partner(db.session, settings, account, partner, form.given(), told)
        except PartnerRefused as refusal:
            form.explain(refusal, _see)
        except ChangedMeanwhile as found:
            changed = found
            form.take_over(found)
        except OptInUnsure as unsure:
            return _ask(unsure)
        else:
            flash(_("Bewaard."), "good")
            return redirect(url_for("partners.detail", partner_id=saved), 303)
    elif partner is not None and request.method == "GET":
        form.show(shown_partner(db.session, settings, partner, own))
    page = render_template("partners/edit.html", form=form, partner=partner, changed=changed)
    return page, _status(form, changed)


@blueprint.route("/<partner_id>/contacts/new", methods=["GET", "POST"])
def new_contact(partner_id: str) -> ResponseReturnValue:
    return _edit_contact(_partner(partner_id), None)


@blueprint.route("/contacts/<contact_id>", methods=["GET", "POST"])
def edit_contact(contact_id: str) -> ResponseReturnValue:
    contact = _contact(contact_id)
    return _edit_contact(contact.partner, contact)


def _edit_contact(partner: Partner, contact: PartnerContact | None) -> ResponseReturnValue:
    account, settings, changed = current_account(), current_settings(), None
    form = PersonForm()
    if form.holds(check_person, _see):
        told = Told(form.version.data or "", sure="sure" in request.form)
        try:
            save_contact(db.session, settings, account, partner, contact, form.given(), told)
        except ChangedMeanwhile as found:
            changed = found
            form.take_over(found)
        except OptInUnsure as unsure:
            return _ask(unsure)
        else:
            flash(_("Bewaard."), "good")
            return redirect(url_for("partners.detail", partner_id=partner.id), 303)
    elif contact is not None and request.method == "GET":
        form.show(shown_person(db.session, settings, contact))
    page = render_template(
        "partners/contact.html", form=form, partner=partner, contact=contact, changed=changed
    )
    return page, _status(form, changed)


def _status(form: FlaskForm, changed: ChangedMeanwhile | None) -> int:
    return 409 if changed else 422 if form.errors else 200


def _ask(unsure: OptInUnsure) -> str:
    """Ask before an opt-out is taken back; what was filled in waits in the page."""
    given = [
        (field, value)
        for field, values in request.form.lists()
        for value in values
        if field not in ("csrf_token", "sure")
    ]
    return render_template("partners/opt_in.html", effect=unsure.effect, given=given)


def _see(partner_id: str) -> Partner | None:
    return find_partner(db.session, partner_id, visible_region(current_account()))


@blueprint.route("/contacts/<contact_id>/remove", methods=["GET", "POST"])
def remove(contact_id: str) -> ResponseReturnValue:
    contact = _contact(contact_id)
    if request.method == "GET":
        return render_template("partners/remove.html", contact=contact)
    partner_id = contact.partner_id
    remove_contact(db.session, current_account(), contact)
    flash(_("De contactpersoon is gewist."), "good")
    return redirect(url_for("partners.detail", partner_id=partner_id), 303)


@blueprint.get("/duplicates")
def duplicates() -> str:
    found = proposals(db.session, visible_region(current_account()))
    known = what_is_known(db.session, [one.id for group in found for one in group])
    return render_template("partners/duplicates.html", found=found, known=known)


@blueprint.route("/<partner_id>/merge/<other_id>", methods=["GET", "POST"])
def merge_two(partner_id: str, other_id: str) -> ResponseReturnValue:
    account = current_account()
    stays, goes = _partner(partner_id), _partner(other_id)
    try:
        if request.method == "POST":
            merge(db.session, account, stays, goes)
            flash(_("Samengevoegd. Alles staat nu bij %(name)s.", name=stays.name), "good")
            return redirect(url_for("partners.detail", partner_id=stays.id), 303)
        check_merge(db.session, account, stays, goes)
    except MergeRefused as refusal:
        text = str(_MERGE_REFUSALS[refusal.reason])
        page = render_template("partners/merge.html", stays=stays, goes=goes, refusal=text)
        return page, 409 if request.method == "POST" else 200
    moving = what_moves(db.session, stays, goes)
    return render_template("partners/merge.html", stays=stays, goes=goes, moving=moving, refusal="")


def _wanted() -> Wanted:
    """What was asked for, as far as it exists; always within the own region."""
    region, offer = request.args.get("region", ""), request.args.get("offer_type", "")
    return Wanted(
        own=visible_region(current_account()),
        text=" ".join(request.args.get("text", "").split())[:100],
        region=region if region in _regions() else "",
        offer_type=offer if offer in _offers() else "",
        order=request.args.get("order", DEFAULT_ORDER)[:20],
    )


def _regions() -> dict[str, str]:
    return region_names(current_settings().surveys_dir)


def _offers() -> dict[str, str]:
    return offer_type_names(current_settings())


def _partner(partner_id: str) -> Partner:
    found = _see(partner_id)
    if found is None:
        abort(404)
    return found


def _contact(contact_id: str) -> PartnerContact:
    found = find_contact(db.session, contact_id, visible_region(current_account()))
    if found is None:
        abort(404)
    return found
