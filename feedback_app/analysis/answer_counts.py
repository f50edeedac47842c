"""Counting what a closing wave's people answered, in one pass over their rows.

Each row brings somebody's answers as one list. Lists are added up under two coarse keys that hold all
features between them: where (region and agency) and what (kind of activity and language). Neither grows with
the number of answers.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.models import PEOPLE
from feedback_app.analysis.tally import CUTS, Group, Told, grouped, pieces
from feedback_app.analysis.then_and_now import cell, pairs_of
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.responses.cells import RESPONSES
from feedback_app.responses.stored_answers import apart, said

#: counts everybody, by whether they answered enough; cannot be an item's key
_EVERYBODY, _COMPLETE, _PARTIAL = "@everybody", "complete", "partial"
_FEATURES = ("region_key", "agency_key", "offer_type", "locale", "survey_key", "mode", "complete")

#: group → (survey, mode, item, value) → people
Counts = Mapping[Group, Counter[Told]]
Regional = Mapping[str, Sequence[Item]]  # region → the questions that are asked there only


def count_answers(session: Session, wave_key: str, asked: Iterable[tuple[Survey, Regional]]) -> Counts:
    """Everybody's answers to all questionnaires by group: no more numbers for a million than for few.

    The pseudo value PEOPLE counts who chose at least one of several; what was asked of then and now is
    counted as one square too, of those who answered both.
    """
    follows = {survey.key: _Follows(survey, regional) for survey, regional in asked}
    everybody = said(_EVERYBODY, _PARTIAL), said(_EVERYBODY, _COMPLETE)
    counted: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    columns = [RESPONSES.c[name] for name in _FEATURES]
    as_text = sa.type_coerce(RESPONSES.c.answers, sa.Text)  # a thousand lists are read as one
    query = sa.select(*columns, as_text).where(RESPONSES.c.wave_key == wave_key)
    for rows in pieces(session, query):
        waiting: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        lists = json.loads(f"[{','.join(row[-1] for row in rows)}]")
        for (region, agency, kind, locale, survey, mode, enough, _), listed in zip(rows, lists, strict=True):
            heard = [*listed, *follows[survey].of(listed), everybody[bool(enough)]]
            waiting["where", region, agency, survey, mode] += heard
            waiting["what", kind, locale, survey, mode] += heard
        for key, together in waiting.items():
            counted[key].update(together)
    return grouped(_by_feature(counted))


def counts_of(survey: Survey, counts: Counts, regional: Regional) -> Counter[tuple[Group, str, str]]:
    """The answers to one questionnaire by group, item and value, out of those to all.

    Without those given in a mode in which a question does not count. Of what was asked of then and now only
    the square is counted. A region's own questions are counted for that region.
    """
    pairs = pairs_of(survey)
    excluded = {item.key: set(item.exclude_modes) for item in _items(survey, regional)}
    excluded |= {pair.key: excluded[pair.now.key] for pair in pairs}
    for pair in pairs:
        del excluded[pair.then.key], excluded[pair.now.key]
    only_there = {item.key: ("region", region) for region, own in regional.items() for item in own}
    found: Counter[tuple[Group, str, str]] = Counter()
    for group, told in counts.items():
        for (answered, mode, item, value), number in told.items():
            key = str(item)
            if answered != survey.key or key not in excluded or mode in excluded[key]:
                continue
            if only_there.get(key, group) == group:
                found[group, key, str(value)] += number
            if group[0] == "flanders" and key not in only_there:
                found[("mode", str(mode)), key, str(value)] += number
    return found


def people_of(survey: Survey, counts: Counts) -> dict[Group, Counter[tuple[str, bool]]]:
    """How many answered one questionnaire: group → mode and whether complete → people."""
    found: dict[Group, Counter[tuple[str, bool]]] = {}
    for group, told in counts.items():
        for (answered, mode, item, value), number in told.items():
            if answered == survey.key and item == _EVERYBODY:
                found.setdefault(group, Counter())[str(mode), value == _COMPLETE] += number
    return found


def _items(survey: Survey, regional: Regional) -> list[Item]:
    return [*survey.items, *(item for own in regional.values() for item in own)]


def _by_feature(counted: Mapping[tuple[str, ...], Counter[str]]) -> Iterator[tuple[str, str, Told, int]]:
    """Each feature by itself: cut, member, what is told, people."""
    for (half, first, second, *where), heard in counted.items():
        cuts = CUTS[:2] if half == "where" else CUTS[2:]
        for one, number in heard.items():
            told = (*where, *apart(one))
            yield cuts[0], first, told, number
            yield cuts[1], second, told, number


class _Follows:
    """What follows from somebody's answers to one questionnaire, as further answers."""

    def __init__(self, survey: Survey, regional: Regional) -> None:
        self._chose = {
            said(item.key, value): said(item.key, PEOPLE)
            for item in _items(survey, regional)
            if item.type == "multiple"
            for value in item.substantive
        }
        self._pairs = [(pair.key, _given(pair.then), _given(pair.now)) for pair in pairs_of(survey)]

    def of(self, listed: Sequence[str]) -> Iterable[str]:
        """At least one of several was chosen; both were answered, of then and of now."""
        found = {self._chose[one] for one in listed if one in self._chose}
        for key, then, now in self._pairs:
            both = [then[one] for one in listed if one in then] + [now[one] for one in listed if one in now]
            if len(both) == 2:
                found.add(said(key, cell(*both)))
        return found


def _given(item: Item) -> Mapping[str, str]:
    """Each answer that counts, as it stands in the list → its value."""
    return {said(item.key, value): value for value in item.substantive}
