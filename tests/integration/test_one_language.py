"""Every page a respondent can meet, in every language: wholly in that language, and its links stay in it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.dates import format_date
from werkzeug.test import TestResponse

from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.languages import ENDONYMS, PARTNER, all_languages
from feedback_app.questionnaires.letters import is_strange_digit
from tests.databases import Databases
from tests.markup import parse
from tests.one_language import check_one_language, foreign_part, make_marked_catalogues
from tests.world import Person, World

PAGES = ("/", "/privacy", "/toegankelijkheid", "/terugkoppeling", "/nowhere")
ANSWERS = {"experience": "2", "match": "1", "welcome": "no", "remark": ""}


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marked")
    make_marked_catalogues(folder)
    return folder


@pytest.fixture(scope="module")
def world(
    databases: Databases, catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A wave with two newcomers of every language."""
    with databases.migrated("sqlite") as url:
        folder, reviewed = tmp_path_factory.mktemp("world"), date(2026, 3, 14)
        made = World(url, folder, catalogues, accessibility_reviewed_on=reviewed)
        made.open([Person(language=key) for key in ENDONYMS for _ in range(2)])
        yield made
        made.close()


def link(world: World, key: str, nth: int = 0) -> str:
    return [one.token for one in world.links() if one.language == key][nth]


def hang(world: World, mode: str) -> str:
    with world.session() as session:
        wanted = NewLink(mode, "kempen", "agii", "stage", "Voorbeeldplek")
        return f"/{mode[0]}/{make_link(session, world.settings, wanted, region=None).code}"


def check(page: TestResponse, key: str) -> None:
    """Wholly in this language, and so is every page of ours that it leads to by its links and forms."""
    assert not any(map(is_strange_digit, page.text)), "figures are 0 to 9 on every page"
    assert page.content_type == "text/html; charset=utf-8"
    check_one_language(page.text, key)
    tag = all_languages()[key].tag
    for one in parse(page.text).iter():
        address = one.get("href") or one.get("action") or ""
        if one.get("lang") or address.startswith(("data:", "#", "/staff", "tel:", "mailto:")) or not address:
            continue
        assert f"lang={tag}" in address or address.endswith(f"/{tag}"), f"{address} forgets the language"
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("key", ENDONYMS)
def test_the_pages_of_a_link(world: World, key: str) -> None:
    client, token = world.client, link(world, key)
    check(client.get(f"/s/{token}"), key)  # the language that is known of the contact
    check(client.get(f"/s/{token}", headers={"Accept-Language": "zz, en;q=0"}), key)
    other = "fr" if key == "en" else "en"
    check(client.get(f"/s/{token}?lang={other}", headers={"Accept-Language": key}), other)
    tag = all_languages()[key].tag
    check(client.post(f"/s/{token}?lang={other}", data={"lang": tag, **ANSWERS}), key)
    wrong = client.post(f"/s/{token}?lang={tag}", data={"experience": "9"})
    assert wrong.status_code == 422
    check(wrong, key)
    check(client.post(f"/s/{token}?lang={tag}", data={"refuse": "1"}), key)
    check(client.post(f"/s/{token}?lang={tag}", data=ANSWERS), key)
    check(client.get(f"/s/{token}?lang={tag}"), key)
    check(client.get(f"/s/nonsense?lang={tag}"), key)
    check(client.post(f"/s/nonsense?lang={tag}", data=ANSWERS), key)
    large = client.post(f"/s/{token}?lang={tag}", data={"remark": "x" * 200_000})
    assert large.status_code == 413
    check(large, key)


@pytest.mark.parametrize("key", ENDONYMS)
@pytest.mark.parametrize("mode", ["open", "kiosk"])
def test_the_pages_of_a_poster_and_a_tablet(world: World, mode: str, key: str) -> None:
    client, path, tag = world.client, hang(world, mode), all_languages()[key].tag
    check(client.get(path, headers={"Accept-Language": f"zz,{tag};q=0.5,en;q=0.4"}), key)
    check(client.get(f"{path}?lang={tag}"), key)
    check(client.post(f"{path}?lang={tag}", data={"experience": "9"}), key)
    check(client.post(f"{path}?lang={tag}", data=ANSWERS), key)
    check(client.get(f"/{mode[0]}/NOSUCH?lang={tag}"), key)


@pytest.mark.parametrize("key", ENDONYMS)
def test_the_page_that_stops_messages(world: World, key: str) -> None:
    client, token, tag = world.client, link(world, key, 1), all_languages()[key].tag
    for page in (client.get(f"/stop/{token}"), client.get(f"/stop/{token}?lang={tag}")):
        check(page, key)
    check(client.post(f"/stop/{token}?lang={tag}", data={"x": "1"}), key)
    check(client.get(f"/stop/nonsense?lang={tag}"), key)


@pytest.mark.parametrize("key", ENDONYMS)
def test_the_pages_for_everybody(world: World, key: str) -> None:
    client, tag = world.client, all_languages()[key].tag
    for path in PAGES:
        check(client.get(path, headers={"Accept-Language": f"zz,{tag};q=0.5,en;q=0.4"}), key)
        check(client.get(f"{path}?lang={tag}", headers={"Accept-Language": "en"}), key)
    statement = client.get(f"/toegankelijkheid?lang={tag}").text
    assert format_date(date(2026, 3, 14), "long", locale=key) in statement
    check(client.get(f"/terugkoppeling/{tag}", headers={"Accept-Language": "en"}), key)
    other = "fr" if key == "en" else "en"
    check(client.get(f"/terugkoppeling/{other}?lang={tag}"), key)  # the page's own menu


def test_dutch_is_one_tap_away_from_a_translated_page(world: World) -> None:
    stop = f"/stop/{link(world, 'ti', 1)}"
    for path in (stop, "/", "/privacy", "/toegankelijkheid", "/terugkoppeling/ti"):
        page = parse(world.client.get(f"{path}?lang=ti").text)
        assert [one.get("href") for one in page.findall(".//nav/a")] == ["?lang=nl"], path
        dutch = world.client.get(f"{path}?lang=nl")
        check(dutch, "nl")
        assert not parse(dutch.text).findall(".//nav/a"), path


@pytest.mark.parametrize("key", ENDONYMS)
def test_a_partner_is_asked_in_a_language_of_partners_or_in_dutch(world: World, key: str) -> None:
    tag, token = all_languages()[key].tag, world.token("partner")
    asked = key if key in PARTNER else "nl"
    check(world.client.get(f"/s/{token}?lang={tag}", headers={"Accept-Language": tag}), asked)


def test_a_language_that_is_not_ready_is_nowhere_on_a_page(world: World, catalogues: Path) -> None:
    ready = frozenset({"en", "ti"})
    few = World(
        world.settings.database_url, world.settings.instance_dir.parent, catalogues, draft_languages=ready
    )
    token, hung = link(world, "uk", 1), hang(world, "open")
    for path in (f"/s/{token}", f"/stop/{token}", hung, *PAGES):
        page = few.client.get(f"{path}?lang=uk", headers={"Accept-Language": "ar,ti;q=0.2"})
        check(page, "ti")
        assert not re.search(r'value="(uk|ar)"|lang="(uk|ar)"|\?lang=(uk|ar)', page.text), path
        check(few.client.get(f"{path}?lang=uk", headers={"Accept-Language": "ar"}), "nl")
    few.close()


@pytest.mark.parametrize(
    ("text", "key", "foreign"),
    [
        ("‹ar› Goed ‹/ar›", "ar", ""),
        ("‹ar› Je deed mee: ‹ar› stage ‹/ar› ‹/ar› – ‹ar› Ja ‹/ar›", "ar", ""),
        ("‹ar› Goed ‹/ar› Slecht", "ar", "Slecht"),
        ("Goed", "ar", "Goed"),
        ("‹fa› Goed ‹/fa›", "ar", "‹fa› Goed ‹/fa›"),
        ("‹ar› Goed ‹fr› Bon ‹/fr› ‹/ar›", "ar", "‹ar› Goed ‹fr› Bon ‹/fr› ‹/ar›"),
        ("‹ar› Goed ‹/ar›", "nl", "‹"),
        ("العربية", "ar", ""),
        ("· 3 / 9", "ar", ""),
        ("feedback@voorbeeld.example", "ar", ""),
    ],
)
def test_the_eye_sees_what_does_not_belong(text: str, key: str, foreign: str) -> None:
    assert foreign_part(text, key).strip() == foreign
