"""Nothing under /staff is reachable by forgetting: one table, equal to the URL map, every cell tried."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from feedback_app.staff.models import ROLES
from feedback_app.staff.roles import ACCESS, NAVIGATION, OPEN, ROLE_NAMES
from tests.databases import Databases
from tests.staff import Browser, close_app, make_app, signed_in

_DOCS = Path(__file__).parents[2] / "docs" / "roles.md"


@pytest.fixture(scope="module")
def app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """On PostgreSQL alone: who may open what does not hang on it, and it forgives an odd address less."""
    with databases.migrated("postgresql") as url:
        made = make_app(url, tmp_path_factory.mktemp("roles"))
        made.add_url_rule("/staff/forgotten", "forgotten", lambda: "nobody listed this page")
        yield made
        close_app(made)


@pytest.fixture(scope="module")
def browsers(app: Flask) -> dict[str, Browser]:
    return {role: signed_in(app, role) for role in ROLES}


def staff_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff")]


def address(rule: Rule) -> str:
    values = dict.fromkeys(rule.arguments, "x")
    return str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]


def test_the_table_equals_the_url_map(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in staff_rules(app)} - {"forgotten"}
    assert endpoints == ACCESS.keys() | OPEN
    assert not ACCESS.keys() & OPEN


def test_the_table_names_known_roles_only() -> None:
    assert {role for roles in ACCESS.values() for role in roles} <= set(ROLES)
    assert all(ACCESS.values()), "a page for nobody is a page nobody needs"


@pytest.mark.parametrize("role", ROLES)
def test_every_cell(app: Flask, browsers: dict[str, Browser], role: str) -> None:
    browser = browsers[role]
    token = browser.token("/staff/")
    wrong = []
    for rule in sorted(staff_rules(app), key=lambda rule: rule.endpoint == "staff.logout"):
        if rule.endpoint in OPEN:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            data = {"csrf_token": token} if method != "GET" else None
            status = browser.client.open(address(rule), method=method, data=data).status_code
            refused = status == 403
            if refused == (role in ACCESS.get(rule.endpoint, ())) or status >= 500:
                wrong.append((method, rule.rule, status))
    assert wrong == []


def test_without_signing_in_every_page_leads_to_the_sign_in_page(app: Flask) -> None:
    browser = Browser(app)
    token = browser.token("/staff/login")
    for rule in staff_rules(app):
        if rule.endpoint in OPEN:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            data = {"csrf_token": token} if method == "POST" else None
            answer = browser.client.open(address(rule), method=method, data=data)
            assert answer.status_code == 302, (method, rule.rule)
            assert answer.location.startswith("/staff/login"), (method, rule.rule)


def test_every_role_is_described() -> None:
    described = _DOCS.read_text(encoding="utf-8")
    assert [role for role in ROLES if f"\n| `{role}` |" not in described] == []
    assert set(ROLE_NAMES) == set(ROLES)


def test_the_navigation_shows_what_one_may_open_and_nothing_else(app: Flask) -> None:
    for role in ROLES:
        browser = signed_in(app, role, email=f"{role}-nav@voorbeeld.example")
        page = browser.get("/staff/").text
        menu = page[page.index("<nav") : page.index("</nav>")]
        with app.test_request_context():
            for endpoint, _label in NAVIGATION:
                shown = f'href="{app.url_for(endpoint)}"' in menu
                assert shown == (role in ACCESS[endpoint]), (role, endpoint)
                if shown:
                    assert browser.get(app.url_for(endpoint)).status_code == 200, (role, endpoint)
