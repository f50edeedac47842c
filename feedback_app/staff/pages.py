"""Signing in, and the first page for staff."""

from flask import Blueprint

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
