"""Somebody with a phone who opens a link: narrow screen, with or without script, watched for what it asks."""

from collections.abc import Mapping

import sqlalchemy as sa
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from feedback_app.responses.models import Remark, Response
from tests.browser.looking import fits, look

PHONE, NARROW = 360, 320

#: language and answers of one response
Stored = tuple[str, dict[str, set[str]]]


class Visitor:
    """One browser window on a phone; `faults` are what the browser complained about or asked elsewhere."""

    def __init__(self, browser: Browser, base_url: str, *, script: bool = True) -> None:
        self.base_url = base_url
        self.script = script
        self.context = browser.new_context(
            base_url=base_url,
            viewport={"width": PHONE, "height": 740},
            has_touch=True,
            java_script_enabled=script,
            locale="en-GB",
        )
        self.page: Page = self.context.new_page()
        # axe needs timers, which a page without script has not: there its document is looked at in a twin
        self._twin = None if script else browser.new_context().new_page()
        self._hurried = False
        self.asked: list[str] = []
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", self._watch)

    def hurry(self) -> None:
        """Put the page's clock forward instead of waiting, and move nothing, from the next page on."""
        self._hurried = True
        self.page.emulate_media(reduced_motion="reduce")
        self.page.clock.install()

    def open(self, token: str) -> None:
        """Open a link and look at the page; it must have come in one request, without a cookie."""
        self.asked.clear()
        self.page.goto(f"/s/{token}")
        assert len(self.asked) == 1, self.asked
        self.look(NARROW, PHONE)

    def look(self, *widths: int) -> None:
        """Look at the page as every visitor might need it."""
        if self.script:
            self.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        if self._twin:
            self._twin.set_content(self.page.content())
        look(self._twin or self.page, widths=widths or (PHONE,))
        self._expect_no_fault()

    def glance(self) -> None:
        """As `look` without axe, at a page that axe has seen in another language."""
        if self.script:
            self.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        fits(self.page)
        self._expect_no_fault()

    def _expect_no_fault(self) -> None:
        assert not self.faults, self.faults
        assert self.context.cookies() == [], "the page left a cookie"

    def item(self, key: str) -> Locator:
        """One question."""
        return self.page.locator(f"#{key}")

    @property
    def step(self) -> str:
        """The question (or other step) in view; only with script is there just one."""
        (step,) = self.page.locator(".step").filter(visible=True).all()
        return step.get_attribute("id") or ""

    def settle(self) -> None:
        """Wait until a step that has just come takes taps (it lets half a second's pass: see respond.js).

        Without this the browser's driver tries again by itself, but only after another half second.
        """
        if self._hurried:
            self.page.clock.fast_forward(500)
        elif self.script:
            self.page.wait_for_function("() => !document.querySelector('.arriving')")

    def choose(self, key: str, *options: str) -> None:
        """Tap answers: anywhere on their row. With script, a single choice moves on by itself."""
        self.settle()
        for option in options:
            box = self.page.locator(f'input[name="{key}"][value="{option}"]')
            self.page.locator("label.option", has=box).tap()
            assert box.is_checked()
        kind = self.page.locator(f'input[name="{key}"]').first.get_attribute("type")
        if self.script and kind == "radio" and not self.at_the_end:
            expect(self.item(key)).to_be_hidden()

    @property
    def at_the_end(self) -> bool:
        """Whether this step is the one from which one sends."""
        return self.page.locator("button.send").is_visible()

    def go_on(self) -> None:
        """Press "next" (or "start", or "skip")."""
        before = self.step
        self.settle()
        self.page.locator("button.next").tap()
        expect(self.page.locator(f"#{before}")).to_be_hidden()

    def answer(
        self, answers: Mapping[str, tuple[str, ...]], text: str = "", *, look: bool = False
    ) -> list[str]:
        """Walk from the start to the end as the page leads, skipping what is not in `answers`; the way."""
        way = [self.step]
        while not self.at_the_end:
            single = False
            if self.step in answers:
                single = self.item(self.step).locator("input[type=radio]").count() > 0
                self.choose(self.step, *answers[self.step])
            if look and not single:
                self.look()
            if not single:
                self.go_on()
            way.append(self.step)
        if text:
            self.page.locator("textarea").filter(visible=True).fill(text)
        if look:
            self.look(NARROW, PHONE)
        return way

    def send(self) -> None:
        """Press "send" and look at what the server says became of it."""
        if self.script:
            self.settle()
            self.page.locator("button.send").tap()
            expect(self.page.locator("main[data-state]")).to_be_visible()
            self.look()
        else:
            self.press("button.send")

    def chosen(self) -> set[tuple[str, str]]:
        """(question, answer) of every ticked box."""
        ticked = self.page.locator("input:checked").all()
        return {(one.get_attribute("name") or "", one.get_attribute("value") or "") for one in ticked}

    def press(self, selector: str) -> None:
        """Tap a button and look at the page it brings."""
        with self.page.expect_navigation():
            self.page.locator(selector).tap()
        self.look()

    def speak(self, tag: str) -> None:
        """Tap a language in view and look at the page in it."""
        self.page.locator(f'nav button[value="{tag}"]').first.tap()
        expect(self.page.locator("html")).to_have_attribute("lang", tag)
        self.page.wait_for_load_state()
        self.look()

    @property
    def heading(self) -> str:
        """The page's one h1."""
        return self.page.locator("h1").inner_text()

    @property
    def written_in(self) -> tuple[str, str]:
        """Language and direction of the page."""
        root = self.page.locator("html")
        return root.get_attribute("lang") or "", root.get_attribute("dir") or ""

    def close(self) -> None:
        """Close the window."""
        assert not self.faults, self.faults
        self.context.close()
        if self._twin:
            self._twin.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        # a page that says 422 or 410 is "Failed to load resource"; the test sees that page itself
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def _watch(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith(self.base_url):
            self.faults.append(f"asks another host: {request.url}")


def stored(database_url: str) -> list[Stored]:
    """Language and answers of every response in the database, read without the application."""
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(Response.locale, Response.answers)).all()
    engine.dispose()
    return [(locale, {item: set(values) for item, values in answers.items()}) for locale, answers in rows]


def remarks(database_url: str) -> set[tuple[str, str]]:
    """(language, text) of every remark."""
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        found = {(locale, text) for locale, text in connection.execute(sa.select(Remark.locale, Remark.text))}
    engine.dispose()
    return found
