"""Importing and handing out links through the pages and the command line, on both databases."""

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback_app import create_app
from feedback_app.cli import main
from feedback_app.database import db
from feedback_app.invitations.models import Invitation
from feedback_app.invitations.waves import open_wave
from feedback_app.regions import region_names
from feedback_app.staff.accounts import add_account, passwords
from feedback_app.trajectories.models import ImportBatch, Trajectory, Upload, UploadPiece
from tests.exports import SHARED, example_settings, export
from tests.staff import PASSWORD

PLACES = ("", "/import", "/imports")


@pytest.fixture
def app(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(example_settings(migrated_url, instance_dir=tmp_path))
    yield app
    with app.app_context():
        db.engine.dispose()


def signed_in(app: Flask, role: str, region: str | None = None) -> FlaskClient:
    email = f"{role}-{region}@voorbeeld.example"
    with app.app_context():
        regions = region_names(example_settings().surveys_dir)
        add_account(db.session, passwords(), email, role, PASSWORD, region=region, regions=regions)
    client = app.test_client()
    form = {"email": email, "password": PASSWORD, "csrf_token": csrf(client.get("/staff/login"))}
    assert client.post("/staff/login", data=form).status_code == 302
    return client


def csrf(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found
    return found[1]


def send(client: FlaskClient, data: bytes, name: str = "voorbeeld.csv", **more: str) -> TestResponse:
    token = csrf(client.get("/staff/trajectories/import"))
    form = {"file": (io.BytesIO(data), name), "csrf_token": token, **more}
    address = "/staff/trajectories/import"
    return client.post(address, data=form, content_type="multipart/form-data", follow_redirects=True)


def confirm(client: FlaskClient, preview: TestResponse) -> TestResponse:
    address = f"{preview.request.path}/confirm"
    return client.post(address, data={"csrf_token": csrf(preview)}, follow_redirects=True)


def stored(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def open_the_wave(app: Flask) -> None:
    with app.app_context():
        open_wave(db.session, example_settings(), "2026-H1")


def test_a_file_is_previewed_then_confirmed(app: Flask) -> None:
    open_the_wave(app)
    client = signed_in(app, "agentschap")
    preview = send(client, SHARED.read_bytes())
    assert preview.status_code == 200
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", preview.text))
    assert [facts[name] for name in ("Rijen in het bestand", "Nieuwe dossiers", "Geweigerde rijen")] == [
        *("293", "216", "24")
    ]
    assert facts["Nieuwe uitnodigingen"] == str(208 + 245)
    every = [client.get(f"{preview.request.path}?page={page}").text for page in range(1, 7)]
    numbers = [
        int(one) for text in every for one in re.findall(r'<th scope="row" class="numeric">(\d+)', text)
    ]
    assert numbers == [*range(2, 295)]
    refused = client.get(f"{preview.request.path}?only=refused").text
    assert len(re.findall(r'<th scope="row" class="numeric">\d+', refused)) == 24
    assert "Klingon" in refused
    for text in (*every, refused):
        assert not re.search(r"8507300\d{4}|deelnemer\d+@|A8745961", text)
    assert (stored(app, Trajectory), stored(app, ImportBatch)) == (0, 0)
    done = confirm(client, preview)
    assert (done.status_code, stored(app, Trajectory), stored(app, Invitation)) == (200, 216, 453)
    assert "trajectories" in done.request.path
    confirm(client, preview)
    assert (stored(app, Trajectory), stored(app, Invitation)) == (216, 453)


def test_the_list_shows_no_person_and_can_be_narrowed(app: Flask) -> None:
    client = signed_in(app, "agentschap")
    confirm(client, send(client, SHARED.read_bytes()))
    every = client.get("/staff/trajectories")
    assert "216 trajecten" in every.text
    assert 'rel="next"' in every.text
    assert not re.search(r"deelnemer\d+@|\+32470\d{4}|A\d{7}", every.text)
    kempen = client.get("/staff/trajectories?region=kempen").text
    rows = re.findall(r"<tr>\s*<th scope=\"row\">[^<]+</th>\s*<td>([^<]+)</td>", kempen)
    assert set(rows) == {"Kempen"}
    assert client.get("/staff/trajectories?page=99999&region=nergens").status_code == 200


def test_a_colleague_of_one_region_sees_that_region_alone(app: Flask) -> None:
    open_the_wave(app)
    client = signed_in(app, "agentschap", "kempen")
    confirm(client, send(client, export({}, {"Dossiernummer": "B2", "Regio": "Gent"})))
    assert stored(app, Trajectory) == 1
    for page in (
        client.get("/staff/trajectories?region=gent"),
        client.get("/staff/invitations?region=gent"),
    ):
        assert "Kempen" in page.text
        assert "<td>Gent</td>" not in page.text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (export({"Geboortedatum": "x"}), "Geboortedatum"),
        (b"PK\x03\x04", "Excel"),
        (b"", "leeg"),
    ],
)
def test_a_file_that_is_refused_says_why(app: Flask, data: bytes, told: str) -> None:
    page = send(signed_in(app, "beheerder"), data)
    assert page.status_code == 422
    assert told in page.text


def test_a_preview_is_of_one_colleague_for_one_hour_and_lies_sealed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = signed_in(app, "agentschap"), signed_in(app, "beheerder")
    preview = send(mine, export({}))
    address = preview.request.path
    with app.app_context():
        pieces = db.session.scalars(sa.select(UploadPiece.sealed)).all()
    assert len(pieces) == 2  # the file, and one page of its preview
    assert not any("A1000001" in one or "deelnemer" in one for one in pieces)
    assert other.get(address).status_code == 303
    form = {"csrf_token": csrf(other.get("/staff/trajectories/import"))}
    assert other.post(f"{address}/confirm", data=form).status_code == 303
    monkeypatch.setattr("feedback_app.trajectories.uploads.LIFETIME", timedelta(seconds=-1))
    assert confirm(mine, preview).request.path == "/staff/trajectories/import"
    send(mine, export({}))  # a next file clears away what was forgotten
    assert (stored(app, Trajectory), stored(app, Upload)) == (0, 1)


def test_links_are_shown_to_a_coach_but_imports_are_not(app: Flask) -> None:
    open_the_wave(app)
    agency = signed_in(app, "agentschap")
    confirm(agency, send(agency, export({}, {"Dossiernummer": "B2"})))
    coach = signed_in(app, "trajectbegeleider")
    assert [coach.get(f"/staff/trajectories{place}").status_code for place in PLACES] == [403] * 3
    page = coach.get("/staff/invitations")
    assert len(set(re.findall(r"/s/[\w-]{22}", page.text))) == 2
    assert len(set(re.findall(r"/s/[\w-]{22}", agency.get("/staff/invitations").text))) == 4
    for wanted in (page.text, coach.get("/staff/invitations?audience=partner").text):
        assert (
            "nieuwkomer" in wanted and "aanbodpartner" not in wanted and "Voorbeeld vereniging" not in wanted
        )
    form = {"wave": "2026-H1", "ref": "B2", "audience": "partner", "csrf_token": csrf(page)}
    found = coach.post("/staff/invitations", data=form)
    assert len(set(re.findall(r"/s/[\w-]{22}", found.text))) == 1


@pytest.mark.parametrize("role", ["analist", "redacteur", "vrijgever", "lezer", "vertaler"])
def test_other_roles_see_no_link(app: Flask, role: str) -> None:
    client = signed_in(app, role)
    assert client.get("/staff/invitations").status_code == 403
    assert client.get("/staff/trajectories").status_code == 403


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    """Run a command against the test's own database."""
    settings = app.extensions["settings"]
    environment = {
        "FEEDBACK_DATABASE_URL": settings.database_url,
        "FEEDBACK_SECRET_KEY": settings.secret_key,
        "FEEDBACK_CONTACT_KEYS": " ".join(settings.contact_keys),
        "FEEDBACK_INSTANCE_DIR": str(settings.instance_dir),
    }
    done = CliRunner(env=environment).invoke(main, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_the_command_takes_a_file_in_and_lists_links(app: Flask) -> None:
    path = str(SHARED)
    code, out, _err = run(app, "trajectories", "import", path, "--dry-run", "--json")
    told = json.loads(out)
    assert (code, told["trajectories"], told["refused"], len(told["refusals"])) == (0, 216, 24, 24)
    assert stored(app, Trajectory) == 0
    code, out, _err = run(app, "trajectories", "import", path)
    assert (code, stored(app, Trajectory)) == (0, 216)
    assert re.search(r"^rij 58 \[Contacttaal\]: .*Klingon.*\(unknown_language\)$", out, re.MULTILINE)
    open_the_wave(app)
    code, out, _err = run(app, "invitations", "list", "--wave", "2026-H1", "--json")
    links = json.loads(out)
    assert (code, len(links)) == (0, 453)
    assert set(links[0]) >= {"audience", "region_key", "offer_type", "contact_language", "link"}
    code, out, _err = run(app, "invitations", "list", "--wave", "2026-H1", "--region", "gent")
    assert {line.split("\t")[1] for line in out.splitlines()} == {"gent"}


def test_the_command_refuses_with_the_reason(app: Flask, tmp_path: Path) -> None:
    bad, mapping = tmp_path / "bad.csv", tmp_path / "m.yaml"
    bad.write_bytes(export({"Voornaam": "x"}))
    mapping.write_text("columns: {uren: [Uren]}", encoding="utf-8")
    code, out, err = run(app, "trajectories", "import", str(bad))
    assert (code, out) == (1, "")
    assert "Voornaam" in err
    code, _out, err = run(app, "trajectories", "import", str(SHARED), "--mapping", str(mapping))
    assert code == 1
    assert str(mapping) in err
    assert "columns.uren" in err
    assert run(app, "trajectories", "import", str(tmp_path / "none.csv"))[0] == 2
    assert run(app, "invitations", "list", "--wave", "2030-H1")[0] == 1
    assert run(app, "invitations", "list", "--wave", "2026-H1", "--region", "nergens")[0] == 1
