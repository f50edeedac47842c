"""Old browsers, odd ones, and people who set theirs differently: everybody can answer, and sees what they chose."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from feedback_app.questionnaires.loading import load_survey
from feedback_app.shipped import default_surveys_dir
from tests.browser.asking import Asking, asking, expect_state, remark, send, write
from tests.browser.visitor import NARROW, PHONE, Visitor
from tests.chromium import launch_options
from tests.databases import Databases
from tests.proxy import dead

pytestmark = pytest.mark.browser

ANSWERS = {"experience": ("4",), "match": ("2",), "difficulties": ("hours", "too_far"), "welcome": ("no",)}
#: what an old browser makes of the page: what it does not know, it drops
OLD = {
    "no :has()": (re.compile(r":has\("), ":later("),
    "no script of our time": (re.compile(r"\(\(\)=>\{if\(!window\.fetch"), "(()=>{let=;if(!window.fetch"),
}
#: scripts that take away what some browsers have not
LACKS = {
    "no service worker": "delete Navigator.prototype.serviceWorker",
    "no outbox": "delete self.caches",
    "no background sync": "delete ServiceWorkerRegistration.prototype.sync",
    "a full phone": """
      const full = () => { throw new DOMException("full", "QuotaExceededError"); };
      Storage.prototype.setItem = full;
      Cache.prototype.put = async () => full();""",
    "no storage": """
      for (const name of ["localStorage", "sessionStorage", "caches", "indexedDB"])
        Object.defineProperty(self, name, { get() { throw new DOMException("no", "SecurityError"); } });
      ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException("no", "SecurityError"));""",
}
#: what is cut off, or sticks out at a side
_CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  if (!one.checkVisibility() || one.matches(".default, input, i, svg *")) return false;
  if (getComputedStyle(one).clipPath !== "none") return false; // said, not shown
  const box = one.getBoundingClientRect();
  const cut = getComputedStyle(one).overflow !== "visible" && one.scrollWidth > one.clientWidth + 1;
  return cut || box.right > innerWidth + 1 || box.left < -1;
}).map((one) => one.outerHTML.slice(0, 120))"""
#: all by which a row with its answer differs from another, but for colours
_SHAPE = """(row) => {
  const [box, words] = row.children;
  const { borderTopWidth, borderTopStyle } = getComputedStyle(words);
  const seen = box.checkVisibility() && getComputedStyle(box).appearance !== "none";
  return [borderTopWidth, borderTopStyle, seen && box.checked];
}"""


@pytest.fixture(scope="module")
def asked(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, real_catalogues: Path
) -> Iterator[Asking]:
    with asking(databases, tmp_path_factory.mktemp("odd"), real_catalogues) as made:
        yield made


@pytest.fixture
def phone(asked: Asking, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    phones: list[Visitor] = []

    def switch_on(*, script: bool = True) -> Visitor:
        phones.append(Visitor(chromium, asked.line.url, script=script))
        return phones[-1]

    yield switch_on
    for one in phones:
        one.close()


def make_old(context: BrowserContext, lack: str) -> None:
    """Make every page come as an old browser would understand it; the policy's hashes are of the real one."""
    pattern, instead = OLD[lack]

    def age(route: Route) -> None:
        reply = route.fetch()
        headers = {name: value for name, value in reply.headers.items() if name != "content-security-policy"}
        body, times = pattern.subn(instead, reply.text())
        assert times or "<form" not in body, f"nothing to take away for {lack}"
        route.fulfill(response=reply, headers=headers, body=body)

    context.route(re.compile("/s/"), age)


def fill_in_the_long_form(visitor: Visitor, text: str) -> None:
    """Answer a form that stands there whole."""
    assert visitor.page.locator("fieldset").filter(visible=True).count() >= 7
    for item, options in ANSWERS.items():
        for option in options:
            visitor.page.locator(f'input[name="{item}"][value="{option}"]').check()
    visitor.page.fill("textarea", text)
    visitor.look(NARROW, PHONE)


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_without_has(phone: Callable[..., Visitor], asked: Asking, script: bool) -> None:
    visitor, text = phone(script=script), remark()
    make_old(visitor.context, "no :has()")
    visitor.page.goto(asked.link())
    with asked.one_more(text):
        if script:
            assert "difficulties" in visitor.answer(ANSWERS, text)
        else:
            expect(visitor.item("difficulties")).to_be_visible()  # the server knows what counts
            fill_in_the_long_form(visitor, text)
        send(visitor.page)
        expect_state(visitor.page, "stored")


def test_a_script_that_is_not_understood(phone: Callable[..., Visitor], asked: Asking) -> None:
    visitor, text = phone(), remark()
    make_old(visitor.context, "no script of our time")
    visitor.page.goto(asked.link())
    (fault,) = visitor.faults
    assert "Unexpected token" in fault
    visitor.faults.clear()
    with asked.one_more(text):
        expect(visitor.item("difficulties")).to_be_hidden()
        visitor.page.locator('input[name="match"][value="2"]').check()
        fill_in_the_long_form(visitor, text)
        send(visitor.page)
        expect_state(visitor.page, "stored")
    visitor.faults.clear()


def test_a_browser_without_the_parts_the_script_needs(phone: Callable[..., Visitor], asked: Asking) -> None:
    visitor, text = phone(), remark()
    visitor.page.add_init_script("delete self.fetch")
    visitor.page.goto(asked.link())
    with asked.one_more(text):
        visitor.page.locator('input[name="match"][value="2"]').check()
        fill_in_the_long_form(visitor, text)
        send(visitor.page)
        expect_state(visitor.page, "stored")


@pytest.mark.parametrize("lack", LACKS)
def test_a_browser_that_lacks_something(phone: Callable[..., Visitor], asked: Asking, lack: str) -> None:
    visitor, text = phone(), remark()
    visitor.page.add_init_script(LACKS[lack])
    answer_on_a_bad_line(visitor.page, asked, text)


def answer_on_a_bad_line(page: Page, asked: Asking, text: str) -> None:
    """Answer where nothing but this page can send again, and where it says so."""
    write(page, asked.link(), text)
    with asked.one_more(text):
        with asked.line.trouble(dead):
            send(page)
            expect(page.get_by_text("Laat deze pagina open.")).to_be_visible(timeout=10_000)
        page.get_by_role("button", name="Probeer opnieuw").tap()
        expect_state(page, "stored")


def test_a_browser_told_to_store_nothing(asked: Asking, chromium: Browser, tmp_path: Path) -> None:
    """A real one: its owner blocked all storage. Another language then costs a request, and no answer."""
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings))
    context = chromium.browser_type.launch_persistent_context(
        tmp_path,
        **launch_options(whole=True),
        has_touch=True,
        viewport={"width": PHONE, "height": 740},
    )
    page = context.pages[0]
    page.goto(asked.link())
    blocked = page.evaluate("() => { try { return !localStorage; } catch (error) { return error.name; } }")
    assert blocked == "SecurityError"
    page.locator("button.next").tap()
    page.locator('#experience label:has([value="4"])').tap()
    expect(page.locator("#match")).to_be_visible()
    for tag in ("ar", "nl"):
        page.locator("nav summary").tap()
        page.locator(f'nav button[value="{tag}"]').last.tap()
        expect(page.locator("html")).to_have_attribute("lang", tag)
        expect(page.locator("#match")).to_be_visible()
        expect(page.locator('#experience [value="4"]')).to_be_checked()
    answer_on_a_bad_line(page, asked, remark())
    context.close()


@pytest.mark.parametrize("tag", ["nl", "ar"])
def test_text_twice_as_large(phone: Callable[..., Visitor], asked: Asking, tag: str) -> None:
    visitor = phone()
    visitor.page.goto(f"{asked.link()}?lang={tag}")
    visitor.page.evaluate("document.documentElement.style.fontSize = '225%'")
    while True:
        visitor.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        cut = visitor.page.evaluate(_CUT)
        assert not cut, f"{visitor.step}: {cut}"
        for button in visitor.page.locator("button, summary").filter(visible=True).all():
            button.scroll_into_view_if_needed()
        if visitor.at_the_end:
            break
        if visitor.step in ANSWERS:
            visitor.choose(visitor.step, *ANSWERS[visitor.step])
            if visitor.step != "difficulties":
                continue
        visitor.go_on()
    send(visitor.page)
    expect_state(visitor.page, "stored")
    assert not visitor.page.evaluate(_CUT)


@pytest.mark.parametrize("tag", ["nl", "ar"])
def test_by_night(phone: Callable[..., Visitor], asked: Asking, tag: str) -> None:
    visitor = phone()
    visitor.page.emulate_media(color_scheme="dark")
    visitor.page.goto(f"{asked.link()}?lang={tag}")
    ground = visitor.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", ground)) < 64, f"{ground} is no night"
    visitor.answer(ANSWERS, remark(), look=True)
    visitor.send()


@pytest.mark.parametrize("forced", [True, False], ids=["forced colours", "own colours"])
def test_what_is_chosen_shows_without_colour(
    phone: Callable[..., Visitor], asked: Asking, forced: bool
) -> None:
    visitor = phone()
    if forced:
        visitor.page.emulate_media(forced_colors="active")
    visitor.page.goto(asked.link())
    visitor.go_on()
    visitor.choose("experience", "4")
    visitor.page.locator("button.back").tap()
    expect(visitor.item("experience")).to_be_visible()
    rows = visitor.item("experience").locator("label.option")
    shapes = rows.evaluate_all(f"(rows) => rows.map({_SHAPE})")
    chosen, others = shapes[3], shapes[:3] + shapes[4:]
    assert chosen[2], "the box itself shows it"
    assert all(one != chosen and one == others[0] for one in others)
    if forced:
        assert chosen[0] != others[0][0], "the frame shows it too"
    visitor.look(NARROW, PHONE)
    visitor.page.keyboard.press("Tab")
    focused = visitor.page.evaluate("""() => {
      const shown = [document.activeElement, document.activeElement.nextElementSibling].filter(Boolean);
      return Math.max(...shown.map((one) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        return outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
      }));
    }""")
    assert focused >= 2, "no sign of the focus"


def test_on_paper(phone: Callable[..., Visitor], asked: Asking) -> None:
    survey = load_survey(default_surveys_dir(), "newcomer")
    for script in (True, False):
        visitor = phone(script=script)
        visitor.page.goto(asked.link())
        if script:
            visitor.go_on()
        visitor.page.emulate_media(media="print")
        for item in survey.items:
            expect(visitor.item(item.key)).to_be_visible()
            for option in item.options:
                expect(visitor.item(item.key).locator(f'[value="{option.key}"]')).to_be_visible()
        expect(visitor.page.locator("textarea")).to_be_visible()
        for gone in ("button:not(.default)", "summary", ".progress", ".tip"):
            expect(visitor.page.locator(gone).filter(visible=True)).to_have_count(0)


def test_who_wants_no_motion_sees_none(phone: Callable[..., Visitor], asked: Asking) -> None:
    moving = "document.getAnimations().length"
    for wish, moves in (("no-preference", True), ("reduce", False)):
        visitor = phone()
        visitor.page.emulate_media(reduced_motion=wish)  # type: ignore[arg-type]
        visitor.page.goto(asked.link())
        seen = visitor.page.evaluate(
            f"() => {{ document.querySelector('button.next').click(); return {moving}; }}"
        )
        assert bool(seen) == moves, wish
        assert visitor.step == "experience"
