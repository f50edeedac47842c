"""A real web server on a free port of this machine, for tests that need a process or a browser.

It is what `feedback-app serve` becomes, without the command before it, which loads everything to look at the
database once: half of what a start takes. A `Service` begins with the command.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from feedback_app.operate import FRUGAL, LEAN
from feedback_app.settings import Settings
from tests.processes import children_of, until_gone

_START_SECONDS = 60


class Server:
    """Serves with the given settings until the block ends; `kill` ends it as a power cut would.

    `more` is added to its environment.
    """

    #: what runs
    module = "feedback_app.server"

    def __init__(self, settings: Settings, workers: int = 1, more: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = environment_of(settings.but(base_url=self.url))
        self._environment = {**FRUGAL, **own, **(more or {})}
        self._workers = workers
        self._log = settings.instance_dir / f"server-{self.port}.log"

    def __enter__(self) -> "Server":
        self.start()
        return self

    def start(self) -> None:
        """Begin to serve, also again after the end: on the same port, with what was stored."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Begin to serve, without waiting for it."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                # the kernel tells it when the tests die, so that an interrupted run leaves nothing behind
                ["setpriv", "--pdeathsig", "TERM", "--", *self.command()],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a group of its own, so that its workers can be ended with it
            )

    def command(self) -> list[str]:
        """What is started."""
        where = f"127.0.0.1:{self.port}"
        return [sys.executable, *LEAN, "-m", self.module, where, str(self._workers), "4"]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End as an update of the service does: what is being answered is answered first."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()

    @property
    def pid(self) -> int:
        """The process that started the workers."""
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return children_of(self.pid)

    def kill(self) -> None:
        """End the server and its workers at once, without a word."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_first(self) -> None:
        """End the process that started the workers; these notice within a second and go by themselves."""
        orphans = self.workers
        self._process.kill()
        self._process.wait()
        until_gone(orphans)

    def wait_until_ready(self) -> None:
        """Wait until it answers; RuntimeError with its log when it does not."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urlopen(f"{self.url}/health/ready", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        self._process.kill()
        raise RuntimeError(f"the server did not start:\n{self._log.read_text()}")


class Service(Server):
    """As people start it."""

    def command(self) -> list[str]:
        """The command that becomes the server."""
        program = str(Path(sys.executable).with_name("feedback-app"))
        return [program, "serve", "--bind", f"127.0.0.1:{self.port}", "--workers", str(self._workers)]


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that describes these settings to a command."""
    given = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "CONTACT_KEYS": " ".join(settings.contact_keys),
        "BASE_URL": settings.base_url,
        "INSTANCE_DIR": str(settings.instance_dir),
        "SURVEYS_DIR": str(settings.surveys_dir),
        "TRANSLATIONS_DIR": str(settings.translations_dir),
        "DRAFT_LANGUAGES": " ".join(sorted(settings.draft_languages)),
        "HELP_ADDRESSES": "|".join(settings.help_addresses),
        "LEAKED_PASSWORDS": str(settings.leaked_passwords or ""),
        "SECOND_FACTOR": "required" if settings.second_factor else "off",
        "EXAMPLE": "1" if settings.example else "",
        "SMTP_URL": settings.smtp_url,
        "IMAP_URL": settings.imap_url,
        "SMS_URL": settings.sms_url,
        "SMS_TEMPLATE": settings.sms_template,
        "SMS_WEBHOOK_SECRET": settings.sms_webhook_secret,
        "WEBHOOK_NETWORKS": " ".join(settings.webhook_networks),
        "OUTBOX_DIR": str(settings.outbox_dir or ""),
        "LOG_FORMAT": settings.log_format,
        "TRANSLATE_WITH": settings.translate_with,
        "TRANSLATE_URL": settings.translate_url,
        "PRIVACY_OFFICER": settings.privacy_officer,
        "HOSTING": settings.hosting,
        "PROCESSORS": "|".join(settings.processors),
        "BACKUP_DAYS": "" if settings.backup_days is None else str(settings.backup_days),
        "RESPONSIBLE": settings.responsible,
        "CONTACT": settings.contact,
        "LINK_DAYS": str(settings.timetable.link_days),
        "METRICS_TOKEN": settings.metrics_token,
        "TRUSTED_PROXIES": str(settings.trusted_proxies),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
    return kept | {f"FEEDBACK_{name}": value for name, value in given.items()}


def post(server: Server, token: str, answers: Mapping[str, Any]) -> str:
    """Answer over a real connection; the page that came back."""
    body = urlencode(answers, doseq=True).encode()
    try:
        with urlopen(Request(f"{server.url}/s/{token}", data=body), timeout=60) as reply:
            return str(reply.read().decode())
    except HTTPError as refused:
        return refused.read().decode()
