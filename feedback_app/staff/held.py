"""A form that came too late: what was typed is held on a page, to be sent again after signing in.

A session ends after half an hour without use, and browsers keep no page of ours: "back" gives an empty form.
"""

from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from feedback_app.web.again import typed
from feedback_app.web.errors import error_page


def init_held(app: Flask) -> None:
    """Hold also what was sent with the token of a session that is over."""
    app.register_error_handler(CSRFError, _expired)


def hold() -> ResponseReturnValue | None:
    """The page that holds what was sent; None when there is nothing to hold, or when another site sent it."""
    kept = [(name, value) for name, value in typed() if name != "csrf_token"]
    if not kept or request.headers.get("Origin") != request.host_url.rstrip("/"):
        return None
    signed_in = current_user.is_authenticated
    page = render_template("staff/held.html", typed=kept, signed_in=signed_in, action=request.full_path)
    return make_response(page, 400 if signed_in else 401)


def _expired(error: CSRFError) -> ResponseReturnValue:
    return hold() or error_page(
        400, _l("De pagina stond te lang open. Ga terug, laad ze opnieuw en probeer het nog eens.")
    )
