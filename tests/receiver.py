"""A receiver of webhooks on this machine: checks what comes with a secret, and answers as a test wants."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.gateway import Gateway, Request, gateway


@dataclass
class Receiver:
    """What came in at a gateway, read as messages."""

    gateway: Gateway
    secret: str = ""

    @property
    def url(self) -> str:
        """Where messages are sent."""
        return f"http://127.0.0.1:{self.gateway.port}/haak?voor=voorbeeld"

    @property
    def messages(self) -> list[tuple[str, Any]]:
        """Id and content of each message, in the order they came; AssertionError when one is not signed."""
        return [self._read(one) for one in self.gateway.requests]

    def _read(self, request: Request) -> tuple[str, Any]:
        """As a receiver does it (Standard Webhooks)."""
        given = {name.lower(): value for name, value in request.headers.items()}
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + request.body
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert given["webhook-signature"] == f"v1,{expected}"
        return given["webhook-id"], json.loads(request.body)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a free port until the block ends."""
    with gateway() as made:
        made.answers = [(204, {"Content-Length": "0"})]
        yield Receiver(made)
