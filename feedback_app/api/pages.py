"""`/api/v1`: for programs, with a token and without a cookie; `operations` says how each is described.

GET /api/v1/openapi.json       the description of everything below
GET /api/v1/problems/<code>    what a kind of failure means
GET /api/v1/token              what the token may do, and until when
"""

import gzip
import hashlib
from functools import cache

from flask import Blueprint, Flask, Response, request

from feedback_app.api import editions, figures, signals, trajectories
from feedback_app.api.calling import PREFIX, init_calling, view_of
from feedback_app.api.document import document, packed
from feedback_app.api.operations import DAY, TEXT, Call, Operation, Schema, closed, maybe
from feedback_app.api.problems import (
    PROBLEMS,
    Problem,
    described,
    failed,
    json_response,
    problem_response,
    speak,
)
from feedback_app.api.tokens import granted
from feedback_app.web.errors import answer_failures
from feedback_app.web.packing import GZIP, encoding_for

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


def token(call: Call) -> Response:
    """What the token that asks may do."""
    row = call.token
    return json_response(
        {
            "name": row.name,
            "role": row.role,
            "region": row.region_key,
            "scopes": granted(row),
            "expires_on": row.expires_on.isoformat(),
        }
    )


SCHEMAS: dict[str, Schema] = {
    "Token": closed(
        {
            "name": TEXT,
            "role": TEXT,
            "region": maybe(TEXT),
            "scopes": {"type": "array", "items": TEXT},
            "expires_on": DAY,
        }
    ),
    **trajectories.SCHEMAS,
    **figures.SCHEMAS,
    **editions.SCHEMAS,
    **signals.SCHEMAS,
}
OPERATIONS: tuple[Operation, ...] = (
    Operation("readToken", "GET", "/token", token, "What this token may do, and until when", "Token"),
    *trajectories.OPERATIONS,
    *figures.OPERATIONS,
    *editions.OPERATIONS,
    *signals.OPERATIONS,
)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Kept packed: it is seldom asked for, and large."""
    body, tag = _document()
    response = Response(mimetype="application/json")
    if encoding_for(request.headers.get("Accept-Encoding", "").replace("br", "")) == GZIP:
        response.set_data(body)
        response.headers["Content-Encoding"] = GZIP
    else:
        response.set_data(gzip.decompress(body))
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{tag}-{response.headers.get('Content-Encoding', '')}")
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


@blueprint.get("/problems/<code>")
def problem(code: str) -> Response:
    speak()
    return json_response(described(code)) if code in PROBLEMS else problem_response(Problem("not-found"))


@cache
def _document() -> tuple[bytes, str]:
    body = packed(document(OPERATIONS, SCHEMAS))
    return body, hashlib.sha256(body).hexdigest()[:16]


def init_api(app: Flask) -> None:
    """Give programs their limits, and failures that they can read."""
    init_calling(app)
    answer_failures(app, f"{PREFIX}/", failed)


for one in OPERATIONS:
    blueprint.add_url_rule(
        one.rule, one.key, view_of(one), methods=[one.method], provide_automatic_options=False
    )
