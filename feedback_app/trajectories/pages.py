"""Trajectories.

GET  /staff/trajectories           list: narrowed, sorted, paged
POST /staff/trajectories           the same, by file number, which has no place in an address; changes nothing
*    /staff/trajectories/new       add one by hand
*    /staff/trajectories/<id>/end  register how it ended: that plans the invitations
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from feedback_app.database import db
from feedback_app.languages import language
from feedback_app.questionnaires.loading import load_codes
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.trajectories.afterwards import after_file, after_intake, asking
from feedback_app.trajectories.by_hand import AlreadyEnded, AlreadyKnown, add_by_hand, end_by_hand
from feedback_app.trajectories.forms import OUTCOME_NAMES, EndForm, TrajectoryForm
from feedback_app.trajectories.listing import DEFAULT_ORDER, Wanted, find_trajectory, list_trajectories
from feedback_app.trajectories.models import COMPLETED, RUNNING
from feedback_app.trajectories.one_row import EntryRefused
from feedback_app.web.pages import current_settings

blueprint = Blueprint("trajectories", __name__, url_prefix="/staff/trajectories")

NOBODY_ASKED = _l("Er staat geen meetmoment open: niemand is uitgenodigd.")


@blueprint.route("", methods=["GET", "POST"])
def overview() -> str:
    settings, own = current_settings(), visible_region(current_account())
    regions = region_names(settings.surveys_dir)
    wanted = _wanted(own, regions)
    number = request.args.get("page", 1, type=int) if request.method == "GET" else 1
    return render_template(
        "trajectories/overview.html",
        found=list_trajectories(db.session, settings, wanted, page=number),
        wanted=wanted,
        narrowed=replace(wanted, region=None if own else wanted.region).narrowed,
        regions={} if own else regions,
        RUNNING=RUNNING,
        **names(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    settings, account = current_settings(), current_account()
    own = visible_region(account)
    form, known = TrajectoryForm(), ""
    codes, regions = load_codes(settings.surveys_dir), region_names(settings.surveys_dir)
    form.offer(codes, offer_type_names(settings), regions, own)
    if own and request.method == "GET":
        form.region.data = own
    if form.validate_on_submit():
        try:
            made = add_by_hand(db.session, settings, account, form.values(), after_intake(), asking())
        except EntryRefused as refusal:
            form.explain(refusal.faults)
            known = refusal.known
        except AlreadyKnown:
            form.ref.errors = [_("Dit dossier en deze activiteit kennen we al. Er is niets veranderd.")]
        else:
            flash(_added(made, form.values()), "good")
            return redirect(url_for("trajectories.overview"))
    return render_template("trajectories/new.html", form=form, known=known), 422 if form.errors else 200


@blueprint.route("/<trajectory_id>/end", methods=["GET", "POST"])
def end(trajectory_id: str) -> ResponseReturnValue:
    settings, account = current_settings(), current_account()
    found = find_trajectory(db.session, trajectory_id, visible_region(account))
    if found is None:
        abort(404)
    form = EndForm()
    if found.outcome == RUNNING and form.validate_on_submit():
        try:
            made = end_by_hand(db.session, settings, account, found, form.values(), after_intake())
        except EntryRefused as refusal:
            form.explain(refusal.faults)
        except AlreadyEnded:
            flash(_("Een collega registreerde het einde al."), "warning")
            return redirect(url_for("trajectories.overview"))
        else:
            flash(_added(made, form.values(), ended=True), "good")
            return redirect(url_for("trajectories.overview"))
    page = render_template("trajectories/end.html", form=form, found=found, RUNNING=RUNNING, **names())
    return page, 422 if form.errors else 200


def names() -> dict[str, object]:
    """What codes are called on these pages."""
    settings = current_settings()
    codes = load_codes(settings.surveys_dir)
    return {
        "offer_types": offer_type_names(settings),
        "agencies": {one.key: one.label for one in codes.agencies},
        "outcomes": OUTCOME_NAMES,
        "tongue": language,
    }


def a_wave_is_open() -> bool:
    """Whether a wave is open that asks about what comes in."""
    follows = after_file()
    return follows is None or bool(follows.periods(db.session))


def _added(invitations: int, values: Mapping[str, str], *, ended: bool = False) -> str:
    what = _("Het einde is geregistreerd.") if ended else _("Het traject is toegevoegd.")
    planned = ngettext(
        "Er is %(num)s uitnodiging gepland.", "Er zijn %(num)s uitnodigingen gepland.", invitations
    )
    if not invitations and not a_wave_is_open():
        planned = str(NOBODY_ASKED)
    if values["outcome"] == COMPLETED or not (values["phone"] or values["email"]):
        return f"{what} {planned}"
    dropped = _("Het nummer en het e-mailadres zijn niet bewaard: we vragen nu niets.")
    return f"{what} {planned} {dropped}"


def _wanted(own: str | None, regions: dict[str, str]) -> Wanted:
    """What was asked for, as far as it exists and this colleague may see it."""
    given = request.form if request.method == "POST" else request.args
    agencies = {one.key for one in load_codes(current_settings().surveys_dir).agencies}
    region, agency, outcome = (given.get(name, "") for name in ("region", "agency", "outcome"))
    return Wanted(
        region=own or (region if region in regions else None),
        agency=agency if agency in agencies else "",
        outcome=outcome if outcome in OUTCOME_NAMES else "",
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        ref=request.form.get("ref", "").strip()[:100],
        file=given.get("file", "")[:32],
        order=given.get("order", DEFAULT_ORDER)[:20],
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
