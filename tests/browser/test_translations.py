"""Reviewing a translation in a real browser: with the keyboard alone, and without JavaScript."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from feedback_app.questionnaires.approval import State, state_of
from feedback_app.questionnaires.catalogues import MESSAGES, SURVEYS, Entry, path_of, read
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.review import name_of
from tests.browser.colleague import Colleague
from tests.browser.looking import walk_with_keyboard
from tests.browser.road import PASSWORD, Road, served
from tests.databases import Databases
from tests.server import environment_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOME = "/staff/vertalingen"
DARI, CONTEXT = "fa_AF", "newcomer.match"


@pytest.fixture(scope="module", params=[True, False], ids=["script", "no-script"])
def road(
    request: pytest.FixtureRequest,
    databases: Databases,
    chromium: Browser,
    example_catalogues: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Road]:
    """An installation in which one Dari text is outdated, with two people who may mend it."""
    base = tmp_path_factory.mktemp("translating")
    folder = Path(shutil.copytree(example_catalogues, base / "translations"))
    path = path_of(folder, DARI, SURVEYS)
    text = path.read_text("utf-8")
    at = text.index(f'msgctxt "{CONTEXT}"')
    path.write_text(f'{text[:at]}#, fuzzy\n#| msgid "Was dit iets wat jij wou?"\n{text[at:]}', "utf-8")
    compile_catalogue(path)
    with (
        databases.migrated("sqlite") as url,
        served(url, base, folder, chromium, careful=request.param, script=request.param) as made,
    ):
        command = str(Path(sys.executable).with_name("feedback-app"))
        subprocess.run(
            [command, "users", "add", "vertaler@voorbeeld.example", "--role", "vertaler", "--password-stdin"],
            env=environment_of(made.office.settings),
            input=f"{PASSWORD}\n",
            text=True,
            check=True,
        )
        made.passwords["vertaler"] = PASSWORD
        yield made
        for one in made.people.values():
            one.context.close()


def entry(road: Road, locale: str, context: str) -> Entry:
    catalogue = read(path_of(road.office.settings.texts_dir, locale, SURVEYS))
    return next(one for one in catalogue.entries if one.context == context)


def address(road: Road, locale: str, context: str) -> str:
    return f"{HOME}/{locale}/tekst/{name_of(SURVEYS, entry(road, locale, context))}"


def test_an_outdated_text_is_mended_and_approved_by_a_second_person(road: Road) -> None:
    one, two = road["vertaler"], road["beheerder"]
    one.open(HOME)
    one.choose("Bevraging", "Nieuwkomers")
    one.press("Tonen")
    one.follow("دری", one.page.locator("main"))
    one.choose("Stand", "verouderd")
    one.press("Tonen")
    one.follow("Was dit iets", one.page.locator("main"))
    assert one.page.locator("del").count() and one.page.locator("ins").count()
    field = one.page.get_by_label("Vertaling", exact=True)
    assert (field.get_attribute("dir"), field.get_attribute("lang")) == ("rtl", "fa-AF")
    field.fill("آیا این مناسب بود؟")
    one.fill("Terug in het Nederlands (mag leeg blijven)", "Was dit geschikt?")
    one.press("Bewaren")
    assert one.message == "Bewaard."
    one.press("Nagelezen")
    assert "tweede persoon" in one.page.locator("main").inner_text()
    two.open(address(road, DARI, CONTEXT))
    assert "Was dit geschikt?" in two.page.locator("#back").input_value()
    two.press("Goedkeuren")
    assert state_of(entry(road, DARI, CONTEXT)) is State.APPROVED
    two.press("Mijn laatste wijziging ongedaan maken")
    assert state_of(entry(road, DARI, CONTEXT)) is State.REVIEWED


def test_the_text_is_pointed_out_on_its_page(road: Road) -> None:
    one = road["vertaler"]
    one.open(address(road, "fr", "newcomer.difficulties.hours"))
    frame = one.page.frame_locator("iframe")
    expect(frame.locator("html")).to_have_attribute("lang", "fr")
    marked = frame.locator("[style*=outline]")
    if road.office.script:
        expect(marked).to_have_count(1)
        expect(marked).to_be_visible()
        assert entry(road, "fr", "newcomer.difficulties.hours").target[0] in marked.inner_text()
    one.open(address(road, "fr", "offer_type.stage"))  # a part of a sentence
    expect(frame.locator("#marked")).to_have_text(entry(road, "fr", "offer_type.stage").target[0])
    if road.office.script:
        expect(marked).to_have_count(1)
        assert entry(road, "fr", "offer_type.stage").target[0] in marked.inner_text()
        expect(one.page.locator("[data-not-found]")).to_be_hidden()
    one.open(address(road, "fr", "newcomer.after"))
    expect(frame.locator("main")).to_have_attribute("data-state", "stored")
    messages = read(path_of(road.office.settings.texts_dir, "fr", MESSAGES)).entries
    paper = next(e for e in messages if all("/paper/" in place for place in e.places))
    one.open(f"{HOME}/fr/tekst/{name_of(MESSAGES, paper)}")
    assert "op geen pagina die je hier kan bekijken" in one.page.locator("main").inner_text()


def test_two_windows_lose_nothing(road: Road) -> None:
    one, two = road["vertaler"], road["beheerder"]
    path = address(road, "fr", "newcomer.welcome")
    one.open(path)
    two.open(path)
    for who, text in ((one, "‹fr› Un ?"), (two, "‹fr› Deux ?")):
        who.fill("Vertaling", text)
        who.press("Bewaren")
    assert "Iemand anders veranderde deze tekst" in two.page.locator("main").inner_text()
    assert entry(road, "fr", "newcomer.welcome").target == ("‹fr› Un ?",)
    two.press("Bewaren")
    assert entry(road, "fr", "newcomer.welcome").target == ("‹fr› Deux ?",)


def test_the_keyboard_is_enough(road: Road) -> None:
    one: Colleague = road["vertaler"]
    if not road.office.script:
        pytest.skip("the script brings the keys")
    path = address(road, "fr", "newcomer.dutch")
    for page in (HOME, f"{HOME}/fr?part=newcomer", path):
        one.open(page)
        walk_with_keyboard(one.page)
    one.page.get_by_label("Ga daarna naar de volgende tekst").check()
    one.page.get_by_label("Vertaling", exact=True).focus()
    one.page.keyboard.press("Control+a")
    one.page.keyboard.type("‹fr› Parlé ?")
    assert "12" in one.page.locator(".count").first.inner_text()
    with one.page.expect_navigation():
        one.page.keyboard.press("Control+Enter")
    assert path not in one.page.url, "on to the next text"
    assert entry(road, "fr", "newcomer.dutch").target == ("‹fr› Parlé ?",)
    assert one.page.get_by_label("Ga daarna naar de volgende tekst").is_checked()
