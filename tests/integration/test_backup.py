"""Load, back up while people answer, lose everything, put it back: every answer that was thanked for is there.

Each kind of database is loaded, answered over real connections while `backup` runs, killed and destroyed, and put
back into both kinds. The file itself is then taken apart as somebody would who has it and every key.
"""

import json
import random
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from feedback_app.backup.put_back import put_back
from feedback_app.backup.read import header_of
from feedback_app.database import Base, db, now, today
from feedback_app.invitations.focus import leave_contact
from feedback_app.invitations.models import Invitation, OpenLink, Sending
from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.invitations.sending import send_due
from feedback_app.invitations.waves import open_wave
from feedback_app.jobs import Job
from feedback_app.reports.models import Edition
from feedback_app.reports.pdf import report_pdf
from feedback_app.responses.collect import response_key
from feedback_app.responses.models import Remark, Response
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.contacts import seal, unseal
from feedback_app.trajectories.models import Activity, Partner, Trajectory
from tests.commands import run
from tests.databases import CONTACT_KEY, KINDS, Databases
from tests.integration.test_report_pdf import CONTENT, bare_content
from tests.server import Server, post
from tests.staff import Browser, add, address_of
from tests.world import WAVE, Link, Person, World, respond

OURS = bare_content(items=CONTENT.items[:1], software_version="0.1.0")
BEFORE, DURING = 60, 40
#: so long ago that first messages were due before the backup, and no worker planned them
SINCE = today() - timedelta(days=10)
ENDED = SINCE - timedelta(days=5)
OPEN = f"{ENDED.year}-H{1 if ENDED.month <= 6 else 2}"
SIGN = "Voorbeeldopmerking nummer "
ERASED = "Voorbeeldtekst over kwartels die gewist is"
PHONE = "+32470261464"
#: |ρ| of 60 unrelated ranks exceeds this less than once in a million; what kept its order has |ρ| near 1
LARGEST = 0.6
TOUCHED = ("invitations", "responses", "remarks")

Rows = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]


def everything(world: World) -> Rows:
    """Table → key → row, of all that is stored; JSON as the very text."""
    found: Rows = {}
    with world.session() as session:
        for table in Base.metadata.sorted_tables:
            columns = [sa.cast(one, sa.Text) if isinstance(one.type, sa.JSON) else one for one in table.c]
            places = [table.c.keys().index(one.name) for one in table.primary_key]
            rows = [tuple(row) for row in session.execute(sa.select(*columns))]
            found[table.name] = {tuple(row[place] for place in places): row for row in rows}
    return found


def of_responses(rows: Rows) -> dict[str, set[str]]:
    """Response → every row that is its own, in whichever table."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for table in Base.metadata.sorted_tables:
        for place, column in enumerate(table.c):
            own = table is Response.__table__ and column.name == "id"
            if own or any(key.column.table is Response.__table__ for key in column.foreign_keys):
                for row in rows[table.name].values():
                    found[row[place]].add(repr((table.name, *row)))
    return found


@dataclass
class Lost:
    """An installation that is gone, what it held at the end, and what was kept of it."""

    kind: str
    file: Path
    keys: Path
    links: list[Link]  # of the open wave, in the order in which they were used
    uuids: list[str]
    thanked_before: int
    thanked: list[int]
    rows: Rows
    heap: dict[str, list[int]]  # PostgreSQL: whose rows it kept in which order


class Installations:
    """Makes installations on databases of their own."""

    def __init__(self, databases: Databases, folder: Path, catalogues: Path) -> None:
        self.databases, self.folder, self.catalogues = databases, folder, catalogues

    @contextmanager
    def make(self, kind: str, *, empty: bool = False, **settings: Any) -> Iterator[World]:
        """One that is there until the block ends."""
        with (self.databases.empty if empty else self.databases.migrated)(kind) as url:
            world = World(url, self.folder / uuid4().hex, self.catalogues, **settings)
            yield world
            world.close()


@pytest.fixture(scope="module")
def installations(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Installations:
    return Installations(databases, tmp_path_factory.mktemp("backup"), example_catalogues)


def load(world: World, report: bytes) -> list[Link]:
    """A closed wave with editions, colleagues, contacts, odd values; gives the links of an open wave."""
    world.open([Person() for _ in range(12)])
    earlier = world.links()
    for link in earlier:
        use(world, link, {"experience": "4", "welcome": "yes"})
    world.shut()
    add(world.app, "beheerder")
    with world.session() as session:
        odd = {"ω": 1, "a": [1.5, None, "é"], "1": {"z": True}}
        final = {"content": json.loads(OURS.to_json()), "content_hash": OURS.content_hash, "pdf": report}
        session.add(Edition(wave_key=WAVE, locale="nl", state="final", annex=bytes(range(256)), **final))
        draft = {"content": odd, "content_hash": "0" * 64, "pdf": b"%PDF", "html": "<p>‹é›</p>"}
        session.add(Edition(wave_key=WAVE, locale="en", state="draft", **draft))
        wanted = NewLink("open", "kempen", "agii", "buddy", "Voorbeeldbibliotheek ‹é›")
        make_link(session, world.settings, wanted, region=None)
        leave_contact(session, world.settings, PHONE, "ar", "kempen")
        session.add(Partner(id="f" * 32, name="Voorbeeld blijft"))
        session.flush()
        session.add(Partner(id="0" * 32, name="Voorbeeld weg", merged_into_id="f" * 32, merged_on=today()))
        session.add(Job(name="close_wave", arguments={"b": 1, "a": "ሰላም"}))
        session.add_all(trajectory(number) for number in range(BEFORE + DURING))
        session.add(
            Remark(
                wave_key=WAVE,
                survey_key="newcomer",
                item_key="remark",
                locale="nl",
                region_key="gent",
                month="2026-01",
                text=ERASED,
            )
        )
        session.commit()
        session.execute(sa.update(Remark).where(Remark.text == ERASED).values(text=""))
        open_wave(session, world.settings, OPEN, day=SINCE)
    known = {one.invitation_id for one in earlier}
    return [one for one in world.links() if one.invitation_id not in known]


def trajectory(number: int) -> Trajectory:
    return Trajectory(
        ref_hash=f"{number:063x}f",
        agency_key="agii",
        region_key="kempen",
        started_on=ENDED - timedelta(days=60),
        ended_on=ENDED,
        hours=Decimal("37.50") + number,
        offer_source="begeleider",
        contact_language="nl",
        outcome="completed",
        imported_on=SINCE,
        phone_sealed=seal((CONTACT_KEY,), PHONE),
        activities=[
            Activity(
                partner=Partner(name=f"Voorbeeldclub {number}", email=f"club{number}@voorbeeld.example"),
                offer_type="buddy",
            )
        ],
    )


def plan(world: World, links: list[Link]) -> None:
    """For three who have not answered: a message that was due yesterday, and a reminder next week."""
    with world.session() as session:
        for number, link in enumerate(links):
            for step, days in (("first", -1), ("reminder1", 7)):
                due = {"due_on": today() + timedelta(days=days), "channel": "sms", "key": f"{step}{number}"}
                session.add(Sending(invitation_id=link.invitation_id, step=step, **due))
        session.commit()


def use(world: World, link: Link, answers: dict[str, str]) -> None:
    """Answer without a look at the page, which other tests look at."""
    page = world.app.test_client().post(f"/s/{link.token}", data=answers)
    assert "Je antwoord is bewaard." in page.text


def answer(number: int, uuid: str) -> dict[str, str]:
    return {"experience": "12345"[number % 5], "remark": f"{SIGN}{number}", "response_id": uuid}


def lose(world: World, folder: Path, report: bytes) -> Lost:
    """Load it, answer, back up while others answer, and kill the server; the caller destroys the database."""
    links = load(world, report)
    random.Random(7).shuffle(links)
    plan(world, links[-3:])
    uuids = [str(uuid4()) for _ in links]
    for number in range(BEFORE):
        use(world, links[number], answer(number, uuids[number]))
    thanked, enough, over = list(range(BEFORE)), threading.Event(), threading.Event()

    def visitors() -> None:
        for number in range(BEFORE, len(links) - 3):
            if over.is_set():
                return
            if "Je antwoord is bewaard." in post(server, links[number].token, answer(number, uuids[number])):
                thanked.append(number)
            if len(thanked) > BEFORE + 3:
                enough.set()

    file, keys = folder / "feedback.backup", folder / "apart" / "keys.env"
    keys.parent.mkdir(parents=True)
    with Server(world.settings) as server:
        going = threading.Thread(target=visitors)
        going.start()
        assert enough.wait(60)
        thanked_before = len(thanked)
        made = run(world, "backup", str(file), "--keys", str(keys))
        assert made.exit_code == 0, made.output
        over.set()
        going.join()
        server.kill()
    kind = "sqlite" if world.settings.embedded else "postgresql"
    return Lost(
        kind, file, keys, links, uuids, thanked_before, thanked, everything(world), _heap(world, links, uuids)
    )


def _heap(world: World, links: list[Link], uuids: list[str]) -> dict[str, list[int]]:
    if world.settings.embedded:
        return {}
    owners = whose(links, uuids)
    found = {}
    with world.session() as session:
        for name in ("invitations", "responses"):
            keys = session.scalars(sa.text(f"SELECT id FROM {name} ORDER BY ctid"))
            found[name] = [owners[key] for key in keys if owners.get(key, BEFORE) < BEFORE]
    return found


def whose(links: list[Link], uuids: list[str]) -> dict[str, int]:
    """Key of an invitation or a response → the number of who answered."""
    return {link.invitation_id: number for number, link in enumerate(links)} | {
        response_key(uuid): number for number, uuid in enumerate(uuids)
    }


@pytest.fixture(scope="module")
def report() -> bytes:
    return report_pdf(OURS)


@pytest.fixture(scope="module", params=KINDS)
def lost(request: pytest.FixtureRequest, installations: Installations, report: bytes) -> Lost:
    """An installation of each kind that was lost with its database and its folder."""
    with installations.make(request.param) as world:
        found = lose(world, installations.folder / request.param, report)
        shutil.rmtree(world.settings.instance_dir)
    return found  # from here on the database is gone


@pytest.fixture(scope="module")
def restored(lost: Lost, installations: Installations) -> Iterator[World]:
    """It, put back by the command into the other kind of database; on SQLite there are not even tables."""
    other = next(kind for kind in KINDS if kind != lost.kind)
    with installations.make(other, empty=other == "sqlite") as world:
        done = run(world, "restore", str(lost.file))
        assert done.exit_code == 0, done.output
        assert "nothing is sent until" in done.output
        yield world


def _silent(_done: int, _total: int, _message: str) -> None:
    """Nobody watches."""


def test_what_was_thanked_for_is_back_and_nothing_is_there_by_half(lost: Lost, restored: World) -> None:
    back, before = everything(restored), of_responses(lost.rows)
    found = of_responses(back)
    assert {response_key(lost.uuids[number]) for number in lost.thanked} <= before.keys()
    assert {response_key(lost.uuids[number]) for number in range(lost.thanked_before)} <= found.keys()
    assert all(rows == before[key] for key, rows in found.items())
    assert len(lost.thanked) > lost.thanked_before, "nobody answered while the backup was made"
    columns = Invitation.__table__.c.keys()
    answered = [
        row for row in back["invitations"].values() if row[columns.index("disposition")] == "answered"
    ]
    assert len(answered) == len(found)


def test_every_other_row_is_back_bit_by_bit_on_either_kind(lost: Lost, installations: Installations) -> None:
    for kind in KINDS:
        with installations.make(kind) as world:
            header = header_of(lost.file)
            with world.app.app_context():
                put_back(
                    db.engine, world.settings, lost.file, header.structure, moving=True, progress=_silent
                )
            back = everything(world)
            for name, rows in lost.rows.items():
                mine = back[name]
                if name in (*TOUCHED, "answers", "response_snapshots"):
                    assert mine.keys() <= rows.keys()
                    if name != "invitations":
                        assert all(rows[key] == row for key, row in mine.items())
                elif name == "audit_entries":
                    assert all(rows[key] == row for key, row in mine.items() if "backup.restored" not in row)
                elif name != "audit_heads":
                    assert mine == rows, name
            assert len([name for name, rows in back.items() if rows]) > 20


def test_links_colleagues_and_contacts_work_again(lost: Lost, restored: World) -> None:
    waits = restored.client.get(f"/s/{lost.links[-1].token}")
    assert (waits.status_code, 'name="experience"' in waits.text) == (200, True)
    stored = "Je antwoord is bewaard."
    assert stored in respond(restored.client, lost.links[-1].token, {"experience": "5"}).text
    assert stored not in respond(restored.client, lost.links[0].token, {"experience": "1"}).text
    colleague = Browser(restored.app)
    assert colleague.try_to_sign_in(address_of("beheerder")).status_code == 302
    assert colleague.get("/staff/").status_code == 200
    (poster,) = restored.rows(OpenLink)
    assert restored.client.get(f"/o/{poster['code']}").status_code == 200
    sealed = [row["phone_sealed"] for row in restored.rows(Trajectory) if row["phone_sealed"]]
    assert {unseal((CONTACT_KEY,), one) for one in sealed} == {PHONE}


def test_a_final_edition_is_the_same_bytes_and_stays(
    lost: Lost, restored: World, report: bytes, tmp_path: Path
) -> None:
    (final,) = [one for one in restored.rows(Edition) if one["state"] == "final"]
    assert (final["pdf"], final["annex"]) == (report, bytes(range(256)))
    with restored.session() as session, pytest.raises(sa.exc.DatabaseError, match="never"):
        session.execute(sa.delete(Edition).where(Edition.state == "final"))
    if lost.kind == "sqlite":
        (tmp_path / "report.pdf").write_bytes(final["pdf"])
        done = run(restored, "verify", str(tmp_path / "report.pdf"))
        assert (done.exit_code, "yes, unchanged" in done.output) == (0, True), done.output
        assert f"edition {final['id']} of this installation, final" in done.output


def test_nothing_goes_out_that_may_have_gone_before(lost: Lost, restored: World) -> None:
    with restored.session() as session:
        assert send_due(session, restored.settings, now()).halted == "paused"
    mine = {link.invitation_id for link in lost.links[-3:-1]}
    sendings = [row for row in restored.rows(Sending) if row["invitation_id"] in mine]
    states = {(row["step"], row["state"], row["outcome"]) for row in sendings}
    assert states == {("first", "done", "unknown"), ("reminder1", "planned", "")}
    due = [row for row in restored.rows(Sending) if row["due_on"] <= today()]
    assert {row["state"] for row in due} == {"done"}
    partners = {row["id"] for row in restored.rows(Invitation) if row["audience"] == "partner"}
    unsure = {row["invitation_id"] for row in due if row["outcome"] == "unknown"}
    assert len(unsure & partners) == BEFORE + DURING and len(unsure - partners) >= 3
    assert run(restored, "audit", "verify").exit_code == 0
    assert "backup.restored" in {row["action"] for row in restored.rows(AuditEntry)}
