"""Errors as pages a person understands, in their language, with what to do next."""

import logging
from collections.abc import Callable, Iterable, Mapping

from flask import Flask, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

from feedback_app.languages import STAFF
from feedback_app.web.again import typed
from feedback_app.web.dutch import dutch_stays_here, said_in_dutch
from feedback_app.web.locale import current_language, negotiate, use_language

log = logging.getLogger(__name__)

#: status → title and what to do; a status that is not here reads as the nearest hundred
_TEXTS = {
    400: (_l("Dit ging niet goed"), _l("Ga terug en probeer opnieuw.")),
    403: (_l("Hier kan je niet bij"), _l("Deze pagina is er niet voor jouw rol.")),
    404: (_l("Deze pagina bestaat niet"), _l("Kijk of je de hele link hebt.")),
    405: (_l("Dit ging niet goed"), _l("Ga terug en probeer opnieuw.")),
    413: (_l("Dit is te groot"), _l("Stuur minder tekst of een kleiner bestand.")),
    429: (
        _l("Even wachten"),
        _l("Er kwamen veel vragen van hier. Probeer het over een paar minuten opnieuw."),
    ),
    500: (_l("Er ging iets fout bij ons"), _l("Probeer het straks opnieuw. Het ligt niet aan jou.")),
    503: (
        _l("We zijn er even niet"),
        _l("Probeer het straks opnieuw. Je antwoorden staan nog op je scherm."),
    ),
}

#: what a failure says beside its page: which methods there are, when to come back, how long the file is
_KEPT_HEADERS = ("Allow", "Retry-After", "Content-Range")

#: seconds after which a database that was away may be asked again
_AFTER = "30"
#: PostgreSQL: a server that only reads, as a replica does
_READ_ONLY = "25006"

#: what is left to show when the page itself cannot be made
_BARE = Markup(
    '<!doctype html><html lang="{here.tag}" dir="{here.direction}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
)


#: what answers a failure with this status instead of a page, keeping these headers
Answer = Callable[[int, Mapping[str, str]], Response]
_ELSEWHERE = "failures_elsewhere"


def answer_failures(app: Flask, prefix: str, answer: Answer) -> None:
    """Let a feature answer what fails below an address of its own, for programs that read no page."""
    app.extensions.setdefault(_ELSEWHERE, {})[prefix] = answer


def init_errors(app: Flask) -> None:
    """Give every failure a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _of_the_database)
    app.register_error_handler(NoConnectionFree, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def error_page(
    status: int, text: str | LazyString = "", held: Iterable[tuple[str, str]] = ()
) -> tuple[str, int]:
    """The page for a status; `text` replaces the standing advice, lazy where a respondent may read it.

    `held` are the fields of a form, which the page can send again.
    """
    title, advice = _TEXTS.get(status) or _TEXTS[status // 100 * 100]
    try:
        if "language" not in g:  # the failure came before the view could choose
            offered = STAFF if _for_staff() else current_app.extensions["offered_languages"]()
            use_language(negotiate(offered, request.args.get("lang")))
        dutch = said_in_dutch(title, text or advice) if dutch_stays_here() else None
        words = {"title": title, "text": text or advice, "dutch": dutch, "held": list(held)}
        return render_template(_template(), **words), status
    except Exception as error:  # noqa: BLE001 - the last page there is must not fail
        # else the server below would write the address, which holds a token, and the whole chain of causes
        log.error("no error page: %s on %s", type(error).__name__, request.endpoint)
        here = current_language()
        return _BARE.format(here=here, title=title, text=text or advice), status


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    said = dict(error.get_headers(request.environ))
    return _failure(error.code, {name: said[name] for name in _KEPT_HEADERS if name in said})


def _of_the_database(error: DBAPIError) -> ResponseReturnValue:
    """It is away, full, locked or only read: that passes. Anything else is a fault of ours."""
    passes = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    if passes or getattr(error.orig, "sqlstate", None) == _READ_ONLY:
        return _unavailable(error)
    return _unexpected(error)


def _unavailable(error: DBAPIError | NoConnectionFree) -> ResponseReturnValue:
    # the statement and its parameters can hold an answer: only the kind of failure is logged
    kind = type(getattr(error, "orig", None) or error).__name__
    log.error("database unavailable on %s: %s", request.endpoint, kind)
    return _failure(503, {"Retry-After": _AFTER}, held=typed())


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected %s on %s", type(error).__name__, request.endpoint, exc_info=_without_values(error))
    return _failure(500)


def _failure(
    status: int, kept: Mapping[str, str] | None = None, held: Iterable[tuple[str, str]] = ()
) -> ResponseReturnValue:
    """The page for a failure with these headers, or what a feature answers below its own address."""
    elsewhere: Mapping[str, Answer] = current_app.extensions.get(_ELSEWHERE, {})
    for prefix, answer in elsewhere.items():
        if f"{request.path}/".startswith(prefix):
            return answer(status, kept or {})
    page, status = error_page(status, held=held)
    return page, status, dict(kept or {})


def _without_values(error: Exception) -> Exception:
    """A message can hold what somebody wrote, whoever it was: keep the place and the kind, drop the text."""
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)


def _template() -> str:
    """Colleagues get a way back to their work; a respondent's page knows nothing of that."""
    return "staff/error.html" if _for_staff() else "web/error.html"


def _for_staff() -> bool:
    return request.path.startswith("/staff")
