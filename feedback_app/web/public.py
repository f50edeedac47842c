"""Rendering of public pages: no cookie, no session, one language."""

from flask import render_template


def public_page(template: str, **values: object) -> str:
    """Render a page for visitors without an account."""
    return render_template(template, **values)
