"""What no page of ours sends, and what a database that is away answers: a kind page, and nothing is lost."""

import shutil
import socket
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from feedback_app.invitations.models import Invitation, OpenLink
from feedback_app.invitations.open_links import NewLink, make_link, set_active
from feedback_app.languages import language
from feedback_app.responses.models import Response
from feedback_app.responses.pages import LARGEST
from tests.databases import Databases
from tests.pages import CheckedClient
from tests.postgres import Cluster
from tests.server import Server, post
from tests.world import World, respond

FORM = "application/x-www-form-urlencoded"
ANSWERS = {"experience": "4", "remark": "Voorbeeld: een zin"}


def hang(world: World, mode: str = "open") -> str:
    """The code of a new poster or tablet."""
    with world.session() as session:
        wanted = NewLink(mode, "kempen", "agii", "stage", "Voorbeeldplek")
        return make_link(session, world.settings, wanted, region=None).code


def test_a_poster_that_is_stopped_is_asked_again_the_next_time(sqlite_world: World) -> None:
    world = sqlite_world
    world.open([])
    code = hang(world)
    client = world.client

    def kept(page: TestResponse) -> tuple[int, str | None]:
        return page.status_code, page.headers.get("Cache-Control")

    assert kept(client.get(f"/o/{code}")) == (200, "no-cache")
    with world.session() as session:
        set_active(session, session.get_one(OpenLink, code), False)
    for packing in ("br", ""):
        closed = client.get(f"/o/{code}", headers={"Accept-Encoding": packing})
        assert kept(closed) == (410, "no-store")
    assert kept(client.post(f"/o/{code}", data=ANSWERS)) == (410, "no-store")
    with world.session() as session:
        set_active(session, session.get_one(OpenLink, code), True)
    assert kept(client.get(f"/o/{code}")) == (200, "no-cache")
    assert kept(client.post(f"/o/{code}", data={"lang": "ar"})) == (200, "no-store")
    assert kept(client.post(f"/o/{code}", data={"experience": "9"})) == (422, "no-store")
    assert kept(client.post(f"/o/{code}", data={"remark": "x" * LARGEST})) == (413, "no-store")
    assert kept(client.get("/o/nietsvandit")) == (404, "no-store")
    assert kept(client.get("/bestaat-niet")) == (404, "no-store")


def test_a_tablet_stays_a_tablet_when_a_text_is_too_long(sqlite_world: World) -> None:
    sqlite_world.open([])
    too_long = {"remark": "x" * LARGEST}
    for mode, letter in (("open", "o"), ("kiosk", "k")):
        page = sqlite_world.client.post(f"/{letter}/{hang(sqlite_world, mode)}", data=too_long)
        assert page.status_code == 413
        assert ('class="kiosk"' in page.text) == (mode == "kiosk")


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/octet-stream", ""])
def test_what_is_no_form_uses_up_no_link(world: World, kind: str) -> None:
    world.open()
    token, client = world.token(), world.client
    for path in (f"/s/{token}", f"/o/{hang(world)}", f"/k/{hang(world, 'kiosk')}"):
        page = client.post(f"{path}?lang=ar", data=b'{"experience": "4"}', content_type=kind)
        assert page.status_code == 415
        assert language("ar").tag == page.headers.get("Content-Language", "ar")
        assert "Ga terug en probeer opnieuw." in page.text
        assert "data-state" not in page.text.split("<main")[1].split(">")[0]
    assert world.rows(Response) == []
    answered = respond(client, token, {"dutch": "much"})
    assert 'data-state="stored"' in answered.text
    assert {one["disposition"] for one in world.rows(Invitation) if one["audience"] == "newcomer"} == {
        "answered"
    }


def test_a_form_with_parts_is_a_form(sqlite_world: World) -> None:
    sqlite_world.open()
    page = sqlite_world.client.post(
        f"/s/{sqlite_world.token()}", data=ANSWERS, content_type="multipart/form-data"
    )
    assert 'data-state="stored"' in page.text


def test_a_body_of_unknown_length_is_not_stored_in_part(sqlite_world: World) -> None:
    world = sqlite_world
    world.open()
    token, code = world.token(), hang(world)
    world.close()
    body = urlencode(ANSWERS | {"more": "x" * LARGEST}).encode()
    with Server(world.settings) as server:
        for path in (f"/s/{token}", f"/o/{code}"):
            for whole in (body, body[:40]):
                head, _, page = chunked(server, path, whole).partition("\r\n\r\n")
                assert head.startswith("HTTP/1.1 411 ")
                assert "<h1>" in page
        assert world.rows(Response) == []
        assert "Bedankt!" in post(server, token, ANSWERS)
    assert len(world.rows(Response)) == 1


def chunked(server: Server, path: str, body: bytes) -> str:
    """What the server says to a body that is sent in pieces without its length being said."""
    head = (
        f"POST {path}?lang=nl HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: {FORM}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(head.encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        reply = b""
        try:
            while part := line.recv(65536):
                reply += part
        except ConnectionResetError:  # it need not read what it refuses
            pass
    return reply.decode()


def all_away(client: CheckedClient, token: str, code: str) -> None:
    """AssertionError unless every page of a respondent says that we are away, in their language."""
    for path in (f"/s/{token}", f"/o/{code}", f"/k/{code}"):
        for answer in (client.get(f"{path}?lang=nl"), client.post(f"{path}?lang=nl", data=ANSWERS)):
            assert answer.status_code == 503
            assert "We zijn er even niet" in answer.text


def test_a_database_that_is_away_says_so_on_postgresql(tmp_path: Path, example_catalogues: Path) -> None:
    cluster = Cluster()
    try:
        url = Databases(tmp_path, cluster).migrated("postgresql").__enter__()  # goes with its cluster
        world = World(url, tmp_path, example_catalogues)
        world.open()
        token, code, client = world.token(), hang(world), world.client
        assert client.get(f"/s/{token}").status_code == 200
        cluster.stop()
        all_away(client, token, code)
        world.close()
        all_away(client, token, code)
    finally:
        cluster.stop()


def test_a_database_that_is_away_says_so_on_sqlite(sqlite_world: World) -> None:
    sqlite_world.open()
    token, code, client = sqlite_world.token(), hang(sqlite_world), sqlite_world.client
    assert client.get(f"/s/{token}").status_code == 200
    sqlite_world.close()
    shutil.rmtree(Path(str(sa.make_url(sqlite_world.settings.database_url).database)).parent)
    all_away(client, token, code)


def test_a_method_that_is_not_there_says_which_ones_are(sqlite_world: World) -> None:
    for method in ("PUT", "TRACE"):
        refused = sqlite_world.client.open("/s/voorbeeld", method=method)
        assert refused.status_code == 405
        assert {"GET", "POST"} <= set(refused.headers["Allow"].split(", "))
        assert "Ga terug en probeer opnieuw." in refused.text


def test_the_next_wish_counts_where_a_language_is_unknown(sqlite_world: World) -> None:
    sqlite_world.open()
    paths = (f"/s/{sqlite_world.token()}", f"/o/{hang(sqlite_world)}")
    for path in paths:
        page = sqlite_world.client.post(f"{path}?lang=ar", data={"lang": "zz"})
        assert page.headers["Content-Language"] == "ar"


@pytest.mark.parametrize(
    "path",
    [
        *("/rapporten/%00/vlaanderen/nl", "/rapporten/2026-H1/%00/nl", "/rapporten/2026-H1/vlaanderen/%00"),
        *("/rapporten/editie/%00", "/rapporten/editie/%00.pdf", "/o/%00", "/k/%00", "/s/%00", "/stop/%00"),
    ],
)
def test_a_character_no_database_holds_is_no_fault_of_ours(world: World, path: str) -> None:
    assert world.client.get(path).status_code == 404
