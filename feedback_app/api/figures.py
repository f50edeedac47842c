"""What programs may read of waves: how far an open one is, and what was published of a closed one.

GET /waves                                every wave
GET /waves/<wave>/invitations             counts of an open wave, in the same steps as on its page
GET /waves/<wave>/tables/<survey>         published figures, a piece at a time
GET /waves/<wave>/participation/<survey>  who was asked and who answered
"""

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from flask import Response

from feedback_app.analysis.models import PublishedParticipation, PublishedStatistic
from feedback_app.analysis.monitor import Group, response_counts
from feedback_app.analysis.published import participation_from, statistic_from
from feedback_app.analysis.statistic import Band, State
from feedback_app.api.cursors import piece, place_of
from feedback_app.api.operations import (
    COUNT,
    DAY,
    KEY,
    PAGED,
    TEXT,
    WAVE,
    Call,
    Operation,
    Parameter,
    closed,
    list_of,
    maybe,
    ref,
)
from feedback_app.api.pieces import list_response
from feedback_app.api.problems import Problem, json_response
from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

SURVEY = Parameter(
    "survey",
    {"type": "string", "pattern": "^[a-z_]{1,40}$"},
    "A questionnaire: newcomer, partner, or impact where the wave asked it.",
)
CUT = Parameter("cut", KEY, "Only groups of this kind: flanders, region, agency, offer_type, …")
MEMBER = Parameter("member", KEY, "Only this group: a key of its cut.")
ITEM = Parameter("item", KEY, "Only this question, by its key.")

PERCENT = {"type": "integer", "minimum": 0, "maximum": 100}
GROUP_COUNT = closed({"shown": maybe(COUNT), "less_than": maybe(COUNT)})
SCHEMAS = {
    "Wave": closed(
        {
            "key": TEXT,
            "state": {"enum": ["open", "closed"]},
            "starts_on": DAY,
            "ends_on": DAY,
            "closed_on": maybe(DAY),
            "surveys": {"type": "array", "items": TEXT},
        }
    ),
    "WaveList": list_of("Wave"),
    "Count": {
        **GROUP_COUNT,
        "description": "A count that may be shown, rounded to fives; or null, and what it is less than.",
    },
    "Group": closed(
        {
            **dict.fromkeys(("invited", "delivered", "answered", "bounced"), ref("Count")),
            "rr2": maybe(PERCENT),
        }
    ),
    "Sides": closed({"newcomer": ref("Group"), "partner": ref("Group")}),
    "Invitations": closed(
        {
            "wave": TEXT,
            "total": ref("Sides"),
            "regions": {"type": "object", "additionalProperties": ref("Sides")},
        }
    ),
    "Share": closed({"value": TEXT, "percent": maybe(PERCENT)}),
    "Statistic": closed(
        {
            "audience": TEXT,
            "item": TEXT,
            "cut": TEXT,
            "member": TEXT,
            "state": {"enum": [*State]},
            "base": {**TEXT, "description": "How many answered, as it may be printed; empty: withheld."},
            "positive": maybe(PERCENT),
            "band": maybe({"enum": [*Band]}),
            "low": maybe(PERCENT),
            "high": maybe(PERCENT),
            "shares": {"type": "array", "items": ref("Share")},
        }
    ),
    "StatisticList": list_of("Statistic"),
    "Participation": closed(
        {
            "audience": TEXT,
            "cut": TEXT,
            "member": TEXT,
            "invited": {**TEXT, "description": "As it may be printed; empty: withheld."},
            "answered": {**TEXT, "description": "As it may be printed; empty: withheld."},
            "rr1": maybe(PERCENT),
            "rr2": maybe(PERCENT),
            "outcomes": {"type": "object", "additionalProperties": COUNT},
        }
    ),
    "ParticipationList": list_of("Participation"),
}


def waves(call: Call) -> Response:
    """Every wave, by its key."""

    def shown(wave: Wave) -> dict[str, Any]:
        return {
            "key": wave.key,
            "state": wave.state,
            "starts_on": wave.starts_on.isoformat(),
            "ends_on": wave.ends_on.isoformat(),
            "closed_on": wave.closed_on.isoformat() if wave.closed_on else None,
            "surveys": list(wave.surveys),
        }

    place = place_of(call.settings.secret_key, call.path, call.query, 1)
    found = piece(db.session, call.settings.secret_key, sa.select(Wave), [Wave.key], place)
    return list_response(call, found, [shown(wave) for (wave,) in found.rows])


def invitations(call: Call) -> Response:
    """How many were invited, reached and answered: the counts that the wave's page shows to this role."""
    wave = _wave(call)
    if wave.state != "open":
        raise Problem("wave-closed")
    found = response_counts(db.session, wave.key, visible_region(call.account))
    return json_response(
        {
            "wave": wave.key,
            "total": {side: _group(one) for side, one in found.total.items()},
            "regions": {
                region: {side: _group(one) for side, one in sides.items()}
                for region, sides in found.regions.items()
            },
        }
    )


def tables(call: Call) -> Response:
    """Published figures: all of them, or of one region beside what is about all of Flanders."""
    table = PublishedStatistic
    query = sa.select(table.statistic).where(*_published(call, table))
    if item := call.query.get("item"):
        query = query.where(table.item_key == item)
    columns = [table.cut, table.member, table.item_key]
    place = place_of(call.settings.secret_key, call.path, call.query, len(columns))
    found = piece(db.session, call.settings.secret_key, query, columns, place)
    return list_response(call, found, [asdict(statistic_from(data)) for (data,) in found.rows])


def participation(call: Call) -> Response:
    """Who was asked and who answered, group by group, as published."""
    table = PublishedParticipation
    query = sa.select(table.participation).where(*_published(call, table))
    columns = [table.cut, table.member]
    place = place_of(call.settings.secret_key, call.path, call.query, len(columns))
    found = piece(db.session, call.settings.secret_key, query, columns, place)
    told = [asdict(participation_from(data)) for (data,) in found.rows]
    return list_response(call, found, [{**one, "outcomes": dict(one["outcomes"])} for one in told])


def may_see(account: Account, table: Any) -> sa.ColumnElement[bool]:
    """Which published groups a role bound to a region sees: Flanders as a whole and its own, as on pages."""
    own = visible_region(account)
    if own is None:
        return sa.true()
    return sa.or_(table.cut == "flanders", sa.and_(table.cut == "region", table.member == own))


def _published(call: Call, table: Any) -> list[sa.ColumnElement[bool]]:
    wave, survey = _wave(call), call.asked["survey"]
    if survey not in wave.surveys:
        raise Problem("not-found")
    if wave.state != "closed":
        raise Problem("wave-open")
    fits = [table.wave_key == wave.key, table.survey_key == survey, may_see(call.account, table)]
    for column, name in ((table.cut, "cut"), (table.member, "member")):
        if value := call.query.get(name):
            fits.append(column == value)
    return fits


def _wave(call: Call) -> Wave:
    wave = db.session.get(Wave, call.asked["wave"])
    if wave is None:
        raise Problem("not-found")
    return wave


def _group(one: Group) -> dict[str, Any]:
    counts = {name: getattr(one, name) for name in ("invited", "delivered", "answered", "bounced")}
    return {
        **{
            name: {"shown": count.shown, "less_than": count.least if count.shown is None else None}
            for name, count in counts.items()
        },
        "rr2": one.rr2,
    }


_READS = ("read:invitations", "read:tables")
OPERATIONS = (
    Operation("listWaves", "GET", "/waves", waves, "Every wave", "WaveList", _READS, query=PAGED),
    Operation(
        "countInvitations",
        "GET",
        "/waves/{wave}/invitations",
        invitations,
        "How many were invited, reached and answered in an open wave",
        "Invitations",
        ("read:invitations",),
        (WAVE,),
        more=("wave-closed",),
    ),
    Operation(
        "readTables",
        "GET",
        "/waves/{wave}/tables/{survey}",
        tables,
        "Published figures of a closed wave",
        "StatisticList",
        ("read:tables",),
        (WAVE, SURVEY),
        (CUT, MEMBER, ITEM, *PAGED),
        more=("wave-open",),
    ),
    Operation(
        "readParticipation",
        "GET",
        "/waves/{wave}/participation/{survey}",
        participation,
        "Who was asked and who answered in a closed wave, as published",
        "ParticipationList",
        ("read:tables",),
        (WAVE, SURVEY),
        (CUT, MEMBER, *PAGED),
        more=("wave-open",),
    ),
)
