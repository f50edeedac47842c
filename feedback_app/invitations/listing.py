"""Showing invitations with their links to the colleagues who hand them out.

Never who answered: a newcomer was told that the coach does not see it, and the order in which
invitations become "answered" would be the order in which answers came in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.invitations.tokens import token_for, token_hash
from feedback_app.invitations.waves import all_waves
from feedback_app.paging import PAGE_SIZE, Page, cut, in_order
from feedback_app.questionnaires.loading import load_codes
from feedback_app.settings import Settings
from feedback_app.trajectories.checking import ref_hash
from feedback_app.trajectories.models import Activity, Partner, Trajectory
from feedback_app.trajectories.records import plain_ref

#: name in the address → column: what was known before anybody was asked
ORDERS: Mapping[str, Any] = {
    "region": Invitation.region_key,
    "audience": Invitation.audience,
    "ended": Trajectory.ended_on,
    "language": Invitation.contact_language,
}
DEFAULT_ORDER = "region"
#: and then by these; the index `ix_invitations_list` begins like it
_REST = (Invitation.region_key, Invitation.audience, Trajectory.ended_on, Invitation.id)


class WaveUnknown(LookupError):
    """There is no such wave; the message, in Dutch, says which there are."""


class LinksLost(Exception):
    """Links cannot be shown any more, because the secret they were derived from was replaced."""


@dataclass(frozen=True)
class Filter:
    """Which invitations: of a wave, perhaps of one audience, region, file number, or who may be asked.

    `order` sorts a page of them. `hashes` are those of file numbers, as `known_hashes` gives them.
    """

    wave: str
    audience: str = ""
    region: str = ""
    ref: str = ""
    eligible: bool = False
    hashes: tuple[str, ...] = ()
    order: str = DEFAULT_ORDER


@dataclass(frozen=True)
class InvitationLine:
    """One invitation as it is handed out."""

    audience: str
    region_key: str
    offer_type: str
    contact_language: str
    ended_on: date
    partner_name: str
    link: str = field(repr=False)
    invitation_id: str


def waves_to_list(session: Session) -> list[Wave]:
    """Every wave: open ones first, then by period, the latest first."""
    return sorted(all_waves(session), key=lambda wave: wave.state != "open")


def list_invitations(session: Session, settings: Settings, wanted: Filter, page: int) -> Page[InvitationLine]:
    """One page of invitations; LinksLost when the secret is not the one they were made with."""
    query = invitations_of(settings, wanted)
    place = cut(session.scalar(_how_many(settings, wanted)) or 0, page)
    order = in_order(ORDERS, wanted.order, DEFAULT_ORDER)
    rows = session.execute(query.order_by(*order, *_REST).limit(PAGE_SIZE).offset(place.start))
    return Page([_line(settings, row) for row in rows], place.page, place.pages, place.total)


def each_invitation(session: Session, settings: Settings, wanted: Filter) -> Iterator[InvitationLine]:
    """All invitations one after the other, without holding them in memory; WaveUnknown, LinksLost."""
    if session.get(Wave, wanted.wave) is None:
        known = ", ".join(wave.key for wave in waves_to_list(session)) or "–"
        raise WaveUnknown(
            _("Meetmoment %(wave)s bestaat niet. Er zijn: %(known)s.", wave=wanted.wave, known=known)
        )
    rows = session.execute(
        invitations_of(settings, wanted).order_by(*_REST).execution_options(yield_per=1000)
    )
    return (_line(settings, row) for row in rows)


def invitations_of(settings: Settings, wanted: Filter) -> sa.Select[*tuple[Any, ...]]:
    """The query for these invitations, with the trajectory and the partner of each."""
    own = sa.func.coalesce(Invitation.trajectory_id, Activity.trajectory_id)
    query = (
        sa.select(
            Invitation.id,
            Invitation.audience,
            Invitation.region_key,
            Invitation.offer_type,
            Invitation.contact_language,
            Invitation.token_hash,
            Trajectory.ended_on,
            Partner.name.label("partner_name"),
        )
        .outerjoin(Activity, Activity.id == Invitation.activity_id)
        .outerjoin(Partner, Partner.id == Activity.partner_id)
        .join(Trajectory, Trajectory.id == own)
        .where(*_fits(wanted))
    )
    if wanted.ref:
        query = query.where(Trajectory.ref_hash.in_(_hashes(settings, wanted.ref)))
    if wanted.hashes:
        query = query.where(Trajectory.ref_hash.in_(wanted.hashes))
    return query


def _fits(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """What the invitation alone tells."""
    fits = [Invitation.wave_key == wanted.wave]
    if wanted.audience:
        fits.append(Invitation.audience == wanted.audience)
    if wanted.region:
        fits.append(Invitation.region_key == wanted.region)
    if wanted.eligible:
        fits += [Invitation.disposition != "not_eligible", ~Invitation.closed]
    return fits


def _how_many(settings: Settings, wanted: Filter) -> sa.Select[int]:
    """Their number, without a look at every trajectory and partner where nothing is asked of those."""
    if wanted.ref or wanted.hashes:
        return sa.select(sa.func.count()).select_from(invitations_of(settings, wanted).subquery())
    return sa.select(sa.func.count()).select_from(Invitation).where(*_fits(wanted))


def known_hashes(
    session: Session, settings: Settings, wanted: Filter, refs: Iterable[str]
) -> tuple[list[str], list[str]]:
    """The hashes of those file numbers that have such an invitation, and the numbers that have none."""
    by_hash = {hashed: ref for ref in refs for hashed in _hashes(settings, ref)}
    found: list[str] = []
    for chunk in in_chunks(list(by_hash)):
        some = invitations_of(settings, replace(wanted, hashes=tuple(chunk)))
        found += session.scalars(some.with_only_columns(Trajectory.ref_hash).distinct())
    known = {by_hash[one] for one in found}
    return sorted(found), [ref for ref in dict.fromkeys(by_hash.values()) if ref not in known]


def _hashes(settings: Settings, ref: str) -> list[str]:
    """Under which hashes a file number may be kept: each agency has its own."""
    agencies = load_codes(settings.surveys_dir).agencies
    return [ref_hash(settings.secret_key, one.key, plain_ref(ref)) for one in agencies]


def _line(settings: Settings, row: Any) -> InvitationLine:
    token = token_for(settings.secret_key, row.id)
    if token_hash(token) != row.token_hash:
        raise LinksLost(
            _("De geheime sleutel is vervangen sinds deze uitnodigingen gemaakt zijn. Zet de oude terug.")
        )
    return InvitationLine(
        audience=row.audience,
        region_key=row.region_key,
        offer_type=row.offer_type,
        contact_language=row.contact_language,
        ended_on=row.ended_on,
        partner_name=row.partner_name or "",
        link=f"{settings.base_url}/s/{token}",
        invitation_id=row.id,
    )
