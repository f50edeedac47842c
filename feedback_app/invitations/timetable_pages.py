"""What goes out, and when.

GET  /staff/timetable[?day=2026-03-03]  the messages of a day: counts and a masked list
GET  /staff/timetable/pause             what a pause does
POST /staff/timetable/pause             send nothing, for everybody
GET  /staff/timetable/resume            what goes out then
POST /staff/timetable/resume            send again
"""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.database import db, today
from feedback_app.invitations.channel import CHANNELS, channels_of
from feedback_app.invitations.outgoing import outgoing
from feedback_app.invitations.pausing import pause as pause_all
from feedback_app.invitations.pausing import paused_since
from feedback_app.invitations.pausing import resume as resume_all
from feedback_app.languages import language
from feedback_app.regions import region_names
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import current_settings

blueprint = Blueprint("timetable", __name__, url_prefix="/staff/timetable")

STEP_NAMES = {
    "first": _l("eerste bericht"),
    "reminder1": _l("eerste herinnering"),
    "reminder2": _l("laatste herinnering"),
}
CHANNEL_NAMES = {"sms": _l("sms"), "email": _l("e-mail"), "whatsapp": _l("WhatsApp")}
AUDIENCE_NAMES = {"newcomer": _l("nieuwkomer"), "partner": _l("aanbodpartner")}


@blueprint.app_context_processor
def names() -> dict[str, object]:
    """What messages are called, here and beside an invitation."""
    return {"step_names": STEP_NAMES, "channel_names": CHANNEL_NAMES}


@blueprint.get("")
def overview() -> ResponseReturnValue:
    settings, own = current_settings(), visible_region(current_account())
    regions = region_names(settings.surveys_dir)
    given, wrong = _day(request.args.get("day", ""))
    wanted = own or request.args.get("region", "")
    region = wanted if wanted in regions else None
    number = request.args.get("page", 1, type=int)
    out = outgoing(db.session, settings, given, today=today(), region=region, page=number)
    return render_template(
        "invitations/timetable.html",
        out=out,
        day=given,
        wrong=wrong,
        typed=request.args.get("day", ""),
        next_day=settings.timetable.next_day(given + timedelta(days=1)),
        sends=settings.timetable.next_day(given) == given,
        first_day=today(),
        region=region,
        regions={} if own else regions,
        audiences=AUDIENCE_NAMES,
        paused_since=paused_since(db.session),
        missing=[CHANNEL_NAMES[one] for one in CHANNELS if one not in channels_of(settings)],
        tongue=language,
    ), 422 if wrong else 200


@blueprint.route("/pause", methods=["GET", "POST"])
def pause() -> ResponseReturnValue:
    if request.method == "GET":
        return render_template("invitations/pause.html", paused_since=paused_since(db.session))
    pause_all(db.session, current_account(), today())
    flash(_("Er gaat niets meer uit, tot iemand het versturen hervat."), "good")
    return redirect(url_for("timetable.overview"))


@blueprint.route("/resume", methods=["GET", "POST"])
def resume() -> ResponseReturnValue:
    if request.method == "GET":
        due = outgoing(db.session, current_settings(), today(), today=today(), region=None, page=1)
        return render_template("invitations/resume.html", due=due, paused_since=paused_since(db.session))
    resume_all(db.session, current_account())
    flash(_("Berichten gaan weer uit, binnen de uren die ingesteld zijn."), "good")
    return redirect(url_for("timetable.overview"))


def _day(text: str) -> tuple[date, bool]:
    """The day that was asked for, and whether it could not be one; nothing goes out in the past."""
    if not text:
        return today(), False
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today(), True
    return (day, False) if today() <= day <= today() + timedelta(days=366) else (today(), True)
