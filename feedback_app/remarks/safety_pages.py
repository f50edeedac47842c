"""Pages of the person of trust: remarks about somebody's safety. Nobody else opens them; each look is logged.

GET   /staff/zorgen                    open worries, without their text
GET   /staff/zorgen/<id>               one worry, with the text as it was written
POST  /staff/zorgen/<id>/close         taken care of: the text is erased
POST  /staff/zorgen/<id>/give-back     no worry: back among the new remarks
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.database import db, months_before, today
from feedback_app.remarks import safeguard
from feedback_app.remarks.forms import REASON_NAMES
from feedback_app.remarks.models import Worry
from feedback_app.responses.retention import REMARK_MONTHS
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits

blueprint = Blueprint("safety", __name__, url_prefix="/staff/zorgen")


@blueprint.get("/")
def overview() -> str:
    closed = request.args.get("state") == "closed"
    number = request.args.get("page", 1, type=int)
    found = safeguard.worries(db.session, current_account(), number, closed=closed)
    return render_template("safety/overview.html", found=found, closed=closed, reasons=REASON_NAMES)


@blueprint.get("/<worry_id>")
def show(worry_id: str) -> str:
    worry = _worry(worry_id)
    text = safeguard.read_worry(db.session, current_account(), worry)
    return render_template("safety/show.html", worry=worry, text=text, reasons=REASON_NAMES)


@blueprint.post("/<worry_id>/close")
def close(worry_id: str) -> ResponseReturnValue:
    worry = _worry(worry_id)
    if not request.form.get("sure"):
        flash(_("Vink eerst aan dat je weet dat de tekst gewist wordt."), "warning")
        return redirect(url_for("safety.show", worry_id=worry_id))
    if not worry.closed:
        safeguard.close_worry(db.session, current_account(), worry)
    flash(_("De zorg is afgesloten en de tekst is gewist."), "good")
    return redirect(url_for("safety.overview"))


@blueprint.post("/<worry_id>/give-back")
def give_back(worry_id: str) -> ResponseReturnValue:
    worry = _worry(worry_id)
    if worry.closed:
        flash(_("Deze zorg is al afgesloten; de tekst is gewist."), "warning")
    else:
        safeguard.give_back(db.session, current_account(), worry)
        flash(_("De opmerking staat weer bij de andere."), "good")
    return redirect(url_for("safety.overview"))


def _worry(worry_id: str) -> Worry:
    worry = safeguard.find_worry(db.session, current_account(), worry_id)
    if worry is None:
        abort(404)
    return worry


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Open worries, and which of them are destroyed when the next month begins."""
    if not may_open(account, "safety.overview"):
        return []
    number = safeguard.count_open(session, account)
    due = safeguard.count_open(session, account, up_to=months_before(today(), REMARK_MONTHS - 1))
    told = [
        (number, ngettext("zorg wacht op jou", "zorgen wachten op jou", number)),
        (
            due,
            ngettext(
                "open zorg wordt op de eerste van volgende maand gewist, ook als niemand ze las",
                "open zorgen worden op de eerste van volgende maand gewist, ook als niemand ze las",
                due,
            ),
        ),
    ]
    link, url = _("Lees de zorgen"), url_for("safety.overview")
    return [Waiting(count, text, link, url) for count, text in told if count]


tells_what_waits(blueprint, _what_waits)
