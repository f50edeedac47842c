"""A letter as an e-mail: its headers and both its forms, in the recipient's language.

The text and the HTML come with their Dutch line; here nothing is worded.
"""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from feedback_app.database import now
from feedback_app.invitations.letter import Letter
from feedback_app.languages import language


class _Whole(EmailPolicy):
    """Leaves an address in a header in one piece: folded it would be encoded, and no button could read it."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


#: 7 bits, so that no server on the way has to change anything
_POLICY = _Whole(linesep="\r\n", cte_type="7bit")


class NoAddress(ValueError):
    """The address is none that a mail server could be given."""


def compose_mail(letter: Letter, sender: str, domain: str) -> EmailMessage:
    """The e-mail; NoAddress when nobody can be written to at `letter.to`.

    Its Message-ID is the letter's key, so that a bounce can be told to belong to it and a mail program that
    sees the same message twice shows it once.
    """
    mail = EmailMessage(_POLICY)
    mail["From"] = sender
    mail["To"] = recipient(letter.to)
    mail["Subject"] = " ".join(letter.subject.split())  # one line, whatever was in it
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = message_id(letter.key, domain)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply
    if letter.stop_url:
        mail["List-Unsubscribe"] = f"<{letter.stop_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    mail["Content-Language"] = language(letter.language).tag  # last: setting contents moves what begins so
    return mail


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the letter with this key."""
    return f"<{key}@{domain}>"


def recipient(plain: str) -> Address:
    """The address in the form that headers and envelope hold; NoAddress."""
    name, _, domain = plain.rpartition("@")
    try:
        if not plain.isprintable() or not name.isascii() or " " in plain:
            raise NoAddress
        return Address(addr_spec=f"{name}@{domain.encode('idna').decode('ascii')}")
    except (ValueError, IndexError, MessageError) as error:
        raise NoAddress from error
