"""A whole survey on a phone of 360 pixels, in the real translations, with and without script.

Every page opened is looked at by axe (WCAG 2.2 A and AA), at 360 and 320 pixels, for requests and cookies.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from feedback_app.languages import language
from feedback_app.questionnaires.catalogues import compile_catalogue, survey_texts
from feedback_app.settings import default_translations_dir
from tests.browser.visitor import PHONE, Visitor, remarks, stored
from tests.databases import Databases
from tests.server import Server
from tests.world import HELP, Person, World

pytestmark = pytest.mark.browser

LANGUAGES = ("nl", "ar", "fa_AF", "ti")
TITLE = ("newcomer.title", "Hoe was je activiteit?")
#: what people write: in their own script, with a Latin word inside
REMARKS = {
    "nl": "Voorbeeld: meer uren",
    "ar": "مثال: ساعات أكثر WhatsApp",
    "fa_AF": "مثال: وقت",
    "ti": "ኣብነት፦ ግዜ",
}


@dataclass(frozen=True)
class Installation:
    """A served installation with links nobody used yet."""

    url: str
    database_url: str
    translations: Path
    tokens: dict[str, list[str]]

    def token(self, holder: str) -> str:
        """A fresh link of a newcomer with this language, or of a partner."""
        return self.tokens[holder].pop()


@pytest.fixture(scope="module")
def installation(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("phone")
    translations = folder / "translations"
    shutil.copytree(default_translations_dir(), translations, ignore=shutil.ignore_patterns("*.mo"))
    for path in translations.glob("*/LC_MESSAGES/*.po"):
        compile_catalogue(path)
    with databases.migrated("sqlite") as url:
        world = World(url, folder, translations)
        world.open([Person(language=key) for key in LANGUAGES for _ in range(4)])
        tokens = {key: [one.token for one in world.links() if one.language == key] for key in LANGUAGES}
        tokens["partner"] = [one.token for one in world.links("partner")]
        with Server(world.settings) as server:
            yield Installation(server.url, url, translations, tokens)
        world.close()


@pytest.fixture
def visit(installation: Installation, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens phones; each is closed, and asked for complaints, when the test ends."""
    phones: list[Visitor] = []

    def open_phone(*, script: bool) -> Visitor:
        phones.append(Visitor(chromium, installation.url, script=script))
        return phones[-1]

    yield open_phone
    for phone in phones:
        phone.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("key", LANGUAGES)
def test_a_newcomer_answers_a_whole_survey(
    visit: Callable[..., Visitor], installation: Installation, key: str, script: bool
) -> None:
    visitor, token = visit(script=script), installation.token(key)
    own = (language(key).tag, language(key).direction)
    visitor.open(token)
    assert visitor.written_in == own
    assert visitor.heading == survey_texts(installation.translations, key)[TITLE]
    _starts_where_the_language_starts(visitor, own[1])
    _conditional_parts_come_and_go(visitor)
    visitor.choose("experience", "2")
    visitor.choose("difficulties", "hours", "language")
    visitor.choose("support", "not_applicable")
    remark = f"{REMARKS[key]} ({'script' if script else 'plain'})"
    visitor.page.fill("textarea", remark)
    visitor.look()
    if key != "nl":
        _dutch_is_one_tap_away_and_back(visitor, own, remark)
    visitor.press("button.send")
    assert visitor.written_in == own
    assert visitor.page.locator("form").count() == 0
    expect(visitor.page.get_by_text(HELP)).to_be_visible()
    given = {
        "experience": {"2"},
        "match": {"2"},
        "difficulties": {"hours", "language"},
        "informed": {"skipped"},
        "support": {"not_applicable"},
        "dutch": {"skipped"},
        "contacts": {"skipped"},
        "welcome": {"no"},
    }
    assert (key, given) in stored(installation.database_url)
    assert (key, remark) in remarks(installation.database_url)
    visitor.open(token)
    assert visitor.page.locator("form").count() == 0, "a used link asks again"


def _starts_where_the_language_starts(visitor: Visitor, direction: str) -> None:
    box = visitor.page.locator("input[type=radio]").first.bounding_box()
    assert box is not None
    assert (box["x"] < PHONE / 2) == (direction == "ltr")
    row = visitor.page.locator("label.option").first.bounding_box()
    assert row is not None
    assert row["height"] >= 48


def _conditional_parts_come_and_go(visitor: Visitor) -> None:
    expect(visitor.item("difficulties")).to_be_hidden()
    for answer, shown in (("2", True), ("3", False), ("1", True), ("dont_know", False), ("2", True)):
        visitor.choose("match", answer)
        expect(visitor.item("difficulties")).to_be_visible(visible=shown)
    help_note = visitor.page.get_by_text(HELP)
    expect(help_note).to_be_hidden()
    for answer, shown in (("sometimes", True), ("yes", False), ("prefer_not", False), ("no", True)):
        visitor.choose("welcome", answer)
        expect(help_note).to_be_visible(visible=shown)


def _dutch_is_one_tap_away_and_back(visitor: Visitor, own: tuple[str, str], remark: str) -> None:
    before = visitor.chosen()
    assert len(before) == 6
    visitor.press("nav button[value=nl] >> nth=0")
    assert (visitor.written_in, visitor.heading) == (("nl", "ltr"), TITLE[1])
    visitor.page.locator("nav summary").tap()
    visitor.look()
    visitor.press(f'nav button[value="{own[0]}"]')
    assert visitor.written_in == own
    assert visitor.chosen() == before
    assert visitor.page.input_value("textarea") == remark


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_partner_answers_a_whole_survey(
    visit: Callable[..., Visitor], installation: Installation, script: bool
) -> None:
    visitor = visit(script=script)
    visitor.open(installation.token("partner"))
    answers = {"course": "1", "match": "2", "informed": "partly", "reachable": "not_applicable"}
    answers |= {"roles": "no", "language": "often", "time": "too_much", "again": "maybe"}
    for item, option in answers.items():
        visitor.choose(item, option)
    visitor.choose("difficulties", "dutch_level", "other")
    visitor.choose("needs", "exchange", "contact_point", "other")
    visitor.press("button.send")
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    visitor.page.get_by_role("alert").get_by_role("link").tap()
    assert visitor.page.url.endswith("#needs")
    visitor.choose("roles", "yes" if script else "partly")
    visitor.page.locator('input[name="needs"][value="other"]').uncheck()
    visitor.press("button.send")
    assert visitor.heading == "Bedankt!"
    given = {item: {option} for item, option in answers.items()} | {
        "roles": {"yes" if script else "partly"},
        "difficulties": {"dutch_level", "other"},
        "needs": {"exchange", "contact_point"},
    }
    assert ("nl", given) in stored(installation.database_url)


def test_the_enter_key_sends_and_does_not_switch_the_language(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit(script=True)
    visitor.open(installation.token("ar"))
    visitor.page.locator('input[name="experience"][value="5"]').focus()
    visitor.page.keyboard.press("Space")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look()
    assert visitor.written_in == ("ar", "rtl")
    assert visitor.page.locator("form").count() == 0


def test_going_back_and_sending_again_is_the_same_response(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit(script=True)
    before = len(stored(installation.database_url))
    visitor.open(installation.token("nl"))
    visitor.choose("experience", "4")
    visitor.press("button.send")
    assert visitor.heading == "Bedankt!"
    with visitor.page.expect_navigation():
        visitor.page.reload()  # the browser sends the same form once more
    assert visitor.heading == "Bedankt!"
    assert len(stored(installation.database_url)) == before + 1


def test_someone_declines_and_other_pages_are_whole(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit(script=True)
    visitor.open(installation.token("fa_AF"))
    visitor.press("button.quiet")
    assert visitor.written_in == ("fa-AF", "rtl")
    for path in ("/", "/privacy", "/toegankelijkheid", "/s/nonsense-nonsense"):
        for key in LANGUAGES:
            visitor.page.goto(f"{path}?lang={key}")
            visitor.look()
            assert visitor.written_in == (language(key).tag, language(key).direction)
