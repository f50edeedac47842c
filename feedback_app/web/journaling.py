"""A line in the log for each request of a colleague or a program, and a number by which to find it again.

Of respondents' requests there is none: who stands before this service knows their addresses and times.
"""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from feedback_app.journal import FACTS, of_colleague, route

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")

log = logging.getLogger(__name__)


def init_journaling(app: Flask, trusted_proxies: int) -> None:
    """Number the requests of colleagues; a proxy that is trusted may have numbered them already."""

    def number() -> None:
        if of_colleague(request.path):
            given = request.headers.get(HEADER, "") if trusted_proxies else ""
            g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
            g.request_began = time.monotonic()

    def write(response: Response) -> Response:
        if "request_id" in g:
            response.headers[HEADER] = g.request_id
            facts = {
                "method": request.method,
                "route": route() or "unknown",
                "status": response.status_code,
                "ms": round((time.monotonic() - g.request_began) * 1000),
            }
            log.info("request", extra={FACTS: facts})
        return response

    app.before_request(number)
    app.after_request(write)
