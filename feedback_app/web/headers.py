"""Security headers on every answer, each with a value its specification knows."""

from flask import Flask, Response, request

from feedback_app.settings import Settings
from feedback_app.web.assets import Assets

#: pages that must never be stored: they belong to one respondent or one colleague
_PRIVATE = ("/s/", "/o/", "/k/", "/stop/", "/staff")


def init_headers(app: Flask, settings: Settings, assets: Assets) -> None:
    """Add the headers to everything the application answers."""
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src 'self' {assets.style_hashes}",
            f"script-src 'self' {assets.script_hashes}",
            "img-src 'self' data:",  # the empty icon
            "media-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )

    @app.after_request
    def _add(response: Response) -> Response:
        headers = response.headers
        private = request.path.startswith(_PRIVATE)
        headers["Content-Security-Policy"] = policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin" if request.path.startswith("/staff") else "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if settings.secure:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if private:
            headers["Cache-Control"] = "no-store"
            headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
