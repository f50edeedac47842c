"""Telling the partners of a wave by e-mail what was done with what was said: once each, whatever happens.

As everywhere a partner is claimed, and that is on disk, before the channel sees the letter. What was claimed
when a process died is not sent again; what the other side does not take now is free again, for the next run.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import current_app
from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import db, now, today
from feedback_app.invitations.channel import Channel, Letter, TryAgain, channels_of
from feedback_app.invitations.letter import letter_key
from feedback_app.invitations.models import Invitation
from feedback_app.invitations.tokens import token_for, token_hash
from feedback_app.invitations.told_letter import told_letter
from feedback_app.invitations.watch import Watch
from feedback_app.jobs import JobRefused, JobWaits, Progress, alone
from feedback_app.languages import PARTNER, SOURCE, language
from feedback_app.questionnaires.readiness import Shelf
from feedback_app.reports.told_back import PUBLIC, told_back
from feedback_app.reports.told_models import ToldMail
from feedback_app.settings import Settings
from feedback_app.signals.models import Signal
from feedback_app.trajectories.models import Activity, Partner
from feedback_app.trajectories.opted_out import contact_hash, opted_out_hashes
from feedback_app.trajectories.partner_contacts import addresses
from feedback_app.web.pages import current_settings

_STATES = {"delivered": "sent", "bounced": "failed", "unknown": "unknown"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receiver:
    """One address, the partners that are written to there, and an invitation by which they can stop it."""

    address: str = field(repr=False)
    partners: tuple[str, ...]
    invitation_id: str
    language: str


@dataclass(frozen=True)
class Audience:
    """Who of a wave's partners will get the mail, got it, or cannot get it.

    `halted` says why nothing can leave now: `no_channel`, or what `Watch` says; that may wait, not refuse.
    """

    waiting: tuple[Receiver, ...]
    told: Mapping[str, int]
    unreachable: int
    has_channel: bool

    @property
    def ready(self) -> bool:
        """Whether there is somebody to write to, and a way to do so."""
        return self.has_channel and bool(self.waiting)


def waves_told(session: Session) -> list[str]:
    """The waves of which something was told back, the newest first."""
    query = sa.select(Signal.wave_key).where(Signal.state.in_(PUBLIC)).distinct()
    return sorted(session.scalars(query), reverse=True)


def audience_of(session: Session, settings: Settings, wave_key: str, region: str | None) -> Audience | None:
    """The partners that hosted in a wave (and region); None where nothing of it was told back."""
    if wave_key not in waves_told(session):
        return None
    hosted = _hosted(session, settings, wave_key, region)
    known = sa.func.coalesce(Partner.merged_into_id, Partner.id)  # who was merged since was told all the same
    mails = sa.select(known, ToldMail.state).join(Partner, Partner.id == ToldMail.partner_id)
    rows = dict(session.execute(mails.where(ToldMail.wave_key == wave_key)).all())
    table = addresses()
    listed = sa.select(table.c.partner_id, table.c.address).where(table.c.partner_id.in_(hosted))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for partner_id, address in session.execute(listed.order_by(table.c.partner_id)):
        found[address].append(partner_id)
    hashes = {address: contact_hash(settings.secret_key, address) for address in found}
    stopped = opted_out_hashes(session, hashes.values())
    found = defaultdict(list, {one: keys for one, keys in found.items() if hashes[one] not in stopped})
    reached = {one for partners in found.values() for one in partners}
    return Audience(
        waiting=tuple(
            Receiver(address, tuple(partners), *hosted[partners[0]])
            for address, partners in sorted(found.items())
            if not any(one in rows for one in partners)
        ),
        told=Counter(state for key, state in rows.items() if key in hosted),
        unreachable=len(hosted.keys() - reached - rows.keys()),
        has_channel="email" in channels_of(settings),
    )


def _hosted(
    session: Session, settings: Settings, wave_key: str, region: str | None
) -> dict[str, tuple[str, str]]:
    """Partner (the one it was merged into) → an invitation of the wave whose link works, and its language."""
    partner_id = sa.func.coalesce(Partner.merged_into_id, Partner.id)
    query = (
        sa.select(partner_id, Invitation.id, Invitation.token_hash, Invitation.contact_language)
        .join(Activity, Activity.id == Invitation.activity_id)
        .join(Partner, Partner.id == Activity.partner_id)
        .where(Invitation.wave_key == wave_key, Invitation.audience == "partner")
        .order_by(Invitation.id)
    )
    if region is not None:
        query = query.where(Invitation.region_key == region)
    found: dict[str, tuple[str, str]] = {}
    for partner, invitation_id, hashed, spoken in session.execute(query):
        if partner not in found and token_hash(token_for(settings.secret_key, invitation_id)) == hashed:
            found[partner] = (invitation_id, spoken)
    return found


def tell_job(progress: Progress, wave_key: str, region: str | None) -> str:
    """The worker's job `tell_partners`; gives the wave's key."""
    settings = current_settings()
    watch = Watch(db.session, settings.timetable, now())
    _halt(settings, watch)
    sent = tell_partners(db.session, settings, watch, wave_key, region, progress)
    if sent is None:
        raise JobRefused(_("Dit gebeurt al. Wacht even en kijk dan op de pagina hoe ver het is."))
    if sent["waits"]:
        _halt(settings, watch)
        raise JobRefused(
            _("Nu kan er niets meer vertrekken. Begin later opnieuw: niemand krijgt het twee keer.")
        )
    return wave_key


def tell_partners(
    session: Session,
    settings: Settings,
    watch: Watch,
    wave_key: str,
    region: str | None,
    progress: Progress = lambda done, total, message: None,
) -> Counter[str] | None:
    """Write to every partner of a wave that was not written to; what came of it. Commits as it goes.

    `waits`: the rest has to wait, for the mail server or for an hour at which people may be written to.
    None when another process is doing so.
    """
    with alone(session.get_bind().engine, settings, "told-mails") as mine:
        channel = channels_of(settings).get("email")
        if not mine or channel is None:
            return None
        _settle_claimed(session)
        audience = audience_of(session, settings, wave_key, region)
        waiting = audience.waiting if audience else ()
        done: Counter[str] = Counter()
        for number, one in enumerate(waiting):
            progress(number, len(waiting), _("Partners schrijven"))
            outcome = "waits" if watch.halt() else _write(session, settings, channel, wave_key, one)
            done[outcome] += 1
            if outcome == "waits":
                break
        session.rollback()
        return done


def _settle_claimed(session: Session) -> None:
    lost = session.execute(
        sa.update(ToldMail)
        .where(ToldMail.state == "claimed")
        .values(state="unknown")
        .returning(ToldMail.wave_key)
    ).all()
    session.commit()
    if lost:
        log.warning(
            "a process died while it wrote to %d partner(s); they are not written to again", len(lost)
        )


def _write(session: Session, settings: Settings, channel: Channel, wave_key: str, one: Receiver) -> str:
    """One letter to one address: what came of it, `stopped`, or `waits` when it may go better later."""
    if opted_out_hashes(session, [contact_hash(settings.secret_key, one.address)]):
        return "stopped"  # since the round began, which may take hours
    letter = letter_to(session, settings, wave_key, one)
    session.add_all(ToldMail(wave_key=wave_key, partner_id=key, on=today()) for key in one.partners)
    session.commit()
    mine = (ToldMail.wave_key == wave_key, ToldMail.partner_id.in_(one.partners), ToldMail.state == "claimed")
    try:
        outcome = channel.send(letter).disposition
    except TryAgain as later:
        session.execute(sa.delete(ToldMail).where(*mine))
        session.commit()
        return "again" if later.alone else "waits"
    except Exception:
        log.exception("a channel failed in an unforeseen way: the partner is not written to again")
        outcome = "unknown"
    session.execute(sa.update(ToldMail).where(*mine).values(state=_STATES[outcome]))
    session.commit()
    return outcome


def letter_to(session: Session, settings: Settings, wave_key: str, one: Receiver) -> Letter:
    """The e-mail to one address, in its language where all of it is there in that one, else in Dutch."""
    shelf = Shelf.of(settings)
    offered = current_app.extensions["offered_languages"]()
    spoken = one.language if one.language in PARTNER and one.language in offered else SOURCE
    page = told_back(session, shelf, spoken, wave=wave_key)
    if page.more:
        spoken, page = SOURCE, told_back(session, shelf, SOURCE, wave=wave_key)
    token = token_for(settings.secret_key, one.invitation_id)
    stop = f"{settings.base_url}/stop/{token}/{contact_hash(settings.secret_key, one.address)}"
    link = f"{settings.base_url}/terugkoppeling/{language(spoken).tag}"
    said = [(words.said, words.doing) for words in page.items]
    message = told_letter(settings, spoken, link, stop, said)
    return Letter(
        key=letter_key(settings.secret_key, one.invitation_id, "told"),
        channel="email",
        to=one.address,
        language=spoken,
        subject=message.subject,
        text=message.text,
        html=message.html,
        stop_url=stop,
        audience="partner",
    )


def _halt(settings: Settings, watch: Watch) -> None:
    """Stop where nobody may be written to now: until somebody ends a pause, or until the hours allow it."""
    why = watch.halt()
    db.session.rollback()
    if why == "paused":
        raise JobRefused(_("Alle berichten staan stil. Zet ze eerst weer aan bij de planning."))
    if why == "quiet":
        until = settings.timetable.next_moment(watch.moment)
        raise JobWaits(
            until,
            _(
                "Nu is het te vroeg, te laat of weekend om partners te schrijven. "
                "De e-mails vertrekken vanzelf: %(moment)s.",
                moment=format_datetime(until, "EEEE d MMMM, HH:mm"),
            ),
        )
