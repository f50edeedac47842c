"""Making rare rows of a closed wave coarser, so that a combination of features points to nobody."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import RegionalQuestionnaire, WaveQuestionnaire
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.versions import load_version
from feedback_app.responses.cells import CELLS, KEYS
from feedback_app.responses.models import Answer, Remark

#: what a feature becomes when even its group is rare; `vlaanderen` is no region
ANYWHERE, ANY_TYPE, ANY_LANGUAGE = "vlaanderen", "andere", "andere_taal"

Change = Mapping[str, str | sa.ColumnElement[str]]


def coarsen(session: Session, wave_key: str, smallest: int) -> None:
    """Coarsen responses whose region × offer type × language has fewer than `smallest` rows.

    In order, each for what is still rare: language → its group, offer type → `andere`, region →
    `vlaanderen` (and the agency with it), group → `andere_taal`. Where one agency has fewer than
    `smallest` rows in what is left, all of them lose theirs. Answers to a region's own questions go where
    they would tell what is coarsened. Remarks lose their region where fewer than `smallest` share region and
    language. Works on the cells (call `sort_into_cells` first): responses become what their cell is when they
    are rewritten. Flushes; the caller commits.
    """
    group = sa.case(GROUPS, value=CELLS.c.locale, else_=CELLS.c.locale)
    changes: tuple[Change, ...] = (
        {"locale": group},
        {"offer_type": ANY_TYPE},
        {"region_key": ANYWHERE, "agency_key": ANYWHERE},  # most agencies work in one region
        {"locale": ANY_LANGUAGE},
    )
    for change in changes:
        _change(session, wave_key, _rare(wave_key, smallest), change)
    # From all of a combination: had only the rare agency's rows lost theirs, the gap would name it.
    _change(session, wave_key, _rare(wave_key, smallest, CELLS.c.agency_key), {"agency_key": ANYWHERE})
    _drop_regional(session, wave_key, smallest)
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


def _change(session: Session, wave_key: str, rare: sa.ColumnElement[bool], change: Change) -> None:
    session.execute(sa.update(CELLS).where(CELLS.c.wave_key == wave_key, rare).values(**change))


def _drop_regional(session: Session, wave_key: str, smallest: int) -> None:
    """Take a region's own answers, and that its edition was asked, from rows that these would narrow down.

    From those that lost their region: the questions would tell it. And from every row of a combination in
    which the edition, or what everybody is asked, is rare: an edition does not come in every language, so it
    could tell one of the group's.
    """
    regional = (
        sa.select(RegionalQuestionnaire.fingerprint, WaveQuestionnaire.fingerprint)
        .join(
            WaveQuestionnaire,
            sa.and_(
                WaveQuestionnaire.wave_key == RegionalQuestionnaire.wave_key,
                WaveQuestionnaire.survey_key == RegionalQuestionnaire.survey_key,
            ),
        )
        .where(RegionalQuestionnaire.wave_key == wave_key)
    )
    core = dict(session.execute(regional).all())
    if not core:
        return
    own = [item.key for name in core for item in load_version(session, name).survey.regional]
    narrow = sa.or_(CELLS.c.region_key == ANYWHERE, _rare(wave_key, smallest, CELLS.c.fingerprint))
    cells = sa.and_(CELLS.c.fingerprint.in_(core), narrow)
    _forget_answers(session, wave_key, cells, own)
    same = sa.case(core, value=CELLS.c.fingerprint, else_=CELLS.c.fingerprint)
    _change(session, wave_key, cells, {"fingerprint": same})


def _forget_answers(
    session: Session, wave_key: str, cells: sa.ColumnElement[bool], items: Sequence[str]
) -> None:
    """Delete what the people of these cells answered to some questions, before rows are written anew."""
    people = (
        sa.select(KEYS.c.id)
        .join(CELLS, CELLS.c.cell == KEYS.c.cell)
        .where(CELLS.c.wave_key == wave_key, cells)
    )
    answers = sa.delete(Answer).where(Answer.response_id.in_(people), Answer.item_key.in_(items))
    session.execute(answers.execution_options(synchronize_session=False))


def _rare(wave_key: str, smallest: int, *further: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Combinations that hold a group of fewer than `smallest`, told apart by `further` features too."""
    features = (CELLS.c.survey_key, CELLS.c.region_key, CELLS.c.offer_type, CELLS.c.locale)
    rare = (
        sa.select(*features)
        .where(CELLS.c.wave_key == wave_key)
        .group_by(*features, *further)
        .having(sa.func.sum(CELLS.c.people) < smallest)
    )
    return sa.tuple_(*features).in_(rare)
