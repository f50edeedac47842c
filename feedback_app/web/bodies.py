"""Requests that broke off on the way are refused, not read as far as they came; so are endless fields."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Request
from werkzeug.formparser import FormDataParser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class WholeBodies:
    """Makes a body that is shorter than announced a 400 instead of a shorter form; one in broken pieces too.

    gunicorn says that it ends the body itself, which is true, but also when the line broke before its end.
    Werkzeug takes that for the whole: half of someone's answers would be stored, and the rest be lost.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        elif "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = _Pieces(environ["wsgi.input"])
        return self._application(environ, start_response)


class ShortFields(Request):
    """Holds fields to their limit however they are sent.

    Werkzeug holds those of a form in parts to `MAX_FORM_MEMORY_SIZE` and `MAX_FORM_PARTS`, and others only to
    the limit of files, which are not kept in memory: so much in short fields takes fifty times as much.
    """

    def make_form_data_parser(self) -> FormDataParser:
        """What reads a form, once somebody asks for it."""
        limits = (self.max_content_length, self.max_form_memory_size)
        if self.mimetype == "application/x-www-form-urlencoded":
            self.max_content_length = min((one for one in limits if one is not None), default=None)
        return super().make_form_data_parser()


class _Pieces:
    """A body that comes in pieces; where those do not fit together it breaks off, as Werkzeug understands it.

    gunicorn says so by failures of its own kinds, which would be taken for a fault of ours (500).
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all; OSError where the body breaks off."""
        try:
            content: bytes = self._stream.read(None if size < 0 else size)
        except Exception as error:
            raise OSError from error
        return content
