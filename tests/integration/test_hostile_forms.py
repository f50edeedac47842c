"""What a form never sets, where no form leads, and what stays text: tried as somebody who means harm."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback_app import create_app
from feedback_app.exchange.models import Practice
from feedback_app.invitations.focus import leave_contact, read_contact
from feedback_app.invitations.models import FocusContact, Invitation
from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.responses.models import Response
from feedback_app.signals.models import Signal
from feedback_app.staff.models import ROLES, Account
from feedback_app.staff.roles import ACCESS
from feedback_app.trajectories.models import Partner, Trajectory
from tests.databases import Databases
from tests.raising import FORM_P
from tests.staff import Browser, account_of, address_of, close_app, signed_in
from tests.world import Person, World

SOURCE = Path(__file__).parents[2] / "feedback_app"
#: what would be worked out if a text were ever taken for a template, a format or markup
TEMPLATES = "{{7*191}} {%x%} %(x)s %s {0.__class__} ${7*191} #{7*191} <b onx=1>"
#: columns that no form has, posted with every form
MORE = {
    "id": "f" * 32,
    "role": "beheerder",
    "region_key": "limburg",
    "state": "released",
    "code": "SIG-0000-99",
    "account_id": "f" * 32,
    "active": "0",
    "password_hash": "x",
    "mode": "kiosk",
    "wave_key": "2030-H1",
    "disposition": "refused",
    "fingerprint": "0" * 64,
    "month": "1999-01",
    "opted_out": "1",
}


PART, END = b"--x\r\nContent-Disposition: form-data; %s\r\n\r\n", b"\r\n--x--\r\n"
FILE = b'name="file"; filename="lijst.csv"'


@pytest.fixture(scope="module")
def world(
    databases: Databases, example_catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with databases.migrated("sqlite") as url:
        made = World(url, tmp_path_factory.mktemp("hostile"), example_catalogues)
        made.open([Person(), Person(region="limburg", partners=("Limburgse vereniging",))])
        yield made
        made.close()


@pytest.fixture(scope="module")
def editor(world: World) -> Browser:
    return signed_in(world.app, "redacteur", region="kempen")


def test_fields_beside_the_form_change_nothing(world: World, editor: Browser) -> None:
    mine = {**FORM_P, **{name: value for name, value in MORE.items() if name not in FORM_P}}
    written = editor.post("/staff/signals/new", mine | {"region_key": "limburg"}, form="/staff/signals/new")
    assert written.status_code in (302, 422)
    for row in world.rows(Signal):
        assert (row["region_key"], row["state"], row["code"]) == ("kempen", "pre_signaal", None)
        assert row["id"] != MORE["id"]
    before = account_of(world.app, address_of("redacteur"))
    assert editor.post("/staff/language", {"locale": "en", **MORE}).status_code == 302
    after = account_of(world.app, address_of("redacteur"))
    assert (after.id, after.role, after.region_key, after.active, after.password_hash) == (
        before.id,
        "redacteur",
        "kempen",
        True,
        before.password_hash,
    )
    assert len(world.rows(Account)) == 1
    link = next(one for one in world.links() if one.region == "kempen")
    assert (
        'data-state="stored"' in world.client.post(f"/s/{link.token}", data={"experience": "4", **MORE}).text
    )
    (response,) = world.rows(Response)
    assert (response["region_key"], response["wave_key"], response["mode"]) == ("kempen", "2026-H1", "phone")
    (asked,) = [one for one in world.rows(Invitation) if one["id"] == link.invitation_id]
    assert asked["disposition"] == "answered"
    left = {"contact": "prater@voorbeeld.example", "language": "nl", "region": "kempen", **MORE}
    assert world.client.post("/focusgroep", data=left, content_type="application/x-www-form-urlencoded")
    (contact,) = world.rows(FocusContact)
    assert (contact["region_key"], contact["month"] == MORE["month"]) == ("kempen", False)


def test_no_code_takes_a_form_as_a_whole() -> None:
    """`populate_obj`, `setattr` and `**request.form` would make every column a field of some form."""
    wrong = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "attr", "")
            whole = (
                isinstance(node, ast.keyword)
                and node.arg is None
                and ast.unparse(node.value).startswith("request.")
            )
            if called in ("populate_obj", "from_string", "render_template_string") or whole:
                wrong.append(f"{path.name}:{ast.unparse(node)[:80]}")
    assert wrong == []


def test_a_text_is_never_taken_for_a_template(world: World) -> None:
    writer = signed_in(world.app, "netwerkmedewerker", email="schrijft@voorbeeld.example")
    path = writer.post(
        "/staff/signals/new", {**FORM_P, "observation": TEMPLATES}, form="/staff/signals/new"
    ).location
    practice = {"title": TEMPLATES, "theme_key": "T03", "region_key": "", "wave_key": "2026-H1"}
    practice |= dict.fromkeys(("what", "place", "why"), TEMPLATES) | {"contact": "w@voorbeeld.example"}
    made = writer.post("/staff/practices/new", {"revision": "1", **practice}, form="/staff/practices/new")
    assert made.status_code in (302, 303)
    added = writer.post("/staff/partners/new", {"name": TEMPLATES, "email": ""}, form="/staff/partners/new")
    assert added.status_code in (302, 303)
    stored = {row["title"] for row in world.rows(Practice)} | {row["name"] for row in world.rows(Partner)}
    assert TEMPLATES in stored
    for page in (
        path,
        made.location,
        added.location,
        "/staff/partners",
        "/staff/practices",
        "/staff/signals",
    ):
        shown = writer.get(page)
        assert shown.status_code == 200, page
        assert "{{7*191}}" in shown.text or page == "/staff/signals", page
        assert "1337" not in re.sub(r'value="[^"]*"', "", shown.text)
        assert "<b onx" not in shown.text


#: module → where its address comes from; nothing else in the service opens a connection by itself
OUTGOING = {
    "invitations/bounces.py": "FEEDBACK_IMAP_URL",
    "invitations/smtp.py": "FEEDBACK_SMTP_URL",
    "invitations/sms_gateway.py": "FEEDBACK_SMS_URL",
    "staff/oidc.py": "FEEDBACK_OIDC_ISSUER",
    "remarks/translators.py": "FEEDBACK_TRANSLATE_URL",
    "invitations/check_channels.py": "all of the channels' own, for `doctor`",
    "api/deliver.py": "an administrator's webhook, looked at by api/targets.py",
    "api/lines.py": "the same",
    "api/targets.py": "FEEDBACK_WEBHOOK_NETWORKS says which inner networks may be named",
    "demo.py": "none: looks for a free port of this machine",
}
_SPEAKS = re.compile(
    r"^\s*(?:import|from) (smtplib|imaplib|ftplib|http\.client|urllib\.request|requests|httpx|socket|authlib)\b",
    re.M,
)


def test_connections_go_where_settings_say_and_no_request_leads_one() -> None:
    speaking = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if _SPEAKS.search(path.read_text("utf-8"))
    }
    assert speaking == set(OUTGOING)
    for name in speaking - {"staff/oidc.py"}:  # which takes the address that a visitor came back to
        assert "request." not in (SOURCE / name).read_text("utf-8").replace("urllib.request.", ""), name


@pytest.mark.parametrize("language", ["nl", "ar"])
def test_too_many_parts_are_said_in_the_language_of_the_page(world: World, language: str) -> None:
    token = next(one for one in world.links() if one.region == "limburg").token
    part = b'--x\r\nContent-Disposition: form-data; name="difficulties"\r\n\r\nhours\r\n'
    answer = world.client.post(
        f"/s/{token}?lang={language}",
        data=part * 600 + b"--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert (answer.status_code, answer.headers["Content-Language"]) == (413, language)
    assert "<h1" in answer.text


MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"email=" + b"a" * (200 * 1024), 400),
        ("application/x-www-form-urlencoded", b"email=" + b"a" * (257 * 1024), 413),
        ("multipart/form-data; boundary=x", PART % b'name="email"' + b"a" * (257 * 1024) + END, 413),
        ("multipart/form-data; boundary=x", PART % FILE + b"a" * (15 * MEGABYTE) + END, 400),
        ("multipart/form-data; boundary=x", PART % FILE + b"a" * (16 * MEGABYTE) + END, 413),
    ],
)
def test_a_page_before_signing_in_takes_so_much_and_no_more(
    world: World, kind: str, body: bytes, status: int
) -> None:
    """Fields are kept in memory and may be less than files, which go to the disk."""
    answer = world.app.test_client().post("/staff/login", data=body, content_type=kind)
    assert answer.status_code == status


KINDS = (
    "/",
    "/static/css/staff.css",
    "/sw.js",
    "/health/live",
    "/nergens",
    "/staff/",
    "/staff/login",
    "/s/raden",
)


def test_every_kind_of_answer_keeps_other_sites_out(world: World) -> None:
    app = create_app(world.settings.but(base_url="https://feedback.example"))
    answers = [
        app.test_client().open(path, method=how) for path in KINDS for how in ("GET", "POST", "DELETE")
    ]
    assert {200, 302, 400, 404, 405, 411} <= {one.status_code for one in answers}
    for one in answers:
        one.close()
        assert one.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert one.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert one.headers["X-Content-Type-Options"] == "nosniff"
        assert one.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        policy = one.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy
        assert "Access-Control-Allow-Origin" not in one.headers
        assert "require-trusted-types-for 'script'; trusted-types ours" in policy
    close_app(app)


def elsewhere(world: World) -> dict[str, str]:
    """One thing of another region for each argument of an address."""
    writer = signed_in(world.app, "redacteur", email="overal@voorbeeld.example")
    made = writer.post("/staff/signals/new", {**FORM_P, "region_key": "limburg"}, form="/staff/signals/new")
    with world.session() as session:
        place = NewLink("open", "limburg", "agii", "stage", "Voorbeeldplek")
        link = make_link(session, world.settings, place, region=None).code
        contact = read_contact("limburg@voorbeeld.example")
        assert contact
        leave_contact(session, world.settings, contact, "nl", "limburg")
    there = next(one for one in world.rows(Trajectory) if one["region_key"] == "limburg")
    return {
        "signal_id": made.location.rsplit("/", 1)[1],
        "code": link,
        "contact_id": next(one["id"] for one in world.rows(FocusContact) if one["region_key"] == "limburg"),
        "trajectory_id": there["id"],
        "invitation_id": next(one.invitation_id for one in world.links() if one.region == "limburg"),
        "partner_id": next(one["id"] for one in world.rows(Partner) if one["name"] == "Limburgse vereniging"),
        "target": "getoetst",
        "lang": "fr",
    }


def unchanged(world: World) -> dict[str, object]:
    """The database without what signing in and looking write."""
    return {
        name: rows
        for name, rows in world.dump().items()
        if name not in ("staff_sessions", "audit_entries", "audit_heads")
    }


def test_what_is_of_another_region_has_no_address_for_any_role(world: World) -> None:
    """Every address under /staff that names a thing, opened and posted to with one of Limburg, from Kempen."""
    things = elsewhere(world)
    bound = {
        role: signed_in(world.app, role, region="kempen", email=f"{role}-kempen@voorbeeld.example")
        for role in ROLES
        if role not in ("beheerder", "lezer", "vertaler")
    }
    rules = [
        rule
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/staff")
        and rule.arguments
        and set(rule.arguments) <= things.keys()
        and rule.endpoint in ACCESS
        and rule.arguments - {"target", "lang"}
    ]
    assert len(rules) > 15
    before, tried, reached = unchanged(world), 0, []
    for role, browser in bound.items():
        token = browser.token("/staff/")
        for rule in (one for one in rules if role in ACCESS[one.endpoint]):
            built = rule.build({name: things[name] for name in rule.arguments}, append_unknown=False)
            assert built
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                data = {"csrf_token": token} if method == "POST" else None
                status = browser.client.open(built[1], method=method, data=data).status_code
                tried += 1
                reached += [(role, method, rule.rule, status)] if status != 404 else []
    assert tried > 40
    assert reached == []
    assert unchanged(world) == before
    own = signed_in(world.app, "netwerkmedewerker", region="limburg", email="limburg@voorbeeld.example")
    mine = [
        one for one in rules if "netwerkmedewerker" in ACCESS[one.endpoint] and "GET" in (one.methods or ())
    ]
    built = [one.build({name: things[name] for name in one.arguments}, append_unknown=False) for one in mine]
    found = [own.get(one[1]).status_code for one in built if one]
    assert found.count(200) > len(found) / 2, "to who may see them the addresses lead somewhere"
