"""Signing in: one test per clause of what a sign-in must hold to."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.low_level import Type
from click.testing import CliRunner
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from feedback_app.cli import main
from feedback_app.database import db, now
from feedback_app.staff import signin
from feedback_app.staff.accounts import Passwords
from feedback_app.staff.commands import users
from feedback_app.staff.models import Account, SignInFailure, StaffSession
from feedback_app.staff.oidc import Started
from feedback_app.web.network import network
from tests.staff import PASSWORD, Browser, account_of, add, address_of, close_app, make_app, signed_in

NAME = address_of("analist")


@pytest.fixture
def app(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_url, tmp_path)
    yield made
    close_app(made)


def neutral(page: str) -> str:
    """A page without what differs each time or was typed in."""
    return re.sub(r'value="[^"]*"', "", page)


def shift(app: Flask, **back: timedelta) -> None:
    """Move moments of every session back."""
    with app.app_context():
        for row in db.session.scalars(sa.select(StaffSession)):
            for name, by in back.items():
                setattr(row, name, now() - by)
        db.session.commit()


def cookie_content(app: Flask, browser: Browser) -> dict[str, Any]:
    cookie = browser.client.get_cookie("feedback_staff", path="/staff")
    assert cookie
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    content: dict[str, Any] = serializer.loads(cookie.value)
    return content


def test_right_password_leads_in_with_a_cookie_for_staff_pages_only(
    migrated_url: str, tmp_path: Path
) -> None:
    app = make_app(migrated_url, tmp_path, base_url="https://feedback.example")
    add(app, "analist")
    browser = Browser(app)
    page = browser.client.get("/staff/login", base_url="https://feedback.example")
    token = re.search(r'csrf_token" value="([^"]+)"', page.text)
    assert token
    answer = browser.client.post(
        "/staff/login",
        data={"csrf_token": token[1], "email": f" {NAME.upper()}", "password": PASSWORD},
        base_url="https://feedback.example",
        headers={"Referer": "https://feedback.example/staff/login"},
    )
    assert (answer.status_code, answer.location) == (302, "/staff/")
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    assert cookies[0].startswith("__Secure-feedback_staff=")
    for part in ("Path=/staff", "HttpOnly", "Secure", "SameSite=Lax"):
        assert part in cookies[0]
    assert "Expires" not in cookies[0]
    close_app(app)


def test_wrong_password_unknown_name_and_closed_account_get_the_same_answer(app: Flask) -> None:
    add(app, "analist")
    add(app, "lezer")
    run(app, "deactivate", address_of("lezer"))
    answers = [
        Browser(app).try_to_sign_in(email, password)
        for email, password in (
            (NAME, "verkeerd wachtwoord"),
            ("niemand@voorbeeld.example", PASSWORD),
            (address_of("lezer"), PASSWORD),
        )
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({neutral(answer.text) for answer in answers}) == 1
    assert "horen niet bij elkaar" in answers[0].text


class CountingHasher(PasswordHasher):
    """The real hasher, which also counts."""

    verified = 0

    def verify(self, *args: Any, **kwargs: Any) -> Any:
        self.verified += 1
        return super().verify(*args, **kwargs)


def test_the_same_work_is_done_for_an_unknown_name(app: Flask) -> None:
    add(app, "analist")
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    way = Passwords(hasher)
    assert not way.matches(None, PASSWORD)
    assert hasher.verified == 1
    assert way.matches(account_of(app, NAME), PASSWORD)
    assert hasher.verified == 2


def test_a_password_counts_as_it_was_typed_and_managers_may_fill_it_in(app: Flask) -> None:
    add(app, "analist")
    for other in (PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.replace(" ", "  ")):
        assert Browser(app).try_to_sign_in(NAME, other).status_code == 403, other
    browser = Browser(app)
    assert re.search(
        r'<input[^>]*autocomplete="current-password"[^>]*type="password"', browser.get("/staff/login").text
    )
    assert browser.try_to_sign_in(NAME).status_code == 302
    page = browser.get("/staff/password").text
    assert len(re.findall(r'autocomplete="new-password"[^>]*type="password"', page)) == 2


def test_passwords_are_argon2id_with_at_least_the_recommended_cost() -> None:
    made = Passwords()._hasher
    assert made.type is Type.ID
    # RFC 9106, section 4: the second recommended option
    assert (made.time_cost, made.memory_cost, made.parallelism) == (3, 64 * 1024, 4)


def test_a_hash_with_other_parameters_is_renewed_at_sign_in(app: Flask) -> None:
    add(app, "analist")
    with app.app_context():
        account = signin.find_account(db.session, NAME)
        assert account
        account.password_hash = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
        db.session.commit()
    assert Browser(app).try_to_sign_in(NAME).status_code == 302
    assert "m=8,t=1,p=1" in account_of(app, NAME).password_hash


def test_the_cookie_holds_a_key_of_which_the_table_holds_only_the_hash(app: Flask) -> None:
    browser = signed_in(app, "analist")
    key = cookie_content(app, browser)["_user_id"]
    with app.app_context():
        row = db.session.scalars(sa.select(StaffSession)).one()
        assert row.key_hash == hashlib.sha256(key.encode()).hexdigest()
        assert row.account_id not in key
        assert len(key) >= 43  # 256 bits


def test_no_key_stands_in_what_is_handed_around() -> None:
    started = Started("https://a.example/?state=geheim", "geheim", "geheim", "geheim")
    handed = (signin.Visitor(Account(email=NAME), "geheim"), started)
    assert "geheim" not in "".join(map(repr, handed))


def test_signing_in_keeps_nothing_from_before(app: Flask) -> None:
    add(app, "analist")
    browser = Browser(app)
    browser.get("/staff/login")
    before = cookie_content(app, browser)
    browser.try_to_sign_in(NAME)
    browser.get("/staff/")
    after = cookie_content(app, browser)
    assert before["csrf_token"] != after["csrf_token"]


@pytest.mark.parametrize(
    ("back", "status"),
    [
        ({"seen_at": timedelta(minutes=29)}, 200),
        ({"seen_at": timedelta(minutes=31)}, 302),
        ({"started_at": timedelta(hours=9, minutes=59)}, 200),
        ({"started_at": timedelta(hours=10, minutes=1)}, 302),
        ({"seen_at": -timedelta(minutes=9)}, 200),  # another machine's clock
        ({"seen_at": -timedelta(days=3)}, 302),  # a clock that went back
    ],
)
def test_a_session_ends_when_idle_and_after_ten_hours(app: Flask, back: dict[str, Any], status: int) -> None:
    browser = signed_in(app, "analist")
    shift(app, **back)
    assert browser.get("/staff/").status_code == status
    assert browser.get("/staff/").status_code == status


def test_each_use_puts_the_idle_end_off(app: Flask) -> None:
    browser = signed_in(app, "analist")
    for _ in range(2):
        shift(app, seen_at=timedelta(minutes=20))
        assert browser.get("/staff/").status_code == 200
    with app.app_context():
        assert now() - db.session.scalars(sa.select(StaffSession.seen_at)).one() < timedelta(minutes=5)


def test_signing_out_is_a_post_and_ends_the_session_on_the_server(app: Flask) -> None:
    browser = signed_in(app, "analist")
    kept = browser.client.get_cookie("feedback_staff", path="/staff")
    assert kept
    assert browser.get("/staff/logout").status_code == 405
    assert browser.get("/staff/").status_code == 200
    assert browser.post("/staff/logout").location == "/staff/login"
    browser.client.set_cookie("feedback_staff", kept.value, path="/staff")
    assert browser.get("/staff/").status_code == 302


def test_a_form_from_elsewhere_is_refused(app: Flask) -> None:
    browser = signed_in(app, "beheerder")
    assert browser.client.post("/staff/logout").status_code == 400
    assert (
        browser.client.post("/staff/accounts/new", data={"email": "x@voorbeeld.example"}).status_code == 400
    )
    assert browser.get("/staff/").status_code == 200


TARGETS = {
    "/staff/signals": "/staff/signals",
    "/staff/signals%3Fstate=signaal": "/staff/signals?state=signaal",
    "https://elders.example/staff/": "/staff/",
    "//elders.example/staff": "/staff/",
    "/%5Celders.example/staff": "/staff/",
    "/privacy": "/staff/",
    "/staffelders": "/staff/",
    "/staff/../privacy": "/staff/",
    "/staff/%252e%252e/privacy": "/staff/",
    "javascript:alert(1)": "/staff/",
    "//[staff": "/staff/",
    "/staff/%0d%0aSet-Cookie:x=y": "/staff/",
}


def test_after_signing_in_one_lands_on_a_staff_page(app: Flask) -> None:
    add(app, "analist")
    landed = {target: Browser(app).try_to_sign_in(NAME, target=target).location for target in TARGETS}
    assert landed == TARGETS


def test_the_page_one_wanted_is_remembered(app: Flask) -> None:
    assert Browser(app).get("/staff/signals?state=signaal").location == (
        "/staff/login?next=%2Fstaff%2Fsignals%3Fstate%3Dsignaal"
    )


@pytest.mark.parametrize("email", [NAME, "niemand@voorbeeld.example"])
def test_after_ten_failures_an_account_waits_whether_it_exists_or_not(
    app: Flask, migrated_url: str, tmp_path: Path, email: str
) -> None:
    add(app, "analist")
    add(app, "redacteur")
    other_process = make_app(migrated_url, tmp_path)
    for turn in range(10):
        answer = Browser((app, other_process)[turn % 2]).try_to_sign_in(
            email, "verkeerd", remote=f"192.0.2.{turn}"
        )
        assert answer.status_code == 403
    assert Browser(app).try_to_sign_in(email, PASSWORD, remote="192.0.2.99").status_code == 429
    assert Browser(app).try_to_sign_in(address_of("redacteur")).status_code == 302
    with app.app_context():
        db.session.execute(sa.update(SignInFailure).values(at=now() - timedelta(minutes=16)))
        db.session.commit()
    assert Browser(app).try_to_sign_in(NAME).status_code == 302
    close_app(other_process)


def test_one_address_cannot_try_many_accounts(app: Flask) -> None:
    add(app, "analist")
    for turn in range(signin.FAILURES_PER_ADDRESS):
        Browser(app).try_to_sign_in(f"naam{turn}@voorbeeld.example", "verkeerd", remote="192.0.2.1")
    assert Browser(app).try_to_sign_in(NAME, remote="192.0.2.1").status_code == 429
    assert Browser(app).try_to_sign_in(NAME, remote="192.0.2.2").status_code == 302
    with app.app_context():
        db.session.execute(sa.update(SignInFailure).values(at=now() + timedelta(days=3)))
        db.session.commit()
    assert Browser(app).try_to_sign_in(NAME, remote="192.0.2.1").status_code == 302, "the clock went back"


def test_one_ipv6_network_is_one_address(migrated_sqlite_url: str, tmp_path: Path) -> None:
    """A connection gets a whole /64: with a new address for each attempt it would never have to wait."""
    app = make_app(migrated_sqlite_url, tmp_path)
    add(app, "analist")
    browser = Browser(app)
    for turn in range(signin.FAILURES_PER_ADDRESS):
        remote = f"2001:db8:1:2::{turn + 1:x}"
        assert (
            browser.try_to_sign_in(f"naam{turn}@voorbeeld.example", "verkeerd", remote=remote).status_code
            == 403
        )
    assert browser.try_to_sign_in(NAME, remote="2001:db8:1:2:ffff::1").status_code == 429
    assert browser.try_to_sign_in(NAME, remote="2001:db8:1:3::1").status_code == 302
    close_app(app)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_networks(address: str, found: str) -> None:
    assert network(address) == found


def test_failures_are_kept_without_names_or_addresses(app: Flask) -> None:
    Browser(app).try_to_sign_in(NAME, "verkeerd", remote="192.0.2.7")
    with app.app_context():
        subjects = list(db.session.scalars(sa.select(SignInFailure.subject)))
    assert len(subjects) == 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", subject) for subject in subjects)
    assert hashlib.sha256(NAME.encode()).hexdigest() not in subjects


def test_closing_an_account_ends_its_sessions(app: Flask) -> None:
    manager = signed_in(app, "beheerder")
    browser = signed_in(app, "analist")
    closing = f"/staff/accounts/{account_of(app, NAME).id}/deactivate"
    assert "meteen overal afgemeld" in manager.get(closing).text
    assert browser.get("/staff/").status_code == 200
    assert manager.post(closing).status_code == 302
    assert browser.get("/staff/").status_code == 302
    assert Browser(app).try_to_sign_in(NAME).status_code == 403


def test_guessing_the_own_password_counts_as_at_the_sign_in_page(app: Flask) -> None:
    """Somebody at a computer left open does not try for long."""
    browser = signed_in(app, "analist")
    new = {"password": "een ander lang wachtwoord", "again": "een ander lang wachtwoord"}
    for _ in range(20):
        page = browser.post("/staff/password", {"current": "verkeerd", **new}).text
    assert "niet je huidige wachtwoord" not in page and "Wacht" in page
    assert browser.post("/staff/password", {"current": PASSWORD, **new}).status_code == 200
    assert Browser(app).try_to_sign_in(NAME, new["password"]).status_code != 302


def test_replacing_the_password_ends_every_other_session(app: Flask) -> None:
    browser = signed_in(app, "analist")
    elsewhere = Browser(app)
    elsewhere.try_to_sign_in(NAME)
    new = {"password": "een ander lang wachtwoord", "again": "een ander lang wachtwoord"}
    refused = browser.post("/staff/password", {"current": "verkeerd", **new})
    assert "niet je huidige wachtwoord" in refused.text
    assert browser.post("/staff/password", {"current": PASSWORD, **new}).status_code == 302
    assert browser.get("/staff/").status_code == 200
    assert elsewhere.get("/staff/").status_code == 302
    assert Browser(app).try_to_sign_in(NAME, new["password"]).status_code == 302


def test_a_new_account_gets_a_link_that_is_shown_once(app: Flask) -> None:
    manager = signed_in(app, "beheerder")
    made = manager.post(
        "/staff/accounts/new", {"email": "nieuw@voorbeeld.example", "role": "lezer", "region": ""}
    )
    link = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', made.text)
    assert link, made.text
    detail = f"/staff/accounts/{account_of(app, 'nieuw@voorbeeld.example').id}"
    for page in ("/staff/accounts", detail):
        assert link[1] not in manager.get(page).text
    assert Browser(app).try_to_sign_in("nieuw@voorbeeld.example", link[1]).status_code == 403


REFUSALS = [
    ({"email": "geen adres"}, "geen e-mailadres"),
    ({"email": address_of("beheerder")}, "al een account"),
    ({"role": ""}, "Kies een rol"),
    ({"role": "netwerkmedewerker"}, "Kies de regio"),
    ({"role": "beheerder", "region": "kempen"}, "Laat de regio leeg"),
]


def test_an_account_that_cannot_be_is_refused_with_its_reason(app: Flask) -> None:
    manager = signed_in(app, "beheerder")
    for values, text in REFUSALS:
        given = {"email": "nieuw@voorbeeld.example", "role": "lezer", "region": "", **values}
        page = manager.post("/staff/accounts/new", given).text
        assert text in page
        assert f'value="{given["email"]}"' in page


def test_a_password_that_can_be_guessed_is_refused_when_it_is_chosen(app: Flask, tmp_path: Path) -> None:
    leaked = "paarden lezen nooit"
    file = tmp_path / "leaked"
    file.write_text(hashlib.sha1(leaked.encode()).hexdigest() + ":3\n")
    app.extensions["passwords"] = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), file)
    browser = signed_in(app, "analist")
    for chosen, text in ((leaked, "uitgelekt"), ("Welkom2026!!", "makkelijk te raden")):
        given = {"current": PASSWORD, "password": chosen, "again": chosen}
        assert text in browser.post("/staff/password", given).text
    assert Browser(app).try_to_sign_in(NAME).status_code == 302  # the one before still opens it
    refused = run(app, "password", NAME, given="Welkom2026!!\n" * 2)
    assert refused.exit_code == 1 and "first to be tried" in refused.stderr


def test_nobody_closes_the_own_account_and_one_administrator_stays(app: Flask) -> None:
    manager = signed_in(app, "beheerder")
    own = f"/staff/accounts/{account_of(app, address_of('beheerder')).id}/deactivate"
    assert "niet sluiten" in manager.post(own).text
    assert run(app, "deactivate", address_of("beheerder")).exit_code == 1
    assert manager.get("/staff/").status_code == 200


def test_the_language_is_chosen_by_a_form_and_stays(app: Flask) -> None:
    browser = signed_in(app, "analist")
    assert '<html lang="nl"' in browser.get("/staff/").text
    answer = browser.post("/staff/language", {"locale": "en", "back": "/staff/signals?state="})
    assert answer.location == "/staff/signals?state="
    assert '<html lang="en"' in browser.get("/staff/").text
    assert browser.post("/staff/language", {"locale": "tlh"}).status_code == 400
    again = Browser(app)
    again.try_to_sign_in(NAME)
    assert '<html lang="en"' in again.get("/staff/").text


def test_pages_for_everybody_set_no_cookie_and_do_not_depend_on_one(app: Flask) -> None:
    browser = signed_in(app, "analist")
    for path in ("/", "/privacy", "/static/css/tokens.css"):
        answer = browser.get(path)
        answer.close()
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path


# --- feedback-app users --------------------------------------------------------------------------


def run(app: Flask, *arguments: str, given: str = "") -> Any:
    # the root command makes the application from the environment; here it is handed this one
    return CliRunner().invoke(users, list(arguments), obj=lambda: app, input=given)


def test_accounts_from_the_command_line(app: Flask) -> None:
    added = run(app, "add", NAME, "--role", "analist", "--password-stdin", given=PASSWORD + "\n")
    assert (added.exit_code, added.stdout) == (0, f"added {NAME} (analist)\n")
    listed = json.loads(run(app, "list", "--json").stdout)
    assert listed == [{"email": NAME, "role": "analist", "region": None, "active": True}]
    assert run(app, "password", NAME, given="nieuw lang wachtwoord\n" * 2).exit_code == 0
    assert Browser(app).try_to_sign_in(NAME, "nieuw lang wachtwoord").status_code == 302
    joined = run(app, "add", "nieuw@voorbeeld.example", "--role", "lezer")
    assert "added nieuw@voorbeeld.example (lezer)" in joined.stdout
    links = [joined.stdout.split()[-1], run(app, "invite", "nieuw@voorbeeld.example").stdout.strip()]
    assert [Browser(app).get(urlsplit(link).path).status_code for link in links] == [404, 200]
    assert run(app, "clear-second-factor", NAME).exit_code == 0
    assert run(app, "deactivate", NAME).exit_code == 0
    assert run(app, "invite", NAME).exit_code == 1
    assert "(closed)" in run(app, "list").stdout


@pytest.mark.parametrize(
    ("arguments", "given", "reason"),
    [
        (("add", "x@voorbeeld.example", "--role", "lezer", "--password-stdin"), "kort\n", "at least 12"),
        (("add", "geen", "--role", "lezer", "--password-stdin"), PASSWORD, "not an e-mail address"),
        (("add", NAME, "--role", "netwerkmedewerker", "--password-stdin"), PASSWORD, "--region"),
        (("add", NAME, "--role", "lezer", "--region", "x", "--password-stdin"), PASSWORD, "no such region"),
        (("deactivate", "niemand@voorbeeld.example"), "", "no account"),
    ],
)
def test_a_refused_command_says_why_and_stores_nothing(
    app: Flask, arguments: tuple[str, ...], given: str, reason: str
) -> None:
    result = run(app, *arguments, given=given)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert json.loads(run(app, "list", "--json").stdout) == []


def test_wrong_use_of_a_command_is_exit_code_two(app: Flask) -> None:
    assert run(app, "add", NAME, "--role", "koning").exit_code == 2


@pytest.mark.parametrize("command", [(), ("add",), ("list",), ("deactivate",), ("password",)])
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, ["users", *command, "--help"])
    assert shown.exit_code == 0
    assert "Example:\n" in shown.stdout
    assert "feedback-app users" in shown.stdout
