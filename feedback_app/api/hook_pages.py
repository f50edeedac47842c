"""Webhooks, for who manages the service.

GET  /staff/webhooks                  every address that is told what happened
*    /staff/webhooks/new              add one; its secret is shown once
GET  /staff/webhooks/<id>             what it was told last
POST /staff/webhooks/<id>/resend      tell one thing again
POST /staff/webhooks/<id>/resume      go on after it stopped
*    /staff/webhooks/<id>/remove      forget it
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from feedback_app.api.events import EVENT_NAMES
from feedback_app.api.hook_forms import OUTCOMES, REFUSALS, HookForm
from feedback_app.api.hook_models import Webhook, WebhookDelivery
from feedback_app.api.hooks import (
    MOST_ATTEMPTS,
    add_hook,
    deliveries_of,
    list_hooks,
    remove_hook,
    resume_hook,
    send_again,
    stopped_hooks,
)
from feedback_app.api.targets import TargetRefused
from feedback_app.database import db
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.web.pages import current_settings

blueprint = Blueprint("webhooks", __name__, url_prefix="/staff/webhooks")

#: state of a webhook, or of a delivery → name and pill
STATES = {
    "active": (_l("actief"), "good"),
    "stopped": (_l("gestopt"), "danger"),
    "waiting": (_l("onderweg"), "plain"),
    "delivered": (_l("aangekomen"), "good"),
    "failed": (_l("mislukt"), "danger"),
}


@blueprint.get("")
def overview() -> str:
    hooks = list_hooks(db.session)
    return render_template("webhooks/overview.html", hooks=hooks, states=STATES, events=EVENT_NAMES)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = HookForm()
    if form.validate_on_submit():
        url, events = form.url.data.strip(), form.events.data
        try:
            added = add_hook(db.session, current_settings(), current_account(), url, events)
        except TargetRefused as refused:
            form.url.errors = [REFUSALS[refused.reason]]
        else:
            return render_template("webhooks/added.html", hook=added.hook, secret=added.secret)
    return render_template("webhooks/new.html", form=form)


@blueprint.get("/<hook_id>")
def show(hook_id: str) -> str:
    hook = _hook(hook_id)
    return render_template(
        "webhooks/show.html",
        hook=hook,
        deliveries=deliveries_of(db.session, hook),
        states=STATES,
        events=EVENT_NAMES,
        outcomes=OUTCOMES,
        most=MOST_ATTEMPTS,
    )


@blueprint.post("/<hook_id>/resend")
def resend(hook_id: str) -> ResponseReturnValue:
    hook = _hook(hook_id)
    one = db.session.get(WebhookDelivery, request.form.get("delivery", ""))
    if one is None or one.webhook_id != hook.id:
        abort(404)
    if hook.state == "active":  # else nothing leaves, as its page says, and this would promise that it does
        send_again(db.session, current_account(), one)
        flash(_("Het bericht gaat binnen een minuut opnieuw weg, met hetzelfde nummer."), "good")
    return redirect(url_for("webhooks.show", hook_id=hook.id))


@blueprint.post("/<hook_id>/resume")
def resume(hook_id: str) -> ResponseReturnValue:
    hook = _hook(hook_id)
    resume_hook(db.session, current_account(), hook)
    flash(_("De webhook is weer actief. Wat intussen gebeurde, gaat nu ook weg."), "good")
    return redirect(url_for("webhooks.show", hook_id=hook.id))


@blueprint.route("/<hook_id>/remove", methods=["GET", "POST"])
def remove(hook_id: str) -> ResponseReturnValue:
    hook, form = _hook(hook_id), FlaskForm()
    if form.validate_on_submit():
        remove_hook(db.session, current_account(), hook)
        flash(_("De webhook is verwijderd. Dit adres krijgt geen berichten meer."), "good")
        return redirect(url_for("webhooks.overview"))
    return render_template("webhooks/remove.html", hook=hook, form=form)


def _hook(hook_id: str) -> Webhook:
    found = db.session.get(Webhook, hook_id)
    if found is None:
        abort(404)
    return found


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Webhooks that stopped: somebody has to look why."""
    number = stopped_hooks(session) if may_open(account, "webhooks.overview") else 0
    if not number:
        return []
    text = ngettext("webhook die gestopt is", "webhooks die gestopt zijn", number)
    return [Waiting(number, text, _("Naar de webhooks"), url_for("webhooks.overview"))]


tells_what_waits(blueprint, _what_waits)
