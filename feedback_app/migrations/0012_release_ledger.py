"""The release ledger: releases, and what each told for the first time.

Stands alone: imports nothing of the application, whose models may have moved on. What waves closed before
already show is entered as one release for each.
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    releases = op.create_table(
        "releases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=True),
        sa.Column("edition_id", sa.String(length=32), nullable=True),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.Column("structure", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('wave', 'edition')", name=op.f("ck_releases_kind")),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_releases_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    op.create_index(op.f("ix_releases_wave_key"), "releases", ["wave_key"])
    figures = op.create_table(
        "released_figures",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("cut", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("printed", sa.JSON(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.CheckConstraint("length(fingerprint) = 64", name=op.f("ck_released_figures_fingerprint_form")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_released_figures_release_id_releases")
        ),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_released_figures_wave_key_waves")),
        sa.PrimaryKeyConstraint(
            "wave_key",
            "survey_key",
            "item_key",
            "cut",
            "member",
            "fingerprint",
            name=op.f("pk_released_figures"),
        ),
    )
    op.create_index(op.f("ix_released_figures_release_id"), "released_figures", ["release_id"])
    _enter_what_is_out(releases, figures)


def _enter_what_is_out(releases: sa.Table, figures: sa.Table) -> None:
    """Enter what waves that closed earlier show already."""
    database = op.get_bind()
    keys = ("wave_key", "survey_key", "cut", "member", "policy_version")
    plain = [sa.column(name) for name in keys]
    statistics = sa.select(*plain, sa.column("item_key"), sa.column("statistic", sa.JSON)).select_from(
        sa.table("published_statistics")
    )
    people = sa.select(*plain, sa.literal("@participation"), sa.column("participation", sa.JSON)).select_from(
        sa.table("published_participation")
    )
    out: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for query in (statistics, people):
        for wave, survey, cut, member, version, item, printed in database.execute(query):
            if not any(printed.get(name) for name in ("base", "invited", "answered")):
                continue
            text = json.dumps(printed, sort_keys=True, separators=(",", ":"))
            row = {
                "wave_key": wave,
                "survey_key": survey,
                "item_key": item,
                "cut": cut,
                "member": member,
                "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
                "printed": printed,
                "cells": [[cut, member]],
            }
            out.setdefault((wave, survey, version), []).append(row)
    for (wave, survey, version), rows in out.items():
        release = secrets.token_hex(16)
        op.bulk_insert(
            releases,
            [
                {
                    "id": release,
                    "wave_key": wave,
                    "survey_key": survey,
                    "kind": "wave",
                    "released_at": datetime.now(UTC),
                    "policy_version": version,
                    "figures": len(rows),
                    "structure": {"rolled": {}, "blocks": {"answers": [], "asked": []}},
                }
            ],
        )
        op.bulk_insert(figures, [{**row, "release_id": release} for row in rows])


def downgrade() -> None:
    op.drop_index(op.f("ix_released_figures_release_id"), table_name="released_figures")
    op.drop_table("released_figures")
    op.drop_index(op.f("ix_releases_wave_key"), table_name="releases")
    op.drop_table("releases")
