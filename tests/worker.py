"""A real `feedback-app worker` for tests, which can be held still to look at work in progress."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from feedback_app.settings import Settings
from tests.server import environment_of


class Worker:
    """Does queued work until the block ends; `more` is added to its environment."""

    def __init__(self, settings: Settings, more: Mapping[str, str] | None = None) -> None:
        self._environment = {**environment_of(settings), **(more or {})}
        self._log = settings.instance_dir / "worker.log"

    def __enter__(self) -> "Worker":
        self.start()
        return self

    def start(self) -> None:
        """Begin to work, also again after the end."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("feedback-app"), "worker"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.go_on()
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def loaded(self) -> str:
        """The files that it holds in memory."""
        return Path(f"/proc/{self._process.pid}/maps").read_text(encoding="utf-8")

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def hold(self) -> None:
        """Hold it still in the middle of what it does."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)
