"""From a request to an operation: who asks, whether they may, what they ask, and that it is done once."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, current_app, request

from feedback_app.api.models import ApiToken
from feedback_app.api.once import checked_key, once
from feedback_app.api.operations import Call, Operation, Parameter
from feedback_app.api.pace import A_MINUTE, take_turn
from feedback_app.api.problems import PREFIX, Problem, problem_response, speak
from feedback_app.api.tokens import acting, find_token, granted
from feedback_app.database import db, now
from feedback_app.invitations.throttle import SECONDS, Throttle
from feedback_app.web.pages import current_settings

#: bytes of a body; a thousand trajectories are a third of it
MOST_BYTES = 2 * 1024 * 1024
#: wrong tokens from one network in ten minutes; a program with a good one is never held up by others
MOST_FAILURES = 60
LIMIT = "API_REQUESTS_A_MINUTE"

_THROTTLE = "api_throttle"
_LONGEST_HEADER = 200


def init_calling(app: Flask) -> None:
    """Give the application its limits."""
    app.config.setdefault(LIMIT, A_MINUTE)
    app.extensions[_THROTTLE] = Throttle(MOST_FAILURES, SECONDS)


def view_of(operation: Operation) -> Callable[..., Response]:
    """The view that Flask calls for an operation."""

    def view(**within: str) -> Response:
        speak()
        try:
            return _answer(operation, within)
        except Problem as problem:
            db.session.rollback()
            return problem_response(problem)

    return view


def _answer(operation: Operation, within: Mapping[str, str]) -> Response:
    token = _token()
    if wait := take_turn(db.session, token.id, current_app.config[LIMIT], now()):
        raise Problem("too-many", headers={"Retry-After": str(wait)})
    if operation.scopes and not set(operation.scopes) & set(granted(token)):
        needed = " ".join(operation.scopes)
        challenge = f'Bearer realm="api", error="insufficient_scope", scope="{needed}"'
        raise Problem("forbidden", headers={"WWW-Authenticate": challenge}, scopes=list(operation.scopes))
    asked = _asked(operation, within)
    settings, query = current_settings(), {**request.args}
    key = checked_key(request.headers.get("Idempotency-Key", "")) if operation.body else ""
    body = _body() if operation.body else None
    call = Call(token, acting(token), settings, request.path, asked, query, body)
    if not operation.body:
        return operation.view(call)
    whole = b"\0".join((operation.key.encode(), request.path.encode(), request.get_data()))
    return once(db.session, settings.secret_key, token.id, key, whole, lambda: operation.view(call))


def _token() -> ApiToken:
    """Whose request this is; Problem when nobody's. The token comes in its header and nowhere else."""
    scheme, _, text = request.headers.get("Authorization", "")[:_LONGEST_HEADER].partition(" ")
    text = text.strip()
    found = find_token(db.session, current_settings().secret_key, text)
    if found is not None and scheme.casefold() == "bearer":
        return found
    if text and not current_app.extensions[_THROTTLE].lets_in(request.remote_addr or ""):
        raise Problem("too-many", headers={"Retry-After": str(SECONDS)})
    fault = ', error="invalid_token"' if text else ""
    raise Problem("unauthorized", headers={"WWW-Authenticate": f'Bearer realm="api"{fault}'})


def _asked(operation: Operation, within: Mapping[str, str]) -> dict[str, str]:
    """Every parameter that was given, as the operation describes it; Problem for any other."""
    for one in operation.within:
        if not fits(one, within[one.name]):
            raise Problem("not-found")
    known = {one.name: one for one in operation.query}
    for name, values in request.args.lists():
        if name not in known or len(values) > 1 or not fits(known[name], values[0]):
            raise Problem("bad-parameter", parameter=name if name in known else "")
    return {**within, **request.args}


def fits(parameter: Parameter, value: str) -> bool:
    """Whether a value is what its parameter may be."""
    schema = parameter.schema
    if schema["type"] == "integer":
        plain = re.fullmatch(r"[0-9]{1,6}", value, re.ASCII)
        return bool(plain) and schema["minimum"] <= int(value) <= schema["maximum"]
    if schema["type"] == "boolean":
        return value in ("true", "false")
    pattern, listed = schema.get("pattern"), schema.get("enum")
    return (pattern is None or bool(re.search(pattern, value) and "\n" not in value)) and (
        listed is None or value in listed
    )


def _body() -> Any:
    """The body as JSON; Problem when it is none. Too large a body is refused before it is read."""
    request.max_content_length = MOST_BYTES
    if request.mimetype != "application/json":
        raise Problem("not-json")
    sent = request.get_data()
    if request.content_length is None and len(sent) >= MOST_BYTES:
        raise Problem("too-large")  # sent in pieces: read to the limit, and nobody says what came behind it
    try:
        return json.loads(sent.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem("bad-request") from None


def _no_number(name: str) -> None:
    raise ValueError(name)


__all__ = ["LIMIT", "PREFIX", "init_calling", "view_of"]
