"""Counting a wave once, from rows to frozen counts; afterwards nobody reads rows again.

Answers are counted in `answer_counts`; here is who was asked, who answered and which organisations stand
behind that. All of it by group of the declared cuts (`tally`), so that memory does not grow with the answers.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.answer_counts import Counts, counts_of, people_of
from feedback_app.analysis.models import FrozenCount, FrozenGroup
from feedback_app.analysis.statistic import FLANDERS
from feedback_app.analysis.tally import Group, tally
from feedback_app.invitations.models import AUDIENCES, Invitation
from feedback_app.questionnaires.definition import Item, Survey
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

#: group → mode and whether complete → people
People = Mapping[Group, Counter[tuple[str, bool]]]
#: the features that `tally` asks for
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
    other group.
    """
    counts, people = counts_of(survey, answers, regional), people_of(survey, answers)
    here = {"wave_key": wave_key, "survey_key": survey.key}
    rows = [
        {**here, "cut": cut, "member": member, "item_key": item, "value": value, "count": count}
        for ((cut, member), item, value), count in counts.items()
    ]
    if rows:
        session.execute(sa.insert(FrozenCount), rows)
    outcomes = _outcomes(session, wave_key, survey.key, people) if invites(survey) else _answered(people)
    organisations = _organisations(session, wave_key, people) if survey.audience == "partner" else {}
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


def _answered(people: People) -> dict[Group, Counter[str]]:
    """Outcomes of a questionnaire that nobody is invited to: only answers, no rate."""
    outcomes: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for group, told in people.items():
        for (_, is_complete), count in told.items():
            outcomes[group]["I" if is_complete else "P"] += count
    return outcomes | _by_mode(people)


def _by_mode(people: People) -> dict[Group, Counter[str]]:
    """Responses by mode: invitations have none, so there is no rate, only a number of answers."""
    outcomes: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for (mode, is_complete), count in people.get(("flanders", FLANDERS), Counter()).items():
        outcomes["mode", mode]["I" if is_complete else "P"] += count
    return outcomes


def _outcomes(session: Session, wave_key: str, audience: str, people: People) -> dict[Group, Counter[str]]:
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
    for group, given in people.items():
        if group in outcomes and group[0] != "language_group":
            moved = min(_complete(given, outcomes[group]["P"]), outcomes[group]["P"])
            outcomes[group]["P"] -= moved
            outcomes[group]["I"] += moved
    return outcomes | _by_mode(people)


def _complete(told: Mapping[tuple[str, bool], int], answered: int) -> int:
    """Complete responses of a group, as far as they belong to an invitation.

    Those through a link all do. Paper that was typed in may or may not: of that no more count than there
    are answered invitations left, else strangers' paper would make partial answers complete.
    """
    linked = told.get((LINK_MODE, True), 0)
    by_hand = sum(told.get((mode, True), 0) for mode in INVITED_MODES if mode != LINK_MODE)
    return linked + min(by_hand, max(0, answered - linked - told.get((LINK_MODE, False), 0)))


def _organisations(session: Session, wave_key: str, people: People) -> dict[Group, Counter[str]]:
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
    for group, given in people.items():  # without an invitation: all may be from the one that gave most
        if count := sum(number for (mode, _), number in given.items() if mode != LINK_MODE):
            largest = max(found[group], key=found[group].__getitem__, default="")
            found[group][largest] += count
    return found
