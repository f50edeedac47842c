"""The page that every visitor opens first, handed out before Flask begins.

It stands ready in memory; only its link is looked up. Whatever is not that plain goes on to the application:
a page nobody was sent yet, a link that is over or unknown, an odd address, a database that is away.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db
from feedback_app.invitations.tokens import token_hash
from feedback_app.questionnaires.versions import kept_version
from feedback_app.responses import document
from feedback_app.responses.link import look_up
from feedback_app.web.headers import Ready
from feedback_app.web.locale import choose

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: under which a link that was found goes along to the application, so that it is looked up once
FOUND = "feedback.link"
_PATH = "/s/"
_QUERY = re.compile(r"(?:lang=([A-Za-z0-9_-]{1,35}))?")


class Handout:
    """Answers `GET /s/<token>` where the answer stands ready, and leaves the rest to the application.

    All that Flask does around a view takes longer than this whole page, and none of it is needed here.
    """

    def __init__(self, app: Flask, application: "WSGIApplication") -> None:
        self._app = app
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        ready = None
        if environ["PATH_INFO"].startswith(_PATH) and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            with self._app.app_context():
                ready = _find(environ)
        return (ready or self._application)(environ, start_response)


def _find(environ: "WSGIEnvironment") -> Ready | None:
    asked = _QUERY.fullmatch(environ.get("QUERY_STRING", ""))
    if asked is None:
        return None
    try:
        link = environ[FOUND] = look_up(db.engine, token_hash(environ["PATH_INFO"][len(_PATH) :]))
        if link is None or not link.answerable:
            return None
        core = kept_version(db.engine, link.fingerprint)
        offered = document.offered_in(core)
        accepted = environ.get("HTTP_ACCEPT_LANGUAGE", "")
        language = choose(offered, (asked[1],), link.contact_language, accepted)
        version = document.known_edition(core, link.regional, language)
    except sa.exc.SQLAlchemyError:
        return None  # the application has words for it
    if version is None:
        return None  # whether it has room is not known yet
    packed = environ.get("HTTP_ACCEPT_ENCODING", "")
    return document.ready_made(version, language, offered, link.offer_type, packed)
