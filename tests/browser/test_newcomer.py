"""A whole survey on a phone of 360 pixels, in the real translations, with and without script.

Every page and step opened is looked at by axe (WCAG 2.2 A and AA), at 360 and 320 pixels, for requests and cookies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from feedback_app.languages import language
from feedback_app.questionnaires.catalogues import survey_texts
from feedback_app.responses.told import Pair
from tests.browser.visitor import PHONE, Stored, Visitor, remarks, stored
from tests.databases import Databases
from tests.server import Server
from tests.telling import tell_back
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
#: what was told back, as the page that thanks shows it
TOLD = {
    "nl": Pair("Voorbeeld: de uren passen niet bij mijn werk.", "Voorbeeld: er komen groepen in de avond."),
    "ar": Pair("مثال: الساعات لا تناسب عملي.", "مثال: نفتح مجموعات في المساء (WhatsApp)."),
    "fa_AF": Pair("مثال: ساعت‌ها با کار من جور نیست.", "مثال: گروه‌ها در شب شروع می‌شود."),
    "ti": Pair("ኣብነት፦ እቲ ሰዓት ምስ ስራሐይ ኣይሰማማዕን።", "ኣብነት፦ ጉጅለታት ምሸት ክህልዉ እዮም።"),
}
ANSWERS = {
    "experience": ("2",),
    "match": ("2",),
    "difficulties": ("hours", "language"),
    "support": ("not_applicable",),
    "welcome": ("no",),
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
def installation(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, real_catalogues: Path
) -> Iterator[Installation]:
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("phone"), real_catalogues)
        world.open([Person(language=key) for key in LANGUAGES for _ in range(11)])
        tell_back(world, TOLD["nl"], {key: pair for key, pair in TOLD.items() if key != "nl"})
        tokens = {key: [one.token for one in world.links() if one.language == key] for key in LANGUAGES}
        tokens["partner"] = [one.token for one in world.links("partner")]
        with Server(world.settings) as server:
            yield Installation(server.url, url, real_catalogues, tokens)
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


def new_since(before: list[Stored], installation: Installation) -> list[Stored]:
    """The responses that were stored meanwhile."""
    left = [*before]
    new = []
    for one in stored(installation.database_url):
        if one in left:
            left.remove(one)
        else:
            new.append(one)
    return new


@pytest.mark.parametrize("key", LANGUAGES)
def test_a_newcomer_answers_one_question_at_a_time(
    visit: Callable[..., Visitor], installation: Installation, key: str
) -> None:
    visitor, token = visit(script=True), installation.token(key)
    visitor.open(token)
    _starts_as_its_language(visitor, installation, key)
    remark = f"{REMARKS[key]} (script)"
    assert visitor.answer(ANSWERS, remark, look=True) == [
        *("at-start", "experience", "match", "difficulties", "informed", "support", "dutch", "contacts"),
        *("welcome", "welcome-help", "remark"),
    ]
    if key != "nl":
        _dutch_is_one_tap_away_and_back(visitor, key, remark)
    visitor.send()
    _stored_and_thanked(visitor, installation, key, remark)
    visitor.open(token)
    assert visitor.page.locator("form").count() == 0, "a used link asks again"


@pytest.mark.parametrize("key", LANGUAGES)
def test_a_newcomer_without_script_fills_in_one_long_form(
    visit: Callable[..., Visitor], installation: Installation, key: str
) -> None:
    visitor = visit(script=False)
    visitor.open(installation.token(key))
    _starts_as_its_language(visitor, installation, key)
    _starts_where_the_language_starts(visitor, language(key).direction)
    _conditional_parts_come_and_go(visitor)
    for item, options in ANSWERS.items():
        visitor.choose(item, *options)
    remark = f"{REMARKS[key]} (plain)"
    visitor.page.fill("textarea", remark)
    visitor.look()
    if key != "nl":
        _dutch_is_one_tap_away_and_back(visitor, key, remark)
    visitor.send()
    _stored_and_thanked(visitor, installation, key, remark)


def _starts_as_its_language(visitor: Visitor, installation: Installation, key: str) -> None:
    assert visitor.written_in == (language(key).tag, language(key).direction)
    assert visitor.heading == survey_texts(installation.translations, key)[TITLE]


def _stored_and_thanked(visitor: Visitor, installation: Installation, key: str, remark: str) -> None:
    assert visitor.written_in == (language(key).tag, language(key).direction)
    assert visitor.page.locator("form").count() == 0
    expect(visitor.page.get_by_text(HELP).first).to_be_visible()  # and once more, in Dutch
    for words in (TOLD[key].said, TOLD[key].doing):
        expect(visitor.page.locator("main .note").get_by_text(words)).to_be_visible()
    assert visitor.page.locator(f'main a[href="/terugkoppeling/{language(key).tag}"]').is_visible()
    given = {item: set(options) for item, options in ANSWERS.items()}
    skipped = {item: {"skipped"} for item in ("informed", "dutch", "contacts")}
    assert (key, given | skipped) in stored(installation.database_url)
    assert (key, remark) in remarks(installation.database_url)


def _starts_where_the_language_starts(visitor: Visitor, direction: str) -> None:
    box = visitor.page.locator("input[type=radio]").filter(visible=True).first.bounding_box()
    assert box is not None
    assert (box["x"] < PHONE / 2) == (direction == "ltr")
    row = visitor.page.locator("label.option").filter(visible=True).first.bounding_box()
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


def _dutch_is_one_tap_away_and_back(visitor: Visitor, key: str, remark: str) -> None:
    before, step = visitor.chosen(), visitor.step if visitor.script else ""
    assert len(before) == 6
    visitor.speak("nl")
    assert visitor.written_in == ("nl", "ltr")
    assert visitor.page.locator("h1").text_content() == TITLE[1]
    visitor.page.locator("nav summary").tap()
    visitor.look()
    visitor.speak(language(key).tag)
    assert visitor.written_in == (language(key).tag, language(key).direction)
    assert visitor.chosen() == before
    assert visitor.page.input_value("textarea") == remark
    assert not visitor.script or visitor.step == step


@pytest.mark.parametrize(
    ("key", "face"), [("ar", 1), ("ar", 2), ("ar", 3), ("ar", 4), ("ar", 5), ("nl", 1), ("nl", 4)]
)
def test_a_face_is_stored_as_what_it_shows(
    visit: Callable[..., Visitor], installation: Installation, key: str, face: int
) -> None:
    """From the top: 1 to 5 in every direction of writing, the corners of the mouth from low to high."""
    visitor, before = visit(script=True), stored(installation.database_url)
    visitor.hurry()
    visitor.page.goto(f"/s/{installation.token(key)}")
    visitor.go_on()
    rows = visitor.item("experience").locator("label.option").all()
    tops = [row.bounding_box() for row in rows]
    assert tops == sorted(tops, key=lambda box: box["y"] if box else 0)
    rows[face - 1].locator("svg").tap()
    expect(visitor.item("match")).to_be_visible()
    visitor.answer({})
    visitor.send()
    new = new_since(before, installation)
    assert [(locale, given["experience"]) for locale, given in new] == [(key, {str(face)})]


def test_back_is_one_question_back_and_jumps_over_what_is_not_asked(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor, before = visit(script=True), stored(installation.database_url)
    token = installation.token("ar")
    visitor.open(token)
    page = visitor.page
    visitor.go_on()
    visitor.choose("experience", "5")
    _starts_where_the_language_starts(visitor, "rtl")
    visitor.choose("match", "1")
    visitor.choose("difficulties", "hours", "other")
    visitor.go_on()
    assert visitor.step == "informed"
    page.go_back()  # the phone's own button
    assert visitor.step == "difficulties"
    page.locator("button.back").tap()
    expect(visitor.item("match")).to_be_visible()
    visitor.choose("match", "3")
    assert visitor.step == "informed", "what is not asked any more is jumped over"
    page.goto("about:blank")
    visitor.open(token)  # again from the message, later
    expect(page.locator("#is-kept")).to_be_visible()
    visitor.go_on()
    assert visitor.step == "informed", "who comes again goes on where they were"
    for expected in ("match", "experience", "at-start"):
        page.locator("button.back").tap()
        expect(page.locator(f"#{expected}")).to_be_visible()
    visitor.answer({})
    visitor.send()
    (given,) = (given for _, given in new_since(before, installation))
    assert (given["match"], given["difficulties"]) == ({"3"}, {"not_shown"})
    page.go_back()
    assert page.url == "about:blank", "afterwards the way back leads out"


def test_a_survey_with_the_keyboard_alone(visit: Callable[..., Visitor], installation: Installation) -> None:
    visitor = visit(script=True)
    visitor.open(installation.token("ar"))
    page, keys = visitor.page, visitor.page.keyboard
    page.locator("button.next").focus()
    keys.press("Enter")
    assert visitor.step == "experience"
    expect(page.get_by_role("group", name=page.locator("legend").first.inner_text())).to_be_focused()
    keys.press("Tab")
    for press, value in (("Space", "1"), ("ArrowDown", "2"), ("ArrowDown", "3")):
        keys.press(press)
        expect(page.locator(f'#experience input[value="{value}"]')).to_be_checked()
    page.wait_for_timeout(600)
    assert visitor.step == "experience", "arrow keys only look round"
    keys.press("Enter")
    assert visitor.step == "match"
    while not visitor.at_the_end:
        page.locator("button.next").focus()
        keys.press("Enter")
    page.locator("button.send").focus()
    keys.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    assert visitor.written_in == ("ar", "rtl")
    assert page.locator("main").get_attribute("data-state") == "stored"


def test_a_partner_answers_one_question_at_a_time(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit(script=True)
    visitor.open(installation.token("partner"))
    visitor.answer({"needs": ("exchange", "contact_point")})
    visitor.page.locator("button.back").tap()
    expect(visitor.item("needs").locator("input:enabled")).to_have_count(2)
    visitor.look()
    visitor.page.locator("label.option", has_text="Uitwisseling").tap()
    expect(visitor.item("needs").locator("input:disabled")).to_have_count(0)
    visitor.choose("needs", "other")
    visitor.go_on()
    visitor.send()
    assert visitor.heading == "Bedankt!"
    assert {"contact_point", "other"} in [
        given.get("needs") for _, given in stored(installation.database_url)
    ]


def test_a_partner_without_script_is_told_what_to_change(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit(script=False)
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
    visitor.choose("roles", "partly")
    visitor.page.locator('input[name="needs"][value="other"]').uncheck()
    visitor.press("button.send")
    assert visitor.heading == "Bedankt!"
    given = {item: {option} for item, option in answers.items()} | {
        "roles": {"partly"},
        "difficulties": {"dutch_level", "other"},
        "needs": {"exchange", "contact_point"},
    }
    assert ("nl", given) in stored(installation.database_url)


def test_the_enter_key_sends_and_does_not_switch_the_language(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit(script=False)
    visitor.open(installation.token("ar"))
    visitor.page.locator('input[name="experience"][value="5"]').focus()
    visitor.page.keyboard.press("Space")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look()
    assert visitor.written_in == ("ar", "rtl")
    assert visitor.page.locator("form").count() == 0


def test_someone_declines(visit: Callable[..., Visitor], installation: Installation) -> None:
    visitor = visit(script=True)
    visitor.open(installation.token("fa_AF"))
    visitor.press("button.quiet")
    assert visitor.written_in == ("fa-AF", "rtl")
