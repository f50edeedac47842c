"""Between the password and the session: what a colleague still has to show before being signed in.

A signed cookie remembers for ten minutes who gave the right password. It opens no page.
"""

import hmac
import time
from dataclasses import dataclass

from flask import session as cookie
from flask import url_for
from sqlalchemy.orm import Session

from feedback_app.keys import derive, seal, unseal
from feedback_app.settings import Settings
from feedback_app.staff import signin
from feedback_app.staff.models import Account
from feedback_app.staff.second_factor import has_factor, new_secret

_SECONDS = 600
_ENTERING, _APP = "entering", "app"
_PURPOSE = "second factor being set up"


@dataclass(frozen=True)
class Entering:
    """Somebody who gave the right password, and the page they want."""

    account: Account
    target: str


def proceed(database: Session, settings: Settings, account: Account, target: str) -> str:
    """Where to go after the right password: to the second step, to setting it up, or in."""
    known = has_factor(database, account)
    if not known and not settings.second_factor:
        enter(database, account, "password")
        return target
    cookie.clear()
    cookie[_ENTERING] = [account.id, _trace(settings, account), int(time.time()), target]
    return url_for("second_step.ask" if known else "second_step.set_up")


def entering(database: Session, settings: Settings) -> Entering | None:
    """Who is between password and session; None for nobody, or when it took too long."""
    try:
        account_id, trace, at, target = cookie[_ENTERING]
    except (KeyError, TypeError, ValueError):
        return None
    account = database.get(Account, account_id)
    if account is None or not account.active or time.time() - at > _SECONDS:
        return None
    # a password replaced meanwhile makes this one worth nothing
    return Entering(account, target) if hmac.compare_digest(trace, _trace(settings, account)) else None


def enter(database: Session, account: Account, way: str) -> None:
    """Open a session in this browser; `way` says how it was proved."""
    signin.sign_in(signin.start_session(database, account, way))


def app_secret(settings: Settings) -> str:
    """The secret of the app that is being set up in this browser, the same until it is in use."""
    if _APP not in cookie:
        cookie[_APP] = seal(settings.secret_key, _PURPOSE, new_secret().encode("ascii"))
    return unseal(settings.secret_key, _PURPOSE, cookie[_APP]).decode("ascii")


def forget_app() -> None:
    """The app is in use: its secret leaves the browser."""
    cookie.pop(_APP, None)


def _trace(settings: Settings, account: Account) -> str:
    key = derive(settings.secret_key, "entering")
    return hmac.new(key, account.password_hash.encode(), "sha256").hexdigest()
