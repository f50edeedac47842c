"""What goes out on a day, and the days of one invitation, as the timetable has them.

Both are the same whether somebody answered or not: who did is passed over on the day itself. So these are the
most that can go out, and nobody learns from them who answered.
"""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.addresses import ways_to_newcomer
from feedback_app.invitations.listing import Filter, invitations_of
from feedback_app.invitations.models import Invitation, Sending, Wave
from feedback_app.invitations.plan_sendings import known_on, waiting_bundles
from feedback_app.invitations.tokens import token_for
from feedback_app.settings import Settings
from feedback_app.timetable import Planned
from feedback_app.trajectories.contacts import ContactUnreadable, mask
from feedback_app.trajectories.listing import PAGE_SIZE, Page
from feedback_app.trajectories.models import Activity, Trajectory
from feedback_app.trajectories.partner_contacts import address_of


@dataclass(frozen=True)
class Kind:
    """What messages are counted by."""

    audience: str
    step: str
    channel: str


@dataclass(frozen=True)
class Line:
    """One message; the contact only masked."""

    kind: Kind
    language: str
    region_key: str
    contact: str


@dataclass(frozen=True)
class Outgoing:
    """The messages of a day: how many of each kind, and one page of them."""

    counts: list[tuple[Kind, int]]
    found: Page[Line]


@dataclass(frozen=True)
class Calendar:
    """The days of one invitation; no message when nothing is planned."""

    messages: tuple[Planned, ...]
    channel: str
    closes_on: date
    closed: bool


def outgoing(
    session: Session, settings: Settings, day: date, *, today: date, region: str | None, page: int
) -> Outgoing:
    """What goes out at most on a day, today or later, in one region or everywhere."""
    query = _of_day(day, today, region)
    bundles = _bundles(session, settings, day, today, region)
    kinds = (Invitation.audience, Sending.step, Sending.channel)
    counts: Counter[Kind] = Counter()
    for *kind, number in session.execute(
        query.with_only_columns(*kinds, sa.func.count()).group_by(*kinds).order_by(*kinds)
    ):
        counts[Kind(*kind)] += number
    planned = counts.total()
    for step, invitation in bundles:
        counts[Kind(invitation.audience, step, "email")] += 1
    total = counts.total()
    pages = max(1, math.ceil(total / PAGE_SIZE))
    page = min(max(1, page), pages)
    start = (page - 1) * PAGE_SIZE
    rows = session.execute(query.order_by(Sending.key).offset(start).limit(PAGE_SIZE)).all()
    lines = [_line(session, settings, one, due.step, due.channel) for due, one in rows]
    rest = bundles[max(0, start - planned) : max(0, start - planned) + PAGE_SIZE - len(lines)]
    lines += [_line(session, settings, one, step, "email") for step, one in rest]
    return Outgoing(sorted(counts.items(), key=repr), Page(lines, page, pages, total))


def calendars(session: Session, settings: Settings, wanted: Filter) -> dict[str, Calendar]:
    """The days of each invitation of one file number, by its link."""
    found = {}
    query = invitations_of(settings, wanted).with_only_columns(
        *(Invitation.id, Invitation.audience, Invitation.closed),
        *(Trajectory.ended_on, Trajectory.imported_on, Wave.opened_on),
    )
    for row in session.execute(query.join(Wave, Wave.key == Invitation.wave_key)):
        rows = session.scalars(
            sa.select(Sending).where(Sending.invitation_id == row.id).order_by(Sending.step)
        ).all()
        first = next((one.due_on for one in rows if one.step == "first"), None)
        link = f"{settings.base_url}/s/{token_for(settings.secret_key, row.id)}"
        found[link] = Calendar(
            messages=tuple(Planned(one.step, one.due_on) for one in rows),
            channel=rows[0].channel if rows else "",
            closes_on=settings.timetable.closes_on(known_on(row), first),
            closed=row.closed,
        )
    return found


def _of_day(day: date, today: date, region: str | None) -> sa.Select[*tuple[Any, ...]]:
    query = (
        sa.select(Sending, Invitation)
        .join(Invitation, Invitation.id == Sending.invitation_id)
        .join(Wave, Wave.key == Invitation.wave_key)
        .where(Sending.state == "planned", Wave.state == "open", ~Invitation.closed)
        .where(Sending.due_on <= day if day <= today else Sending.due_on == day)
    )
    return query.where(Invitation.region_key == region) if region else query


def _bundles(
    session: Session, settings: Settings, day: date, today: date, region: str | None
) -> list[tuple[str, Invitation]]:
    """Messages to partners that are planned on the day itself, with the invitation that stands for them.

    Their reminders follow from there, though no row has them yet: a first message whose day has come counts
    as one of today.
    """
    found = []
    for bundle in waiting_bundles(session, settings, today):
        first, *reminders = settings.timetable.steps_from("partner", max(bundle.on, today))
        days = {first.step: max(bundle.on, today)} | {one.step: one.on for one in reminders}
        found += [(step, bundle.lead.invitation_id) for step, on in days.items() if on == day]
    leads = [(step, session.get_one(Invitation, lead)) for step, lead in found]
    return [(step, one) for step, one in leads if not region or one.region_key == region]


def _line(session: Session, settings: Settings, invitation: Invitation, step: str, channel: str) -> Line:
    return Line(
        Kind(invitation.audience, step, channel),
        invitation.contact_language,
        invitation.region_key,
        _contact(session, settings, invitation),
    )


def _contact(session: Session, settings: Settings, invitation: Invitation) -> str:
    """Where it goes, masked."""
    if isinstance(invitation.activity, Activity):
        return mask(address_of(session, invitation.activity.partner))
    try:
        ways = list(ways_to_newcomer(settings, invitation.trajectory)) if invitation.trajectory else []
    except ContactUnreadable:
        return "?"
    return mask(ways[0][1]) if ways else ""
