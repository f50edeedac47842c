"""Staff pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("invitations", __name__, url_prefix="/staff")
