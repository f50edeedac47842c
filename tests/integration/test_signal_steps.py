"""What a signal needs on its way: the test list, second pairs of eyes, ways back, dates, links, the board."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db, today
from feedback_app.shipped import default_surveys_dir
from feedback_app.signals import edit
from feedback_app.signals.identifying import identifying
from feedback_app.signals.lifecycle import MOVES
from feedback_app.signals.models import STATES, Signal, SignalEvent
from feedback_app.staff.models import Account
from tests.databases import Databases
from tests.raising import (
    ANSWERED,
    TOLD,
    WORDS,
    check,
    handed_over,
    hidden,
    move,
    reword,
    signal,
    two_waves,
    until,
    write,
)
from tests.staff import Browser, add, address_of, close_app, make_app, signed_in


@pytest.fixture(scope="module")
def app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with databases.migrated("sqlite") as url:
        made = make_app(url, tmp_path_factory.mktemp("steps"))
        two_waves(made)
        yield made
        close_app(made)


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[str, Browser]:
    """A colleague of each role, signed in."""
    return {role: signed_in(app, role) for role in ("netwerkmedewerker", "analist", "redacteur", "vrijgever")}


@pytest.fixture
def empty_app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path)
    two_waves(made)
    yield made
    close_app(made)


def stored(app: Flask, path: str, **values: object) -> None:
    """Put a signal where a test wants it, past the rules."""
    with app.app_context():
        db.session.execute(sa.update(Signal).where(Signal.id == path.rsplit("/", 1)[1]).values(**values))
        db.session.commit()


def account(app: Flask, role: str) -> str:
    with app.app_context():
        return str(db.session.scalars(sa.select(Account.id).where(Account.email == address_of(role))).one())


def test_the_test_list_has_to_be_answered_and_loses_nothing(app: Flask, people: dict[str, Browser]) -> None:
    browser = people["netwerkmedewerker"]
    path = write(browser)
    page = browser.get(f"{path}/check").text
    for known in ("meer dan vijf keer", "bij drie of meer", "in twee", "het agentschap"):
        assert f"Wie het meldde, schreef: {known}." in page
    assert "Beantwoord eerst de toetslijst" in move(browser, path, "getoetst").text
    half = {"spread": "", "neutral_why": "", "second_source": "no"}
    assert check(browser, path, **half).status_code == 302, "a half answered list may be kept"
    refused = move(browser, path, "getoetst").text
    assert "minstens drie organisaties en twee gemeenten; neutraal verwoord." in refused
    again = browser.get(f"{path}/check").text
    assert "Want recurring." in again and re.search(
        r'name="second_source"[^>]*value="no"[^>]*checked|checked[^>]*name="second_source"[^>]*value="no"',
        again,
    )
    named = check(browser, path, recurring_why="Vraag het aan jan@voorbeeld.example.")
    assert named.status_code == 200 and "Hier staat een e-mailadres" in named.text
    assert "Vraag het aan jan@voorbeeld.example." in named.text
    check(browser, path, beyond_one="no", beyond_one_why="Eén gezin.")
    stopped = move(browser, path, "getoetst").text
    assert "staat “nee” bij: het gaat verder dan één persoon. Zo kan het niet verder." in stopped
    assert "niet weerhouden" in stopped and signal(app, path)["state"] == "pre_signaal"
    check(browser, path, second_source="no")
    assert move(browser, path, "getoetst").status_code == 302
    fiche = unescape(browser.get(path).text)
    assert "Want unrecognisable." in fiche
    assert '<del class="written">nee</del> → <ins class="written">ja</ins>' in fiche, "what it said before"


def test_a_question_that_an_agency_took_out_of_form_p_is_no_fault(
    tmp_path: Path, databases: Databases
) -> None:
    surveys = shutil.copytree(default_surveys_dir(), tmp_path / "surveys")
    file = surveys / "staff" / "questionnaire.yaml"
    text = file.read_text(encoding="utf-8")
    first, last = text.index("  - key: municipalities"), text.index("  - key: own_action")
    file.write_text(text[:first] + text[last:], encoding="utf-8")
    with databases.migrated("sqlite") as url:
        made = make_app(url, tmp_path, surveys_dir=surveys)
        two_waves(made)
        browser = signed_in(made, "analist")
        path = write(browser)
        assert signal(made, path)["municipalities"] == ""
        assert [browser.get(f"{path}{part}").status_code for part in ("", "/check", "/edit")] == [200] * 3
        close_app(made)


def test_a_list_that_two_colleagues_answer_is_not_overwritten(app: Flask, people: dict[str, Browser]) -> None:
    one, other = people["redacteur"], people["analist"]
    path = write(one)
    opened = other.get(f"{path}/check").text
    check(one, path, recurring_why="Van de eerste.")
    answer = check(other, path, opened, recurring_why="Van de tweede.")
    assert answer.status_code == 409
    assert "Van de eerste." in answer.text and re.search(r"<textarea[^>]*>\s*Van de tweede\.", answer.text)
    assert check(other, path, answer.text, recurring_why="Van beiden.").status_code == 302
    page = one.get(path).text
    assert "Van beiden." in page and "Van de tweede." not in page


def test_a_no_that_passes_keeps_evidence_from_being_strong(app: Flask, people: dict[str, Browser]) -> None:
    browser = people["redacteur"]
    path = write(browser)
    check(browser, path, second_source="no", second_source_why="Nog niet gezocht.")
    reword(browser, path, evidence="sterk")
    move(browser, path, "getoetst")
    assert "Dan is het geen sterk patroon" in move(browser, path, "signaal").text
    check(browser, path)
    for evidence in ("sterk", "mogelijk"):
        reword(browser, path, evidence=evidence)
        assert "Geen enkel patroon dat erbij ligt" in unescape(move(browser, path, "signaal").text)
    reword(browser, path, evidence="focusgroep")
    assert move(browser, path, "signaal").status_code == 302


def test_the_test_list_does_not_say_more_than_form_p(app: Flask, people: dict[str, Browser]) -> None:
    browser = people["redacteur"]
    for few in ({"spread": "one"}, {"spread": "two"}, {"municipalities": "one"}):
        path = write(browser, **few)
        refused = check(browser, path)
        assert refused.status_code == 200 and "minder dan drie organisaties of twee gemeenten" in refused.text
        assert "Want neutral." in refused.text, "nothing typed is lost"
        assert check(browser, path, spread="no").status_code == 302
    assert check(browser, write(browser, spread="", municipalities="")).status_code == 302, "nobody said"


def test_a_text_that_names_somebody_goes_no_further(app: Flask, people: dict[str, Browser]) -> None:
    browser = people["redacteur"]
    path = write(browser)
    check(browser, path)
    refused = reword(browser, path, finding="Bel 0470 12 34 56 voor meer.", ask="Blijft staan.")
    assert refused.status_code == 200 and "Hier staat een telefoonnummer" in refused.text
    assert "Blijft staan." in refused.text and signal(app, path)["finding"] == ""
    stored(app, path, observation="Van vroeger: jan@voorbeeld.example")
    assert "Haal dat eerst weg" in move(browser, path, "getoetst").text


def test_each_step_has_a_way_back_that_keeps_what_was_written(app: Flask, people: dict[str, Browser]) -> None:
    writer, releaser = people["redacteur"], people["vrijgever"]
    path = handed_over(app, writer, releaser)
    code = signal(app, path)["code"]
    assert move(writer, path, "beantwoord", **ANSWERED).status_code == 302
    assert move(releaser, path, "teruggekoppeld", **TOLD).status_code == 302
    assert TOLD["told_doing"] in app.test_client().get("/terugkoppeling/nl").text
    for target in ("beantwoord", "overgemaakt", "gevalideerd", "signaal", "getoetst", "pre_signaal"):
        assert "Vul eerst in: reden." in move(releaser, path, target).text
        assert move(releaser, path, target, note=f"Terug: {target}.").status_code == 302
        assert signal(app, path)["state"] == target
        if target == "beantwoord":
            assert TOLD["told_doing"] not in app.test_client().get("/terugkoppeling/nl").text
    row = signal(app, path)
    assert (row["code"], row["answer"], row["title"]) == (code, ANSWERED["answer"], WORDS["title"])
    page = releaser.get(path).text
    assert "Terug naar “pre-signaal”" in page and "Terug: signaal." in page
    move(releaser, path, "niet_weerhouden", reason="Toch te klein.")
    assert move(writer, path, "pre_signaal").status_code == 302, "not for this role"
    assert signal(app, path)["state"] == "niet_weerhouden"
    assert move(releaser, path, "pre_signaal", note="Toch niet.").status_code == 302
    for target in ("getoetst", "signaal"):
        assert move(writer, path, target).status_code == 302
    assert move(releaser, path, "gevalideerd").status_code == 302, "sending back is no work on the text"
    assert signal(app, path)["code"] == code


@pytest.mark.parametrize("role", ["netwerkmedewerker", "analist", "redacteur", "vrijgever"])
def test_each_role_is_shown_its_own_steps_and_takes_no_other(
    app: Flask, people: dict[str, Browser], role: str
) -> None:
    browser = people[role]
    path = write(browser, region_key="kempen")
    days = {"handed_on": today(), "due_on": today(), "answered_on": today()}
    words = {
        "code": f"S-{role}",
        "title": "t",
        "finding": "f",
        "ask": "a",
        "answer": "x",
        "reason": "r",
        **TOLD,
    }
    for state in STATES:
        stored(app, path, state=state, **days, **words)
        shown = set(re.findall(rf'href="{path}/move/(\w+)"', browser.get(path).text))
        assert shown == {one.target for one in MOVES[state] if role in one.roles}, state
        for one in MOVES[state]:
            assert (browser.get(f"{path}/move/{one.target}").status_code == 200) == (role in one.roles)


def test_what_was_typed_stays_in_sight_when_a_colleague_was_first(
    app: Flask, people: dict[str, Browser]
) -> None:
    one, other = people["redacteur"], people["vrijgever"]
    path = handed_over(app, one, other)
    page = other.get(f"{path}/move/beantwoord").text
    plan = other.get(f"{path}/plan").text
    due = {"due_on": "2026-12-01", "responsible_id": account(app, "redacteur"), "note": "Afgesproken."}
    assert one.post(f"{path}/plan", {**hidden(plan), **due}).status_code == 302
    typed = {**ANSWERED, "answer": "Mijn lange antwoord."}
    late = other.post(f"{path}/move/beantwoord", {**hidden(page), **typed})
    assert late.status_code == 409 and "Mijn lange antwoord." in late.text
    move(one, path, "beantwoord", **ANSWERED)
    over = other.post(f"{path}/move/beantwoord", {**hidden(late.text), **typed})
    assert over.status_code == 409 and "Mijn lange antwoord." in over.text and "kan niet meer" in over.text
    assert signal(app, path)["answer"] == ANSWERED["answer"]


def test_a_date_is_moved_with_a_reason_and_somebody_follows_it_up(
    app: Flask, people: dict[str, Browser]
) -> None:
    writer, releaser = people["redacteur"], people["vrijgever"]
    path = handed_over(app, writer, releaser)
    add(app, "redacteur", region="limburg", email="limburg@voorbeeld.example")
    page = writer.get(f"{path}/plan").text
    assert address_of("vrijgever") in page and "limburg@voorbeeld.example" not in page
    other = {"due_on": "2026-10-15", "responsible_id": account(app, "vrijgever")}
    assert "Vul eerst in: reden." in writer.post(f"{path}/plan", {**hidden(page), **other}).text
    early = writer.post(f"{path}/plan", {**hidden(page), **other, "due_on": "2026-07-01", "note": "x"})
    assert "niet verwacht worden voor" in early.text and 'value="2026-07-01"' in early.text
    far = writer.post(f"{path}/plan", {**hidden(page), **other, "due_on": "9999-12-31", "note": "x"})
    assert "niet later dan over twee jaar" in far.text and 'value="9999-12-31"' in far.text
    assert (
        writer.post(f"{path}/plan", {**hidden(page), **other, "note": "Op vraag van hen."}).status_code == 302
    )
    fiche = unescape(writer.get(path).text)
    assert "15 oktober 2026" in fiche and "Op vraag van hen." in fiche
    assert f'<del class="written">{address_of("redacteur")}</del>' in fiche
    assert people["analist"].get(f"{path}/plan").status_code == 403


def test_signals_follow_each_other_up_but_never_in_a_circle(app: Flask, people: dict[str, Browser]) -> None:
    browser = people["redacteur"]
    first, second, third = (
        until(app, browser, "signaal", wave_key=key) for key in ("2026-H1", "2026-H1", "2026-H2")
    )
    ids = {path: path.rsplit("/", 1)[1] for path in (first, second, third)}
    for path, earlier in ((second, first), (third, second)):
        assert reword(browser, path, title=path, earlier_id=ids[earlier]).status_code == 302
    page = browser.get(f"{first}/edit").text
    assert not any(ids[one] in page.partition('id="earlier_id"')[2] for one in (second, third)), "not offered"
    with app.app_context():
        mine = db.session.get_one(Signal, ids[first])
        boss = db.session.get_one(Account, account(app, "redacteur"))
        for earlier in (second, third):
            with pytest.raises(edit.LinkRefused, match="circle"):
                edit.reword(db.session, boss, mine, mine.revision, {"earlier_id": ids[earlier]})
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.update(Signal).where(Signal.id == mine.id).values(earlier_id=mine.id))
        db.session.rollback()
    assert "Vervolg hierop" in browser.get(first).text and second in browser.get(first).text


def test_the_history_tells_who_did_what_and_what_it_was_before(
    app: Flask, people: dict[str, Browser]
) -> None:
    browser = people["redacteur"]
    path = until(app, browser, "getoetst")
    reword(browser, path, title="Een nieuwe titel", theme_key="T06", is_practice="y")
    page = unescape(browser.get(path).text)
    for before, after in ((WORDS["title"], "Een nieuwe titel"), ("informatie", "taal"), ("nee", "ja")):
        assert re.search(rf"<del[^>]*>{before}</del> → <ins[^>]*>{after}</ins>", page), after
    with app.app_context():
        mine = SignalEvent.signal_id == path.rsplit("/", 1)[1]
        events = db.session.scalars(sa.select(SignalEvent).where(mine).order_by(SignalEvent.at)).all()
        assert [one.kind for one in events] == ["written", "tested", "reworded", "moved", "reworded"]
        assert events[-1].changes["title"] == [WORDS["title"], "Een nieuwe titel"]


# --- at a glance -------------------------------------------------------------------------------------


def columns(browser: Browser, query: str) -> dict[str, int]:
    """Name of each column of the board → how many are in it."""
    page = unescape(browser.get(f"/staff/signals/board{query}").text)
    found = re.findall(r'<h2 id="column-\d+">([^<]+) <span class="meta">\((\d+)\)', page)
    return {name: int(number) for name, number in found}


def test_the_board_by_state_theme_and_region_with_how_many_came_full_circle(empty_app: Flask) -> None:
    writer = signed_in(empty_app, "redacteur")
    day = today()
    paths = [
        write(writer, region_key="kempen" if number % 2 else "", theme="T06" if number else "T05")
        for number in range(12)
    ]
    whole = {"code": None, "title": "Titel", "finding": "f", "ask": "a", "answer": "x", "addressee": "Wij"}
    whole |= TOLD | {"handed_on": day - timedelta(days=90), "answered_on": day - timedelta(days=40)}
    for number, path in enumerate(paths[:9]):
        state = ("overgemaakt", "beantwoord", "teruggekoppeld")[number // 3]
        due = day + timedelta(days=1 - number % 3)  # tomorrow, today, yesterday
        stored(empty_app, path, **{**whole, "code": f"S-{number}", "state": state, "due_on": due})
    by_state = columns(writer, "")
    assert list(by_state) == [
        "pre-signaal", "getoetst", "signaal", "gevalideerd", "overgemaakt", "beantwoord", "teruggekoppeld",
        "afgesloten", "niet weerhouden",
    ]  # fmt: skip
    assert [by_state[name] for name in ("pre-signaal", "overgemaakt", "beantwoord", "teruggekoppeld")] == [
        3
    ] * 4
    assert columns(writer, "?by=theme") == {"informatie": 1, "taal": 11}
    assert columns(writer, "?by=region") == {"Heel Vlaanderen": 6, "Kempen": 6}
    assert sum(columns(writer, "?by=state&region=kempen&theme=T06").values()) == 6
    page = " ".join(writer.get("/staff/signals/board").text.split())
    assert "3 van 9 overgemaakte signalen zijn beantwoord en teruggekoppeld." in page
    assert "Bij minder dan 10 signalen tonen we geen percentage" in page and "33 %" not in page
    assert "Beantwoord: 6. Nog binnen de termijn: 2. Te laat: 1." in page
    assert page.count("1 dag te laat") == 1
    stored(empty_app, paths[9], **{**whole, "code": "S-9", "state": "afgesloten", "due_on": day})
    assert "<strong>40 %</strong>" in writer.get("/staff/signals/board").text
    kempen = signed_in(empty_app, "netwerkmedewerker")
    assert columns(kempen, "?by=region&region=limburg") == {}
    assert columns(kempen, "?by=region") == {"Kempen": 6}


def test_what_is_late_is_listed_and_waits_on_the_start_page(empty_app: Flask) -> None:
    writer, releaser = signed_in(empty_app, "redacteur"), signed_in(empty_app, "vrijgever")
    assert "Niets is te laat" in writer.get("/staff/signals/late").text
    path = handed_over(empty_app, writer, releaser)
    day = today()
    stored(empty_app, path, handed_on=day - timedelta(days=60), due_on=day)
    assert "Niets is te laat" in writer.get("/staff/signals/late").text
    stored(empty_app, path, due_on=day - timedelta(days=3))
    page = writer.get("/staff/signals/late").text
    assert "3 dagen te laat" in page and f"{path}/move/beantwoord" in page and address_of("redacteur") in page
    assert "signaal is te laat" in writer.get("/staff/").text and "3 dagen te laat" in writer.get(path).text
    assert path not in signed_in(empty_app, "netwerkmedewerker").get("/staff/signals/late").text
    stored(empty_app, path, state="beantwoord", answer="x", answered_on=day - timedelta(days=29))
    assert "nog niet teruggekoppeld" in writer.get("/staff/signals/late").text


def test_the_drawn_number_of_an_earlier_signal_is_no_telephone_number(
    app: Flask, people: dict[str, Browser]
) -> None:
    browser, unlucky = people["netwerkmedewerker"], "0472123456" + 22 * "a"
    assert identifying(unlucky)
    earlier, path = write(browser), write(browser)
    with app.app_context():
        table = Signal.__table__
        found = db.session.execute(sa.select(table).where(table.c.id == earlier.rsplit("/", 1)[1])).one()
        db.session.execute(sa.insert(table).values({**found._mapping, "id": unlucky}))
        db.session.commit()
    stored(app, path, earlier_id=unlucky)
    check(browser, path, second_source="no")
    assert move(browser, path, "getoetst").status_code == 302
