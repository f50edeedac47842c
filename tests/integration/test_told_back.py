"""What is told back: plain Dutch, reviewed translations, a poster, and one e-mail to each partner."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.invitations.opt_out import opt_out
from feedback_app.invitations.watch import Watch
from feedback_app.jobs import enqueue
from feedback_app.questionnaires.readiness import Shelf
from feedback_app.reports.print_told_poster import print_job
from feedback_app.reports.told_back import State, told, told_back
from feedback_app.reports.told_mails import audience_of, tell_partners
from feedback_app.reports.told_models import ToldMail, ToldText
from feedback_app.signals.models import Signal
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.models import Partner, PartnerContact
from tests.databases import Databases
from tests.mail_server import Post, mail_service
from tests.raising import TOLD
from tests.staff import signed_in
from tests.world import WAVE, Person, World, respond

HOME = "/staff/terugkoppeling"
TI = {"said": "ብዙሕ ንጽበ።", "doing": "ንሕና ቀልጢፍና ንድውል።", "by": "ትካል", "when": "ካብ መስከረም"}
FR = {
    "said": "On attend longtemps.",
    "doing": "Nous appelons plus vite.",
    "by": "L’agence",
    "when": "Maintenant",
}
NOON = datetime(2026, 9, 15, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def post() -> Post:
    return Post()


@pytest.fixture(scope="module")
def world(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path, post: Post
) -> Iterator[World]:
    """A wave with four partners, of which one thing was told back."""
    folder = tmp_path_factory.mktemp("terug")
    with databases.migrated("sqlite") as url, mail_service(post) as port:
        server = f"smtp://127.0.0.1:{port}?from=dienst@voorbeeld.example&tls=none&timeout=0.5"
        made = World(url, folder, example_catalogues, smtp_url=server, mails_a_minute=60_000)
        made.open([Person(partners=(f"Voorbeeldclub {name}",)) for name in "abcd"] + [Person(partners=())])
        with made.session() as session:
            days = {name: date(2026, 8, 1) for name in ("handed_on", "due_on", "answered_on")}
            words = {"title": "t", "finding": "f", "ask": "a", "answer": "x", "theme_key": "T05"}
            told_signal = Signal(wave_key=WAVE, state="teruggekoppeld", code="S-1", **words, **days, **TOLD)
            session.add(told_signal)
            session.commit()
        yield made
        made.close()


def signal_id(world: World) -> str:
    with world.session() as session:
        return session.scalars(sa.select(Signal.id)).one()


def text_page(world: World, lang: str) -> str:
    return f"{HOME}/{signal_id(world)}/{lang}"


def seen_on(page: str) -> str:
    return re.findall('name="seen" [^>]*value="([^"]+)"', page)[0]


def test_a_translation_is_written_by_one_and_reviewed_by_another_and_goes_out_of_date(world: World) -> None:
    first, second = (signed_in(world.app, "vertaler", email=f"{one}@voorbeeld.example") for one in "ab")
    assert "wachten op een vertaling of op nalezen" in " ".join(first.get("/staff/").text.split())
    address = text_page(world, "ti")
    page = first.get(address).text
    assert TOLD["told_doing"] in page
    assert re.search('<textarea [^>]*lang="ti"', page), "the field speaks the language"
    half = first.post(address, {**TI, "when": "", "seen": seen_on(page), "step": "save"})
    assert (
        half.status_code == 422 and "een halve tekst tonen we niet" in half.text and TI["said"] in half.text
    )
    assert first.post(address, {**TI, "seen": seen_on(page), "step": "save"}).status_code == 302
    late = second.post(address, {**TI, "said": "ካልእ", "seen": seen_on(page), "step": "save"})
    assert late.status_code == 409 and "ካልእ" in late.text and TI["said"] in late.text
    own = first.post(address, {"seen": seen_on(first.get(address).text), "step": "review"})
    assert own.status_code == 422 and "Een collega leest ze na." in own.text
    with world.session() as session:
        strict = Shelf(world.settings.translations_dir, world.settings.surveys_dir)
        assert told_back(session, strict, "ti").items == (), "a draft is offered only where drafts are"
    draft = world.client.get("/terugkoppeling/ti").text
    assert TI["doing"] in draft and "<em>" in draft
    assert (
        second.post(address, {"seen": seen_on(second.get(address).text), "step": "review"}).status_code == 302
    )
    page = world.client.get("/terugkoppeling/ti").text
    assert all(text in page for text in TI.values()) and "<em>" not in page and TOLD["told_doing"] not in page
    with world.session() as session:
        assert len(told_back(session, strict, "ti").items) == 1
        actions = session.scalars(sa.select(AuditEntry.action)).all()
        assert actions.count("told.reviewed") == 1
        session.execute(sa.update(Signal).values(told_when="Voorbeeld: later"))
        session.commit()
        assert [one.state for one in told(session, "ti")] == [State.OUTDATED]
        session.execute(sa.update(Signal).values(told_when=TOLD["told_when"]))
        session.commit()
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(sa.update(ToldText).values(reviewed_by=ToldText.written_by))
        session.rollback()
    assert "nagelezen" in second.get(f"{HOME}?lang=ti").text and "ትግርኛ" in second.get(HOME).text


def test_what_is_not_translated_is_left_out_with_one_sentence(world: World) -> None:
    with world.session() as session:
        ask = {
            "state": "afgesloten",
            "code": "S-2",
            "theme_key": "T05",
            "title": "t",
            "finding": "f",
            "ask": "a",
        }
        days = {name: date(2026, 7, 1) for name in ("handed_on", "due_on", "answered_on")}
        second = Signal(
            wave_key=WAVE, answer="x", **ask, **days, **{**TOLD, "told_said": "Voorbeeld: tweede"}
        )
        session.add(second)
        session.commit()
    page = world.client.get("/terugkoppeling/ti").text
    assert (
        TI["doing"] in page
        and "tweede" not in page
        and page.count('href="/terugkoppeling/nl" lang="nl"') == 1
    )
    nothing = world.client.get("/terugkoppeling/uk").text
    assert TOLD["told_doing"] not in nothing and nothing.count('href="/terugkoppeling/nl" lang="nl"') == 1
    dutch = world.client.get("/terugkoppeling/nl").text
    assert dutch.index(TOLD["told_said"]) < dutch.index("Voorbeeld: tweede"), "the newest first"
    with world.session() as session:
        session.execute(sa.delete(Signal).where(Signal.code == "S-2"))
        session.commit()


def test_the_page_that_thanks_shows_what_was_told_back(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Approved texts in the respondent's language, gone within a minute after a text was withdrawn."""
    monkeypatch.setattr("feedback_app.responses.told._SECONDS", -1.0)  # as if the minute had passed
    tokens, heading = [link.token for link in world.links()], "Jullie zeiden – wij doen"

    def thanked(lang: str) -> str:
        page = respond(world.client, tokens.pop(), {"experience": "4"}, lang=lang).text
        assert 'data-state="stored"' in page and f'href="/terugkoppeling/{lang}"' in page
        return page

    for lang, texts in (("ti", TI), ("nl", {name[5:]: text for name, text in TOLD.items()})):
        page = thanked(lang)
        assert texts["said"] in page and texts["doing"] in page and texts["by"] not in page
        assert page.index(texts["doing"]) < page.index("/terugkoppeling/"), "the rest is one tap away"
    assert TOLD["told_doing"] not in thanked("uk")
    colleague = signed_in(world.app, "agentschap", email="toont@voorbeeld.example")
    preview = "/staff/preview/newcomer"
    assert TI["doing"] in colleague.get(f"{preview}/ti/thanks").text
    assert TOLD["told_said"] in colleague.get(f"{preview}/nl/thanks").text
    with world.session() as session:
        path = make_link(
            session, world.settings, NewLink("kiosk", "kempen", "agii", "buddy", "V"), region=None
        )
        hung = {"kiosk": f"/k/{path.code}"}
        path = make_link(
            session, world.settings, NewLink("open", "kempen", "agii", "buddy", "V"), region=None
        )
        hung["open"] = f"/o/{path.code}"
    for mode, address in hung.items():
        page = world.client.post(f"{address}?lang=ti", data={"experience": "4"}).text
        assert 'data-state="stored"' in page and (TI["said"] in page) == (mode == "open"), mode
    for change in ({"state": "draft", "reviewed_by": None}, {"dutch_hash": "0" * 64}):
        with world.session() as session:
            before = dict(
                session.execute(sa.select(*(getattr(ToldText, one) for one in change))).one()._mapping
            )
            session.execute(sa.update(ToldText).values(change))
            session.commit()
        assert TI["doing"] not in colleague.get(f"{preview}/ti/thanks").text, change
        with world.session() as session:
            session.execute(sa.update(ToldText).values(before))
            session.commit()
    assert TI["doing"] in colleague.get(f"{preview}/ti/thanks").text
    with world.session() as session:
        session.execute(sa.text("ALTER TABLE told_texts RENAME TO told_away"))
        session.commit()
    assert TI["doing"] in thanked("ti"), "an answer that is stored is thanked for, whatever else fails"
    assert "cannot be read" in caplog.text
    with world.session() as session:
        session.execute(sa.text("ALTER TABLE told_away RENAME TO told_texts"))
        session.commit()
    assert heading in thanked("nl")


def test_the_poster_leads_to_the_page_in_its_language(world: World) -> None:
    browser = signed_in(world.app, "agentschap", email="poster@voorbeeld.example")
    page = browser.get(f"{HOME}/poster?lang=ar").text
    assert "/terugkoppeling/ar" in page and "A3" in page
    assert browser.get(f"{HOME}/poster/ar.pdf").status_code == 404
    asked = browser.post(f"{HOME}/poster", {"lang": "ar"})
    assert asked.location.startswith("/staff/jobs/")
    with world.app.app_context():
        assert print_job(lambda *step: None, "ar") == "ar"
    answer = browser.get(f"{HOME}/poster/ar.pdf")
    assert answer.mimetype == "application/pdf"
    assert 'filename="terugkoppeling-poster-ar.pdf"' in answer.headers["Content-Disposition"]
    text = subprocess.run(["pdftotext", "-", "-"], input=answer.data, capture_output=True, check=True).stdout
    assert "/terugkoppeling/ar" in text.decode().replace("\n", "")
    assert browser.get(f"{HOME}/poster?lang=xx").status_code == 404


def write(world: World, region: str | None = None) -> dict[str, int]:
    with world.session() as session:
        watch = Watch(session, world.settings.timetable, NOON)
        return dict(tell_partners(session, world.settings, watch, WAVE, region) or {})


def test_each_partner_gets_one_e_mail_and_who_wants_none_gets_none(world: World, post: Post) -> None:
    with world.session() as session:
        partners = {one.name[-1]: one for one in session.scalars(sa.select(Partner))}
        for name, one in partners.items():
            one.email = f"club-{'a' if name == 'b' else name}@voorbeeld.example"
        session.flush()
        named = PartnerContact(
            partner_id=partners["c"].id,
            name="",
            email="persoon@voorbeeld.example",
            chosen=True,
            language="fr",
        )
        named.changed_on = date(2026, 1, 1)
        session.add(named)
        opt_out(session, world.settings, "club-d@voorbeeld.example")
        session.commit()
    page = f"{HOME}/partners/{WAVE}"
    releaser = signed_in(world.app, "vrijgever", email="schrijft@voorbeeld.example")
    shown = " ".join(releaser.get(page).text.split())
    assert "<dd>2</dd> <dt>Kregen hem al</dt><dd>0</dd>" in shown, "two share one address, one wants nothing"
    assert "2 e-mails versturen" in shown and TOLD["told_doing"] in shown
    assert post.taken == [], "looking sends nothing"
    assert releaser.post(page).location.startswith("/staff/jobs/")
    post.answers["mail"] = "451 later"
    assert write(world) == {"waits": 1}
    assert world.rows(ToldMail) == []
    post.answers.clear()
    assert write(world) == {"delivered": 2}
    assert write(world) == {}
    assert sorted(one.recipients[0] for one in post.taken) == [
        "club-a@voorbeeld.example",
        "persoon@voorbeeld.example",
    ]
    mail = post.taken[0].mail
    body = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["Subject"] == "Jullie zeiden – wij doen"
    assert TOLD["told_said"] in body and TOLD["told_doing"] in body and "/terugkoppeling/nl" in body
    stop = re.findall(r"https?://[^/\s]+(/stop/\S+)", body)[0]
    assert mail["List-Unsubscribe"] and world.client.get(stop).status_code == 200
    assert "Er wacht niemand meer op deze e-mail." in releaser.get(page).text
    assert (
        signed_in(world.app, "agentschap", region="gent", email="gent@voorbeeld.example")
        .get(page)
        .text.count("<dd>0</dd>")
    ), "an account of another region writes to nobody of this one"
    assert releaser.get(f"{HOME}/partners/2031-H1").status_code == 404


def test_at_the_weekend_the_work_waits_for_monday_and_then_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 9, 12, 12, tzinfo=UTC)  # a Saturday
    monkeypatch.setattr("feedback_app.reports.told_mails.now", lambda: moment)
    work = world.app.extensions["jobs"]
    queued = work.prepared_queue()
    queued.flush()
    with world.session() as session:
        job = enqueue(session, "tell_partners", {"wave_key": WAVE, "region": None}, None)
        queued.execute(queued.dequeue())
        session.refresh(job)
        assert (job.state, "maandag 14 september, 09:00" in job.message) == ("queued", True), job.message
        work.give_up_lost(work.lost())  # a worker that begins meanwhile
        session.refresh(job)
        assert job.state == "queued" and [task.args[0] for task in queued.pending()] == [job.id]
        page = (
            signed_in(world.app, "beheerder", email="ziet@voorbeeld.example")
            .get(f"/staff/jobs/{job.id}")
            .text
        )
        assert "maandag 14 september" in page and "niet gelukt" not in page and "wacht" in page
        moment = NOON
        task = queued.dequeue()
        task.eta = None  # as if it were Monday
        queued.execute(task)
        session.refresh(job)
        assert (job.state, job.message) == ("done", "")
    queued.flush()
    queued.storage.close()


def test_who_was_being_written_to_when_a_process_died_is_not_written_to_again(
    world: World, post: Post
) -> None:
    before = len(post.taken)
    with world.session() as session:
        partners = {one.name[-1]: one for one in session.scalars(sa.select(Partner))}
        partners["c"].merged_into_id, partners["c"].merged_on = partners["a"].id, date(2026, 9, 1)
        session.execute(sa.delete(ToldMail).where(ToldMail.partner_id != partners["c"].id))
        session.commit()
        waiting = audience_of(session, world.settings, WAVE, None)
        assert waiting is not None and waiting.waiting == (), "one it was merged with was told already"
        partners["c"].merged_into_id = partners["c"].merged_on = None
        session.execute(sa.delete(ToldMail))
        session.commit()
        one = audience_of(session, world.settings, WAVE, None).waiting[0]  # type: ignore[union-attr]
        session.add_all(ToldMail(wave_key=WAVE, partner_id=key) for key in one.partners)
        session.commit()
    assert write(world) == {"delivered": 1}
    assert len(post.taken) == before + 1
    assert {row["state"] for row in world.rows(ToldMail)} == {"unknown", "sent"}


def test_a_partner_reads_it_in_its_own_language_only_where_all_of_it_is_there(
    world: World, post: Post
) -> None:
    writer, reader = (
        signed_in(world.app, "vertaler", email=f"{one}@voorbeeld.example") for one in ("fr1", "fr2")
    )
    address = text_page(world, "fr")
    writer.post(address, {**FR, "seen": seen_on(writer.get(address).text), "step": "save"})
    reader.post(address, {"seen": seen_on(reader.get(address).text), "step": "review"})
    with world.session() as session:
        session.execute(sa.delete(ToldMail))
        session.execute(sa.text("UPDATE invitations SET contact_language = 'fr' WHERE audience = 'partner'"))
        session.commit()
    write(world)
    body = post.taken[-1].mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert FR["doing"] in body and TOLD["told_doing"] not in body and "/terugkoppeling/fr" in body


def test_who_stops_it_while_others_are_written_to_gets_nothing(world: World, post: Post) -> None:
    before = len(post.taken)
    with world.session() as session:
        session.execute(sa.delete(ToldMail))
        session.commit()

        def stop_the_second(number: int, _total: int, _message: str) -> None:
            if number == 1:
                opt_out(session, world.settings, "persoon@voorbeeld.example")
                session.commit()

        watch = Watch(session, world.settings.timetable, NOON)
        done = tell_partners(session, world.settings, watch, WAVE, None, stop_the_second)
    assert done == {"delivered": 1, "stopped": 1}
    assert [one.recipients for one in post.taken[before:]] == [["club-a@voorbeeld.example"]]
    assert len(world.rows(ToldMail)) == 2, "two partners at the one address"
