"""A test client that looks at every page any test opens: a fault in a page fails the test that met it.

Headers are held against the values their specifications allow, never against what we happen to send.
"""

import gzip
import re
from collections.abc import Callable
from typing import Any

import brotli
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.markup import check_markup

#: Content Security Policy Level 3, without report-only and deprecated directives
_CSP_DIRECTIVES = {
    *("default-src", "script-src", "script-src-elem", "script-src-attr"),
    *("style-src", "style-src-elem", "style-src-attr", "img-src", "media-src", "font-src"),
    *("connect-src", "worker-src", "manifest-src", "frame-src", "child-src", "object-src"),
    *("form-action", "base-uri", "frame-ancestors", "upgrade-insecure-requests"),
    *("require-trusted-types-for", "trusted-types"),
}
_CSP_SOURCE = re.compile(r"'(none|self|sha(256|384|512)-[A-Za-z0-9+/]{43,86}={0,2})'|blob:|data:")
_TRUSTED = {"require-trusted-types-for": ["'script'"], "trusted-types": ["ours"]}
_UNPACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, "br": brotli.decompress, "gzip": gzip.decompress}
#: Referrer Policy, the values that tell other sites nothing
_REFERRER = {"no-referrer", "same-origin"}
_PERMISSION = re.compile(
    r"(camera|geolocation|microphone|payment|usb|autoplay|fullscreen)=(\(\)|self|\(self\))"
)
#: paths that belong to one respondent or one colleague, and a tablet's, where the next person sits down
_PRIVATE = ("/s/", "/k/", "/stop/", "/staff")
#: pages that are the same for everybody, which a browser may therefore keep and ask after
_SAME_FOR_ALL = re.compile(
    r"/(privacy|toegankelijkheid|focusgroep(/bedankt)?|terugkoppeling(/[\w-]+)?|o/[\w -]+|rapporten(/[\w-]+)*)?"
)
#: what the preview's phone may show: the page inside it, and the pages that one leads to
_IN_OUR_FRAME = re.compile(
    r"/staff/preview/\w+/\w+/(page(/\w+)?|thanks)|/staff/preview/open/\w+/\w+"
    r"|/(privacy|toegankelijkheid|focusgroep(/bedankt)?|terugkoppeling(/[\w-]+)?)?"
)
_SECRET_PATH = re.compile(r"^/(?:s|stop)/([^/?]{8,})")


class CheckedClient(FlaskClient):
    """Opens a page like a browser without script, and checks what came back before the test sees it."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; AssertionError when the answer breaks a rule of the house."""
        response = super().open(*args, **kwargs)
        last = response.request
        check_headers(dict(response.headers), last.path)
        if not last.path.startswith("/staff"):
            assert "Set-Cookie" not in response.headers, f"{last.path} sets a cookie"
            assert "Cookie" not in response.headers.get("Vary", ""), f"{last.path} looked at cookies"
            _check_memory(response)
        if response.status_code >= 400 or last.method == "POST":
            assert response.headers["Cache-Control"] == "no-store", f"{last.path} may be stored"
        if response.mimetype == "text/html" and last.method != "HEAD" and response.status_code < 300:
            assert response.content_type == "text/html; charset=utf-8"
        if response.mimetype == "text/html" and last.method != "HEAD" and not response.location:
            own = self.application.extensions["settings"].base_url
            page = unpacked(response)
            check_markup(page, own=own, policy=response.headers["Content-Security-Policy"])
            secret = _SECRET_PATH.match(last.path)
            assert not secret or secret[1] not in page, "the token stands in the page"
        return response


def unpacked(response: TestResponse) -> str:
    """The page as text, however it came."""
    unpack = _UNPACK[response.headers.get("Content-Encoding", "")]
    return unpack(response.data).decode()


def _check_memory(response: TestResponse) -> None:
    """Pages for everybody may be kept and asked after; no other page has a tag that follows a visitor."""
    asked = response.request
    kept = asked.method in ("GET", "HEAD") and _SAME_FOR_ALL.fullmatch(asked.path)
    if kept and response.status_code in (200, 304):
        assert response.headers["Cache-Control"] == "no-cache"
        assert "ETag" in response.headers
        assert {"Accept-Encoding", "Accept-Language"} <= set(response.vary)
    elif response.mimetype == "text/html":
        assert "ETag" not in response.headers, f"{asked.path} has an entity tag"


def checked_client(app: Flask) -> CheckedClient:
    """A checking client for this application; staff tests keep its cookies as a browser would."""
    app.test_client_class = CheckedClient
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    return client


def check_headers(headers: dict[str, str], path: str) -> None:
    """AssertionError when a security header is missing or has a value its specification does not know."""
    check_policy(headers["Content-Security-Policy"], framed=bool(_IN_OUR_FRAME.fullmatch(path)))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in _REFERRER, headers["Referrer-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for permission in headers.get("Permissions-Policy", "").split(","):
        assert _PERMISSION.fullmatch(permission.strip()), permission
    transport = headers.get("Strict-Transport-Security", "max-age=1")
    assert re.fullmatch(r"max-age=\d+(; includeSubDomains)?(; preload)?", transport), transport
    if path.startswith((*_PRIVATE, "/o/")):
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
    if path.startswith(_PRIVATE):
        assert headers["Cache-Control"] == "no-store", f"{path} may be stored"
        files = headers.get("Accept-Ranges") == "bytes"  # the same for everybody, and fetched in pieces
        assert files or "ETag" not in headers, "an entity tag follows a visitor"
    if not path.startswith("/staff"):
        assert headers["Referrer-Policy"] == "no-referrer"


def check_policy(policy: str, *, framed: bool = False) -> None:
    """AssertionError unless the policy is closed by default and every directive and source is known.

    framed: whether a page of our own may show this one in a frame.
    """
    directives: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *sources = directive.split()
        assert name in _CSP_DIRECTIVES, f"no such directive: {name}"
        assert name not in directives, f"{name} stands twice; the second is ignored"
        directives[name] = sources
        for source in sources if name not in _TRUSTED else ():
            assert _CSP_SOURCE.fullmatch(source), f"{name} has the source {source}"
        assert "data:" not in sources or name == "img-src", f"{name} allows what stands in an address"
        assert "'none'" not in sources or sources == ["'none'"], f"{name}: 'none' stands alone"
    assert directives["default-src"] == ["'none'"]
    # default-src does not stand in for these three
    assert directives["base-uri"] == ["'none'"]
    assert directives["frame-ancestors"] in ([["'none'"], ["'self'"]] if framed else [["'none'"]])
    assert directives["form-action"] == ["'self'"]
    trusted = {name: directives[name] for name in _TRUSTED if name in directives}
    assert trusted == _TRUSTED, "Trusted Types"
