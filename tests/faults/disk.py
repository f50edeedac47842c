"""The disk under the database is full for a while: a disk of our own, a file system in a file, that is filled."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from feedback_app.database import db
from tests.databases import Databases
from tests.faults.count import Tally
from tests.faults.phones import Crowd
from tests.faults.place import Place
from tests.postgres import Cluster
from tests.server import Server
from tests.world import World

_AT_ONCE = 6
#: megabytes that a database asks for, with some room
_SIZES = {"sqlite": 48, "postgresql": 320}
#: seconds that the disk stays full
_LASTS = 0.4
#: and within so many all answer
_WITHIN = 0.8
#: bytes that a ballast grows by, as long as there is room
_PIECES = 8 * 1024**2, 256 * 1024, 4096


class NoDisk(RuntimeError):
    """This user may mount nothing here."""


@dataclass
class Disk:
    """A small disk."""

    path: Path
    image: Path

    def keep(self) -> None:
        """Have all that was copied here on the disk itself, as what was there for long is."""
        _run("sync", "-f", str(self.path))

    def fill(self) -> None:
        """Leave no room at all."""
        size = 0
        with (self.path / "ballast").open("ab", buffering=0) as ballast:
            for piece in _PIECES:
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(ballast.fileno(), size, piece)
                        size += piece

    def free(self) -> None:
        """Give the room back."""
        (self.path / "ballast").unlink(missing_ok=True)

    def mount(self) -> None:
        """Put it in its place."""
        _run("mount", "-o", "loop", str(self.image), str(self.path))

    def fail(self) -> None:
        """Let it turn read-only while it is written to, as a kernel does that no longer trusts it."""
        _run("mount", "-o", "remount,abort", str(self.path))

    def mend(self) -> None:
        """Take it away from who still has its files open, look it over, and put it back.

        A copy of it: the kernel would give us the one that failed, as long as a file of that is open.
        """
        _run("umount", "--lazy", str(self.path))
        failed, self.image = self.image, self.image.with_name(f"{self.image.name}-")
        shutil.copyfile(failed, self.image)
        failed.unlink()
        subprocess.run(["e2fsck", "-f", "-y", self.image], capture_output=True)
        self.mount()

    def unmount(self) -> None:
        """Take it away; nobody may have a file of it open."""
        _run("umount", str(self.path))


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """A disk of this size for as long as the block runs; NoDisk where we may mount none."""
    # in a folder that others may pass through: PostgreSQL has a user of its own
    disk = Disk(Path(tempfile.mkdtemp(prefix="feedback-disk-")), folder / "disk.img")
    with disk.image.open("wb") as image:
        image.truncate(megabytes * 1024 * 1024)
    _run("mkfs.ext4", "-q", "-m", "0", str(disk.image))
    disk.mount()
    try:
        disk.path.chmod(0o755)
        yield disk
    finally:
        disk.unmount()
        disk.path.rmdir()
        disk.image.unlink()


def full(place: Place, kind: str, rounds: int) -> Tally:
    """Again and again there is no room for a moment while people answer; the servers go on."""
    with _on_a_small_disk(place, kind, rounds) as (disk, small, world), Server(world.settings, 2) as server:
        crowd = Crowd(world, place.rng, _AT_ONCE)

        def fill() -> None:
            _forget_log(world)
            disk.fill()
            time.sleep(_LASTS)
            disk.free()
            if kind == "postgresql":
                small.databases.cluster.start()  # it gives up where it cannot write its log

        for _ in range(rounds):
            crowd.round(server.port, fill, _WITHIN)
        return crowd.tally(f"disk full, {kind}", rounds)


def read_only(place: Place, kind: str, rounds: int) -> Tally:
    """Again and again the disk turns read-only while people answer, and is mended; the servers go on."""
    with _on_a_small_disk(place, kind, rounds) as (disk, small, world), Server(world.settings, 2) as server:
        crowd = Crowd(world, place.rng, _AT_ONCE)

        def fail() -> None:
            disk.fail()
            time.sleep(_LASTS)
            if kind == "postgresql":
                small.databases.cluster.kill()
            disk.mend()
            if kind == "postgresql":
                small.databases.cluster.start()

        for _ in range(rounds):
            crowd.round(server.port, fail, _WITHIN)
        with world.app.app_context():
            db.engine.dispose()  # ours still has the disk that failed
        return crowd.tally(f"disk read-only, {kind}", rounds)


@contextmanager
def _on_a_small_disk(place: Place, kind: str, rounds: int) -> Iterator[tuple[Disk, Place, World]]:
    """An installation whose database, and nothing else, is on a small disk."""
    with small_disk(place.folder, _SIZES[kind]) as disk:
        cluster = Cluster(durable=True, on=disk.path) if kind == "postgresql" else None
        small = Place(Databases(disk.path, cluster), place.folder, place.catalogues, place.rng)
        try:
            with small.world(kind, rounds * _AT_ONCE) as world:
                disk.keep()
                yield disk, small, world
        finally:
            with suppress(OSError):
                disk.free()
            if cluster:
                cluster.start()
                cluster.stop()


def _forget_log(world: World) -> None:
    """Let SQLite's log begin anew: what it already has on the disk it could go on writing to."""
    if world.settings.embedded:
        with sqlite3.connect(str(sa.make_url(world.settings.database_url).database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NoDisk(f"{' '.join(command)}: {done.stderr.strip()}")
