"""E-mail by SMTP: one letter, one conversation, and certainty about what became of it.

A letter whose last line was sent without an answer coming back may have been taken. It is never sent again:
somebody asked twice loses more trust than somebody who gets the reminder only.
"""

import logging
import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage

from feedback_app.gateways import MailServer, Server
from feedback_app.invitations.letter import Letter, Outcome, TryAgain
from feedback_app.invitations.mail import NoAddress, compose_mail

#: greylisting lets one in after five minutes or so
NOT_NOW = timedelta(minutes=10)
UNREACHABLE = timedelta(minutes=5)
#: what somebody must put right first: a password, a sender that is not allowed
OUR_FAULT = timedelta(hours=1)

_GOODBYE = 5
#: the server closes, whomever we write to (RFC 5321, section 3.8)
_CLOSING = 421
#: it wants us signed in, or does not want us (RFC 4954); whom we write to has nothing to do with it
_OF_US = (503, 530, 534, 535, 538)
#: RFC 3463: policy and rights, or our own address as the sender. A relay says it of everybody, a server that
#: does not want our letter of its own people, so others may be written to meanwhile
_POLICY = re.compile(rb"5\.(?:7\.\d|1\.[78](?!\d))")
#: RFC 3463; the words behind it may hold the address
_ENHANCED = re.compile(rb"5\.\d{1,3}\.\d{1,3}(?!\d)")

log = logging.getLogger(__name__)


class Mail:
    """Sends e-mails through a mail server; `take_turn` waits for, or refuses, the next message."""

    name = "email"
    repeatable = False  # some mail programs know a Message-ID again, no server has to

    def __init__(self, gateway: MailServer, own_name: str, take_turn: Callable[[], None]) -> None:
        self._gateway, self._own_name, self._take_turn = gateway, own_name, take_turn

    def send(self, letter: Letter) -> Outcome:
        """See `Channel.send`."""
        try:
            mail = compose_mail(letter, self._gateway.sender, self._gateway.domain)
        except NoAddress:
            return Outcome("bounced", "address")
        self._take_turn()
        try:
            line = connect(self._gateway.server, self._own_name)
            try:
                return self._hand_over(line, mail)
            finally:
                hang_up(line)
        except smtplib.SMTPResponseException as refusal:  # of us, before any recipient was named
            log.error("the mail server refuses us: %s", refusal.smtp_code)
            if refusal.smtp_code >= 500:
                raise TryAgain(OUR_FAULT, "fault") from None
            raise TryAgain(NOT_NOW, "refused") from None
        except smtplib.SMTPNotSupportedError:
            log.error("the mail server offers no TLS, or no way to sign in")
            raise TryAgain(OUR_FAULT, "fault") from None
        except (OSError, smtplib.SMTPException) as error:
            log.warning("the mail server cannot be reached: %s", type(error).__name__)
            raise TryAgain(UNREACHABLE, "unreachable") from None

    def _hand_over(self, line: smtplib.SMTP, mail: EmailMessage) -> Outcome:
        """The conversation about one letter, step by step."""
        _expect(line.mail(self._gateway.bounces))
        if refused := _refusal(line.rcpt(mail["To"].addresses[0].addr_spec)):
            return refused
        answer = line.docmd("DATA")
        if answer[0] != 354:
            return _refusal(answer) or Outcome("bounced", "smtp_nonsense")
        line.send(_stuffed(mail.as_bytes()))  # broken off in here, it has no end and is no letter yet
        try:
            answer = line.getreply()
        except (OSError, smtplib.SMTPException):
            return Outcome("unknown", "no_answer")
        if answer[0] // 100 not in (2, 4, 5):
            return Outcome("unknown", "smtp_nonsense")
        return _refusal(answer) or Outcome("delivered", f"smtp_{answer[0]}")


def connect(server: Server, own_name: str) -> smtplib.SMTP:
    """A line to the server, over TLS and signed in where its address says so; OSError, SMTPException."""
    context = ssl.create_default_context()
    line: smtplib.SMTP
    if server.tls == "tls":
        line = smtplib.SMTP_SSL(server.host, server.port, own_name, timeout=server.timeout, context=context)
    else:
        line = smtplib.SMTP(server.host, server.port, own_name, timeout=server.timeout)
    try:
        line.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            line.starttls(context=context)
        if server.user:
            line.login(server.user, server.password)
    except BaseException:
        line.close()
        raise
    return line


def hang_up(line: smtplib.SMTP) -> None:
    """Say goodbye and close, whatever the other side says: what became of the letter is known by now."""
    with suppress(OSError, smtplib.SMTPException):
        if line.sock:
            line.sock.settimeout(min(_GOODBYE, line.timeout))
        line.docmd("QUIT")
    line.close()


def _expect(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise smtplib.SMTPResponseException(*answer)


def _refusal(answer: tuple[int, bytes]) -> Outcome | None:
    """A refusal for good; nothing when the server agrees; TryAgain when it says "not now", or not to us."""
    code, said = answer
    if 200 <= code < 300:
        return None
    more = _ENHANCED.match(said)
    detail = f"smtp_{code}" + (f"_{more[0].decode()}" if more else "")
    if code in _OF_US or (500 <= code < 600 and _POLICY.match(said)):
        log.error("the mail server refuses what we send: %s", detail)
        raise TryAgain(OUR_FAULT, "fault", alone=code not in _OF_US)
    if 500 <= code < 600:
        return Outcome("bounced", detail)
    raise TryAgain(NOT_NOW, "refused", alone=code != _CLOSING)


def _stuffed(content: bytes) -> bytes:
    """The content as DATA wants it: a line that begins with a dot gets a second, and a lone dot ends it."""
    lines = content.replace(b"\r\n.", b"\r\n..")
    if lines.startswith(b"."):
        lines = b"." + lines
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"
