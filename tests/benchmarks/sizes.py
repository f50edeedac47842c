"""What an installation takes on PostgreSQL: bytes per response, and what partitions by wave give and cost.

`python -m tests.benchmarks.sizes [RESPONSES...]`; 200,000 unless told otherwise. It prints what docs/scaling.md says was
measured. Processor seconds are those of ours and of PostgreSQL's, and stay comparable on a busy machine.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from feedback_app.database import db
from tests.benchmarks.cost import Cost, spent
from tests.benchmarks.full_wave import fill
from tests.databases import Databases
from tests.partitioned import LET_GO, ONE_WAVE, WHOLE, type_in
from tests.postgres import Cluster
from tests.world import WAVE, World

TABLES = ("responses", "remarks", "invitations", "trajectories", "activities")
OLD = "2025-H2"
_CUT = "partitions.responses_2026_h1"
_COUNT = "SELECT region_key, count(*) FROM responses WHERE wave_key = '{wave}' GROUP BY 1"


class Sizes:
    """One database with so many responses of one wave, and as many of the wave before."""

    def __init__(self, world: World, server: int, responses: int) -> None:
        self.world, self._server, self.responses = world, server, responses

    def lines(self) -> Iterator[str]:
        """What was found, a line each."""
        yield f"{self.responses:,} responses, load {os.getloadavg()[0]:.1f}"
        self._cost(lambda: fill(self.world, self.responses))
        self._say("VACUUM ANALYZE")
        for name in TABLES:
            heap, indexes = self._ask(f"SELECT pg_table_size('{name}'), pg_indexes_size('{name}')")
            yield f"  {name}: {heap / self.responses:.0f} + {indexes / self.responses:.0f} bytes of indexes per response"
        (whole,) = self._ask("SELECT pg_database_size(current_database())")
        yield f"  everything: {whole / self.responses:.0f} bytes per response, {whole / 2**30:.2f} GiB"
        self._say(
            "INSERT INTO waves (key, starts_on, ends_on, state, opened_on)"
            f" VALUES ('{OLD}', '2025-07-01', '2025-12-31', 'open', '2025-07-01')"
        )
        self._fill_old()
        yield f"  one table: count one wave {self._cost(self._count)}"
        yield f"  one table: let go of a wave {self._cost(self._delete_old)}"
        self._fill_old()
        cut = self._cost(self._cut)
        yield f"  cut by wave: cutting {cut}, count one wave {self._cost(self._count)}"
        yield f"  cut by wave: let go of a wave {self._cost(lambda: type_in(self.world, LET_GO, OLD))}"
        heap, indexes = self._ask(f"SELECT pg_table_size('{_CUT}'), pg_indexes_size('{_CUT}')")
        yield f"  cut by wave: {heap / self.responses:.0f} + {indexes / self.responses:.0f} bytes per response"

    def _fill_old(self) -> None:
        """The wave before, with as many."""
        self._say(
            f"INSERT INTO responses SELECT md5('o' || id), '{OLD}', survey_key, fingerprint, mode, region_key, agency_key,"
            " offer_type, locale, week, complete, answers FROM responses",
            "VACUUM ANALYZE responses",
        )

    def _delete_old(self) -> None:
        self._say(f"DELETE FROM responses WHERE wave_key = '{OLD}'", "VACUUM (FULL, ANALYZE) responses")

    def _cut(self) -> None:
        type_in(self.world, WHOLE, OLD)
        for wave in (WAVE, OLD):
            type_in(self.world, ONE_WAVE, wave)
        self._say("VACUUM ANALYZE responses")

    def _count(self) -> None:
        for _ in range(5):
            self._ask(_COUNT.format(wave=WAVE))

    def _say(self, *statements: str) -> None:
        with self.world.app.app_context(), db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for one in statements:
                connection.exec_driver_sql(one)

    def _ask(self, statement: str) -> sa.Row[tuple[int, ...]]:
        with self.world.app.app_context(), db.engine.connect() as connection:
            return connection.exec_driver_sql(statement).first()  # type: ignore[return-value]

    def _cost(self, work: Callable[[], object]) -> Cost:
        return spent(self._server, work)


def main(*numbers: int) -> None:
    """Print it for each number of responses."""
    for responses in numbers or (200_000,):
        with tempfile.TemporaryDirectory() as name:
            databases = Databases(Path(name), Cluster(durable=True))
            try:
                with databases.migrated("postgresql") as url:
                    world = World(url, Path(name), Path("translations"))
                    for line in Sizes(world, databases.cluster.process_id, responses).lines():
                        print(line, flush=True)
                    world.close()
            finally:
                databases.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
