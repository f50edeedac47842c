"""Staff pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("trajectories", __name__, url_prefix="/staff")
