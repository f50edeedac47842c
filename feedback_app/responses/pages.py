"""What a respondent sees."""

from flask import Blueprint

blueprint = Blueprint("respond", __name__)
