"""The door of the focus groups on a phone: in three scripts, without script too, and with Dutch one tap away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.looking import PHONE, look
from tests.databases import Databases
from tests.server import Server
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, real_catalogues: Path
) -> Iterator[World]:
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("focus"), real_catalogues)
        world.open()
        yield world
        world.close()


@pytest.mark.parametrize(("lang", "direction"), [("nl", "ltr"), ("ar", "rtl"), ("ti", "ltr")])
def test_a_newcomer_leaves_a_number_without_script_at_360_pixels(
    server: Server, chromium: Browser, lang: str, direction: str
) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": PHONE, "height": 740}, base_url=server.url
    )
    page = context.new_page()
    page.goto(f"/focusgroep?lang={lang}")
    expect(page.locator("html")).to_have_attribute("lang", lang)
    expect(page.locator("html")).to_have_attribute("dir", direction)
    assert page.get_by_role("link", name="Nederlands").first.is_visible() == (lang != "nl")
    assert not page.locator("[name=website]").is_visible()
    for control in page.locator("main form :is(input, select, button):visible").all():
        box = control.bounding_box()
        assert box and box["height"] >= 48 and box["x"] >= 0 and box["x"] + box["width"] <= PHONE
    page.locator("[name=contact]").fill("0470 26 14 64")
    page.locator("main form button").click()
    assert "bedankt" not in page.url, "the region is needed"
    page.locator("[name=region]").select_option("kempen")
    page.locator("main form button").click()
    expect(page).to_have_url(f"{server.url}/focusgroep/bedankt?lang={lang}")
    expect(page.locator("html")).to_have_attribute("lang", lang)
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("lang", ["nl", "ar", "ti"])
def test_axe_finds_nothing_on_the_form_its_errors_and_the_thanks(
    server: Server, chromium: Browser, lang: str
) -> None:
    context = chromium.new_context(base_url=server.url, bypass_csp=True)
    page = context.new_page()
    page.goto(f"/focusgroep?lang={lang}")
    look(page, (PHONE,))
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.locator("[name=contact]").fill("12")
    page.locator("main form button").click()
    expect(page.locator("[role=alert] a")).to_have_count(2)
    assert page.locator("[name=contact]").input_value() == "12"
    look(page, (PHONE,))
    page.goto(f"/focusgroep/bedankt?lang={lang}")
    look(page, (PHONE,))
    context.close()


@pytest.mark.parametrize("path", ["/staff/login", "/focusgroep", "/privacy", "/s/{token}"])
def test_no_script_makes_markup_or_a_program_of_a_text(
    world: World, server: Server, chromium: Browser, path: str
) -> None:
    """Trusted Types and the content policy as the browser itself keeps them, not as a header says."""
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    page.goto(path.format(token=world.links()[0].token))
    refused = (
        """async (deed) => { try { await deeds[deed](); return ""; } catch (error) { return error.name; } }"""
    )
    deeds = """const deeds = {
      markup: () => { document.body.innerHTML = "<p>x"; },
      parsed: () => { new DOMParser().parseFromString("<p>x", "text/html"); },
      script: () => { document.createElement("script").src = "/sw.js"; },
      policy: () => { trustedTypes.createPolicy("theirs", {}); },
      worker: () => navigator.serviceWorker.register("/sw.js"),
      text: () => { document.title = "voorbeeld"; },
    };"""
    said = page.evaluate(f"() => {{ {deeds} return Promise.all(Object.keys(deeds).map({refused})); }}")
    assert said == ["TypeError"] * 5 + [""]
    context.close()
