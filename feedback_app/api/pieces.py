"""A piece of a list as an answer: its rows, the cursor of the next, and links (RFC 8288)."""

from collections.abc import Sequence
from typing import Any

from flask import Response

from feedback_app.api.cursors import Piece
from feedback_app.api.operations import Call
from feedback_app.api.problems import json_response


def list_response(call: Call, found: Piece, items: Sequence[Any]) -> Response:
    """The piece as JSON, with `Link` headers to the first one and to the next."""
    response = json_response({"items": items, "next": found.cursor or None})
    response.headers.add("Link", f'<{call.path}>; rel="first"')
    if found.next_url:
        response.headers.add("Link", f'<{found.next_url}>; rel="next"')
    return response
