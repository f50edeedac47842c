"""Which editions there are, and who may see and make which; the compiling itself is the worker's."""

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Wave
from feedback_app.reports.models import Edition
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region


class FinalRefused(Exception):
    """A final edition cannot be made by this colleague now; the message says why."""


def editions_for(session: Session, account: Account) -> list[Edition]:
    """The editions this colleague may read, newest wave first: readers only final ones."""
    query = sa.select(Edition).where(*_visible(account))
    return list(session.scalars(query.order_by(Edition.wave_key.desc(), Edition.compiled_at.desc())))


def edition_for(session: Session, account: Account, edition_id: str) -> Edition | None:
    """One edition with its PDF, if this colleague may read it."""
    query = sa.select(Edition).where(Edition.id == edition_id, *_visible(account))
    return session.scalar(query.options(sa.orm.undefer(Edition.pdf)))


def closed_waves(session: Session) -> list[str]:
    """Keys of the waves a report can be compiled of, newest first."""
    query = sa.select(Wave.key).where(Wave.state == "closed").order_by(Wave.key.desc())
    return list(session.scalars(query))


def check_final(
    session: Session, account: Account, wave_key: str, region_key: str | None, locale: str
) -> None:
    """Raise FinalRefused unless somebody else compiled a draft of this report, and none is final yet."""
    if account.role != "vrijgever":
        raise FinalRefused(_("Enkel een vrijgever maakt een verslag definitief."))
    if final_edition(session, wave_key, region_key, locale):
        raise FinalRefused(_("Dit verslag is al definitief. Dat verandert niet meer."))
    drafted = _same_report(wave_key, region_key, locale)
    drafted_by = session.scalars(
        sa.select(Edition.account_id).where(*drafted, Edition.state == "draft")
    ).all()
    if not [one for one in drafted_by if one != account.id]:
        raise FinalRefused(
            _("Een verslag wordt pas definitief als een collega er eerst een ontwerp van maakte (vier ogen).")
        )


def final_edition(session: Session, wave_key: str, region_key: str | None, locale: str) -> str | None:
    """The id of the final edition of a wave, level and language, if there is one."""
    same = _same_report(wave_key, region_key, locale)
    return session.scalar(sa.select(Edition.id).where(*same, Edition.state == "final"))


def _same_report(wave_key: str, region_key: str | None, locale: str) -> tuple[sa.ColumnElement[bool], ...]:
    region = Edition.region_key == region_key if region_key else Edition.region_key.is_(None)
    return Edition.wave_key == wave_key, region, Edition.locale == locale


def _visible(account: Account) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if account.role == "lezer":
        conditions.append(Edition.state == "final")
    region = visible_region(account)
    if (
        region is not None
    ):  # of Flanders only what is final: a draft tells of other regions what nobody released
        final = sa.and_(Edition.region_key.is_(None), Edition.state == "final")
        conditions.append(sa.or_(final, Edition.region_key == region))
    return conditions
