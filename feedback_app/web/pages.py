"""Public pages that stand by themselves, and the service worker."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from feedback_app.paging import known_order
from feedback_app.settings import Settings
from feedback_app.web.assets import Assets, Inline
from feedback_app.web.headers import allow_fetching_alone, allow_own_frame
from feedback_app.web.locale import negotiate, use_language

blueprint = Blueprint("web", __name__)


def current_settings() -> Settings:
    """The settings the application was made with."""
    found: Settings = current_app.extensions["settings"]
    return found


def asked_page() -> int:
    """The page of a list that the address asks for; the list itself knows which there are."""
    return request.args.get("page", 1, type=int)


def asked_order(columns: Mapping[str, Any], otherwise: str) -> str:
    """The order that the address asks for, if a list has it."""
    return known_order(columns, request.args.get("order", ""), otherwise)


@blueprint.get("/")
def home() -> str:
    return _page("web/home.html")


@blueprint.get("/privacy")
def privacy() -> str:
    return _page("web/privacy.html")


@blueprint.get("/toegankelijkheid")
def accessibility() -> str:
    return _page("web/accessibility.html")


@blueprint.get("/sw.js")
def service_worker() -> Response:
    """At the root, because a worker may only look after pages below its own address."""
    allow_fetching_alone()
    response = Response(_worker().text, mimetype="text/javascript")
    response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def _worker() -> Inline:
    return Assets().worker_js


def _page(template: str) -> str:
    allow_own_frame()  # the preview's phone leads here
    offered = current_app.extensions["offered_languages"]()
    use_language(negotiate(offered, request.args.get("lang")))
    return render_template(template, offered=offered)
