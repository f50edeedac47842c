"""A small OpenID provider on this machine: real keys, real signatures, code flow with PKCE, over HTTP.

It checks what a provider checks (client, redirect address, challenge, that a code is used once), and `twist`
lets a test make it lie.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, CLIENT_SECRET = "feedback-voorbeeld", "een geheim van de toepassing"


class Provider:
    """Serves until the block ends; `claims` are what it says of whoever comes."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "eerste", "use": "sig"})
        self.claims: dict[str, Any] = {}
        self.told_later: dict[str, Any] = {}
        self.twist: Callable[[dict[str, Any]], str | None] = lambda _claims: None
        self.asked: list[dict[str, str]] = []
        self.moved, self.posted = "", 0
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.token(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Provider":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reset(self) -> None:
        """Tell the truth again, of nobody yet."""
        self.claims, self.told_later, self.twist, self.moved = {}, {}, lambda _claims: None, ""
        self.asked.clear()

    def get(self, to: BaseHTTPRequestHandler) -> None:
        path, query = urlsplit(to.path).path, urlsplit(to.path).query
        if path == "/.well-known/openid-configuration":
            names = ("authorization", "token", "userinfo")
            ends = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}
            self._json(to, {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **ends})
        elif path == "/keys":
            self._json(to, KeySet([self.key]).as_dict(private=False))
        elif path == "/userinfo" and to.headers["Authorization"] == "Bearer voorbeeldtoegang":
            self._json(to, {"sub": self.claims.get("sub", "wie"), **self.told_later})
        elif path == "/authorization":
            self._authorize(to, {name: values[0] for name, values in parse_qs(query).items()})
        else:
            self._json(to, {"error": "not_found"}, 404)

    def token(self, to: BaseHTTPRequestHandler) -> None:
        self.posted += 1
        body = to.rfile.read(int(to.headers["Content-Length"])).decode()
        if self.moved:
            to.send_response(307)
            to.send_header("Location", self.moved)
            to.end_headers()
            return
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        expected = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        asked = self._codes.pop(sent["code"], None)  # a code is used once
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest())
        if to.headers["Authorization"] != f"Basic {expected}":
            self._json(to, {"error": "invalid_client"}, 401)
        elif asked is None or challenge.decode().rstrip("=") != asked["code_challenge"]:
            self._json(to, {"error": "invalid_grant"}, 400)
        else:
            signed = self._signed(asked["nonce"])
            self._json(to, {"access_token": "voorbeeldtoegang", "token_type": "Bearer", "id_token": signed})

    def _authorize(self, to: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        to.send_response(302)
        to.send_header(
            "Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        )
        to.end_headers()

    def _signed(self, nonce: str) -> str:
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "wie",
            "iat": moment,
            "exp": moment + 300,
            "nonce": nonce,
            **self.claims,
        }
        return self.twist(claims) or self.sign(claims)

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """An identity token, with our own key unless another is given."""
        return jwt.encode({"alg": "RS256", "kid": "eerste"}, claims, key or self.key, algorithms=["RS256"])

    def _json(self, to: BaseHTTPRequestHandler, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        to.send_response(status)
        to.send_header("Content-Type", "application/json")
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        to.wfile.write(body)
