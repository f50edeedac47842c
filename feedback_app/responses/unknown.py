"""A link that nobody has: kind words, and an end to trying one after another.

Only what leads nowhere is counted, by address: a link that exists opens whatever else came from there, so a
class behind one address is never kept out by somebody who mistypes or tries.
"""

from flask import Response, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from feedback_app.invitations.throttle import SECONDS, unknown_links
from feedback_app.responses import document
from feedback_app.responses.document import Kind


def unknown_link(text: LazyString, kind: Kind = Kind.LINK) -> Response:
    """That this link does not work, in the language of this request; or to wait, after many of them."""
    if unknown_links().lets_in(request.remote_addr or ""):
        return document.message(_l("Deze link werkt niet."), text, "unknown", 404, kind)
    wait = _l("Er kwamen veel vragen van hier. Probeer het over een paar minuten opnieuw.")
    answer = document.message(_l("Even wachten"), wait, "", 429, kind)
    answer.headers["Retry-After"] = str(SECONDS)
    return answer
