"""What goes out on a day, and the days of one invitation, as the timetable has them.

Both are the same whether somebody answered or not: who did is passed over on the day itself. So these are the
most that can go out, and nobody learns from them who answered.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from feedback_app.database import in_chunks
from feedback_app.invitations.addresses import ways_to_newcomer
from feedback_app.invitations.listing import Filter, invitations_of
from feedback_app.invitations.models import Invitation, Sending, Wave
from feedback_app.invitations.plan_sendings import known_on, waiting_bundles
from feedback_app.invitations.tokens import token_for
from feedback_app.paging import PAGE_SIZE, Page, cut
from feedback_app.settings import Settings
from feedback_app.timetable import Planned
from feedback_app.trajectories.contacts import ContactUnreadable, mask
from feedback_app.trajectories.models import Activity, Trajectory
from feedback_app.trajectories.partner_contacts import addresses


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
    place = cut(counts.total(), page)
    rows = session.execute(query.order_by(Sending.key).offset(place.start).limit(PAGE_SIZE)).all()
    shown = [(one, due.step, due.channel) for due, one in rows]
    start = max(0, place.start - planned)
    rest = bundles[start : start + PAGE_SIZE - len(shown)]
    shown += [(one, step, "email") for step, one in rest]
    reached = _reached(session, (one for one, _step, _channel in shown))
    lines = [_line(settings, one, step, channel, reached) for one, step, channel in shown]
    return Outgoing(sorted(counts.items(), key=repr), Page(lines, place.page, place.pages, place.total))


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
        .options(joinedload(Invitation.trajectory))
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
    leads = _invitations(session, (lead for _step, lead in found))
    return [(step, leads[lead]) for step, lead in found if not region or leads[lead].region_key == region]


def _invitations(session: Session, ids: Iterable[str]) -> dict[str, Invitation]:
    found: dict[str, Invitation] = {}
    for chunk in in_chunks(list(ids)):
        query = sa.select(Invitation).where(Invitation.id.in_(chunk))
        found |= {one.id: one for one in session.scalars(query)}
    return found


def _reached(session: Session, invitations: Iterable[Invitation]) -> dict[str, str]:
    """The address of each partner's invitation among one page of them, by the activity."""
    partners = addresses()
    query = sa.select(Activity.id, partners.c.address)
    query = query.join(partners, partners.c.partner_id == Activity.partner_id)
    activities = [one.activity_id for one in invitations if one.activity_id]
    return dict(session.execute(query.where(Activity.id.in_(activities))).all()) if activities else {}


def _line(
    settings: Settings, invitation: Invitation, step: str, channel: str, reached: Mapping[str, str]
) -> Line:
    return Line(
        Kind(invitation.audience, step, channel),
        invitation.contact_language,
        invitation.region_key,
        _contact(settings, invitation, reached),
    )


def _contact(settings: Settings, invitation: Invitation, reached: Mapping[str, str]) -> str:
    """Where it goes, masked."""
    if invitation.activity_id:
        return mask(reached.get(invitation.activity_id))
    try:
        ways = list(ways_to_newcomer(settings, invitation.trajectory)) if invitation.trajectory else []
    except ContactUnreadable:
        return "?"
    return mask(ways[0][1]) if ways else ""
