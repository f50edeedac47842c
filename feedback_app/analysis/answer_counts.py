"""Counting what a closing wave's people answered: once, as one list per person.

SQLite keeps somebody's answers beside each other and lists them without sorting; PostgreSQL sorts them by a
number. To add up all rows by six groups, question and answer would take either of them twice as long.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.analysis.models import PEOPLE
from feedback_app.analysis.tally import Group, Told, pieces, tally, tally_lists
from feedback_app.analysis.then_and_now import Pair, cell, pairs_of
from feedback_app.database import Base
from feedback_app.questionnaires.definition import EXPLICIT_CODES, NOT_SHOWN, SKIPPED, Item, Survey
from feedback_app.responses.cells import CELLS, KEYS
from feedback_app.responses.models import Answer

#: what is no choice
_CODES = frozenset((*EXPLICIT_CODES, SKIPPED, NOT_SHOWN))
#: between question and answer, and between two of them: signs that no key has
_IS, _AND = "\x1f", "\x1e"
_FEATURES = (CELLS.c.region_key, CELLS.c.agency_key, CELLS.c.offer_type, CELLS.c.locale)
_ANSWERS = Base.metadata.tables[Answer.__tablename__]
_PEOPLE_IN_CELLS = sa.join(KEYS, CELLS, CELLS.c.cell == KEYS.c.cell)

#: group → (survey, mode, item, value) → people
Counts = Mapping[Group, Counter[Told]]
Regional = Mapping[str, Sequence[Item]]  # region → the questions that are asked there only


def count_answers(session: Session, wave_key: str, asked: Iterable[tuple[Survey, Regional]]) -> Counts:
    """Everybody's answers to all questionnaires by group: no more numbers for a million than for few.

    The pseudo value PEOPLE counts who chose at least one of several. Call `sort_into_cells` first.
    """
    several = {item.key for survey, own in asked for item in _items(survey, own) if item.type == "multiple"}
    found = tally_lists(_lists(session, wave_key, frozenset(several)))
    return {group: _apart(told) for group, told in found.items()}


def counts_of(
    session: Session, wave_key: str, survey: Survey, counts: Counts, regional: Regional
) -> Counter[tuple[Group, str, str]]:
    """The answers to one questionnaire by group, item and value, out of those to all.

    Without those given in a mode in which a question does not count. Of what was asked of then and now only
    the square is counted, of those who answered both. A region's own questions are counted for that region.
    """
    pairs = pairs_of(survey)
    items = {item.key: item for item in _items(survey, regional)}
    excluded = {key: set(item.exclude_modes) for key, item in items.items()}
    excluded |= {pair.key: excluded[pair.now.key] for pair in pairs}
    halves = {half.key for pair in pairs for half in (pair.then, pair.now)}
    only_there = {item.key: ("region", region) for region, own in regional.items() for item in own}
    squares = (_square(session, wave_key, survey.key, pair) for pair in pairs)
    found: Counter[tuple[Group, str, str]] = Counter()
    for one in (counts, *squares):
        for group, told in one.items():
            for (answered, mode, item, value), number in told.items():
                key = str(item)
                if answered != survey.key or key in halves or mode in excluded[key]:
                    continue
                if value == PEOPLE and items[key].type != "multiple":
                    continue  # it may be so in another questionnaire
                if only_there.get(key, group) == group:
                    found[group, key, str(value)] += number
                if group[0] == "flanders" and key not in only_there:
                    found[("mode", str(mode)), key, str(value)] += number
    return found


def _items(survey: Survey, regional: Regional) -> list[Item]:
    return [*survey.items, *(item for own in regional.values() for item in own)]


def _apart(told: Counter[Told]) -> Counter[Told]:
    return Counter(
        {(*where, *str(said).split(_IS)): number for (*where, said), number in told.items() if said}
    )


class _Once(dict[str, str]):
    """What somebody said → the same words, kept once: equal ones need no comparing then."""

    def __missing__(self, said: str) -> str:
        return self.setdefault(said, said)


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
    session: Session, wave_key: str, several: frozenset[str]
) -> Iterable[tuple[tuple[Told, Told], Sequence[str]]]:
    """Everybody with the coarse keys of their cell and the list of what they said."""
    cells = sa.select(CELLS.c.cell, *_FEATURES, CELLS.c.survey_key, CELLS.c.mode)
    same: dict[Told, Told] = {}
    belongs: dict[int, tuple[Told, Told]] = {}
    for rows in pieces(session, cells.where(CELLS.c.wave_key == wave_key)):
        for at, region, agency, kind, locale, survey, mode in rows:
            where, what = (region, agency, survey, mode), (kind, locale, survey, mode)
            belongs[at] = same.setdefault(where, where), same.setdefault(what, what)
    people = (
        sa.select(KEYS.c.cell, sa.func.aggregate_strings(_ANSWERS.c.item_key + _IS + _ANSWERS.c.value, _AND))
        .join(_ANSWERS, _ANSWERS.c.response_id == KEYS.c.id)
        .where(KEYS.c.new_id != KEYS.c.id)  # only who is in the wave that closes gets a new key
        .group_by(KEYS.c.place)
    )
    once, chose = _Once(), _Chose(several)
    for rows in pieces(session, people):
        for at, joined in rows:
            listed = [*map(once.__getitem__, joined.split(_AND))]
            listed += {*map(chose.__getitem__, listed)}
            yield belongs[at], listed


def _square(session: Session, wave_key: str, survey_key: str, pair: Pair) -> Counts:
    """How many people gave which two answers, among those who gave both."""
    then, now = aliased(Answer), aliased(Answer)
    query = (
        sa.select(*_FEATURES, CELLS.c.mode, then.value, now.value)
        .select_from(_PEOPLE_IN_CELLS)
        .join(then, sa.and_(then.response_id == KEYS.c.id, then.item_key == pair.then.key))
        .join(now, sa.and_(now.response_id == KEYS.c.id, now.item_key == pair.now.key))
        .where(CELLS.c.wave_key == wave_key, CELLS.c.survey_key == survey_key)
        .where(then.value.in_(pair.then.substantive), now.value.in_(pair.now.substantive))
    )
    return {
        group: Counter(
            {(survey_key, mode, pair.key, cell(str(a), str(b))): n for (mode, a, b), n in told.items()}
        )
        for group, told in tally(session, query).items()
    }
