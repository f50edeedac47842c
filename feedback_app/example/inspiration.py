"""Example practices, written and released by example colleagues through the same rules as real ones."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.example.fiches import Desk
from feedback_app.example.texts import load_practices
from feedback_app.exchange.practices import release_practice, write_practice
from feedback_app.signals.models import Signal


def write_practices(session: Session, desk: Desk) -> int:
    """Write every example practice, released where its text says so; how many. Commits."""
    texts = load_practices()
    for text in texts:
        signal = session.scalars(sa.select(Signal).where(Signal.title == text.signal)).one()
        values = {
            "theme_key": text.theme,
            "region_key": text.region,
            "wave_key": desk.waves[text.wave].key,
            **{name: getattr(text, name) for name in ("title", "what", "place", "why")},
        }
        practice = write_practice(session, desk.accounts[text.by], values, signal)
        if text.released:
            release_practice(session, desk.accounts["vrijgever"], practice, practice.revision)
    return len(texts)
