"""The life of an edition: arranged, drafted, made final by a second person, released, corrected; and read."""

import html
import io
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pikepdf
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.models import ReleasedFigure
from feedback_app.analysis.published import read_participation
from feedback_app.analysis.reading import PARTICIPATION
from feedback_app.analysis.release import Entering
from feedback_app.invitations.models import Wave
from feedback_app.jobs import Job, jobs
from feedback_app.questionnaires.versions import load_version
from feedback_app.rendering.style import HouseStyle
from feedback_app.reports import pdf as printing
from feedback_app.reports.compile import CompileRefused, compile_edition
from feedback_app.reports.models import Arrangement, Edition, EditionNotice, EditionRelease
from feedback_app.reports.release import ReleaseNotPossible, release, send_notices
from feedback_app.reports.scheduled import failed, plan_drafts
from feedback_app.reports.web import edition_html
from feedback_app.signals.models import Signal
from feedback_app.staff.models import AuditEntry
from feedback_app.web.downloads import plain_name
from tests.commands import run
from tests.databases import Databases
from tests.mail_server import Post, mail_service
from tests.pages import checked_client
from tests.pdf_structure import DECORATION, Structure
from tests.report_example import example_content
from tests.same_words import words_of_page, words_of_pdf
from tests.staff import Browser, account_of, address_of, signed_in
from tests.world import WAVE, Person, World, respond

ARRANGE = f"/staff/reports/arrange/{WAVE}/vlaanderen/nl"
PUBLIC = f"/rapporten/{WAVE}/vlaanderen/nl"
SECOND = "tweede@voorbeeld.example"


@pytest.fixture(scope="module")
def office(
    databases: Databases, example_catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A closed wave with some answers and two signals."""
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("editions"), example_catalogues)
        checked_client(world.app)
        world.open([Person() for _ in range(60)])
        rng = random.Random(7)
        for link in world.links():
            given = {
                "experience": rng.choice("345"),
                "match": "3",
                "welcome": rng.choice(("yes", "sometimes")),
            }
            respond(world.client, link.token, {**given, "informed": rng.choice(("yes", "no"))})
        world.shut()
        with world.session() as session:
            session.add_all(signal(number) for number in (1, 2))
            session.commit()
        yield world
        world.close()


def signal(number: int) -> Signal:
    return Signal(
        code=f"S-{WAVE}-0{number}",
        wave_key=WAVE,
        theme_key="T05",
        state="gevalideerd",
        title=f"Voorbeeldsignaal {number}",
        finding="Wat we zien.",
        ask="Wat we vragen.",
        addressee="Voorbeeldagentschap",
    )


@pytest.fixture(scope="module")
def people(office: World) -> dict[str, Browser]:
    found = {role: signed_in(office.app, role) for role in ("redacteur", "analist", "vrijgever", "lezer")}
    return {**found, "second": signed_in(office.app, "vrijgever", email=SECOND)}


def compiled(world: World, email: str, **more: Any) -> str:
    """Compile in somebody's name, as the worker does; the edition's id."""
    by = account_of(world.app, email).id
    with world.session() as session:
        return compile_edition(session, world.settings, WAVE, account_id=by, **more).id


def at_once(engine: sa.Engine, statement: sa.Insert, *_event: object) -> None:
    """What somebody else does while a session is about to write."""
    with Session(engine) as other, other.begin():
        other.execute(statement)


def text_of(answer: Any) -> str:
    return html.unescape(answer.text)


def form_of(browser: Browser) -> dict[str, str]:
    """What the arranging page holds, as a browser would send it back."""
    page = browser.get(ARRANGE).text
    fields = dict(re.findall(r'<input type="(?:number|hidden)"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    return {**fields, **dict(re.findall(r'name="(revision)" value="(\d+)"', page))}


@pytest.fixture(scope="module")
def draft(office: World, people: dict[str, Browser]) -> str:
    """The draft of an editor, arranged before: foreword, order, a section and a signal left out."""
    redacteur = people["redacteur"]
    assert "zodra er een ontwerp is" in text_of(redacteur.get(ARRANGE))
    compiled(office, address_of("redacteur"))
    typed = {
        **form_of(redacteur),
        "foreword": "Een woord vooraf.\nEn nog een.",
        "text-who": "Wie dit las, weet meer.",
        "place-section:practices": "1",
        "leave-section:pairs": "y",
        f"leave-signal:S-{WAVE}-01": "y",
    }
    assert redacteur.post(ARRANGE, typed, form=ARRANGE).status_code == 302
    return compiled(office, address_of("redacteur"))


def test_a_draft_is_as_editors_arranged_it_with_a_watermark_on_every_page(office: World, draft: str) -> None:
    with office.session() as session:
        found = session.get_one(Edition, draft)
        content, tree = found.content, Structure(pikepdf.open(io.BytesIO(found.pdf)))
        page = found.html or ""
    assert content["foreword"] == "Een woord vooraf.\nEn nog een." and content["left_out"] == ["pairs"]
    assert [one["code"] for one in content["signals"]] == [f"S-{WAVE}-02"]
    headings = [node.text for node in tree.of_kind("H2")]
    assert headings.index("2 Goede praktijken uit de regio’s") < headings.index("3 Aanleiding en context")
    assert "B Regio’s naast Vlaanderen" in headings and "naast partners" not in " ".join(headings)
    assert "De redactie liet deze delen weg: Nieuwkomers naast partners." in tree.root.text
    assert all("ONTWERP" in drawn[DECORATION] for drawn in tree.content)
    assert "ONTWERP" not in tree.root.text and "Wie dit las, weet meer." in tree.root.text
    assert tree.faults() == []
    assert words_of_page(page) == words_of_pdf(tree)
    assert '<p class="draft-banner">' in page and "Een woord vooraf." in page


def test_what_a_colleague_kept_meanwhile_is_shown_and_nothing_typed_is_lost(
    office: World, people: dict[str, Browser], draft: str
) -> None:
    one, two = people["redacteur"], people["analist"]
    stale = form_of(one)
    assert two.post(ARRANGE, {**form_of(two), "foreword": "Van de analist."}, form=ARRANGE).status_code == 302
    answer = one.post(ARRANGE, {**stale, "foreword": "Van de redacteur."}, form=ARRANGE)
    assert answer.status_code == 200
    for words in ("Een collega was je voor", "Van de analist.", "Van de redacteur.", address_of("analist")):
        assert words in text_of(answer)
    again = re.search(r'name="revision" value="(\d+)">\n<h2', answer.text)
    assert again and int(again[1]) == int(stale["revision"]) + 1
    for typed, told in (
        ({"foreword": "Bel 0470 12 34 56."}, "een telefoonnummer"),
        ({"text-who": "a" * 1501}, "hoogstens 1500"),
        ({"place-section:who": "eerst"}, "als een getal"),
        ({"message-1-title": "Half"}, "minstens 3"),
    ):
        refused = one.post(ARRANGE, {**form_of(one), **typed}, form=ARRANGE)
        assert told in text_of(refused) and (
            next(iter(typed.values())) in text_of(refused) or "place" in str(typed)
        )
    revision = form_of(one)["revision"]
    assert one.post(f"{ARRANGE}/back", {"revision": revision}, form=ARRANGE).status_code == 302
    assert "Een woord vooraf." in text_of(one.get(ARRANGE))
    assert "Wissen" in one.get(f"{ARRANGE}/anew").text
    revision = form_of(one)["revision"]
    one.post(f"{ARRANGE}/anew", {"revision": revision}, form=ARRANGE)
    assert office.rows(Arrangement)[0]["choices"]["foreword"] == ""
    one.post(f"{ARRANGE}/back", {"revision": form_of(one)["revision"]}, form=ARRANGE)
    steps = [row["facts"]["step"] for row in office.rows(AuditEntry) if row["action"] == "report.arranged"]
    assert steps == ["kept", "kept", "back", "kept", "back"]


def test_final_needs_a_colleagues_draft_of_this_arrangement_and_stays(
    office: World, people: dict[str, Browser], draft: str, tmp_path: Path
) -> None:
    page = f"/staff/editions/{draft}/final"
    assert "De indeling veranderde na het ontwerp" in text_of(people["vrijgever"].get(page))
    arrangement = office.rows(Arrangement)[0]
    with office.session() as session:  # as if it had been drafted after these steps
        session.execute(
            sa.update(Edition).where(Edition.id == draft).values(arrangement=arrangement["revision"])
        )
        session.commit()
    assert people["redacteur"].get(page).status_code == 403
    assert "Daarna verandert niemand het nog" in text_of(people["vrijgever"].get(page))
    out = tmp_path / "report.pdf"
    refused = run(office, "report", "--wave", WAVE, "--final", "--out", out)
    assert refused.exit_code == 1 and "two colleagues" in refused.output and not out.exists()
    with pytest.raises(CompileRefused, match="Enkel een vrijgever"):
        compiled(office, address_of("redacteur"), final=True)
    done = run(office, "report", "--wave", WAVE, "--final", "--by", SECOND, "--out", out)
    assert done.exit_code == 0, done.output
    final = next(row["id"] for row in office.rows(Edition) if row["state"] == "final")
    for change in (sa.update(Edition).values(reason="x", replaces_id="y"), sa.delete(Edition)):
        with office.session() as session, pytest.raises(sa.exc.IntegrityError, match="never"):
            session.execute(change.where(Edition.id == final))
    with pytest.raises(CompileRefused, match="al definitief"):
        compiled(office, address_of("vrijgever"), final=True)
    _released(office, people, final)


def _released(office: World, people: dict[str, Browser], final: str) -> None:
    client, step = office.client, f"/staff/editions/{final}/release"
    assert (
        client.get(PUBLIC).status_code == 404
        and people["lezer"].get(f"/staff/editions/{final}").status_code == 404
    )
    assert "Hier staat nog niets" in text_of(client.get("/rapporten"))
    assert "Eén lezer krijgt een e-mail" in text_of(people["vrijgever"].get(step))
    assert people["vrijgever"].post(step, form=step).status_code == 302
    assert "al vrijgegeven" in text_of(people["second"].get(step))
    shown = client.get(PUBLIC)
    assert (
        shown.status_code == 200
        and "draft-banner" not in shown.text
        and "Een woord vooraf." in text_of(shown)
    )
    assert PUBLIC in client.get("/rapporten").text
    assert people["lezer"].get(f"/staff/editions/{final}").status_code == 200
    with office.session() as session:  # who wanted it when it was released, and says no before it leaves
        changed = account_of(office.app, address_of("redacteur")).id
        session.add(EditionNotice(edition_id=final, account_id=changed))
        session.commit()
    post = Post()
    with mail_service(post) as port:
        sender = quote("Voorbeeld <feedback@voorbeeld.example>")
        url = f"smtp://127.0.0.1:{port}?from={sender}&tls=none&timeout=2"
        settings = office.settings.but(smtp_url=url, mails_a_minute=60_000)
        with office.session() as session:
            assert [send_notices(session, settings) for _ in range(2)] == [1, 0]
    assert [taken.recipients for taken in post.taken] == [[address_of("lezer")]]
    assert [row["account_id"] for row in office.rows(EditionNotice)] != [changed]
    assert len(office.rows(EditionNotice)) == 1
    assert PUBLIC in post.taken[0].mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    _downloaded(office, people, final)


def _downloaded(office: World, people: dict[str, Browser], final: str) -> None:
    reader, path = people["lezer"].client, f"/staff/reports/{final}"
    whole = reader.get(f"{path}.pdf")
    tag, length = whole.headers["ETag"], len(whole.data)
    assert 'filename="signaalrapport-2026-H1-Vlaanderen-nl.pdf"' in whole.headers["Content-Disposition"]
    head = reader.head(f"{path}.pdf")
    assert head.headers["Content-Length"] == str(length) and head.headers["Accept-Ranges"] == "bytes"
    ranged = reader.head(f"{path}.pdf", headers={"Range": "bytes=0-9"})
    assert (ranged.status_code, ranged.headers["Content-Length"]) == (200, str(length)), (
        "GET alone has ranges"
    )
    other = reader.get(f"{path}.pdf", headers={"If-Match": '"other"'})
    assert (other.status_code, other.data, other.headers["Content-Length"]) == (412, b"", "0")
    names = [plain_name(one) for one in ("አዲስ.pdf", "Só -.zip", "አዲስ", "naam", ".pdf")]
    assert names == ["bestand.pdf", "So.zip", "bestand", "naam", "bestand.pdf"]
    rest = reader.get(f"{path}.pdf", headers={"Range": "bytes=1000-", "If-Range": tag})
    assert (rest.status_code, rest.data) == (206, whole.data[1000:])
    assert rest.headers["Content-Range"] == f"bytes 1000-{length - 1}/{length}"
    changed = reader.get(f"{path}.pdf", headers={"Range": "bytes=1000-", "If-Range": '"other"'})
    assert (changed.status_code, len(changed.data)) == (200, length)
    for asked in (
        {"Range": "bytes=0-1,4-5"},
        {"Range": "bytes=x"},
        {"Range": "bytes=9-", "If-Range": f"W/{tag}"},
    ):
        assert reader.get(f"{path}.pdf", headers=asked).data == whole.data
    beyond = reader.get(f"{path}.pdf", headers={"Range": f"bytes={length}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{length}")
    alone = reader.get(f"{path}.html").text
    assert "<style>" in alone and '<link rel="stylesheet"' not in alone
    with zipfile.ZipFile(io.BytesIO(reader.get(f"{path}.zip").data)) as sheets:
        assert any(name.endswith(".csv") for name in sheets.namelist())
    assert office.client.get(f"/rapporten/editie/{final}.pdf").data == whole.data
    kinds = [
        (row["facts"]["kind"], row["facts"]["part"])
        for row in office.rows(AuditEntry)
        if row["action"] == "report.downloaded"
    ]
    assert kinds == [("pdf", "all"), ("pdf", "some"), *[("pdf", "all")] * 4, ("html", "all"), ("zip", "all")]


def test_a_correction_says_what_it_replaces_and_the_old_one_leads_to_it(
    office: World, people: dict[str, Browser]
) -> None:
    old = office.rows(EditionRelease)[0]["edition_id"]
    why = "In tabel A stond een fout."
    compiled(office, address_of("redacteur"), reason=why)
    for title, refused in (("Na het ontwerp herschreven", True), ("Voorbeeldsignaal 2", False)):
        with office.session() as session:
            ours = Signal.code == f"S-{WAVE}-02"
            session.execute(sa.update(Signal).where(ours).values(title=title))
            session.commit()
        if refused:
            with pytest.raises(CompileRefused, match="is dit veranderd: Signalen"):
                compiled(office, SECOND, final=True)
    new = compiled(office, SECOND, final=True)
    with office.session() as session:
        content = session.get_one(Edition, new).content
    assert content["supersedes"]["replaces"] == old and content["supersedes"]["reason"] == why
    assert "Vervangen door" not in text_of(office.client.get(f"/rapporten/editie/{old}"))
    shown = people["redacteur"].get(f"/staff/editions/{old}").text
    assert "Vervangen door" in shown
    assert f'<dd translate="no">{old[:16]}<wbr>{old[16:]}</dd>' in shown, "in halves where it does not fit"
    told = text_of(people["lezer"].get(f"/staff/editions/{old}"))
    assert "Vervangen door" not in told and why not in told and new not in told, "what nobody released"
    step = f"/staff/editions/{new}/release"
    assert people["second"].post(step, form=step).status_code == 302
    assert new in text_of(people["lezer"].get(f"/staff/editions/{old}"))
    before, today = text_of(office.client.get(f"/rapporten/editie/{old}")), text_of(office.client.get(PUBLIC))
    assert "Vervangen door" in before and why in before and "Dit is een verbeterde editie." in today
    assert office.client.get(f"/rapporten/editie/{old}.pdf").status_code == 200
    listed = {
        state: people["lezer"].get(f"/staff/reports?state={state}").text
        for state in ("released", "replaced", "draft")
    }
    assert [(old in listed[one], new in listed[one]) for one in listed] == [
        (False, True),
        (True, False),
        (False, False),
    ]
    assert len(office.rows(EditionNotice)) == 2


def test_a_failed_compile_says_so_and_leaves_nothing(
    office: World, people: dict[str, Browser], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "redacteur" in people
    faulty = tmp_path / "faulty.css"
    faulty.write_text("p { colour: red }", "utf-8")
    monkeypatch.setattr(printing, "STYLES", (faulty,))
    before = [office.rows(table) for table in (Edition, AuditEntry)]
    by = account_of(office.app, address_of("redacteur")).id
    with office.session() as session:
        arguments = {
            "wave_key": WAVE,
            "region_key": "kempen",
            "locale": "nl",
            "final": False,
            "account_id": by,
        }
        job = Job(name="compile_report", arguments=arguments, account_id=by)
        session.add(job)
        session.commit()
        jobs().run_now(job.id)
        session.refresh(job)
        assert job.state == "failed" and "er is niets bewaard" in job.message and "colour" in job.message
    assert [office.rows(table) for table in (Edition, AuditEntry)] == before


def test_drafts_of_every_level_are_planned_once(office: World) -> None:
    off = office.settings.but(timetable=office.settings.timetable.__class__(draft_reports=False))
    with office.session() as session:
        assert plan_drafts(session, off) == 0
        assert [plan_drafts(session, office.settings) for _ in range(2)] == [18, 0], (
            "Flanders is there already"
        )
        jobs_planned = [row for row in session.scalars(sa.select(Job)) if row.account_id is None]
        planned = [row.arguments for row in jobs_planned]
        for job in jobs_planned:
            if job.arguments["region_key"] in ("kempen", "limburg"):
                job.state = "failed"
        session.commit()
        names = [
            {job.arguments["region_key"] for job in failed(session, one)} for one in (None, "kempen", "gent")
        ]
    assert names == [{"kempen", "limburg"}, {"kempen"}, set()], "of one region only its own"
    assert {one["final"] for one in planned} == {False} and "limburg" in {
        one["region_key"] for one in planned
    }


def test_the_sheet_of_a_house_style_is_the_only_one_a_page_may_hold(
    office: World, people: dict[str, Browser]
) -> None:
    styled = edition_html(replace(example_content(), style=HouseStyle(colours=(("brand", "#123456"),))))
    facts = {"wave_key": WAVE, "locale": "nl", "content": {}, "content_hash": "y", "pdf": b"%PDF"}
    with office.session() as session:
        made = {
            name: Edition(html=html_text, **facts)
            for name, html_text in (
                ("styled", styled),
                ("old", None),
            )
        }
        session.add_all(made.values())
        session.commit()
        paths = {name: f"/staff/editions/{one.id}" for name, one in made.items()}
    policy = people["redacteur"].get(paths["styled"]).headers["Content-Security-Policy"]
    assert "style-src 'self' 'sha256-" in policy and "--brand:#123456" in styled
    assert "er is enkel een PDF van" in text_of(people["redacteur"].get(paths["old"]))
    assert people["redacteur"].get(paths["old"].replace("editions", "reports") + ".zip").status_code == 404


def test_a_correction_of_a_correction_that_nobody_released_replaces_the_first_too(
    office: World, people: dict[str, Browser]
) -> None:
    def final(html_text: str, **more: Any) -> Edition:
        facts: dict[str, Any] = {"wave_key": WAVE, "region_key": "brugge", "locale": "nl", "state": "final"}
        facts["content"] = {"compiled_on": "2030-01-02"}
        page = edition_html(example_content()).replace("<h1", f"<p>{html_text}</p><h1", 1)
        return Edition(html=page, content_hash="z", pdf=b"%PDF", **facts, **more)

    with office.session() as session:
        by = account_of(office.app, SECOND).id
        session.add(first := final("eerste druk"))
        session.flush()
        session.add(EditionRelease(edition_id=first.id, account_id=by))
        session.add(second := final("tweede druk", replaces_id=first.id, reason="fout"))
        session.flush()
        looks_like_a_number = f"012345{second.id[6:]}"
        session.add(
            third := final(
                "derde druk", id=looks_like_a_number, replaces_id=second.id, reason="nog een\u202e fout"
            )
        )
        session.commit()
        ids = [one.id for one in (first, second, third)]
    today, step = f"/rapporten/{WAVE}/brugge/nl", f"/staff/editions/{ids[1]}/release"
    assert "eerste druk" in text_of(office.client.get(today))
    assert "al verbeterd" in text_of(people["second"].get(step))
    assert people["second"].post(step, form=step).status_code == 200
    assert [row["edition_id"] for row in office.rows(EditionRelease)].count(ids[1]) == 0
    with office.session() as session:  # of two at the same moment the second is told so
        earlier = sa.insert(EditionRelease).values(edition_id=ids[2], account_id=by)
        press = partial(at_once, session.get_bind().engine, earlier)
        sa.event.listen(session, "before_flush", press, once=True)
        with pytest.raises(ReleaseNotPossible, match="al vrijgegeven"):
            release(session, account_of(office.app, SECOND), session.get_one(Edition, ids[2]))
    assert [row["edition_id"] for row in office.rows(EditionNotice)].count(ids[2]) == 0
    assert "derde druk" in text_of(office.client.get(today))
    assert office.client.get("/rapporten").text.count(today) == 1
    assert "nog een fout" in text_of(office.client.get(f"/rapporten/editie/{ids[0]}"))
    listed = people["lezer"].get("/staff/reports?state=replaced").text
    assert ids[0] in listed and ids[1] not in listed
    named = re.findall(r"<a href=[^>]*>2026-H1<span class=.unseen.>(.*?)</span>", listed)
    assert named and all(", vervangen, " in one for one in named), (
        "two editions of a report do not sound alike"
    )
    next_one = compiled(office, address_of("redacteur"), region_key="brugge", reason="Nog \u202eiets.")
    with office.session() as session:
        made = session.get_one(Edition, next_one)
        assert made.reason == "Nog iets.", "nothing that turns what follows"
        corrects = made.content["supersedes"]
    assert (corrects["replaces"], corrects["compiled_on"]) == (ids[2], "2030-01-02"), "the day it prints"
    step = f"/staff/editions/{next_one}/final"
    own = compiled(office, SECOND, region_key="brugge", reason="Een andere reden.")
    assert people["second"].get(f"/staff/editions/{own}/final").location == step, "the text of a colleague"
    queued = [people["second"].post(step, form=step).location for _ in range(2)]
    assert queued[0] == queued[1], "pressed twice, done once"
    assert "/rapporten?lang=en" in office.client.get("/terugkoppeling/nl?lang=en").text
    assert "‹en› Signaalrapporten" in office.client.get("/rapporten?lang=en").text


def test_figures_that_go_out_while_an_edition_is_made_are_looked_at_again(office: World) -> None:
    with office.session() as session:
        survey = load_version(session, session.get_one(Wave, WAVE).fingerprint("newcomer")).survey
        printed = read_participation(session, WAVE, "newcomer")
        which = (ReleasedFigure.wave_key == WAVE, ReleasedFigure.survey_key == "newcomer")
        figures = sa.select(sa.func.count()).select_from(ReleasedFigure).where(*which)
        before = session.scalar(figures)
        session.execute(sa.delete(ReleasedFigure).where(*which, ReleasedFigure.item_key == PARTICIPATION))
        assert session.scalar(figures) < before
        one, other = (Entering(session, office.settings, WAVE, survey, printed) for _ in range(2))
        one.enter()
        other.enter()
        assert session.scalar(figures) == before, "written once"
        session.rollback()
