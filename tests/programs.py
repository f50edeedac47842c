"""A program that uses the API in tests: everything it is answered is held against the OpenAPI document."""

import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs
import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from feedback_app.api.scopes import scopes_of
from feedback_app.api.tokens import Wanted, make_token
from feedback_app.database import db
from feedback_app.regions import region_names
from feedback_app.staff.models import Account
from tests.staff import add, address_of

PREFIX = "/api/v1"
TRAJECTORY = {
    "ref": "V-7",
    "agency": "agii",
    "region": "kempen",
    "started_on": "2026-01-06",
    "outcome": "completed",
    "ended_on": "2026-06-03",
    "hours": 41.5,
    "offer_type": "buddy",
    "offer_source": "ikdoemee",
    "partner_name": "Voorbeeldclub",
    "contact_language": "ti",
    "phone": "0470 26 14 64",
}


class Document:
    """The OpenAPI document as it is served."""

    def __init__(self, app: Flask) -> None:
        answer = app.test_client().get(f"{PREFIX}/openapi.json", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"
        self.content: dict[str, Any] = json.loads(gzip.decompress(answer.data))
        self._validators: dict[str, Any] = {}

    @cached_property
    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Method, path and description of everything."""
        paths = self.content["paths"]
        return [(method.upper(), path, one) for path, item in paths.items() for method, one in item.items()]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """What describes a request to this path, if anything does."""
        for known, template, one in self.operations:
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if known == method and re.fullmatch(pattern, path):
                return one
        return None

    def check(self, answer: TestResponse) -> None:
        """AssertionError unless status, kind and content are what the document says of this request."""
        asked = answer.request
        one = self.operation(asked.method, asked.path)
        if one is None:
            assert answer.status_code in (404, 405) and answer.mimetype == "application/problem+json"
            self._valid({"$ref": "#/components/schemas/Problem"}, answer.json)
            return
        described = one["responses"][str(answer.status_code)]
        if answer.status_code == 304:
            return
        schema = described["content"][answer.mimetype].get("schema")
        if schema is not None:
            self._valid(schema, answer.json)

    def _valid(self, schema: dict[str, Any], content: Any) -> None:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**schema, "components": self.content["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        self._validators[key].validate(content)


@dataclass(frozen=True)
class Program:
    """A program with a token; everything it is answered is checked."""

    app: Flask
    document: Document
    token: str

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for something below `/api/v1`."""
        return self._ask("GET", path, headers)

    def post(self, path: str, body: Any, key: str = "", **headers: str) -> TestResponse:
        """Send JSON, under a key where there is one."""
        named = {"Idempotency-Key": key} if key else {}
        sent = {"Content-Type": "application/json", **named, **_dashed(headers)}
        return self._ask("POST", path, sent, json.dumps(body))

    def _ask(self, method: str, path: str, headers: dict[str, str], data: str | None = None) -> TestResponse:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.app.test_client().open(
            PREFIX + path, method=method, data=data, headers={**signed, **_dashed(headers)}
        )
        self.document.check(answer)
        assert "Set-Cookie" not in answer.headers
        return answer


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def stored_account(role: str) -> Account:
    """The example account with a role, in the running application's session."""
    return db.session.scalars(sa.select(Account).where(Account.email == address_of(role))).one()


def token_of(app: Flask, role: str, *scopes: str, region: str | None = None, **more: Any) -> str:
    """A new token of the example account with this role, which is added when it is not there yet."""
    settings = app.extensions["settings"]
    with app.app_context():
        known = db.session.scalar(sa.select(Account.id).where(Account.email == address_of(role)))
    if known is None:
        add(app, role)
    with app.app_context():
        account = stored_account(role)
        wanted = Wanted("voorbeeldprogramma", scopes or scopes_of(account), region, **more)
        names = region_names(settings.surveys_dir)
        return make_token(db.session, settings.secret_key, account, wanted, names).text


def program_of(app: Flask, role: str, *scopes: str, **more: Any) -> Program:
    """A program with a new token of this role; without scopes with all it can have."""
    return Program(app, Document(app), token_of(app, role, *scopes, **more))


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """The application on a port of this machine until the block ends; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
