"""From a raw remark to a theme and, perhaps, a quote that a second person releases."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.responses.models import Remark, RemarkTheme

PAGE = 20


class ReleaseRefused(Exception):
    """This colleague cannot release this quote; the message (Dutch) says why."""


def remarks_in(session: Session, state: str, page: int) -> tuple[list[Remark], int]:
    """One page of remarks in a state, in the order of their random keys, and how many pages there are.

    `state` is a state of a remark, or `proposed` / `released` for quotes.
    """
    column = Remark.quote_state if state in ("proposed", "released") else Remark.state
    total = session.scalar(sa.select(sa.func.count()).select_from(Remark).where(column == state)) or 0
    query = sa.select(Remark).where(column == state).order_by(Remark.id)
    found = session.scalars(query.limit(PAGE).offset((page - 1) * PAGE))
    return list(found), max(1, -(-total // PAGE))


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


def release(session: Session, remark: Remark, account_id: str) -> None:
    """Release a proposed quote; commits. Raises ReleaseRefused for who proposed it (four eyes)."""
    if remark.quote_state != "proposed":
        raise ReleaseRefused("Dit citaat is niet voorgesteld, of al vrijgegeven.")
    if remark.proposed_by == account_id:
        raise ReleaseRefused("Je stelde dit citaat zelf voor. Een collega moet het vrijgeven.")
    remark.quote_state, remark.released_by = "released", account_id
    session.commit()
