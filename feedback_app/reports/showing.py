"""An edition's own page as it is served: what the worker wrote, with what is true today around it."""

import re
from pathlib import Path

from flask import Response, render_template, request, url_for

from feedback_app.analysis.statistic import FLANDERS
from feedback_app.database import db
from feedback_app.regions import region_names
from feedback_app.reports.editions import Row, edition_for, which_of
from feedback_app.reports.models import Edition
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.web.downloads import file_response
from feedback_app.web.headers import allow_style
from feedback_app.web.pages import current_settings

#: kind of file → what it is sent as: a page to keep is no page of ours that a browser should open
KINDS = {"pdf": "application/pdf", "html": "application/octet-stream", "zip": "application/zip"}
#: kind of file → where an edition keeps it
PARTS = {"pdf": Edition.pdf, "html": Edition.html, "zip": Edition.annex}
_HEAD, _BAR = "<!--edition-style-->", "<!--edition-bar-->"
STYLES = ("tokens", "brand", "report", "edition")
_OWN_STYLE = re.compile(r"<style>([^<]*)</style>")
_STATIC = Path(__file__).resolve().parent.parent / "static" / "css"


def edition_page(row: Row, template: str, **more: object) -> str:
    """The edition's web page, linked to its style, with a bar made by this template."""
    links = "".join(
        f'<link rel="stylesheet" href="{url_for("static", filename=f"css/{name}.css")}">' for name in STYLES
    )
    if style := _OWN_STYLE.search(row.edition.html or ""):
        allow_style(style[1])
    bar = render_template(template, row=row, edition=row.edition, **more)
    return (row.edition.html or "").replace(_HEAD, links, 1).replace(_BAR, bar, 1)


def fetched_file(account: Account, edition_id: str, kind: str) -> Response | None:
    """A file of an edition for who may read it, which the audit log tells of; None where there is none."""
    row = edition_for(db.session, account, edition_id, PARTS[kind]) if kind in KINDS else None
    response = edition_file(row.edition, kind) if row else None
    if row is None or response is None:
        return None
    if request.method == "GET" and response.status_code in (200, 206):
        facts = {"kind": kind, "part": "some" if response.status_code == 206 else "all"}
        subject, region = f"edition:{row.edition.id}", row.edition.region_key
        record(db.session, "report.downloaded", account=account, subject=subject, region=region, **facts)
        db.session.commit()
    return response


def edition_file(edition: Edition, kind: str) -> Response | None:
    """One of an edition's files to keep; None where an earlier release made the edition without it."""
    body = {"pdf": edition.pdf, "zip": edition.annex, "html": _alone(edition)}[kind]
    if body is None:
        return None
    return file_response(body, KINDS[kind], file_name(edition, kind))


def file_name(edition: Edition, kind: str) -> str:
    """What the file is called: period, level, language, and that it is a draft where it is one."""
    which = which_of(edition)
    level = level_name(which.level, "Vlaanderen")
    draft = "" if edition.state == "final" else " ontwerp"
    what = "databijlage" if kind == "zip" else "signaalrapport"
    return f"{what} {which.wave} {level} {which.locale}{draft}.{kind}"


def level_name(level: str, flanders: str) -> str:
    """What people call a level."""
    return flanders if level == FLANDERS else region_names(current_settings().surveys_dir).get(level, level)


def _alone(edition: Edition) -> bytes | None:
    """The web page with its style inside, readable without a network."""
    if edition.html is None:
        return None
    style = "".join((_STATIC / f"{name}.css").read_text("utf-8") for name in STYLES)
    page = edition.html.replace(_HEAD, f"<style>{style}</style>", 1).replace(_BAR, "", 1)
    return page.encode("utf-8", "backslashreplace")
