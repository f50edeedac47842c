"""Phone numbers and e-mail addresses of people: checked, sealed in the database, shown only masked.

They are sealed with keys of their own (`FEEDBACK_CONTACT_KEYS`): the first one seals, every one opens.
What is sealed begins with the name of its key, so that a rotation knows what is still to be done.
"""

import hmac
import re
from typing import Final

from feedback_app import keys
from feedback_app.settings import PREFIX, SettingsError

_PURPOSE = "contact"
_EMAIL = re.compile(r"[^@\s,;:<>\"()]+@[^@\s,;:<>\"().]+(?:\.[^@\s,;:<>\"().]+)*\.[^@\s,;:<>\"().\d]{2,}")

#: marks a column whose text is sealed here: `mapped_column(sa.Text, info=SEALED)`
SEALED: Final = {"sealed": "contact"}

#: the keys as the settings hold them, the one that seals first
Keys = tuple[str, ...]


class ContactUnreadable(Exception):
    """Sealed contact data was sealed with a key that is not here, or altered."""


def read_email(text: str) -> str | None:
    """The address in lower case, or None when it is not one address."""
    address = text.strip().lower()
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) else None


def read_phone(text: str) -> str | None:
    """The number as E.164 (`+32470123456`), read as Belgian without a country code; None when not valid."""
    # here, not above: sixty modules about the numbers of the world, which only an import of data needs
    import phonenumbers

    try:
        number = phonenumbers.parse(text, "BE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def key_name(key: str) -> str:
    """What a sealed text says about its key: eight signs that tell nothing of it."""
    return hmac.digest(keys.derive(key, _PURPOSE), b"name", "sha256").hex()[:8]


def sealing_key(contact_keys: Keys) -> str:
    """The key that seals; SettingsError when there is none."""
    if not contact_keys:
        raise SettingsError(f"{PREFIX}CONTACT_KEYS is missing: without it no contact data can be kept.")
    return contact_keys[0]


def seal(contact_keys: Keys, contact: str | None) -> str | None:
    """Encrypt an address or number so that a copy of the database alone tells nothing; None stays None."""
    if not contact:
        return None
    key = sealing_key(contact_keys)
    return f"{key_name(key)}.{keys.seal(key, _PURPOSE, contact.encode('utf-8'))}"


def unseal(contact_keys: Keys, sealed: str | None) -> str | None:
    """What was sealed with one of these keys; else ContactUnreadable.

    Before sealed texts named their key there was one key, so then each is tried.
    """
    if sealed is None:
        return None
    name, _point, text = sealed.rpartition(".")
    for key in contact_keys:
        if name in ("", key_name(key)):
            try:
                return keys.unseal(key, _PURPOSE, text).decode("utf-8")
            except keys.SealBroken:
                continue
    raise ContactUnreadable


def mask(contact: str | None) -> str:
    """Enough to see that there is one and which kind, too little to reach or recognise someone."""
    if not contact:
        return ""
    if "@" in contact:
        return f"{contact[0]}…@…{contact[contact.rindex('.') :]}"
    return f"{contact[:3]} … {contact[-2:]}"
