"""The link in a digest that ends it; who opens it need not be signed in.

GET  /staff/digest/<subscription>/<mark>   asks whether that is so; mail scanners open links too
POST /staff/digest/<subscription>/<mark>   ends it; a mail program's one-click button sends it as well
"""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from feedback_app.database import db
from feedback_app.exchange.models import Subscription
from feedback_app.exchange.subscribe import is_stop_mark, unsubscribe
from feedback_app.languages import STAFF
from feedback_app.staff.models import Account
from feedback_app.web.locale import use_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("digest", __name__, url_prefix="/staff/digest")


@blueprint.get("/<subscription_id>/<mark>")
def ask(subscription_id: str, mark: str) -> ResponseReturnValue:
    return _page(done=_open(subscription_id, mark) is None)


@blueprint.post("/<subscription_id>/<mark>")
def act(subscription_id: str, mark: str) -> ResponseReturnValue:
    _open(subscription_id, mark)
    unsubscribe(db.session, subscription_id)
    return _page(done=True)


def _open(subscription_id: str, mark: str) -> Subscription | None:
    """The subscription of a link of ours; None when it has ended. Any other link is unknown."""
    if not is_stop_mark(current_settings(), subscription_id, mark):
        abort(404)
    found = db.session.get(Subscription, subscription_id)
    account = db.session.get(Account, found.account_id) if found else None
    if account is not None and account.locale in STAFF:
        use_language(account.locale)
    return found


def _page(*, done: bool) -> str:
    return render_template("exchange/stop.html", done=done)
