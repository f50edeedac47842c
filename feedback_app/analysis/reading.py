"""Reading what is printed as a stranger does who knows our rules: each number as what it lets conclude.

Used by who protects, by the ledger and by the attacker, so that all speak of the same cells: a cell is the
people of one group who gave one answer to one question in one wave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from feedback_app.analysis.policy import Policy
from feedback_app.analysis.statistic import FLANDERS, Band, Participation, Statistic
from feedback_app.analysis.tables import Cell, Figure, Relation

#: the pseudo question under which participation is read: complete, partial, did not answer
PARTICIPATION = "@participation"
ANSWERED = ("I", "P")
#: outcomes of Flanders are printed to the nearest multiple of this, an odd number
OUTCOMES_STEP = 5

Facts = tuple[Figure, ...]


@dataclass(frozen=True)
class Sums:
    """Sums of a question's answers that are printed as a question of their own: answer → those summed.

    named: where only the positive end is printed, the answers that stand beside it without a share.
    """

    key: str
    answers: tuple[tuple[str, tuple[str, ...]], ...]
    positive: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """What was asked: its answers, those of its positive end, and whether people could give several.

    views: where only sums of the answers are printed, those; else the question itself is. cuts: the only ones
    it is printed for; none given: all.
    """

    wave: str
    audience: str
    key: str
    options: tuple[str, ...]
    positive: tuple[str, ...] = ()
    multiple: bool = False
    views: tuple[Sums, ...] = ()
    cuts: tuple[str, ...] = ()

    @classmethod
    def participation(cls, wave: str, audience: str) -> "Question":
        """Who was asked and who answered, as a question with three answers."""
        return cls(wave, audience, PARTICIPATION, (*ANSWERED, "N"), ANSWERED)

    @property
    def printed(self) -> tuple["Question | View", ...]:
        """What figures may be printed of it: itself, or its views."""
        return tuple(View(self, one) for one in self.views) or (self,)

    @property
    def splits(self) -> list[tuple[str, ...]]:
        """The groups of answers whose number is printed or may be secret, the positive end first."""
        tops = [one.cells(*one.positive) for one in self.printed if one.positive]
        sums = [cells for one in self.views for _answer, cells in one.answers]
        return [*tops, *((option,) for option in self.options), *sums]

    def within(self, structure: "Structure") -> "Structure":
        """Give what is known of the groups that it is printed for."""
        if not self.cuts:
            return structure
        members = {cut: keys for cut, keys in structure.members.items() if cut in self.cuts}
        return Structure(members, structure.blocks if "agency" in members else ())

    def seen_as(self, key: str) -> "Question | View":
        """Give what is printed of it under this key."""
        return next(one for one in self.printed if one.key == key)

    def cells(self, *options: str) -> tuple[str, ...]:
        """Give the answers behind some of its answers: those."""
        return options

    def cell(self, cut: str, member: str, option: str, ticked: str = "") -> Cell:
        """Name the people of one group who gave one answer."""
        more = {"ticked": ticked} if ticked else {}
        return Cell.of(
            wave=self.wave,
            audience=self.audience,
            item=self.key,
            cut=cut,
            member=member,
            answer=option,
            **more,
        )

    def part(self, cut: str, member: str, *options: str) -> frozenset[Cell]:
        """Give the cells of those who gave one of these answers."""
        ticked = "yes" if self.multiple else ""
        return frozenset(self.cell(cut, member, option, ticked) for option in options)

    def whole(self, cut: str, member: str, option: str = "") -> frozenset[Cell]:
        """Give the cells of everybody who answered; with several answers, those split by one option."""
        if not self.multiple:
            return self.part(cut, member, *self.options)
        option = option or self.options[0]
        return frozenset(self.cell(cut, member, option, ticked) for ticked in ("yes", "no"))

    def people(self, cut: str, member: str, counts: Mapping[str, int], base: int) -> dict[Cell, int]:
        """Give the true number of people in each cell of a group."""
        if not self.multiple:
            return {self.cell(cut, member, option): counts.get(option, 0) for option in self.options}
        found = {}
        for option in self.options:
            ticks = counts.get(option, 0)
            found[self.cell(cut, member, option, "yes")] = ticks
            found[self.cell(cut, member, option, "no")] = base - ticks
        return found


@dataclass(frozen=True)
class View:
    """Sums of a question's answers, read as a question: its answers are groups of the other's."""

    of: Question
    sums: Sums
    multiple: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """What its figures are called."""
        return self.sums.key

    @property
    def options(self) -> tuple[str, ...]:
        """Its answers."""
        return tuple(answer for answer, _cells in self.sums.answers)

    @property
    def positive(self) -> tuple[str, ...]:
        """Those of its positive end."""
        return self.sums.positive

    def part(self, cut: str, member: str, *options: str) -> frozenset[Cell]:
        """Give the cells of those who gave one of these answers."""
        return self.of.part(cut, member, *self.cells(*options))

    def cells(self, *options: str) -> tuple[str, ...]:
        """Give the answers of the other question behind some of its answers."""
        behind = dict(self.sums.answers)
        return tuple(one for option in options for one in behind[option])

    def whole(self, cut: str, member: str, _option: str = "") -> frozenset[Cell]:
        """Give the cells of everybody who answered."""
        return self.of.whole(cut, member)


def read_statistic(question: Question | View, printed: Statistic, policy: Policy) -> tuple[Facts, Facts]:
    """Give what a statistic says: of the base and the positive end, and of the single answers."""
    if not printed.base:
        return (), ()
    cut, member = printed.cut, printed.member
    low, high = _range(printed.base)
    step = policy.step(low)
    splits = question.options if question.multiple else question.options[:1]
    head = [Figure(question.whole(cut, member, option), low, high) for option in splits]
    top = question.part(cut, member, *question.positive)
    whole = question.whole(cut, member)
    if printed.positive is not None:
        head.append(Figure.percent(top, printed.positive, step, whole))
    if printed.band is not None:
        # the words say 80 and 20 whatever the policy's values are
        fewer = whole - top if printed.band is Band.ABOVE else top
        head.append(Figure(fewer, 0, Fraction(1, 5), whole))
    shares = [
        Figure.percent(
            question.part(cut, member, share.value),
            share.percent,
            step,
            question.whole(cut, member, share.value),
        )
        for share in printed.shares
        if share.percent is not None
    ]
    return tuple(head), tuple(shares)


def read_participation_figures(
    question: Question, printed: Participation, policy: Policy
) -> tuple[Facts, Facts, tuple[Facts, Facts]]:
    """Give what a participation says: of the numbers of people, of how many answered (RR2), and of who did so
    in full: by the rate (RR1), and by the rounded counts.
    """
    cut, member = printed.cut, printed.member
    whole, answered = question.whole(cut, member), question.part(cut, member, *ANSWERED)
    numbers = [
        Figure(part, *_range(text))
        for part, text in ((whole, printed.invited), (answered, printed.answered))
        if text
    ]
    step = policy.step(_range(printed.answered)[0]) if printed.answered else 1
    rates = ((answered, printed.rr2), (question.part(cut, member, "I"), printed.rr1))
    rr2, rr1 = (() if rate is None else (Figure.percent(part, rate, step, whole),) for part, rate in rates)
    off = OUTCOMES_STEP // 2
    outcomes = tuple(
        Figure(question.part(cut, member, code), count - off, count + off)
        for code, count in printed.outcomes
        if code in ANSWERED
    )
    return tuple(numbers), rr2, (rr1, outcomes)


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("–")
    return int(first), int(last or first)


@dataclass(frozen=True)
class Structure:
    """What everybody knows of the groups without any figure.

    members: the groups of each cut, which together are Flanders. blocks: regions and agencies that are the
    same people, such as one agency and the only region it works in.
    """

    members: Mapping[str, Sequence[str]]
    blocks: Sequence[tuple[Sequence[str], Sequence[str]]] = ()


def known_relations(question: Question, structure: Structure, true: Mapping[Cell, int]) -> list[Relation]:
    """Give the relations between a question's cells that everybody knows, as far as they hold.

    true: people per cell. Where groups together are less than Flanders (a group left the lists meanwhile)
    only "at most" is known; where the numbers do not compare at all, nothing is.
    """
    found = []
    for pieces, whole in _same_people(question, structure):
        few, all_ = (sum(true.get(cell, 0) for cell in cells) for cells in (pieces, whole))
        if few == all_:
            found.append(Relation(whole, pieces))
        elif few < all_:
            found.append(Relation(whole, pieces, equal=False))
        else:
            found.append(Relation(pieces, whole, equal=False))
    if question.multiple:
        for cut, members in structure.members.items():
            for member in members:
                first = question.whole(cut, member)
                others = (question.whole(cut, member, option) for option in question.options[1:])
                found += [Relation(first, other) for other in others]
                found.append(Relation(question.part(cut, member, *question.options), first, equal=False))
    return [one for one in found if one.more and one.less]


def _same_people(question: Question, structure: Structure) -> list[tuple[frozenset[Cell], frozenset[Cell]]]:
    pairs = []
    for answers in _answers(question):

        def of(
            cut: str, members: Sequence[str], answers: Sequence[tuple[str, str]] = answers
        ) -> frozenset[Cell]:
            return frozenset(question.cell(cut, one, *answer) for one in members for answer in answers)

        flanders = of("flanders", [FLANDERS])
        for cut, members in structure.members.items():
            if cut != "flanders":
                pairs.append((of(cut, members), flanders))
        pairs += [(of("agency", agencies), of("region", regions)) for regions, agencies in structure.blocks]
    return pairs


def _answers(question: Question) -> list[tuple[tuple[str, str], ...]]:
    """Give the answers that add up over groups; who answered in full is not known in each."""
    if question.key == PARTICIPATION:
        return [tuple((code, "") for code in ANSWERED), (("N", ""),)]
    if question.multiple:
        return [((option, ticked),) for option in question.options for ticked in ("yes", "no")]
    return [((option, ""),) for option in question.options]
