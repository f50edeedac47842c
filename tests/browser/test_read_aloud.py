"""Reading aloud on a phone: recorded voices fetched on a tap, or a voice of exactly this language, or no button.

Headless Chromium has no voices, so the tests give it some; recordings are real Ogg Opus, and really played.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from feedback_app.questionnaires.audio import text_hash
from feedback_app.questionnaires.catalogues import survey_texts
from feedback_app.shipped import default_surveys_dir
from tests.browser.visitor import Visitor
from tests.databases import Databases
from tests.opus import silent_opus
from tests.server import Server
from tests.world import Person, World

pytestmark = pytest.mark.browser

FACES = ("Hoe vond je de activiteit?", "Slecht", "Niet goed", "Gaat zo", "Goed", "Heel goed")
MATCH = ("Was dit iets voor jou?", "Ja", "Een beetje", "Nee", "Weet ik niet")
#: everything on the question with the faces; of the next one only the answers, and the question as it once was
RECORDED = (*FACES, *MATCH[1:], "Was dit vroeger iets voor jou?")

#: keeps what was marked, what was played to the end and what could not be played
_WITNESS = """
  window.seen = { marked: [], played: [], failed: [], said: [] };
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const name = this.src.split("/").pop().slice(0, 16);
    seen.marked.push((document.querySelector(".saying") || {}).textContent || "");
    this.addEventListener("ended", () => seen.played.push(name), { once: true });
    this.addEventListener("error", () => seen.failed.push(name), { once: true });
    return play.call(this);
  };
"""
#: voices that a phone might have, which speak by writing down what they would say
_VOICES = """
  const synth = new EventTarget();
  // as the real one: a handler that was set hears the event too
  synth.addEventListener("voiceschanged", (event) => synth.onvoiceschanged && synth.onvoiceschanged(event));
  synth.getVoices = () => VOICES;
  synth.cancel = () => {};
  synth.speak = (words) => {
    seen.marked.push((document.querySelector(".saying") || {}).textContent || "");
    seen.said.push([words.voice.name, words.lang, words.text]);
    setTimeout(() => words.onend(), 5);
  };
  Object.defineProperty(window, "speechSynthesis", { value: synth });
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""


@dataclass(frozen=True)
class Installation:
    """A served installation with some recordings in Dutch, and links nobody used yet."""

    url: str
    translations: Path
    tokens: dict[str, list[str]]


@pytest.fixture(scope="module")
def installation(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, real_catalogues: Path
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("aloud")
    surveys = folder / "surveys"
    shutil.copytree(default_surveys_dir(), surveys, ignore=shutil.ignore_patterns("audio"))
    spoken = surveys / "audio" / "nl"
    spoken.mkdir(parents=True)
    for text in RECORDED:
        (spoken / f"{text_hash(text)}.opus").write_bytes(silent_opus(60))
    with databases.migrated("sqlite") as url:
        world = World(url, folder, real_catalogues, surveys_dir=surveys)
        world.open([Person(language=key) for key in ("nl", "fa_AF") for _ in range(8)])
        tokens = {key: [one.token for one in world.links() if one.language == key] for key in ("nl", "fa_AF")}
        with Server(world.settings) as server:
            yield Installation(server.url, real_catalogues, tokens)
        world.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(installation: Installation, chromium: Browser) -> Iterator[Visit]:
    """Opens a link on a phone with these voices, at a question; the page must have asked for nothing else."""
    phones: list[Visitor] = []

    def open_phone(language: str, at: str, *voices: dict[str, Any]) -> Page:
        phone = Visitor(chromium, installation.url)
        phones.append(phone)
        phone.context.add_init_script(_WITNESS + _VOICES.replace("VOICES", json.dumps(voices)))
        phone.page.goto(f"/s/{installation.tokens[language].pop()}#{at}")
        expect(phone.page.locator(f"#{at}")).to_be_visible()
        assert len(phone.asked) == 1, "a recording is fetched when somebody wants to hear it"
        return phone.page

    yield open_phone
    for phone in phones:
        phone.close()


def voice(lang: str, *, here: bool = True) -> dict[str, Any]:
    return {"name": f"voorbeeld {lang}", "lang": lang, "localService": here}


def listen(page: Page) -> dict[str, list[Any]]:
    """Tap the loudspeaker and wait until it has read everything; what the phone saw."""
    button = page.locator("button.say")
    words = button.inner_text()
    button.tap()
    page.wait_for_function("() => seen.marked.length && !document.querySelector('.saying')")
    expect(button).to_have_text(words)
    seen: dict[str, list[Any]] = page.evaluate("window.seen")
    return seen


def dari(installation: Installation, *names: str) -> list[str]:
    texts = survey_texts(installation.translations, "fa_AF")
    by_context = {context: text for (context, _dutch), text in texts.items()}
    return [by_context[f"newcomer.{name}"] for name in names]


def test_recordings_are_fetched_on_a_tap_and_read_in_order(visit: Visit) -> None:
    page = visit("nl", "experience")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    seen = listen(page)
    names = [text_hash(text) for text in FACES]
    assert list(dict.fromkeys(asked)) == [f"{name}.opus" for name in names]
    assert seen["played"] == names
    assert seen["failed"] == seen["said"] == []
    assert seen["marked"] == list(FACES), "what is being read is marked"


def test_a_question_without_all_its_recordings_has_no_button(visit: Visit) -> None:
    page = visit("nl", "match")
    expect(page.locator("button.say")).to_be_hidden()
    assert page.locator("#match legend").get_attribute("data-audio") is None, "the old wording is not read"
    assert page.locator("#match .option [data-audio]").count() == len(MATCH) - 1


def test_where_a_recording_is_missing_a_voice_reads(visit: Visit) -> None:
    page = visit("nl", "match", voice("de-DE"), voice("nl-BE"))
    seen = listen(page)
    assert seen["said"] == [["voorbeeld nl-BE", "nl-BE", MATCH[0]]]
    assert seen["played"] == [text_hash(text) for text in MATCH[1:]]
    assert seen["marked"] == list(MATCH)


def test_a_second_tap_stops_it(visit: Visit) -> None:
    page = visit("nl", "experience")
    page.evaluate("() => { HTMLMediaElement.prototype.play = () => new Promise(() => 0); }")
    button = page.locator("button.say")
    words = button.inner_text()
    button.tap()
    expect(page.locator(".saying")).to_have_text(FACES[0])
    button.tap()
    expect(button).to_have_text(words)
    expect(page.locator(".saying")).to_have_count(0)


@pytest.mark.parametrize("tag", ["fa-AF", "fa_AF", "prs", "prs-AF"])
def test_a_voice_of_exactly_this_language_reads_question_and_answers(
    visit: Visit, installation: Installation, tag: str
) -> None:
    page = visit("fa_AF", "match", voice("fa-IR"), voice(tag))
    texts = dari(installation, "match", "match.3", "match.2", "match.1", "match.dont_know")
    seen = listen(page)
    assert seen["said"] == [[f"voorbeeld {tag}", tag, text] for text in texts]
    assert seen["marked"] == texts


@pytest.mark.parametrize(
    "voices",
    [
        [],
        [voice("fa-IR"), voice("fa"), voice("ar-SA")],
        [voice("fa-AF", here=False)],
    ],
    ids=["none", "of a neighbour", "that sends the text away"],
)
def test_no_other_voice_reads(visit: Visit, voices: list[dict[str, Any]]) -> None:
    page = visit("fa_AF", "match", *voices)
    expect(page.locator("button.next")).to_be_visible()  # the script has run
    expect(page.locator("button.say")).to_be_hidden()


def test_voices_that_come_late_are_noticed(visit: Visit) -> None:
    page = visit("fa_AF", "match")
    expect(page.locator("button.say")).to_be_hidden()
    page.evaluate("(late) => { speechSynthesis.getVoices = () => late; }", [voice("fa-AF")])
    page.evaluate("() => { speechSynthesis.dispatchEvent(new Event('voiceschanged')); }")
    expect(page.locator("button.say")).to_be_visible()
