"""From a raw remark to a theme and, perhaps, a quote that a second person releases."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.paging import Page, paged
from feedback_app.responses.models import Remark, RemarkTheme
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region


class ReleaseRefused(Exception):
    """This colleague cannot release this quote; the message says why."""


def find_remark(session: Session, account: Account, remark_id: str) -> Remark | None:
    """The remark, if it exists and lies within the account's region."""
    return session.scalar(_visible(account).where(Remark.id == remark_id))


def remarks_in(session: Session, account: Account, state: str, page: int) -> Page[Remark]:
    """One page of the remarks in a state that the account may see, in the order of their random keys.

    `state` is a state of a remark, or `proposed` / `released` for quotes.
    """
    column = Remark.quote_state if state in ("proposed", "released") else Remark.state
    return paged(session, _visible(account).where(column == state), (Remark.id,), page)


def themes_of(session: Session, remarks: Sequence[Remark]) -> dict[str, list[str]]:
    """Remark key → the themes it was given."""
    found: dict[str, list[str]] = {remark.id: [] for remark in remarks}
    query = sa.select(RemarkTheme).where(RemarkTheme.remark_id.in_(found)).order_by(RemarkTheme.theme_key)
    for row in session.scalars(query):
        found[row.remark_id].append(row.theme_key)
    return found


def code(session: Session, remark: Remark, themes: Sequence[str], quote: str, account_id: str) -> None:
    """Give a remark its themes and, with a text, propose that as a quote; commits."""
    session.execute(sa.delete(RemarkTheme).where(RemarkTheme.remark_id == remark.id))
    session.add_all(RemarkTheme(remark_id=remark.id, theme_key=theme) for theme in dict.fromkeys(themes))
    remark.state = "coded"
    if quote.strip() != remark.quote or remark.quote_state == "none":
        remark.quote = quote.strip()
        remark.quote_state = "proposed" if remark.quote else "none"
        remark.proposed_by, remark.released_by = (account_id if remark.quote else None), None
    session.commit()


def dismiss(session: Session, remark: Remark) -> None:
    """Set a remark aside: it says nothing that belongs in a report; commits."""
    session.execute(sa.delete(RemarkTheme).where(RemarkTheme.remark_id == remark.id))
    remark.state, remark.quote, remark.quote_state = "dismissed", "", "none"
    remark.proposed_by = remark.released_by = None
    session.commit()


def release(session: Session, remark: Remark, account: Account, shown: str) -> None:
    """Release a proposed quote as it was `shown`; commits. The audit log does not say which.

    Raises ReleaseRefused for who proposed it (four eyes), and when it was reworded in the meantime.
    """
    if remark.quote_state != "proposed":
        raise ReleaseRefused(_("Dit citaat is niet voorgesteld, of al vrijgegeven."))
    if remark.proposed_by == account.id:
        raise ReleaseRefused(_("Je stelde dit citaat zelf voor. Een collega moet het vrijgeven."))
    if shown != remark.quote:
        raise ReleaseRefused(_("Dit citaat is intussen gewijzigd. Lees het opnieuw."))
    remark.quote_state, remark.released_by = "released", account.id
    record(session, "quote.released", account=account, subject=f"wave:{remark.wave_key}")
    session.commit()


def _visible(account: Account) -> sa.Select[Remark]:
    region = visible_region(account)
    query = sa.select(Remark)
    return query if region is None else query.where(Remark.region_key == region)
