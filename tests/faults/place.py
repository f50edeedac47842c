"""Where things break: an installation on a real database with an open wave, many links and real servers."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
        with self.databases.migrated(kind) as url:
            folder = self.folder / f"{kind}-{self.rng.getrandbits(32):08x}"
            made = World(url, folder, self.catalogues, **settings)
            try:
                if people:
                    made.open([Person(partners=()) for _ in range(people)])
                yield made
            finally:
                made.close()
