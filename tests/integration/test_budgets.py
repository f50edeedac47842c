"""What a page may cost: bytes on the wire, statements, round trips, and what a serving process holds."""

import gzip
import inspect
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from feedback_app.database import db
from feedback_app.languages import SOURCE, all_languages
from feedback_app.questionnaires.audio import recording_path, spoken, text_hash
from feedback_app.questionnaires.catalogues import MESSAGES, path_of, read
from feedback_app.questionnaires.versions import load_texts, load_version
from feedback_app.reports.told_forms import LONG
from feedback_app.responses.models import Remark
from feedback_app.responses.told import MOST, Pair, fitting
from feedback_app.settings import Settings
from feedback_app.signals.free_text import TOLD_LONG
from feedback_app.web.assets import Assets
from tests.alphabets import alphabets
from tests.databases import SECRET, Databases
from tests.example_catalogues import make_catalogues
from tests.opus import silent_opus
from tests.pages import CheckedClient, unpacked
from tests.round_trips import RoundTrips
from tests.server import environment_of
from tests.telling import tell_back
from tests.world import Person, World, respond

FIRST, WHOLE, SCRIPT = 14_000, 20_000, 5_000
#: what gunicorn adds to an answer of ours
GUNICORN = b"Server: gunicorn\r\nDate: Mon, 01 Jun 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n"
ANSWERS = {
    "experience": "2",
    "match": "2",
    "difficulties": ["hours", "too_far"],
    "welcome": "no",
    "remark": "Voorbeeld: de uren pasten niet.",
}


def weight(page: TestResponse) -> int:
    """Bytes on the wire: status line, headers and body."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in page.headers)
    return len(f"HTTP/1.1 {page.status}\r\n{headers}\r\n".encode()) + len(GUNICORN) + len(page.data)


def record_everything(world: World, fingerprint: str) -> None:
    """A recording of every text in every language: then every text names one."""
    silence = silent_opus(20)
    with world.session() as session:
        version = load_version(session, fingerprint)
        for locale in version.languages:
            for text in spoken(version.survey, load_texts(session, fingerprint, locale)).values():
                path = recording_path(world.settings.surveys_dir, locale, text_hash(text))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(silence)


def at_random(locale: str, length: int) -> Pair:
    """Letters drawn at random pack worse than any text: as many as their form takes and the page has room for."""
    drawn = random.Random(locale)
    letters = [one for one in alphabets()[locale].letters if len(one) == 1]
    text = "".join(" " if at % 6 == 5 else drawn.choice(letters) for at in range(2 * length))
    pairs = (Pair(text[:size], text[-size:]) for size in range(length, 0, -1))
    return next(pair for pair in pairs if list(fitting([pair])))


def tell_back_at_length(world: World) -> None:
    """One signal that is told back in every language, as long as there is room for."""
    others = [key for key in all_languages() if key != SOURCE]
    tell_back(world, at_random(SOURCE, TOLD_LONG), {key: at_random(key, LONG) for key in others})


@pytest.fixture(scope="module")
def laden(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CheckedClient, list[str]]]:
    """A client and links of an installation that offers every language and has recorded every text."""
    folder = tmp_path_factory.mktemp("laden")
    surveys = folder / "surveys"
    shutil.copytree("surveys", surveys)
    texts = folder / "translations"
    make_catalogues(texts, locales=tuple(key for key in all_languages() if key != SOURCE))
    with databases.migrated("sqlite") as url:
        world = World(url, folder, texts, surveys_dir=surveys, base_url="https://feedback.example")
        world.open([Person() for _ in range(50)])
        with world.session() as session:
            fingerprint = session.scalar(
                sa.text("SELECT fingerprint FROM wave_questionnaires WHERE survey_key = 'newcomer'")
            )
        record_everything(world, fingerprint)
        tell_back_at_length(world)
        yield world.client, [link.token for link in world.links()]
        world.close()


@pytest.mark.parametrize("packing", ["br", "gzip"])
@pytest.mark.parametrize("locale", all_languages())
def test_every_language_with_everything_on_it_keeps_to_its_bytes(
    laden: tuple[CheckedClient, list[str]], locale: str, packing: str
) -> None:
    client, tokens = laden
    headers = {"Accept-Encoding": packing}
    token = tokens.pop()
    first = client.get(f"/s/{token}?lang={locale}", headers=headers)
    page = unpacked(first)
    assert first.headers["Content-Language"] == locale.replace("_", "-")
    assert first.content_length == len(first.data)
    assert page.count("data-audio=") > 30
    assert page.count('name="lang"') >= len(all_languages()) - 1
    assert weight(first) <= FIRST
    last = client.post(f"/s/{token}?lang={locale}", data=ANSWERS, headers=headers)
    assert 'data-state="stored"' in unpacked(last)
    assert 'class="note"' in unpacked(last), "what was told back is on it"
    assert weight(last) <= FIRST
    assert weight(first) + weight(last) + weight(client.get("/sw.js", headers=headers)) <= WHOLE


@pytest.mark.parametrize("locale", all_languages())
def test_what_a_form_for_telling_back_takes_fits_on_the_page_that_thanks(locale: str) -> None:
    """In words as people really write them, however long they are."""
    long = TOLD_LONG if locale == SOURCE else LONG
    catalogue = read(path_of(Path("translations"), "en" if locale == SOURCE else locale, MESSAGES))
    every = [entry.source if locale == SOURCE else entry.target for entry in catalogue.entries]
    text = " ".join(one[0] for one in sorted(set(every)) if one and len(one[0]) > 50)
    assert len(text) > 2 * long
    full, short = Pair(text[:long], text[long : 2 * long]), Pair("Voorbeeld", "Voorbeeld")
    assert next(fitting([full, short])) == full
    assert list(fitting([short] * 3)) == [short] * MOST
    assert list(fitting([Pair("\u1200".join(map(str, range(9_999))), ""), short])) == [short], "never cut"


def test_the_script_stays_small() -> None:
    assert len(gzip.compress(Assets().respond_js.text.encode(), 9)) <= SCRIPT


@pytest.mark.parametrize("accepted", ["", "identity", "br;q=0, gzip;q=0", "BR;Q=0, gzip; Q=0.0", "deflate"])
def test_a_client_that_takes_no_packing_gets_the_page_as_it_is(sqlite_world: World, accepted: str) -> None:
    sqlite_world.open()
    page = sqlite_world.client.get(f"/s/{sqlite_world.token()}", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in page.headers
    assert page.text.startswith("<!doctype html>")
    assert page.headers["Vary"] == "Accept-Encoding"


def test_asking_for_the_head_gives_the_same_headers(sqlite_world: World) -> None:
    sqlite_world.open()
    address, headers = f"/s/{sqlite_world.token()}", {"Accept-Encoding": "br"}
    page = sqlite_world.client.get(address, headers=headers)
    head = sqlite_world.client.head(address, headers=headers)
    assert (head.data, dict(head.headers)) == (b"", dict(page.headers))
    assert len(page.data) == page.content_length


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)

    with world.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def as_its_page_sends(client: CheckedClient, token: str) -> dict[str, str]:
    """An answer with the fields that the page adds by itself."""
    version = re.search(r'name="version" value="(\w+)"', client.get(f"/s/{token}").text)
    assert version
    return {**ANSWERS, "version": version[1], "response_id": str(uuid4())}


def test_looking_is_one_statement_and_answering_at_most_four(world: World) -> None:
    world.open([Person(), Person(), Person()])
    client, (one, other, third) = world.client, [link.token for link in world.links()]
    respond(client, one, ANSWERS), client.get(f"/s/{other}?lang=ar")  # the first one reads what is asked
    for _ in range(3):
        with statements(world) as heard:
            assert client.get(f"/s/{other}?lang=ar").status_code == 200
        assert len(heard) == 1 and heard[0].startswith("SELECT")
    for token in (other, third):
        sent = as_its_page_sends(client, token)
        with statements(world) as heard:
            assert 'data-state="stored"' in client.post(f"/s/{token}?lang=nl", data=sent).text
        assert 1 <= len(heard) <= 4
    assert len(world.rows(Remark)) == 3


def test_looking_is_one_round_trip_and_answering_at_most_four(
    databases: Databases, tmp_path: Path, example_catalogues: Path
) -> None:
    with databases.migrated("postgresql") as url, RoundTrips(url) as trips:
        world = World(trips.url, tmp_path, example_catalogues)
        world.open([Person() for _ in range(16)])
        client, tokens = world.client, [link.token for link in world.links()]
        client.get(f"/s/{tokens[0]}"), respond(client, tokens.pop(), ANSWERS)  # reads what is asked

        def needed(state: str, token: str, key: str) -> int:
            before = trips.count
            sent = {**shown, "response_id": key}
            assert f'data-state="{state}"' in client.post(f"/s/{token}?lang=nl", data=sent).text
            return trips.count - before

        shown = as_its_page_sends(client, tokens[0])
        looks, stored, again = [], [], []
        for token in tokens:  # many: what a driver does once a statement comes often must show
            before, key = trips.count, str(uuid4())
            assert client.get(f"/s/{token}").status_code == 200
            looks.append(trips.count - before)
            stored.append(needed("stored", token, key))
            again.append(needed("stored", token, key))
            again.append(needed("used", token, str(uuid4())))
        world.close()
    assert set(looks) == {1}
    assert set(stored) == {1}
    assert max(again) <= 4, again


def test_a_database_that_hung_up_is_asked_again_at_once(
    databases: Databases, tmp_path: Path, example_catalogues: Path
) -> None:
    with databases.migrated("postgresql") as url:
        world = World(url, tmp_path, example_catalogues)
        world.open([Person(), Person()])
        client, (one, other) = world.client, [link.token for link in world.links()]
        assert client.get(f"/s/{one}").status_code == 200
        for ask in (lambda: client.get(f"/s/{one}"), lambda: respond(client, other, ANSWERS)):
            killer = sa.create_engine(url)
            with killer.connect() as connection:
                connection.execute(
                    sa.text(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            killer.dispose()
            assert ask().status_code == 200
        world.close()


def test_a_recording_or_text_that_is_new_on_disk_shows_soon(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveys = tmp_path / "surveys"
    shutil.copytree("surveys", surveys)
    world = World(migrated_sqlite_url, tmp_path, example_catalogues, surveys_dir=surveys)
    world.open()
    client, address = world.client, f"/s/{world.token()}?lang=nl"
    assert "data-audio=" not in client.get(address).text
    with world.session() as session:
        fingerprint = session.scalar(
            sa.text("SELECT fingerprint FROM wave_questionnaires WHERE survey_key = 'newcomer'")
        )
    record_everything(world, fingerprint)
    monkeypatch.setattr("feedback_app.responses.document._SECONDS", -1.0)  # as if the second had passed
    assert "data-audio=" in client.get(address).text
    world.close()


def test_pages_for_everybody_are_not_sent_twice(sqlite_world: World) -> None:
    client = sqlite_world.client
    for address in ("/", "/privacy?lang=ar", "/toegankelijkheid", "/terugkoppeling/nl"):
        first = client.get(address, headers={"Accept-Encoding": "br"})
        assert first.headers["Content-Encoding"] == "br"
        again = {"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]}
        assert (client.get(address, headers=again).status_code, first.status_code) == (304, 200)
        plain = client.get(address)
        assert plain.text == unpacked(first)
        assert plain.headers["ETag"] != first.headers["ETag"]


def test_a_serving_process_holds_only_what_pages_need(migrated_sqlite_url: str, tmp_path: Path) -> None:
    script = (
        "import json, sys\n"
        "from feedback_app import server\n"
        "client = server.create_app(server.Settings.from_environment()).test_client()\n"
        "for path in ('/', '/s/x', '/k/x', '/terugkoppeling', '/staff/login'):\n"
        "    client.get(path)\n"
        "client.post('/s/x', data={'experience': '4'})\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    settings = Settings(secret_key=SECRET, database_url=migrated_sqlite_url, instance_dir=tmp_path)
    made = subprocess.run(
        [sys.executable, "-c", script],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"scipy", "statsmodels", "weasyprint", "numpy", "pandas", "alembic", "huey", "cryptography"}
    heavy |= {"authlib", "joserfc", "requests", "segno", "pydantic"}
    assert not heavy & set(json.loads(made.stdout))


def test_no_request_begins_an_event_loop(sqlite_world: World) -> None:
    cleaning = sqlite_world.app.teardown_appcontext_funcs
    assert cleaning
    assert not [one for one in cleaning if inspect.iscoroutinefunction(one)]
