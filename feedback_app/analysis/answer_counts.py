"""Counting what a closing wave's people answered: once, in the order in which the database keeps it.

SQLite keeps somebody's answers beside each other, so they come as one list per person and no row is ever
sorted or looked at by itself; PostgreSQL keeps no order and adds up by hashes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.analysis.models import PEOPLE
from feedback_app.analysis.tally import ROWS, Group, Told, tally, tally_lists
from feedback_app.analysis.then_and_now import Pair, cell, pairs_of
from feedback_app.questionnaires.definition import EXPLICIT_CODES, NOT_SHOWN, SKIPPED, Item, Survey
from feedback_app.responses.cells import CELLS, KEYS
from feedback_app.responses.models import Answer
from feedback_app.statements import Channel, Statement

#: what is no choice
_CODES = frozenset((*EXPLICIT_CODES, SKIPPED, NOT_SHOWN))
#: between question and answer, and between two of them: signs that no key has
_IS, _AND = "\x1f", "\x1e"
_FEATURES = (CELLS.c.region_key, CELLS.c.agency_key, CELLS.c.offer_type, CELLS.c.locale)
_PEOPLE_IN_CELLS = sa.join(KEYS, CELLS, CELLS.c.cell == KEYS.c.cell)

Counts = Mapping[Group, Counter[Told]]  # told: mode, item, value


def count_answers(
    session: Session, wave_key: str, survey: Survey, regional: Mapping[str, Sequence[Item]]
) -> Counter[tuple[Group, str, str]]:
    """Everybody's answers by group, item and value: as many numbers for a hundred people as for a million.

    The pseudo value PEOPLE counts who chose at least one of several. Of what was asked of then and now only
    the square is counted, of those who answered both. A region's own questions are counted for that region.
    """
    pairs = pairs_of(survey)
    items = [*survey.items, *(item for own in regional.values() for item in own)]
    several = [item.key for item in items if item.type == "multiple"]
    excluded = {item.key: set(item.exclude_modes) for item in items}
    excluded |= {pair.key: excluded[pair.now.key] for pair in pairs}
    halves = {half.key for pair in pairs for half in (pair.then, pair.now)}
    only_there = {item.key: ("region", region) for region, own in regional.items() for item in own}
    counted = _count(session, wave_key, survey.key, several)
    squares = (_square(session, wave_key, survey.key, pair) for pair in pairs)
    found: Counter[tuple[Group, str, str]] = Counter()
    for counts in (counted, *squares):
        for group, told in counts.items():
            for (mode, item, value), number in told.items():
                key = str(item)
                if key in halves or mode in excluded[key]:
                    continue
                if only_there.get(key, group) == group:
                    found[group, key, str(value)] += number
                if group[0] == "flanders" and key not in only_there:
                    found[("mode", str(mode)), key, str(value)] += number
    return found


def _of(wave_key: str, survey_key: str) -> sa.ColumnElement[bool]:
    return sa.and_(CELLS.c.wave_key == wave_key, CELLS.c.survey_key == survey_key)


def _count(session: Session, wave_key: str, survey_key: str, several: Sequence[str]) -> Counts:
    here = _of(wave_key, survey_key)
    if session.get_bind().dialect.name != "postgresql":
        found = tally_lists(_lists(session, here, frozenset(several)))
        return {group: _apart(told) for group, told in found.items()}
    answers = sa.select(*_FEATURES, CELLS.c.mode, Answer.item_key, Answer.value).select_from(
        _PEOPLE_IN_CELLS.join(Answer, Answer.response_id == KEYS.c.id)
    )
    counts = tally(session, answers.where(here))
    chose = (
        sa.select(Answer.response_id, Answer.item_key)
        .where(Answer.item_key.in_(several), Answer.value.not_in(_CODES))
        .distinct()
        .subquery()
    )
    people = sa.select(*_FEATURES, CELLS.c.mode, chose.c.item_key, sa.literal(PEOPLE)).select_from(
        _PEOPLE_IN_CELLS.join(chose, chose.c.response_id == KEYS.c.id)
    )
    if several:
        for group, told in tally(session, people.where(here)).items():
            counts[group].update(told)
    return counts


def _apart(told: Counter[Told]) -> Counter[Told]:
    return Counter({(mode, *str(said).split(_IS)): number for (mode, said), number in told.items() if said})


class _Chose(dict[str, str]):
    """What somebody said → its question and PEOPLE, where several may be chosen and this is one; else ""."""

    def __init__(self, several: frozenset[str]) -> None:
        super().__init__()
        self._several = several

    def __missing__(self, said: str) -> str:
        item, _, value = said.partition(_IS)
        chose = item in self._several and value not in _CODES
        return self.setdefault(said, f"{item}{_IS}{PEOPLE}" if chose else "")


def _lists(
    session: Session, here: sa.ColumnElement[bool], several: frozenset[str]
) -> Iterable[tuple[tuple[Told, Told], Sequence[str]]]:
    """Everybody with the coarse keys of their cell and the list of what they said."""
    channel = Channel.within(session)
    cells = Statement(sa.select(CELLS.c.cell, *_FEATURES, CELLS.c.mode).where(here))
    same: dict[Told, Told] = {}
    belongs: dict[int, tuple[Told, Told]] = {}
    for rows in channel.pieces(cells, ROWS):
        for at, region, agency, kind, locale, mode in rows:
            where, what = (region, agency, mode), (kind, locale, mode)
            belongs[at] = same.setdefault(where, where), same.setdefault(what, what)
    said = sa.func.group_concat(Answer.item_key + _IS + Answer.value, _AND)
    people = sa.select(KEYS.c.cell, said).select_from(
        _PEOPLE_IN_CELLS.join(Answer, Answer.response_id == KEYS.c.id)
    )
    chose = _Chose(several)
    for rows in channel.pieces(Statement(people.where(here).group_by(KEYS.c.place)), ROWS):
        for at, joined in rows:
            listed = joined.split(_AND)
            yield belongs[at], [*listed, *{*map(chose.__getitem__, listed)}]


def _square(session: Session, wave_key: str, survey_key: str, pair: Pair) -> Counts:
    """How many people gave which two answers, among those who gave both."""
    then, now = aliased(Answer), aliased(Answer)
    query = (
        sa.select(*_FEATURES, CELLS.c.mode, then.value, now.value)
        .select_from(_PEOPLE_IN_CELLS)
        .join(then, sa.and_(then.response_id == KEYS.c.id, then.item_key == pair.then.key))
        .join(now, sa.and_(now.response_id == KEYS.c.id, now.item_key == pair.now.key))
        .where(_of(wave_key, survey_key))
        .where(then.value.in_(pair.then.substantive), now.value.in_(pair.now.substantive))
    )
    return {
        group: Counter({(mode, pair.key, cell(str(a), str(b))): n for (mode, a, b), n in told.items()})
        for group, told in tally(session, query).items()
    }
