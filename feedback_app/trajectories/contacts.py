"""Phone numbers and e-mail addresses of newcomers: checked, sealed in the database, shown only masked."""

import re

from feedback_app import keys

_PURPOSE = "contact"
_EMAIL = re.compile(r"[^@\s,;:<>\"()]+@[^@\s,;:<>\"().]+(?:\.[^@\s,;:<>\"().]+)*\.[^@\s,;:<>\"().\d]{2,}")


class ContactUnreadable(Exception):
    """Sealed contact data was sealed with another secret, or altered."""


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


def seal(secret_key: str, contact: str | None) -> str | None:
    """Encrypt an address or number so that a copy of the database alone tells nothing; None stays None."""
    return keys.seal(secret_key, _PURPOSE, contact.encode("utf-8")) if contact else None


def unseal(secret_key: str, sealed: str | None) -> str | None:
    """What was sealed; ContactUnreadable when the secret has changed since."""
    if sealed is None:
        return None
    try:
        return keys.unseal(secret_key, _PURPOSE, sealed).decode("utf-8")
    except keys.SealBroken as error:
        raise ContactUnreadable from error


def mask(contact: str | None) -> str:
    """Enough to see that there is one and which kind, too little to reach or recognise someone."""
    if not contact:
        return ""
    if "@" in contact:
        return f"{contact[0]}…@…{contact[contact.rindex('.') :]}"
    return f"{contact[:3]} … {contact[-2:]}"
