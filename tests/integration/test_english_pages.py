"""What a colleague reads in English: kinds of activity, days as in Europe, and Dutch marked as Dutch."""

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from feedback_app.database import db
from feedback_app.invitations.waves import open_wave
from tests.exports import export
from tests.staff import Browser, close_app, make_app, signed_in

KIND, DUTCH_KIND = "a buddy project", "een buddyproject"
IMPORT = "/staff/trajectories/import"
SIGNAL = {
    "wave_key": "2026-H1",
    "region_key": "",
    "observation": "Nieuwkomers weten vaak niet waar de activiteit is.",
    "theme": "T05",
    "frequency": "often",
    "spread": "three_plus",
    "municipalities": "two",
    "own_action": "We bellen vooraf.",
    "solver": "agency",
    "good_practice": "no",
}


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path)
    with made.app_context():
        open_wave(db.session, made.extensions["settings"], "2026-H1")
    yield made
    close_app(made)


def in_english(app: Flask, role: str) -> Browser:
    browser = signed_in(app, role)
    assert browser.post("/staff/language", {"locale": "en"}).status_code == 302
    return browser


def test_kinds_of_activity_and_days_are_english(app: Flask) -> None:
    english = in_english(app, "agentschap")
    sent = {
        "file": (io.BytesIO(export({"Soort activiteit": "Buddy"})), "voorbeeld.csv"),
        "mapping": "default",
        "csrf_token": english.token(IMPORT),
    }
    preview = english.client.post(
        IMPORT, data=sent, content_type="multipart/form-data", follow_redirects=True
    )
    confirm = f"{preview.request.path}/confirm"
    assert english.post(confirm, form=preview.request.path).status_code == 303
    link = {"mode": "open", "region": "kempen", "agency": "agii", "offer_type": "buddy", "label": "Zaal"}
    english.post("/staff/open-links/new", link, form="/staff/open-links/new")
    for page in (
        preview,
        english.get("/staff/trajectories"),
        english.get("/staff/invitations"),
        english.get("/staff/open-links"),
        english.get("/staff/open-links/new"),
        in_english(app, "beheerder").get("/staff/preview/newcomer/nl"),
    ):
        assert '<html lang="en"' in page.text
        shown = html.unescape(page.text)
        assert KIND in shown and DUTCH_KIND not in shown, page.request.path
        days = re.findall(r"\b\d\d?/\d\d?/\d\d(?:\d\d)?\b", shown)
        assert all(re.fullmatch(r"[0-3]\d/[01]\d/\d{4}", day) for day in days), (page.request.path, days)
    assert re.search(r"\b[0-3]\d/[01]\d/2026\b", english.get("/staff/trajectories").text)


def test_what_colleagues_wrote_is_marked_as_dutch(app: Flask) -> None:
    english = in_english(app, "netwerkmedewerker")
    made = english.post("/staff/signals/new", SIGNAL, form="/staff/signals/new")
    for page in (english.get("/staff/signals"), english.get(made.location)):
        assert '<html lang="en"' in page.text
        for said in ("Nieuwkomers weten vaak", "We bellen vooraf."):
            for found in re.finditer(rf"<(\w+)([^>]*)>{said}", page.text):
                assert 'lang="nl"' in found[2], found[0]
    assert len(re.findall('lang="nl"[^>]*>Nieuwkomers weten vaak', english.get(made.location).text)) == 2
