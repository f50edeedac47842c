"""Text messages by a gateway that takes HTTP requests, asked as its template says."""

import http.client
import json
import logging
import re
import ssl
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlencode

from feedback_app.database import now
from feedback_app.gateways import SmsTemplate
from feedback_app.invitations.letter import LONGEST_WAIT, Letter, Outcome, TryAgain
from feedback_app.invitations.messages import MOST_PARTS
from feedback_app.sms import parts

UNREACHABLE = timedelta(minutes=5)
#: what somebody must put right first: a key, an address, a bill
OUR_FAULT = timedelta(hours=1)

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_BLANK = re.compile(r"\{(to|text|key)\}")
#: the gateway is busy, or still busy with this very message
_SAME = 409
_NOT_NOW = {408: 60, _SAME: 60, 425: 60, 429: 60}
#: what it says of the message itself, not of us
_BAD_MESSAGE = (400, 410, 422)
#: the gateway's own front door lost it on the way: it may have been sent
_LOST = (504,)

log = logging.getLogger(__name__)


class TextMessages:
    """Sends text messages through a gateway; `take_turn` waits for, or refuses, the next message."""

    name = "sms"

    def __init__(self, address: SplitResult, template: SmsTemplate, take_turn: Callable[[], None]) -> None:
        self._address, self._template, self._take_turn = address, template, take_turn
        self.repeatable = template.repeatable

    def send(self, letter: Letter) -> Outcome:
        """See `Channel.send`; a text of more than two parts is refused."""
        if not _NUMBER.fullmatch(letter.to):
            return Outcome("bounced", "number")
        if not letter.text or parts(letter.text) > MOST_PARTS:
            log.error("a text message in %s is empty or has more than %s parts", letter.language, MOST_PARTS)
            return Outcome("bounced", "too_long" if letter.text else "empty")
        self._take_turn()
        line = connect(self._address, self._template.timeout)
        try:
            self._ask(line, letter)
            answer = self._answer(line)
        finally:
            line.close()
        return answer if isinstance(answer, Outcome) else _outcome(*answer)

    def _ask(self, line: http.client.HTTPConnection, letter: Letter) -> None:
        blanks = {"to": letter.to, "text": letter.text, "key": letter.key}
        kind, body = request_body(self._template, blanks)
        headers = {"Content-Type": kind, "Accept": "application/json, text/plain"}
        headers |= {name: fill(value, {"key": letter.key}) for name, value in self._template.headers.items()}
        headers[self._template.key_header] = letter.key
        target = (self._address.path or "/") + (f"?{self._address.query}" if self._address.query else "")
        try:
            line.request(self._template.method, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            log.warning("the text message gateway cannot be reached: %s", type(error).__name__)
            raise TryAgain(UNREACHABLE, "unreachable") from None

    def _answer(self, line: http.client.HTTPConnection) -> tuple[int, str] | Outcome:
        """Status and Retry-After. Without an answer nobody knows, unless the gateway knows repeats."""
        try:
            answer = line.getresponse()
            status, after = answer.status, answer.headers.get("Retry-After", "")
        except (OSError, http.client.HTTPException) as error:
            log.warning("the text message gateway gave no answer: %s", type(error).__name__)
            status, after = _LOST[0], ""
        if status in _LOST:
            if self._template.repeatable:
                raise TryAgain(UNREACHABLE, "unreachable")
            return Outcome("unknown", "no_answer")
        return status, after


def connect(address: SplitResult, timeout: float) -> http.client.HTTPConnection:
    """A line to the gateway, opened when first used."""
    host = address.hostname or ""
    if address.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, address.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, address.port, timeout=timeout)


def request_body(template: SmsTemplate, blanks: dict[str, str]) -> tuple[str, bytes]:
    """Content type and body of the template with its blanks filled in."""
    if template.form is not None:
        filled = {name: fill(value, blanks) for name, value in template.form.items()}
        return "application/x-www-form-urlencoded", urlencode(filled).encode("ascii")
    return "application/json", json.dumps(_filled(template.as_json, blanks)).encode("ascii")


def fill(text: str, blanks: dict[str, str]) -> str:
    """The text with its blanks filled in, once: what is filled in is not looked at again."""
    return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)


def _filled(node: Any, blanks: dict[str, str]) -> Any:
    if isinstance(node, str):
        return fill(node, blanks)
    if isinstance(node, dict):
        return {key: _filled(value, blanks) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, blanks) for value in node]
    return node


def _outcome(status: int, after: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome("delivered", f"http_{status}")
    if status in _BAD_MESSAGE:
        return Outcome("bounced", f"http_{status}")
    if status in _NOT_NOW or status >= 500:
        wait = wait_of(after, timedelta(seconds=_NOT_NOW.get(status, 300)))
        raise TryAgain(wait, "refused", alone=status == _SAME)
    log.error("the text message gateway refuses us: %s", status)
    raise TryAgain(OUR_FAULT, "fault")


def wait_of(after: str, otherwise: timedelta) -> timedelta:
    """What Retry-After asks for, in seconds or as a moment; at least a second and at most `LONGEST_WAIT`."""
    if after.isascii() and after.isdecimal():
        wait = timedelta(seconds=min(int(after[:9]), 999_999))
    else:
        try:
            wait = parsedate_to_datetime(after) - now()
        except (TypeError, ValueError):  # not a moment, or one without a time zone
            wait = otherwise
    return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)
