"""Signals at a glance.

GET /staff/signals/board   side by side by state, by theme or by region, with how many came full circle
GET /staff/signals/late    what waits longer than agreed
"""

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.database import db, today
from feedback_app.invitations.waves import all_waves
from feedback_app.regions import region_names
from feedback_app.signals import board as boards
from feedback_app.signals import edit, follow_up, forms, labels
from feedback_app.signals.edit import Filter
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import current_settings

blueprint = Blueprint("signal_board", __name__, url_prefix="/staff/signals")

WAY_NAMES = {"state": _l("Per toestand"), "theme": _l("Per thema"), "region": _l("Per regio")}


@blueprint.get("/board")
def board() -> str:
    account, settings, day = current_account(), current_settings(), today()
    way = request.args.get("by", "")
    way = way if way in boards.WAYS else "state"
    wanted = Filter("", *(request.args.get(name, "") for name in ("theme", "wave", "region")))
    signals = edit.list_signals(db.session, account, wanted)
    regions, themes = region_names(settings.surveys_dir), forms.theme_names(settings)
    names = {"state": labels.STATE_NAMES, "theme": themes, "region": {"": _("Heel Vlaanderen"), **regions}}
    return render_template(
        "signals/board.html",
        columns=boards.columns(signals, way, themes, regions),
        names=names[way],
        way=way,
        ways=WAY_NAMES,
        wanted=wanted,
        over=boards.OVER,
        loop=follow_up.loop(db.session, account, wanted, day),
        fewest=follow_up.FEWEST_FOR_PERCENT,
        themes=themes,
        waves=[wave.key for wave in all_waves(db.session)],
        regions={} if visible_region(account) else regions,
        state_names=labels.STATE_NAMES,
        late=lambda signal: follow_up.days_late(signal, day),
        empty=not edit.count_by_state(db.session, account),
    )


@blueprint.get("/late")
def late() -> str:
    account, day = current_account(), today()
    return render_template(
        "signals/late.html",
        unanswered=follow_up.unanswered_late(db.session, account, day),
        untold=follow_up.untold_late(db.session, account, day),
        responsible=lambda signal: follow_up.responsible_address(db.session, signal),
        themes=forms.theme_names(current_settings()),
    )
