"""Staff pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("signals", __name__, url_prefix="/staff")
