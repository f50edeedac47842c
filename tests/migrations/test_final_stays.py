"""Nothing writes over a final edition or takes a release back, whatever statement somebody finds for it."""

import pytest
import sqlalchemy as sa

from feedback_app.reports.models import Edition, EditionRelease
from tests.migrations.test_migrations import differences, move, structure, upgraded
from tests.world import WAVE, World

__all__ = ["upgraded"]  # the fixture
BEFORE = "0022"
_ROW = (
    "INTO editions (id, wave_key, locale, state, compiled_at, content, content_hash, pdf, replaces_id, reason)"
    " VALUES ('{id}', :wave, 'nl', 'final', '2026-08-01 00:00:00+00:00', '{{}}', 'false', 'x', {old}, '{why}')"
)
_OVERWRITING = {
    "sqlite": (
        f"INSERT OR REPLACE {_ROW.format(id='second', old='NULL', why='')}",
        f"INSERT OR REPLACE {_ROW.format(id='other', old=repr('first'), why='x')}",
        "UPDATE OR REPLACE editions SET id = 'second' WHERE id = 'draft' AND wave_key = :wave",
        "INSERT OR REPLACE INTO edition_releases SELECT edition_id, 'other', released_at FROM edition_releases"
        " WHERE :wave <> ''",
        # the hidden row number is a key too
        "REPLACE INTO editions (rowid, id, wave_key, locale, state, compiled_at, content, content_hash, pdf)"
        " SELECT kept.rowid, 'third', wave_key, locale, 'draft', compiled_at, content, content_hash, pdf"
        " FROM editions AS kept WHERE id = 'first' AND wave_key = :wave",
        "UPDATE OR REPLACE editions SET rowid = (SELECT rowid FROM editions WHERE id = 'first')"
        " WHERE id = 'draft' AND wave_key = :wave",
        "REPLACE INTO edition_releases (rowid, edition_id, account_id, released_at)"
        " SELECT rowid, 'first', 'other', released_at FROM edition_releases WHERE :wave <> ''",
    ),
    "postgresql": ("TRUNCATE editions CASCADE", "TRUNCATE edition_releases"),
}


def test_no_statement_writes_over_what_is_final_or_released(upgraded: World) -> None:
    upgraded.open()
    newer = structure(upgraded)
    facts = {"wave_key": WAVE, "locale": "nl", "content": {}, "content_hash": "y", "pdf": b"%PDF"}
    with upgraded.session() as session:
        session.add(Edition(id="ours", state="final", region_key="gent", **facts))
        session.add_all((Edition(id="first", state="final", **facts), Edition(id="draft", **facts)))
        session.add(Edition(id="second", state="final", replaces_id="first", reason="Fout.", **facts))
        session.flush()
        session.add(EditionRelease(edition_id="second", account_id="wie"))
        session.commit()
        kept = upgraded.dump()
        for statement in (
            *_OVERWRITING[session.get_bind().dialect.name],
            "UPDATE edition_releases SET account_id = 'other' WHERE :wave <> ''",
            "DELETE FROM edition_releases WHERE :wave <> ''",
        ):
            with pytest.raises(sa.exc.IntegrityError, match="never"):
                session.execute(sa.text(statement), {"wave": WAVE} if ":wave" in statement else {})
            session.rollback()
        for refused, words in (
            (Edition(state="final", **facts), "final"),
            (Edition(state="final", region_key="gent", **facts), "final"),
            (EditionRelease(edition_id="draft", account_id="wie"), "only a final"),
        ):
            session.add(refused)
            with pytest.raises(sa.exc.IntegrityError, match=words):
                session.commit()
            session.rollback()
    assert upgraded.dump() == kept
    for before in ("0026", BEFORE):
        move(upgraded, before)
        move(upgraded)
        assert upgraded.dump() == kept
    assert structure(upgraded) == newer and differences(upgraded) == []
