"""Reports for programs: the editions that the token's role may read, and their files.

GET /editions                    those that may be read
GET /editions/<edition>          one of them
GET /editions/<edition>/<kind>   its PDF, web page or tables, whole or from where a line broke off
"""

from typing import Any

from flask import Response

from feedback_app.api.cursors import piece, place_of
from feedback_app.api.operations import (
    ID,
    MOMENT,
    PAGED,
    TEXT,
    Call,
    Operation,
    Parameter,
    closed,
    list_of,
    maybe,
)
from feedback_app.api.pieces import list_response
from feedback_app.api.problems import PREFIX, Problem, json_response
from feedback_app.database import db
from feedback_app.reports.editions import STATES, Filter, readable_editions
from feedback_app.reports.models import Edition
from feedback_app.reports.showing import KINDS, fetched_file

EDITION = Parameter("edition", ID, "The edition, by its id.")
KIND = Parameter("kind", {"type": "string", "enum": [*KINDS]}, "Which file: PDF, web page, or tables.")
FILTERS = (
    Parameter("wave", {"type": "string", "pattern": "^[0-9]{4}-H[12]$"}, "Only of this half-year."),
    Parameter(
        "level",
        {"type": "string", "pattern": "^[a-z0-9_]{1,40}$"},
        "Only of this level: Flanders as a whole, or a region.",
    ),
    Parameter("locale", {"type": "string", "enum": ["nl", "en"]}, "Only in this language."),
    Parameter("state", {"type": "string", "enum": [*STATES]}, "Only in this state."),
)
SCHEMAS = {
    "Edition": closed(
        {
            "id": ID,
            "wave": TEXT,
            "level": TEXT,
            "locale": TEXT,
            "state": {"enum": [*STATES]},
            "compiled_at": MOMENT,
            "content_hash": TEXT,
            "replaces": maybe(ID),
            "reason": TEXT,
            "files": {"type": "object", "additionalProperties": TEXT},
        }
    ),
    "EditionList": list_of("Edition"),
}
_COLUMNS = (Edition.wave_key, Edition.id)
_HAS = (Edition.html.is_not(None).label("has_html"), Edition.annex.is_not(None).label("has_annex"))


def editions(call: Call) -> Response:
    """A piece of the editions that this role may read."""
    names = {one.name for one in FILTERS}
    wanted = Filter(**{name: value for name, value in call.query.items() if name in names})
    place = place_of(call.settings.secret_key, call.path, call.query, len(_COLUMNS))
    query = readable_editions(call.account, wanted).add_columns(*_HAS)
    found = piece(db.session, call.settings.secret_key, query, _COLUMNS, place)
    return list_response(call, found, [_shown(*row) for row in found.rows])


def edition(call: Call) -> Response:
    """One edition, by its id."""
    query = readable_editions(call.account).add_columns(*_HAS).where(Edition.id == call.asked["edition"])
    found = db.session.execute(query).first()
    if found is None:
        raise Problem("not-found")
    return json_response(_shown(*found))


def edition_file(call: Call) -> Response:
    """A file of an edition; the audit log tells of it."""
    response = fetched_file(call.account, call.asked["edition"], call.asked["kind"])
    if response is None:
        raise Problem("not-found")
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Authorization")
    return response


def _shown(one: Edition, state: str, has_html: bool, has_annex: bool) -> dict[str, Any]:
    kinds = ["pdf", *(["html"] if has_html else []), *(["zip"] if has_annex else [])]
    return {
        "id": one.id,
        "wave": one.wave_key,
        "level": one.region_key or "vlaanderen",
        "locale": one.locale,
        "state": state,
        "compiled_at": one.compiled_at.isoformat(),
        "content_hash": one.content_hash,
        "replaces": one.replaces_id,
        "reason": one.reason,
        "files": {kind: f"{PREFIX}/editions/{one.id}/{kind}" for kind in kinds},
    }


_SCOPE = ("read:editions",)
OPERATIONS = (
    Operation(
        "listEditions",
        "GET",
        "/editions",
        editions,
        "Reports that the token's role may read",
        "EditionList",
        _SCOPE,
        query=(*FILTERS, *PAGED),
    ),
    Operation(
        "readEdition", "GET", "/editions/{edition}", edition, "One report", "Edition", _SCOPE, (EDITION,)
    ),
    Operation(
        "fetchEdition",
        "GET",
        "/editions/{edition}/{kind}",
        edition_file,
        "A report's file; ranges and entity tags work",
        scopes=_SCOPE,
        within=(EDITION, KIND),
        media=tuple(dict.fromkeys(KINDS.values())),
        more=("range",),
    ),
)
