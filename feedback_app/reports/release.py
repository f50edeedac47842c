"""Making a final edition public, and telling those who read reports: once each, whatever happens between."""

import hmac
import logging
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.invitations.channel import Channel, Letter, TryAgain, channels_of
from feedback_app.invitations.colleague_letter import Said, letter_to_colleague
from feedback_app.invitations.pausing import paused_since
from feedback_app.jobs import alone
from feedback_app.keys import derive
from feedback_app.languages import SOURCE, STAFF, unturned
from feedback_app.reports.editions import is_corrected, which_of
from feedback_app.reports.models import FINAL, Edition, EditionNotice, EditionReader, EditionRelease
from feedback_app.reports.showing import level_name
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region

log = logging.getLogger(__name__)


class ReleaseNotPossible(Exception):
    """This edition cannot be made public by this colleague now; the message says why."""


def check_release(session: Session, account: Account, edition: Edition) -> None:
    """Raise ReleaseNotPossible unless this colleague may make this edition public now."""
    if account.role != "vrijgever":
        raise ReleaseNotPossible(_("Enkel een vrijgever geeft een verslag vrij."))
    if visible_region(account) not in (None, edition.region_key):
        raise ReleaseNotPossible(_("Je werkt voor één regio: enkel het verslag van die regio geef je vrij."))
    if edition.state != FINAL:
        raise ReleaseNotPossible(_("Dit is een ontwerp. Maak het verslag eerst definitief."))
    if session.get(EditionRelease, edition.id):
        raise ReleaseNotPossible(_("Dit verslag is al vrijgegeven."))
    if is_corrected(session, edition.id):
        raise ReleaseNotPossible(_("Dit verslag is al verbeterd. Geef de verbeterde editie vrij."))


def release(session: Session, account: Account, edition: Edition) -> int:
    """Make an edition public for good and note whom to tell; how many. Commits; ReleaseNotPossible."""
    check_release(session, account, edition)
    told = readers(session, edition)
    subject, region = f"edition:{edition.id}", edition.region_key
    try:  # whatever writes first finds out whether somebody was a moment earlier
        session.add(EditionRelease(edition_id=edition.id, account_id=account.id))
        session.flush()
        session.add_all(EditionNotice(edition_id=edition.id, account_id=one.id) for one in told)
        record(session, "report.released", account=account, subject=subject, region=region, readers=len(told))
        session.commit()
    except IntegrityError:
        session.rollback()
        raise ReleaseNotPossible(_("Dit verslag is al vrijgegeven.")) from None
    return len(told)


def readers(session: Session, edition: Edition) -> list[Account]:
    """Who is told: every `lezer` and who else asked for it, if they may read this edition."""
    said = dict(session.execute(sa.select(EditionReader.account_id, EditionReader.wanted)).all())
    accounts = session.scalars(sa.select(Account).where(Account.active).order_by(Account.id))
    return [one for one in accounts if _is_told(one, edition, said.get(one.id))]


def _is_told(account: Account, edition: Edition, said: bool | None) -> bool:
    """Whether somebody who said this (or nothing) is told of an edition."""
    wanted = account.role == "lezer" if said is None else said
    region = visible_region(account)
    may = may_open(account, "editions.show") and (region is None or edition.region_key in (None, region))
    return account.active and wanted and may


def wants_notice(session: Session, account: Account) -> bool:
    """Whether this colleague is told of releases by e-mail."""
    said = session.get(EditionReader, account.id)
    return said.wanted if said else account.role == "lezer"


def choose_notice(session: Session, account: Account, wanted: bool) -> None:
    """Keep whether this colleague wants that e-mail; commits."""
    session.merge(EditionReader(account_id=account.id, wanted=wanted))
    session.commit()


def send_notices(session: Session, settings: Settings) -> int:
    """E-mail what waits, each once; how many. Commits as it goes."""
    with alone(session.get_bind().engine, settings, "edition notices") as mine:
        channel = channels_of(settings).get("email")
        if not mine or channel is None or paused_since(session):
            return 0
        dead = sa.update(EditionNotice).where(EditionNotice.state == "claimed").values(state="unknown")
        session.execute(dead)  # a process died at it: it may have left, so it is not sent again
        session.commit()
        waiting = sa.select(EditionNotice.edition_id, EditionNotice.account_id)
        waiting = waiting.where(EditionNotice.state == "waiting").order_by(*waiting.selected_columns)
        sent = _send_all(
            session, settings, channel, [(edition, account) for edition, account in session.execute(waiting)]
        )
        if sent:
            record(session, "report.announced", account=None, letters=sent)
            session.commit()
    return sent


def _send_all(
    session: Session, settings: Settings, channel: Channel, waiting: Sequence[tuple[str, str]]
) -> int:
    sent = 0
    for edition_id, account_id in waiting:
        try:
            sent += _send_one(session, settings, channel, edition_id, account_id)
        except TryAgain as later:
            if not later.alone:
                break
    return sent


def _send_one(
    session: Session, settings: Settings, channel: Channel, edition_id: str, account_id: str
) -> int:
    notice = session.get_one(EditionNotice, (edition_id, account_id), populate_existing=True)
    account = session.get_one(Account, account_id, populate_existing=True)
    edition = session.get_one(Edition, edition_id)
    said = session.get(EditionReader, account_id, populate_existing=True)
    if not _is_told(account, edition, said.wanted if said else None):
        session.delete(notice)  # they said so, or may no longer, since the release
        session.commit()
        return 0
    notice.state = "claimed"
    letter = _letter(settings, edition, account)
    session.commit()
    try:
        notice.state = channel.send(letter).disposition
    except TryAgain:
        notice.state = "waiting"
        raise
    except Exception:
        log.exception("an e-mail about a report failed in an unforeseen way: it is not sent again")
        notice.state = "unknown"
    finally:
        session.commit()
    return 1


def _letter(settings: Settings, edition: Edition, account: Account) -> Letter:
    tongue = account.locale if account.locale in STAFF else SOURCE
    which = which_of(edition)

    def say() -> Said:
        level = level_name(which.level, _("Vlaanderen"))
        return _("Nieuw signaalrapport: %(level)s, %(wave)s", level=level, wave=which.wave), {
            "page": f"{settings.base_url}/rapporten/{which.wave}/{which.level}/{which.locale}",
            "choice": f"{settings.base_url}/staff/reports",
            "corrects": bool(edition.replaces_id),
            "reason": unturned(edition.reason),
        }

    stamp = hmac.digest(
        derive(settings.secret_key, "edition-notice"), f"{edition.id}:{account.id}".encode("ascii"), "sha256"
    )
    return letter_to_colleague(
        settings, stamp.hex()[:32], to=account.email, locale=tongue, template="reports/release_mail", say=say
    )
