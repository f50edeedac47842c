"""Destroying what is left of remarks once it has served: worries too, and what nobody read in time."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import months_before
from feedback_app.remarks.models import Worry
from feedback_app.responses.models import CODINGS, Remark, RemarkCoding, RemarkTheme
from feedback_app.responses.retention import REMARK_MONTHS


def destroy_worries(session: Session, today: date) -> int:
    """Erase worries written in a month that began six months ago; how many. Flushes, does not commit."""
    due = sa.delete(Worry).where(Worry.month <= months_before(today, REMARK_MONTHS)).returning(Worry.id)
    return len(session.execute(due).all())


def settle_what_is_gone(session: Session) -> None:
    """Let remarks wait for nobody once their text is gone: the first coding counts, or none."""
    gone = sa.select(Remark).where(Remark.state == "new", Remark.text == "", Remark.redacted == "")
    for remark in session.scalars(gone):
        first = session.get(RemarkCoding, (remark.id, CODINGS[0]))
        themes = first.themes.split() if first else []
        session.add_all(RemarkTheme(remark_id=remark.id, theme_key=theme) for theme in themes)
        remark.state, remark.waits_for = ("coded" if themes else "dismissed"), CODINGS[0]
    session.flush()
