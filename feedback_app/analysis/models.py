"""Tables: how far an open wave is, and what is left of it after it closed: frozen counts, and what the policy
let out of them.

`frozen_*` is read by `analysis.publish` and `analysis.wave_figures` alone; every page, report and export
reads `published_*`, or `pattern_*`.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.analysis.proposal import Verdict
from feedback_app.database import Base, UtcDateTime, now, one_of, random_id

#: the pseudo value under which `FrozenCount` holds the people who chose at least one option
PEOPLE = "*"


class ResponseSnapshot(Base):
    """What became of an open wave's invitations, as all processes show it until the next five minutes.

    Counts only: cut → member → column → number (see `analysis.snapshot`).
    """

    __tablename__ = "response_snapshots"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class FrozenGroup(Base):
    """One group of a closed wave: AAPOR counts, and how many answers each (unnamed) organisation gave."""

    __tablename__ = "frozen_groups"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    cut: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    member: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    outcomes: Mapped[dict[str, int]] = mapped_column(sa.JSON)  # I P R NC O UH UO NE
    organisations: Mapped[list[int]] = mapped_column(sa.JSON)


class FrozenCount(Base):
    """How many people of a group gave one value to one item."""

    __tablename__ = "frozen_counts"
    __table_args__ = (sa.CheckConstraint("count > 0", name="count_positive"),)

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    cut: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    member: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    item_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    count: Mapped[int]


class PublishedStatistic(Base):
    """One `Statistic` as the policy let it out, once and for all."""

    __tablename__ = "published_statistics"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    cut: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    member: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    item_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    statistic: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    policy_version: Mapped[str] = mapped_column(sa.String(20))


class PublishedParticipation(Base):
    """One group's `Participation` (invited, answered, response rates) as the policy let it out."""

    __tablename__ = "published_participation"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    cut: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    member: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    participation: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    policy_version: Mapped[str] = mapped_column(sa.String(20))


class Release(Base):
    """One time figures went out: a wave that closed (from then on on pages and in files), or an edition.

    structure: which kinds of activity were rolled up, and which agencies and regions are the same people.
    policy: the values in force, by which its figures are read ever after; none where they were not noted yet.
    """

    __tablename__ = "releases"
    __table_args__ = (one_of("kind", ("wave", "edition"), "kind"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), index=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(10))
    released_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    edition_id: Mapped[str | None] = mapped_column(sa.String(32))
    policy_version: Mapped[str] = mapped_column(sa.String(20))
    policy: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    figures: Mapped[int]  # how many groups of figures it holds, those that were out already included
    structure: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class ReleasedFigure(Base):
    """What one release told of one question in one group for the first time; never changed, never removed.

    cells: the groups of people it stands for, as cut and member. item_key "@participation": who answered.
    """

    __tablename__ = "released_figures"
    __table_args__ = (sa.CheckConstraint("length(fingerprint) = 64", name="fingerprint_form"),)

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    item_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    cut: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    member: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    printed: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    cells: Mapped[list[list[str]]] = mapped_column(sa.JSON)
    release_id: Mapped[str] = mapped_column(sa.ForeignKey("releases.id"), index=True)


class PatternRun(Base):
    """One search for patterns in a closed wave; `snapshot` names the counts it was made on (a keyed hash)."""

    __tablename__ = "pattern_runs"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    snapshot: Mapped[str] = mapped_column(sa.String(64))
    policy_version: Mapped[str] = mapped_column(sa.String(20))
    found_on: Mapped[date]


class PatternTest(Base):
    """One test of a run, also of those that found nothing, as it may be seen (`analysis.proposal`)."""

    __tablename__ = "pattern_tests"
    __table_args__ = (one_of("verdict", tuple(Verdict), "verdict"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(
        sa.ForeignKey("pattern_runs.wave_key", ondelete="CASCADE"), index=True
    )
    verdict: Mapped[str] = mapped_column(sa.String(24))
    proposal: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
