"""Failures under `/api/v1` as `application/problem+json` (RFC 9457), in the language that was asked for."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_babel import lazy_gettext as _l

from feedback_app.languages import STAFF
from feedback_app.web.locale import current_language, negotiate, use_language
from feedback_app.web.pages import current_settings

PREFIX = "/api/v1"
MEDIA = "application/problem+json"

#: code → status, title, and what to do; docs/api.md lists them
PROBLEMS: dict[str, tuple[int, Any, Any]] = {
    "bad-request": (
        400,
        _l("Deze vraag is niet te lezen"),
        _l("Kijk de vraag na met het OpenAPI-document."),
    ),
    "bad-parameter": (
        400,
        _l("Een parameter klopt niet"),
        _l("Gebruik enkel de parameters en waarden uit het OpenAPI-document."),
    ),
    "bad-cursor": (
        400,
        _l("Deze cursor hoort niet bij deze vraag"),
        _l("Begin opnieuw zonder cursor, met dezelfde filters."),
    ),
    "key-missing": (
        400,
        _l("De hoofding Idempotency-Key ontbreekt"),
        _l("Geef elke vraag die iets bewaart een eigen sleutel van 8 tot 100 tekens, bijvoorbeeld een UUID."),
    ),
    "unauthorized": (
        401,
        _l("Geen geldige toegangssleutel"),
        _l("Stuur een sleutel mee als “Authorization: Bearer …”. Maak een nieuwe als hij vervallen is."),
    ),
    "forbidden": (
        403,
        _l("Deze sleutel mag dit niet"),
        _l("Maak een sleutel met het recht dat hier nodig is, met een account dat dat recht heeft."),
    ),
    "not-found": (404, _l("Dit bestaat niet"), _l("Kijk het adres na. Wat je niet mag zien, bestaat niet.")),
    "method-not-allowed": (
        405,
        _l("Dit kan niet op dit adres"),
        _l("Gebruik een methode uit de hoofding Allow."),
    ),
    "wave-closed": (
        409,
        _l("Dit meetmoment is gesloten"),
        _l("De cijfers ervan staan bij de gepubliceerde tabellen."),
    ),
    "wave-open": (
        409,
        _l("Dit meetmoment is nog open"),
        _l("Er zijn pas cijfers als het gesloten is. Tel intussen de uitnodigingen."),
    ),
    "request-in-progress": (
        409,
        _l("Deze vraag is al bezig"),
        _l("Wacht even en stuur dezelfde vraag met dezelfde sleutel opnieuw."),
    ),
    "too-large": (413, _l("Deze vraag is te groot"), _l("Verdeel het over meer vragen.")),
    "not-json": (
        415,
        _l("Dit is geen JSON"),
        _l("Stuur de inhoud als application/json, in UTF-8."),
    ),
    "range": (416, _l("Dit stuk bestaat niet"), _l("Vraag een stuk binnen het bestand.")),
    "invalid-body": (
        422,
        _l("De inhoud klopt niet"),
        _l("Verbeter wat bij “errors” staat. Er is niets bewaard."),
    ),
    "key-reused": (
        422,
        _l("Deze Idempotency-Key is al gebruikt voor een andere vraag"),
        _l("Neem een nieuwe sleutel voor een nieuwe vraag."),
    ),
    "too-many": (429, _l("Te veel vragen"), _l("Wacht zoveel seconden als in de hoofding Retry-After.")),
    "internal": (
        500,
        _l("Er liep bij ons iets fout"),
        _l("Probeer het straks opnieuw, met dezelfde Idempotency-Key."),
    ),
    "unavailable": (503, _l("De dienst is er even niet"), _l("Probeer het straks opnieuw.")),
}

#: a status that something below us gave → its problem; any other reads as the nearest hundred
_BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "not-json",
    416: "range",
    429: "too-many",
    503: "unavailable",
}

log = logging.getLogger(__name__)


class Problem(Exception):
    """A request cannot be answered; `code` is one of PROBLEMS, `more` are further members."""

    def __init__(
        self, code: str, detail: str = "", headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.headers, self.more = code, detail, dict(headers or {}), more


def type_of(code: str) -> str:
    """The address that names a kind of problem, and explains it."""
    return f"{current_settings().base_url}{PREFIX}/problems/{code}"


def described(code: str) -> dict[str, Any]:
    """What is the same of every problem of a kind."""
    status, title, advice = PROBLEMS[code]
    return {"type": type_of(code), "title": str(title), "status": status, "detail": str(advice)}


def problem_response(problem: Problem) -> Response:
    """The answer that says what is wrong and what to do."""
    speak()
    told = described(problem.code)
    if problem.detail:
        told["detail"] = problem.detail
    response = json_response({**told, **problem.more}, told["status"], MEDIA)
    response.headers.extend(problem.headers)
    return response


def failed(status: int, kept: Mapping[str, str]) -> Response:
    """What a failure under our prefix answers that no view of ours foresaw, with these headers kept."""
    code = _BY_STATUS.get(status) or ("internal" if status >= 500 else "bad-request")
    return problem_response(Problem(code, headers=kept))


def json_response(content: Any, status: int = 200, media: str = "application/json") -> Response:
    """An answer in JSON that nothing on the way keeps."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    response = Response(body.encode("utf-8", "backslashreplace"), status, mimetype=media)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = current_language().tag
    response.vary.update(("Accept-Language", "Authorization"))
    return response


def speak() -> None:
    """Speak the language that the program asks for, if colleagues have it; else Dutch."""
    use_language(negotiate(STAFF))


def is_ours() -> bool:
    """Whether this request is one of a program."""
    return request.path.startswith(f"{PREFIX}/")
