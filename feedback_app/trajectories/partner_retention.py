"""Forgetting contact persons of organisations that have not taken part for two years."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.trajectories.models import Activity, PartnerContact, Trajectory
from feedback_app.trajectories.partner_editing import forget_person

YEARS = 2


def forget_contacts(session: Session, day: date) -> int:
    """Erase persons whom nobody changed for two years at partners without an activity in those years.

    An address that opted out stays, without the person. Gives how many; flushes, does not commit.
    """
    before = _years_ago(day)
    active = sa.exists().where(
        Activity.partner_id == PartnerContact.partner_id,
        Trajectory.id == Activity.trajectory_id,
        sa.func.coalesce(Trajectory.ended_on, Trajectory.started_on) >= before,
    )
    old = session.scalars(
        sa.select(PartnerContact).where(
            PartnerContact.changed_on < before, PartnerContact.name != "", ~active
        )
    ).all()
    for contact in old:
        forget_person(session, contact)
    return len(old)


def _years_ago(day: date) -> date:
    try:
        return day.replace(year=day.year - YEARS)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - YEARS, day=28)
