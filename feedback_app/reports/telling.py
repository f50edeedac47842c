"""Translating what is told back: written by one, reviewed by another, never over somebody else's work."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.reports.told_back import State, Told, Words, told
from feedback_app.reports.told_models import ToldText
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account


class NotToldBack(LookupError):
    """There is no such signal, or it is not told back (any more)."""


class ChangedMeanwhile(Exception):
    """A colleague changed the text, or its Dutch, since the page was opened; nothing was overwritten."""


class NotReviewable(Exception):
    """It cannot be called reviewed; `own`: whoever asks wrote it, else there is no up-to-date draft."""

    def __init__(self, *, own: bool) -> None:
        super().__init__()
        self.own = own


def find_told(session: Session, signal_id: str, locale: str) -> Told:
    """One signal that is told back, with its text in a language; NotToldBack."""
    found = told(session, locale, signal_id=signal_id)
    if not found:
        raise NotToldBack
    return found[0]


def save_text(session: Session, account: Account, one: Told, locale: str, words: Words, seen: str) -> None:
    """Keep a translation as a draft of the present Dutch, and commit; raises ChangedMeanwhile."""
    if seen != one.seen:
        raise ChangedMeanwhile
    values = {"said": words.said, "doing": words.doing, "by": words.by, "when": words.when}
    made = {"state": "draft", "dutch_hash": one.dutch.digest, "written_by": account.id, "reviewed_by": None}
    try:
        if one.row is None:
            session.add(ToldText(signal_id=one.signal.id, locale=locale, **values, **made))
            session.flush()
        else:
            _change(session, one, {**values, **made})
    except IntegrityError as error:  # somebody wrote the first one at the same moment
        session.rollback()
        raise ChangedMeanwhile from error
    session.commit()


def review_text(session: Session, account: Account, one: Told, seen: str) -> None:
    """Call a draft reviewed, by another than who wrote it, and commit; ChangedMeanwhile, NotReviewable."""
    if one.row is None or one.state != State.DRAFT:
        raise NotReviewable(own=False)
    if seen != one.seen:
        raise ChangedMeanwhile
    if one.row.written_by == account.id:
        raise NotReviewable(own=True)
    subject = f"signal:{one.signal.id}"
    record(session, "told.reviewed", account=account, subject=subject, locale=one.row.locale)
    _change(session, one, {"state": "reviewed", "reviewed_by": account.id})
    session.commit()


def _change(session: Session, one: Told, values: dict[str, object]) -> None:
    """Change a row that is still as it was read; of two who save at once one is told."""
    row = one.row
    assert row is not None
    as_read = {name: getattr(row, name) for name in ("said", "doing", "by", "when", "state", "dutch_hash")}
    changed = session.execute(
        sa.update(ToldText)
        .where(
            ToldText.signal_id == row.signal_id,
            ToldText.locale == row.locale,
            *(getattr(ToldText, name) == value for name, value in as_read.items()),
        )
        .values({getattr(ToldText, name): value for name, value in values.items()})
        .returning(ToldText.locale)
        .execution_options(synchronize_session=False)
    ).all()
    if not changed:
        session.rollback()
        raise ChangedMeanwhile
