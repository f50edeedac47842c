"""The contact list on a phone, however long a name or address without a space is."""

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from feedback_app.database import db
from feedback_app.trajectories.models import Partner, PartnerContact
from tests.browser.looking import PHONE
from tests.chromium import ARGUMENTS, chromium_path
from tests.staff import close_app, make_app, signed_in

pytestmark = pytest.mark.browser

STYLES = Path(__file__).resolve().parents[2] / "feedback_app" / "static" / "css"
LONG = "Voorbeeldvereniging" * 10 + "vz"
ADDRESS = f"{'info' * 16}@{'voorbeeld' * 7}.example"


def test_a_name_of_one_long_word_does_not_widen_a_page(migrated_sqlite_url: str, tmp_path: Path) -> None:
    """The pages come first and the browser after: while it runs no application context of ours can end."""
    app = make_app(migrated_sqlite_url, tmp_path)
    with app.app_context():
        one, two = Partner(name=LONG, email=ADDRESS), Partner(name=f"Andere{LONG[6:]}", email=ADDRESS)
        person = {"function": LONG, "email": ADDRESS, "changed_on": date(2026, 9, 1), "opted_out": True}
        contact = PartnerContact(partner=one, name=LONG, **person)
        db.session.add_all([one, two, contact, PartnerContact(partner=two, name=LONG, **person)])
        db.session.commit()
        here, there, at = one.id, two.id, contact.id
    browser = signed_in(app, "beheerder")
    places = ("", f"/{here}", f"/{here}/edit", f"/contacts/{at}", f"/contacts/{at}/remove", "/duplicates")
    pages = {path: browser.get(f"/staff/partners{path}").text for path in (*places, f"/{here}/merge/{there}")}
    pages["opt-in"] = browser.post(f"/staff/partners/contacts/{at}", {"name": LONG, "email": ADDRESS}).text
    assert "Weer berichten sturen" in pages["opt-in"]
    close_app(app)
    style = "".join((STYLES / name).read_text("utf-8") for name in ("tokens.css", "staff.css"))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS])
        page = chromium.new_page(viewport={"width": PHONE, "height": 640})
        widths = {}
        for path, text in pages.items():
            bare = re.sub(r"<(?:link|script)\b[^>]*>(?:</script>)?", "", text)
            page.set_content(bare.replace("</head>", f"<style>{style}</style></head>"))
            widths[path] = page.evaluate("document.documentElement.scrollWidth")
        chromium.close()
    assert widths == dict.fromkeys(pages, PHONE)
