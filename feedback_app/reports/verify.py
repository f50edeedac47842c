"""Whether a PDF is still the report that it was compiled as: from the file alone, and against the editions.

A report carries what it was made from. So years later its content hash can be computed again, its tables
made again, and the whole file compiled again; it must give the same bytes. What only a database knows is
whether this content was ever compiled here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as package_version
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from feedback_app.rendering.render import RenderError
from feedback_app.reports.annex import CONTENT_NAME, annex_files
from feedback_app.reports.content import ReportContent
from feedback_app.reports.editions import printed_day
from feedback_app.reports.inside import BROKEN, LARGEST, Inside, Unreadable, differing, opened
from feedback_app.reports.labels import load_translations
from feedback_app.reports.models import Edition
from feedback_app.reports.pdf import report_pdf
from feedback_app.settings import Settings


class NotAReport(Exception):
    """The file is no report of this service, or cannot be read at all; the message says why."""


@dataclass(frozen=True)
class Checked:
    """What was found: `facts` a line each; `differences` is empty exactly when the answer is yes."""

    content: ReportContent
    facts: Sequence[str]
    differences: Sequence[str] = field(default=())

    @property
    def unchanged(self) -> bool:
        """Whether the file is what was compiled, byte for byte."""
        return not self.differences


def read(path: Path) -> bytes:
    """The bytes of a file; NotAReport when there is none, or far too much of it."""
    try:
        if path.stat().st_size > LARGEST:
            raise NotAReport(f"it is larger than {LARGEST // 1_000_000} MB, and no report is")
        return path.read_bytes()
    except OSError as error:
        raise NotAReport(f"it cannot be read: {error.strerror}") from error


def check(data: bytes, settings: Settings, session: Session | None) -> Checked:
    """Say whether a file is the report it claims to be; without a session from the file alone.

    Raises NotAReport when it is no report of this service.
    """
    try:
        return _check(opened(data), settings, session)
    except Unreadable as error:
        raise NotAReport(str(error)) from error
    except BROKEN as error:
        raise NotAReport("it is damaged, or built as no report is") from error


def _check(file: Inside, settings: Settings, session: Session | None) -> Checked:
    content = _content(file)
    compiled = _compiled(content, settings)
    stored = [] if session is None else _stored(session, content.content_hash)
    facts = [*_facts(content), *(_fact_of(one) for one in stored), *_how(file, compiled, session, stored)]
    if any(one.pdf == file.data for one in stored):
        return Checked(content, facts)
    genuine = stored[0].pdf if stored else compiled
    found = [*_unlike_content(file, content, settings), *_unlike(file, genuine, content, bool(stored))]
    if not found and session is not None:
        found = [
            "no edition here has this content: it was compiled elsewhere, or its content was changed and "
            "the file compiled again. (From the file alone it is whole; see --file-only.)"
        ]
    return Checked(content, facts, list(dict.fromkeys(found)))


def _content(file: Inside) -> ReportContent:
    """The frozen content that a report carries."""
    embedded = file.embedded()
    if CONTENT_NAME not in embedded:
        raise NotAReport(f"it is no signal report of this service: no {CONTENT_NAME} is embedded in it")
    try:
        return ReportContent.from_json(embedded[CONTENT_NAME].decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotAReport(
            f"its {CONTENT_NAME} is not the content of a signal report, or was changed"
        ) from error


def _compiled(content: ReportContent, settings: Settings) -> bytes | None:
    """The file that this software makes of the content; None when it cannot."""
    try:
        return report_pdf(content, load_translations(settings.texts_dir, content.language))
    except (RenderError, ValueError, LookupError):
        return None


def _stored(session: Session, content_hash: str) -> list[Edition]:
    query = sa.select(Edition).where(Edition.content_hash == content_hash).options(undefer(Edition.pdf))
    return list(session.scalars(query.order_by(Edition.compiled_at.desc())))


def _unlike_content(file: Inside, content: ReportContent, settings: Settings) -> list[str]:
    """What the file says that its own content does not."""
    found = []
    if content.content_hash not in file.words(1):
        found.append("page 2 prints another content hash than that of the content inside")
    embedded = file.embedded()
    try:
        tables = annex_files(content, load_translations(settings.texts_dir, content.language))
    except (ValueError, LookupError):
        return [*found, "the tables cannot be made from the content inside"]
    expected = {one.name: one.data for one in tables}
    found += [f"the embedded file {name} is missing" for name in expected if name not in embedded]
    found += [
        f"the embedded file {name} is not what the content gives"
        for name in expected
        if name in embedded and embedded[name] != expected[name]
    ]
    known = {*expected, CONTENT_NAME}
    return found + [
        f"the embedded file {name} is no part of a report" for name in embedded if name not in known
    ]


def _unlike(file: Inside, genuine: bytes | None, content: ReportContent, stored: bool) -> list[str]:
    """Which parts of the file are not those of the stored edition, or of what its content gives."""
    if genuine is None:
        return ["its content cannot be compiled by this software, so its pages cannot be checked"]
    if file.data == genuine:
        return []
    if added := sorted(file.scripts() - opened(genuine).scripts()):
        script = f"it holds a script or an action that the report has not ({', '.join(added)})"
        return [script, *_changed(file, genuine, content, stored)]
    return _changed(file, genuine, content, stored)


def _changed(file: Inside, genuine: bytes, content: ReportContent, stored: bool) -> list[str]:
    """Name the parts that are not the genuine ones, or what can be told of a file of another version."""
    here, there = package_version("feedback-app"), content.software_version
    if stored or here == there:
        return [f"changed: {part}" for part in differing(file, opened(genuine))]
    drawn = opened(genuine)
    longest = max(len(file.pdf.pages), len(drawn.pdf.pages))
    words = [number + 1 for number in range(longest) if file.words(number) != drawn.words(number)]
    told = (
        f"words differ on page {', '.join(map(str, words))}"
        if words
        else "the words of all pages are the same"
    )
    return [
        f"it was compiled by feedback-app {there}, and this is {here}, which draws it differently; {told}. "
        f"Check it with version {there}, or against the database that holds its edition"
    ]


def _facts(content: ReportContent) -> list[str]:
    state = "draft" if content.draft else "final"
    return [
        f"signal report of {content.wave}, {content.level}, language {content.language}, {state}",
        f"compiled on {content.compiled_on} by feedback-app {content.software_version}",
        f"publication policy {content.policy.version}",
        *(f"questionnaire {one.audience} {one.fingerprint}" for one in content.questionnaires),
        f"content hash {content.content_hash}",
    ]


def _fact_of(edition: Edition) -> str:
    when = printed_day(edition)
    return f"edition {edition.id} of this installation, {edition.state}, compiled on {when}"


def _how(
    file: Inside, compiled: bytes | None, session: Session | None, stored: Sequence[Edition]
) -> list[str]:
    """What the answer rests on."""
    names = ", ".join(sorted(file.embedded()))
    again = "gives the same bytes" if compiled == file.data else "does not give the same bytes"
    found = [f"embedded: {names}", f"compiling its content again {again}"]
    if session is None:
        return [*found, "checked from the file alone, without a database"]
    return found if stored else [*found, "no edition of this installation has this content"]
