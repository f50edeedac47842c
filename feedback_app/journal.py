"""What this process writes about itself: a line for each thing, as text or as JSON, on standard error.

Lines about a colleague's request say which (`request`), the page (its rule, never its path) and the moment.
On a respondent's page a line is written only when something failed, names no request, and tells the hour:
finer times would line up with the log of whoever stands before this service, which knows addresses.
"""

import json
import logging
import re
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from flask import g, has_request_context, request

#: pages of colleagues and programs; typing in a sheet of paper is a respondent's act, whoever types
_COLLEAGUES = ("/staff", "/api/")
_RESPONDENTS = ("/staff/papier",)
#: what stands in a log record under this name goes into its line
FACTS = "facts"
#: a record that has this is about a request of which nobody knows whose it is, so it may be a respondent's
VISIT = "visit"
#: what carries a person's own link, wherever it stands in a line
_LINK = re.compile(r"/(s|o|k|stop)/[A-Za-z0-9._~%-]+")


def of_colleague(path: str) -> bool:
    """Whether a path belongs to who works with the service; all others are respondents', until listed."""
    return path.startswith(_COLLEAGUES) and not path.startswith(_RESPONDENTS)


def route() -> str:
    """The rule of the page that is asked for, like `/s/<token>`; empty where there is none."""
    if not has_request_context() or request.url_rule is None:
        return ""
    return request.url_rule.rule


def places(error: BaseException) -> list[str]:
    """Where something broke, and of what kind each error was, the first cause first; without their words.

    A number that is none is told with what was there instead: what somebody wrote, in a job about remarks.
    """
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and all(following is not one for one in chain):
        chain.insert(0, following)
        hidden = None if following.__suppress_context__ else following.__context__
        following = following.__cause__ or hidden
    return [line for one in chain for line in (*_frames(one), _kind(one))]


def _frames(error: BaseException) -> list[str]:
    return "".join(traceback.format_tb(error.__traceback__)).splitlines()


def _kind(error: BaseException) -> str:
    """Its name, and what the system says of a file or a line that does not work."""
    why = error.strerror if isinstance(error, OSError) and error.errno else ""
    return f"{type(error).__qualname__}: {why}" if why else type(error).__qualname__


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Standard error; a line that cannot be made is told of without what was to stand in it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging calls it so
        with suppress(
            OSError, ValueError
        ):  # nobody's page fails because the log's disk is full or it is closed
            self.stream.write(f"a line of {record.name} cannot be written\n")


class _Lines(logging.Formatter):
    """What both kinds of line say."""

    def moment(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        visit = has_request_context() and not of_colleague(request.path)
        if visit or getattr(record, VISIT, False):
            at = at.replace(minute=0, second=0, microsecond=0)
        return at.isoformat(timespec="seconds").replace("+00:00", "Z")

    def said(self, record: logging.LogRecord) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if name := route():
            found["route"] = name
        if has_request_context() and of_colleague(request.path) and "request_id" in g:
            found["request"] = g.request_id
        return found | getattr(record, FACTS, {})

    def trace(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        return "\n".join(places(error)) if error else ""

    def words(self, record: logging.LogRecord) -> str:
        return _LINK.sub(r"/\1/[link]", record.getMessage())


class TextLines(_Lines):
    """For people: time, level, what happened, and what else is known of it."""

    def format(self, record: logging.LogRecord) -> str:
        known = " ".join(f"{name}={value}" for name, value in self.said(record).items())
        first = " ".join(filter(None, (self.moment(record), record.levelname, self.words(record), known)))
        return "\n".join(filter(None, (first, self.trace(record))))


class JsonLines(_Lines):
    """For programs: one JSON object on each line; docs/operate.md names its fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self.words(record),
            **self.said(record),
        }
        if trace := self.trace(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False, default=str)


def lines(form: str) -> logging.Formatter:
    """The formatter that `FEEDBACK_LOG_FORMAT` names."""
    return JsonLines() if form == "json" else TextLines()


def keep_journal(form: str) -> None:
    """Let everything this process logs go to standard error in this form; for processes, not for commands."""
    handler = _Handler()
    handler.setFormatter(lines(form))
    logging.getLogger().handlers[:] = [handler]
    logging.captureWarnings(True)  # else Python writes them itself, as they are
