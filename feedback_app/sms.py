"""How many parts a text message takes: gateways bill by the part, and people read the first.

The GSM 7-bit alphabet and its extension table are those of 3GPP TS 23.038; concatenated messages give up
the room of a header in each part (3GPP TS 23.040).
"""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: letters that take two septets
_EXTENDED = frozenset("\f^{}\\[~]|€")

#: units in a message that stands alone, and in each part of a longer one
_SEPTETS, _UCS2 = (160, 153), (70, 67)


def parts(text: str) -> int:
    """How many parts this text takes; an empty text takes one."""
    widths = _widths(text)
    single, several = _SEPTETS if is_gsm(text) else _UCS2
    if sum(widths) <= single:
        return 1
    count, used = 1, 0
    for width in widths:  # what takes two units is never torn in two
        if used + width > several:
            count, used = count + 1, 0
        used += width
    return count


def is_gsm(text: str) -> bool:
    """Whether the GSM 7-bit alphabet has every letter; one that it lacks makes the whole text UCS-2."""
    return all(letter in _BASIC or letter in _EXTENDED for letter in text)


def units(text: str) -> int:
    """How many units this text takes: septets, or for UCS-2 units of UTF-16."""
    return sum(_widths(text))


def _widths(text: str) -> list[int]:
    if is_gsm(text):
        return [2 if letter in _EXTENDED else 1 for letter in text]
    return [2 if ord(letter) > 0xFFFF else 1 for letter in text]
