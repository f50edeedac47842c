"""`doctor` names what is wrong, and nothing that is right."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.database import now
from feedback_app.jobs import Job
from feedback_app.watching.models import TaskRun
from feedback_app.watching.state import queue
from tests.commands import run
from tests.databases import Databases
from tests.gateway import TEMPLATE, gateway
from tests.imap_server import mailbox_service
from tests.mail_server import Actor, Post, free_port, mail_service
from tests.world import World


def languages_said(url: str, folder: Path, catalogues: Path, drafts: set[str]) -> list[str]:
    world = World(url, folder, catalogues, draft_languages=frozenset(drafts))
    found: list[str] = json.loads(run(world, "doctor", "--json").stdout)["languages"]
    world.close()
    return found


@pytest.mark.parametrize("drafts", [{"all"}, {"ar", "fa-AF"}, {"prs", "ti"}])
def test_drafts_that_are_whole_are_no_fault_however_they_are_named(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path, drafts: set[str]
) -> None:
    assert languages_said(migrated_sqlite_url, tmp_path, example_catalogues, drafts) == []


def test_a_draft_that_cannot_be_offered_is_named(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path
) -> None:
    (fault,) = languages_said(migrated_sqlite_url, tmp_path, example_catalogues, {"ar", "pl"})
    assert "pl" in fault


def test_a_catalogue_that_is_not_compiled_is_named(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path
) -> None:
    """As after an update of texts: pages in that language show Dutch, and the others hide it."""
    copy = tmp_path / "translations"
    shutil.copytree(example_catalogues, copy)
    assert languages_said(migrated_sqlite_url, tmp_path, copy, set()) == []
    for catalogue in (copy / "en").rglob("*.po"):
        catalogue.with_suffix(".mo").unlink()
    (fault,) = languages_said(migrated_sqlite_url, tmp_path, copy, set())
    assert "(en)" in fault and fault.endswith("feedback-app translations compile")


def test_a_database_without_tables_is_named_with_its_remedy(
    databases: Databases, tmp_path: Path, example_catalogues: Path
) -> None:
    with databases.empty("sqlite") as url:
        world = World(url, tmp_path, example_catalogues)
        result = run(world, "doctor", "--json")
        world.close()
    assert result.exit_code == 1
    (fault,) = json.loads(result.stdout)["database"]
    assert "feedback-app db upgrade" in fault


def test_a_file_that_is_no_database_is_named_and_the_rest_is_looked_at(
    tmp_path: Path, example_catalogues: Path
) -> None:
    damaged = tmp_path / "damaged.sqlite3"
    damaged.write_bytes(b"voorbeeld" * 1000)
    world = World(f"sqlite:///{damaged}", tmp_path, example_catalogues)
    result = run(world, "doctor", "--json")
    world.close()
    said = json.loads(result.stdout)
    assert result.exit_code == 1 and "backup" in said["database"][0]
    assert said["fonts"] == said["worker"] == said["queue"] == []


def test_a_setting_that_nothing_reads_is_named_with_what_may_be_meant(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FEEDBACK_SMPT_URL", "FEEDBACK_QQQQ", "FEEDBACK_LOG_LEVEL"):
        monkeypatch.setenv(name, "INFO")
    found = json.loads(run(sqlite_world, "doctor", "--json").stdout)["settings"]
    unread = [line for line in found if line.startswith("nothing reads")]
    assert len(unread) == 2
    assert "FEEDBACK_QQQQ: take it away" in unread[0]
    assert "FEEDBACK_SMPT_URL: is FEEDBACK_SMTP_URL meant?" in unread[1]


def test_an_example_of_where_help_is_found_is_named(sqlite_world: World) -> None:
    def said(*addresses: str, example: bool = False) -> list[str]:
        sqlite_world.settings = sqlite_world.settings.but(help_addresses=addresses, example=example)
        found = json.loads(run(sqlite_world, "doctor", "--json").stdout)["settings"]
        return [one for one in found if "HELP_ADDRESSES" in one]

    assert len(said("Onthaal, 02 000 00 00", "Voorbeeld meldpunt, 02 000 00 00")) == 1
    assert said("Onthaal, 02 000 00 00") == said("Voorbeeld meldpunt", example=True) == []


@pytest.mark.parametrize(
    ("host", "faults"), [("feedback.example.be", 0), ("feedback.voorbeeldagentschap.be", 1)]
)
def test_an_address_too_long_for_an_sms_is_named(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path, host: str, faults: int
) -> None:
    world = World(migrated_sqlite_url, tmp_path, example_catalogues, base_url=f"https://{host}")
    said = json.loads(run(world, "doctor", "--json").stdout)["settings"]
    world.close()
    assert len([one for one in said if "SMS" in one]) == faults


def channel_faults(world: World, **settings: object) -> list[str]:
    """What `doctor` says of e-mail and text messages."""
    world.settings = world.settings.but(**settings)
    said = json.loads(run(world, "doctor", "--json").stdout)
    return [*said["e-mail"], *said["text messages"]]


def test_channels_that_work_are_no_fault_and_nothing_is_sent(sqlite_world: World) -> None:
    post = Post()
    with mail_service(post) as port, mailbox_service() as box, gateway() as there:
        faults = channel_faults(
            sqlite_world,
            smtp_url=f"smtp://127.0.0.1:{port}?tls=none&from=feedback@voorbeeld.example",
            imap_url=box.url,
            sms_url=there.url,
            sms_template=TEMPLATE,
            sms_webhook_secret="een-voorbeeld-van-een-gedeeld-geheim",
        )
    assert (faults, post.taken, there.requests) == ([], [], [])


def test_channels_that_do_not_work_are_named(sqlite_world: World, tmp_path: Path) -> None:
    empty = channel_faults(sqlite_world)
    assert [one.split(" ")[0] for one in empty] == ["FEEDBACK_SMTP_URL", "FEEDBACK_SMS_URL"]
    assert all("cards" in one for one in empty)
    assert all("folder" in one for one in channel_faults(sqlite_world, outbox_dir=tmp_path / "out"))
    assert channel_faults(sqlite_world, example=True) == [], "an example keeps its messages"
    sender = "from=feedback@voorbeeld.example"
    with Actor({"": "554 no"}) as unwilling, mailbox_service() as box:
        faults = channel_faults(
            sqlite_world,
            smtp_url=f"smtp://127.0.0.1:{unwilling.port}?tls=none&{sender}",
            imap_url=box.url.replace("geheim", "verkeerd"),
            sms_url=f"http://127.0.0.1:{free_port()}/",
            sms_template=TEMPLATE,
        )
    mail, bounces, stop, sms = faults
    assert "FEEDBACK_SMTP_URL" in mail and "FEEDBACK_IMAP_URL" in bounces
    assert "STOP" in stop and "FEEDBACK_SMS_URL" in sms and "refused" in sms
    with mail_service(Post()) as port:
        faults = channel_faults(sqlite_world, smtp_url=f"smtp://127.0.0.1:{port}?{sender}", imap_url="")
    assert "STARTTLS" in faults[0] and "FEEDBACK_IMAP_URL is empty" in faults[1]


def test_work_that_waits_for_a_moment_of_its_own_is_not_stuck(sqlite_world: World) -> None:
    """E-mails to partners wait for Monday: that is said on their page, and restarting would change nothing."""
    world, before = sqlite_world, now() - timedelta(hours=40)
    with world.session() as session:
        session.add(Job(name="tell_partners", arguments={}, queued_at=before, message="maandag om 09:00"))
        session.commit()
        assert queue(session, now()).oldest_at is None
    assert json.loads(run(world, "doctor", "--json").stdout)["queue"] == []


def test_what_an_operator_must_mend_is_named_with_the_line_to_type(sqlite_world: World) -> None:
    world, moment = sqlite_world, now()
    with world.session() as session:
        session.add(Job(name="print_cards", arguments={}, state="failed"))
        session.add(Job(name="print_cards", arguments={}, queued_at=moment - timedelta(hours=3)))
        session.commit()
    folder = world.settings.instance_dir
    (folder / "secret_key").write_text("voorbeeld")
    (folder / "secret_key").chmod(0o644)
    folder.chmod(0o750)
    said = json.loads(run(world, "doctor", "--json").stdout)
    assert [one.partition(": ")[2].split(" ")[0] for one in said["permissions"]] == ["chmod", "chmod"]
    assert said["worker"] == ["the worker never ran here: feedback-app worker"]
    assert len(said["queue"]) == 2 and "/staff/dienst" in said["queue"][0]
    assert "FEEDBACK_BACKUP_DAYS" in str(said["privacy papers"]) and said["clock"] == []
    folder.chmod(0o700)
    (folder / "secret_key").unlink()
    with world.session() as session:
        session.execute(sa.delete(Job))
        ahead, before = moment + timedelta(hours=1), moment - timedelta(hours=2)
        session.add(TaskRun(task="heartbeat", began_at=ahead, succeeded_at=moment))
        session.add(TaskRun(task="bounces", began_at=before, succeeded_at=before, fault=""))
        session.add(TaskRun(task="themes", began_at=moment, failed_at=moment, fault="OSError"))
        session.commit()
    said = json.loads(run(world, "doctor", "--json").stdout)
    assert said["permissions"] == said["queue"] == []
    assert "set-ntp" in said["clock"][0]
    assert [one.split(" ")[0] for one in said["worker"]] == ["themes", "bounces"]
