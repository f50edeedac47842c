"""Staff pages for remarks: give themes, propose and release quotes."""

from flask import Blueprint

blueprint = Blueprint("moderation", __name__, url_prefix="/staff")
