"""Sign-in with Flask-Login over server-side sessions."""

from flask import Flask

from feedback_app.settings import Settings


def init_signin(app: Flask, settings: Settings) -> None:
    """Protect everything under /staff."""
