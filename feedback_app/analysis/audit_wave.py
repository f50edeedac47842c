"""Attacking a closed wave: reads all that is out as a stranger does, and says what could be computed.

Shares nothing with who protects but the reading of a printed number. Only which groups are secret comes
from the frozen counts.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.attacker import Contradiction, Program, Row, cells_of, rows_of
from feedback_app.analysis.counts import WaveCounts
from feedback_app.analysis.freeze import modes_of_answered
from feedback_app.analysis.ledger import (
    Printed,
    facts_of,
    fingerprint,
    item_of,
    policies_of,
    printed_from,
    structure_of,
)
from feedback_app.analysis.models import ReleasedFigure
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.published import read_participation, read_statistics
from feedback_app.analysis.reading import ANSWERED, PARTICIPATION, Question, Structure, known_relations
from feedback_app.analysis.tables import Cell, Figure, Relation
from feedback_app.questionnaires.definition import Survey

Secret = tuple[str, str, str, frozenset[Cell]]  # cut, member, which answers, cells


@dataclass(frozen=True)
class Finding:
    """A group that a reader can compute although it is too small, or figures that cannot all be true."""

    audience: str
    item: str
    cut: str
    member: str
    answer: str


@dataclass(frozen=True)
class Attack:
    """What an attack on one wave looked at, and what it opened."""

    figures: int
    secrets: int
    findings: tuple[Finding, ...]


def attack_survey(
    session: Session,
    wave_key: str,
    survey: Survey,
    counts: WaveCounts,
    out: Iterable[Printed],
    only: Collection[str] = (),
) -> Attack:
    """Attack all that is `out` about one side of a closed wave, taken together.

    Each is read by the policy it went out under: a reader knows how it was rounded then.
    only: keys of the questions to look at; none given: all.
    """
    printed = {fingerprint(one): one for one in out}
    under = defaultdict(lambda: counts.policy, policies_of(session, wave_key, survey.key))
    noted = structure_of(session, wave_key, survey.key)["blocks"]
    questions = counts.questions()
    if counts.is_core:
        questions.append(Question.participation(wave_key, survey.key))
    figures = secrets = 0
    findings: list[Finding] = []
    for question in questions:
        keys = {one.key for one in question.printed}
        if only and not keys & set(only):
            continue
        about = [(one, under[key]) for key, one in printed.items() if item_of(one) in keys]
        facts = [fact for one, policy in about for fact in facts_of(question, one, policy)]
        asked = question.key == PARTICIPATION
        members = {**counts.members, **({"mode": modes_of_answered(survey)} if asked else {})}
        blocks = noted["asked" if asked else "answers"] if counts.is_core else ()
        structure = question.within(Structure(members, blocks))
        hidden = list(_secrets(question, counts, structure.members))
        hidden += _rests(question, counts, structure.members) if asked else ()
        figures, secrets = figures + len(facts), secrets + len(hidden)
        findings += _opened(question, facts, structure, hidden, counts)
    return Attack(figures, secrets, tuple(findings))


def everything_out(session: Session, wave_key: str, survey: Survey) -> list[Printed]:
    """All figures that pages and files show of a wave, and all that the ledger says ever went out."""
    rows = session.scalars(
        sa.select(ReleasedFigure).where(
            ReleasedFigure.wave_key == wave_key, ReleasedFigure.survey_key == survey.key
        )
    )
    cuts = ("flanders", "region", "agency", "offer_type", "language_group", "mode")
    shown = [one for cut in cuts for one in read_statistics(session, wave_key, survey.key, cut=cut)]
    return [*shown, *read_participation(session, wave_key, survey.key), *map(printed_from, rows)]


def _opened(
    question: Question,
    facts: Sequence[Figure],
    structure: Structure,
    secrets: Sequence[Secret],
    counts: WaveCounts,
) -> list[Finding]:
    true = _true(question, counts, structure)
    known: list[Figure | Relation] = [*facts, *known_relations(question, structure, true)]
    cells = sorted(set().union(*(one[3] for one in secrets), *map(cells_of, known)))
    place = {cell: at for at, cell in enumerate(cells)}
    rows: list[Row] = [row for fact in known for row in rows_of(fact, place)]
    parts = [[place[cell] for cell in one[3]] for one in secrets]
    try:
        opened = Program(len(cells), rows).opened(parts, counts.policy.smallest_cell)
    except Contradiction:
        return [Finding(question.audience, question.key, "", "", "?")]
    return [Finding(question.audience, question.key, *secrets[number][:3]) for number in opened]


def _true(question: Question, counts: WaveCounts, structure: Structure) -> dict[Cell, int]:
    found: dict[Cell, int] = {}
    for cut, members in structure.members.items():
        for member in members:
            values, base, _thin = _values(question, counts, cut, member)
            found |= question.people(cut, member, values, base)
    return found


def _values(
    question: Question, counts: WaveCounts, cut: str, member: str
) -> tuple[dict[str, int], int, bool]:
    """People per answer, the base, and whether the group is too small for any of its numbers."""
    if question.key != PARTICIPATION:
        counted = counts.counted(question, cut, member)
        return dict(counted.counts.values), counted.base, counted.thin
    outcomes = counts.outcomes(cut, member)
    base = sum(number for code, number in outcomes.items() if code != "NE")
    values = {code: outcomes.get(code, 0) for code in ANSWERED}
    return {**values, "N": base - sum(values.values())}, base, base < counts.policy.base_ranges[0][0]


def _secrets(
    question: Question, counts: WaveCounts, structure: Mapping[str, Sequence[str]]
) -> Iterable[Secret]:
    """Every group of one to four, every rest of one to four, small unanimity, all numbers of thin groups."""
    policy = counts.policy
    for cut, members in structure.items():
        for member in members:
            values, base, thin = _values(question, counts, cut, member)
            secret = _secret(policy, base, thin)
            if base > 0 and (base < policy.smallest_cell or thin):
                yield cut, member, "*", question.whole(cut, member)
            answers = [ANSWERED, ("P",)] if question.key == PARTICIPATION else question.splits
            for options in answers:
                people = sum(values.get(option, 0) for option in options)
                part = question.part(cut, member, *options)
                if secret(people):
                    yield cut, member, " + ".join(options), part
                if question.key != PARTICIPATION and secret(base - people):
                    rest = question.whole(cut, member, options[0]) - part
                    yield cut, member, "not " + " + ".join(options), rest


def _rests(
    question: Question, counts: WaveCounts, structure: Mapping[str, Sequence[str]]
) -> Iterable[Secret]:
    """The one to four who answered in all groups of a cut together that are too small for a number."""
    policy = counts.policy
    for cut, members in structure.items():
        answered = {
            member: sum(values[code] for code in ANSWERED)
            for member in members
            for values, _base, _thin in (_values(question, counts, cut, member),)
        }
        small = [member for member, people in answered.items() if people < policy.base_ranges[0][0]]
        if len(small) > 1 and 0 < sum(answered[member] for member in small) < policy.smallest_cell:
            parts = (question.part(cut, member, *ANSWERED) for member in small)
            yield cut, " + ".join(small), " + ".join(ANSWERED), frozenset().union(*parts)


def _secret(policy: Policy, base: int, thin: bool) -> Callable[[int], bool]:
    def secret(people: int) -> bool:
        few = 0 < people < policy.smallest_cell
        return few or 0 < people == base < policy.unanimity_below or (thin and people > 0)

    return secret
