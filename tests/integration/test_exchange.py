"""Theme pages for every region, what newcomers ask for, and the digest: only news, once, and stopped by a POST."""

import html
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from feedback_app.database import db, random_id
from feedback_app.exchange.digest import send_digests
from feedback_app.exchange.gather import gather_exchange
from feedback_app.exchange.models import Practice, Subscription
from feedback_app.exchange.practices import release_practice, withdraw_practice, write_practice
from feedback_app.exchange.wishes import newcomers_wishes
from feedback_app.invitations.pausing import pause, resume
from feedback_app.jobs import alone
from feedback_app.regions import region_names
from feedback_app.responses.models import Response
from feedback_app.shipped import default_surveys_dir
from feedback_app.signals.models import Signal
from feedback_app.staff.models import Account
from tests.databases import Databases
from tests.example_catalogues import mark
from tests.mail_server import Post, free_port, mail_service
from tests.pages import checked_client
from tests.staff import Browser, address_of, signed_in
from tests.told import Telling, tell
from tests.world import WAVE, Person, World

THEMES = "/staff/themes"
QUESTION = "Wat wil je nu graag doen?"
#: the question of `surveys/impact`, asked at the end of a trajectory by this agency
NEXT = f"""
  - key: next
    type: multiple
    text: {QUESTION}
    themes: [T03]
    options:
      - {{key: sport, text: Sporten}}
      - {{key: dutch, text: Nederlands oefenen, themes: [T06]}}
      - {{key: work, text: Werken}}
"""


def newcomers(region: str, number: int, welcome: int, sport: int) -> Telling:
    """So many people of a region, half of whom knew enough."""
    told = {"sport": sport, "dutch": (number - sport) // 2, "work": number - sport - (number - sport) // 2}
    knew = {"yes": number // 2, "no": number - number // 2}
    welcomed = {"yes": welcome, "no": number - welcome}
    return Telling("newcomer", region, {"welcome": welcomed, "informed": knew, "next": told})


@pytest.fixture(scope="module")
def closed(databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path) -> Any:
    """A closed wave that asked what newcomers want next; Kempen is less welcoming, Gent has three answers."""
    surveys = tmp_path_factory.mktemp("surveys") / "surveys"
    shutil.copytree(default_surveys_dir(), surveys)
    with (surveys / "newcomer" / "questionnaire.yaml").open("a", encoding="utf-8") as file:
        file.write(NEXT)
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("exchange"), example_catalogues, surveys_dir=surveys)
        checked_client(world.app)
        world.open([Person()])
        large = [
            (region, 120, 102, 30) for region in ("limburg", "brugge", "oostende", "midwest", "waasland")
        ]
        people = (*large, ("kempen", 120, 72, 60), ("gent", 3, 3, 1))
        tell(world, WAVE, *(newcomers(*one) for one in people))
        with world.session() as session:  # half of Limburg did something else
            theirs = sa.select(Response.id).where(Response.region_key == "limburg").limit(60)
            some = sa.update(Response).where(Response.id.in_(theirs.scalar_subquery()))
            session.execute(some.values(offer_type="school"))
            session.commit()
        world.shut()
        yield world
        world.close()


def said(answer: Any) -> str:
    """A page's words, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def raise_signal(world: World, state: str, title: str) -> None:
    with world.session() as session:
        code = (
            f"S-{WAVE}-{len(world.rows(Signal)) + 1:02}" if state not in ("pre_signaal", "getoetst") else None
        )
        words = {"title": title, "finding": f"{title}: feit", "ask": "Doe iets.", "reading": "Geheim."}
        place = {"wave_key": WAVE, "region_key": "kempen", "theme_key": "T07"}
        session.add(Signal(state=state, code=code, **place, **words))
        session.commit()


def practise(world: World, title: str, **values: Any) -> str:
    """A practice that a second person released; its key."""
    with world.session() as session:
        found = {one.role: one for one in session.scalars(sa.select(Account))}
        for role in ("analist", "vrijgever"):
            if role not in found:
                found[role] = Account(email=f"{role}.x@voorbeeld.example", password_hash="", role=role)
                session.add(found[role])
                session.commit()
        words = {"title": title, "theme_key": "T07", "what": "Zo.", "place": "Daar.", "why": "Daarom."}
        made = write_practice(session, found["analist"], {**words, **values})
        release_practice(session, found["vrijgever"], made, made.revision)
        return made.id


def test_colleagues_of_every_region_read_what_was_published_and_released(closed: World) -> None:
    raise_signal(closed, "gevalideerd", "Gevalideerd signaal")
    raise_signal(closed, "signaal", "Nog in de maak")
    raise_signal(closed, "pre_signaal", "Pas gemeld")
    practise(closed, "Warm onthaal", region_key="kempen", contact="iemand@voorbeeld.example")
    gent = {"region": "gent", "email": "gent@voorbeeld.example"}
    for browser in (signed_in(closed.app, "lezer"), signed_in(closed.app, "netwerkmedewerker", **gent)):
        words = said(browser.get(f"{THEMES}/T07"))
        assert re.search(
            r"In Kempen antwoordt \d+ % van de nieuwkomers positief op “Voelde je je welkom\?”", words
        )
        assert "Gevalideerd signaal: feit" in words and "Warm onthaal" in words
        assert "2 (pre-)signalen over dit thema in de maak" in words
        for hidden in ("Nog in de maak", "Pas gemeld", "Geheim.", "iemand@voorbeeld.example"):
            assert hidden not in words, hidden
        listed = said(browser.get(THEMES))
        assert "Inclusie en welkom" in listed and "1 signaal · 1 praktijk" in listed
        empty = said(browser.get(f"{THEMES}/T13"))
        assert "sprong er niets uit over dit thema" in empty and "nog geen signaal gevalideerd" in empty
        assert browser.get(f"{THEMES}/T99").status_code == 404


def test_patterns_stand_in_the_order_of_questions_and_regions(closed: World) -> None:
    with closed.session() as session:
        found = gather_exchange(session, closed.settings, "nl").patterns
    places = [(one.about.proposal.audience, one.about.proposal.item) for one in found]  # type: ignore[union-attr]
    assert places == sorted(places) and len({one.key for one in found}) == len(found) > 1


def test_what_newcomers_ask_for_by_region_and_kind_above_the_thresholds(closed: World) -> None:
    browser = signed_in(closed.app, "redacteur")
    page = browser.get(f"{THEMES}/wishes")
    words = said(page)
    assert QUESTION in words and WAVE in words
    tables = dict(re.findall(r"<caption>(.+?)</caption>(.+?)</table>", page.text, re.S))
    assert tables.keys() == {"Heel Vlaanderen", "Per regio", "Per soort activiteit"}
    kempen = re.search(
        r'Kempen</th><td class="numeric">50 %.*?<td class="numeric">120</td>', tables["Per regio"]
    )
    assert kempen, tables["Per regio"]
    assert "Gent</th>" not in tables["Per regio"], "three answers are shown nowhere"
    order = re.findall(r'<th scope="row">(\w+)', tables["Per regio"])
    known = [one.split("-")[0] for one in region_names(closed.settings.surveys_dir).values()]
    assert order == [one for one in known if one in order], "geographical, never by a figure"
    hidden = words.split("Onvoldoende antwoorden:")[1]
    assert "Gent" in hidden and "Westhoek" in hidden, "small and empty look the same"
    for theme, options in (
        ("T03", "Sporten Nederlands oefenen Werken n"),
        ("T06", "Groep Nederlands oefenen n"),
    ):
        assert options in said(browser.get(f"{THEMES}/{theme}"))
    assert "gaat over dit thema" in said(browser.get(f"{THEMES}/T13"))


def test_an_empty_place_says_why(closed: World, sqlite_world: World, tmp_path: Path) -> None:
    """Not asked in a closed wave, asked by nobody, and too few answers: three reasons, and no figure."""
    shown = said(signed_in(sqlite_world.app, "analist").get(f"{THEMES}/wishes"))
    assert "enkele maanden na het traject" in shown and "nog geen meetmoment gesloten" in shown
    shutil.copytree(default_surveys_dir(), tmp_path / "surveys")
    path = tmp_path / "surveys" / "impact" / "questionnaire.yaml"
    path.write_text(path.read_text("utf-8").replace("key: next", "key: later"), "utf-8")
    with sqlite_world.session() as session:
        settings = sqlite_world.settings.but(surveys_dir=tmp_path / "surveys")
        assert newcomers_wishes(session, settings, "nl").reason == "not_asked"
    with closed.session() as session:
        table = sa.table("published_statistics", sa.column("item_key"), sa.column("statistic"))
        nothing = sa.func.json_set(table.c.statistic, "$.shares", sa.func.json("[]"))
        session.execute(sa.update(table).where(table.c.item_key == "next").values(statistic=nothing))
        found = newcomers_wishes(session, closed.settings, "nl")
        assert (found.reason, found.wave, found.shown) == ("too_few", WAVE, False)
        session.rollback()


# --- the digest -----------------------------------------------------------------------------------

ONE, WEEK = timedelta(days=1), timedelta(days=7)
#: a Monday after every day on which somebody may run this
DAY = date(2091, 1, 8)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with mail_service(post) as port:
        yield port


def mailing(world: World, port: int) -> Any:
    sender = quote("Voorbeeld <feedback@voorbeeld.example>")
    url = f"smtp://127.0.0.1:{port}?from={sender}&tls=none&timeout=5"
    return world.settings.but(smtp_url=url, mails_a_minute=60_000)


def send(world: World, port: int, day: date, apart: str = "") -> int:
    """What the worker does every quarter of an hour, on a day; who works `apart` knows no other's lock file."""
    settings = mailing(world, port)
    with world.app.app_context():
        return send_digests(db.session, settings.but(instance_dir=settings.instance_dir / apart), day)


def follow(browser: Browser, **choice: Any) -> None:
    path = f"{THEMES}/subscription"
    assert browser.post(path, choice, form=path).status_code == 302


def text_of(post: Post, number: int = -1) -> str:
    body = post.taken[number].mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_only_news_once_a_period_in_the_language_of_the_account(world: World, post: Post, port: int) -> None:
    checked_client(world.app)
    weekly, monthly = signed_in(world.app, "analist"), signed_in(world.app, "lezer")
    practise(world, "Stond er al", region_key="gent")
    follow(weekly, rhythm="weekly", themes=["T07", "T03"], regions=["gent"])
    follow(monthly, rhythm="monthly")
    monthly.post("/staff/language", {"locale": "en"})
    assert send(world, port, DAY) == 0, "there is no news"
    new = practise(world, "Nieuw in Gent", region_key="gent")
    practise(world, "Elders", region_key="kempen")
    practise(world, "Ander thema", theme_key="T05", region_key="gent")
    assert send(world, port, DAY + 6 * ONE) == 0, "this week and month were looked at"
    assert send(world, free_port(), DAY + WEEK) == 0, "nobody takes mail: the week stays free"
    assert send(world, port, DAY + WEEK) == 1 and send(world, port, DAY + WEEK) == 0
    [taken] = post.taken
    letter = text_of(post)
    assert taken.recipients == [address_of("analist")] and f"/staff/practices/{new}" in letter
    assert "Nieuw in Gent" in letter and "Gent · Inclusie en welkom" in letter
    assert not [one for one in ("Stond er al", "Elders", "Ander thema") if one in letter]
    assert send(world, port, DAY + 4 * WEEK) == 1, "the month"
    letter = text_of(post)
    assert post.taken[-1].recipients == [address_of("lezer")] and f"{mark('en')} Goede praktijken" in letter
    assert all(title in letter for title in ("Nieuw in Gent", "Elders", "Ander thema"))
    assert "Stond er al" not in letter
    follow(weekly, rhythm="weekly", themes=[], regions=[])
    assert send(world, port, DAY + 20 * WEEK) == 0, "what one did not follow before is no news"
    with world.session() as session:
        found = session.get_one(Practice, new)
        releaser = session.scalars(sa.select(Account).where(Account.role == "vrijgever")).one()
        withdraw_practice(session, releaser, found, found.revision, "Weg.")
        pause(session, None, DAY)
    practise(world, "Tijdens de stop")
    assert send(world, port, DAY + 30 * WEEK) == 0
    with world.session() as session:
        resume(session, None)
        session.execute(sa.update(Account).where(Account.role == "lezer").values(active=False))
        session.commit()
    assert send(world, port, DAY + 30 * WEEK) == 1 and len(post.taken) == 3, "who left gets nothing"
    assert "Laatste e-mail" in said(weekly.get(f"{THEMES}/subscription"))


def test_two_workers_send_one_letter(world: World, post: Post, port: int) -> None:
    """Side by side, and also where their lock does not hold: the period itself is taken by one."""
    follow(signed_in(world.app, "analist"), rhythm="weekly")
    practise(world, "Nieuw")
    day = DAY
    with world.session() as session, alone(session.get_bind().engine, world.settings, "digests") as mine:
        assert mine and send(world, port, day) == 0, "somebody else is at it"
    with ThreadPoolExecutor(2) as two:
        assert sum(two.map(lambda apart: send(world, port, day, apart), ("one", "two"))) == 1
    assert len(post.taken) == 1
    with world.session() as session:  # a worker that died after it claimed its period
        session.execute(sa.update(Subscription).values(period="2000-W01", told=[]))
        session.commit()
    assert send(world, port, day) == 1 and len(post.taken) == 2
    assert post.taken[0].mail["Message-ID"] == post.taken[1].mail["Message-ID"], (
        "a mail program shows it once"
    )


def test_the_link_stops_by_post_alone_and_without_signing_in(
    sqlite_world: World, post: Post, port: int
) -> None:
    client = checked_client(sqlite_world.app)
    browser = signed_in(sqlite_world.app, "lezer")
    follow(browser, rhythm="weekly")
    browser.post("/staff/language", {"locale": "en"})
    practise(sqlite_world, "Nieuw")
    assert send(sqlite_world, port, DAY) == 1
    mail = post.taken[0].mail
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(sqlite_world.settings.base_url)
    assert link in text_of(post)
    asked = client.get(link)
    assert asked.status_code == 200 and f"{mark('en')} Overzicht stoppen?" in said(asked)
    assert len(sqlite_world.rows(Subscription)) == 1, "a GET changes nothing"
    for wrong in (
        f"{link[:-1]}{'0' if link[-1] != '0' else '1'}",
        link.replace(link.split("/")[3], random_id()),
    ):
        assert client.post(wrong).status_code == 404
    assert client.post(f"{link}é").status_code == 404 and len(sqlite_world.rows(Subscription)) == 1
    stopped = client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200 and "geen overzicht meer" in said(stopped)
    assert sqlite_world.rows(Subscription) == []
    assert "geen overzicht meer" in said(client.get(link)), "again is the same"
    follow(browser, rhythm="weekly")
    assert "Overzicht stoppen?" in said(client.get(link)), "an older e-mail stops what there is now"
    assert client.post(link).status_code == 200 and sqlite_world.rows(Subscription) == []
    follow(browser, rhythm="monthly", themes=["T07"])
    assert browser.post(f"{THEMES}/unsubscribe", form=f"{THEMES}/subscription").status_code == 302
    assert sqlite_world.rows(Subscription) == []
    refused = browser.post(f"{THEMES}/subscription", {"themes": ["T99"]}, form=f"{THEMES}/subscription")
    assert "Kies hoe vaak" in said(refused) and sqlite_world.rows(Subscription) == []
