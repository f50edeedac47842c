"""Patterns: found when a wave closes, told by the command and the page, made into a signal with its evidence."""

import hashlib
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app.analysis.models import PatternRun, PatternTest, PublishedStatistic
from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.invitations.waves import open_wave
from feedback_app.jobs import Job, jobs
from feedback_app.signals.models import Signal, SignalEvidence
from tests.commands import run
from tests.raising import check, hidden, move, reword, write
from tests.staff import Browser, signed_in
from tests.told import Telling, everybody_answered, remark, tell
from tests.world import Person, World

FIRST, SECOND, THIRD = "2026-H1", "2026-H2", "2027-H1"
#: the regions with 120 newcomers each; `gent` has twelve
LARGE = ("kempen", "limburg", "brugge", "oostende", "midwest", "waasland")


def newcomers(region: str, welcome: int, informed: int, number: int = 120) -> Telling:
    """A region where so many of its newcomers felt welcome and knew enough; nearly all found it good."""
    items = {
        "welcome": {"yes": welcome, "no": number - welcome},
        "informed": {"yes": informed, "no": number - informed},
        "experience": {"5": number - 6, "1": 6},
        "match": {"3": number // 2, "1": number - number // 2},
    }
    return Telling("newcomer", region, items)


def one_wave(world: World, wave: str, informed: int) -> None:
    """Kempen is less welcoming than the rest, Gent has few answers, partners see a better match."""
    tell(world, wave, *(newcomers(region, 72 if region == "kempen" else 102, informed) for region in LARGE))
    tell(world, wave, newcomers("gent", 7, 7, number=12))
    tell(
        world,
        wave,
        Telling("partner", "kempen", {"match": {"3": 52, "1": 8}, "roles": {"yes": 20, "no": 40}}),
    )
    world.shut(wave)


def two_waves(world: World) -> None:
    """Two closed waves, the second with fewer informed people and with remarks about T05."""
    world.open([Person(partners=(f"Voorbeeldclub {number % 12}",)) for number in range(60)])
    everybody_answered(world)
    remark(world, FIRST, "T05", 0, 20)
    one_wave(world, FIRST, informed=105)
    with world.session() as session:
        open_wave(session, world.settings, SECOND)
    one_wave(world, SECOND, informed=70)


def every_test(world: World, wave: str) -> list[dict[str, Any]]:
    printed = run(world, "patterns", "--wave", wave, "--json")
    assert printed.exit_code == 0, printed.stderr
    found: list[dict[str, Any]] = json.loads(printed.stdout)["tests"]
    return found


def pick(
    tests: list[dict[str, Any]],
    family: str,
    item: str,
    region: str | None = None,
    method: str = "",
    audience: str = "newcomer",
) -> Any:
    wanted = (family, audience, item, region, method)
    names = ("family", "audience", "item", "region", "method")
    (one,) = (t for t in tests if tuple(t[name] for name in names) == wanted)
    return one


def test_what_differs_is_found_and_all_that_was_tested_is_kept(world: World) -> None:
    two_waves(world)
    first, second = every_test(world, FIRST), every_test(world, SECOND)
    kempen = pick(first, "region", "welcome", "kempen")
    assert (kempen["evidence"], kempen["effect"], kempen["n"]) == ("mogelijk", -20, "120")
    assert kempen["q"] <= 0.05 and kempen["tests_run"] == sum(
        one["q"] is not None for one in first if one["family"] == "region"
    )
    assert kempen["interval"][0] < -20 < kempen["interval"][1] and 60 < kempen["shrunken"] < 80
    again = pick(second, "region", "welcome", "kempen")
    assert (again["evidence"], again["confirmed_by"]) == ("sterk", ["waves"])
    together = pick(second, "region", "welcome", "kempen", "together")
    assert (together["n"], together["waves"]) == ("240", [FIRST])
    others = [one for one in first if one["region"] in LARGE[1:] and one["item"] == "welcome" and one["n"]]
    assert {one["evidence"] for one in others} == {"geen_verschil"}
    assert {one["detectable_drop"] for one in others} == {16}, "what could have been seen stands beside it"
    assert pick(first, "level", "roles", audience="partner")["evidence"] == "mogelijk"
    assert pick(first, "level", "experience")["tone"] == "better"
    assert pick(first, "gap", "match", method="match")["evidence"] == "mogelijk"
    down = pick(second, "trend", "informed", method="previous")
    assert (down["evidence"], down["effect"], down["waves"]) == ("mogelijk", -29, [FIRST])
    assert not [one for one in first if one["family"] == "trend"], "there is nothing to compare with"


def test_nothing_is_printed_that_was_not_published(sqlite_world: World) -> None:
    two_waves(sqlite_world)
    published = {
        (row["wave_key"], row["survey_key"], row["member"], row["item_key"]): row["statistic"]
        for row in sqlite_world.rows(PublishedStatistic)
        if row["cut"] in ("flanders", "region")
    }
    for wave in (FIRST, SECOND):
        for one in every_test(sqlite_world, wave):
            member = one["region"] or "vlaanderen"
            if one["family"] == "theme":
                continue
            statistic = published[wave, one["audience"], member, one["item"]]
            if one["not_tested"] == "withheld" and one["method"] != "together":
                assert not any(one[name] for name in ("share", "n", "effect", "q", "shrunken", "interval"))
            elif one["method"] != "together":
                edge = {"above_80": 80, "below_20": 20}.get(statistic["band"], statistic["positive"])
                assert (one["share"], one["n"]) == (edge, statistic["base"])
    gent = pick(every_test(sqlite_world, FIRST), "region", "welcome", "gent")
    assert (gent["evidence"], gent["not_tested"]) == ("nog_niet_te_zeggen", "withheld")


def test_searching_again_gives_the_same_and_sees_new_remarks(sqlite_world: World) -> None:
    two_waves(sqlite_world)
    before = every_test(sqlite_world, SECOND)
    (mark,) = {row["snapshot"] for row in sqlite_world.rows(PatternRun) if row["wave_key"] == SECOND}
    search(sqlite_world)
    assert every_test(sqlite_world, SECOND) == before
    assert mark in {row["snapshot"] for row in sqlite_world.rows(PatternRun)}
    remark(sqlite_world, SECOND, "T05", 16, 8)
    with sqlite_world.session() as session:  # the newcomers of the second wave, at other organisations
        answered = session.execute(sa.text("UPDATE invitations SET wave_key = :wave"), {"wave": SECOND})
        assert answered.rowcount == 120  # type: ignore[attr-defined]
        session.commit()
    search(sqlite_world)
    assert mark not in {row["snapshot"] for row in sqlite_world.rows(PatternRun)}
    after = every_test(sqlite_world, SECOND)
    theme = pick(after, "theme", "T05", method="remark")
    assert (theme["tone"], theme["n"], theme["waves"]) == ("more", "15–19", [FIRST])
    assert theme["evidence"] in ("mogelijk", "sterk") and theme["effect"] is None, (
        "the earlier share is too small"
    )
    down = pick(after, "trend", "informed", method="previous")
    assert (down["evidence"], down["confirmed_by"]) == ("sterk", ["remarks"])


def search(world: World) -> None:
    """What the worker does with the job."""
    with world.app.app_context():
        job = Job(name="find_patterns", arguments={"wave_key": SECOND})
        db.session.add(job)
        db.session.commit()
        jobs().run_now(job.id)
        found = db.session.get_one(Job, job.id)
        assert (found.state, found.result) == ("done", SECOND)


@pytest.fixture
def reworded(migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An installation with questionnaires of its own, which may change between waves."""
    surveys = tmp_path / "surveys"
    source = Path(__file__).parents[2] / "surveys"
    for file in source.rglob("*.*"):
        (surveys / file.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
        (surveys / file.relative_to(source)).write_bytes(file.read_bytes())
    made = World(migrated_sqlite_url, tmp_path, example_catalogues, surveys_dir=surveys)
    yield made
    made.close()


def test_a_trend_runs_over_comparable_wordings_only(reworded: World) -> None:
    """Undeclared: no line. Declared comparable: a line. Breaking: no line, not even with the wave before."""
    file = reworded.settings.surveys_dir / "newcomer" / "questionnaire.yaml"
    revision = "    revisions: [{{number: 2, breaking: {}, why: andere woorden voor hetzelfde}}]\n"
    old = "    text: Voelde je je welkom?\n    themes"
    text = file.read_text(encoding="utf-8")
    assert old in text
    undeclared = text.replace(old, "    text: Was je daar welkom?\n    themes")
    comparable = undeclared.replace(
        "    text: Was je daar welkom?\n", f"    text: Was je daar welkom?\n{revision.format('false')}"
    )
    third = ", {number: 3, breaking: true, why: een heel andere vraag}]"
    broken = comparable.replace("hetzelfde}]", f"hetzelfde}}{third}")
    told = {}
    for wave, content in ((FIRST, text), (SECOND, undeclared), (THIRD, comparable)):
        file.write_text(content, encoding="utf-8")
        with reworded.session() as session:
            open_wave(session, reworded.settings, wave)
        tell(reworded, wave, newcomers("kempen", 102 if wave == FIRST else 60, 60))
        reworded.shut(wave)
        told[wave] = every_test(reworded, wave)
    stopped = pick(told[SECOND], "trend", "welcome", method="previous")
    assert (stopped["not_tested"], stopped["effect"], stopped["q"]) == ("wording", None, None)
    assert pick(told[SECOND], "trend", "informed", method="previous")["not_tested"] == ""
    assert pick(told[THIRD], "trend", "welcome", method="line")["effect"] == -35
    assert pick(told[THIRD], "trend", "informed", method="line")["waves"] == [FIRST, SECOND]
    file.write_text(broken, encoding="utf-8")
    with reworded.session() as session:
        open_wave(session, reworded.settings, "2027-H2")
    tell(reworded, "2027-H2", newcomers("kempen", 60, 60))
    reworded.shut("2027-H2")
    assert (
        pick(every_test(reworded, "2027-H2"), "trend", "welcome", method="previous")["not_tested"]
        == "wording"
    )


def test_from_a_pattern_to_a_signal_with_its_evidence(sqlite_world: World) -> None:
    two_waves(sqlite_world)
    app = sqlite_world.app
    browser = signed_in(app, "analist")
    page = browser.get("/staff/patterns").text
    assert f"Patronen van {SECOND}" in page
    sentence = "In Kempen antwoordt 60 % van de nieuwkomers positief op “Voelde je je welkom?” (n = 120)"
    (card,) = (one for one in page.split('<li class="card pattern">') if f"<h2>{sentence}" in unescape(one))
    assert f"<title>{sentence}" in unescape(card) and "sterk patroon" in card
    address = re.search(r'href="(/staff/patterns/[0-9a-f]{32}/signal)"', card)
    assert address
    form = browser.get(address[1]).text
    assert sentence in unescape(form)
    empty = browser.post(address[1], {"theme": "T07", "title": "", "finding": "Getypt."}, form=address[1])
    assert "Dit hebben we nodig." in empty.text and "Getypt." in empty.text
    made = {"theme": "T07", "title": "Minder welkom in Kempen", "finding": sentence}
    answer = browser.post(address[1], made, form=address[1])
    assert answer.status_code == 302
    fiche = unescape(browser.get(answer.location).text)
    assert "Waar het op steunt" in fiche and sentence in fiche and "Vergelijkingen in deze groep" in fiche
    (row,) = sqlite_world.rows(Signal)
    assert (row["region_key"], row["theme_key"], row["evidence"], row["state"]) == (
        "kempen", "T07", "sterk", "pre_signaal",
    )  # fmt: skip
    again = browser.post(address[1], made | {"title": "Nog eens"}, form=address[1])
    assert again.location == answer.location, "twice is once"
    assert (
        "Er kwam geen tweede bij" in browser.get(again.location).text and len(sqlite_world.rows(Signal)) == 1
    )
    (kept,) = sqlite_world.rows(SignalEvidence)
    assert kept["digest"][:12] in fiche, "the history names what it was made of"
    assert "Er is al een signaal van gemaakt" in browser.get("/staff/patterns").text
    search(sqlite_world)
    assert sqlite_world.rows(SignalEvidence) == [kept], "a later search changes no evidence"
    attach_to_what_was_noticed(sqlite_world, browser, answer.location)
    assert browser.get("/staff/patterns?wave=1999-H1").status_code == 404
    assert browser.get(f"/staff/patterns/tests/{SECOND}/region").status_code == 200
    assert "Kempen" not in signed_in(app, "netwerkmedewerker", region="limburg").get("/staff/patterns").text


def attach_to_what_was_noticed(world: World, browser: Browser, made: str) -> None:
    """A pattern beside a colleague's own signal: frozen, shown with its mark, taken off again after a question."""
    path = write(browser, wave_key=SECOND, region_key="kempen", theme="T07")
    page = browser.get(f"{path}/evidence").text
    told = unescape(page)
    assert told.index("“Voelde je je welkom?”") < told.index("“Wist je vooraf genoeg?"), "its own theme first"
    assert "Kies een patroon." in browser.post(f"{path}/evidence", hidden(page)).text
    (found,) = {
        one
        for one, label in re.findall(r'value="(\w{32})"><label[^>]*>([^<]+)', told)
        if "In Kempen antwoordt" in label
    }
    assert browser.post(f"{path}/evidence", {**hidden(page), "pattern": found}).status_code == 302
    (kept,) = (one for one in world.rows(SignalEvidence) if one["signal_id"] == path.rsplit("/", 1)[1])
    fiche = browser.get(path).text
    assert kept["snapshot"] in fiche and "Patroon erbij gelegd" in fiche
    assert "Intussen werd opnieuw" not in fiche and "buiten deze pagina’s" not in fiche
    assert found not in browser.get(f"{path}/evidence").text, "once is enough"
    with world.session() as session:
        session.execute(sa.update(PatternRun).values(snapshot="f" * 64))
        session.execute(sa.update(PatternTest).values(proposal=kept["proposal"] | {"effect": 1}))
        session.commit()
    later = browser.get(path).text
    assert kept["snapshot"] in later and "Intussen werd opnieuw naar patronen gezocht" in later
    assert world.rows(SignalEvidence)[0]["proposal"]["effect"] != 1 and "buiten deze pagina’s" not in later
    with world.session() as session:
        altered = session.get_one(SignalEvidence, kept["id"])
        altered.proposal = kept["proposal"] | {"effect": 1}
        parts = [altered.wave_key, altered.snapshot, altered.proposal]
        content = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        altered.digest = hashlib.sha256(content.encode()).hexdigest()
        session.commit()
    assert "Dit is niet meer wat er toen bij lag" in browser.get(path).text
    assert check(browser, path).status_code == 302
    assert "staat niet vast dat het nog is wat" in move(browser, path, "getoetst").text
    off = f"{path}/evidence/{kept['id']}/detach"
    assert browser.get(f"{made}/evidence/{kept['id']}/detach").status_code == 404, "of another signal"
    asked = browser.get(off).text
    assert "Deze bevroren cijfers zijn weg" in asked
    assert browser.post(off, hidden(asked)).status_code == 302
    assert "Patroon weggehaald" in browser.get(path).text and len(world.rows(SignalEvidence)) == 1
    goes_on_only_with_what_it_rests_on(browser, path, made)


def goes_on_only_with_what_it_rests_on(browser: Browser, bare: str, made: str) -> None:
    """A fiche is called a strong pattern where a strong pattern lies beside it, and nowhere else."""
    check(browser, made)
    for path in (bare, made):
        assert reword(browser, path, theme_key="T07", evidence="sterk").status_code == 302
        assert move(browser, path, "getoetst").status_code == 302
    assert "Geen enkel patroon dat erbij ligt" in move(browser, bare, "signaal").text
    assert move(browser, made, "signaal").status_code == 302


def test_who_is_bound_to_a_region_raises_that_region_only(sqlite_world: World) -> None:
    two_waves(sqlite_world)
    browser = signed_in(sqlite_world.app, "netwerkmedewerker", region="kempen")
    page = browser.get("/staff/patterns").text
    assert "In Kempen antwoordt" in page and "In Limburg" not in page
    (own,) = re.findall(r'href="(/staff/patterns/[0-9a-f]{32}/signal)"', page)
    assert browser.get(own).status_code == 200
    ids = {
        (row["proposal"]["family"], row["proposal"]["item"], row["wave_key"]): row["id"]
        for row in sqlite_world.rows(PatternTest)
    }
    assert browser.get(f"/staff/patterns/{ids['level', 'roles', SECOND]}/signal").status_code == 404
    bound = signed_in(sqlite_world.app, "analist", region="kempen", email="kempen@voorbeeld.example")
    again = f"/staff/patterns/again/{SECOND}"
    assert again not in bound.get("/staff/patterns").text, "it would change what every region reads"
    assert bound.post(again, form="/staff/signals/new").status_code == 403
    assert not [row for row in sqlite_world.rows(Job) if row["name"] == "find_patterns"]


def test_pages_and_command_say_what_comes_first(sqlite_world: World) -> None:
    browser = signed_in(sqlite_world.app, "analist")
    assert "Er is nog geen gesloten meetmoment." in browser.get("/staff/patterns").text
    sqlite_world.open()
    for wave, reason in ((FIRST, "still open"), ("2031-H1", "no wave")):
        refused = run(sqlite_world, "patterns", "--wave", wave)
        assert (refused.exit_code, reason in refused.stderr) == (1, True)
    sqlite_world.shut()
    assert "Er springt niets uit." in browser.get("/staff/patterns").text
    assert "tests run: none" in run(sqlite_world, "patterns", "--wave", FIRST).stdout
    with sqlite_world.session() as session:
        session.execute(sa.delete(PatternTest))
        session.execute(sa.delete(PatternRun))
        assert session.get_one(Wave, FIRST).state == "closed"
        session.commit()
    assert "voor er naar patronen gezocht werd" in browser.get("/staff/patterns").text
    assert "before patterns were looked for" in run(sqlite_world, "patterns", "--wave", FIRST).stderr
