"""Reading what was published: what every page, export and report builds on. Never reads a count."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.models import PublishedParticipation, PublishedStatistic
from feedback_app.analysis.statistic import Band, Participation, Share, State, Statistic


def read_statistics(
    session: Session, wave_key: str, survey_key: str, *, cut: str = "flanders", member: str | None = None
) -> list[Statistic]:
    """Published statistics of one cut (and one member of it); none while the wave is open."""
    query = sa.select(PublishedStatistic.statistic).where(
        PublishedStatistic.wave_key == wave_key,
        PublishedStatistic.survey_key == survey_key,
        PublishedStatistic.cut == cut,
    )
    if member is not None:
        query = query.where(PublishedStatistic.member == member)
    ordered = query.order_by(PublishedStatistic.member, PublishedStatistic.item_key)
    return [statistic_from(data) for data in session.scalars(ordered)]


def published_item(session: Session, item_key: str, *, prefer: str) -> tuple[str, str] | None:
    """Wave and survey of the newest published figures of a question; of two surveys, the preferred one."""
    query = (
        sa.select(PublishedStatistic.wave_key, PublishedStatistic.survey_key)
        .where(PublishedStatistic.item_key == item_key)
        .distinct()
    )
    found = [(wave, survey) for wave, survey in session.execute(query)]
    return max(found, key=lambda one: (one[1] == prefer, one[0], one[1]), default=None)


def read_participation(
    session: Session, wave_key: str, survey_key: str, *, cut: str | None = None
) -> list[Participation]:
    """Published participation of every group (or of one cut's); none while the wave is open."""
    query = sa.select(PublishedParticipation.participation).where(
        PublishedParticipation.wave_key == wave_key, PublishedParticipation.survey_key == survey_key
    )
    if cut is not None:
        query = query.where(PublishedParticipation.cut == cut)
    ordered = query.order_by(PublishedParticipation.cut, PublishedParticipation.member)
    return [participation_from(data) for data in session.scalars(ordered)]


def policy_version(session: Session, wave_key: str) -> str:
    """The version of the publication policy under which a wave's figures were published."""
    query = sa.select(PublishedStatistic.policy_version).where(PublishedStatistic.wave_key == wave_key)
    return session.scalars(query.limit(1)).one()


def participation_from(data: dict[str, Any]) -> Participation:
    """A participation from its stored form."""
    outcomes = tuple((code, count) for code, count in data["outcomes"])
    return Participation(**{**data, "outcomes": outcomes})


def statistic_from(data: dict[str, Any]) -> Statistic:
    """A statistic from its stored form."""
    values = dict(data)
    values["state"] = State(values["state"])
    values["band"] = Band(values["band"]) if values["band"] else None
    values["shares"] = tuple(Share(**share) for share in values["shares"])
    return Statistic(**values)
