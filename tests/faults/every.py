"""Every fault by name, and how many times it is tried for each hundred rounds asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.databases import KINDS
from tests.faults import clock, database, deploy, disk, send, web, work
from tests.faults.count import Tally
from tests.faults.place import Place


@dataclass(frozen=True)
class Fault:
    """One fault; `share` is less than one where a round takes many seconds."""

    name: str
    run: Callable[[Place, int], Tally]
    share: float = 1.0

    def rounds(self, asked: int) -> int:
        """How often it happens when so many rounds are asked for."""
        return max(1, round(asked * self.share))


def every_fault() -> Iterator[Fault]:
    """In the order of the table."""
    for kind in KINDS:
        yield Fault(f"web-process-{kind}", partial(_on, web.worker_killed, kind))
        yield Fault(f"web-server-{kind}", partial(_on, web.server_killed, kind))
    yield Fault("database-connection", database.connection_killed)
    yield Fault("database-server", database.database_killed)
    yield Fault("database-away", database.database_away, 0.01)
    for kind in KINDS:
        yield Fault(f"worker-{kind}", partial(_on, work.worker_killed, kind))
        yield Fault(f"closing-{kind}", partial(_on, work.closing_killed, kind), 0.2)
    yield Fault("worker-database", work.database_killed)
    for kind in KINDS:
        yield Fault(f"sending-{kind}", partial(_on, send.sender_killed, kind))
    yield Fault("sending-database", send.database_killed)
    for where in clock.PLACES:
        yield Fault(f"clock-web-{where}", partial(_on, clock.web_jumps, where))
        yield Fault(f"clock-worker-{where}", partial(_on, clock.worker_jumps, where), 0.2)
    yield Fault("clock-own-pace", clock.real_worker_jumps, 0.01)
    for kind in KINDS:
        yield Fault(f"disk-full-{kind}", partial(_on, disk.full, kind), 0.2)
        yield Fault(f"disk-read-only-{kind}", partial(_on, disk.read_only, kind), 0.1)
    for kind in KINDS:
        yield Fault(f"migration-{kind}", partial(_on, deploy.migration_interrupted, kind), 0.2)
        yield Fault(f"deploys-{kind}", partial(_on, deploy.two_deploys, kind), 0.05)


def _on(run: Callable[[Place, str, int], Tally], kind: str, place: Place, rounds: int) -> Tally:
    return run(place, kind, rounds)
