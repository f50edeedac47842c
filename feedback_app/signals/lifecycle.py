"""The life of a signal as a table: which step follows which, who may take it, and what it needs.

Knows neither Flask nor the database. The order is the field's: noticed, tested, worded, validated by a
second person, sent, answered, told back, closed; or dropped with a reason. Each step but the last has a way
back, with a reason. `docs/roles.md` shows the same table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from feedback_app.signals import criteria
from feedback_app.signals.criteria import Answers

DROPPED = "niet_weerhouden"
#: the state in which a signal gets its code
CODED = "signaal"
#: how long an addressee has, unless somebody says otherwise: the field's eight weeks
ANSWER_WITHIN = timedelta(weeks=8)
#: nobody waits longer for an answer: a later day is a slip of the pen
ANSWER_AT_LATEST = timedelta(days=2 * 365 + 1)

_EDITORS = frozenset({"analist", "redacteur", "vrijgever"})
_REGIONAL = frozenset({"netwerkmedewerker"})
_RELEASERS = frozenset({"vrijgever"})
#: who hands signals over and follows them up
SENDERS = frozenset({"redacteur", "vrijgever"})

#: evidence in words → what one of the attached patterns has to say for it
SUPPORTED_BY: Mapping[str, frozenset[str]] = {
    "sterk": frozenset({"sterk"}),
    "mogelijk": frozenset({"sterk", "mogelijk"}),
}

#: what a signal must say before it may be called one
_WHOLE = ("title", "finding", "ask")
#: what is known once it is handed over, and once it is answered
_HANDING = ("handed_on", "due_on", "responsible_id")
_ANSWER = ("answered_by", "answered_on", "answer", "will_do")
#: what everybody reads of it, in plain Dutch
TOLD = ("told_said", "told_doing", "told_by", "told_when")


@dataclass(frozen=True)
class Move:
    """One allowed step: where to, for which roles, and which fields must be filled.

    `asks` are fields given together with the step. `tested`: the test list has to be answered and let it
    pass. `four_eyes` says who may not take it: with `text` whoever wrote or tested it, with `answer` whoever
    recorded the answer. `back` undoes the step before.
    """

    target: str
    roles: frozenset[str]
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    tested: bool = False
    four_eyes: str = ""
    back: bool = False


def _drop(roles: frozenset[str]) -> Move:
    return Move(DROPPED, roles, asks=("reason",))


def _back(target: str, roles: frozenset[str]) -> Move:
    return Move(target, roles, asks=("note",), back=True)


MOVES: Mapping[str, tuple[Move, ...]] = {
    "pre_signaal": (
        Move("getoetst", _EDITORS | _REGIONAL, tested=True),
        _drop(_EDITORS | _REGIONAL),
    ),
    "getoetst": (
        Move(CODED, _EDITORS, needs=_WHOLE, tested=True),
        _back("pre_signaal", _EDITORS | _REGIONAL),
        _drop(_EDITORS),
    ),
    "signaal": (
        Move("gevalideerd", _RELEASERS, needs=_WHOLE, tested=True, four_eyes="text"),
        _back("getoetst", _EDITORS),
        _drop(SENDERS),
    ),
    "gevalideerd": (
        Move("overgemaakt", SENDERS, needs=(*_WHOLE, "addressee"), asks=_HANDING),
        _back(CODED, _RELEASERS),
        _drop(_RELEASERS),
    ),
    "overgemaakt": (Move("beantwoord", SENDERS, asks=_ANSWER), _back("gevalideerd", _RELEASERS)),
    "beantwoord": (
        Move("teruggekoppeld", SENDERS, asks=TOLD, four_eyes="answer"),
        _back("overgemaakt", SENDERS),
    ),
    "teruggekoppeld": (Move("afgesloten", SENDERS), _back("beantwoord", _RELEASERS)),
    "afgesloten": (),
    DROPPED: (_back("pre_signaal", frozenset({"analist", "vrijgever"})),),
}

#: State → roles that may change the wording, the test list and the evidence. What was validated stays so.
EDITORS: Mapping[str, frozenset[str]] = {
    "pre_signaal": _EDITORS | _REGIONAL,
    "getoetst": _EDITORS | _REGIONAL,
    "signaal": _EDITORS,
}

#: states in which the due date, or who follows it up, may change
FOLLOWED_UP = ("overgemaakt", "beantwoord")


class MoveRefused(Exception):
    """A step cannot be taken.

    `reason` is one of order, role, four_eyes, four_eyes_answer, fields (`missing` lists the empty ones), days
    (`missing` lists those that cannot be), unanswered, stopped, contradicted, weak (`missing` lists questions
    of the test list), unsupported (no attached pattern says so much), altered (a pattern that lies beside it
    is not what was attached), identifying (`missing` lists the fields in which somebody could be recognised).
    """

    def __init__(self, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason, *missing)
        self.reason, self.missing = reason, missing


@dataclass(frozen=True)
class Hands:
    """Whose hands a signal went through: who wrote or tested it, and who recorded its answer."""

    wrote: frozenset[str] = frozenset()
    answered: str = ""


def moves(state: str, role: str) -> tuple[Move, ...]:
    """The steps a role may take from a state."""
    return tuple(move for move in MOVES[state] if role in move.roles)


def may_edit(state: str, role: str) -> bool:
    """Whether a role may change a signal's wording in this state."""
    return role in EDITORS.get(state, frozenset())


def may_follow_up(state: str, role: str) -> bool:
    """Whether a role may change the due date, or who follows it up."""
    return state in FOLLOWED_UP and role in SENDERS


def find_move(state: str, target: str, role: str) -> Move:
    """The step from one state to another; MoveRefused when it does not exist or is not for this role."""
    for move in MOVES[state]:
        if move.target == target:
            if role not in move.roles:
                raise MoveRefused("role")
            return move
    raise MoveRefused("order")


def check_move(
    move: Move,
    *,
    account: str,
    hands: Hands = Hands(),
    values: Mapping[str, object],
    answers: Answers | None = None,
    verdicts: Collection[str] = (),
    day: date | None = None,
) -> None:
    """Refuse a step that this account may not take now.

    `values`: the signal's fields, with those given together with the step filled in; `answers`: its test
    list; `verdicts`: what its attached patterns say, those that are as they were attached; `day`: today, for
    days that cannot lie ahead.
    """
    _check_hands(move, account, hands)
    wanted = [*move.needs, *move.asks]
    if "title" in wanted and _filled(values.get("reading")):
        wanted.insert(wanted.index("title") + 1, "reading_by")  # an interpretation is always somebody's
    missing = tuple(name for name in wanted if not _filled(values.get(name)))
    if missing:
        raise MoveRefused("fields", missing)
    if wrong := wrong_days(values, move.asks, day):
        raise MoveRefused("days", wrong)
    if move.tested:
        _check_list(answers or {}, values, evidence=bool(move.needs))
        said = SUPPORTED_BY.get(_text(values, "evidence"))
        if move.needs and said is not None and said.isdisjoint(verdicts):
            raise MoveRefused("unsupported")


def wrong_days(
    values: Mapping[str, object], asked: Collection[str], day: date | None = None
) -> tuple[str, ...]:
    """Which of the days that are asked for cannot be: ahead, before what they follow, or too far off."""
    handed, due, answered = (_day(values.get(name)) for name in ("handed_on", "due_on", "answered_on"))
    since = max((one for one in (handed, day) if one), default=None)
    faults = {
        "handed_on": bool(handed and day and handed > day),
        "due_on": bool(due and ((handed and due < handed) or (since and due - since > ANSWER_AT_LATEST))),
        "answered_on": bool(answered and ((day and answered > day) or (handed and answered < handed))),
    }
    return tuple(name for name, wrong in faults.items() if wrong and name in asked)


def next_code(wave_key: str, taken: Collection[str]) -> str:
    """The next code of a wave, such as S-2026-H1-03; a number is never given twice."""
    prefix = f"S-{wave_key}-"
    numbers = [int(code.removeprefix(prefix)) for code in taken if code.startswith(prefix)]
    return f"{prefix}{max(numbers, default=0) + 1:02d}"


def _check_hands(move: Move, account: str, hands: Hands) -> None:
    if move.four_eyes == "text" and account in hands.wrote:
        raise MoveRefused("four_eyes")
    if move.four_eyes == "answer" and account == hands.answered:
        raise MoveRefused("four_eyes_answer")


def _check_list(answers: Answers, values: Mapping[str, object], *, evidence: bool) -> None:
    if left := criteria.unanswered(answers):
        raise MoveRefused("unanswered", left)
    if stops := criteria.stopping(answers, practice=bool(values.get("is_practice"))):
        raise MoveRefused("stopped", stops)
    if wrong := criteria.contradicted(answers, _text(values, "spread"), _text(values, "municipalities")):
        raise MoveRefused("contradicted", wrong)
    if evidence and values.get("evidence") == "sterk" and (weak := criteria.weakening(answers)):
        raise MoveRefused("weak", weak)


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _text(values: Mapping[str, object], name: str) -> str:
    return str(values.get(name) or "")


def _filled(value: object) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)
