"""Webhooks: what happened is told, signed, until it is taken, with the same id, and never into our network."""

import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from feedback_app.api import lines, targets
from feedback_app.api.deliver import SHOWN_FOR, deliver, forget_deliveries
from feedback_app.api.hook_letters import tell_owners
from feedback_app.api.hook_models import Webhook, WebhookDelivery
from feedback_app.api.hooks import MOST_ATTEMPTS, WAITS, add_hook
from feedback_app.api.targets import TargetRefused, check_url, look_at
from feedback_app.database import now
from feedback_app.settings import SettingsError
from feedback_app.staff.audit import record
from feedback_app.staff.models import AuditEntry
from tests.mail_server import Post, mail_service, make_certificate
from tests.programs import TRAJECTORY, program_of, stored_account
from tests.receiver import Receiver, receiver
from tests.server import environment_of
from tests.staff import Browser, add, address_of, signed_in
from tests.world import WAVE, World

HERE = ("127.0.0.0/8",)
DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
NEW = "/staff/webhooks/new"


@pytest.fixture
def world(migrated_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    made = World(migrated_url, tmp_path, example_catalogues, webhook_networks=HERE)
    yield made
    made.close()


@pytest.fixture
def sqlite_world(migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    made = World(migrated_sqlite_url, tmp_path, example_catalogues, webhook_networks=HERE)
    yield made
    made.close()


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def hooked(world: World, there: Receiver, *events: str) -> str:
    """Have the receiver told of these events; the webhook's id."""
    add(world.app, "beheerder")
    with world.session() as session:
        made = add_hook(session, world.settings, stored_account("beheerder"), there.url, events)
        there.secret = made.secret
        assert made.secret not in repr(made)
        return made.hook.id


def happen(world: World, action: str, subject: str, **facts: str) -> None:
    """Something that the audit log tells of, and so a webhook."""
    with world.session() as session:
        record(session, action, account=None, subject=subject, **facts)
        session.commit()


def tell(world: World, moment: datetime | None = None) -> int:
    with world.session() as session:
        return deliver(session, world.settings, moment or now())


def forget(world: World) -> None:
    """What the worker does at night, over a month from now."""
    with world.session() as session:
        forget_deliveries(session, now() + SHOWN_FOR + timedelta(days=1))
        session.commit()


def test_what_happened_is_told_signed_and_again_until_taken(world: World, there: Receiver) -> None:
    world.open([])
    hook = hooked(world, there, "import.finished", "wave.closed", "signal.answered")
    program_of(world.app, "agentschap").post("/trajectories", {"trajectories": [TRAJECTORY]}, "sleutel-hook")
    for state in ("overgemaakt", "beantwoord", "teruggekoppeld", "beantwoord"):
        happen(world, "signal.moved", f"signal:{'a' * 32}", state=state)
    happen(world, "report.released", f"edition:{'b' * 32}")  # nobody asked for this
    with world.session() as session:
        record(session, "wave.closed", account=None, subject=f"wave:{WAVE}")
        session.rollback()  # and this did not happen
    there.gateway.answers = [(500, {}), (204, {"Content-Length": "0"})]
    assert tell(world) == 0, "who just failed is left alone until the next run"
    assert len(there.messages) == 1
    assert tell(world) == 1 and len(there.messages) == 2, "what failed waits, the other one leaves"
    assert tell(world, now() + WAITS[0] + timedelta(seconds=1)) == 1
    told = there.messages
    assert told[0] == told[2], "the same message, under the same id"
    assert [content["type"] for _id, content in told] == [
        "import.finished",
        "signal.answered",
        "import.finished",
    ]
    data = told[0][1]["data"]
    assert (data["trajectories"], data["refused"], data["url"]) == (1, 0, f"/api/v1/imports/{data['import']}")
    assert "V-7" not in str(told) and "0470" not in str(told)
    assert tell(world) == 0 and len(there.messages) == 3, "what was taken is not told again"
    assert there.secret not in str(world.dump()), "the secret lies sealed"
    states = [(one["state"], one["attempts"]) for one in world.rows(WebhookDelivery)]
    assert sorted(states) == [("delivered", 1), ("delivered", 2)]
    assert {one["webhook_id"] for one in world.rows(WebhookDelivery)} == {hook}


def test_a_webhook_whose_secret_cannot_be_read_holds_up_no_other(world: World, there: Receiver) -> None:
    broken, other = hooked(world, there, "wave.closed"), ""
    with world.session() as session:
        made = add_hook(session, world.settings, stored_account("beheerder"), there.url, ["wave.closed"])
        there.secret, other = made.secret, made.hook.id
        session.execute(sa.update(Webhook).where(Webhook.id == broken).values(secret_sealed="x"))
        session.commit()
    happen(world, "wave.closed", f"wave:{WAVE}")
    assert tell(world) == 1 and len(there.messages) == 1
    outcomes = {one["webhook_id"]: one["outcome"] for one in world.rows(WebhookDelivery)}
    assert outcomes[broken] == "secret" and outcomes[other].startswith("2")
    beheerder = Browser(world.app)
    beheerder.try_to_sign_in(address_of("beheerder"))
    assert "het geheim is onleesbaar" in beheerder.get(f"/staff/webhooks/{broken}").text


def test_the_check_in_the_docs_knows_our_messages(sqlite_world: World, there: Receiver) -> None:
    hooked(sqlite_world, there, "wave.closed")
    happen(sqlite_world, "wave.closed", f"wave:{WAVE}")
    assert tell(sqlite_world) == 1
    part = DOCS[DOCS.index("## Webhooks") : DOCS.index("## A walk-through")]
    (block,) = re.findall(r"^```python\n(.*?)^```$", part, re.M | re.S)
    known: dict[str, Any] = {}
    exec(compile(block, "docs/api.md", "exec"), known)
    (sent,) = there.gateway.requests
    headers = {name.lower(): value for name, value in sent.headers.items()}
    assert known["is_ours"](there.secret, headers, sent.body)
    assert not known["is_ours"](there.secret, headers, sent.body + b" ")
    assert not known["is_ours"](there.secret, {**headers, "webhook-timestamp": "1"}, sent.body)


def test_a_worker_that_is_killed_in_between_tells_it_once_more(sqlite_world: World, there: Receiver) -> None:
    """The receiver has the message, and the process that sent it dies before it hears so."""
    hooked(sqlite_world, there, "wave.closed")
    happen(sqlite_world, "wave.closed", f"wave:{WAVE}")
    there.gateway.answers = ["hang", (204, {"Content-Length": "0"})]
    code = (
        "from feedback_app.cli import app_from_environment as make\n"
        "from feedback_app.api.deliver import deliver\n"
        "from feedback_app.database import db, now\n"
        "app = make()\n"
        "with app.app_context(): deliver(db.session, app.extensions['settings'], now())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment_of(sqlite_world.settings))
    deadline = time.monotonic() + 60
    while not there.gateway.requests and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    assert there.gateway.requests and process.poll() is None
    process.kill()
    process.wait()
    there.gateway.over.set()
    assert tell(sqlite_world) == 1
    first, second = there.messages
    assert first == second
    assert tell(sqlite_world) == 0 and len(there.messages) == 2


def test_it_stops_after_enough_failures_says_so_and_goes_on(sqlite_world: World, there: Receiver) -> None:
    world, moment = sqlite_world, now()
    hook = hooked(world, there, "wave.closed")
    happen(world, "wave.closed", f"wave:{WAVE}")
    there.gateway.answers = [(302, {"Location": there.url})]
    for wait in (timedelta(0), *WAITS):
        moment += wait + timedelta(minutes=1)
        tell(world, moment)
    assert len(there.messages) == MOST_ATTEMPTS, "a redirect is not followed"
    assert len({message for message, _content in there.messages}) == 1
    assert [(one["state"], one["mail"]) for one in world.rows(Webhook)] == [("stopped", "waiting")]
    happen(world, "wave.closed", "wave:2026-H2")
    assert tell(world, moment + timedelta(days=2)) == 0 and len(there.messages) == MOST_ATTEMPTS
    _told_its_owner(world, hook)
    beheerder = Browser(world.app)
    beheerder.try_to_sign_in(address_of("beheerder"))
    assert "/staff/webhooks" in beheerder.get("/staff/").text.split("<main")[1], "the start page tells"
    there.gateway.answers = [(204, {"Content-Length": "0"})]
    page = beheerder.get(f"/staff/webhooks/{hook}").text
    assert "302" in page and "Opnieuw sturen" not in page
    (failed,) = world.rows(WebhookDelivery)
    beheerder.post(f"/staff/webhooks/{hook}/resend", {"delivery": failed["id"]})
    assert world.rows(WebhookDelivery) == [failed], "nothing leaves, so nothing is promised"
    forget(world)
    assert beheerder.post(f"/staff/webhooks/{hook}/resume").status_code == 302
    assert tell(world) == 2, "what failed, however long ago, and what happened meanwhile"
    forget(world)
    assert world.rows(WebhookDelivery) == []
    there.gateway.answers = [(410, {})]
    happen(world, "wave.closed", "wave:2027-H1")
    tell(world)
    assert [one["state"] for one in world.rows(Webhook)] == ["stopped"], "gone is gone, at once"


def _told_its_owner(world: World, hook: str) -> None:
    post = Post()
    with mail_service(post) as port:
        sender = quote("Voorbeeld <feedback@voorbeeld.example>")
        url = f"smtp://127.0.0.1:{port}?from={sender}&tls=none&timeout=2"
        settings = world.settings.but(smtp_url=url, mails_a_minute=60_000)
        with world.session() as session:
            assert [tell_owners(session, settings) for _ in range(2)] == [1, 0]
    assert [taken.recipients for taken in post.taken] == [[address_of("beheerder")]]
    body = post.taken[0].mail.get_body(("plain",))
    assert body is not None and f"/staff/webhooks/{hook}" in body.get_content()


def test_pages_add_show_send_again_and_remove(sqlite_world: World, there: Receiver) -> None:
    world = sqlite_world
    beheerder = signed_in(world.app, "beheerder")
    assert "nog geen webhook" in beheerder.get("/staff/webhooks").text
    form = {"url": there.url, "events": ["wave.closed"]}
    for wrong in (
        {"url": ""},
        {"url": "ftp://voorbeeld.example"},
        {"url": "https://a:b@voorbeeld.example/"},
        {"events": []},
    ):
        refused = beheerder.post(NEW, {**form, **wrong}, form=NEW)
        assert refused.status_code == 200 and 'class="error"' in refused.text, wrong
    assert world.rows(Webhook) == []
    added = beheerder.post(NEW, form, form=NEW)
    (there.secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", added.text)
    (hook,) = world.rows(Webhook)
    page = f"/staff/webhooks/{hook['id']}"
    assert there.secret not in beheerder.get(page).text and "nog niets gebeurd" in beheerder.get(page).text
    happen(world, "wave.closed", f"wave:{WAVE}")
    assert tell(world) == 1
    (told,) = world.rows(WebhookDelivery)
    assert told["id"][:8] in beheerder.get(page).text and "204" in beheerder.get(page).text
    assert beheerder.post(f"{page}/resend", {"delivery": told["id"]}).status_code == 302
    assert beheerder.post(f"{page}/resend", {"delivery": "0" * 32}).status_code == 404
    assert tell(world) == 1 and there.messages[0] == there.messages[1]
    assert "ongedaan" in beheerder.get(f"{page}/remove").text
    assert beheerder.post(f"{page}/remove", form=f"{page}/remove").location == "/staff/webhooks"
    assert world.rows(Webhook) == world.rows(WebhookDelivery) == []
    actions = [one["action"] for one in world.rows(AuditEntry) if one["action"].startswith("webhook")]
    assert sorted(actions) == ["webhook.added", "webhook.removed", "webhook.resent"]


@pytest.mark.parametrize(
    "place",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1"),
        "fec0::1",
        *("64:ff9b::a00:1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "::ffff:169.254.169.254"),
    ],
)
def test_a_name_that_leads_into_our_network_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when only one of the addresses behind it does."""
    for answers in ([place], ["8.8.8.8", place]):
        monkeypatch.setattr(targets.socket, "getaddrinfo", lambda *_asked, **_more: names(*answers))  # noqa: B023
        with pytest.raises(TargetRefused) as refused:
            look_at("https://voorbeeld.example/haak", ())
        assert refused.value.reason == "private"


def names(*places: str) -> list[Any]:
    return [(0, 0, 0, "", (place, 443)) for place in places]


def test_what_is_no_address_is_refused_and_what_is_open_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets.socket, "getaddrinfo", lambda *_asked, **_more: names("8.8.8.8"))
    assert look_at("https://voorbeeld.example:8443/haak?x=1", ()).place == "8.8.8.8"
    for url, reason in (
        ("http://voorbeeld.example/", "https"),
        ("file:///etc/passwd", "url"),
        ("gopher://voorbeeld.example/", "url"),
        ("https://", "url"),
        ("https://a@voorbeeld.example/", "url"),
        ("https://voorbeeld.example/#x", "url"),
        ("https://voorbeeld.example:99999/", "url"),
        ("https://voorbeeld.example/\r\nX-Kop: 1", "url"),
        ("https://vo\u00f6rbeeld.example/", "url"),
        ("https://[::1", "url"),
        (f"https://voorbeeld.example/{'x' * 500}", "url"),
    ):
        for look in (look_at, check_url):
            with pytest.raises(TargetRefused) as refused:
                look(url, ())
            assert refused.value.reason == reason, url
    with pytest.raises(TargetRefused):
        look_at("http://voorbeeld.example/", HERE)  # an open address needs TLS, whatever else is allowed


def test_the_line_goes_where_was_looked_and_a_name_is_asked_once(
    sqlite_world: World, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means something else a moment later (DNS rebinding) leads nowhere."""
    real, asked = socket.getaddrinfo, []

    def lookup(host: str, *more: Any, **named: Any) -> Any:
        if host != "voorbeeld.example":
            return real(host, *more, **named)
        asked.append(host)
        return names("127.0.0.1" if len(asked) == 1 else "10.0.0.1")

    monkeypatch.setattr(targets.socket, "getaddrinfo", lookup)
    port = there.gateway.port
    elsewhere = f"http://voorbeeld.example:{port}/haak"
    hooked(sqlite_world, there, "wave.closed")
    with sqlite_world.session() as session:
        session.execute(sa.update(Webhook).values(url=elsewhere))
        session.commit()
    happen(sqlite_world, "wave.closed", f"wave:{WAVE}")
    assert tell(sqlite_world) == 1 and len(asked) == 1
    assert there.gateway.requests[0].headers["Host"] == f"voorbeeld.example:{port}"
    happen(sqlite_world, "wave.closed", "wave:2026-H2")
    assert tell(sqlite_world) == 0 and len(there.messages) == 1
    assert {one["outcome"] for one in sqlite_world.rows(WebhookDelivery)} == {"204", "private"}


def test_a_certificate_that_nobody_vouches_for_is_refused(
    sqlite_world: World, there: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    there.gateway.tls(context)
    hooked(sqlite_world, there, "wave.closed")
    with sqlite_world.session() as session:
        session.execute(sa.update(Webhook).values(url=f"https://localhost:{there.gateway.port}/haak"))
        session.commit()
    happen(sqlite_world, "wave.closed", f"wave:{WAVE}")
    assert tell(sqlite_world) == 0
    assert [one["outcome"] for one in sqlite_world.rows(WebhookDelivery)] == ["no_answer"]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert tell(sqlite_world, now() + timedelta(hours=1)) == 1
    assert len(there.messages) == 1


@pytest.mark.parametrize("over_tls", [False, True])
def test_an_answer_that_comes_sign_by_sign_is_cut_off(
    sqlite_world: World, there: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, over_tls: bool
) -> None:
    """Else one address would keep the worker from everything else for as long as it likes."""
    hooked(sqlite_world, there, "wave.closed")
    if over_tls:
        certificate = make_certificate(tmp_path)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        there.gateway.tls(context)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with sqlite_world.session() as session:
            session.execute(sa.update(Webhook).values(url=f"https://localhost:{there.gateway.port}/haak"))
            session.commit()
    there.gateway.answers = ["drip"]
    monkeypatch.setattr(lines, "SECONDS", 1.0)
    happen(sqlite_world, "wave.closed", f"wave:{WAVE}")
    assert tell(sqlite_world) == 0
    assert [one["outcome"] for one in sqlite_world.rows(WebhookDelivery)] == ["no_answer"]


def test_the_setting_names_networks(sqlite_world: World) -> None:
    with pytest.raises(SettingsError, match=r"WEBHOOK_NETWORKS holds “10\.0\.0\.1/8”"):
        sqlite_world.settings.but(webhook_networks=("10.0.0.1/8",))


@pytest.mark.parametrize(("attempts", "hours"), [(0, 5), (3, 72)])
def test_a_clock_that_went_back_keeps_nothing_waiting(
    sqlite_world: World, there: Receiver, attempts: int, hours: int
) -> None:
    """What was asked for again, or failed, by a clock that was ahead is told now."""
    world = sqlite_world
    hooked(world, there, "wave.closed")
    happen(world, "wave.closed", f"wave:{WAVE}")
    there.gateway.answers = [(500, {}), (204, {"Content-Length": "0"})]
    assert tell(world) == tell(world) == 0
    with world.session() as session:
        ahead = sa.update(WebhookDelivery).values(next_at=now() + timedelta(hours=hours), attempts=attempts)
        session.execute(ahead)
        session.commit()
    assert tell(world) == 1
