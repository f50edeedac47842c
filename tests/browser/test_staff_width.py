"""Pages of colleagues on a phone: contacts, however long a name without a space is, and the web edition of a report."""

import json
import os
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.reports.models import Edition, EditionRelease
from feedback_app.reports.showing import STYLES as EDITION_STYLES
from feedback_app.reports.web import edition_html
from feedback_app.trajectories.models import Partner, PartnerContact
from tests.browser.looking import PHONE
from tests.chromium import start_chromium
from tests.report_example import ARABIC, example_content
from tests.staff import close_app, make_app, signed_in

pytestmark = pytest.mark.browser

STYLES = Path(__file__).resolve().parents[2] / "feedback_app" / "static" / "css"
PICTURES = os.environ.get("SCREENSHOTS")
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
    widths = on_a_phone(pages, ("tokens", "staff"), "() => document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(pages, PHONE)


#: every table and chart from top to bottom; what scrolls sideways; and how the Arabic quote stands
LAID_OUT = """() => {
  const box = (one) => { const at = one.getBoundingClientRect(); return [at.left, at.right, at.top, at.bottom]; };
  const shown = (one) => one.getBoundingClientRect().height > 0;
  const wide = (one) => one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX);
  const regions = [...document.querySelectorAll(".scroll")].filter(shown);
  const quotes = [...document.querySelectorAll("[lang=ar]")].filter(shown);
  return {
    width: document.documentElement.scrollWidth,
    boxes: regions.map(box),
    bare: [...document.querySelectorAll("table, .chart svg")].filter((one) => shown(one) && !one.closest(".scroll")).length,
    tables: document.querySelectorAll("table").length,
    charts: document.querySelectorAll(".chart svg, .plot svg").length,
    nameless: regions.filter((one) => wide(one) && !(one.tabIndex === 0 && one.getAttribute("aria-label"))).length,
    wide: regions.filter(wide).length,
    astray: [...document.querySelectorAll("body *")].filter((one) => wide(one) && !one.matches(".scroll")).length,
    quotes: quotes.map((one) => [getComputedStyle(one).direction, ...box(one)]),
  };
}"""


def test_charts_and_tables_of_an_edition_stand_below_each_other(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    """For a colleague and for everybody: the page never scrolls sideways, a wide table does in its own region."""
    content = example_content()
    facts = {"content": json.loads(content.to_json()), "content_hash": content.content_hash, "pdf": b"%PDF"}
    app, day = make_app(migrated_sqlite_url, tmp_path), date(2026, 1, 1)
    with app.app_context():
        db.session.add(
            Wave(key="2026-H1", starts_on=day, ends_on=date(2026, 6, 30), opened_on=day, state="open")
        )
        db.session.flush()
        edition = Edition(wave_key="2026-H1", locale="nl", state="final", html=edition_html(content), **facts)
        db.session.add(edition)
        db.session.flush()
        db.session.add(EditionRelease(edition_id=edition.id, account_id="x"))
        db.session.commit()
        own = f"/staff/editions/{edition.id}"
    browser = signed_in(app, "analist")
    pages = {path: browser.get(path).text for path in (own, "/rapporten/2026-H1/vlaanderen/nl")}
    close_app(app)
    for path, laid_out in on_a_phone(pages, EDITION_STYLES, LAID_OUT).items():
        assert laid_out["width"] == PHONE, path
        assert (laid_out["nameless"], laid_out["astray"], laid_out["bare"]) == (0, 0, 0), path
        assert laid_out["tables"] > 20 and laid_out["charts"] > 20 and laid_out["wide"] > 5, path
        boxes = laid_out["boxes"]
        assert all(0 <= left < right <= PHONE for left, right, _top, _bottom in boxes), path
        below = pairwise(boxes)
        assert all(one[3] <= other[2] for one, other in below), "two stand beside, or over, each other"
        quotes = laid_out["quotes"]
        assert quotes and ARABIC in pages[path], path
        for direction, left, right, _top, _bottom in quotes:
            assert direction == "rtl" and 0 <= left < right <= PHONE, path


def on_a_phone(pages: dict[str, str], styles: tuple[str, ...], ask: str) -> dict[str, Any]:
    """What a script says of each page with these styles, 360 pixels wide."""
    style = "".join((STYLES / f"{name}.css").read_text("utf-8") for name in styles)
    with sync_playwright() as playwright:
        chromium = start_chromium(playwright)
        page = chromium.new_page(viewport={"width": PHONE, "height": 640})
        said = {}
        for path, text in pages.items():
            bare = re.sub(r"<(?:link|script)\b[^>]*>(?:</script>)?", "", text)
            page.set_content(bare.replace("</head>", f"<style>{style}</style></head>"))
            said[path] = page.evaluate(ask)
            if PICTURES:
                page.screenshot(
                    path=f"{PICTURES}/width-{path.strip('/').replace('/', '_')}.png", full_page=True
                )
        chromium.close()
    return said
