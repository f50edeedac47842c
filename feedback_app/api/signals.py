"""Signals for programs: the fiches that the token's role may see, without the colleagues behind them.

GET /signals            those that may be seen
GET /signals/<signal>   one of them
"""

from typing import Any

from flask import Response

from feedback_app.api.cursors import piece, place_of
from feedback_app.api.operations import (
    DAY,
    ID,
    KEY,
    PAGED,
    REGION,
    TEXT,
    Call,
    Operation,
    Parameter,
    closed,
    list_of,
    maybe,
)
from feedback_app.api.pieces import list_response
from feedback_app.api.problems import Problem, json_response
from feedback_app.database import db
from feedback_app.signals.edit import SignalUnknown, find_signal, visible_signals
from feedback_app.signals.models import STATES, Signal

SIGNAL = Parameter("signal", ID, "The signal, by its id.")
FILTERS = (
    Parameter("wave", {"type": "string", "pattern": "^[0-9]{4}-H[12]$"}, "Only of this half-year."),
    Parameter("theme", {**KEY, "pattern": "^T[0-9]{2}$"}, "Only on this theme."),
    Parameter("state", {"type": "string", "enum": [*STATES]}, "Only in this state."),
    REGION,
)
_TEXTS = (
    *("title", "finding", "reading", "reading_by", "causes", "consequence", "own_action", "ask", "concerns"),
    *("level", "addressee", "evidence", "answer", "answered_by", "will_do", "reason"),
    *("told_said", "told_doing", "told_by", "told_when"),
)
_DAYS = ("handed_on", "due_on", "answered_on")
SCHEMAS = {
    "Signal": closed(
        {
            "id": ID,
            "code": maybe(TEXT),
            "wave": TEXT,
            "region": maybe(TEXT),
            "theme": TEXT,
            "state": {"enum": [*STATES]},
            "is_practice": {"type": "boolean"},
            "earlier": maybe(ID),
            **dict.fromkeys(_TEXTS, TEXT),
            **dict.fromkeys(_DAYS, maybe(DAY)),
        }
    ),
    "SignalList": list_of("Signal"),
}
_COLUMNS = (Signal.wave_key, Signal.id)


def signals(call: Call) -> Response:
    """A piece of the signals that this role may see."""
    query = visible_signals(call.account)
    for column, name in (
        (Signal.wave_key, "wave"),
        (Signal.theme_key, "theme"),
        (Signal.state, "state"),
        (Signal.region_key, "region"),
    ):
        if value := call.query.get(name):
            query = query.where(column == value)
    place = place_of(call.settings.secret_key, call.path, call.query, len(_COLUMNS))
    found = piece(db.session, call.settings.secret_key, query, _COLUMNS, place)
    return list_response(call, found, [_shown(one) for (one,) in found.rows])


def signal(call: Call) -> Response:
    """One signal, by its id."""
    try:
        return json_response(_shown(find_signal(db.session, call.account, call.asked["signal"])))
    except SignalUnknown:
        raise Problem("not-found") from None


def _shown(one: Signal) -> dict[str, Any]:
    days = {name: getattr(one, name) for name in _DAYS}
    return {
        "id": one.id,
        "code": one.code,
        "wave": one.wave_key,
        "region": one.region_key,
        "theme": one.theme_key,
        "state": one.state,
        "is_practice": one.is_practice,
        "earlier": one.earlier_id,
        **{name: getattr(one, name) for name in _TEXTS},
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }


_SCOPE = ("read:signals",)
OPERATIONS = (
    Operation(
        "listSignals",
        "GET",
        "/signals",
        signals,
        "Signals that the token's role may see",
        "SignalList",
        _SCOPE,
        query=(*FILTERS, *PAGED),
    ),
    Operation("readSignal", "GET", "/signals/{signal}", signal, "One signal", "Signal", _SCOPE, (SIGNAL,)),
)
