"""The second step of signing in, recovery codes, links for colleagues, and what one sees of one's own account."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from feedback_app.database import db, now
from feedback_app.staff import signin
from feedback_app.staff.audit import verify
from feedback_app.staff.models import AuditEntry, ColleagueLink, RecoveryCode, SecondFactor, StaffSession
from feedback_app.staff.second_factor import address_for_app
from tests.staff import PASSWORD, Browser, account_of, add, address_of, close_app, make_app, signed_in

NAME = address_of("analist")


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path, second_factor=True)
    add(made, "analist")
    yield made
    close_app(made)


@pytest.fixture
def either(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The same on both databases, where what is used up is counted."""
    made = make_app(migrated_url, tmp_path, second_factor=True)
    add(made, "analist")
    yield made
    close_app(made)


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def secret_on(page: str) -> str:
    found = re.search(r'<code class="secret"[^>]*>([A-Z2-7]{32})</code>', page)
    assert found, page
    return found[1]


def codes_on(page: str) -> list[str]:
    return re.findall(r'<code class="secret"[^>]*>([a-z0-9-]{14})</code>', page)


def set_up(app: Flask, email: str = NAME) -> tuple[Browser, str, list[str]]:
    """A colleague who signed in for the first time: the browser, the app's secret, the recovery codes."""
    browser = Browser(app)
    assert browser.try_to_sign_in(email).location == "/staff/login/app"
    secret = secret_on(browser.get("/staff/login/app").text)
    page = send(browser, "/staff/login/app", code_of(secret))
    return browser, secret, codes_on(page.text)


def send(browser: Browser, path: str, code: str, remote: str = "127.0.0.1") -> TestResponse:
    data = {"csrf_token": browser.token(path), "code": code}
    return browser.client.post(path, data=data, environ_base={"REMOTE_ADDR": remote})


def second_step(app: Flask, code: str, email: str = NAME, target: str = "") -> TestResponse:
    browser = Browser(app)
    assert browser.try_to_sign_in(email, target=target).location == "/staff/login/code"
    return send(browser, "/staff/login/code", code)


def forget_steps(app: Flask) -> None:
    """As if the app's last code had been used long ago."""
    with app.app_context():
        db.session.execute(sa.update(SecondFactor).values(last_step=0))
        db.session.commit()


def test_the_first_sign_in_sets_the_second_step_up_and_shows_recovery_codes_once(app: Flask) -> None:
    waiting = Browser(app)
    waiting.try_to_sign_in(NAME)
    assert waiting.get("/staff/").status_code == 302, "the password alone opens nothing"
    page = waiting.get("/staff/login/app").text
    assert secret_on(page) == secret_on(waiting.get("/staff/login/app").text), "the picture stays the same"
    assert '<svg class="qr"' in page or 'class="qr"' in page
    refused = send(waiting, "/staff/login/app", "000000")
    assert "past niet" in refused.text and secret_on(refused.text) == secret_on(page)
    browser, secret, codes = set_up(app)
    assert len(set(codes)) == 10
    assert browser.get("/staff/").status_code == 200
    assert codes[0] not in browser.get("/staff/account").text
    assert waiting.get("/staff/login/app").location == "/staff/login", "nobody else sets up another app"
    with app.app_context():
        row = db.session.scalars(sa.select(SecondFactor)).one()
        assert secret not in row.secret_sealed
        assert not {code.replace("-", "") for code in codes} & set(
            db.session.scalars(sa.select(RecoveryCode.code_hash))
        )


def test_the_address_in_the_picture_is_what_apps_read() -> None:
    parts = urlsplit(address_for_app("JBSWY3DPEHPK3PXP" * 2, NAME))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query)["secret"] == ["JBSWY3DPEHPK3PXP" * 2]


def test_a_code_works_once_and_only_around_now(either: Flask) -> None:
    _browser, secret, _codes = set_up(either)
    assert second_step(either, code_of(secret)).status_code == 403, "used at the set-up"
    forget_steps(either)
    spaced = f"{code_of(secret)[:3]} {code_of(secret)[3:]}"
    answer = second_step(either, spaced, target="/staff/signals")
    assert (answer.status_code, answer.location) == (302, "/staff/signals")
    assert second_step(either, code_of(secret)).status_code == 403
    forget_steps(either)
    assert second_step(either, code_of(secret, 10)).status_code == 403
    assert second_step(either, code_of(secret, -10)).status_code == 403


def test_a_recovery_code_works_once(either: Flask) -> None:
    _browser, _secret, codes = set_up(either)
    assert second_step(either, codes[0].upper()).status_code == 302
    assert second_step(either, codes[0]).status_code == 403
    assert second_step(either, codes[1].replace("-", " ")).status_code == 302
    with either.app_context():
        assert len(db.session.scalars(sa.select(RecoveryCode)).all()) == 8


def test_guessing_codes_is_slowed_down_from_any_address(app: Flask) -> None:
    _browser, secret, codes = set_up(app)
    guessing = Browser(app)
    guessing.try_to_sign_in(NAME)
    for turn in range(signin.FAILURES_PER_ACCOUNT):
        assert send(guessing, "/staff/login/code", "000000", f"192.0.2.{turn}").status_code == 403
    assert send(guessing, "/staff/login/code", codes[0], "192.0.2.99").status_code == 429
    with app.app_context():
        said = [entry.facts for entry in db.session.scalars(sa.select(AuditEntry)) if "step" in entry.facts]
    assert said == [{"step": "code"}] * signin.FAILURES_PER_ACCOUNT
    assert secret and code_of(secret) not in str(said)


def test_what_the_password_opened_ends_with_it_and_after_ten_minutes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(app)
    waiting = Browser(app)
    waiting.try_to_sign_in(NAME)
    assert waiting.get("/staff/login/code").status_code == 200
    clock = time.time
    monkeypatch.setattr("feedback_app.staff.entering.time.time", lambda: clock() + 601)
    assert waiting.get("/staff/login/code").location == "/staff/login"
    monkeypatch.undo()
    with app.app_context():
        found = signin.find_account(db.session, NAME)
        assert found
        found.password_hash = app.extensions["passwords"].hash("een heel ander wachtwoord")
        db.session.commit()
    assert waiting.get("/staff/login/code").location == "/staff/login"
    assert Browser(app).get("/staff/login/code").location == "/staff/login"


def test_another_app_needs_the_password_and_replaces_the_first(app: Flask) -> None:
    browser, old, codes = set_up(app)
    page = "/staff/account/app"
    secret = secret_on(browser.get(page).text)
    wrong = browser.post(page, {"code": code_of(secret), "current": "verkeerd"}, form=page)
    assert "niet je huidige wachtwoord" in wrong.text
    done = browser.post(page, {"code": code_of(secret), "current": PASSWORD}, form=page)
    assert len(codes_on(done.text)) == 10 and not set(codes_on(done.text)) & set(codes)
    forget_steps(app)
    assert second_step(app, code_of(old)).status_code == 403
    assert second_step(app, codes[0]).status_code == 403
    assert second_step(app, code_of(secret)).status_code == 302
    renewed = browser.post("/staff/account/codes", {"current": PASSWORD}, form="/staff/account/codes")
    assert second_step(app, codes_on(done.text)[0]).status_code == 403
    assert second_step(app, codes_on(renewed.text)[0]).status_code == 302


def test_an_administrator_clears_the_second_step_of_who_lost_the_phone(app: Flask) -> None:
    add(app, "beheerder")
    manager, _secret, _codes = set_up(app, address_of("beheerder"))
    set_up(app)
    path = f"/staff/accounts/{account_of(app, NAME).id}"
    assert manager.post(f"{path}/clear-app", form=path).status_code == 302
    own = f"/staff/accounts/{account_of(app, address_of('beheerder')).id}"
    for deed in ("clear-app", "link"):  # not without the password
        assert manager.post(f"{own}/{deed}", form=own).status_code == 404
    assert Browser(app).try_to_sign_in(NAME).location == "/staff/login/app"
    assert Browser(app).try_to_sign_in(address_of("beheerder")).location == "/staff/login/code"


def test_a_colleague_joins_with_a_link_that_works_once(app: Flask) -> None:
    add(app, "beheerder")
    manager, _secret, _codes = set_up(app, address_of("beheerder"))
    new = {"email": "nieuw@voorbeeld.example", "role": "lezer", "region": ""}
    made = manager.post("/staff/accounts/new", new)
    link = re.search(r"http://127.0.0.1:8000(/staff/invited/[\w-]{43})", made.text)
    assert link, made.text
    path, chosen = link[1], "een zelf gekozen wachtwoord"
    assert Browser(app).try_to_sign_in(new["email"], "").status_code == 200
    assert Browser(app).try_to_sign_in(new["email"], "wat dan ook").status_code == 403
    browser = Browser(app)
    browser.get(path)
    assert "niet gelijk" in browser.post(path, {"password": chosen, "again": "anders"}, form=path).text
    answer = browser.post(path, {"password": chosen, "again": chosen}, form=path)
    assert answer.location == "/staff/login/app"
    assert Browser(app).get(path).status_code == 404
    assert Browser(app).try_to_sign_in(new["email"], chosen).location == "/staff/login/app"
    with app.app_context():
        assert db.session.scalars(sa.select(ColleagueLink)).all() == []


def test_a_link_goes_stale_and_a_newer_one_replaces_it(app: Flask) -> None:
    manager = Browser(app)
    add(app, "beheerder")
    manager, _secret, _codes = set_up(app, address_of("beheerder"))
    detail = f"/staff/accounts/{account_of(app, NAME).id}"
    links = [
        urlsplit(re.findall(r"http://[^<]+/staff/invited/[\w-]+", page.text)[0]).path
        for page in (manager.post(f"{detail}/link", form=detail) for _ in range(2))
    ]
    assert Browser(app).get(links[0]).status_code == 404
    assert Browser(app).get(links[1]).status_code == 200
    with app.app_context():
        db.session.execute(sa.update(ColleagueLink).values(until_at=now() - timedelta(minutes=1)))
        db.session.commit()
    assert Browser(app).get(links[1]).status_code == 404
    assert Browser(app).try_to_sign_in(NAME).status_code == 302, "what worked before the link works still"


def test_sessions_are_listed_and_ended_one_by_one_or_all(app: Flask) -> None:
    app.extensions["settings"] = app.extensions["settings"].but(second_factor=False)
    here, there = Browser(app), Browser(app)
    for browser in (here, there):
        browser.try_to_sign_in(NAME)
    stranger = signed_in(app, "redacteur")
    handles = re.findall(r"/staff/account/sessions/(\w+)/end", here.get("/staff/account").text)
    assert len(handles) == 1, "the other browser of the same account, and nobody else's"
    assert stranger.post(f"/staff/account/sessions/{handles[0]}/end").status_code == 302
    assert there.get("/staff/").status_code == 200, "nobody ends a session of somebody else"
    here.post(f"/staff/account/sessions/{handles[0]}/end")
    assert there.get("/staff/").status_code == 302
    assert here.get("/staff/").status_code == 200
    manager = signed_in(app, "beheerder")
    detail = f"/staff/accounts/{account_of(app, NAME).id}"
    assert manager.post(f"{detail}/sign-out", form=detail).status_code == 302
    assert here.get("/staff/").status_code == 302
    with app.app_context():
        assert len(db.session.scalars(sa.select(StaffSession)).all()) == 2
        assert verify(db.session).fault == ""
