"""The life of a signal as a table: which step follows which, who may take it, and what it needs.

Knows neither Flask nor the database. The order is the field's: noticed, tested, worded, validated by a
second person, sent, answered, told back, closed; or dropped with a reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

DROPPED = "niet_weerhouden"
#: the state in which a signal gets its code
CODED = "signaal"

_EDITORS = frozenset({"analist", "redacteur", "vrijgever"})
_REGIONAL = frozenset({"netwerkmedewerker"})
_RELEASERS = frozenset({"vrijgever"})
_SENDERS = frozenset({"redacteur", "vrijgever"})

#: what a signal must say before it may be called one
_WHOLE = ("title", "finding", "ask")


@dataclass(frozen=True)
class Move:
    """One allowed step: where to, for which roles, and which fields must be filled.

    `asks` are fields given together with the step. With `four_eyes` nobody who worked on the signal
    before may take it.
    """

    target: str
    roles: frozenset[str]
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    four_eyes: bool = False


def _drop(roles: frozenset[str]) -> Move:
    return Move(DROPPED, roles, asks=("reason",))


MOVES: Mapping[str, tuple[Move, ...]] = {
    "pre_signaal": (Move("getoetst", _EDITORS | _REGIONAL), _drop(_EDITORS | _REGIONAL)),
    "getoetst": (Move(CODED, _EDITORS, needs=_WHOLE), _drop(_EDITORS)),
    "signaal": (Move("gevalideerd", _RELEASERS, needs=_WHOLE, four_eyes=True), _drop(_SENDERS)),
    "gevalideerd": (Move("overgemaakt", _SENDERS, needs=(*_WHOLE, "addressee")), _drop(_RELEASERS)),
    "overgemaakt": (Move("beantwoord", _SENDERS, asks=("answer", "answered_on")),),
    "beantwoord": (Move("teruggekoppeld", _SENDERS),),
    "teruggekoppeld": (Move("afgesloten", _SENDERS),),
    "afgesloten": (),
    DROPPED: (),
}

#: State → roles that may change the wording. What was validated is not reworded afterwards.
EDITORS: Mapping[str, frozenset[str]] = {
    "pre_signaal": _EDITORS | _REGIONAL,
    "getoetst": _EDITORS | _REGIONAL,
    "signaal": _EDITORS,
}


class MoveRefused(Exception):
    """A step cannot be taken.

    `reason` is one of order, role, four_eyes, fields; with fields, `missing` lists the empty ones.
    """

    def __init__(self, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason, *missing)
        self.reason, self.missing = reason, missing


def moves(state: str, role: str) -> tuple[Move, ...]:
    """The steps a role may take from a state."""
    return tuple(move for move in MOVES[state] if role in move.roles)


def may_edit(state: str, role: str) -> bool:
    """Whether a role may change a signal's wording in this state."""
    return role in EDITORS.get(state, frozenset())


def find_move(state: str, target: str, role: str) -> Move:
    """The step from one state to another; MoveRefused when it does not exist or is not for this role."""
    for move in MOVES[state]:
        if move.target == target:
            if role not in move.roles:
                raise MoveRefused("role")
            return move
    raise MoveRefused("order")


def check_move(move: Move, *, account: str, worked_on: Collection[str], values: Mapping[str, object]) -> None:
    """Refuse a step that this account may not take now.

    `worked_on`: the accounts that wrote or moved the signal before. `values`: its fields, with those
    given together with the step filled in.
    """
    if move.four_eyes and account in worked_on:
        raise MoveRefused("four_eyes")
    missing = tuple(name for name in (*move.needs, *move.asks) if not _filled(values.get(name)))
    if missing:
        raise MoveRefused("fields", missing)


def next_code(wave_key: str, taken: Collection[str]) -> str:
    """The next code of a wave, such as S-2026-H1-03; a number is never given twice."""
    prefix = f"S-{wave_key}-"
    numbers = [int(code.removeprefix(prefix)) for code in taken if code.startswith(prefix)]
    return f"{prefix}{max(numbers, default=0) + 1:02d}"


def _filled(value: object) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)
