"""How things are some months later: whose turn it is, and the words to ask them with.

We write to nobody: what we could write to was destroyed weeks after the trajectory ended. Who still knows
people asks them, with a link that is nobody's own and a text in their language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import OpenLink
from feedback_app.invitations.open_links import address_of
from feedback_app.invitations.posters import asked_by
from feedback_app.languages import Language, language
from feedback_app.settings import Settings
from feedback_app.trajectories.models import Trajectory

#: the questionnaire that is asked some months later
IMPACT = "impact"
#: what a message says, by the names of the questionnaire's own texts
_SAID = ("title", "intro.1", "intro.2", "intro.3", "intro.4")


@dataclass(frozen=True)
class Turn:
    """Whose turn it is now: how many trajectories ended in a calendar month."""

    starts_on: date
    ends_on: date
    trajectories: int


@dataclass(frozen=True)
class Words:
    """A message in one language, to be sent by whoever knows where to."""

    language: Language
    text: str
    address: str


def whose_turn(session: Session, settings: Settings, day: date, region: str | None = None) -> Turn:
    """Completed trajectories that ended so many months before this one, in all regions or in one."""
    first, last = settings.timetable.asked_after_months(day)
    query = sa.select(sa.func.count()).where(
        Trajectory.outcome == "completed", Trajectory.ended_on.between(first, last)
    )
    if region:
        query = query.where(Trajectory.region_key == region)
    return Turn(first, last, session.scalar(query) or 0)


def words_for(session: Session, settings: Settings, link: OpenLink) -> Sequence[Words]:
    """What to write in each language that a link asks in now, Dutch first; each address opens in its own."""
    asked = asked_by(session, settings, link.survey_key)
    found = []
    for key in asked.offered:
        texts = asked.texts(key)
        said = (texts[f"{link.survey_key}.{name}"] for name in _SAID)
        spoken = language(key)
        found.append(Words(spoken, " ".join(said), f"{address_of(settings, link)}?lang={spoken.tag}"))
    return found
