"""Recorded voices for those who would rather listen than read.

GET /audio/<locale>/<hash>.opus   one recording; the same for everybody, kept by the phone
"""

from io import BytesIO
from zlib import crc32

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from feedback_app.languages import all_languages
from feedback_app.questionnaires.audio import recorded, recording_path, text_hash
from feedback_app.web.locale import current_language, use_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("audio", __name__)

#: the address names the text, so what is there never becomes another text
_A_YEAR = 365 * 24 * 3600


@blueprint.get("/audio/<locale>/<name>.opus")
def recording(locale: str, name: str) -> ResponseReturnValue:
    if locale not in all_languages():
        return _nothing_there()
    use_language(locale)
    surveys_dir = current_settings().surveys_dir.resolve()
    if name not in recorded(surveys_dir, locale):  # so whatever else the name holds never becomes a path
        return _nothing_there()
    try:
        content = recording_path(surveys_dir, locale, name).read_bytes()  # tens of kB
    except OSError:  # taken away since the folder was looked at
        return _nothing_there()
    tag = f"{name}-{crc32(content):08x}"
    answer = send_file(BytesIO(content), "audio/ogg; codecs=opus", etag=tag, max_age=_A_YEAR)
    answer.cache_control.immutable = True
    return answer


def _nothing_there() -> Response:
    """A sentence: a player shows nothing, and a phone should not load a page for it."""
    return Response(_("Deze pagina bestaat niet") + "\n", 404, mimetype="text/plain")


@blueprint.app_template_global()
def voice(text: str) -> Markup:
    """An attribute with the name of this text's recording in the language of the page; "" without one."""
    name = text_hash(text)
    if name not in recorded(current_settings().surveys_dir, current_language().key):
        return Markup("")
    return Markup(' data-audio="{}"').format(name)
