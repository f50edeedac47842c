"""The OpenAPI 3.1 document, made of the operations themselves; it names no host, so it fits everywhere."""

import gzip
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from feedback_app.api.operations import Operation, Parameter, Schema, ref
from feedback_app.api.problems import MEDIA, PREFIX, PROBLEMS

_HEADERS = {
    "Link": {"description": "`first`, and `next` where there is more.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {"description": "`true` for an earlier answer.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "What is missing.", "schema": {"type": "string"}},
}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}


def document(operations: Sequence[Operation], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Feedback after participation trajectories",
            "version": version("feedback-app"),
            "description": "Trajectories in; invitations counted, published tables, reports and signals out. "
            "No operation tells anything of a single answer or of who answered.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of a colleague."}
            },
            "schemas": {**schemas, "Problem": _PROBLEM},
        },
    }


def packed(content: Mapping[str, Any]) -> bytes:
    """The document as it is kept and sent."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return gzip.compress(body, 9, mtime=0)


def _operation(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": one.key, "summary": one.summary, "responses": _responses(one)}
    scopes = ", ".join(f"`{scope}`" for scope in one.scopes)
    made["description"] = f"Scope: one of {scopes}." if scopes else "Any token that works."
    parameters = [
        *(_parameter(each, "path") for each in one.within),
        *(_parameter(each, "query") for each in one.query),
    ]
    if one.body:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(one.body)}}}
        key = {"type": "string", "pattern": "^[!-~]{8,100}$"}
        described = "Your own name of this request: sent again, it is answered again and not done again."
        parameters.append(
            {"name": "Idempotency-Key", "in": "header", "required": True, "schema": key}
            | {"description": described}
        )
    if parameters:
        made["parameters"] = parameters
    return made


def _parameter(one: Parameter, where: str) -> dict[str, Any]:
    made = {"name": one.name, "in": where, "schema": one.schema, "description": one.description}
    return {**made, "required": True} if where == "path" else made


def _responses(one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {"200": _good(one)}
    if one.media:
        found["206"] = {**found["200"], "description": "The range that was asked for."}
        found["304"] = {"description": "What you have is still the same."}
    for code in one.problems:
        status, _title, _advice = PROBLEMS[code]
        known = found.setdefault(
            str(status),
            {"description": "", "content": {MEDIA: {"schema": ref("Problem")}}, **_extra(status)},
        )
        known["description"] = f"{known['description']} {code}".strip()
    return dict(sorted(found.items()))


def _good(one: Operation) -> dict[str, Any]:
    if one.media:
        content: dict[str, Any] = {kind: {} for kind in one.media}
        return {"description": "The file.", "content": content}
    made: dict[str, Any] = {
        "description": one.summary,
        "content": {"application/json": {"schema": ref(one.answer)}},
    }
    names = [*(["Link"] if one.paged else []), *(["Idempotent-Replayed"] if one.body else [])]
    return {**made, "headers": {name: _HEADERS[name] for name in names}} if names else made


def _extra(status: int) -> dict[str, Any]:
    names = {401: ["WWW-Authenticate"], 403: ["WWW-Authenticate"], 429: ["Retry-After"]}.get(status, [])
    return {"headers": {name: _HEADERS[name] for name in names}} if names else {}
