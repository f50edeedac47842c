"""Printed cards on their way to the colleague who asked for them: sealed, theirs alone, gone after a day."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from feedback_app.database import now
from feedback_app.invitations.models import CardPrint
from feedback_app.keys import SealBroken, seal, unseal
from feedback_app.settings import Settings
from feedback_app.staff.models import Account

KEPT = timedelta(days=1)
_PURPOSE = "card-print"


def keep_print(
    session: Session, settings: Settings, pdf: bytes, *, wave_key: str, region_key: str, account_id: str
) -> CardPrint:
    """Store a PDF of cards for this account, and commit."""
    sealed = seal(settings.secret_key, _PURPOSE, pdf).encode("ascii")
    made = CardPrint(wave_key=wave_key, region_key=region_key, account_id=account_id, sealed=sealed)
    session.add(made)
    session.commit()
    return made


def fetch_print(
    session: Session, settings: Settings, account: Account, print_id: str
) -> tuple[str, bytes] | None:
    """File name and PDF; None when there is none (any more) or it is a colleague's."""
    query = sa.select(CardPrint).where(
        CardPrint.id == print_id, CardPrint.account_id == account.id, CardPrint.made_at > now() - KEPT
    )
    found = session.scalar(query.options(undefer(CardPrint.sealed)))
    if found is None:
        return None
    try:
        pdf = unseal(settings.secret_key, _PURPOSE, found.sealed.decode("ascii"))
    except SealBroken:
        return None
    return f"kaarten-{found.wave_key}-{found.region_key or 'vlaanderen'}.pdf", pdf


def destroy_prints(session: Session, moment: datetime) -> int:
    """Destroy what was printed a day ago; flushes, gives how many."""
    due = sa.delete(CardPrint).where(CardPrint.made_at <= moment - KEPT)
    return len(session.execute(due.returning(CardPrint.id)).all())
