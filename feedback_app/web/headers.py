"""Security headers on every answer, each with a value its specification knows."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request

from feedback_app.settings import Settings
from feedback_app.web.assets import Assets, Inline

#: what belongs to one respondent or one colleague, and a tablet's page, where the next person sits down
NEVER_STORED = ("/s/", "/k/", "/stop/", "/staff")
#: what no search engine lists
_UNLISTED = (*NEVER_STORED, "/o/")

#: no script makes markup or a script's address of a text, but through the one policy that ours make
_TRUSTED = ("require-trusted-types-for 'script'", "trusted-types ours")

_STAFF = "/staff"
_KEY, _FRAMED = "headers", "framed"

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def init_headers(app: Flask, settings: Settings, assets: Assets) -> None:
    """Add the headers to everything the application answers."""
    visitor = _standing(settings, _policy(assets), "no-referrer")
    colleague = _standing(settings, _policy(assets), "same-origin")

    def add(response: Response) -> Response:
        if isinstance(response, Ready):
            return response
        headers = response.headers
        path = request.path
        headers.extend(colleague if path.startswith(_STAFF) else visitor)
        if "framed" in g:
            headers["Content-Security-Policy"] = g.framed
        if "styled" in g:
            policy, allowed = headers["Content-Security-Policy"], f"style-src 'self' {g.styled}"
            headers["Content-Security-Policy"] = policy.replace("style-src 'self'", allowed, 1)
        failed = response.status_code >= 400  # else a browser may keep "closed" for good, as it may a 410
        if failed or path.startswith(NEVER_STORED) or request.method == "POST":
            headers["Cache-Control"] = "no-store"
        if path.startswith(_UNLISTED):
            headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    app.after_request(add)
    app.extensions[_KEY] = add
    app.extensions[_FRAMED] = {
        "page": _policy(assets, frames="'self'"),
        "mail": _policy(assets, frames="'self'", style=assets.mail_css.source),
    }


class Ready(Response):
    """An answer that was made and checked once and is sent as it was: its headers stand as they went out.

    Copying and checking thirteen headers anew costs more than finding the page they belong to.
    """

    def __init__(self, made: Response) -> None:
        super().__init__(status=made.status)
        self._body = made.get_data()
        self._sent = made.get_wsgi_headers({"REQUEST_METHOD": "GET"}).to_wsgi_list()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(self.status, [*self._sent])
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self._body,)


def ready(response: Response) -> Ready:
    """The answer with all its headers, to be kept and sent again to addresses that get the same ones."""
    return Ready(current_app.extensions[_KEY](response))


def allow_own_frame() -> None:
    """Let a page of our own frame this answer, as the preview's phone does."""
    g.framed = current_app.extensions[_FRAMED]["page"]


def allow_style(text: str) -> None:
    """Let this answer hold a style sheet of this text, as an edition does that froze a house style."""
    g.styled = Inline(text).source


def allow_own_mail() -> None:
    """Let a page of our own show this answer in a frame: an e-mail of ours with its own style."""
    g.framed = current_app.extensions[_FRAMED]["mail"]


def allow_fetching_alone() -> None:
    """Let this answer, a script that has no page, do nothing but speak to us."""
    g.framed = "; ".join(("default-src 'none'", "connect-src 'self'", *_closed("'none'"), *_TRUSTED))


def _policy(assets: Assets, frames: str = "'none'", style: str = "") -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'self' {assets.style_hashes} {style}".strip(),
            f"script-src 'self' {assets.script_hashes}",
            "img-src 'self' data:",  # the empty icon
            "media-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "frame-src 'self'",
            *_closed(frames),
            *_TRUSTED,
        )
    )


def _closed(frames: str) -> tuple[str, ...]:
    """What every answer forbids and `default-src` does not stand in for."""
    return (
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors {frames}",
    )


def _standing(settings: Settings, policy: str, referrer: str) -> list[tuple[str, str]]:
    headers = [
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", referrer),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ]
    if settings.secure:
        headers.append(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
    return headers
