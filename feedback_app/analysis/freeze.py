"""Counting a wave once, from rows to frozen counts; afterwards nobody reads rows again.

Answers are counted in `answer_counts`; here is who was asked, who answered and which organisations stand
behind that. All of it by group of the declared cuts (`tally`), so that memory does not grow with the answers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.answer_counts import Counts, counts_of
from feedback_app.analysis.models import FrozenCount, FrozenGroup
from feedback_app.analysis.tally import Group, tally
from feedback_app.invitations.models import AUDIENCES, Invitation
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.responses.cells import CELLS
from feedback_app.responses.models import MODES
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

#: the features that `tally` asks for, of who answered and of who was asked
_FEATURES = (CELLS.c.region_key, CELLS.c.agency_key, CELLS.c.offer_type, CELLS.c.locale)
_INVITED = (
    Invitation.region_key,
    Invitation.agency_key,
    Invitation.offer_type,
    Invitation.contact_language,
)

_NO_REGION: Mapping[str, Sequence[Item]] = MappingProxyType({})


def freeze_counts(
    session: Session,
    wave_key: str,
    survey: Survey,
    answers: Counts,
    regional: Mapping[str, Sequence[Item]] = _NO_REGION,
) -> None:
    """Write the frozen counts and groups of one survey in one wave (flushes, does not commit).

    answers: those of everybody, from `count_answers`.
    regional: region → the questions that are asked there only; they are counted for that region, and for no
    other group. Call `sort_into_cells` first.
    """
    counts = counts_of(session, wave_key, survey, answers, regional)
    here = {"wave_key": wave_key, "survey_key": survey.key}
    rows = [
        {**here, "cut": cut, "member": member, "item_key": item, "value": value, "count": count}
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
            **here,
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


def _of(wave_key: str, survey_key: str) -> sa.ColumnElement[bool]:
    return sa.and_(CELLS.c.wave_key == wave_key, CELLS.c.survey_key == survey_key)


def _without_invitation(session: Session, wave_key: str, survey: Survey) -> Iterable[tuple[Group, bool, int]]:
    """Responses to a questionnaire that nobody is invited to, by group: only answers, no rate."""
    if invites(survey):
        return
    query = sa.select(*_FEATURES, CELLS.c.complete, CELLS.c.people).where(_of(wave_key, survey.key))
    for group, told in tally(session, query, weighed=True).items():
        for (is_complete,), count in told.items():
            yield group, bool(is_complete), count
    for mode, is_complete, count in _modes(session, wave_key, survey.key):
        yield ("mode", mode), is_complete, count


def _outcomes(session: Session, wave_key: str, audience: str) -> dict[Group, Counter[str]]:
    """AAPOR outcomes by group: dispositions of invitations, with `answered` split on the responses.

    A language group's invitations are those of a contact language, its responses those given in one, so
    there the split cannot be made and every answer counts as P (the published RR1 is left out).
    """
    asked = sa.select(*_INVITED, Invitation.disposition).where(
        Invitation.wave_key == wave_key, Invitation.audience == audience
    )
    outcomes: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for group, told in tally(session, asked).items():
        for (disposition,), count in told.items():
            outcomes[group][OUTCOMES.get(str(disposition), "P")] += count
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
    query = sa.select(*_FEATURES, CELLS.c.mode, CELLS.c.complete, CELLS.c.people).where(
        _of(wave_key, audience), CELLS.c.mode.in_(INVITED_MODES)
    )
    found: Counter[Group] = Counter()
    for group, told in tally(session, query, weighed=True).items():
        if group[0] == "language_group" or group not in outcomes:
            continue
        linked = sum(count for (mode, _), count in told.items() if mode == LINK_MODE)
        complete = {True: 0, False: 0}
        for (mode, is_complete), count in told.items():
            complete[mode == LINK_MODE] += count if is_complete else 0
        left = max(0, outcomes[group]["P"] - linked)
        found[group] = complete[True] + min(complete[False], left)
    return found


def _modes(session: Session, wave_key: str, survey_key: str) -> Iterable[tuple[str, bool, int]]:
    """Responses by mode: invitations have none, so there is no rate, only a number of answers."""
    yield from session.execute(
        sa.select(CELLS.c.mode, CELLS.c.complete, sa.func.sum(CELLS.c.people))
        .where(_of(wave_key, survey_key))
        .group_by(CELLS.c.mode, CELLS.c.complete)
    )


def _organisations(session: Session, wave_key: str) -> dict[Group, Counter[str]]:
    """Answered partner invitations per organisation in each group; the names go no further than here."""
    answered = (
        sa.select(*_INVITED, sa.func.coalesce(Partner.merged_into_id, Partner.id))
        .join(Activity, Activity.id == Invitation.activity_id)
        .join(Partner, Partner.id == Activity.partner_id)
        .where(Invitation.wave_key == wave_key, Invitation.disposition == "answered")
    )
    found: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for group, told in tally(session, answered).items():
        found[group].update({str(partner): count for (partner,), count in told.items()})
    for group, count in _unlinked(session, wave_key).items():
        largest = max(found[group], key=lambda partner: found[group][partner], default="")
        found[group][largest] += count
    return found


def _unlinked(session: Session, wave_key: str) -> Counter[Group]:
    """Partner responses that came without an invitation: all may be from the organisation that gave most."""
    query = sa.select(*_FEATURES, CELLS.c.people).where(_of(wave_key, "partner"), CELLS.c.mode != LINK_MODE)
    counts = tally(session, query, weighed=True)
    return Counter({group: told.total() for group, told in counts.items()})
