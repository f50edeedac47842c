"""What looks at pages must see what is wrong with one: each fault here is planted."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looking import look, walk_with_keyboard

pytestmark = pytest.mark.browser

STYLES = Path(__file__).resolve().parents[2] / "feedback_app" / "static" / "css"
#: a block for some widths only, with the rules in it
_BY_WIDTH = re.compile(r"@media[^{]*width[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")

SOUND = """<!doctype html><html lang="nl"><head><title>Voorbeeld</title>
<style>:focus-visible { outline: 3px solid #0b5563 }</style></head>
<body><a class="skip" href="#main">Naar de inhoud</a>
<main id="main" tabindex="-1"><h1>Voorbeeld</h1>%s<p><a href="/">Start</a></p></main></body></html>"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def test_a_sound_page_passes(page: Page) -> None:
    page.set_content(SOUND % "")
    look(page)
    walk_with_keyboard(page)
    walk_with_keyboard(page, past_header=True)


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ('<img src="data:,">', "image-alt"),
        ('<p style="color: #999; background: #fff">bleek</p>', "color-contrast"),
        ("<input>", "label"),
        ('<p lang="zz">taal</p>', "valid-lang"),
        ('<button style="inline-size: 16px; block-size: 16px; padding: 0">×</button>' * 2, "target-size"),
        ('<p style="inline-size: 500px">breed</p>', "sideways"),
    ],
)
def test_a_planted_fault_is_seen(page: Page, planted: str, named: str) -> None:
    page.set_content(SOUND % planted)
    with pytest.raises(AssertionError, match=named):
        look(page)


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ('<button style="outline: none">Bewaren</button>', "no sign of the focus"),
        ('<button tabindex="-1">Bewaren</button>', "out of Tab's reach"),
    ],
)
def test_a_fault_for_the_keyboard_is_seen(page: Page, planted: str, named: str) -> None:
    for past_header in (False, True):
        page.set_content(SOUND % planted)
        with pytest.raises(AssertionError, match=named):
            walk_with_keyboard(page, past_header=past_header)


def test_a_page_without_a_skip_link_is_seen(page: Page) -> None:
    for past_header in (False, True):
        page.set_content((SOUND % "").replace('class="skip" ', ""))
        with pytest.raises(AssertionError, match="the first stop"):
            walk_with_keyboard(page, past_header=past_header)


def test_a_skip_link_that_leads_nowhere_is_seen(page: Page) -> None:
    page.set_content((SOUND % "").replace('href="#main"', 'href="#content"'))
    with pytest.raises(AssertionError, match="leads nowhere"):
        walk_with_keyboard(page, past_header=True)


def test_only_the_header_is_left_out_of_a_walk_past_it(page: Page) -> None:
    hidden = '<header class="site-header"><a href="/" tabindex="-1">Start</a></header><main'
    page.set_content((SOUND % "").replace("<main", hidden))
    walk_with_keyboard(page, past_header=True)
    with pytest.raises(AssertionError, match="out of Tab's reach"):
        walk_with_keyboard(page)


def test_no_colour_and_nothing_in_sight_depends_on_the_width() -> None:
    """Else contrast would have to be looked at at every width."""
    styles = [path.read_text("utf-8") for path in STYLES.glob("*.css")]
    blocks = [block for style in styles for block in _BY_WIDTH.findall(style)]
    assert len(blocks) == sum(len(re.findall("@media[^{]*width", style)) for style in styles) > 0
    for block in blocks:
        assert not re.search(
            "color|background|display|visibility|opacity|--", re.sub(r"var\([^)]*\)", "", block)
        )
