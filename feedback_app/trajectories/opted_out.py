"""Who wants no more messages: known again by a keyed hash of the address or number, whoever brings it."""

import hashlib
import hmac
import re
from collections.abc import Iterable

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.keys import derive
from feedback_app.trajectories.contacts import read_email, read_phone
from feedback_app.trajectories.models import OptedOutContact
from feedback_app.trajectories.records import Fault, TrajectoryFacts
from feedback_app.trajectories.spool import Spool

_PURPOSE = "opted-out-contact"
_CHUNK = 500
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{5,14}", re.ASCII)


def contact_hash(secret_key: str, address: str) -> str:
    """The keyed hash of an e-mail address or telephone number, however it is written.

    Not to be undone without the secret; with it only by trying addresses.
    """
    return hmac.digest(derive(secret_key, _PURPOSE), _plain(address).encode("utf-8"), hashlib.sha256).hex()


def opted_out_hashes(session: Session, hashes: Iterable[str]) -> set[str]:
    """Those of these hashes that stand for somebody who wants no more messages."""
    found: set[str] = set()
    for chunk in in_chunks(sorted(set(hashes))):
        query = sa.select(OptedOutContact.contact_hash).where(OptedOutContact.contact_hash.in_(chunk))
        found.update(session.scalars(query))
    return found


def contact_hashes(secret_key: str, facts: TrajectoryFacts) -> list[str]:
    """The hashes of all by which a newcomer can be reached."""
    return [contact_hash(secret_key, one) for one in (facts.phone, facts.email) if one]


def hold_opted_out(session: Session, spool: Spool) -> None:
    """Refuse the rows of newcomers who want no more messages.

    Rows of one file number have the same address and number, so a trajectory comes in whole or not at all.
    A partner who opted out does not keep the newcomer out: that invitation is not sent.
    """
    reason = _("Deze persoon wil geen berichten meer. Het dossier blijft uit.")
    held: list[tuple[int, str | None]] = []
    for part in spool.reached(_CHUNK):
        unwanted = opted_out_hashes(session, (one for _row, _dossier, hashes in part for one in hashes))
        held += [(row, dossier) for row, dossier, hashes in part if unwanted.intersection(hashes)]
    for row, dossier in held:
        spool.refuse(row, dossier, (Fault("opted_out", "", reason),))


def _plain(address: str) -> str:
    """An address as addresses are compared; what is neither address nor number is only trimmed."""
    address = address.strip()
    if "@" in address:
        return read_email(address) or address.lower()
    if _INTERNATIONAL.fullmatch(address):
        return address  # as it is stored: the book of the world's numbers need not be opened
    return read_phone(address) or address
