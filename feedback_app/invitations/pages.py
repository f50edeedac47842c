"""Invitations.

GET  /staff/invitations  links of a wave, by audience and region, sorted and paged
POST /staff/invitations  the same, searched; a file number has no place in an address; changes nothing
"""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.invitations.after_file import AFTER_FILE
from feedback_app.invitations.listing import (
    DEFAULT_ORDER,
    ORDERS,
    Filter,
    LinksLost,
    list_invitations,
    waves_to_list,
)
from feedback_app.invitations.models import AUDIENCES
from feedback_app.invitations.outgoing import calendars
from feedback_app.invitations.taking_back import follow, stands, take_back, take_back_one, would_take_back
from feedback_app.invitations.waves import plan_open_waves
from feedback_app.languages import language
from feedback_app.paging import Page
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.regions import region_names
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_audience, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.trajectories.afterwards import (
    Asking,
    Forget,
    asks_people,
    happens_after_intake,
    happens_before_undo,
)
from feedback_app.web.pages import asked_order, asked_page, current_settings

blueprint = Blueprint("invitations", __name__, url_prefix="/staff")

happens_after_intake(blueprint, plan_open_waves, AFTER_FILE)
happens_before_undo(blueprint, Forget(count=would_take_back, take=take_back))
asks_people(blueprint, Asking(stands, take_back_one, follow))


@blueprint.route("/invitations", methods=["GET", "POST"])
def overview() -> ResponseReturnValue:
    settings, account = current_settings(), current_account()
    own = visible_region(account)
    regions = region_names(settings.surveys_dir)
    waves = {wave.key: wave for wave in waves_to_list(db.session)}
    wanted = _wanted(list(waves), account, regions)
    number = asked_page() if request.method == "GET" else 1
    status = 200
    try:
        found = list_invitations(db.session, settings, wanted, number)
    except LinksLost as lost:
        flash(str(lost), "danger")
        found, status = Page([], 1, 1, 0), 503
    return render_template(
        "invitations/overview.html",
        waves=list(waves.values()),
        wanted=wanted,
        closed=wanted.wave in waves and waves[wanted.wave].state == "closed",
        found=found,
        calendars=calendars(db.session, settings, wanted) if wanted.ref and found.rows else {},
        regions={} if own else regions,
        audiences={"newcomer": _("nieuwkomer"), "partner": _("aanbodpartner")},
        chooses_audience=visible_audience(account) is None,
        offer_types=offer_type_names(settings),
        tongue=language,
    ), status


def _wanted(waves: list[str], account: Account, regions: dict[str, str]) -> Filter:
    """What was asked for, as far as it exists and this colleague may see it."""
    given = request.form if request.method == "POST" else request.args

    def chosen(name: str, known: list[str] | tuple[str, ...], otherwise: str) -> str:
        value = given.get(name, "")
        return value if value in known else otherwise

    return Filter(
        wave=chosen("wave", waves, waves[0] if waves else ""),
        audience=visible_audience(account) or chosen("audience", AUDIENCES, ""),
        region=visible_region(account) or chosen("region", list(regions), ""),
        ref=request.form.get("ref", "").strip()[:100],
        order=asked_order(ORDERS, DEFAULT_ORDER),
    )
