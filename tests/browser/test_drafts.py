"""What a phone keeps of an answer: until the server has it or the person wants it gone, and not one thing longer."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import (
    Asking,
    another_tab,
    asking,
    expect_nothing_left,
    expect_state,
    left_on,
    remark,
    send,
    write,
)
from tests.browser.visitor import Visitor
from tests.databases import Databases
from tests.example_catalogues import mark
from tests.proxy import dead

pytestmark = pytest.mark.browser

HOUR, DAY = 3_600_000, 86_400_000
KEPT = "Je antwoorden staan nog op deze telefoon."


@pytest.fixture(scope="module")
def asked(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[Asking]:
    with asking(databases, tmp_path_factory.mktemp("drafts"), example_catalogues) as made:
        yield made


@pytest.fixture
def visitor(asked: Asking, whole_chromium: Browser) -> Iterator[Visitor]:
    """Somebody with a phone, whose page's clock the test may turn on."""
    made = Visitor(whole_chromium, asked.line.url)
    made.page.clock.install()
    yield made
    made.close()


def answer_two(visitor: Visitor) -> None:
    """Answer the first two questions, and stand at the third."""
    visitor.go_on()
    visitor.choose("experience", "4")
    visitor.choose("match", "3")
    assert visitor.step == "informed"


def is_empty(page: Page) -> bool:
    """Whether the page shows no answer, and begins with a start."""
    empty = page.evaluate(
        "!document.querySelector('input:checked') && !document.querySelector('textarea').value"
    )
    return bool(empty) and page.locator("button.next").inner_text() == "Start"


def wipe(page: Page) -> None:
    """Say that all is to be erased, and say it again."""
    page.locator("summary", has_text="Wis mijn antwoorden").tap()
    page.get_by_role("button", name="Ja, wis alles").tap()


def test_a_survey_left_in_the_middle_is_taken_up_again(visitor: Visitor, asked: Asking) -> None:
    link, given = asked.link(), {("experience", "4"), ("match", "3")}
    visitor.page.goto(link)
    answer_two(visitor)
    visitor.page.reload()
    assert (visitor.step, visitor.chosen()) == ("informed", given)
    visitor.page.go_back()
    assert visitor.step == "match", "also after a reload, back is one question back"
    visitor.page.go_forward()
    visitor.page.close()
    visitor.page = another_tab(visitor.context, link)
    assert (visitor.step, visitor.chosen()) == ("at-start", given)
    expect(visitor.page.get_by_text(KEPT)).to_be_visible()
    expect(visitor.page.locator("button.next")).to_have_text("Ga verder")
    visitor.go_on()
    assert visitor.step == "informed"
    text = remark()
    with asked.one_more(text):
        visitor.answer({}, text)
        send(visitor.page)
        expect_state(visitor.page, "stored")
    expect_nothing_left(visitor.page)


def test_another_language_keeps_answers_and_place(visitor: Visitor, asked: Asking) -> None:
    visitor.page.goto(asked.link())
    answer_two(visitor)
    before = visitor.chosen()
    for tag, direction, title in (("ar", "rtl", mark("ar")), ("nl", "ltr", "Hoe was")):
        if tag != "nl":
            visitor.page.locator("nav summary").tap()
        visitor.page.locator(f'nav button[value="{tag}"]').first.tap()
        expect(visitor.page.locator("html")).to_have_attribute("lang", tag)
        expect(visitor.item("informed")).to_be_visible()
        assert visitor.written_in == (tag, direction)
        assert (visitor.page.locator("h1").text_content() or "").startswith(title)
        assert (visitor.step, visitor.chosen()) == ("informed", before)
        visitor.page.go_back()
        assert visitor.step == "match"
        visitor.page.go_forward()


def test_a_draft_lives_seven_days(visitor: Visitor, asked: Asking) -> None:
    link, page = asked.link(), visitor.page
    write(page, link, remark())
    page.goto("about:blank")
    page.clock.fast_forward(7 * DAY - HOUR)
    page.goto(link)
    expect(page.get_by_text(KEPT)).to_be_visible()
    page.goto("about:blank")
    page.clock.fast_forward(2 * HOUR)
    page.goto(link)
    expect(page.get_by_text(KEPT)).to_be_hidden()
    assert is_empty(page)
    expect_nothing_left(page)


@pytest.mark.parametrize("opened", ["another link", "a page that thanks"])
def test_an_old_draft_goes_with_the_next_page(visitor: Visitor, asked: Asking, opened: str) -> None:
    page, other = visitor.page, asked.link()
    if opened == "a page that thanks":
        write(page, other, remark())
        send(page)
        expect_state(page, "stored")
        expect_nothing_left(page)
    with asked.line.trouble(dead):
        write(page, asked.link(), remark())
        send(page)
        expect(page.get_by_text("Geen internet.")).to_be_visible()
        expect(page.get_by_text("Je mag deze pagina sluiten.")).to_be_visible()
        assert len(left_on(page)) == 1, "the one copy that the service worker would send"
        page.goto("about:blank")
        page.clock.fast_forward(7 * DAY + HOUR)
        before = asked.stored()
        page.goto(other)
        expect_nothing_left(page)
    assert asked.stored() == before


def test_what_is_wiped_is_gone(visitor: Visitor, asked: Asking) -> None:
    link, page = asked.link(), visitor.page
    page.goto(link)
    expect(page.get_by_text("Wis mijn antwoorden")).to_be_hidden()
    answer_two(visitor)
    wipe(page)
    expect(page.get_by_role("status").filter(has_text="Je antwoorden zijn gewist.")).to_be_visible()
    assert visitor.step == "at-start"
    assert is_empty(page)
    expect_nothing_left(page)
    page.reload()
    assert is_empty(page)


def test_what_is_wiped_on_its_way_is_not_sent(visitor: Visitor, asked: Asking) -> None:
    page, before = visitor.page, asked.stored()
    write(page, asked.link(), remark())
    with asked.line.trouble(dead):
        send(page)
        expect(page.get_by_text("Geen internet.")).to_be_visible()
        wipe(page)
        expect(page.get_by_text("Je antwoorden zijn gewist.")).to_be_visible()
        expect_nothing_left(page)
    assert is_empty(page)
    page.clock.fast_forward(120_000)
    page.evaluate("navigator.serviceWorker.ready.then((found) => found.active.postMessage(1))")
    page.reload()
    assert is_empty(page)
    assert asked.stored() == before
    visitor.answer({"experience": ("2",)}, text := remark())
    with asked.one_more(text):
        send(page)
        expect_state(page, "stored")


def test_who_takes_no_part_leaves_nothing(visitor: Visitor, asked: Asking) -> None:
    page, before = visitor.page, asked.stored()
    page.goto(asked.link())
    answer_two(visitor)
    for _ in range(3):
        page.locator("button.back").tap()
    page.get_by_role("button", name="Ik doe niet mee").tap()
    expect_state(page, "refused")
    expect_nothing_left(page)
    assert asked.stored() == before


def test_text_taken_back_is_not_kept(visitor: Visitor, asked: Asking) -> None:
    text = remark()
    write(visitor.page, asked.link(), text)
    visitor.page.locator("textarea").fill("")
    assert text not in " ".join(visitor.page.evaluate("Object.values(localStorage)"))
    visitor.page.reload()
    assert visitor.page.locator("textarea").input_value() == ""


@pytest.mark.parametrize(("length", "told"), [(70_000, "Je tekst is te lang."), (140_000, "Dit is te groot")])
def test_what_the_server_cannot_take_is_said_and_kept(
    visitor: Visitor, asked: Asking, length: int, told: str
) -> None:
    """The box takes no text as long as this; a page of another version might."""
    page, link = visitor.page, asked.link()
    page.goto(f"{link}#remark")
    page.evaluate("document.querySelector('textarea').removeAttribute('maxlength')")
    page.locator("textarea").fill("x" * length)
    send(page)
    expect(page.get_by_text(told).last).to_be_visible()
    page.goto(f"{link}#remark")
    assert len(page.locator("textarea").input_value()) == length
    with asked.one_more(text := remark()):
        page.locator("textarea").fill(text)
        send(page)
        expect_state(page, "stored")
    expect_nothing_left(page)


def test_one_clock_for_each_person_at_a_tablet(visitor: Visitor, asked: Asking) -> None:
    """Without a network the page stays, and with it what it meant to do for the person before."""
    page, first, second = visitor.page, remark(), remark()
    link = f"{asked.line.url}/k/{asked.codes['kiosk']}?lang=nl"
    before = asked.stored()
    write(page, link, first)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    with asked.line.trouble(dead, "*"):
        send(page)
        expect(page.get_by_text("Geen internet.")).to_be_visible()
        for _ in range(3):  # it tries again and again, and then turns to the next person
            page.clock.fast_forward(11_000)
        expect(page.locator("#at-start")).to_be_visible()
        assert is_empty(page)
        visitor.go_on()
        visitor.choose("experience", "4")
        for _ in range(6):
            page.clock.fast_forward(5_000)
        assert (visitor.step, visitor.chosen()) == ("match", {("experience", "4")})
    visitor.answer({}, second)
    send(page)
    expect_state(page, "stored")
    page.clock.fast_forward(31_000)
    expect(page.locator("#at-start")).to_be_visible()
    expect_nothing_left(page)
    assert asked.stored() - before == {"": 2, first: 1, second: 1}


@pytest.mark.parametrize("pause", [50, 200, 400])
def test_a_second_tap_is_for_what_stood_there_before(visitor: Visitor, asked: Asking, pause: int) -> None:
    """Neither does a hasty thumb pass over a question nor send what nobody has seen."""
    page = visitor.page
    page.goto(asked.link())
    before = asked.stored()
    box = page.locator("button.next").bounding_box()
    assert box
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # however slow the machine: the page's time stands still, but for what is put on
    page.clock.pause_at(datetime.fromtimestamp(page.evaluate("Date.now() / 1000 + 1"), UTC))
    page.touchscreen.tap(*at)
    page.clock.run_for(pause)
    page.touchscreen.tap(*at)
    page.clock.resume()
    expect(page.locator("#experience")).to_be_visible()
    visitor.choose("experience", "5")
    assert visitor.step == "match"
    assert asked.stored() == before
