"""Sign-in with Flask-Login over server-side sessions, and the gate before everything under /staff.

The cookie holds a random key, the table only its hash. What comes between `check_credentials` and
`start_session` is in `entering.py`; who comes through the government's own service, in `oidc.py`.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote, urlencode, urlsplit

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user
from sqlalchemy.orm import Session

from feedback_app.clock import APART
from feedback_app.database import db, now
from feedback_app.keys import derive
from feedback_app.languages import SOURCE, STAFF, language
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.staff.accounts import Passwords, comes_from_outside, find_account, normal_address
from feedback_app.staff.audit import record
from feedback_app.staff.held import hold
from feedback_app.staff.models import Account, SignInFailure, StaffSession
from feedback_app.staff.roles import NAVIGATION, OPEN, ROLE_NAMES, may_open
from feedback_app.staff.second_factor import CodeRefused, use_code
from feedback_app.web.locale import negotiate, use_language
from feedback_app.web.network import network

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)

WINDOW = timedelta(minutes=15)
FAILURES_PER_ACCOUNT = 10
FAILURES_PER_ADDRESS = 40  # an office shares one address

#: a session's last use is written at most this often, so that not every page is a write
_SEEN_EVERY = timedelta(minutes=1)
_PREFIX = "/staff"
_HANDLE = 16  # characters of a key's hash: enough to tell sessions apart, nothing to sign in with


class WrongCredentials(Exception):
    """Name and password do not belong together, or the account is closed: not told which."""


class TooManyFailures(Exception):
    """This account or this network failed too often; wait."""


@dataclass(frozen=True)
class Visitor:
    """What Flask-Login calls a user: an account together with the key of this one session."""

    account: Account
    key: str = field(repr=False)
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the cookie keeps: the session's key, never the account's."""
        return self.key


@dataclass(frozen=True)
class OpenSession:
    """One browser that is signed in: a handle to end it by, and when it began and was last used."""

    handle: str
    started_at: datetime
    seen_at: datetime
    here: bool


class StaffSessions(SecureCookieSessionInterface):
    """Sessions under /staff only: elsewhere no cookie is read, and none can be set."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The cookie's session, or one that holds nothing and takes nothing."""
        if request.path.startswith(_PREFIX):
            return super().open_session(app, request)
        return self.make_null_session(app)


def init_signin(app: Flask, settings: Settings) -> None:
    """Protect everything under /staff."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if settings.testing else None
    app.extensions["passwords"] = Passwords(cheap, settings.leaked_passwords)
    app.session_interface = StaffSessions()
    manager = LoginManager()
    manager.session_protection = None  # phones change address; the key itself is the proof
    manager.user_loader(_load)
    # Not init_app: that reads the session after every answer, also a respondent's, and says so in `Vary`.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.before_request(_gate)
    app.context_processor(_staff_context)


def current_account() -> Account:
    """The account this request is made with; only behind the gate."""
    account: Account = g.account
    return account


def check_credentials(
    database: Session, way: Passwords, email: str, password: str, *, address: str, secret: str
) -> Account:
    """The account these belong to; raises WrongCredentials or TooManyFailures.

    The attempt is written down as failed before it is checked and struck out when it succeeds, so
    that many attempts at the same moment, in several processes, count as many.
    """
    attempt = _attempt(database, secret, "account", normal_address(email), address)
    account = find_account(database, email)
    fits = way.matches(account, password)
    if account is None or not fits or comes_from_outside(database, account):
        _note_failure(database, account, "password")
        raise WrongCredentials
    if way.outdated(account):
        account.password_hash = way.hash(password)
    _strike_out(database, attempt)
    return account


def check_second_step(database: Session, account: Account, code: str, *, address: str, secret: str) -> str:
    """Use up the code this account showed; says which kind it was. WrongCredentials or TooManyFailures."""
    attempt = _attempt(database, secret, "second step", account.id, address)
    try:
        kind = use_code(database, secret, account, code)
    except CodeRefused as refused:
        _note_failure(database, account, "code")
        raise WrongCredentials from refused
    _strike_out(database, attempt)
    return kind


def start_session(database: Session, account: Account, way: str) -> Visitor:
    """Open a server-side session and return the visitor whose key goes into the cookie."""
    moment = now()
    database.execute(sa.delete(StaffSession).where(_over(moment)))
    key = secrets.token_urlsafe(32)
    row = StaffSession(key_hash=_hash(key), account_id=account.id, started_at=moment, seen_at=moment)
    database.add(row)
    record(database, "signin.done", account=account, region=account.region_key, way=way)
    database.commit()
    return Visitor(account, key)


def sign_in(visitor: Visitor) -> None:
    """Make this browser the visitor's; nothing from before signing in is kept."""
    session.clear()
    login_user(visitor)


def sign_out(database: Session) -> None:
    """End this browser's session, here and in the table."""
    record(database, "signin.ended", account=current_user.account, region=current_user.account.region_key)
    database.execute(sa.delete(StaffSession).where(StaffSession.key_hash == _hash(current_user.key)))
    database.commit()
    session.clear()


def too_many() -> str:
    """What a page says to who failed too often."""
    text: str = _("Er ging te vaak iets mis. Wacht een kwartier en probeer het dan opnieuw.")
    return text


def sessions_of(database: Session, account: Account) -> list[OpenSession]:
    """Where an account is signed in, this browser first, then the one used last."""
    moment, here = now(), _hash(current_user.key)
    query = sa.select(StaffSession).where(StaffSession.account_id == account.id, ~_over(moment))
    rows = database.scalars(query.order_by(StaffSession.seen_at.desc()))
    found = [
        OpenSession(row.key_hash[:_HANDLE], row.started_at, row.seen_at, row.key_hash == here) for row in rows
    ]
    return sorted(found, key=lambda one: not one.here)


def end_session(database: Session, account: Account, handle: str) -> bool:
    """Sign one browser of this account out; whether there was one. Commits."""
    mine = (
        StaffSession.account_id == account.id,
        sa.func.substr(StaffSession.key_hash, 1, _HANDLE) == handle,
    )
    ended = database.execute(sa.delete(StaffSession).where(*mine).returning(StaffSession.account_id)).all()
    if ended:
        record(
            database,
            "account.sessions_ended",
            account=account,
            subject=f"account:{account.id}",
            ended=len(ended),
        )
    database.commit()
    return bool(ended)


def speak(database: Session, account: Account, key: str) -> None:
    """Remember the language a colleague reads staff pages in."""
    account.locale = key
    database.commit()


def safe_target(target: str | None) -> str:
    """Where to go next: a page of ours under /staff, else the start page."""
    home = url_for("staff.home")
    if not target or any(character <= " " or character == "\\" for character in target):
        return home
    try:
        parts = urlsplit(target)
    except ValueError:  # “//[”: no address at all
        return home
    steps = unquote(parts.path).split("/")
    if parts.scheme or parts.netloc or steps[:2] != ["", "staff"] or ".." in steps:
        return home
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _load(key: str) -> Visitor | None:
    row = db.session.get(StaffSession, _hash(key))
    moment = now()
    if row is None or not row.account.active:
        return None
    idle = moment - row.seen_at
    if idle > IDLE or moment - row.started_at > ABSOLUTE or idle < -APART:
        db.session.execute(sa.delete(StaffSession).where(StaffSession.key_hash == row.key_hash))
        db.session.commit()
        return None
    if idle > _SEEN_EVERY:
        mine = StaffSession.key_hash == row.key_hash
        db.session.execute(sa.update(StaffSession).where(mine).values(seen_at=moment))
        db.session.commit()
    return Visitor(row.account, key)


def _gate() -> ResponseReturnValue | None:
    """Let nobody under /staff who is not signed in with a role that may be there."""
    rule = request.url_rule
    if rule is None:  # no such page; what says so speaks the colleague's language
        if request.path.startswith(_PREFIX) and current_user.is_authenticated:
            _speak_with(current_user.account)
        return None
    if not rule.rule.startswith(_PREFIX):
        return None
    if request.endpoint in OPEN:
        use_language(negotiate(STAFF, request.args.get("lang"), known=SOURCE))
        _refuse_nul()
        return None
    if not current_user.is_authenticated:
        use_language(negotiate(STAFF, None, known=SOURCE))
        if (held := hold()) is not None:
            return held
        wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
        query = urlencode({"next": wanted}) if wanted.rstrip("/") not in ("", _PREFIX) else ""
        return redirect(url_for("staff.login") + (f"?{query}" if query else ""))
    g.account = current_user.account
    _speak_with(g.account)
    if not may_open(g.account, request.endpoint or ""):
        _note_refusal(g.account, request.endpoint or "")
        abort(403)
    _refuse_nul()
    return None


def _note_refusal(account: Account, endpoint: str) -> None:
    record(db.session, "page.refused", account=account, subject=f"page:{endpoint}", region=account.region_key)
    db.session.commit()


def _speak_with(account: Account) -> None:
    use_language(account.locale if account.locale in STAFF else SOURCE)


def _refuse_nul() -> None:
    """PostgreSQL cannot hold this character and no keyboard makes it."""
    given = [request.path, *(value for _, value in request.values.items(multi=True))]
    if any("\x00" in value for value in given):
        abort(400)


def _staff_context() -> dict[str, object]:
    """What every staff template may use; nothing here asks the database before a template does."""
    if not request.path.startswith(_PREFIX):
        return {}
    return {
        "account": g.get("account"),
        "may": lambda endpoint: may_open(g.account, endpoint),
        "navigation": _navigation,
        "region_name": region_name,
        "role_names": ROLE_NAMES,
        "staff_languages": [language(key) for key in STAFF],
    }


def region_name(key: str | None) -> str:
    """A region's name; empty for none."""
    settings: Settings = current_app.extensions["settings"]
    return region_names(settings.surveys_dir).get(key, key) if key else ""


def _navigation() -> list[dict[str, object]]:
    open_to_me = [(url_for(name), label) for name, label in NAVIGATION if may_open(g.account, name)]
    path, home = request.path, url_for("staff.home")
    here = max((url for url, _ in open_to_me if url != home and _within(path, url)), key=len, default=None)
    items: list[dict[str, object]] = []
    for url, label in open_to_me:
        current = "page" if url == path else "true" if url == here else None
        items.append({"url": url, "name": label, "current": current})
    return items


def _within(path: str, url: str) -> bool:
    return path == url or path.startswith(url.rstrip("/") + "/")


def _attempt(database: Session, secret: str, kind: str, name: str, address: str) -> list[SignInFailure]:
    """Write an attempt down as failed; TooManyFailures when there were too many already."""
    limits = {
        _subject(secret, kind, name): FAILURES_PER_ACCOUNT,
        _subject(secret, "address", network(address)): FAILURES_PER_ADDRESS,
    }
    moment = now()
    at = SignInFailure.at  # later than clocks differ: one went back
    database.execute(sa.delete(SignInFailure).where((at < moment - WINDOW) | (at > moment + APART)))
    attempt = [SignInFailure(subject=subject, at=moment) for subject in limits]
    database.add_all(attempt)
    database.commit()
    if any(_failures(database, subject) > limit for subject, limit in limits.items()):
        _strike_out(database, attempt)
        raise TooManyFailures
    return attempt


def _note_failure(database: Session, account: Account | None, step: str) -> None:
    """One entry for a known and for an unknown name; what was typed is written nowhere."""
    record(database, "signin.failed", account=account, step=step)
    database.commit()


def _strike_out(database: Session, attempt: list[SignInFailure]) -> None:
    mine = [failure.id for failure in attempt]
    database.execute(sa.delete(SignInFailure).where(SignInFailure.id.in_(mine)))
    database.commit()


def _failures(database: Session, subject: str) -> int:
    counted = sa.select(sa.func.count()).select_from(SignInFailure)
    return database.scalar(counted.where(SignInFailure.subject == subject)) or 0


def _over(moment: datetime) -> sa.ColumnElement[bool]:
    """Left alone, or open, for too long; or used at a moment that is to come, because a clock went back."""
    seen, started = StaffSession.seen_at, StaffSession.started_at
    return (seen < moment - IDLE) | (started < moment - ABSOLUTE) | (seen > moment + APART)


def _subject(secret: str, kind: str, value: str) -> str:
    return hmac.new(derive(secret, f"signin {kind}"), value.encode(), hashlib.sha256).hexdigest()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
