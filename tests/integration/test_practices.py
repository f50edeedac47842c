"""Good practices: written by one, released by a second; quoted, bound into a booklet; a contact nobody sees."""

import html
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import page
import pikepdf
import pytest
import sqlalchemy as sa

from feedback_app.database import today
from feedback_app.exchange.contact import KEPT, send_requests, who_answers
from feedback_app.exchange.models import Booklet, ContactRequest, Practice
from feedback_app.invitations.models import Wave
from feedback_app.invitations.pausing import pause, resume
from feedback_app.jobs import jobs
from feedback_app.reports.labels import Labels
from feedback_app.reports.voices import practices as quoted
from feedback_app.signals.models import Signal
from feedback_app.staff.models import Account, AuditEntry
from tests.commands import run
from tests.example_catalogues import mark
from tests.mail_server import Post, free_port, mail_service
from tests.pages import checked_client
from tests.pdf_structure import Structure
from tests.staff import Browser, address_of, signed_in
from tests.world import WAVE, World

LIST = "/staff/practices"
#: texts of ours in the made-up English catalogue
EN = mark("en")
WAITS = f"{EN} vraag van een collega over een praktijk van jou"
CONTACT = "weet-meer@voorbeeld.example"
WORDS = {
    "title": "Eerst een proefmoment",
    "theme_key": "T03",
    "region_key": "",
    "wave_key": WAVE,
    "what": "Er is een proefmoment van twee uur.\nDaarna kiezen beide.",
    "place": "Een zwemclub (voorbeeld)",
    "why": "Niemand verliest weken.",
    "contact": CONTACT,
}


@pytest.fixture
def office(sqlite_world: World) -> World:
    """An installation with a wave, and every page looked at."""
    checked_client(sqlite_world.app)
    with sqlite_world.session() as session:
        first, last = date(2026, 1, 1), date(2026, 6, 30)
        session.add(Wave(key=WAVE, starts_on=first, ends_on=last, opened_on=first, state="open"))
        session.commit()
    return sqlite_world


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with mail_service(post) as port:
        yield port


def write(browser: Browser, **changes: str) -> str:
    """Write a practice; give its address."""
    answer = browser.post(f"{LIST}/new", {"revision": "1", **WORDS, **changes}, form=f"{LIST}/new")
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def step(browser: Browser, path: str, name: str, **given: str) -> Any:
    """Take a step with the revision its page holds."""
    found = re.search(r'name="revision"[^>]*value="(\d+)"', browser.get(f"{path}/{name}").text)
    return browser.post(f"{path}/{name}", {"revision": found[1] if found else "1", **given})


def state(world: World, path: str) -> str:
    with world.session() as session:
        found = session.get_one(Practice, path.rsplit("/", 1)[1])
        return found.state


def released(world: World, **changes: str) -> str:
    """A practice that one colleague wrote and another released."""
    path = write(signed_in(world.app, "redacteur"), **changes)
    assert step(signed_in(world.app, "vrijgever"), path, "release").status_code == 302
    assert state(world, path) == "released"
    return path


def text_of(answer: Any) -> str:
    return html.unescape(answer.text)


def test_a_second_person_releases_and_it_is_taken_back_with_a_reason(office: World) -> None:
    network, other = (
        signed_in(office.app, "netwerkmedewerker"),
        signed_in(office.app, "netwerkmedewerker", region="gent", email="gent@voorbeeld.example"),
    )
    reader, first = signed_in(office.app, "lezer"), signed_in(office.app, "vrijgever")
    path = write(network, region_key="gent")
    row = office.rows(Practice)[0]
    assert (row["state"], row["region_key"]) == ("waiting", "kempen"), "bound to a region: written for it"
    assert [one.get(path).status_code for one in (network, first, other, reader)] == [200, 200, 404, 404]
    assert "praktijk wacht op een tweede lezer" in text_of(first.get("/staff/"))
    assert network.get(f"{path}/release").status_code == 403
    step(first, path, "edit", **{**WORDS, "why": "Niemand verliest nog weken."})
    answer = step(first, path, "release")
    assert state(office, path) == "waiting" and "Je schreef hier zelf aan mee" in text_of(answer)
    second = signed_in(office.app, "vrijgever", email="tweede@voorbeeld.example")
    step(second, path, "release")
    assert state(office, path) == "released"
    for one in (other, reader):
        shown = text_of(one.get(path))
        assert "Niemand verliest nog weken." in shown and CONTACT not in shown
        assert "Eerst een proefmoment" in text_of(one.get(LIST))
    assert step(network, path, "edit", **WORDS).status_code == 302 and state(office, path) == "released"
    assert other.get(f"{path}/withdraw").status_code == 302, "of another region"
    assert "Dit hebben we nodig" in text_of(step(network, path, "withdraw", reason=" "))
    step(network, path, "withdraw", reason="Klopt niet meer.")
    assert state(office, path) == "withdrawn" and reader.get(path).status_code == 404
    assert "Klopt niet meer." in text_of(network.get(path))
    step(network, path, "edit", **WORDS)
    assert state(office, path) == "waiting"
    actions = [row["action"] for row in office.rows(AuditEntry) if row["action"].startswith("practice.")]
    steps = ["written", "reworded", "released", "withdrawn", "reworded"]
    assert actions == [f"practice.{one}" for one in steps]


def test_the_database_knows_the_four_eyes_and_what_is_whole(office: World) -> None:
    path = released(office)
    with office.session() as session:
        found = session.get_one(Practice, path.rsplit("/", 1)[1])
        for changes in ({"released_by": found.written_by}, {"why": ""}, {"released_by": None}):
            with pytest.raises(sa.exc.IntegrityError):
                session.execute(sa.update(Practice).values(**changes))
            session.rollback()


def test_nothing_typed_is_lost_and_no_address_is_printed(office: World) -> None:
    browser = signed_in(office.app, "analist")
    for changes, said in (
        ({"what": "Bel 0470 12 34 56."}, "telefoonnummer"),
        ({"why": "Mail iemand@voorbeeld.example"}, "Hier staat een e-mailadres"),
        ({"why": "Stort op BE68 5390 0754 7034"}, "een rekeningnummer"),
        ({"what": "Onze vrijwilliger Sofie belt."}, "de naam van iemand te staan: Sofie"),
        ({"contact": "geen adres"}, "Dit is geen e-mailadres"),
        ({"contact": "a@b"}, "Dit is geen e-mailadres"),
        ({"title": ""}, "Dit hebben we nodig"),
        ({"theme_key": "T99"}, "Ongeldige keuze"),
    ):
        answer = browser.post(f"{LIST}/new", {"revision": "1", **WORDS, **changes}, form=f"{LIST}/new")
        shown = text_of(answer)
        assert said in shown and WORDS["place"] in shown, changes
        assert all(value in shown for value in changes.values() if value != "T99"), changes
    assert office.rows(Practice) == []
    path, colleague = write(browser), signed_in(office.app, "redacteur")
    step(colleague, path, "edit", **{**WORDS, "place": "Een \u202e\u2067koor\u2069"})
    late = browser.post(f"{path}/edit", {**WORDS, "revision": "1", "place": "Een wandelclub"})
    shown = text_of(late)
    assert late.status_code == 409 and "Een koor" in shown and "Een wandelclub" in shown
    assert office.rows(Practice)[0]["place"] == "Een koor"
    again = re.search(r'name="revision"[^>]*value="(\d+)"', late.text)
    assert again
    browser.post(f"{path}/edit", {**WORDS, "revision": again[1], "place": "Een wandelclub"})
    assert office.rows(Practice)[0]["place"] == "Een wandelclub"


def test_a_pre_signal_is_worked_out_once_and_only_what_is_released_is_quoted(office: World) -> None:
    with office.session() as session:
        signal = Signal(wave_key=WAVE, theme_key="T08", region_key="gent", is_practice=True)
        signal.observation = "Twee vaste leden per nieuwkomer"
        session.add(signal)
        session.commit()
        key = signal.id

    def report(region: str | None = None) -> list[str]:
        with office.session() as session:
            found = quoted(session, WAVE, region, Labels(office.settings, "nl"))
        assert CONTACT not in repr(found)
        return [one.title for one in found]

    browser = signed_in(office.app, "redacteur", email="schrijft@voorbeeld.example")
    form = f"{LIST}/new?signal={key}"
    assert form.replace("&", "&amp;") in browser.get(LIST).text and report() == []
    assert "Twee vaste leden per nieuwkomer" in text_of(browser.get(form))
    begun = {"revision": "1", **WORDS, "title": "Twee leden", "region_key": "gent", "theme_key": "T08"}
    path = browser.post(form, begun, form=form).location
    assert browser.get(form).status_code == 404, "not twice"
    assert report() == [], "nobody else read it"
    step(signed_in(office.app, "vrijgever"), path, "release")
    assert (report(), report("gent"), report("kempen")) == (["Twee leden"], ["Twee leden"], [])


def test_who_worded_the_pre_signal_does_not_release_what_became_of_it(office: World) -> None:
    writer, editor = signed_in(office.app, "vrijgever"), signed_in(office.app, "redacteur")
    form_p = {"wave_key": WAVE, "region_key": "", "observation": "Zo lukt het.", "theme": "T08"}
    form_p |= {"good_practice": "yes"}
    assert writer.post("/staff/signals/new", form_p, form="/staff/signals/new").status_code == 302
    form = f"{LIST}/new?signal={office.rows(Signal)[0]['id']}"
    path = editor.post(form, {"revision": "1", **WORDS, "what": "Zo lukt het."}, form=form).location
    assert "Je schreef hier zelf aan mee" in text_of(step(writer, path, "release"))
    assert state(office, path) == "waiting"
    step(signed_in(office.app, "vrijgever", email="tweede@voorbeeld.example"), path, "release")
    assert state(office, path) == "released"


def test_a_form_sent_twice_is_one_practice_and_a_pre_signal_is_worked_out_by_one(office: World) -> None:
    browser, other = signed_in(office.app, "redacteur"), signed_in(office.app, "analist")
    found = re.search(r'name="key"[^>]*value="(\w+)"', browser.get(f"{LIST}/new").text)
    assert found
    words = {"revision": "1", **WORDS}
    sent = [browser.post(f"{LIST}/new", {**words, "key": found[1]}, form=LIST) for _ in range(2)]
    assert sent[0].location == sent[1].location == f"{LIST}/{found[1]}"
    with office.session() as session:
        signal = Signal(wave_key=WAVE, theme_key="T08", is_practice=True, observation="Zo lukt het.")
        session.add(signal)
        session.commit()
        form = f"{LIST}/new?signal={signal.id}"
    opened = [one.get(form).text for one in (browser, other)]
    keys = [re.findall(r'name="key"[^>]*value="(\w+)"', one)[0] for one in opened]
    assert browser.post(form, {**words, "key": keys[0]}, form=LIST).status_code == 302
    late = other.post(form, {**words, "key": keys[1], "place": "Een koor"}, form=LIST)
    assert late.status_code == 409 and "Dit pre-signaal werd net al uitgewerkt" in text_of(late)
    assert "Een koor" in late.text and len(office.rows(Practice)) == 2


def test_a_question_reaches_somebody_or_is_not_taken(office: World) -> None:
    path, reader = released(office, contact=""), signed_in(office.app, "lezer")
    shut = sa.update(Account).values(active=False)
    with office.session() as session:
        session.execute(shut.where(Account.role == "redacteur"))
        session.commit()
    releaser = Browser(office.app)
    releaser.try_to_sign_in(address_of("vrijgever"))
    assert reader.post(f"{path}/contact", {"message": "Hoe?"}, form=LIST).status_code == 302
    assert "Hoe?" in text_of(releaser.get(f"{LIST}/requests"))
    key = office.rows(ContactRequest)[0]["id"]
    assert releaser.post(f"{LIST}/requests/{key}", form=LIST).status_code == 302
    with office.session() as session:
        assert who_answers(session, session.get_one(Practice, path.rsplit("/", 1)[1])) == address_of(
            "vrijgever"
        )
        session.execute(shut.where(Account.role == "vrijgever"))
        session.commit()
    refused = reader.post(f"{path}/contact", {"message": "En nu?"}, form=LIST)
    assert "Niemand kan nu op vragen over deze praktijk antwoorden" in text_of(reader.get(refused.location))
    assert [one["message"] for one in office.rows(ContactRequest)] == ["Hoe?"]


def test_the_booklet_is_made_by_the_worker_and_holds_no_contact(office: World, tmp_path: Path) -> None:
    shelf = f"{LIST}/booklets"
    reader = signed_in(office.app, "lezer")
    assert "nog niets om te bundelen" in text_of(reader.get(shelf))
    refused = run(office, "booklet", "--theme", "T03", "--out", str(tmp_path / "none.pdf"))
    assert refused.exit_code == 1 and "nog geen praktijk vrijgegeven" in refused.stderr
    refused = run(office, "booklet", "--theme", "T99", "--out", str(tmp_path / "none.pdf"))
    assert refused.exit_code == 1 and "T14" in refused.stderr and not (tmp_path / "none.pdf").exists()
    path = released(office, title="Proef 🎈 eerst", contact=CONTACT)
    write(signed_in(office.app, "analist"), title="Wacht nog")
    maker = signed_in(office.app, "netwerkmedewerker")
    job = maker.post(shelf, {"theme": "T03", "locale": "en"}, form=shelf).location
    assert maker.get(f"{shelf}/T03-en.pdf").status_code == 404, "nothing is drawn by a web process"
    with office.session():
        jobs().run_now(job.rsplit("/", 1)[1])
        jobs().queue.storage.close()
    [link] = re.findall(rf'href="({shelf}/[^"]+)"', maker.get(job).text)
    answer = reader.get(link)
    assert answer.mimetype == "application/pdf"
    assert page.validate_pdf_bytes(answer.data, profile="ua1").is_compliant
    with pikepdf.open(io.BytesIO(answer.data)) as opened:
        tree = Structure(opened)
        assert tree.faults() == [] and tree.language == "en"
        dutch = " ".join(one.text for one in tree.root.walk() if one.own_language == "nl")
        leaves = " ".join(node.text for node in tree.root.walk() if not node.children)
        headings = [one.text for one in tree.of_kind("H1", "H2", "H3")]
    assert "Daarna kiezen beide." in dutch and "Niemand verliest weken." in dutch
    assert headings[1].startswith("Proef") and headings[2:] == [f"{EN} Wat ze doen", f"{EN} Waarom het werkt"]
    assert "Wacht nog" not in leaves and CONTACT not in leaves and "@" not in leaves
    assert link in reader.get(shelf).text
    step(signed_in(office.app, "vrijgever", email="trekt@voorbeeld.example"), path, "withdraw", reason="Weg.")
    assert office.rows(Booklet) == [] and reader.get(link).status_code == 404


def mailing(office: World, port: int) -> Any:
    url = f"smtp://127.0.0.1:{port}?from={quote('Voorbeeld <feedback@voorbeeld.example>')}&tls=none&timeout=2"
    return office.settings.but(smtp_url=url, mails_a_minute=60_000)


def test_who_asks_for_a_contact_is_heard_and_told_no_address(office: World, post: Post, port: int) -> None:
    path = released(office, contact="")
    writer, reader = Browser(office.app), signed_in(office.app, "lezer")
    writer.try_to_sign_in(address_of("redacteur"))
    with office.session() as session:
        session.execute(sa.update(Account).where(Account.role == "redacteur").values(locale="en"))
        session.commit()
    question = "Hoe vonden jullie\nde begeleiders?"
    assert "Dit hebben we nodig" in text_of(reader.post(f"{path}/contact", {"message": ""}))
    for _ in range(2):
        reader.post(f"{path}/contact", {"message": question}, form=LIST)
    assert len(office.rows(ContactRequest)) == 1
    assert address_of("redacteur") not in reader.get(f"{path}/contact").text
    with office.session() as session:
        assert send_requests(session, office.settings) == 0, "there is no mail server"
        assert send_requests(session, mailing(office, free_port())) == 0, "it does not answer"
        pause(session, None, today())
        assert send_requests(session, mailing(office, port)) == 0, "sending is paused"
        resume(session, None)
        assert [send_requests(session, mailing(office, port)) for _ in range(2)] == [1, 0], "once"
    [taken] = post.taken
    assert taken.recipients == [address_of("redacteur")] and "List-Unsubscribe" not in taken.mail
    body = taken.mail.get_body(("plain",))
    assert body and f"{EN} Een collega wil meer weten" in body.get_content()
    assert "Hoe vonden jullie\nde begeleiders?" in body.get_content().replace("\r\n", "\n")
    assert address_of("lezer") in body.get_content()
    assert WAITS in text_of(writer.get("/staff/"))
    listed = text_of(writer.get(f"{LIST}/requests"))
    assert question in listed and address_of("lezer") in listed
    key = office.rows(ContactRequest)[0]["id"]
    assert reader.post(f"{LIST}/requests/{key}", form=LIST).status_code == 403
    another = signed_in(office.app, "redacteur", email="een-ander@voorbeeld.example")
    assert another.post(f"{LIST}/requests/{key}", form=LIST).status_code == 404, "it is for who wrote it"
    assert writer.post(f"{LIST}/requests/{key}", form=LIST).status_code == 302
    assert WAITS not in text_of(writer.get("/staff/"))
    reader.post(f"{path}/contact", {"message": "Nog iets."}, form=LIST)
    with office.session() as session:
        session.execute(sa.update(ContactRequest).values(mail="claimed"))  # a process that died
        session.commit()
        assert send_requests(session, mailing(office, port)) == 0, "it may have left"
    assert office.rows(ContactRequest)[0]["mail"] == "unknown" and len(post.taken) == 1
    with office.session() as session:
        session.execute(sa.update(ContactRequest).values(asked_on=today() - KEPT, mail="waiting"))
        session.execute(sa.update(Practice).values(contact=CONTACT))
        session.commit()
        assert send_requests(session, mailing(office, port)) == 1
    assert post.taken[-1].recipients == [CONTACT]
    assert run(office, "retention", "run").exit_code == 0 and len(office.rows(ContactRequest)) == 1
    with office.session() as session:
        session.execute(sa.update(ContactRequest).values(asked_on=date(2026, 1, 1)))
        session.commit()
    assert run(office, "retention", "run").exit_code == 0 and office.rows(ContactRequest) == []
