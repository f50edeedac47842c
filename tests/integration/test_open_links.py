"""Answering without an invitation, through a poster or a tablet: stored as such, and in no response rate."""

import json
import re

import pytest
from werkzeug.test import TestResponse

from feedback_app.analysis.models import PublishedParticipation, PublishedStatistic
from feedback_app.analysis.monitor import Count, response_counts
from feedback_app.invitations.models import Invitation, OpenLink, Wave
from feedback_app.invitations.open_links import NewLink, find_link, make_link, set_active, spaced
from feedback_app.languages import language
from feedback_app.reports.gather import gather
from feedback_app.reports.pdf import report_html
from feedback_app.responses.models import Remark, Response
from tests.commands import run
from tests.example_catalogues import mark
from tests.staff import signed_in
from tests.world import WAVE, Person, World, respond

MODES = {"open": "o", "kiosk": "k"}
CLIENT = "0b7c1a52-7d2e-4b57-9a55-3c8f1f0e9d11"


def hang(world: World, mode: str, region: str = "kempen", offer_type: str = "stage") -> str:
    """Make a link; its path."""
    with world.session() as session:
        wanted = NewLink(mode, region, "agii", offer_type, "Voorbeeldplek")
        return f"/{MODES[mode]}/{make_link(session, world.settings, wanted, region=None).code}"


def state(answer: TestResponse) -> str:
    found = re.search(r'<main id="main" data-state="(\w+)"', answer.text)
    return found[1] if found else ""


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """Each kind of link."""
    return str(request.param)


def test_an_answer_is_stored_with_the_groups_of_the_link(world: World, mode: str) -> None:
    world.open([Person()])
    path = hang(world, mode)
    page = world.client.get(path)
    assert page.status_code == 200
    assert f'data-kind="{mode}"' in page.text
    assert 'name="refuse"' not in page.text
    assert path.split("/")[2] not in page.text, "the page would differ from place to place"
    assert "een stage" in page.text
    reply = world.client.post(
        f"{path}?lang=nl", data={"experience": "4", "match": "3", "remark": "Voorbeeld"}
    )
    assert (reply.status_code, state(reply)) == (200, "stored")
    [row] = world.rows(Response)
    groups = ("wave_key", "survey_key", "mode", "region_key", "agency_key", "offer_type", "locale")
    assert [row[key] for key in groups] == [WAVE, "newcomer", mode, "kempen", "agii", "stage", "nl"]
    given = {item: value for _, item, value in world.answers()}
    assert (given["experience"], given["match"], given["informed"]) == ("4", "3", "skipped")
    assert [one["text"] for one in world.rows(Remark)] == ["Voorbeeld"]
    assert {one["disposition"] for one in world.rows(Invitation)} == {"unknown"}


def test_nothing_stored_leads_back_to_the_link(world: World, mode: str) -> None:
    world.open([])
    path = hang(world, mode)
    world.client.post(path, data={"experience": "4"})
    code = path.split("/")[2]
    holding = {name for name, rows in world.dump().items() if any(code in map(str, row) for row in rows)}
    assert holding == {"open_links"}
    assert world.rows(OpenLink)[0]["active"] is True


def test_a_get_changes_nothing(world: World, mode: str) -> None:
    world.open([])
    path = hang(world, mode)
    before = world.dump()
    for _ in range(2):
        world.client.get(path)
    world.client.post(path, data={"lang": "ar", "experience": "4"})
    assert world.dump() == before


def test_the_newest_open_wave_gets_the_answer(world: World, mode: str) -> None:
    world.open([], "2026-H2")
    world.open([], "2026-H1")
    world.client.post(hang(world, mode), data={"experience": "4"})
    assert [one["wave_key"] for one in world.rows(Response)] == ["2026-H2"]


def test_the_same_identifier_is_the_same_response(world: World, mode: str) -> None:
    world.open([])
    path = hang(world, mode)
    for _ in range(3):
        reply = world.client.post(path, data={"experience": "4", "response_id": CLIENT})
        assert state(reply) == "stored"
    assert len(world.rows(Response)) == 1
    for _ in range(2):  # another person each time: without script nothing tells them apart
        world.client.post(path, data={"experience": "4"})
    assert len(world.rows(Response)) == 3


def test_the_language_is_the_one_chosen_else_that_of_the_phone_else_dutch(world: World, mode: str) -> None:
    world.open([])
    path = hang(world, mode)
    for query, header, key in (
        ("", None, "nl"),
        ("", "ti,en;q=0.5", "ti"),
        ("", "zz,uk;q=0.8", "uk"),
        ("", "so", "nl"),
        ("?lang=ar", "uk", "ar"),
        ("?lang=fa-AF", None, "fa_AF"),
        ("?lang=zz", "fr", "fr"),
    ):
        page = world.client.get(path + query, headers={"Accept-Language": header} if header else {})
        tag = language(key).tag
        assert f'<html lang="{tag}" dir="{language(key).direction}"' in page.text, (query, header)
        assert (mark(key) in page.text) == (key != "nl")
    reply = world.client.post(f"{path}?lang=ti", data={"experience": "4"}, headers={"Accept-Language": "uk"})
    assert mark("ti") in reply.text
    assert [one["locale"] for one in world.rows(Response)] == ["ti"]


def test_another_language_keeps_what_was_chosen(world: World, mode: str) -> None:
    world.open([])
    page = world.client.post(hang(world, mode), data={"lang": "ar", "experience": "2"})
    assert re.search(r'name="experience" value="2"[^>]* checked', page.text)
    assert mark("ar") in page.text


def test_a_fault_is_told_in_place(world: World, mode: str) -> None:
    world.open([])
    reply = world.client.post(hang(world, mode), data={"experience": "9"})
    assert (reply.status_code, state(reply)) == (422, "")
    assert world.rows(Response) == []
    large = world.client.post(hang(world, mode), data={"remark": "é" * 200_000})
    assert (large.status_code, state(large)) == (413, "")


def test_where_nothing_is_asked_the_page_says_so_kindly(world: World, mode: str) -> None:
    path = hang(world, mode)

    def both(address: str) -> set[tuple[int, str]]:
        answers = (world.client.get(address), world.client.post(address, data={"experience": "4"}))
        return {(one.status_code, state(one)) for one in answers}

    assert both(path) == {(410, "closed")}, "no wave is open"
    world.open([])
    assert both(path) == {(200, ""), (200, "stored")}
    with world.session() as session:
        link = find_link(session, path.split("/")[2])
        assert link is not None
        set_active(session, link, False)
    assert both(path) == {(410, "closed")}, "the link is stopped"
    with world.session() as session:
        set_active(session, session.get_one(OpenLink, path.split("/")[2]), True)
    world.shut()
    assert both(path) == {(410, "closed")}, "the wave is closed"
    for other in (path[:-1], f"/{MODES[mode]}/22222222", f"/{MODES[mode]}/é%00%20"):
        assert both(other) == {(404, "unknown")}, other
    crossed = {"open": "k", "kiosk": "o"}[mode]
    assert both(f"/{crossed}/{path.split('/')[2]}") == {(404, "unknown")}, "the mode would be wrong"
    assert len(world.rows(Response)) == 1


def test_a_code_may_be_typed_as_people_type(world: World, mode: str) -> None:
    world.open([])
    start, code = f"/{MODES[mode]}/", hang(world, mode).split("/")[2]
    for typed in (code.lower(), spaced(code), f"{code[:4]}%20{code[4:].lower()}"):
        assert world.client.get(start + typed).status_code == 200, typed


def test_a_tablet_begins_anew_without_script(world: World) -> None:
    world.open([])
    refresh = '<noscript><meta http-equiv="refresh" content="30;url=?"></noscript>'
    for mode in MODES:
        path = hang(world, mode)
        assert refresh not in world.client.get(path).text, "a page with answers in it must never go by itself"
        assert refresh not in world.client.post(path, data={"experience": "9"}).text
        thanked = world.client.post(path, data={"experience": "4"}).text
        assert (refresh in thanked) == (mode == "kiosk")
        world.client.post(path, data={"lang": "ar"})


def test_a_tablet_leads_nowhere_from_where_nothing_leads_back(world: World) -> None:
    world.open([])
    for mode in MODES:
        path = hang(world, mode)
        thanked = world.client.post(path, data={"experience": "4", "welcome": "no"}).text
        for text in (world.client.get(path).text, thanked, world.client.get(path[:-1]).text):
            assert ('<a href="/' in text) == (mode == "open")
            assert "/privacy?lang=nl" in text, "the address that is read leads to the page's language too"


#: answered invitations, invitations, and answers by poster and by tablet
ANSWERED, INVITED, POSTER, TABLET = 60, 100, 80, 70


def test_posters_and_tablets_are_in_no_response_rate(world: World) -> None:
    world.open([Person() for _ in range(INVITED)])
    client, links = world.client, world.links()
    for link in links[:ANSWERED]:
        respond(client, link.token, {"experience": "4"})
    for mode, number in (("open", POSTER), ("kiosk", TABLET)):
        path = hang(world, mode, offer_type="buddy")
        for _ in range(number):
            client.post(path, data={"experience": "2"})
    world.shut()
    shown = {
        (one["cut"], one["member"]): one["participation"]
        for one in world.rows(PublishedParticipation)
        if one["survey_key"] == "newcomer"
    }
    for group in (
        ("flanders", "vlaanderen"),
        ("region", "kempen"),
        ("agency", "agii"),
        ("offer_type", "buddy"),
    ):
        assert (shown[group]["invited"], shown[group]["answered"], shown[group]["rr2"]) == ("100", "60", 60)
    assert sum(dict(shown["flanders", "vlaanderen"]["outcomes"]).values()) == INVITED
    for mode, number in (("open", POSTER), ("kiosk", TABLET), ("phone", ANSWERED)):
        counted = {"invited": "", "answered": str(number), "rr1": None, "rr2": None}
        assert {key: shown["mode", mode][key] for key in counted} == counted
    [statistic] = [
        one["statistic"]
        for one in world.rows(PublishedStatistic)
        if (one["survey_key"], one["cut"], one["item_key"]) == ("newcomer", "flanders", "experience")
    ]
    assert statistic["base"] == str(ANSWERED + POSTER + TABLET), "what they said counts as much"
    printed = json.loads(run(world, "rates", "--wave", WAVE, "--json").output)
    assert {one["rr2"] for one in printed if one["audience"] == "newcomer" and one["cut"] == "mode"} == {None}
    _the_report_says_so(world)


def _the_report_says_so(world: World) -> None:
    with world.session() as session:
        wave = session.get_one(Wave, WAVE)
        content = gather(session, world.settings, wave, region_key=None, locale="nl", draft=True)
    text = re.sub(r"\s+", " ", report_html(content))
    assert "Van de 100 uitgenodigde nieuwkomers antwoordden er 60." in text
    assert "Daarnaast kwamen er 80 antwoorden via een poster." in text
    assert "Daarnaast kwamen er 70 antwoorden op een tablet." in text
    assert "nooit in de respons" in text


def test_the_monitor_leaves_them_out_and_says_so(world: World) -> None:
    world.open([Person() for _ in range(20)])
    for link in world.links()[:12]:
        respond(world.client, link.token, {"experience": "4"})
    paths = [hang(world, mode) for mode in MODES]
    with world.session() as session:
        before = response_counts(session, WAVE, None)
    for path in paths:
        for _ in range(15):
            world.client.post(path, data={"experience": "4"})
    with world.session() as session:
        assert response_counts(session, WAVE, None) == before
    assert before.total["newcomer"].answered == Count(10)
    page = signed_in(world.app, "analist").get("/staff/waves").text
    assert "Antwoorden via posters en tablets staan hier niet bij" in page
