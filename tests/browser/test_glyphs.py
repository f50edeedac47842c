"""Every text of a respondent's page is drawn with a face that has its letters, in every language of the house."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from feedback_app.languages import ENDONYMS, language
from tests.alphabets import alphabets
from tests.browser.asking import Asking, asking
from tests.databases import Databases
from tests.glyphs import missing_on_page

pytestmark = pytest.mark.browser

#: in the private use area, which no face of a distribution fills
NOWHERE = "\U0010fffd"
#: writes a text in a normal and in a heading's weight
_WRITE = "(text) => document.querySelectorAll('h1, p').forEach((one) => one.append(text))"


@pytest.fixture(scope="module")
def asked(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, specimens: Path
) -> Iterator[Asking]:
    with asking(databases, tmp_path_factory.mktemp("glyphs"), specimens) as made:
        yield made


@pytest.fixture(scope="module")
def form(chromium: Browser) -> Iterator[Page]:
    """A page without script, which shows all there is at once, and keeps nothing from one test to the next."""
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("key", ENDONYMS)
def test_every_text_of_the_page(asked: Asking, form: Page, key: str) -> None:
    form.goto(f"{asked.server.url}/s/{asked.tokens.pop()}?lang={language(key).tag}")
    assert form.locator("html").get_attribute("lang") == language(key).tag
    for box in ('[name=match][value="2"]', "[name=welcome][value=no]"):  # what brings up all there is
        form.locator(box).check(force=True)
    assert missing_on_page(form) == []
    with form.expect_navigation():
        form.locator("button.send").click()
    assert form.locator("main[data-state]").count() == 1
    assert missing_on_page(form) == []


@pytest.mark.parametrize("key", ENDONYMS)
def test_every_letter_of_the_alphabet(asked: Asking, form: Page, key: str) -> None:
    form.goto(f"{asked.server.url}/?lang={language(key).tag}")
    form.evaluate(_WRITE, alphabets()[key].specimen)
    assert missing_on_page(form) == []


def test_a_letter_that_no_face_has_is_noticed(asked: Asking, form: Page) -> None:
    form.goto(f"{asked.server.url}/?lang=ps")
    form.evaluate(_WRITE, f"پښتو {NOWHERE}")
    faults = missing_on_page(form)
    assert faults and all(NOWHERE in one for one in faults)
