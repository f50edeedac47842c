"""Requests that broke off on the way are refused, not read as far as they came."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class WholeBodies:
    """Makes a body that is shorter than announced a 400 instead of a shorter form.

    gunicorn says that it ends the body itself, which is true, but also when the line broke before its end.
    Werkzeug takes that for the whole: half of someone's answers would be stored, and the rest be lost.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        return self._application(environ, start_response)
