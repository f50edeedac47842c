"""The door to the focus groups, apart from every questionnaire.

GET  /focusgroep           what it is, and a form; the same for everybody in one language
POST /focusgroep           leave a telephone number or e-mail address
GET  /focusgroep/bedankt   thanks

No cookie, no token, no address kept: how often one address sends is counted in memory, for some minutes.
"""

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback_app.database import db
from feedback_app.invitations.focus import leave_contact, read_contact
from feedback_app.invitations.throttle import throttle
from feedback_app.languages import all_languages
from feedback_app.regions import region_names
from feedback_app.web.headers import allow_own_frame
from feedback_app.web.locale import current_language, negotiate, use_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("focus_door", __name__, url_prefix="/focusgroep")

_LARGEST = 16 * 1024
_FORM = "application/x-www-form-urlencoded"
#: what a person does not see and a program fills in
_TRAP = "website"


@blueprint.before_request
def _speak_and_limit() -> None:
    request.max_content_length = _LARGEST
    use_language(negotiate(_offered(), request.args.get("lang")))


@blueprint.get("")
def ask() -> str:
    allow_own_frame()  # the preview's phone leads here
    return _page({"language": current_language().key})


@blueprint.post("")
def leave() -> ResponseReturnValue:
    if request.mimetype != _FORM:
        abort(415)
    settings = current_settings()
    typed = {name: request.form.get(name, "").strip()[:254] for name in ("contact", "language", "region")}
    if not throttle().lets_in(request.remote_addr or ""):
        return _page(typed, busy=True), 429
    contact = read_contact(typed["contact"])
    wrong = {
        "contact": contact is None,
        "region": typed["region"] not in region_names(settings.surveys_dir),
        "language": typed["language"] not in all_languages(),
    }
    if contact is None or any(wrong.values()):
        return _page(typed, wrong=wrong), 422
    if not request.form.get(_TRAP):
        leave_contact(db.session, settings, contact, typed["language"], typed["region"])
    return redirect(url_for("focus_door.thanks", lang=current_language().tag), 303)


@blueprint.get("/bedankt")
def thanks() -> str:
    allow_own_frame()
    return render_template("public/focus_thanks.html", offered=_offered())


def _page(typed: dict[str, str], *, wrong: dict[str, bool] | None = None, busy: bool = False) -> str:
    return render_template(
        "public/focus_door.html",
        offered=_offered(),
        typed=typed,
        wrong=wrong or {},
        busy=busy,
        trap=_TRAP,
        tongues=all_languages(),
        regions=region_names(current_settings().surveys_dir),
    )


def _offered() -> list[str]:
    found: list[str] = current_app.extensions["offered_languages"]()
    return found
