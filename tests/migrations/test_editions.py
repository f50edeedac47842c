"""What surrounds an edition comes and goes on both databases; a final one stays as it is."""

import pytest
import sqlalchemy as sa

from feedback_app.reports.models import Arrangement, Edition, EditionRelease
from tests.migrations.test_migrations import differences, move, structure, upgraded
from tests.world import WAVE, World

__all__ = ["upgraded"]  # the fixture
#: the migration before
BEFORE = "0021"
_OLD = (
    "INSERT INTO editions (id, wave_key, locale, state, compiled_at, content, content_hash, pdf)"
    " VALUES (:id, :wave, 'nl', :state, '2026-08-01 00:00:00+00:00', '{}', 'x', :pdf)"
)


def test_final_editions_of_before_are_kept_and_guarded(upgraded: World) -> None:
    upgraded.open()
    newer = structure(upgraded)
    move(upgraded, BEFORE)
    gone = {"arrangements", "edition_releases", "edition_notices", "edition_readers"}
    assert gone <= newer.keys() - structure(upgraded).keys()
    with upgraded.session() as session:
        for state in ("draft", "final"):
            given = {"id": state, "wave": WAVE, "state": state, "pdf": b"%PDF"}
            session.execute(sa.text(_OLD), given)
        session.commit()
    before = upgraded.dump()["editions"]
    move(upgraded)
    assert structure(upgraded) == newer and differences(upgraded) == []
    facts = {"wave_key": WAVE, "locale": "nl", "content": {}, "content_hash": "y", "pdf": b"%PDF"}
    with upgraded.session() as session:
        session.execute(sa.update(Edition).where(Edition.id == "draft").values(content_hash="z"))
        session.add(EditionRelease(edition_id="final", account_id="wie"))
        session.add(Arrangement(wave_key=WAVE, level="gent", locale="nl", choices={}, earlier=[]))
        session.add(Edition(id="new", state="final", replaces_id="final", reason="Fout.", **facts))
        session.commit()
        final = Edition.id == "final"
        for refused in (
            sa.update(Edition).where(final).values(content_hash="z"),
            sa.update(Edition).where(final).values(state="draft"),
            sa.delete(Edition).where(final),
        ):
            with pytest.raises(sa.exc.IntegrityError, match="never"):
                session.execute(refused)
            session.rollback()
        for more in ({"replaces_id": "final", "reason": "Nog een."}, {"replaces_id": "x"}, {"reason": "x"}):
            session.add(Edition(state="final", **facts, **more))
            with pytest.raises(sa.exc.IntegrityError):
                session.commit()
            session.rollback()
        session.execute(sa.delete(Edition).where(Edition.id == "draft"))
        session.commit()
    move(upgraded, BEFORE)
    kept = {row[0]: row for row in upgraded.dump()["editions"]}
    assert kept.keys() == {"final", "new"} and kept["final"] in before
    move(upgraded)
    assert structure(upgraded) == newer
