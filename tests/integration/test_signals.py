"""Signals over HTTP: from form P to the answer, with four eyes, by region, without silent overwriting."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db
from feedback_app.signals import edit
from feedback_app.signals.models import Signal, SignalEvent
from feedback_app.signals.saving import Outdated
from tests.raising import (
    ANSWERED,
    FORM_P,
    HANDED,
    TOLD,
    WORDS,
    check,
    hidden,
    move,
    reword,
    signal,
    two_waves,
    until,
    write,
)
from tests.staff import account_of, address_of, close_app, make_app, signed_in


@pytest.fixture
def app(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_url, tmp_path)
    two_waves(made)
    yield made
    close_app(made)


def test_form_p_is_stored_as_written_and_the_fiche_shows_it(app: Flask) -> None:
    browser = signed_in(app, "redacteur")
    path = write(browser, good_practice="yes")
    row = signal(app, path)
    assert (row["state"], row["code"], row["region_key"]) == ("pre_signaal", None, None)
    assert (row["theme_key"], row["frequency"], row["spread"], row["solver"]) == (
        "T05",
        "often",
        "three_plus",
        "agency",
    )
    assert row["is_practice"]
    page = browser.get(path).text
    for text in (
        FORM_P["observation"],
        "Meer dan vijf keer",
        "Bij drie of meer",
        "In twee",
        "Het agentschap",
        "goede praktijk",
    ):
        assert text in page


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"observation": ""}, "Dit hebben we nodig"),
        ({"theme": ""}, "Dit hebben we nodig"),
        ({"observation": "x" * 501}, "hoogstens 500 tekens"),
        ({"theme": "T99"}, "Ongeldige keuze"),
        ({"wave_key": "2020-H1"}, "Ongeldige keuze"),
        ({"region_key": "elders"}, "Ongeldige keuze"),
        ({"observation": "Bel Jan op ٠٤٧٠ ١٢ ٣٤ ٥٦."}, "Hier staat een telefoonnummer. Haal dat weg"),
        ({"observation": "Mail jan@voorbeeld.example."}, "Hier staat een e-mailadres."),
        ({"observation": "Dossier 85.07.30-033.28"}, "Hier staat een rijksregisternummer."),
    ],
)
def test_form_p_keeps_what_was_typed_when_something_is_wrong(
    app: Flask, changes: dict[str, str], text: str
) -> None:
    browser = signed_in(app, "analist")
    answer = browser.post(
        "/staff/signals/new", {**FORM_P, "own_action": "Blijft staan.", **changes}, form="/staff/signals/new"
    )
    assert answer.status_code == 200
    assert text in answer.text
    assert "Blijft staan." in answer.text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Signal)) == 0


def test_the_whole_life_of_a_signal(app: Flask) -> None:
    writer, releaser = signed_in(app, "redacteur"), signed_in(app, "vrijgever")
    path = until(app, writer, "signaal")
    assert signal(app, path)["code"] == "S-2026-H1-01"
    assert move(releaser, path, "gevalideerd").status_code == 302
    undated = move(writer, path, "overgemaakt", handed_on="2026-08-01", due_on="2026-07-01")
    assert "niet verwacht worden voor het signaal overgemaakt is" in undated.text
    assert 'value="2026-07-01"' in undated.text
    assert move(writer, path, "overgemaakt", **HANDED).status_code == 302
    unanswered = move(writer, path, "beantwoord", answer="Al getypt.")
    wanted = "Vul eerst in: wie antwoordde, datum van het antwoord, wat er zal gebeuren."
    assert wanted in unanswered.text and "Al getypt." in unanswered.text
    early = move(writer, path, "beantwoord", **{**ANSWERED, "answered_on": "2026-07-31"})
    assert "niet voor de dag van overmaken" in early.text
    assert move(writer, path, "beantwoord", **ANSWERED).status_code == 302
    row = signal(app, path)
    assert {name: str(row[name]) for name in ANSWERED} == ANSWERED
    assert "noteerde zelf het antwoord" in move(writer, path, "teruggekoppeld").text
    half = move(releaser, path, "teruggekoppeld", **{**TOLD, "told_when": ""})
    assert "Vul eerst in: wanneer." in half.text and TOLD["told_doing"] in half.text
    assert WORDS["ask"] in half.text and ANSWERED["answer"] in half.text, "what it is told from"
    assert move(releaser, path, "teruggekoppeld", **TOLD).status_code == 302
    told = app.test_client().get("/terugkoppeling/nl").text
    assert all(text in told for text in TOLD.values())
    assert WORDS["ask"] not in told and ANSWERED["answer"] not in told, "the words of staff stay with staff"
    assert move(writer, path, "afgesloten").status_code == 302
    page = writer.get(path).text
    assert ANSWERED["answer"] in page and ANSWERED["will_do"] in page and ANSWERED["answered_by"] in page
    assert "1 september 2026" in page
    steps = re.findall(r"Naar “([^”]+)”", page)
    assert steps == [
        "getoetst", "signaal", "gevalideerd", "overgemaakt", "beantwoord", "teruggekoppeld", "afgesloten"
    ]  # fmt: skip
    assert f"<bdi>{address_of('vrijgever')}</bdi>" in page
    assert "/move/" not in page


def test_finding_reading_and_ask_stay_apart(app: Flask) -> None:
    browser = signed_in(app, "redacteur")
    path = write(browser)
    assert reword(browser, path).status_code == 302
    row = signal(app, path)
    assert {name: row[name] for name in WORDS if name != "earlier_id"} == {
        name: text for name, text in WORDS.items() if name != "earlier_id"
    }
    assert row["observation"] == FORM_P["observation"]
    page = browser.get(path).text
    places = [page.index(WORDS[name]) for name in ("finding", "reading", "ask")]
    headings = [page.index(f"<h2>{name}</h2>") for name in ("Vaststelling", "Duiding", "Vraag")]
    assert sorted([*places, *headings]) == [x for pair in zip(headings, places, strict=True) for x in pair]
    assert "Tekst aangepast: Titel, Vaststelling" in " ".join(page.split())


def test_a_signal_needs_its_parts_before_it_gets_a_code(app: Flask) -> None:
    browser = signed_in(app, "redacteur")
    path = write(browser)
    check(browser, path)
    move(browser, path, "getoetst")
    answer = move(browser, path, "signaal")
    assert "Vul eerst in: titel, vaststelling, vraag." in answer.text
    assert signal(app, path)["state"] == "getoetst"


def test_nobody_validates_what_they_worked_on(app: Flask) -> None:
    writer, releaser = signed_in(app, "redacteur"), signed_in(app, "vrijgever")
    path = until(app, writer, "signaal")
    assert reword(releaser, path, title="Mijn titel").status_code == 302
    answer = move(releaser, path, "gevalideerd")
    assert "Iemand anders moet het valideren" in answer.text
    assert signal(app, path)["state"] == "signaal"
    second = signed_in(app, "vrijgever", email="tweede@voorbeeld.example")
    assert move(second, path, "gevalideerd").status_code == 302
    assert signal(app, path)["state"] == "gevalideerd"


def test_what_was_validated_is_not_reworded(app: Flask) -> None:
    writer, releaser = signed_in(app, "redacteur"), signed_in(app, "vrijgever")
    path = until(app, writer, "signaal")
    opened = writer.get(f"{path}/edit").text
    move(releaser, path, "gevalideerd")
    assert writer.get(f"{path}/edit").status_code == 403
    late = reword(writer, path, opened, title="Toch anders")
    assert late.status_code == 409, "what was typed is shown, and nothing is stored"
    assert "De tekst ligt nu vast" in late.text and 'value="Toch anders"' in late.text
    assert signal(app, path)["title"] == WORDS["title"]


def test_dropping_needs_a_reason_which_stays_readable(app: Flask) -> None:
    browser = signed_in(app, "analist")
    path = write(browser)
    assert "Vul eerst in: reden." in move(browser, path, "niet_weerhouden", reason=" ").text
    assert move(browser, path, "niet_weerhouden", reason="Dit was één keer.").status_code == 302
    assert browser.get(path).text.count("Dit was één keer.") == 2  # in the fiche and in its history


def test_a_step_that_is_not_there_changes_nothing(app: Flask) -> None:
    browser = signed_in(app, "analist")
    path = write(browser)
    for target in ("signaal", "afgesloten", "onzin"):
        page = browser.post(f"{path}/move/{target}", {"revision": "1"})
        assert page.status_code == 302
        assert "kan nu niet" in browser.get(path).text
    assert signal(app, path)["state"] == "pre_signaal"


def test_codes_count_on_per_wave(app: Flask) -> None:
    browser = signed_in(app, "redacteur")
    paths = [until(app, browser, "signaal", wave_key=key) for key in ("2026-H1", "2026-H1", "2026-H2")]
    assert [signal(app, path)["code"] for path in paths] == ["S-2026-H1-01", "S-2026-H1-02", "S-2026-H2-01"]


# --- two colleagues at once ----------------------------------------------------------------------


def test_two_editors_of_the_same_part_see_both_texts(app: Flask) -> None:
    one, other = signed_in(app, "redacteur"), signed_in(app, "analist")
    path = write(one)
    opened = other.get(f"{path}/edit").text
    reword(one, path, title="Titel van de eerste")
    answer = reword(other, path, opened, title="Titel van de tweede")
    assert answer.status_code == 409
    assert "Titel van de eerste" in answer.text
    assert 'value="Titel van de tweede"' in answer.text
    assert signal(app, path)["title"] == "Titel van de eerste"
    assert reword(other, path, answer.text, title="Titel van beiden").status_code == 302
    assert signal(app, path)["title"] == "Titel van beiden"


def test_two_editors_of_different_parts_lose_nothing(app: Flask) -> None:
    one, other = signed_in(app, "redacteur"), signed_in(app, "analist")
    path = write(one)
    reword(one, path)
    opened = other.get(f"{path}/edit").text
    reword(one, path, finding="Nieuwe vaststelling.")
    answer = reword(other, path, opened, ask="Nieuwe vraag.")
    assert answer.status_code == 409
    for text in ("Nieuwe vaststelling.", "Nieuwe vraag."):
        assert re.search(rf"<textarea[^>]*>\s*{text}", answer.text), text
    assert "het formulier bevat nu beide" in answer.text


def test_a_step_based_on_an_old_text_is_not_taken(app: Flask) -> None:
    one, other = signed_in(app, "redacteur"), signed_in(app, "analist")
    path = write(one)
    page = other.get(f"{path}/move/getoetst").text
    check(one, path)
    answer = other.post(f"{path}/move/getoetst", hidden(page))
    assert answer.status_code == 409 and "veranderde dit signaal net" in answer.text
    assert signal(app, path)["state"] == "pre_signaal"


def test_two_changes_at_the_same_moment_are_told_apart_by_the_database(app: Flask) -> None:
    path = write(signed_in(app, "redacteur"))
    account = account_of(app, address_of("redacteur"))
    with app.app_context():
        mine = edit.find_signal(db.session, account, path.rsplit("/", 1)[1])
        revision = mine.revision
        with sa.orm.Session(db.engine) as other:
            theirs = other.get_one(Signal, mine.id)
            theirs.title = "Van een ander"
            other.commit()
        with pytest.raises(Outdated):
            edit.reword(db.session, account, mine, revision, {"title": "Van mij"})
        assert db.session.scalars(sa.select(Signal.title)).one() == "Van een ander"
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SignalEvent)) == 1


# --- lists and regions ---------------------------------------------------------------------------


def test_a_netwerkmedewerker_lives_in_one_region(app: Flask) -> None:
    kempen, everywhere = signed_in(app, "netwerkmedewerker"), signed_in(app, "analist")
    own = write(kempen, region_key="limburg")
    assert signal(app, own)["region_key"] == "kempen"
    elsewhere = write(everywhere, region_key="limburg", observation="Iets uit Limburg.")
    flanders = write(everywhere, observation="Iets uit Vlaanderen.")
    overview = kempen.get("/staff/signals").text
    assert own in overview
    assert "Iets uit" not in overview
    for path in (elsewhere, flanders):
        for address in (path, f"{path}/edit", f"{path}/move/getoetst"):
            assert kempen.get(address).status_code == 404
            assert kempen.post(address, {"revision": "1"}).status_code in (404, 405)
    assert "(1)" in overview
    assert kempen.get(own).status_code == 200
    assert all(path in everywhere.get("/staff/signals").text for path in (own, elsewhere, flanders))


def test_a_link_to_another_region_stays_without_showing_it(app: Flask) -> None:
    kempen, writer = signed_in(app, "netwerkmedewerker"), signed_in(app, "redacteur")
    earlier = until(app, writer, "signaal", region_key="limburg")
    own = write(kempen)
    earlier_id = earlier.rsplit("/", 1)[1]
    assert reword(writer, own, title="Nieuw", earlier_id=earlier_id).status_code == 302
    assert WORDS["title"] in writer.get(own).text
    assert WORDS["title"] not in kempen.get(own).text
    page = kempen.get(f"{own}/edit").text
    assert WORDS["title"] not in page
    assert reword(kempen, own, title="Nieuwer", earlier_id=earlier_id).status_code == 302
    assert signal(app, own)["earlier_id"] == earlier_id


def test_the_list_filters_by_state_theme_and_wave(app: Flask) -> None:
    browser = signed_in(app, "redacteur")
    first = write(browser, theme="T05")
    second = until(app, browser, "getoetst", theme="T05", wave_key="2026-H2")
    reword(browser, second, theme_key="T06")

    def listed(query: str) -> set[str]:
        return set(
            re.findall(r'href="(/staff/signals/[0-9a-f]{32})"', browser.get(f"/staff/signals{query}").text)
        )

    assert listed("") == {first, second}
    assert listed("?state=getoetst") == {second}
    assert listed("?theme=T05") == {first}
    assert listed("?wave=2026-H2&state=pre_signaal") == set()
    assert "Geen enkel signaal past" in browser.get("/staff/signals?theme=T14").text


def test_an_empty_list_says_what_to_do(app: Flask) -> None:
    browser = signed_in(app, "analist")
    for path in ("/staff/signals", "/staff/signals/board"):
        page = browser.get(path).text
        assert "Er zijn nog geen signalen" in page
        assert page.count('href="/staff/signals/new"') == 1


def test_the_start_page_says_what_waits_for_whom(app: Flask) -> None:
    writer, releaser = signed_in(app, "redacteur"), signed_in(app, "vrijgever")
    until(app, writer, "signaal")
    assert "“signaal” en wacht" in releaser.get("/staff/").text
    assert "“signaal” en wacht" not in writer.get("/staff/").text


def test_what_people_write_is_shown_as_text(app: Flask) -> None:
    browser = signed_in(app, "redacteur")
    path = write(browser, observation="<script>alert(1)</script>")
    reword(browser, path, title="<b>vet</b>")
    page = browser.get(path).text
    assert "<script>alert" not in page
    assert "&lt;b&gt;vet&lt;/b&gt;" in page
