"""To the government's sign-in service and back: /staff/oidc and /staff/oidc/callback."""

from flask import Blueprint, abort, redirect, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.regions import region_names
from feedback_app.settings import Oidc
from feedback_app.staff import oidc
from feedback_app.staff.audit import record
from feedback_app.staff.entering import enter
from feedback_app.staff.oidc import OidcRefused
from feedback_app.staff.signin import safe_target
from feedback_app.web.pages import current_settings

blueprint = Blueprint("oidc", __name__, url_prefix="/staff/oidc")

_STARTED = "oidc"

#: reason of an OidcRefused → HTTP status, and what to do
_REFUSALS = {
    "away": (502, _l("De aanmelddienst antwoordt niet. Probeer het over enkele minuten opnieuw.")),
    "state": (400, _l("Dit aanmelden begon niet in deze browser, of het duurde te lang. Begin opnieuw.")),
    "token": (403, _l("De aanmelddienst heeft je aanmelden niet bevestigd. Begin opnieuw.")),
    "subject": (403, _l("De aanmelddienst zegt niet wie je bent. Meld dit aan de beheerder.")),
    "email": (403, _l("De aanmelddienst geeft geen e-mailadres door. Meld dit aan de beheerder.")),
    "role": (
        403,
        _l(
            "Je hebt in de aanmelddienst geen rol voor deze toepassing."
            " Vraag die aan de beheerder van je organisatie."
        ),
    ),
    "taken": (
        403,
        _l(
            "Er is al een account met je e-mailadres."
            " Meld je aan met je wachtwoord, of vraag de beheerder om het te koppelen."
        ),
    ),
    "closed": (403, _l("Je account is gesloten. Vraag de beheerder waarom.")),
}


@blueprint.get("")
def start() -> ResponseReturnValue:
    try:
        started = oidc.start(_service(), _callback())
    except OidcRefused as refused:
        return _refused(refused)
    target = safe_target(request.args.get("next"))
    cookie[_STARTED] = {
        "state": started.state,
        "nonce": started.nonce,
        "verifier": started.verifier,
        "target": target,
    }
    return redirect(started.url)


@blueprint.get("/callback")
def callback() -> ResponseReturnValue:
    service, started = _service(), cookie.pop(_STARTED, None)
    came_back = f"{_callback()}?{request.query_string.decode('ascii', 'replace')}"
    try:
        if started is None or request.args.get("state") != started["state"]:
            raise OidcRefused("state")
        if "code" not in request.args:
            raise OidcRefused("token")
        claims = oidc.finish(service, _callback(), came_back, started)
        regions = region_names(current_settings().surveys_dir)
        account = oidc.account_from(db.session, service, claims, regions)
    except OidcRefused as refused:
        return _refused(refused)
    enter(db.session, account, "oidc")
    return redirect(started["target"])


def _service() -> Oidc:
    service = current_settings().oidc
    if service is None:
        abort(404)
    return service


def _callback() -> str:
    return f"{current_settings().base_url}/staff/oidc/callback"


def _refused(refused: OidcRefused) -> ResponseReturnValue:
    status, text = _REFUSALS[refused.reason]
    if status == 403:
        record(db.session, "signin.failed", account=None, step="oidc", reason=refused.reason)
        db.session.commit()
    return render_template("staff/oidc_refused.html", reason=text), status
