"""Counting a wave once, from rows to frozen counts; afterwards nobody reads rows again.

The database counts the answers of each cell (people with all features in common, see `responses.cells`) in
one pass; the declared cuts are sums of those, added up here as they come in, so that memory does not grow
with the answers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.analysis.models import PEOPLE, FrozenCount, FrozenGroup
from feedback_app.analysis.statistic import FLANDERS
from feedback_app.analysis.then_and_now import Pair, cell, pairs_of
from feedback_app.invitations.models import AUDIENCES, Invitation
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.definition import EXPLICIT_CODES, NOT_SHOWN, SKIPPED, Item, Survey
from feedback_app.responses.cells import CELLS, KEYS
from feedback_app.responses.models import MODES, Answer
from feedback_app.trajectories.models import Activity, Partner

#: disposition of an invitation → AAPOR outcome; `answered` is split into I and P on the responses
OUTCOMES = {
    "delivered": "NC",
    "refused": "R",
    "unknown": "UO",
    "bounced": "UO",
    "not_offered": "O",
    "not_eligible": "NE",
}

#: the mode of everything that comes through an invitation's link
LINK_MODE = "phone"
#: modes in which someone may have answered an invitation (open links and kiosks have none)
INVITED_MODES = (LINK_MODE, "paper", "assisted")

_FEATURES = (
    CELLS.c.region_key,
    CELLS.c.agency_key,
    CELLS.c.offer_type,
    CELLS.c.locale,
    CELLS.c.mode,
)
#: rows that are fetched at once
_ROWS = {"yield_per": 5_000}

Group = tuple[str, str]  # cut, member

_NO_REGION: Mapping[str, Sequence[Item]] = MappingProxyType({})


def freeze_counts(
    session: Session, wave_key: str, survey: Survey, regional: Mapping[str, Sequence[Item]] = _NO_REGION
) -> None:
    """Write the frozen counts and groups of one survey in one wave (flushes, does not commit).

    regional: region → the questions that are asked there only; they are counted for that region, and for no
    other group. Call `sort_into_cells` first.
    """
    counts = _answer_counts(session, wave_key, survey, regional)
    rows = [
        {
            "wave_key": wave_key,
            "survey_key": survey.key,
            "cut": cut,
            "member": member,
            "item_key": item,
            "value": value,
            "count": count,
        }
        for ((cut, member), item, value), count in counts.items()
    ]
    if rows:
        session.execute(sa.insert(FrozenCount), rows)
    outcomes = _outcomes(session, wave_key, survey.key) if invites(survey) else {}
    for group, is_complete, count in _without_invitation(session, wave_key, survey):
        outcomes.setdefault(group, Counter())["I" if is_complete else "P"] += count
    organisations = _organisations(session, wave_key) if survey.audience == "partner" else {}
    groups = [
        {
            "wave_key": wave_key,
            "survey_key": survey.key,
            "cut": cut,
            "member": member,
            "outcomes": dict(outcome),
            "organisations": sorted(organisations.get((cut, member), {}).values(), reverse=True),
        }
        for (cut, member), outcome in outcomes.items()
    ]
    if groups:
        session.execute(sa.insert(FrozenGroup), groups)


def invites(survey: Survey) -> bool:
    """Whether people are invited to this questionnaire, so that there is a number of who was asked."""
    return survey.key in AUDIENCES


def modes_of_answered(survey: Survey) -> tuple[str, ...]:
    """The modes whose answers together are those that are counted as answered; strangers' stand apart."""
    return INVITED_MODES if invites(survey) else MODES


def groups_of(region: str, agency: str, offer_type: str, locale: str, mode: str = "") -> list[Group]:
    """The groups of the declared cuts that someone with these features belongs to."""
    groups = [
        ("flanders", FLANDERS),
        ("region", region),
        ("agency", agency),
        ("offer_type", offer_type),
        ("language_group", GROUPS.get(locale, locale)),
    ]
    return [*groups, ("mode", mode)] if mode else groups


def _answer_counts(
    session: Session, wave_key: str, survey: Survey, regional: Mapping[str, Sequence[Item]]
) -> Counter[tuple[Group, str, str]]:
    """Everybody's answers by group, item and value: a few million numbers at most, however many answered.

    Of what was asked of then and now only the square is counted, of those who answered both.
    """
    counts: defaultdict[Group, Counter[tuple[str, str]]] = defaultdict(Counter)
    pairs = pairs_of(survey)
    items = [*survey.items, *(item for own in regional.values() for item in own)]
    only_there = {item.key: [counts["region", region]] for region, own in regional.items() for item in own}
    excluded = {item.key: set(item.exclude_modes) for item in items}
    excluded |= {pair.key: excluded[pair.now.key] for pair in pairs}
    halves = {half.key for pair in pairs for half in (pair.then, pair.now)}
    cells = sa.select(CELLS.c.cell, *_FEATURES).where(_of(wave_key, survey.key))
    belongs: dict[int, tuple[str, list[Counter[tuple[str, str]]]]] = {}
    for found in session.execute(cells.execution_options(**_ROWS)):
        at, region, agency, kind, locale, mode = found
        groups = groups_of(region, agency, kind, locale, mode)
        belongs[at] = mode, [counts[group] for group in groups]
    squares = (row for pair in pairs for row in _square(session, wave_key, survey, pair))
    for at, item, value, number in chain(_cells(session, wave_key, survey.key, items), squares):
        mode, members = belongs[at]
        if item not in halves and mode not in excluded[item]:
            for one in only_there.get(item, members):
                one[item, value] += number
    return Counter({(group, *key): n for group, one in counts.items() for key, n in one.items()})


def _cells(
    session: Session, wave_key: str, survey_key: str, items: Sequence[Item]
) -> Iterable[tuple[int, str, str, int]]:
    for query in _counted(wave_key, survey_key, items):
        for row in session.execute(query.execution_options(**_ROWS)):
            yield row[0], row[1], row[2], row[3]


def _counted(
    wave_key: str, survey_key: str, items: Sequence[Item]
) -> Iterable[sa.Select[int, str, str, int]]:
    """People per cell, item and value; the pseudo value PEOPLE counts who chose at least one of several."""
    keys = sa.join(KEYS, CELLS, CELLS.c.cell == KEYS.c.cell)
    here = _of(wave_key, survey_key)
    yield (
        sa.select(KEYS.c.cell, Answer.item_key, Answer.value, sa.func.count())
        .select_from(keys.join(Answer, Answer.response_id == KEYS.c.id))
        .where(here)
        .group_by(KEYS.c.cell, Answer.item_key, Answer.value)
    )
    codes = (*EXPLICIT_CODES, SKIPPED, NOT_SHOWN)
    for item in items:
        if item.type == "multiple":
            mine = sa.and_(Answer.response_id == KEYS.c.id, Answer.item_key == item.key)
            chose = sa.exists().where(mine, Answer.value.not_in(codes))
            people = sa.select(KEYS.c.cell, sa.literal(item.key), sa.literal(PEOPLE), sa.func.count())
            yield people.select_from(keys).where(here, chose).group_by(KEYS.c.cell)


def _of(wave_key: str, survey_key: str) -> sa.ColumnElement[bool]:
    return sa.and_(CELLS.c.wave_key == wave_key, CELLS.c.survey_key == survey_key)


def _square(
    session: Session, wave_key: str, survey: Survey, pair: Pair
) -> Iterable[tuple[int, str, str, int]]:
    """How many people of each cell gave which two answers, among those who gave both."""
    then, now = aliased(Answer), aliased(Answer)
    query = (
        sa.select(KEYS.c.cell, then.value, now.value, sa.func.count())
        .select_from(sa.join(KEYS, CELLS, CELLS.c.cell == KEYS.c.cell))
        .join(then, sa.and_(then.response_id == KEYS.c.id, then.item_key == pair.then.key))
        .join(now, sa.and_(now.response_id == KEYS.c.id, now.item_key == pair.now.key))
        .where(_of(wave_key, survey.key))
        .where(then.value.in_(pair.then.substantive), now.value.in_(pair.now.substantive))
        .group_by(KEYS.c.cell, then.value, now.value)
        .execution_options(**_ROWS)
    )
    for at, before, after, count in session.execute(query):
        yield at, pair.key, cell(before, after), count


def _without_invitation(session: Session, wave_key: str, survey: Survey) -> Iterable[tuple[Group, bool, int]]:
    """Responses to a questionnaire that nobody is invited to, by group: only answers, no rate."""
    if invites(survey):
        return
    rows = session.execute(
        sa.select(*_FEATURES, CELLS.c.complete, sa.func.sum(CELLS.c.people))
        .where(_of(wave_key, survey.key))
        .group_by(*_FEATURES, CELLS.c.complete)
    )
    for *features, is_complete, count in rows:
        for group in groups_of(*features):
            yield group, is_complete, count


def _outcomes(session: Session, wave_key: str, audience: str) -> dict[Group, Counter[str]]:
    """AAPOR outcomes by group: dispositions of invitations, with `answered` split on the responses.

    A language group's invitations are those of a contact language, its responses those given in one, so
    there the split cannot be made and every answer counts as P (the published RR1 is left out).
    """
    features = (
        Invitation.region_key,
        Invitation.agency_key,
        Invitation.offer_type,
        Invitation.contact_language,
    )
    asked = session.execute(
        sa.select(*features, Invitation.disposition, sa.func.count())
        .where(Invitation.wave_key == wave_key, Invitation.audience == audience)
        .group_by(*features, Invitation.disposition)
        .execution_options(**_ROWS)
    )
    outcomes: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for region, agency, offer_type, locale, disposition, count in asked:
        for group in groups_of(region, agency, offer_type, locale):
            outcomes[group][OUTCOMES.get(disposition, "P")] += count
    for group, complete in _complete(session, wave_key, audience, outcomes).items():
        moved = min(complete, outcomes[group]["P"])
        outcomes[group]["P"] -= moved
        outcomes[group]["I"] += moved
    for mode, is_complete, count in _modes(session, wave_key, audience):
        outcomes["mode", mode]["I" if is_complete else "P"] += count
    return outcomes


def _complete(
    session: Session, wave_key: str, audience: str, outcomes: Mapping[Group, Mapping[str, int]]
) -> Counter[Group]:
    """Complete responses by group, as far as they belong to an invitation.

    Those through a link all do. Paper that was typed in may or may not: of that no more count than there
    are answered invitations left, else strangers' paper would make partial answers complete.
    """
    linked: Counter[Group] = Counter()
    complete: dict[bool, Counter[Group]] = {True: Counter(), False: Counter()}
    rows = session.execute(
        sa.select(*_FEATURES, CELLS.c.complete, sa.func.sum(CELLS.c.people))
        .where(_of(wave_key, audience), CELLS.c.mode.in_(INVITED_MODES))
        .group_by(*_FEATURES, CELLS.c.complete)
        .execution_options(**_ROWS)
    )
    for *features, mode, is_complete, count in rows:
        for group in groups_of(*features):
            if group[0] == "language_group" or group not in outcomes:
                continue
            linked[group] += count if mode == LINK_MODE else 0
            complete[mode == LINK_MODE][group] += count if is_complete else 0
    for group, count in complete[False].items():
        complete[True][group] += min(count, max(0, outcomes[group]["P"] - linked[group]))
    return complete[True]


def _modes(session: Session, wave_key: str, audience: str) -> Iterable[tuple[str, bool, int]]:
    """Responses by mode: invitations have none, so there is no rate, only a number of answers."""
    yield from session.execute(
        sa.select(CELLS.c.mode, CELLS.c.complete, sa.func.sum(CELLS.c.people))
        .where(_of(wave_key, audience))
        .group_by(CELLS.c.mode, CELLS.c.complete)
    )


def _organisations(session: Session, wave_key: str) -> dict[Group, Counter[str]]:
    """Answered partner invitations per organisation in each group; the names go no further than here."""
    features = (
        Invitation.region_key,
        Invitation.agency_key,
        Invitation.offer_type,
        Invitation.contact_language,
        sa.func.coalesce(Partner.merged_into_id, Partner.id),
    )
    answered = session.execute(
        sa.select(*features, sa.func.count())
        .join(Activity, Activity.id == Invitation.activity_id)
        .join(Partner, Partner.id == Activity.partner_id)
        .where(Invitation.wave_key == wave_key, Invitation.disposition == "answered")
        .group_by(*features)
        .execution_options(**_ROWS)
    )
    found: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for region, agency, offer_type, locale, partner, count in answered:
        for group in groups_of(region, agency, offer_type, locale):
            found[group][partner] += count
    for group, count in _unlinked(session, wave_key).items():
        largest = max(found[group], key=lambda partner: found[group][partner], default="")
        found[group][largest] += count
    return found


def _unlinked(session: Session, wave_key: str) -> Counter[Group]:
    """Partner responses that came without an invitation: all may be from the organisation that gave most."""
    loaded = session.execute(
        sa.select(*_FEATURES, sa.func.sum(CELLS.c.people))
        .where(_of(wave_key, "partner"), CELLS.c.mode != LINK_MODE)
        .group_by(*_FEATURES)
        .execution_options(**_ROWS)
    )
    found: Counter[Group] = Counter()
    for *features, count in loaded:
        found.update(dict.fromkeys(groups_of(*features[:4]), count))
    return found
