"""Real servers for mail on this machine: one that takes mail, and one that says and does what a test wants."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from feedback_app.database import now

USER, PASSWORD = "voorbeeld", "geheim/@:&"


@dataclass
class Taken:
    """One e-mail that a server took: its envelope and what was in it."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        """The e-mail as a mail program reads it."""
        return cast(EmailMessage, message_from_bytes(self.content, policy=default))


@dataclass
class Post:
    """Takes mail, or refuses what a test names; `answers` has an answer by step (`mail`, `rcpt`, `data`)."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "rcpt" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "data" not in self.answers:
            content = envelope.content
            assert isinstance(content, bytes)
            self.taken.append(Taken(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        return self.answers.get("data", "250 OK")


def _allow(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
    fits = isinstance(login, LoginPassword) and (login.login, login.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=fits, handled=False)


@contextmanager
def mail_service(post: Post, certificate: Path | None = None, port: int = 0) -> Iterator[int]:
    """A mail server on a free port; with a certificate it wants STARTTLS and the example user."""
    more: dict[str, Any] = {}
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        more = {"tls_context": context, "require_starttls": True, "auth_required": True}
        more["authenticator"] = _allow
    service = Controller(post, hostname="127.0.0.1", port=port or free_port(), **more)
    service.start()
    try:
        yield service.port
    finally:
        service.stop()


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def make_certificate(folder: Path) -> Path:
    """A certificate for this machine with its key, in one file; trusted by who is told to (SSL_CERT_FILE)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voorbeeld")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Actor:
    """A server that greets, then answers each line that begins with a key of its script, once a line.

    `close` as an answer breaks the line off, `hang` says nothing any more. After DATA it reads up to the lone
    dot and answers what the script has for `.`. `heard` is every line.
    """

    def __init__(self, script: Mapping[str, str]) -> None:
        self._script = {"": "220 voorbeeld", **script}
        self.heard: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Actor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            line.close()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self._lines.append(line)
            try:
                self._talk(line)
            except OSError:
                continue

    def _talk(self, line: socket.socket) -> None:
        with line.makefile("rb") as heard:
            said, in_data = "", False
            while True:
                key = (
                    "."
                    if in_data
                    else next(k for k in ("", *self._script) if k and said.upper().startswith(k))
                    if said
                    else ""
                )
                answer = self._script[key]
                if answer == "hang":
                    return
                if answer == "close":
                    line.shutdown(socket.SHUT_RDWR)
                    line.close()
                    return
                line.sendall(answer.encode() + b"\r\n")
                in_data = key == "DATA" and answer.startswith("354")
                said = self._listen(heard, in_data)
                if not said:
                    return

    def _listen(self, heard: Any, in_data: bool) -> str:
        while raw := heard.readline():
            self.heard.append(raw.decode().rstrip("\r\n"))
            if not in_data or raw == b".\r\n":
                return self.heard[-1] or " "
        return ""
