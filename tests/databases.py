"""Fresh databases of both kinds, cheap enough to give every test its own.

The schema is made once per test process and kind, by the command that makes it in production; each test then
gets a copy: of a file on SQLite, of a template database on PostgreSQL.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from tests.postgres import Cluster

KINDS = ("sqlite", "postgresql")
#: long and random enough for the settings to accept; it guards nothing
SECRET = "0123456789abcdefghijklmnopqrstuvwxyzTESTS"
CONTACT_KEY = "TESTSzyxwvutsrqponmlkjihgfedcba9876543210"


class Databases:
    """Makes databases; PostgreSQL is started when the first test asks for it."""

    def __init__(self, folder: Path, running: Cluster | None = None) -> None:
        self._folder = folder
        self._running = running

    @property
    def cluster(self) -> Cluster:
        """The PostgreSQL server of this test process."""
        if self._running is None:
            self._running = Cluster()
        return self._running

    @contextmanager
    def empty(self, kind: str) -> Iterator[str]:
        """The address of a database without tables."""
        if kind == "sqlite":
            yield from self._sqlite_file(None)
        else:
            yield from self._postgresql_copy("template0")

    @contextmanager
    def migrated(self, kind: str) -> Iterator[str]:
        """The address of a database with every table and no row."""
        if kind == "sqlite":
            yield from self._sqlite_file(self._sqlite_template)
        else:
            yield from self._postgresql_copy(self._postgresql_template)

    def close(self) -> None:
        """Stop what was started."""
        if self._running is not None:
            self._running.stop()

    def _sqlite_file(self, template: Path | None) -> Iterator[str]:
        folder = self._folder / uuid4().hex
        folder.mkdir()
        path = folder / "feedback.sqlite3"
        if template:
            shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        shutil.rmtree(folder, ignore_errors=True)

    def _postgresql_copy(self, template: str) -> Iterator[str]:
        name = self.cluster.create(template)
        yield self.cluster.url(name)
        self.cluster.drop(name)

    @cached_property
    def _sqlite_template(self) -> Path:
        path = self._folder / "template.sqlite3"
        self._migrate(f"sqlite:///{path}")
        return path

    @cached_property
    def _postgresql_template(self) -> str:
        name = self.cluster.create()
        self._migrate(self.cluster.url(name))
        return name

    def _migrate(self, url: str) -> None:
        command = Path(sys.executable).with_name("feedback-app")
        environment = {
            **os.environ,
            "FEEDBACK_DATABASE_URL": url,
            "FEEDBACK_SECRET_KEY": SECRET,
            "FEEDBACK_CONTACT_KEYS": CONTACT_KEY,
            "FEEDBACK_INSTANCE_DIR": str(self._folder / "instance"),
        }
        done = subprocess.run([command, "db", "upgrade"], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"feedback-app db upgrade failed:\n{done.stdout}{done.stderr}")
