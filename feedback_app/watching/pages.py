"""Is all well, for monitors and for who manages the service.

GET  /health/live                  this process answers
GET  /health/ready                 it can do its work: the database answers and has the tables it needs
GET  /metrics                      numbers for Prometheus, behind a key
GET  /staff/dienst                 queue, last runs, failed jobs
GET  /staff/dienst/<job>/opnieuw   what beginning a job again does
POST /staff/dienst/<job>/opnieuw   begins it again
"""

import hmac
import ipaddress

import sqlalchemy as sa
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app import revisions
from feedback_app.database import db, now, today
from feedback_app.settings import Settings
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.watching.metrics import CONTENT_TYPE, exposition
from feedback_app.watching.retry import NotAgain, find_failed, list_failed, list_queue, retry
from feedback_app.watching.state import queue, state
from feedback_app.watching.worries import worries
from feedback_app.web.pages import asked_page, current_settings

monitor = Blueprint("monitor", __name__)
blueprint = Blueprint("service", __name__, url_prefix="/staff/dienst")

#: what a proxy adds: then the neighbour is not who asks
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


@monitor.get("/health/live")
def live() -> Response:
    return Response("ok\n", mimetype="text/plain")


@monitor.get("/health/ready")
def ready() -> Response:
    """Says which part is missing, and nothing of where it is or why."""
    try:
        missing = "tables" if revisions.behind(revisions.present(db.session.connection())) else ""
    except sa.exc.SQLAlchemyError:
        missing = "database"
    if not missing:
        return Response("ok\n", mimetype="text/plain")
    answer = Response(f"not ready: {missing}\n", 503, mimetype="text/plain")
    answer.headers["Retry-After"] = "10"
    return answer


@monitor.get("/metrics")
def metrics() -> Response:
    settings = current_settings()
    if not settings.metrics_token and not _at_home(settings):
        abort(404)
    if settings.metrics_token and not _has_key(settings.metrics_token):
        refused = Response("a key is needed\n", 401, mimetype="text/plain")
        refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    moment = now()
    text = exposition(state(db.session, settings, moment, today()), moment)
    answer = Response(text, content_type=CONTENT_TYPE)
    answer.cache_control.no_store = True
    return answer


@blueprint.get("")
def overview() -> str:
    moment = now()
    found = state(db.session, current_settings(), moment, today())
    return render_template(
        "watching/overview.html",
        state=found,
        worries=worries(found, moment),
        queue=list_queue(db.session),
        failed=list_failed(db.session, asked_page()),
    )


@blueprint.route("/<job_id>/opnieuw", methods=["GET", "POST"], endpoint="retry")
def begin_again(job_id: str) -> ResponseReturnValue:
    job = find_failed(db.session, job_id)
    if job is None:
        if request.method == "GET":
            abort(404)
        flash(_("Dit werk staat al in de rij, of het is er niet meer."), "warning")
        return redirect(url_for("service.overview"))
    if request.method == "GET" or not job.again:
        return render_template("watching/retry.html", job=job), 200 if job.again else 422
    try:
        retry(db.session, current_account(), job_id)
    except NotAgain:
        flash(_("Hetzelfde werk staat al in de rij."), "warning")
        return redirect(url_for("service.overview"))
    flash(_("Het werk staat opnieuw in de rij."), "good")
    return redirect(url_for("staff.job", job_id=job_id))


def _at_home(settings: Settings) -> bool:
    """Whether a trial on one's own machine is asked by that machine, with no proxy in between."""
    try:
        local = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        local = False
    forwarded = any(name in request.headers for name in _FORWARDED)
    return local and not settings.secure and not settings.trusted_proxies and not forwarded


def _has_key(key: str) -> bool:
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), key.encode())


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    if not may_open(account, "service.overview"):
        return []
    failed = queue(session, now()).failed
    link, url = _("Naar de werking"), url_for("service.overview")
    return [Waiting(failed, _("mislukt werk van deze week"), link, url)] if failed else []


tells_what_waits(blueprint, _what_waits)
