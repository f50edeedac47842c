"""The servers that messages go through, as settings name them: addresses and templates, checked once.

Each function takes what stands in a setting and raises ValueError with what is wrong and what to write.
"""

import ipaddress
import json
import re
from dataclasses import dataclass, field
from email.headerregistry import Address, HeaderRegistry
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from feedback_app.shape import Between, Misshapen, dotted, read

T = TypeVar("T")

#: seconds that one step of a conversation may take
TIMEOUT = 30

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_LOCAL = ("127.0.0.1", "localhost", "::1")
_ESCAPED = "in a password, write @ as %40, / as %2F, ? as %3F, # as %23 and [ as %5B"


@dataclass(frozen=True)
class Server:
    """Where a server is and how one talks to it; `tls` is `tls` from the start, `starttls` or `none`."""

    host: str
    port: int
    tls: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    timeout: float = TIMEOUT


@dataclass(frozen=True)
class MailServer:
    """A server that takes e-mail: whom it is from, and the address where bounces go."""

    server: Server
    sender: str
    bounces: str

    @property
    def domain(self) -> str:
        """The domain of the sender, which message keys are under."""
        return self.bounces.rpartition("@")[2]


@dataclass(frozen=True)
class Mailbox:
    """A folder in which bounces arrive."""

    server: Server
    folder: str


@dataclass(frozen=True)
class Translator:
    """A server that translates: `kind` is the way it is spoken to."""

    kind: str
    address: SplitResult
    key: str = field(repr=False)
    timeout: float = TIMEOUT


@dataclass(frozen=True, kw_only=True)
class SmsTemplate:
    """How the gateway wants to be asked; `{to}`, `{text}` and `{key}` are filled in, in `json` or `form`."""

    method: Literal["POST", "PUT"] = "POST"
    headers: dict[str, str] = field(default_factory=dict, repr=False)  # the key of an account, as a rule
    as_json: dict[str, Any] | None = field(default=None, metadata={"name": "json"}, repr=False)
    form: dict[str, str] | None = field(default=None, repr=False)
    key_header: str = "Idempotency-Key"
    repeatable: bool = False
    timeout: Annotated[float, Between(0.1, 120)] = TIMEOUT

    def __post_init__(self) -> None:
        if (self.as_json is None) == (self.form is None):
            raise ValueError("give either json or form")
        body = json.dumps(self.as_json if self.form is None else self.form)
        if "{to}" not in body or "{text}" not in body:
            raise ValueError("the body must hold {to} and {text}")
        _check_headers({self.key_header: "", **self.headers})


@dataclass(frozen=True, kw_only=True)
class WebhookTemplate:
    """Where in a gateway's message things stand: names of fields, dotted where they lie inside each other."""

    sender: str = field(default="from", metadata={"name": "from"})
    text: str = "text"
    key: str = "key"
    status: str = "status"
    delivered: tuple[str, ...] = ("delivered",)
    bounced: tuple[str, ...] = ("undeliverable", "failed", "rejected", "expired")
    signature_header: str = "X-Signature"
    timestamp_header: str = "X-Timestamp"

    def __post_init__(self) -> None:
        _check_headers({self.signature_header: "", self.timestamp_header: ""})


def mail_server(url: str) -> MailServer:
    """`smtp://user:password@host:587?from=Name <address>` (STARTTLS), or `smtps://` (TLS from the start)."""
    given = _split(url)
    options = _options(given, {"from", "bounces", "tls", "timeout"})
    sender = options.get("from", "")
    address = _address(sender)
    if not address:
        raise ValueError("needs the sender: …?from=feedback@example.be (or Name <feedback@example.be>)")
    bounces = options.get("bounces", address)
    if _address(bounces) != bounces:
        raise ValueError("has an address for bounces that is none: …&bounces=bounces@example.be")
    return MailServer(_server(given, options, "smtp", (587, 465)), sender, bounces)


def mailbox(url: str) -> Mailbox:
    """`imaps://user:password@host/INBOX` (TLS from the start), or `imap://` (STARTTLS)."""
    given = _split(url)
    server = _server(given, _options(given, {"tls", "timeout"}), "imap", (143, 993))
    if not server.user:
        raise ValueError("needs a user and a password: imaps://user:password@host/INBOX")
    return Mailbox(server, unquote(given.path.strip("/")) or "INBOX")


def sms_address(url: str) -> SplitResult:
    """`https://host/path`, where a text message is handed over; http only on this machine."""
    given = _split(url)
    if given.scheme not in ("https", "http") or not given.hostname:
        raise ValueError("must be an address like https://gateway.example/messages")
    if given.scheme == "http" and given.hostname not in _LOCAL:
        raise ValueError("must begin with https://: numbers would travel readable for others")
    if given.username or given.password or given.fragment:
        raise ValueError("holds a user, a password or a fragment: put secrets in a header of the template")
    _port(given)
    return given


def translation_server(kind: str, url: str, key: str) -> Translator:
    """Which server translates: `libretranslate` or `deepl`, at `https://host`; http only on this machine."""
    if kind not in ("libretranslate", "deepl"):
        raise ValueError(f"names “{kind}”: write libretranslate or deepl, or leave it out")
    given = _split(url)
    if given.scheme not in ("https", "http") or not given.hostname:
        raise ValueError("needs an address like https://translate.example in FEEDBACK_TRANSLATE_URL")
    if given.scheme == "http" and given.hostname not in _LOCAL:
        raise ValueError("needs an address that begins with https://: remarks would travel readable")
    if given.username or given.password or given.fragment or given.query:
        raise ValueError(
            "has an address with a user, a query or a fragment: the key has a setting of its own"
        )
    if kind == "deepl" and not key:
        raise ValueError("needs the key of the account in FEEDBACK_TRANSLATE_KEY")
    if not key.isprintable() or not key.isascii():
        raise ValueError("has a key with signs that no header can hold")
    _port(given)
    return Translator(kind, given, key)


def sms_template(text: str) -> SmsTemplate:
    """The template as JSON."""
    return _template(SmsTemplate, text)


def webhook_template(text: str) -> WebhookTemplate:
    """The template as JSON; empty: the names that stand there by default."""
    return _template(WebhookTemplate, text or "{}")


def _template(kind: type[T], text: str) -> T:
    try:
        return read(kind, json.loads(text))
    except json.JSONDecodeError as error:
        raise ValueError(f"cannot be used: this is not JSON ({error.msg})") from None
    except Misshapen as refused:
        first = refused.faults[0]
        place = dotted(first.place)
        raise ValueError(f"cannot be used: {place + ': ' if place else ''}{first.problem}") from None


def _split(url: str) -> SplitResult:
    """The parts of an address; what is wrong with it is said without them, for one is a password."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError(f"is no address: {_ESCAPED}") from None


def _options(given: SplitResult, known: set[str]) -> dict[str, str]:
    found = {name: values[-1] for name, values in parse_qs(given.query, keep_blank_values=True).items()}
    if set(found) - known:
        # not which one: a password that holds a ? goes on in what looks like an option
        raise ValueError(f"has an option that does not exist (there are: {sorted(known)}); {_ESCAPED}")
    return found


def _server(given: SplitResult, options: dict[str, str], scheme: str, ports: tuple[int, int]) -> Server:
    if given.scheme not in (scheme, f"{scheme}s") or not given.hostname:
        raise ValueError(f"must be an address like {scheme}s://user:password@host")
    whole = given.scheme == f"{scheme}s"
    tls = "tls" if whole else options.get("tls", "starttls")
    if tls not in ("tls", "starttls", "none") or (whole and "tls" in options):
        raise ValueError(f"says tls={options['tls']}: leave it out, or tls=none with {scheme}:// for a trial")
    if tls == "none" and given.hostname not in _LOCAL:
        raise ValueError("says tls=none: that is for a server on this machine only")
    if bool(given.username) != bool(given.password):
        raise ValueError("has a user without a password, or the other way round")
    if not unquote(f"{given.username}{given.password}").isascii():
        raise ValueError("has a user or a password with other letters than ASCII: servers differ about those")
    return Server(
        host=given.hostname,
        port=_port(given) or ports[tls == "tls"],
        tls=tls,
        user=unquote(given.username or ""),
        password=unquote(given.password or ""),
        timeout=_seconds(options.get("timeout", str(TIMEOUT))),
    )


def _port(given: SplitResult) -> int | None:
    try:
        return given.port
    except ValueError:
        raise ValueError("has a port that is no number up to 65535") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 300:
        raise ValueError("has a timeout that is no number of seconds up to 300")
    return seconds


def _address(text: str) -> str:
    """The one address in a From line, "" when there is not exactly one that everybody can write to."""
    if not text.isprintable():
        return ""
    header = HeaderRegistry()("From", text)
    addresses: tuple[Address, ...] = getattr(header, "addresses", ())
    if header.defects or len(addresses) != 1 or not addresses[0].domain:
        return ""
    spec: str = addresses[0].addr_spec
    return spec if spec.isascii() and addresses[0].username else ""


def _check_headers(headers: dict[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise ValueError(f"“{name}” is no header, or has a value that none can have")


def private_networks(value: str) -> None:
    """Look at the networks that webhooks may lead into, separated by spaces."""
    for one in value.split():
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise ValueError(
                f"holds “{one}”: write networks like 10.20.0.0/16, separated by spaces"
            ) from None
