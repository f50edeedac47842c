"""`feedback-app demo` as a person runs it: a real process, real links, a real PDF, and nothing left behind."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pikepdf
import pytest
import sqlalchemy as sa

from feedback_app.demo import LANGUAGES
from feedback_app.settings import SETTINGS_FILE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
_READY = "Ctrl-C"
_SECONDS = 240


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Demo:
    """A demo in a folder of its own; `out` is what it printed so far."""

    def __init__(self, folder: Path, port: int, *options: str, **environment: str) -> None:
        self.folder, self.port, self.out = folder, port, ""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
        command = [Path(sys.executable).with_name("feedback-app"), "demo", "--port", str(port), *options]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=kept | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def until(self, wanted: str) -> None:
        """Read what it prints until that is in it; AssertionError when it ends before."""
        assert self.process.stdout
        deadline = time.monotonic() + _SECONDS
        while wanted not in self.out:
            assert time.monotonic() < deadline, f"no “{wanted}” in:\n{self.out}"
            if select.select([self.process.stdout], [], [], 1)[0]:
                read = os.read(self.process.stdout.fileno(), 65536).decode()
                assert read, f"it ended with {self.process.wait()}:\n{self.out}"
                self.out += read

    def end(self, number: signal.Signals) -> int:
        """Send it, and it alone, a signal; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def stop(self) -> None:
        """End it, if that was not done yet."""
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

    def line(self, beginning: str) -> str:
        """What is printed after these words."""
        return next(
            line.removeprefix(beginning).strip()
            for line in self.out.splitlines()
            if line.startswith(beginning)
        )


@contextmanager
def running(folder: Path, *options: str, **environment: str) -> Iterator[Demo]:
    """A demo that has printed its links; ended by force when the test did not end it."""
    demo = Demo(folder, free_port(), *options, **environment)
    try:
        demo.until(_READY)
        yield demo
    finally:
        demo.stop()
        assert demo.process.stdout
        demo.process.stdout.close()


def processes_in(folder: Path) -> list[str]:
    """Command lines of running processes whose working folder is this one."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdecimal() and (entry / "cwd").readlink() == folder:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def page(url: str) -> str:
    with urlopen(url, timeout=60) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def tables(folder: Path) -> dict[str, int]:
    """How many rows some of the tables hold, without what the worker adds to them in its own time."""
    engine = sa.create_engine(f"sqlite:///{folder / 'instance' / 'feedback.sqlite3'}")
    names = ("trajectories", "invitations", "responses", "waves", "editions", "edition_releases")
    names += ("signal_events", "accounts")
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM signal_events WHERE kind = 'reminded'"))
        counts = {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in names}
    engine.dispose()
    return {name: count or 0 for name, count in counts.items()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install feedback_app-*.whl` unpacks, away from the checkout."""
    built, place = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("installed").resolve()
    python = [sys.executable, "-m"]
    subprocess.run(
        [*python, "hatchling", "build", "-t", "wheel", "-d", built], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = built.glob("feedback_app-*.whl")
    quiet = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--root-user-action=ignore"]
    subprocess.run([*python, "pip", "install", *quiet, "--target", place, wheel], check=True)
    return place


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, installed: Path) -> Iterator[Demo]:
    """The first demo of a machine, from a wheel, kept running for the tests that look at it."""
    with running(tmp_path_factory.mktemp("demo").resolve(), PYTHONPATH=str(installed)) as demo:
        yield demo


def test_a_wheel_has_all_it_needs_inside_and_none_of_it_is_changed(first: Demo, installed: Path) -> None:
    code = "import feedback_app.shipped as s; print(s.default_surveys_dir(), s.default_translations_dir())"
    surroundings = {**os.environ, "PYTHONPATH": str(installed)}
    asked = [sys.executable, "-c", code]
    said = subprocess.run(
        asked, cwd=first.folder, env=surroundings, check=True, capture_output=True, text=True
    )
    inside = installed / "feedback_app"
    assert said.stdout.split() == [str(inside / "surveys"), str(inside / "translations")]
    for folder in ("surveys", "translations"):
        kept = {path.relative_to(ROOT / folder): path.read_bytes() for path in files(ROOT / folder)}
        assert {
            path.relative_to(inside / folder): path.read_bytes() for path in files(inside / folder)
        } == kept
    assert len(list((inside / "translations").glob("*/LC_MESSAGES/messages.mo"))) >= 20


def files(folder: Path) -> Iterator[Path]:
    """All files below a folder but hidden ones."""
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


# The demo of the fixture is looked at first, then ended; what follows starts it again in its folder.


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_newcomer_link_for_each_language_opens(first: Demo, locale: str) -> None:
    text = page(first.line(f"newcomer, {locale}"))
    spoken = re.search(r'<html lang="([^"]+)" dir="([^"]+)"', text)
    assert spoken
    if spoken[1] != "nl":  # a translation that is being worked on is not offered: then it is Dutch
        assert spoken[1] == locale.replace("_", "-")
        assert spoken[2] == ("rtl" if locale in ("ar", "fa_AF") else "ltr")
    assert "<form" in text


def test_partner_and_staff_links_open_and_are_marked(first: Demo) -> None:
    assert "<form" in page(first.line("partner"))
    for kind, mode in (("poster", "open"), ("kiosk", "kiosk")):
        assert f'data-kind="{mode}"' in page(first.line(kind))
    staff = page(first.line("staff"))
    assert "Voorbeeldgegevens" in staff
    assert 'type="password"' in staff
    assert first.line("  sign in as").endswith("@voorbeeld.example")
    assert len(first.line("  password")) >= 12


def test_the_report_is_a_pdf_that_says_it_is_an_example(first: Demo) -> None:
    path = Path(first.line("signal report"))
    assert path.parent == first.folder / "instance"
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) >= 5
    counts = tables(first.folder)
    assert (counts["editions"], counts["edition_releases"]) == (2, 1)
    assert counts["waves"] == 3


def test_the_worker_runs_beside_the_web_server(first: Demo) -> None:
    commands = processes_in(first.folder)
    assert any("worker" in one for one in commands)
    assert any("serve" in one for one in commands)


def test_nobody_else_on_the_machine_reads_its_settings(first: Demo) -> None:
    """Else `doctor` would find fault with what we made ourselves."""
    (kept,) = first.folder.rglob(SETTINGS_FILE)
    assert kept.stat().st_mode & 0o077 == 0


def test_the_same_port_twice_is_refused_before_anything_is_made(first: Demo, tmp_path: Path) -> None:
    second = Demo(tmp_path, first.port)
    out, _ = second.process.communicate(timeout=60)
    assert second.process.returncode == 1
    assert f"--port {first.port + 1}" in out.decode()
    assert list(tmp_path.iterdir()) == []


def test_interrupting_it_leaves_no_process_and_no_open_port(first: Demo) -> None:
    assert len(processes_in(first.folder)) >= 3
    assert first.end(signal.SIGINT) == 0
    assert processes_in(first.folder) == []
    assert not listening(first.port)


def test_a_second_run_keeps_data_and_report(first: Demo) -> None:
    first.stop()
    before, report = tables(first.folder), Path(first.line("signal report")).read_bytes()
    with running(first.folder) as again:
        assert again.line("newcomer, ar").rpartition("/")[2] == first.line("newcomer, ar").rpartition("/")[2]
        assert again.line("  password") == first.line("  password")
        assert "Making example data" not in again.out
        assert again.end(signal.SIGTERM) == 0
    assert processes_in(first.folder) == []
    assert tables(first.folder) == before
    assert Path(first.line("signal report")).read_bytes() == report


def test_settings_in_the_environment_are_respected_and_when_it_is_killed_its_processes_end_too(
    first: Demo,
) -> None:
    """Both of one demo, which takes its time to start."""
    first.stop()
    given = {"FEEDBACK_BASE_URL": "http://localhost:1", "FEEDBACK_HELP_ADDRESSES": "Voorbeeld: eigen adres"}
    with running(first.folder, **given) as again:
        link = again.line("newcomer, nl")
        assert link.startswith("http://localhost:1/s/")
        assert page(f"http://127.0.0.1:{again.port}{link.removeprefix('http://localhost:1')}")
        assert len(processes_in(first.folder)) >= 3
        again.process.kill()
        again.process.wait()
        deadline = time.monotonic() + 60
        while processes_in(first.folder) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert processes_in(first.folder) == []


def test_asked_for_or_after_a_load_that_was_broken_off_it_starts_anew(first: Demo) -> None:
    """Both with less data than at first, which is made in a fifth of the time."""
    first.stop()
    whole, less = tables(first.folder), ("--trajectories", "300")
    spoil(first.folder, "DELETE FROM signal_events")
    with running(first.folder, "--reset", *less) as again:
        assert "Making example data (300 trajectories)" in again.out
        made, link = tables(first.folder), again.line("newcomer, ar")
        refuses(again, first.line("newcomer, ar"))
    assert made["trajectories"] == 300
    assert [made[one] for one in ("waves", "editions", "accounts")] == [3, 2, whole["accounts"]]
    assert made["signal_events"]
    spoil(first.folder, "DELETE FROM responses WHERE id IN (SELECT id FROM responses LIMIT 9)")
    spoil(first.folder, "UPDATE installation SET value = 'loading'")  # as when loading is interrupted
    with running(first.folder, *less) as again:
        assert "Making example data" in again.out
        assert tables(first.folder) == made
        refuses(again, link)


def spoil(folder: Path, statement: str) -> None:
    engine = sa.create_engine(f"sqlite:///{folder / 'instance' / 'feedback.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def refuses(demo: Demo, link: str) -> None:
    """A link of data that is no more opens nothing."""
    with pytest.raises(HTTPError):
        page(f"http://127.0.0.1:{demo.port}/s/{link.rpartition('/')[2]}")


def test_a_database_with_other_data_is_neither_filled_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    command = Path(sys.executable).with_name("feedback-app")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
    for arguments in (
        ["db", "upgrade"],
        ["users", "add", "iemand@agentschap.example", "--role", "beheerder", "--password-stdin"],
    ):
        subprocess.run(
            [command, *arguments], cwd=tmp_path, env=kept, input="een lang wachtwoord", text=True, check=True
        )
    for options in ((), ("--reset",)):
        demo = Demo(tmp_path, free_port(), *options)
        out, _ = demo.process.communicate(timeout=120)
        assert demo.process.returncode == 1, out.decode()
        assert "no example" in out.decode()
        assert tables(tmp_path)["accounts"] == 1
