"""The link in a digest that ends it; who opens it need not be signed in.

GET  /staff/digest/<account>/<mark>   asks whether that is so; mail scanners open links too
POST /staff/digest/<account>/<mark>   ends it; a mail program's one-click button sends it as well
"""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from feedback_app.database import db
from feedback_app.exchange.models import Subscription
from feedback_app.exchange.subscribe import is_stop_mark, subscription_of, unsubscribe
from feedback_app.languages import STAFF
from feedback_app.staff.models import Account
from feedback_app.web.locale import use_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("digest", __name__, url_prefix="/staff/digest")


@blueprint.get("/<account_id>/<mark>")
def ask(account_id: str, mark: str) -> ResponseReturnValue:
    return _page(done=_open(account_id, mark) is None)


@blueprint.post("/<account_id>/<mark>")
def act(account_id: str, mark: str) -> ResponseReturnValue:
    _open(account_id, mark)
    unsubscribe(db.session, account_id)
    return _page(done=True)


def _open(account_id: str, mark: str) -> Subscription | None:
    """The subscription that the account of a link of ours has now, if any. Any other link is unknown."""
    if not is_stop_mark(current_settings(), account_id, mark):
        abort(404)
    account = db.session.get(Account, account_id)
    if account is None:
        return None
    if account.locale in STAFF:
        use_language(account.locale)
    return subscription_of(db.session, account)


def _page(*, done: bool) -> str:
    return render_template("exchange/stop.html", done=done)
