"""Every page a respondent can meet, in every language: wholly in that language, and its links stay in it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import sqlalchemy as sa
from babel.dates import format_date
from werkzeug.test import TestResponse

from feedback_app.invitations.models import Wave
from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.languages import ENDONYMS, PARTNER, all_languages
from feedback_app.questionnaires.letters import is_strange_digit
from feedback_app.signals.models import Signal
from tests.databases import Databases
from tests.markup import parse
from tests.one_language import check_one_language, foreign_part, make_marked_catalogues
from tests.world import Person, World

PAGES = ("/", "/privacy", "/toegankelijkheid", "/terugkoppeling", "/nowhere")
ANSWERS = {"experience": "2", "match": "1", "welcome": "no", "remark": ""}
TOLD = {"state": "teruggekoppeld", "theme_key": "A", "code": "S-1", "title": "Voorbeeld: reizen"}
TOLD |= {name: date(2026, 1, 5) for name in ("handed_on", "due_on", "answered_on")}
TOLD |= {"finding": "Voorbeeld", "ask": "Voorbeeld: te ver.", "answer": "Voorbeeld: een bus."}
TOLD |= {"told_said": "Voorbeeld: het is te ver.", "told_doing": "Voorbeeld: er komt een bus."}


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
    check_addresses(parse(page.text), all_languages()[key].tag)
    assert "Set-Cookie" not in page.headers


def check_addresses(element: Element, tag: str) -> None:
    """Links and forms stay in the language of the words round them, but for a link that names another one."""
    address = element.get("href") or element.get("action") or ""
    elsewhere = address.startswith(("data:", "#", "/staff", "tel:", "mailto:"))
    if address and not elsewhere and not element.get("lang"):
        assert f"lang={tag}" in address or address.endswith(f"/{tag}"), f"{address} forgets the language"
    for child in element:
        check_addresses(child, element.get("lang") or tag)


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
    assert format_date(date(2026, 3, 14), "long", locale=all_languages()[key].formats) in statement
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


def test_dutch_is_one_tap_away_where_a_link_is_over_and_from_an_error(world: World) -> None:
    client, used = world.client, link(world, "so", 1)
    client.post(f"/s/{used}?lang=so", data=ANSWERS)
    for path in (f"/s/{used}", "/s/nonsense", "/stop/nonsense", "/o/NOSUCH", "/nowhere"):
        page = client.get(f"{path}?lang=so")
        check(page, "so")
        assert [one.get("href") for one in parse(page.text).findall(".//nav/a")] == ["?lang=nl"], path
        dutch = client.get(f"{path}?lang=nl")
        check(dutch, "nl")
        assert "<nav" not in dutch.text and "<details" not in dutch.text, path


def test_what_answers_a_post_and_a_tablet_say_the_same_in_dutch_on_the_page_itself(world: World) -> None:
    client, tablet, token = world.client, hang(world, "kiosk"), link(world, "ti", 1)
    pages = (
        (f"/s/{token}", {"refuse": "1"}, "Toch meedoen? Open de link opnieuw."),
        (f"/s/{token}", ANSWERS, "We kunnen je antwoord later niet terugvinden."),
        (f"/s/{token}", ANSWERS | {"response_id": "x"}, "Je hoeft niets meer te doen."),
        ("/s/nonsense", ANSWERS, "Vraag een nieuwe link."),
        (f"/s/{token}", {"remark": "x" * 200_000}, "Maak je tekst korter."),
        ("/privacy", {}, "Ga terug en probeer opnieuw."),
        (tablet, ANSWERS, "Voelde je je niet welkom?"),
        ("/k/NOSUCH", None, "Vraag een nieuwe link."),
        ("/k/too/far", None, "Kijk of je de hele link hebt."),
    )
    for path, sent, dutch in pages:
        page = (
            client.post(f"{path}?lang=ti", data=sent) if sent is not None else client.get(f"{path}?lang=ti")
        )
        check(page, "ti")
        [there] = parse(page.text).findall(".//details[@lang='nl'][@dir='ltr']")
        assert there.findtext("summary") == "Nederlands"
        assert dutch in " ".join(there.itertext()), (path, sent)
        assert "lang=nl" not in page.text, "nothing leads away"
        own = client.post(f"{path}?lang=nl", data=sent) if sent is not None else client.get(f"{path}?lang=nl")
        assert "<details" not in own.text
    kiosk = client.post(f"{tablet}?lang=ti", data=ANSWERS).text
    assert '<a href="/' not in kiosk and "<wbr>/terugkoppeling</bdi>" in kiosk
    assert "<wbr>/privacy?lang=ti</bdi>" in kiosk, "a narrow tablet breaks an address at a slash"


def test_what_was_told_back_in_dutch_only_is_not_promised_in_another_language(world: World) -> None:
    client = world.client
    assert "Hier staat nog niets." in client.get("/terugkoppeling/nl").text
    with world.session() as session:
        wave = session.scalar(sa.select(Wave.key))
        session.add(Signal(wave_key=wave, **TOLD))
        session.commit()
    dutch = client.get("/terugkoppeling/nl").text
    assert TOLD["told_doing"] in dutch and "nog niet in jouw taal" not in dutch
    for key in ENDONYMS:
        if key == "nl":
            continue
        page = client.get(f"/terugkoppeling/{all_languages()[key].tag}")
        check(page, key)
        assert TOLD["told_doing"] not in page.text
        assert page.text.count('href="/terugkoppeling/nl" lang="nl"') == 1


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
        phone = {"Accept-Language": "ar,ti;q=0.2"}
        chosen, found = few.client.get(f"{path}?lang=uk", headers=phone), few.client.get(path, headers=phone)
        check(chosen, "nl")  # and in no third language, which nobody chose
        check(found, "ti")
        for page in (chosen, found):
            assert not re.search(r'value="(uk|ar)"|lang="(uk|ar)"|\?lang=(uk|ar)', page.text), path
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
