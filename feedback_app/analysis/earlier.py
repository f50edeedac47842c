"""What earlier waves published about today's questions, and where a question was another one in between.

Only figures that stand in the release ledger: what a report repeats of an earlier wave tells nothing new.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.ledger import fingerprint
from feedback_app.analysis.models import ReleasedFigure
from feedback_app.analysis.published import read_statistics
from feedback_app.analysis.statistic import State, Statistic
from feedback_app.invitations.models import Wave
from feedback_app.questionnaires.declarations import same_question, words_of
from feedback_app.questionnaires.definition import Item
from feedback_app.questionnaires.versions import load_version

#: a line of three years, this wave included
MOST = 6


@dataclass(frozen=True)
class Step:
    """One wave of a question's course; `broken`: not to be compared with the step before it."""

    wave_key: str
    statistic: Statistic
    broken: bool


def courses(
    session: Session, wave: Wave, audience: str, *, cut: str, member: str
) -> dict[str, tuple[Step, ...]]:
    """Question → its steps up to this wave, oldest first; questions that were asked once are left out."""
    waves = _waves(session, wave, audience)
    asked = []
    for one in waves:
        version = load_version(session, one.fingerprint(audience))
        items = {item.key: item for item in version.survey.core if item.positive}
        asked.append((items, version.dutch, _released(session, one.key, audience, cut, member)))
    steps: dict[str, list[Step]] = {key: [] for key in asked[-1][0]}
    before: dict[str, tuple[Item, tuple[str, ...]]] = {}
    for one, (items, dutch, figures) in zip(waves, asked, strict=True):
        for key in steps.keys() & items.keys():
            words = words_of(audience, items[key], dutch)
            broken = key in before and not same_question(items[key], words, *before[key])
            withheld = Statistic(audience, key, cut, member, State.WITHHELD)
            steps[key].append(Step(one.key, figures.get(key, withheld), broken))
            before[key] = items[key], words
    return {key: tuple(found) for key, found in steps.items() if len(found) > 1}


def _waves(session: Session, wave: Wave, audience: str) -> Sequence[Wave]:
    """This wave and the closed ones before it that asked the same people, oldest first."""
    query = sa.select(Wave).where(Wave.state == "closed", Wave.starts_on < wave.starts_on)
    found = session.scalars(query.order_by(Wave.starts_on.desc()).limit(MOST - 1))
    return [*reversed([one for one in found if audience in one.surveys]), wave]


def _released(session: Session, wave_key: str, audience: str, cut: str, member: str) -> dict[str, Statistic]:
    """Question → its published figure, of those that the ledger has."""
    query = sa.select(ReleasedFigure.fingerprint).where(
        ReleasedFigure.wave_key == wave_key,
        ReleasedFigure.survey_key == audience,
        ReleasedFigure.cut == cut,
        ReleasedFigure.member == member,
    )
    out = set(session.scalars(query))
    published = read_statistics(session, wave_key, audience, cut=cut, member=member)
    return {one.item: one for one in published if fingerprint(one) in out}
