"""A folder instead of a mail server and a gateway: for trying out, and for the example installation.

A letter becomes a file named by its key, whole or not at all, and once: the same key again changes nothing.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedback_app.invitations.letter import Letter, Outcome
from feedback_app.invitations.mail import NoAddress, compose_mail

SENDER = "feedback@voorbeeld.example"
ENDINGS = {"email": "eml", "sms": "txt"}
#: as long as the addresses in it are kept in the database, counted from when they were written to
KEPT = timedelta(days=28)


class Outbox:
    """Writes e-mails as `.eml`, as they would go out, and text messages as `.txt`, the number first."""

    repeatable = True

    def __init__(self, name: str, folder: Path, sender: str = SENDER) -> None:
        self.name, self._folder, self._sender = name, folder, sender

    def send(self, letter: Letter) -> Outcome:
        """Write the letter, unless it is there already."""
        try:
            content = self._content(letter)
        except NoAddress:
            return Outcome("bounced", "address")
        again = not write_once(self._folder / f"{letter.key}.{ENDINGS[self.name]}", content)
        return Outcome("delivered", "outbox_again" if again else "outbox")

    def _content(self, letter: Letter) -> bytes:
        if self.name == "email":
            return compose_mail(letter, self._sender, self._sender.rpartition("@")[2]).as_bytes()
        return f"{letter.to}\n\n{letter.text}\n".encode()


def clear_outbox(folder: Path, moment: datetime) -> int:
    """Destroy letters that are 28 days old; how many. Other files stay."""
    old = [
        path
        for ending in ENDINGS.values()
        for path in folder.glob(f"*.{ending}")
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) <= moment - KEPT
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def write_once(path: Path, content: bytes) -> bool:
    """Write a file that only its owner reads, all of it at once; False when it was there before."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{secrets.token_hex(16)}")
    partial.touch(mode=0o600)
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)  # refused when it is there already
    except FileExistsError:
        return False
    finally:
        partial.unlink()
    return True
