"""What a colleague typed is not lost when their session ended meanwhile."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db
from feedback_app.staff.models import StaffSession
from feedback_app.trajectories.models import Partner
from tests.staff import Browser, address_of, close_app, make_app, signed_in

NEW = "/staff/partners/new"
TYPED = {"name": 'Voorbeeld "thuis" & <vrienden>', "region": "kempen", "offer_types": ["buddy", "sport"]}
HERE, ELSEWHERE = {"Origin": "http://localhost"}, {"Origin": "https://elders.example"}


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path)
    yield made
    close_app(made)


def end_sessions(app: Flask) -> None:
    with app.app_context():
        db.session.execute(sa.delete(StaffSession))
        db.session.commit()


def held(page: str) -> list[tuple[str, str]]:
    main = page[page.index("<main") :]
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', main)


def test_a_form_sent_after_the_session_ended_is_held_and_sent_later(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    data = {"csrf_token": browser.token(NEW), **TYPED}
    end_sessions(app)
    page = browser.client.post(NEW, data=data, headers=HERE)
    assert page.status_code == 401
    assert held(page.text)[0] == ("name", "Voorbeeld &#34;thuis&#34; &amp; &lt;vrienden&gt;")
    assert browser.try_to_sign_in(address_of("agentschap")).status_code == 302
    page = browser.client.post(NEW, data=TYPED, headers=HERE)
    assert (page.status_code, [name for name, _value in held(page.text)]) == (
        400,
        ["csrf_token", *held_names()],
    )
    data = {**TYPED, "csrf_token": dict(held(page.text))["csrf_token"]}
    assert browser.client.post(NEW, data=data, headers=HERE).status_code == 303
    with app.app_context():
        assert db.session.scalars(sa.select(Partner.name)).all() == [TYPED["name"]]


def held_names() -> list[str]:
    return ["name", "region", "offer_types", "offer_types"]


def test_nothing_is_held_for_another_site_nor_a_password_nor_a_file(app: Flask) -> None:
    stranger = Browser(app)
    for path, data, headers in (
        (NEW, TYPED, ELSEWHERE),
        (NEW, TYPED, {}),
        ("/staff/password", {"current": "geheim", "password": "geheimer"}, HERE),
    ):
        answer = stranger.client.post(path, data=data, headers=headers)
        assert (answer.status_code, answer.location) == (302, "/staff/login"), path
    browser = signed_in(app, "agentschap")
    refused = browser.client.post(NEW, data=TYPED, headers=ELSEWHERE)
    assert refused.status_code == 400 and held(refused.text) == []
