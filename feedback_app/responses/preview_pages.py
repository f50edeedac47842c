"""The preview: what respondents will see, in a phone on a colleague's screen; nothing is stored.

GET  /staff/preview                                 questionnaires and languages, and which are offered
GET  /staff/preview/<survey>/<lang>                 a phone, with choices beside it
GET  /staff/preview/<survey>/<lang>/page[/<kind>]   the page inside the phone; `?region=`: that region's own
GET  /staff/preview/<survey>/<lang>/thanks          the page after it, with the note on where help is
GET  /staff/preview/open/<lang>/<name>              an open page in the wording of the files
POST /staff/preview/<survey>/<lang>/page[/<kind>]   checks answers as the real page does, and forgets them
"""

from dataclasses import replace

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.languages import all_languages, find
from feedback_app.questionnaires.accepted import edition_of
from feedback_app.questionnaires.catalogues import CatalogueUnreadable
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.questionnaires.readiness import EVERY_DRAFT, Shelf, Why, written_pages
from feedback_app.responses import document
from feedback_app.responses.document import Asked
from feedback_app.responses.pointing import with_mark
from feedback_app.responses.preview import SURVEY_KEYS, Preview, previews, speak_as_written
from feedback_app.web.errors import error_page
from feedback_app.web.headers import allow_own_frame
from feedback_app.web.packing import PLAIN, unpack
from feedback_app.web.pages import current_settings

blueprint = Blueprint("preview", __name__, url_prefix="/staff/preview")

SURVEY_NAMES = {
    "newcomer": _l("Nieuwkomers"),
    "partner": _l("Aanbodpartners"),
    "impact": _l("Nieuwkomers, maanden later"),
}

WHY = {
    Why.OFFERED: _l("aangeboden"),
    Why.NO_CATALOGUE: _l("geen vertaling"),
    Why.MISSING: _l("teksten ontbreken"),
    Why.OUTDATED: _l("teksten verouderd"),
    Why.UNREVIEWED: _l("niet nagelezen"),
    Why.NOT_COMPILED: _l("niet klaargezet"),
    Why.PAGES_NOT_READY: _l("vaste teksten niet klaar"),
}

#: open pages, by the name of their template
OPEN_PAGES = ("home", "privacy", "accessibility")

#: root font sizes, as people set them on their phone
TEXT_SIZES = (100, 150, 200)


@blueprint.get("")
def overview() -> str:
    return render_template(
        "preview/overview.html",
        surveys={key: _previews(key) for key in SURVEY_KEYS},
        names=SURVEY_NAMES,
        why=WHY,
        tongues=all_languages().values(),
    )


@blueprint.get("/<survey>/<lang>")
def phone(survey: str, lang: str) -> str:
    shown = _preview(survey, lang)
    return render_template(
        "preview/phone.html",
        preview=shown,
        others=_previews(survey),
        names=SURVEY_NAMES,
        why=WHY,
        sizes=TEXT_SIZES,
        chosen=_choices([code.key for code in shown.offer_types]),
        kinds=offer_type_names(current_settings()),
    )


@blueprint.get("/<survey>/<lang>/page")
@blueprint.get("/<survey>/<lang>/page/<kind>")
def page(survey: str, lang: str, kind: str = "") -> ResponseReturnValue:
    return _marked(document.questionnaire(_asked(survey, lang, kind)))


@blueprint.get("/<survey>/<lang>/thanks")
def thanks(survey: str, lang: str) -> ResponseReturnValue:
    return _marked(document.thanks(_asked(survey, lang, ""), needs_help=True))


@blueprint.get("/open/<lang>/<name>")
def open_page(lang: str, name: str) -> str:
    settings = current_settings()
    drafts = replace(Shelf.of(settings), draft_languages=frozenset({EVERY_DRAFT}))
    if lang not in all_languages() or name not in OPEN_PAGES or not written_pages(drafts, lang).offered:
        abort(404)
    allow_own_frame()
    speak_as_written(settings, lang, request.args.get("mark", ""))
    return with_mark(render_template(f"web/{name}.html", offered=[lang]))


@blueprint.post("/<survey>/<lang>/page")
@blueprint.post("/<survey>/<lang>/page/<kind>")
def try_out(survey: str, lang: str, kind: str = "") -> ResponseReturnValue:
    """Answers as the real page would, and keeps nothing; so it needs no proof of where the form came from."""
    wanted = find(request.form.get("lang") or request.args.get("lang"))
    asked = _asked(survey, wanted if wanted in _previews(survey) else lang, kind)
    form = document.fill_in(asked, request.form)
    if "lang" in request.form:
        return document.questionnaire(asked, form)
    if "refuse" in request.form:
        title, text = _l("Goed, je doet niet mee."), _l("Toch meedoen? Open de link opnieuw.")
        return document.message(title, text, "refused", kind=asked.kind)
    if not form.validate():
        return document.questionnaire(asked, form, 422)
    return document.thanks(asked, document.needs_help(asked, form.chosen()))


@blueprint.errorhandler(SurveysRefused)
@blueprint.errorhandler(CatalogueUnreadable)
def files_at_fault(_error: Exception) -> ResponseReturnValue:
    commands = "feedback-app surveys check, feedback-app translations check"
    text = _(
        "Er staat een fout in een vragenlijst of vertaling. Zo vind je ze: %(commands)s.", commands=commands
    )
    return error_page(409, text)


def _choices(kinds: list[str]) -> dict[str, str | int]:
    """What stands beside the phone, as it was chosen or else as most people have it."""
    asked = request.args
    size = asked.get("size", type=int)
    return {
        "kind": asked["kind"] if asked.get("kind") in kinds else kinds[0],
        "script": "off" if asked.get("script") == "off" else "on",
        "colours": "dark" if asked.get("colours") == "dark" else "light",
        "size": size if size in TEXT_SIZES else TEXT_SIZES[0],
    }


def _asked(survey: str, lang: str, kind: str) -> Asked:
    document.ready_languages()  # texts that changed are read anew
    asked = _preview(survey, lang).ask(kind, request.args.get("mark", ""))
    if asked is None:
        abort(404)
    allow_own_frame()
    return asked


def _marked(response: Response) -> Response:
    """The page with what it was asked to point out; unpacked, as only a frame asks for it."""
    if "mark" in request.args:
        body = response.get_data()
        body = unpack(body, response.headers.pop("Content-Encoding", PLAIN))
        response.set_data(with_mark(body.decode()))
    return response


def _preview(survey: str, lang: str) -> Preview:
    found = _previews(survey).get(find(lang) or lang)  # also by its tag, `fa-AF`
    if found is None:
        abort(404)
    return found


def _previews(survey: str) -> dict[str, Preview]:
    if survey not in SURVEY_KEYS:
        abort(404)
    settings, region = current_settings(), request.args.get("region", "")
    edition = edition_of(db.session, settings.surveys_dir, survey, region) if region else None
    if region and edition is None:
        abort(404)
    return previews(settings, survey, edition)
