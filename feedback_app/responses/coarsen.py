"""Making rare rows of a closed wave coarser, so that a combination of features points to nobody."""

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback_app.languages import GROUPS
from feedback_app.responses.models import Remark, Response

#: what a feature becomes when even its group is rare; `vlaanderen` is no region
ANYWHERE, ANY_TYPE, ANY_LANGUAGE = "vlaanderen", "andere", "andere_taal"


def coarsen(session: Session, wave_key: str, smallest: int) -> None:
    """Coarsen responses whose region × offer type × language has fewer than `smallest` rows.

    In order, each for what is still rare: language → its group, offer type → `andere`, region →
    `vlaanderen` (and the agency with it), group → `andere_taal`. Where one agency has fewer than
    `smallest` rows in what is left, all of them lose theirs. The week goes for every row. Remarks lose
    their region where fewer than `smallest` share region and language. Flushes; the caller commits.
    """
    group = sa.case(GROUPS, value=Response.locale, else_=Response.locale)
    for change in (
        {"locale": group},
        {"offer_type": ANY_TYPE},
        {"region_key": ANYWHERE, "agency_key": ANYWHERE},  # most agencies work in one region
        {"locale": ANY_LANGUAGE},
    ):
        session.execute(
            sa.update(Response)
            .where(Response.wave_key == wave_key, _rare(wave_key, smallest))
            .values(**change)
            .execution_options(synchronize_session=False)
        )
    _coarsen_agencies(session, wave_key, smallest)
    session.execute(sa.update(Response).where(Response.wave_key == wave_key).values(week=""))
    features = (Remark.survey_key, Remark.region_key, Remark.locale)
    rare = (
        sa.select(*features)
        .where(Remark.wave_key == wave_key)
        .group_by(*features)
        .having(sa.func.count() < smallest)
    )
    session.execute(
        sa.update(Remark)
        .where(Remark.wave_key == wave_key, sa.tuple_(*features).in_(rare))
        .values(region_key=ANYWHERE)
        .execution_options(synchronize_session=False)
    )


def _coarsen_agencies(session: Session, wave_key: str, smallest: int) -> None:
    """Take the agency from every row of a combination in which one agency is rare.

    From all of them: had only the rare agency's rows lost theirs, the gap would name it.
    """
    session.execute(
        sa.update(Response)
        .where(Response.wave_key == wave_key, _rare(wave_key, smallest, Response.agency_key))
        .values(agency_key=ANYWHERE)
        .execution_options(synchronize_session=False)
    )


def _rare(wave_key: str, smallest: int, *further: InstrumentedAttribute[str]) -> sa.ColumnElement[bool]:
    """Combinations that hold a group of fewer than `smallest`, told apart by `further` features too."""
    features = (Response.survey_key, Response.region_key, Response.offer_type, Response.locale)
    rare = (
        sa.select(*features)
        .where(Response.wave_key == wave_key)
        .group_by(*features, *further)
        .having(sa.func.count() < smallest)
    )
    return sa.tuple_(*features).in_(rare)
