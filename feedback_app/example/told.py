"""What is told back in the example: translated by one colleague and reviewed by another, as by real ones."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from feedback_app.example.texts import load_told
from feedback_app.reports.telling import find_told, review_text, save_text
from feedback_app.reports.told_back import Words
from feedback_app.signals.models import Signal
from feedback_app.staff.models import Account


def translate_told(session: Session, accounts: Mapping[str, Account], signals: Mapping[str, Signal]) -> None:
    """Write every translation; those that are said to be so are reviewed. Commits."""
    for told in load_told():
        for locale, text in told.texts.items():
            one = find_told(session, signals[told.signal].id, locale)
            words = Words(text.said, text.doing, text.by, text.when)
            save_text(session, accounts["vertaler"], one, locale, words, one.seen)
            if told.reviewed:
                one = find_told(session, signals[told.signal].id, locale)
                review_text(session, accounts["beheerder"], one, one.seen)
