"""A real PostgreSQL for the tests: a cluster of our own on a socket in a temporary folder, gone afterwards.

The server is a direct child of the test process and gets a signal from the kernel when its parent dies, so
that an interrupted run leaves nothing behind. It listens on no network address.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from tests.processes import children_of, until_gone

_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "60",
    # As docs/operate.md asks for: else files of the log come back with what was destroyed in them; and so that
    # nobody waits for a new one to be filled with zeros, and the server's log repeats no row that it refuses.
    "wal_recycle": "off",
    "wal_init_zero": "off",
    "log_error_verbosity": "terse",
    # A bare container may have no /dev/shm of any size.
    "dynamic_shared_memory_type": "mmap",
}
# Quick because a test's data may be lost, and its databases are too small and too short-lived to be tidied, to be
# copied elsewhere or to have queries compiled for them; the rest stays as it is in production.
_TEST_SPEED = {
    "shared_buffers": "32MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "64MB",
}
_START_SECONDS = 60


class PostgresMissing(RuntimeError):
    """No PostgreSQL server is installed here; the message says what to type."""


class Cluster:
    """One running PostgreSQL server with trust authentication; `durable` as in production, `on` some disk.

    `more` is added to the environment of its processes.
    """

    def __init__(
        self, *, durable: bool = False, on: Path | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        self._more = [f"{name}={value}" for name, value in (more or {}).items()]
        self._options = {**_OPTIONS, **({} if durable else _TEST_SPEED)}
        self._programs = find_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="feedback-pg-", dir=on))
        self._user = _unprivileged_user()
        if self._user:
            shutil.chown(self._folder, self._user)
        try:
            self._initialise()
            self._server = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    @property
    def data(self) -> Path:
        """The folder with everything that the server keeps."""
        return self._folder / "data"

    @property
    def process_id(self) -> int:
        """The server's own process, parent of one for each connection."""
        return self._server.pid

    def url(self, database: str) -> str:
        """The SQLAlchemy address of one database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database, empty or as a copy of another, and return its name."""
        name = f"t_{secrets.token_hex(6)}"
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, also when something still holds a connection to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def stop(self) -> None:
        """Stop the server by its own process id and remove its files."""
        self.halt()
        shutil.rmtree(self._folder, ignore_errors=True)

    def halt(self) -> None:
        """Stop the server as an administrator does, who will `start` it again."""
        self._server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
        try:
            self._server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()

    def backends(self) -> list[int]:
        """The processes that serve one connection each."""
        return [pid for pid in children_of(self.process_id) if b" [local] " in _told_by(pid)]

    def kill(self) -> None:
        """End the server's first process as a fault in it would; the others notice, and go."""
        others = children_of(self.process_id)
        self._server.kill()
        self._server.wait()
        until_gone(others)  # as long as one holds the shared memory, no new server starts

    def start(self) -> None:
        """Serve again what there was, unless it still does."""
        if self._server.poll() is not None:
            self._server = self._start()

    def _execute(self, statement: str, *names: str) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", autocommit=True)

    def _as_user(self, *command: str | Path) -> list[str]:
        switch = ["--reuid", self._user, "--regid", self._user, "--clear-groups"] if self._user else []
        return ["setpriv", "--pdeathsig", "INT", *switch, "--", *map(str, command)]

    def _initialise(self) -> None:
        command = self._as_user(
            self._programs / "initdb",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--lc-collate=C",  # as docs/operate.md makes it
            "--lc-ctype=C.UTF-8",
            "--no-sync",
            "--pgdata",
            self._folder / "data",
        )
        made = subprocess.run(command, capture_output=True, text=True, cwd="/")
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")

    def _start(self) -> "subprocess.Popen[bytes]":
        options = [f"--{name}={value}" for name, value in self._options.items()]
        command = self._as_user(
            *("env", *self._more),  # not before the user changes
            self._programs / "postgres",
            *("-D", self._folder / "data", "-k", self._folder),
            *options,
        )
        log = (self._folder / "log").open("ab")
        with log:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        self._wait_until_ready(server)
        return server

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError as error:
                if server.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                server.kill()
                server.wait()
                told = (self._folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start:\n{told}") from error


def _told_by(pid: int) -> bytes:
    """What a process of PostgreSQL says that it does."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def find_programs() -> Path:
    """The folder with initdb and postgres: Debian keeps them off the path, newest version last."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)
    on_path = shutil.which("initdb")
    candidates = [*reversed(folders), *([Path(on_path).resolve().parent] if on_path else [])]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresMissing("No PostgreSQL server found. Type: sudo apt-get install postgresql")


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


def _unprivileged_user() -> str:
    """Who runs the server: PostgreSQL refuses root, so then the package's own user or nobody."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)
