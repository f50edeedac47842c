"""Colleagues at work in tests: the real application, real accounts, a client that signs in and posts forms."""

import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback_app import Settings, create_app
from feedback_app.database import db
from feedback_app.regions import region_names
from feedback_app.staff.accounts import add_account, passwords
from feedback_app.staff.models import Account
from tests.databases import CONTACT_KEY, SECRET

PASSWORD = "een lang voorbeeldwachtwoord"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def make_app(url: str, instance: Path, **changes: Any) -> Flask:
    """The application on a database, with cheap password hashing."""
    settings = Settings(
        secret_key=SECRET,
        contact_keys=(CONTACT_KEY,),
        database_url=url,
        instance_dir=instance,
        second_factor=False,
        testing=True,
    )
    return create_app(settings.but(**changes))


def close_app(app: Flask) -> None:
    """Give the connections back, so that the database can be removed."""
    made = app.extensions["jobs"]
    if "queue" in vars(made):
        made.queue.storage.close()
    with app.app_context():
        db.engine.dispose()


def address_of(role: str) -> str:
    """The address of the example account with a role."""
    return f"{role}@voorbeeld.example"


def add(app: Flask, role: str, *, region: str | None = None, email: str = "") -> str:
    """Add an account (a netwerkmedewerker works for Kempen unless told otherwise); give its id."""
    with app.app_context():
        regions = region_names(app.extensions["settings"].surveys_dir)
        if role == "netwerkmedewerker" and region is None:
            region = "kempen"
        email = email or address_of(role)
        account = add_account(db.session, passwords(), email, role, PASSWORD, region=region, regions=regions)
        return account.id


def account_of(app: Flask, email: str) -> Account:
    """The stored account, detached."""
    with app.app_context():
        found = db.session.scalars(sa.select(Account).where(Account.email == email)).one()
        db.session.expunge(found)
        return found


class Browser:
    """A browser of one colleague: follows no redirect, sends each form with the token of its page."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self._at_hand = ("", "")

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def token(self, path: str) -> str:
        """The token in a page's form."""
        found = _TOKEN.search(self.client.get(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def post(self, path: str, data: dict[str, Any] | None = None, *, form: str = "") -> TestResponse:
        """Post a form with the token of the page `form`, or of one opened before; a remark's with what its page showed."""
        token = self.token(form) if form else self._token_at_hand()
        return self.client.post(path, data={"csrf_token": token, **self._seen(path), **(data or {})})

    def _token_at_hand(self) -> str:
        """The start page's token, which stays good for as long as somebody is signed in."""
        if self._at_hand[0] != self._secret():
            token = self.token("/staff/")
            self._at_hand = self._secret(), token
        return self._at_hand[1]

    def _secret(self) -> str:
        """What the tokens of this browser's pages are made of, from its cookie."""
        with self.client.session_transaction("/staff/") as kept:
            return str(kept.get("csrf_token", "?"))

    def _seen(self, path: str) -> dict[str, str]:
        if not re.fullmatch("/staff/remarks/[a-z0-9]+", path):
            return {}
        return dict(re.findall('name="(seen)" value="([^"]+)"', self.client.get(path).text))

    def try_to_sign_in(
        self, email: str, password: str = PASSWORD, *, target: str = "", remote: str = "127.0.0.1"
    ) -> TestResponse:
        """Fill in and send the sign-in page."""
        page = "/staff/login" + (f"?next={target}" if target else "")
        data = {"csrf_token": self.token(page), "email": email, "password": password}
        return self.client.post(page, data=data, environ_base={"REMOTE_ADDR": remote})


def signed_in(app: Flask, role: str, **account: Any) -> Browser:
    """A browser in which a new colleague with this role is signed in."""
    add(app, role, **account)
    browser = Browser(app)
    answer = browser.try_to_sign_in(account.get("email") or address_of(role))
    assert answer.status_code == 302, answer.text
    return browser
