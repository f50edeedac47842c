"""The whole road of the staff, step by step, each taken in a browser by the colleague whose work it is."""

import csv
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from feedback_app.analysis.models import ResponseSnapshot
from feedback_app.analysis.snapshot import STEP
from feedback_app.database import now
from feedback_app.settings import Settings
from tests.browser.colleague import Colleague, Office
from tests.databases import CONTACT_KEY, SECRET
from tests.exports import SHARED
from tests.pdf_structure import Structure
from tests.server import Server, Service, environment_of, post
from tests.staff import PASSWORD
from tests.worker import Worker

WAVE = "2026-H1"
PERIOD = "het eerste halfjaar van 2026"
#: how many links of each side are answered, and what the people behind them write
ANSWERED = {"nieuwkomer": 70, "aanbodpartner": 50}
REMARK = "Voorbeeld: de les begon te vroeg voor wie kinderen naar school brengt."
QUOTE = "De les begon te vroeg."
TITLE = "De uren passen niet bij de schooluren"
LATER = ("analist", "agentschap", "redacteur", "vrijgever", "lezer")


@dataclass
class Road:
    """One walk: the installation, and what each colleague needs to come back."""

    office: Office
    folder: Path
    until_the_end: ExitStack
    passwords: dict[str, str] = field(default_factory=dict)
    people: dict[str, Colleague] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    job: str = ""
    worker: Worker | None = None
    walked: bool = False

    def __getitem__(self, role: str) -> Colleague:
        """The colleague with a role, signed in when first called upon."""
        if role not in self.people:
            password = self.passwords[role]
            self.people[role] = self.office.colleague(f"{role}@voorbeeld.example", password)
        return self.people[role]


@contextmanager
def served(url: str, folder: Path, translations: Path, browser: Browser, **office: bool) -> Iterator[Road]:
    """An installation with nothing in it but its first account, made by the command."""
    settings = Settings(
        secret_key=SECRET,
        contact_keys=(CONTACT_KEY,),
        database_url=url,
        instance_dir=folder / "instance",
        translations_dir=translations,
        draft_languages=frozenset({"all"}),
        help_addresses=("Voorbeeld: hulplijn 0000",),
        second_factor=False,
    )
    command = [Path(sys.executable).with_name("feedback-app"), "users", "add", "beheerder@voorbeeld.example"]
    options = ["--role", "beheerder", "--password-stdin"]
    subprocess.run(
        [*command, *options], env=environment_of(settings), input=f"{PASSWORD}\n", text=True, check=True
    )
    with Service(settings) as server, ExitStack() as until_the_end:
        made = Office(server, settings, browser, **office)
        yield Road(made, folder, until_the_end, {"beheerder": PASSWORD})


def walk(road: Road) -> None:
    """Go the whole road, once."""
    if not road.walked:
        road.walked = True
        empty_pages(road)
        for step in STEPS:
            step(road)


def empty_pages(road: Road) -> None:
    """What each page says when there is nothing yet; and the door to who has no key."""
    stranger = Colleague(road.office)
    stranger.open("/staff/signals?state=signaal")
    stranger.press("Aanmelden")
    assert stranger.page.locator(".error-summary").is_visible()
    stranger.fill("E-mailadres", "beheerder@voorbeeld.example")
    stranger.fill("Wachtwoord", "niet het goede wachtwoord")
    stranger.press("Aanmelden")
    assert "horen niet bij elkaar" in stranger.page.locator(".error-summary").inner_text()
    stranger.context.close()
    boss = road["beheerder"]
    for path in ("", "trajectories", "trajectories/import", "trajectories/imports", "invitations", "waves"):
        boss.open(f"/staff/{path}")
    boss.open("/staff/signals")
    assert boss.heading == "Hier kan je niet bij"


def add_colleagues(road: Road) -> None:
    boss = road["beheerder"]
    boss.open("/staff/accounts")
    for role, name in zip(LATER, ("analist", "medewerker van het agentschap", *LATER[2:]), strict=True):
        boss.follow("Account toevoegen")
        boss.fill("E-mailadres", f"{role}@voorbeeld.example")
        boss.choose("Rol", name)
        boss.press("Toevoegen")
        choose_password(road, boss.page.locator("code.secret").inner_text())
        road.passwords[role] = PASSWORD
        boss.follow("Naar de accounts")
    assert [row[0] for row in boss.cells()] == sorted(
        f"{one}@voorbeeld.example" for one in (*LATER, "beheerder")
    )


def choose_password(road: Road, link: str) -> None:
    """What a new colleague does with the link."""
    newcomer = Colleague(road.office)
    newcomer.open(link)
    newcomer.fill("Nieuw wachtwoord", PASSWORD)
    newcomer.fill("Nieuw wachtwoord, nog eens", PASSWORD)
    newcomer.press("Verder")
    assert newcomer.heading == "Goeiedag"
    newcomer.leave()


def open_wave(road: Road) -> None:
    boss = road["beheerder"]
    boss.follow("Meetmomenten")
    boss.follow("Meetmoment openen")
    boss.fill("Halfjaar", "morgen")
    boss.press("Meetmoment openen")
    assert boss.page.locator(".error-summary").is_visible()
    boss.fill("Halfjaar", WAVE)
    boss.press("Meetmoment openen")
    assert boss.message == f"Meetmoment {WAVE} is open."
    assert "Nog niemand is uitgenodigd" in boss.page.locator("main").inner_text()


def take_in(road: Road) -> None:
    rows, refused = planted()
    office = road["agentschap"]
    office.follow("Trajecten")
    office.follow("Bestand inlezen")
    office.page.get_by_label("Bestand").set_input_files(SHARED)
    office.press("Voorbeeld tonen")
    facts = office.facts()
    assert facts["Rijen in het bestand"] == str(rows)
    assert facts["Geweigerde rijen"] == str(len(refused))
    office.follow("Geweigerde rijen")
    shown = [(int(row[0]), row[1]) for row in office.cells()]
    assert [number for number, _ in shown] == refused
    assert all(reason for _, reason in shown)
    office.press("Inlezen")
    assert office.message == (
        f"Ingelezen: {facts['Nieuwe dossiers']} dossiers, {facts['Nieuwe activiteiten']} activiteiten,"
        f" {facts['Nieuwe uitnodigingen']} uitnodigingen."
    )
    [row] = office.cells()
    assert row[1:-1] == [
        SHARED.name,
        facts["Rijen in het bestand"],
        facts["Nieuwe dossiers"],
        facts["Nieuwe activiteiten"],
        facts["Rijen die we al kennen"],
        facts["Geweigerde rijen"],
    ]


def hand_out_and_answer(road: Road) -> None:
    office, boss = road["agentschap"], road["beheerder"]
    office.follow("Uitnodigingen")
    road.links = links = all_links(office)
    total = re.search(r"(\d+) uitnodigingen", office.page.locator("main").inner_text())
    assert total
    assert int(total[1]) == len(links) == len({link for _, link in links})
    answer(road.office.server, links)
    boss.open("/staff/waves")
    [[_, _, newcomers, _, partners]] = boss.cells()
    assert [newcomers, partners] == ["< 10", "< 10"]  # as five minutes ago, when nobody had answered
    five_minutes_pass(road)
    boss.open("/staff/waves")
    [[_, _, newcomers, _, partners]] = boss.cells()
    assert [int(newcomers), int(partners)] == list(ANSWERED.values())


def five_minutes_pass(road: Road) -> None:
    """For the counts of an open wave, that is: they stand for so long."""
    engine = sa.create_engine(road.office.settings.database_url)
    with engine.begin() as connection:
        earlier = now() - 2 * STEP
        connection.execute(sa.update(ResponseSnapshot).values(taken_at=earlier))
    engine.dispose()


def all_links(office: Colleague) -> list[tuple[str, str]]:
    """Every link on every page of the list, with whom it is for."""
    found: list[tuple[str, str]] = []
    careful = office.office.careful
    while True:
        found += [(row[0].splitlines()[0], row[-1].splitlines()[0]) for row in office.cells()]
        following = office.page.get_by_role("link", name="Volgende")
        if not following.count():
            return found
        with office.page.expect_navigation():
            following.click()
        if careful and len(found) < 200:
            office.look()


def answer(server: Server, links: Sequence[tuple[str, str]]) -> None:
    """Answer over HTTP, several people at a time, as many on each side as ANSWERED says."""
    rng = random.Random(2)
    given: list[tuple[str, dict[str, Any]]] = []
    for side, number in ANSWERED.items():
        for address in [link for who, link in links if who == side][:number]:
            given.append((address.rsplit("/", 1)[1], sheet(side, rng)))
    given[0][1]["remark"] = REMARK
    with ThreadPoolExecutor(4) as people:
        pages = people.map(lambda one: post(server, *one), given)
        assert all("Bedankt!" in page for page in pages)


def sheet(side: str, rng: random.Random) -> dict[str, Any]:
    """One filled-in questionnaire."""
    told = {"informed": rng.choice(["yes", "partly", "no"]), "match": rng.choice("3321")}
    if side == "nieuwkomer":
        return {**told, "experience": rng.choice("234555"), "welcome": rng.choice(["yes", "yes", "no"])}
    return {**told, "course": rng.choice("2345"), "again": rng.choice(["yes", "maybe"])}


def write_signal(road: Road) -> None:
    writer = road["analist"]
    writer.follow("Signalen")
    writer.follow("Pre-signaal schrijven")
    writer.press("Bewaren")
    assert writer.page.locator(".error-summary li").count() == 2
    note(writer, "Voorbeeld: wie kinderen naar school brengt, komt te laat.")
    writer.follow("Is getoetst")
    writer.press("Is getoetst")
    assert "Beantwoord eerst de toetslijst" in writer.page.locator(".error-summary").inner_text()
    answer_test_list(writer)
    take_step(writer, "Is getoetst")
    writer.follow("Wordt een signaal")
    writer.press("Wordt een signaal")
    assert "Dit kan nog niet" in writer.page.locator(".error-summary").inner_text()
    writer.follow("Tekst bewerken")
    for label, text in {
        "Titel": TITLE,
        "Vaststelling": "Voorbeeld: de uren waren de vaakst genoemde moeilijkheid.",
        "Vraag": "Voorbeeld: kan een activiteit na negen uur beginnen?",
        "Aan wie": "Voorbeeld: de Vlaamse overheid",
    }.items():
        writer.fill(label, text)
    writer.press("Bewaren")
    take_step(writer, "Wordt een signaal")
    assert writer.page.locator("main p.meta").first.inner_text().startswith(f"S-{WAVE}-01")
    assert not writer.page.get_by_role("link", name="Valideren").count()
    writer.open("/staff/signals/new")
    note(writer, "Voorbeeld: verenigingen vragen om een vast nummer om te bellen.")


def answer_test_list(writer: Colleague) -> None:
    """Yes to every question, and why."""
    writer.follow("Toetslijst", writer.page.locator(".error-summary"))
    questions = writer.page.locator("main .card")
    for number in range(questions.count()):
        questions.nth(number).get_by_label("ja", exact=True).check()
        questions.nth(number).locator("textarea").fill("Voorbeeld: besproken met collega’s.")
    writer.press("Bewaren")
    assert writer.message == "De toetslijst is bewaard."


def note(writer: Colleague, text: str) -> None:
    writer.fill("Wat stel je vast?", text)
    writer.choose("Over welk thema gaat het?", "Praktische drempels")
    writer.tick("Meer dan vijf keer")
    writer.press("Bewaren")
    assert writer.message == "Je pre-signaal is bewaard."


def take_step(one: Colleague, name: str) -> None:
    one.follow(name)
    one.press(name)
    assert one.message.startswith("De stap is gezet")


def validate_signal(road: Road) -> None:
    second = road["vrijgever"]
    second.follow("Signalen")
    second.follow(TITLE)
    take_step(second, "Valideren")
    assert second.page.locator(".pill").first.inner_text() == "gevalideerd"


def choose_quote(road: Road) -> None:
    first, second = road["analist"], road["vrijgever"]
    first.follow("Opmerkingen")
    assert first.page.locator("blockquote").all_inner_texts() == [REMARK]
    first.follow("Bekijken")
    first.press("Bewaren")
    assert first.page.locator(".error-summary").is_visible()
    first.tick("praktische drempels")
    first.page.locator("summary", has_text="Citeren").click()
    first.fill("Citaat in het Nederlands (mag leeg blijven)", QUOTE)
    first.press("Bewaren")
    first.follow("Citaat voorgesteld")
    first.press("Citaat vrijgeven")
    assert "Een collega moet het vrijgeven" in first.message
    second.open("/staff/remarks/?state=proposed")
    second.press("Citaat vrijgeven")
    second.follow("Citaat vrijgegeven")
    assert QUOTE in second.page.locator("main").inner_text()


def close_wave(road: Road) -> None:
    boss = road["analist"]
    boss.follow("Meetmomenten")
    boss.follow("Meetmoment sluiten")
    boss.press("Meetmoment sluiten")
    road.job = boss.page.url.removeprefix(road.office.server.url)
    expect(boss.page.locator("#work .pill")).to_have_text("in de rij")
    road.worker = road.until_the_end.enter_context(road.office.worker())
    wait_until_done(boss)
    boss.follow("Verder")
    assert boss.heading == f"Resultaten van {WAVE}"
    assert "%" in boss.page.locator("table").nth(1).inner_text()
    boss.follow("Meetmomenten")
    [[closed, *_rest]] = boss.cells()
    assert closed == WAVE and "Gesloten" in boss.page.locator("h2").last.inner_text()


def wait_until_done(one: Colleague) -> None:
    """Until the job page says so: by itself, or without script when one asks it again."""
    if not one.office.script:
        ask_again(one, lambda: "klaar" in one.page.locator("#work").inner_text())
    expect(one.page.locator("#work .pill")).to_have_text("klaar", timeout=120_000)
    one.look()


def ask_again(one: Colleague, enough: Callable[[], bool]) -> None:
    """Not too often: each page takes from the worker, on the same machine, what it needs to get done."""
    for _ in range(120):
        one.page.get_by_role("link", name="Nu vernieuwen").click()
        if enough():
            return
        time.sleep(1)
    raise AssertionError(one.page.locator("#work").inner_text())


def compile_draft(road: Road) -> None:
    editor = road["redacteur"]
    editor.follow("Verslagen")
    editor.follow("Verslag opmaken")
    editor.press("Opmaken")
    if road.office.script and road.worker:
        expect(editor.page.locator("#work progress[value]")).to_be_visible(timeout=60_000)
        road.worker.hold()
        editor.look()
        road.worker.go_on()
    wait_until_done(editor)
    editor.follow("Verslag lezen")
    assert "Ontwerp" in editor.page.locator(".draft-banner").inner_text()
    assert not editor.page.get_by_role("link", name="Definitief maken").count()
    check_report(editor.download("PDF", road.folder / "draft.pdf"))
    editor.follow("Alle verslagen")
    assert editor.cells()[0][1] == "ontwerp"


def check_report(pdf: pikepdf.Pdf) -> None:
    """It is our report: it has its title; its period, the signal and the quote stand in it."""
    text = Structure(pdf).root.text
    assert str(pdf.docinfo["/Title"]).endswith(f"Vlaanderen, {PERIOD}")
    for words in (f"Vlaanderen · {PERIOD}", f"S-{WAVE}-01", TITLE, QUOTE):
        assert words in text


def release_report(road: Road) -> None:
    second, reader = road["vrijgever"], road["lezer"]
    reader.follow("Verslagen")
    assert "nog geen verslag" in reader.page.locator(".empty").inner_text()
    second.follow("Verslagen")
    second.follow(WAVE, second.page.locator("table"))
    second.follow("Definitief maken")
    second.press("Definitief maken")
    wait_until_done(second)
    second.follow("Verslag lezen")
    assert not second.page.locator(".draft-banner").count()
    reader.follow("Verslagen")
    assert "nog geen verslag" in reader.page.locator(".empty").inner_text()
    second.follow("Vrijgeven")
    second.press("Vrijgeven")
    assert sorted(row[1] for row in second.cells()) == ["ontwerp", "vrijgegeven"]
    reader.follow("Verslagen")
    assert [row[1] for row in reader.cells()] == ["vrijgegeven"]
    check_report(reader.download("PDF van", road.folder / "final.pdf"))
    read_it_outside(road)


def read_it_outside(road: Road) -> None:
    """Who has no account finds the report and reads it, and gets no cookie."""
    visitor = Colleague(road.office)
    visitor.open("/rapporten")
    visitor.follow(WAVE)
    assert TITLE in visitor.page.locator("main").inner_text()
    check_report(visitor.download("PDF", road.folder / "public.pdf"))
    assert visitor.context.cookies() == []
    visitor.context.close()


def read_the_log(road: Road) -> None:
    """The administrator sees who did what along the road, and nothing of who answered."""
    boss = road["beheerder"]
    boss.follow("Logboek")
    boss.look()
    done = {
        "trajectory.imported": "agentschap",
        "wave.opened": "beheerder",
        "signal.moved": "analist",
        "quote.released": "vrijgever",
        "wave.closed": "analist",
        "report.compiled": "redacteur",
        "report.final": "vrijgever",
        "report.released": "vrijgever",
        "report.downloaded": "lezer",
    }
    for action, role in done.items():
        boss.page.goto(f"/staff/audit?action={action}")
        assert f"{role}@voorbeeld.example" in " ".join(row[2] for row in boss.cells()), action


#: the order of the work
STEPS: tuple[Callable[[Road], None], ...] = (
    add_colleagues,
    open_wave,
    take_in,
    hand_out_and_answer,
    write_signal,
    validate_signal,
    choose_quote,
    close_wave,
    compile_draft,
    release_report,
    read_the_log,
)


def planted() -> tuple[int, list[int]]:
    """How many rows the example file has and which must be refused, told from the file without our code."""
    lines = SHARED.read_bytes().decode("cp1252").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";"))
    wrong = [number for number, row in enumerate(rows, start=2) if _is_planted(row)]
    return len(rows), wrong


def _is_planted(row: dict[str, str]) -> bool:
    start, end = (row[f"{name} traject"].split("/")[::-1] for name in ("Start", "Einde"))
    national = row["Dossiernummer"].isdecimal()
    return (
        national or end < start or row["Contacttaal"] == "Klingon" or row["Soort activiteit"] == "Ruimtereis"
    )
