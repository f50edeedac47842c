"""Every page and step a respondent sees, in every language on offer: for eyes, for a keyboard, and for a screen reader.

Axe looks for faults of WCAG 2.2 A and AA; what it cannot know, such as whether names are the right ones, is asked here.
Every language has the same templates, styles and colours. So axe looks at each step and page in one language of each
alphabet, and with it each direction. In the others it looks at the long form, where all questions stand at once: for
what words can change there, such as names, languages and how large a target is. That each page and step is in its
language, fits the width and says its names is asked in every language.
"""

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from feedback_app.languages import ENDONYMS, language
from feedback_app.questionnaires.catalogues import survey_texts
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.loading import load_survey
from feedback_app.shipped import default_surveys_dir, default_translations_dir
from tests.browser.asking import Asking, asking, expect_state, languages_on_offer, remark, send
from tests.browser.visitor import Visitor
from tests.databases import Databases

pytestmark = pytest.mark.browser

LANGUAGES = sorted(path.parent.name for path in default_translations_dir().glob("*/LC_MESSAGES"))
#: the first language of each alphabet
LOOKED_AT = {unicodedata.name(own[0]).split()[0]: key for key, own in reversed(ENDONYMS.items())}
#: answers that bring up all there is
_EVERYTHING = """() => {
  for (const [name, value] of [["match", "2"], ["welcome", "no"]])
    document.querySelector(`[name=${name}][value="${value}"]`).click();
}"""


@pytest.fixture(scope="module")
def asked(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, real_catalogues: Path
) -> Iterator[Asking]:
    people = len(LANGUAGES) + 5
    with asking(databases, tmp_path_factory.mktemp("languages"), real_catalogues, people) as made:
        yield made


@pytest.fixture
def phone(asked: Asking, chromium: Browser) -> Iterator[Callable[[], Visitor]]:
    phones: list[Visitor] = []

    def switch_on() -> Visitor:
        phones.append(Visitor(chromium, asked.server.url))
        return phones[-1]

    yield switch_on
    for one in phones:
        one.close()


@pytest.fixture(scope="module")
def without_script(asked: Asking, chromium: Browser) -> Iterator[Visitor]:
    made = Visitor(chromium, asked.server.url, script=False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def survey() -> Survey:
    return load_survey(default_surveys_dir(), "newcomer")


def test_these_are_the_languages_on_offer(phone: Callable[[], Visitor], asked: Asking) -> None:
    page = phone().page
    page.goto(f"/s/{asked.tokens[-1]}?lang=nl")
    assert set(languages_on_offer(page)) == {language(key).tag for key in LANGUAGES}


def test_each_alphabet_and_direction_is_looked_at() -> None:
    assert LOOKED_AT == {"LATIN": "nl", "ARABIC": "ar", "CYRILLIC": "uk", "ETHIOPIC": "ti"}
    assert {language(key).direction for key in LOOKED_AT.values()} == {"ltr", "rtl"}


@pytest.mark.parametrize("key", LANGUAGES)
def test_every_step_and_page(
    phone: Callable[[], Visitor], asked: Asking, survey: Survey, real_catalogues: Path, key: str
) -> None:
    """On one walk, for it costs seconds: what axe finds, and what a screen reader is told."""
    visitor, token, own, texts = phone(), asked.tokens.pop(), language(key), _texts(real_catalogues, key)
    see = visitor.look if key in LOOKED_AT.values() else visitor.glance

    def look() -> None:
        assert visitor.written_in == (own.tag, own.direction), visitor.page.url
        see()

    visitor.hurry()
    visitor.page.goto(f"/s/{token}?lang={own.tag}")
    title = texts("title", survey.texts["title"])
    expect(visitor.page.get_by_role("heading", level=1)).to_have_accessible_name(title)
    look()
    visitor.page.evaluate(_EVERYTHING)
    seen, places, items = [visitor.step], set(), {item.key: item for item in survey.items}
    while not visitor.at_the_end:
        visitor.go_on()
        seen.append(visitor.step)
        if item := items.get(visitor.step):
            places.add(_what_a_screen_reader_is_told(visitor.page, item, texts))
        else:
            assert visitor.page.get_by_role("heading", level=2).filter(visible=True).count() == 1
        look()
    assert seen == ["at-start", *_steps(survey)]
    assert len(places) == len(survey.items), "where one is, is said anew at every question"
    send(visitor.page)
    expect_state(visitor.page, "stored")
    look()
    paths = (f"/s/{token}", "/s/nonsense-nonsense", "/", "/privacy", "/toegankelijkheid")
    for path in paths:
        visitor.page.goto(f"{path}?lang={own.tag}")
        look()
    visitor.page.goto(f"/terugkoppeling/{own.tag}")
    look()


@pytest.mark.parametrize("key", LANGUAGES)
def test_the_long_form(without_script: Visitor, asked: Asking, survey: Survey, key: str) -> None:
    """Who has no script sees every question at once that depends on no other; the link is used by nobody here."""
    own, groups = language(key), [item for item in survey.items if not (item.shown_if or item.is_open)]
    without_script.page.goto(f"/s/{asked.tokens[-1]}?lang={own.tag}")
    assert without_script.written_in == (own.tag, own.direction)
    assert without_script.page.locator("fieldset").filter(visible=True).count() == len(groups)
    without_script.look()


def _what_a_screen_reader_is_told(page: Page, item: Item, texts: Callable[[str, str], str]) -> str:
    """A question is a group with its own words, each answer a box with its word; the place in the whole is said."""
    group = page.get_by_role("group", name=texts(item.key, item.text), exact=True)
    expect(group).to_be_focused()
    if item.hint:
        expect(group).to_have_accessible_description(texts(f"{item.key}.hint", item.hint))
    role: Literal["checkbox", "radio"] = "checkbox" if item.type == "multiple" else "radio"
    named = [(texts(f"{item.key}.{one.key}", one.text)) for one in item.options]
    for name in named:
        expect(group.get_by_role(role, name=name, exact=True)).to_have_count(1)
    assert group.get_by_role(role).count() == len(named)
    if item.is_open:
        expect(group.get_by_role("textbox")).to_have_accessible_name(texts(item.key, item.text))
    (status,) = page.get_by_role("status").filter(visible=True).all()
    return status.inner_text()


def _steps(survey: Survey) -> Iterator[str]:
    for item in survey.items:
        yield item.key
        if item.help_if:
            yield f"{item.key}-help"


@pytest.mark.parametrize("key", ["nl", "ar"])
def test_with_the_keys_alone(phone: Callable[[], Visitor], asked: Asking, survey: Survey, key: str) -> None:
    visitor, text = phone(), remark()
    page, keys = visitor.page, visitor.page.keyboard
    page.clock.install()
    page.goto(f"/s/{asked.tokens.pop()}?lang={language(key).tag}")
    tab_to(page, page.locator("button.next"))
    keys.press("Enter")
    for item in survey.items:
        if item.shown_if:
            continue
        expect(page.locator(f"#{item.key} > *")).to_be_focused()
        if item.is_open:
            break
        boxes = page.locator(f"#{item.key} input")
        tab_to(page, boxes.first)
        keys.press("Space")
        keys.press("ArrowDown")
        expect(boxes.nth(1)).to_be_checked()
        keys.press("ArrowUp")
        expect(boxes.first).to_be_checked()
        page.clock.fast_forward(2_000)
        assert visitor.step == item.key, "arrow keys only look round"
        keys.press("Enter")
    keys.press("Tab")
    keys.type(text)
    tab_to(page, page.locator("button.send"))
    with asked.one_more(text):
        keys.press("Enter")
        expect(page.locator("h1")).to_be_focused()
    expect_state(page, "stored")


def tab_to(page: Page, place: Locator) -> None:
    """Press Tab until this has the focus, which one must be able to see."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if place.evaluate("(one) => one === document.activeElement"):
            break
    expect(place).to_be_focused()
    expect(place).to_be_in_viewport()


def _texts(translations: Path, key: str) -> Callable[[str, str], str]:
    found = survey_texts(translations, key)
    return lambda name, text: found.get((f"newcomer.{name}", text), text)


def test_too_late_in_every_language(phone: Callable[[], Visitor], asked: Asking) -> None:
    visitor = phone()
    asked.close_wave()
    for key in LANGUAGES:
        visitor.page.goto(f"/s/{asked.tokens[0]}?lang={language(key).tag}")
        expect_state(visitor.page, "closed")
        assert visitor.written_in == (language(key).tag, language(key).direction)
        if key in LOOKED_AT.values():
            visitor.look()
        else:
            visitor.glance()
