"""Bounces: reading the mailbox they arrive in, and noting them at the letters they belong to."""

import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from feedback_app.gateways import Mailbox, mail_server, mailbox
from feedback_app.invitations.delivery_report import read_report
from feedback_app.invitations.letter import Note, Outcome
from feedback_app.invitations.outcomes import note_outcome
from feedback_app.settings import Settings

#: a report holds the e-mail it is about at most; what is larger was written by a person
_LARGEST = 256 * 1024
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")

log = logging.getLogger(__name__)


class MailboxClosed(Exception):
    """The mailbox cannot be read; the message tells why, without password or address."""


@dataclass(frozen=True)
class Collected:
    """How many reports were noted, and how many messages were left for a person to read."""

    noted: int
    left: int


def note_bounces(session: Session, settings: Settings) -> Collected:
    """Read the mailbox and note what came back; commits as it goes; MailboxClosed."""

    def note(key: str, outcome: Outcome) -> bool:
        known = note_outcome(session, key, outcome)
        session.commit()
        return known

    return collect_bounces(settings, note)


def collect_bounces(settings: Settings, note: Note) -> Collected:
    """Read what is new in the mailbox and tell `note`, which keeps it; MailboxClosed when it cannot be read.

    A report is removed once it is noted, because it holds somebody's address. Everything else is marked as
    read and stays. Whatever happens in between, a report is at worst noted again. Nothing without a mailbox.
    """
    if not settings.imap_url or not settings.smtp_url:
        return Collected(0, 0)
    domain = mail_server(settings.smtp_url).domain
    noted = left = 0
    with opened(mailbox(settings.imap_url)) as line:
        for uid in b" ".join(_ask(line, "SEARCH", "UNSEEN")).split():
            report = read_report(_content(line, uid), domain)
            if report is not None and note(*report):
                _ask(line, "STORE", uid.decode(), "+FLAGS.SILENT", r"(\Deleted)")
                noted += 1
            else:
                _ask(line, "STORE", uid.decode(), "+FLAGS.SILENT", r"(\Seen)")
                left += 1
        if noted:
            line.expunge()
    log.info("bounces: %s noted, %s left", noted, left)
    return Collected(noted, left)


@contextmanager
def opened(box: Mailbox) -> Iterator[imaplib.IMAP4]:
    """The mailbox, signed in and with its folder chosen; MailboxClosed whenever it fails, also inside."""
    line: imaplib.IMAP4 | None = None
    try:
        line = _connect(box)
        line.login(box.server.user, box.server.password)
        kind, _said = line.select(_quoted(box.folder))
        if kind != "OK":
            raise MailboxClosed("there is no such folder")
        yield line
    except (OSError, imaplib.IMAP4.error, UnicodeError) as error:
        raise MailboxClosed(_reason(error)) from None
    finally:
        if line is not None:
            _close(line)


def _connect(box: Mailbox) -> imaplib.IMAP4:
    server, context = box.server, ssl.create_default_context()
    if server.tls == "tls":
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=server.timeout)
    line = imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
    try:
        if server.tls == "starttls" and "STARTTLS" not in line.capabilities:
            raise MailboxClosed("it offers no STARTTLS: try imaps://")
        if server.tls == "starttls":
            line.starttls(context)
    except BaseException:
        _close(line)
        raise
    return line


def _close(line: imaplib.IMAP4) -> None:
    """Say goodbye and close, also where the other side has gone."""
    with suppress(OSError, imaplib.IMAP4.error):
        line.logout()
    with suppress(OSError):
        line.shutdown()


def _content(line: imaplib.IMAP4, uid: bytes) -> bytes:
    """One message as it came, read without marking it; empty when it is too large to be a report."""
    size = next(
        (found for one in _ask(line, "FETCH", uid.decode(), "(RFC822.SIZE)") if (found := _size(one))), 0
    )
    if not 0 < size <= _LARGEST:
        return b""
    parts = _ask(line, "FETCH", uid.decode(), "(BODY.PEEK[])")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def _size(said: Any) -> int:
    found = _SIZE.search(said) if isinstance(said, bytes) else None
    return int(found[1]) if found else 0


def _ask(line: imaplib.IMAP4, command: str, *arguments: str) -> list[Any]:
    """What the server says: lines, and pairs where it sends a literal; IMAP4.error when it refuses."""
    kind, said = line.uid(command, *arguments)
    if kind != "OK":
        raise imaplib.IMAP4.error(f"{command} was refused")
    return [one for one in said if one is not None]


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be reached ({type(error).__name__})"
    if isinstance(error, imaplib.IMAP4.abort):
        return "the line broke"
    return "it refuses us: see user, password and folder"
