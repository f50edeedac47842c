"""The keys, apart from the backup: a file of two lines that a new installation reads as its settings.

Without the secret key no backup opens and no link that was given out works; without a contact key the contact
data that it sealed stays unreadable. The file is the same after each backup, unless a key was added.
"""

import os
import secrets
from pathlib import Path

from feedback_app.settings import PREFIX, Settings

_SECRET, _CONTACT = f"{PREFIX}SECRET_KEY", f"{PREFIX}CONTACT_KEYS"
_ABOUT = """\
# The keys of the feedback service. Keep this file apart from its backups, and where nobody else reads it.
# To restore: put these lines into the environment of the new installation, or into settings.env in its
# instance folder, before the first command.
"""


class OtherKeys(Exception):
    """The file holds keys of another installation."""


def keep_keys(settings: Settings, file: Path) -> bool:
    """Write the keys into a file, beside those of earlier backups; whether any was new. Raises OSError."""
    known = _read(file)
    if known.get(_SECRET, settings.secret_key) != settings.secret_key:
        raise OtherKeys
    earlier = [key for key in known.get(_CONTACT, "").split() if key not in settings.contact_keys]
    lines = f"{_SECRET}={settings.secret_key}\n{_CONTACT}={' '.join([*settings.contact_keys, *earlier])}\n"
    if known and file.read_text(encoding="utf-8").endswith(lines):
        return False
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writing:
            writing.write((_ABOUT + lines).encode("utf-8"))
            writing.flush()
            os.fsync(writing.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return True


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return {
        name: value
        for name, _, value in (line.partition("=") for line in lines)
        if name in (_SECRET, _CONTACT)
    }
