"""Reading the tests of a closed wave, as they may be seen; light, for pages and commands."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.models import PatternRun, PatternTest
from feedback_app.analysis.proposal import Proposal, from_stored


def read_run(session: Session, wave_key: str) -> PatternRun | None:
    """When and on what the tests of a wave were made; None where none were."""
    return session.get(PatternRun, wave_key)


def read_tests(session: Session, wave_key: str) -> list[tuple[str, Proposal]]:
    """Every test of a wave with its key, in a fixed order; none while the wave is open."""
    query = sa.select(PatternTest.id, PatternTest.proposal).where(PatternTest.wave_key == wave_key)
    found = [(key, from_stored(data)) for key, data in session.execute(query)]
    return sorted(found, key=lambda pair: pair[1].key)


def read_test(session: Session, test_id: str) -> tuple[str, str, Proposal] | None:
    """One test: its wave, the snapshot it was made on, and the proposal."""
    query = (
        sa.select(PatternTest.wave_key, PatternRun.snapshot, PatternTest.proposal)
        .join(PatternRun, PatternRun.wave_key == PatternTest.wave_key)
        .where(PatternTest.id == test_id)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], from_stored(row[2]))
