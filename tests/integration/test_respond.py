"""The respondent's pages over HTTP: asking changes nothing, answering stores exactly what was said, once."""

import re
from typing import Any
from uuid import uuid4

import pytest
from flask import template_rendered

from feedback_app.invitations.models import Invitation, WaveQuestionnaire
from feedback_app.invitations.throttle import Throttle
from feedback_app.responses.models import Remark, Response
from feedback_app.responses.pages import telephone
from tests.example_catalogues import mark
from tests.markup import check_markup, parse, text_of
from tests.world import HELP, WAVE, Person, World, respond

HALF = {"experience": "4", "match": "3", "informed": "yes"}
NOTHING = {"experience", "match", "informed", "support", "dutch", "contacts", "welcome"}


def answers_of(world: World) -> dict[str, set[str]]:
    """Item → stored values, of all responses together."""
    found: dict[str, set[str]] = {}
    for _, item, value in world.answers():
        found.setdefault(item, set()).add(value)
    return found


def dispositions(world: World, audience: str = "newcomer") -> list[str]:
    return [row["disposition"] for row in world.rows(Invitation) if row["audience"] == audience]


def chosen_on(html: str) -> set[tuple[str, str]]:
    """(item, option) of every ticked box on a page, and what stands in text boxes."""
    page = parse(html)
    ticked = {(one.get("name"), one.get("value")) for one in page.iter("input") if "checked" in one.attrib}
    return ticked | {(one.get("name"), one.text) for one in page.iter("textarea") if one.text}


def test_looking_changes_nothing(world: World) -> None:
    world.open([Person(language="ar")])
    token, before = world.token(), world.dump()
    client = world.client
    for address in (f"/s/{token}", f"/s/{token}?lang=nl", f"/s/{token}?lang=xx", f"/s/{token}?refuse=1"):
        assert client.get(address).status_code == 200
        head = client.head(address)
        assert (head.status_code, head.data) == (200, b"")
    assert client.get(f"/s/{world.token('partner')}").status_code == 200
    client.get("/s/nonsense")
    assert world.dump() == before


def test_a_whole_survey_is_stored_exactly(world: World) -> None:
    world.open([Person(language="ti", region="limburg", offer_type="stage")])
    sent = {
        "experience": "2",
        "match": "2",
        "difficulties": ["hours", "too_far"],
        "informed": "partly",
        "support": "not_applicable",
        "contacts": "no",
        "welcome": "prefer_not",
        "remark": "Voorbeeld:\r\nmeer tijd\x00",
    }
    page = respond(world.client, world.token(), sent)
    assert page.status_code == 200
    assert f"<h1>{mark('ti')} Bedankt!</h1>" in page.text
    assert answers_of(world) == {
        "experience": {"2"},
        "match": {"2"},
        "difficulties": {"hours", "too_far"},
        "informed": {"partly"},
        "support": {"not_applicable"},
        "dutch": {"skipped"},
        "contacts": {"no"},
        "welcome": {"prefer_not"},
    }
    (response,) = world.rows(Response)
    features = {"wave_key": WAVE, "survey_key": "newcomer", "mode": "phone", "region_key": "limburg"}
    assert response.items() >= {**features, "offer_type": "stage", "locale": "ti", "complete": True}.items()
    assert re.fullmatch(r"20\d\d-W\d\d", response["week"])
    (remark,) = world.rows(Remark)
    assert (remark["text"], remark["locale"], remark["state"]) == ("Voorbeeld:\nmeer tijd", "ti", "new")
    assert response["id"] not in remark.values()
    assert dispositions(world) == ["answered"]


def test_the_thanks_are_made_once_for_all_kinds_of_activity(sqlite_world: World) -> None:
    sqlite_world.open([Person(offer_type="stage"), Person(offer_type="buddy")])
    made: list[str | None] = []
    with template_rendered.connected_to(lambda _app, template, **_more: made.append(template.name)):
        for link in sqlite_world.links("newcomer"):
            assert "Bedankt!" in respond(sqlite_world.client, link.token, HALF).text
    assert made.count("respond/thanks.html") == 1


def test_a_partners_survey_is_stored_with_its_own_questions(world: World) -> None:
    world.open([Person(offer_type="vereniging", agency="amal")])
    sent = {"course": "5", "match": "3", "needs": ["exchange", "contact_point"], "language": "sometimes"}
    assert "Bedankt!" in respond(world.client, world.token("partner"), sent).text
    found = answers_of(world)
    assert found["needs"] == {"exchange", "contact_point"}
    assert (found["course"], found["difficulties"], found["again"]) == ({"5"}, {"not_shown"}, {"skipped"})
    (response,) = world.rows(Response)
    assert (response["survey_key"], response["agency_key"], response["complete"]) == (
        "partner",
        "amal",
        False,
    )


@pytest.mark.parametrize(
    ("match", "stored"),
    [("3", "not_shown"), ("dont_know", "not_shown"), (None, "not_shown"), ("1", "hours"), ("2", "hours")],
)
def test_the_server_keeps_to_the_route(sqlite_world: World, match: str | None, stored: str) -> None:
    sqlite_world.open()
    sent = {"difficulties": "hours"} | ({"match": match} if match else {})
    respond(sqlite_world.client, sqlite_world.token(), sent)
    assert answers_of(sqlite_world)["difficulties"] == {stored}


def test_each_question_may_be_skipped(sqlite_world: World) -> None:
    sqlite_world.open()
    assert "Bedankt!" in respond(sqlite_world.client, sqlite_world.token(), {"dutch": "much"}).text
    found = answers_of(sqlite_world)
    assert found.pop("difficulties") == {"not_shown"}
    assert found == {key: {"skipped"} for key in NOTHING} | {"dutch": {"much"}}
    assert [row["complete"] for row in sqlite_world.rows(Response)] == [False]
    assert not sqlite_world.rows(Remark)


def test_a_page_sent_by_mistake_uses_up_no_link(world: World) -> None:
    """Without one answer nobody took part: it would count as a response, and the link would be over."""
    world.open()
    client, token = world.client, world.token()
    for nothing in ({"response_id": ""}, {"remark": "  "}, {"response_id": str(uuid4())}):
        refused = client.post(f"/s/{token}?lang=nl", data=nothing)
        assert refused.status_code == 422
        assert "Beantwoord minstens één vraag." in refused.text
    assert not world.rows(Response)
    assert "Bedankt!" in respond(client, token, {"welcome": "prefer_not"}).text


@pytest.mark.parametrize(
    ("given", "complete"),
    [(6, True), (5, False)],
    ids=["six of seven are 86 %", "five of seven are 71 %"],
)
def test_complete_means_four_fifths_of_what_was_shown(
    sqlite_world: World, given: int, complete: bool
) -> None:
    sqlite_world.open()
    whole = {**HALF, "support": "no", "dutch": "much", "contacts": "no", "welcome": "prefer_not"}
    respond(sqlite_world.client, sqlite_world.token(), dict(list(whole.items())[:given]))
    assert [row["complete"] for row in sqlite_world.rows(Response)] == [complete]


@pytest.mark.parametrize(
    ("audience", "wrong", "said"),
    [
        ("newcomer", {"experience": "9"}, "Dit antwoord kennen we niet."),
        ("newcomer", {"match": "2", "difficulties": ["hours", "invented"]}, "Dit antwoord kennen we niet."),
        ("newcomer", {"welcome": "not_shown"}, "Dit antwoord kennen we niet."),
        ("newcomer", {"informed": "x\x00"}, "Dit antwoord kennen we niet."),
        ("newcomer", {"remark": "x" * 2001}, "Zoveel tekens mag: 2000."),
        ("partner", {"needs": ["exchange", "other", "nothing"]}, "Je mag er zoveel kiezen: 2."),
    ],
)
def test_a_fault_is_a_clear_page_that_keeps_the_answers(
    world: World, audience: str, wrong: dict[str, Any], said: str
) -> None:
    world.open()
    before = world.dump()
    good = {"informed": "partly", "match": "2"} | wrong
    page = respond(world.client, world.token(audience), good, lang="fr")
    assert page.status_code == 422
    assert f"{mark('fr')} " in page.text
    assert said in page.text
    kept = chosen_on(page.text)
    for item, values in good.items():
        for value in values if isinstance(values, list) else [values]:
            if value not in ("9", "invented", "not_shown", "x\x00"):
                assert (item, value) in kept
    assert world.dump() == before


def test_line_breaks_count_once_as_in_the_box(sqlite_world: World) -> None:
    sqlite_world.open()
    text = "\r\n".join(["x"] * 1000)  # 1999 characters where it was typed, 2998 on the way
    assert "Bedankt!" in respond(sqlite_world.client, sqlite_world.token(), {"remark": text}).text
    assert [len(row["text"]) for row in sqlite_world.rows(Remark)] == [1999]


def test_much_too_much_is_refused_in_the_language_of_the_page(sqlite_world: World) -> None:
    sqlite_world.open()
    page = respond(sqlite_world.client, sqlite_world.token(), {"remark": "x" * 300_000}, lang="uk")
    assert page.status_code == 413
    assert f"{mark('uk')} Dit is te groot" in page.text
    assert not sqlite_world.rows(Response)


def test_switching_language_keeps_answers_and_stores_nothing(world: World) -> None:
    world.open()
    token, before = world.token(), world.dump()
    sent = {"experience": "4", "match": "2", "difficulties": ["hours", "other"], "remark": "سلام\r\nእወ"}
    client = world.client
    for tag, direction in (("ar", "rtl"), ("fa-AF", "rtl"), ("ti", "ltr"), ("nl", "ltr")):
        page = respond(client, token, {**sent, "lang": tag}, lang="fr", response_id="f" * 8)
        assert page.status_code == 200
        assert f'<html lang="{tag}" dir="{direction}">' in page.text
        assert chosen_on(page.text) == {
            *(("experience", "4"), ("match", "2")),
            *(("difficulties", "hours"), ("difficulties", "other")),
            ("remark", "سلام\nእወ"),
        }
        assert 'value="ffffffff"' in page.text
    assert world.dump() == before


@pytest.mark.parametrize(
    ("asked", "browser", "contact", "language"),
    [
        ("fa-AF", "", "nl", "fa-AF"),
        ("prs", "", "nl", "fa-AF"),
        ("fa_AF", "", "nl", "fa-AF"),
        ("xx", "", "ar", "ar"),
        (None, "", "ar", "ar"),
        (None, "fr", "ar", "ar"),
        (None, "de, fr;q=0.8, en;q=0.9", "so", "en"),
        ("so", "", "so", "nl"),
        (None, "", "so", "nl"),
    ],
)
def test_the_language_asked_for_or_known_or_of_the_browser_or_dutch(
    sqlite_world: World, asked: str | None, browser: str, contact: str, language: str
) -> None:
    sqlite_world.open([Person(language=contact)])
    address = f"/s/{sqlite_world.token()}" + (f"?lang={asked}" if asked else "")
    page = sqlite_world.client.get(address, headers={"Accept-Language": browser})
    assert f'<html lang="{language}"' in page.text


@pytest.mark.parametrize("locale", ["ar", "uk", "fa_AF", "ti"])
def test_a_page_is_in_one_language_and_dutch_is_one_tap_away(sqlite_world: World, locale: str) -> None:
    sqlite_world.open()
    client, token = sqlite_world.client, sqlite_world.token()
    pages = [client.get(f"/s/{token}?lang={locale}"), respond(client, token, {"welcome": "no"}, lang=locale)]
    for page in pages:
        _everything_marked(page.text, mark(locale))
        assert "Vertaling uit het Nederlands." in page.text
    dutch = [one for one in parse(pages[0].text).iter("button") if one.get("value") == "nl"]
    assert text_of(dutch[0]) == "Nederlands"
    assert "Vertaling uit het Nederlands." not in client.get(f"/s/{token}?lang=nl").text


def _everything_marked(html: str, sign: str) -> None:
    """Every word on the page is in its language, but for what says that it is in another."""
    page = parse(html)
    foreign = {inner for one in page.iter() if one.get("lang") and one.tag != "html" for inner in one.iter()}
    for one in page.iter():
        if one not in foreign and one.tag not in ("style", "script") and (one.text or "").strip():
            assert one.text.strip().startswith(sign), f"<{one.tag}> says {one.text.strip()!r}"


def test_a_repeated_post_is_the_same_response(world: World) -> None:
    world.open()
    client, token, same = world.client, world.token(), str(uuid4())
    for spelled in (same, same, same.upper()):
        page = respond(client, token, HALF, response_id=spelled)
        assert (page.status_code, "<h1>Bedankt!</h1>" in page.text) == (200, True)
    assert len(world.rows(Response)) == 1
    for other in ({"response_id": str(uuid4())}, {}):
        page = respond(client, token, {"experience": "1"}, **other)
        assert page.status_code == 200
        assert "Je antwoord is al bij ons." in page.text
    assert len(world.rows(Response)) == 1
    assert answers_of(world)["experience"] == {"4"}


def test_two_links_with_one_identifier_are_two_responses(world: World) -> None:
    world.open([Person(), Person()])
    first, second = (link.token for link in world.links())
    same = str(uuid4())
    for token in (first, second, second):
        assert "<h1>Bedankt!</h1>" in respond(world.client, token, HALF, response_id=same).text
    assert len(world.rows(Response)) == 2
    assert dispositions(world) == ["answered", "answered"]


@pytest.mark.parametrize("lang", ["nl", "fr", "xx", None])
def test_what_a_page_says_it_asked_is_not_believed(world: World, lang: str | None) -> None:
    """The page tells its version so that one look-up less is needed; the link alone decides."""
    world.open([Person() for _ in range(12)])
    own, other = (
        next(row["fingerprint"] for row in world.rows(WaveQuestionnaire) if row["survey_key"] == audience)
        for audience in ("newcomer", "partner")
    )
    tokens = [link.token for link in world.links()]
    for said in (own, other, None, "\x00", "0" * 64, "é" * 9000):
        same, more = str(uuid4()), {} if said is None else {"version": said}
        for sent in (tokens.pop(), tokens.pop()):
            page = respond(world.client, sent, HALF, lang, response_id=same, **more)
            assert 'data-state="stored"' in page.text, said
        partner = respond(world.client, world.token("partner"), {"course": "x"}, lang, **more)
        assert 'name="version"' in partner.text, said
    assert [row["fingerprint"] for row in world.rows(Response)] == [own] * 12


@pytest.mark.parametrize("sent", ["", "x", "0" * 400, "\x00", "0" * 32])
def test_an_odd_identifier_costs_nobody_an_answer(world: World, sent: str) -> None:
    world.open()
    assert "<h1>Bedankt!</h1>" in respond(world.client, world.token(), HALF, response_id=sent).text
    (row,) = world.rows(Response)
    assert re.fullmatch(r"[0-9a-f]{32}", row["id"])
    assert row["id"] != "0" * 32


def test_used_closed_and_unknown_links_get_a_kind_page(world: World) -> None:
    world.open([Person(language="ar"), Person(language="ar"), Person(language="nl")])
    used, fresh, _ = sorted(world.links(), key=lambda link: link.language)
    client, same = world.client, str(uuid4())
    respond(client, used.token, HALF, response_id=same)
    page = client.get(f"/s/{used.token}")
    assert (page.status_code, f"{mark('ar')} Bedankt! Je antwoord is al bij ons." in page.text) == (200, True)
    for unknown in (
        "x",
        fresh.token[:-1],
        fresh.token + "A",
        fresh.token.swapcase(),
        "%00",
        "%ff",
        "é" * 500,
    ):
        for page in (client.get(f"/s/{unknown}?lang=fr"), client.post(f"/s/{unknown}?lang=fr", data=HALF)):
            assert (page.status_code, f"{mark('fr')} Deze link werkt niet." in page.text) == (404, True)
    world.shut()
    before = world.dump()
    for page in (client.get(f"/s/{fresh.token}"), respond(client, fresh.token, HALF)):
        assert (page.status_code, f"{mark('ar')} Deze vragen zijn gesloten." in page.text) == (410, True)
    for more in ({"response_id": same}, {"refuse": "1"}, {"lang": "nl"}, {}, {"match": "no option"}):
        assert "Je antwoord is al bij ons." in respond(client, used.token, {**HALF, **more}).text
    for more in ({"refuse": "1"}, {"match": "no option"}):
        assert respond(client, fresh.token, more).status_code == 410
    assert world.dump() == before


def test_someone_may_refuse_and_still_change_their_mind(world: World) -> None:
    world.open()
    client, token = world.client, world.token()
    page = respond(client, token, HALF, lang="uk", refuse="1")
    assert f"{mark('uk')} Goed, je doet niet mee." in page.text
    assert dispositions(world) == ["refused"]
    assert not world.rows(Response)
    assert "<form" in client.get(f"/s/{token}").text
    assert "<h1>Bedankt!</h1>" in respond(client, token, HALF).text
    assert dispositions(world) == ["answered"]
    assert "al bij ons" in respond(client, token, {}, refuse="1").text
    assert dispositions(world) == ["answered"]


@pytest.mark.parametrize(("welcome", "helped"), [("sometimes", 1), ("no", 1), ("yes", 0), ("prefer_not", 0)])
def test_who_did_not_feel_welcome_is_told_where_help_is(
    sqlite_world: World, welcome: str, helped: int
) -> None:
    sqlite_world.open([Person(language="ar")])
    page = respond(sqlite_world.client, sqlite_world.token(), {"welcome": welcome})
    own, dutch = page.text.split("<details")  # the same words once more
    assert own.count(f"{mark('ar')} Voelde je je niet welkom?") == helped
    for words in (own, dutch):
        assert words.count(HELP) == helped
        assert words.count('<a href="tel:0000">') == helped


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("Voorbeeld: 0800 13 500", "tel:080013500"),
        ("Voorbeeld, +32 2/555.00.00", "tel:+3225550000"),
        ("Voorbeeld 1712", "tel:1712"),
        ("Voorbeeldstraat 12, 9000 Gent", ""),
        ("Voorbeeldstraat 12", ""),
        ("hulp@voorbeeld.example", ""),
    ],
)
def test_a_line_that_ends_in_a_telephone_number_can_be_called(line: str, call: str) -> None:
    assert telephone(line) == call


def test_the_public_pages_stand_by_themselves(sqlite_world: World) -> None:
    client = sqlite_world.client
    for address in ("/", "/privacy", "/toegankelijkheid", "/nergens"):
        for locale in ("nl", "ar"):
            page = client.get(f"{address}?lang={locale}")
            assert page.status_code == (404 if address == "/nergens" else 200)
            if locale == "ar":
                assert page.text.count(mark("ar")) > 3
    assert client.get("/health/live").text == client.get("/health/ready").text == "ok\n"
    assert client.put("/s/x").status_code == 405


@pytest.mark.parametrize("locale", ["nl", "fa_AF"])
def test_every_link_a_respondent_meets_leads_somewhere(sqlite_world: World, locale: str) -> None:
    sqlite_world.open([Person(language=locale)])
    client, token = sqlite_world.client, sqlite_world.token()
    pages = [client.get(f"/?lang={locale}"), client.get(f"/s/{token}"), respond(client, token, HALF)]
    links = {one.get("href", "") for page in pages for one in parse(page.text).iter("a")}
    assert len(links) >= 4
    for link in sorted(links):
        if link.startswith("/") and not link.startswith("/staff"):
            page = client.get(link)
            assert page.status_code == 200, link
            assert f'lang="{locale.replace("_", "-")}"' in page.text


@pytest.mark.parametrize(
    "fault",
    [
        "<h1>twice</h1>",
        "<img src=https://elsewhere.example/x.png alt=''>",
        "<input name=x>",
        "<input aria-label=x>",
        "<p onclick=x>x</p>",
        "<p style='color:red'>x</p>",
        "<p lang=ar>x</p>",
        "<script>1</script>",
        "<label>x<div>y</div></label>",
        "<a href='#nowhere'>x</a>",
        "<h3>x</h3>",
        "<button></button>",
    ],
)
def test_the_page_check_sees_faults(fault: str) -> None:
    head = '<!doctype html><html lang="nl" dir="ltr"><head><title>x</title>'
    head += '<meta name="viewport" content="width=device-width"></head><body><main><h1>x</h1>'
    check_markup(f"{head}</main></body></html>", own="http://own.example", policy="")
    with pytest.raises(AssertionError):
        check_markup(f"{head}{fault}</main></body></html>", own="http://own.example", policy="")


def test_guessing_links_is_slowed_down_and_a_class_behind_the_same_address_is_not(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what leads nowhere is counted, under whichever address it is tried."""
    world, client = sqlite_world, sqlite_world.client
    world.open([Person(), Person()])
    monkeypatch.setitem(world.app.extensions, "unknown_links", Throttle(most=6))
    tried = [client.get(f"/{kind}/raden-{number}") for number in range(3) for kind in ("s", "o", "k", "stop")]
    assert [one.status_code for one in tried] == [404] * 6 + [429] * 6
    assert "paar minuten" in tried[-1].text and tried[-1].headers["Retry-After"] == "600"
    guessed = client.post("/s/raden?lang=ar", data={"experience": "4"})
    assert (guessed.status_code, guessed.headers["Content-Language"]) == (429, "ar")
    assert "data-state" not in guessed.text.split("<main")[1].split(">")[0], "a phone tries again later"
    elsewhere = client.get("/s/raden", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 404
    for link in world.links():
        assert client.get(f"/s/{link.token}").status_code == 200
        assert 'data-state="stored"' in respond(client, link.token, {"experience": "4"}).text
    assert "raden" not in repr(vars(world.app.extensions["unknown_links"]))
