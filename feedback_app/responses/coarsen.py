"""Making rare rows of a closed wave coarser, so that a combination of features points to nobody."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.invitations.models import RegionalQuestionnaire, WaveQuestionnaire
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.versions import load_version
from feedback_app.responses.cells import CELLS, RESPONSES, in_cell
from feedback_app.responses.models import Remark, Response

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
        _change(session, _rare(smallest), change)
    # From all of a combination: had only the rare agency's rows lost theirs, the gap would name it.
    _change(session, _rare(smallest, CELLS.c.agency_key), {"agency_key": ANYWHERE})
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


def _change(session: Session, rare: sa.ColumnElement[bool], change: Change) -> None:
    session.execute(sa.update(CELLS).where(rare).values(**change))


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
    narrow = sa.or_(CELLS.c.region_key == ANYWHERE, _rare(smallest, CELLS.c.fingerprint))
    cells = sa.and_(CELLS.c.fingerprint.in_(core), narrow)
    _forget_answers(session, sa.and_(in_cell(wave_key), cells), own)
    same = sa.case(core, value=CELLS.c.fingerprint, else_=CELLS.c.fingerprint)
    _change(session, cells, {"fingerprint": same})


def _forget_answers(session: Session, there: sa.ColumnElement[bool], items: Collection[str]) -> None:
    """Take out what people there answered to some questions, before rows are written anew."""
    found = session.execute(sa.select(RESPONSES.c.id, RESPONSES.c.answers).join(CELLS, there)).all()
    for rows in in_chunks(found, 5000):
        left = [
            {"id": key, "answers": {item: said for item, said in answers.items() if item not in items}}
            for key, answers in rows
        ]
        session.execute(sa.update(Response), left)


def _rare(smallest: int, *further: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Combinations that hold a group of fewer than `smallest`, told apart by `further` features too."""
    features = (CELLS.c.survey_key, CELLS.c.region_key, CELLS.c.offer_type, CELLS.c.locale)
    rare = sa.select(*features).group_by(*features, *further).having(sa.func.sum(CELLS.c.people) < smallest)
    return sa.tuple_(*features).in_(rare)
