"""Where things break: an installation on a real database with an open wave, many links and real servers."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tests.databases import Databases
from tests.world import Person, World


@dataclass
class Place:
    """What a fault needs: databases whose server may die, a folder, catalogues, and chance that can be repeated."""

    databases: Databases
    folder: Path
    catalogues: Path
    rng: random.Random

    @contextmanager
    def world(self, kind: str, people: int = 0, **settings: object) -> Iterator[World]:
        """An installation with an open wave in which so many newcomers were asked."""
        with self.databases.migrated(kind) as url, self.on(url, **settings) as made:
            if people:
                made.open([Person(partners=()) for _ in range(people)])
            yield made

    @contextmanager
    def on(self, url: str, **settings: object) -> Iterator[World]:
        """An installation on this database, with a folder of its own."""
        made = World(url, self.folder / f"{self.rng.getrandbits(64):016x}", self.catalogues, **settings)
        try:
            yield made
        finally:
            made.close()

    @contextmanager
    def copy(self, world: World) -> Iterator[World]:
        """An installation with the same in its database; nobody may use that one meanwhile."""
        world.close()
        url = sa.make_url(world.settings.database_url)
        if world.settings.embedded:
            file = self.folder / f"{self.rng.getrandbits(64):016x}.sqlite3"
            # not the file alone: what was written last may still be in its log
            with closing(sqlite3.connect(str(url.database))) as there, closing(sqlite3.connect(file)) as here:
                there.backup(here)
            with self.on(f"sqlite:///{file}") as made:
                yield made
            for one in self.folder.glob(f"{file.name}*"):
                one.unlink()
            return
        name = self.databases.cluster.create(str(url.database))
        with self.on(self.databases.cluster.url(name)) as made:
            yield made
        self.databases.cluster.drop(name)
