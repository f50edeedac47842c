"""How each language is written: script, letters, digits, and the marks that end a sentence.

A translation is held against these, because a wrong keyboard or a neighbour's letter looks right to whoever
does not read the language. Letters without accents go with every language in Latin script: names have them.
"""

import re
import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global

_SCRIPTS = {"Latn": "LATIN", "Arab": "ARABIC", "Cyrl": "CYRILLIC", "Ethi": "ETHIOPIC"}

#: beside a–z, what a language in Latin script is written with
_ACCENTED = {
    "nl": "áàäâçéèëêíïîóöôúüû",
    "tr": "çğıöşüâîû",
    "en": "éèêëïâçñö",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü",
    "so": "",
    "ro": "ăâîșț",  # with a comma below: ş and ţ with a cedilla are another letter, and some phones show both
    "pl": "ąćęłńóśźż",
    "pt": "áàâãçéêíóôõúü",
    "ku": "çêîşû",
    "sq": "çë",
}
_ARABIC = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
_PERSIAN = "ءآأؤئۀابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
#: every letter of a language in another script; Dari and Farsi have the same ones
_WHOLE = {
    "ar": _ARABIC,
    "fa": _PERSIAN,
    "fa_AF": _PERSIAN,
    "ps": "ءآأؤئابپتټثجچځحڅخدډذرړزژږسشښصضطظعغفقکګلمنڼهوۀيیېۍ",
    "ckb": "ئابپتجچحخدرڕزژسشعغفڤقکگلڵمنهھەوۆیێ",
    "ur": "ءآأؤئۀةابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہۂۃھیےۓ",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "bg": "абвгдежзийѝклмнопрстуфхцчшщъьюя",
}
#: Ethiopic letters of Oromo (ዸ), Blin (ጘ) and others that Tigrinya is not written with
_NOT_TIGRINYA = re.compile("[\u1207\u1247\u1287\u12af\u12cf\u12ef\u12f8-\u12ff\u130f\u1318-\u131f]")
_TIGRINYA = re.compile("[\u1200-\u1357]")

STOP, QUESTION, COLON = "a full stop", "a question mark", "a colon"
_KINDS = {
    **dict.fromkeys(".!…۔።", STOP),
    **dict.fromkeys("?؟፧", QUESTION),
    **dict.fromkeys(":：፡፦፥", COLON),
}
#: what stands round or behind the last mark
_CLOSING = " \u00a0\u202f)]}\"'”“»›’*"

#: marks of another script → the own one
_ARABIC_MARKS = {"?": "؟", ",": "،", ";": "؛"}
_MARKS = {
    "ARABIC": _ARABIC_MARKS,
    "ETHIOPIC": {"؟": "?", "،": "፣", ";": "፤"},
    "CYRILLIC": {"؟": "?", "،": ",", "\u037e": "?"},
    "LATIN": {"؟": "?", "،": ",", "\u037e": "?"},
}
#: a mark inside a number is not one of a sentence
_MARK_IN_NUMBER = re.compile(r"(?<=\d)[,.:](?=\d)")


def script_of(locale: str) -> str:
    """The script a language is written in here, as Unicode names it (`ARABIC`)."""
    tag = Locale.parse(locale)
    likely = get_global("likely_subtags")
    full = likely.get(locale) or likely.get(tag.language, "")
    return _SCRIPTS[tag.script or full.split("_")[1]]


def is_of_script(character: str, script: str) -> bool:
    """Whether a letter is of the script; apostrophes, hyphens and accents go with any."""
    shared = unicodedata.category(character) not in {"Lu", "Ll", "Lo", "Lt"} or character in "ªº"
    return shared or unicodedata.name(character, "").startswith(script)


def is_own(character: str, locale: str) -> bool:
    """Whether the language is written with this letter of its script."""
    if unicodedata.category(character) not in {"Lu", "Ll", "Lo", "Lt"} or character in "ªº":
        return True
    if locale == "ti":
        return bool(_TIGRINYA.match(character)) and not _NOT_TIGRINYA.match(character)
    return set(character.lower()) <= _own(locale)


@cache
def _own(locale: str) -> frozenset[str]:
    letters = _WHOLE.get(locale) or f"abcdefghijklmnopqrstuvwxyz{_ACCENTED[locale]}"
    return frozenset(letters + "\u0307")  # İ in lower case is an i with a dot of its own


def is_strange_digit(character: str) -> bool:
    """Whether it is a digit that is not 0 to 9: figures are the same on every page, for whoever helps."""
    if unicodedata.name(character, "").startswith(("ETHIOPIC DIGIT", "ETHIOPIC NUMBER")):
        return True
    return unicodedata.category(character) == "Nd" and not character.isascii()


def may_hold_joiners(locale: str) -> bool:
    """Whether U+200C and U+200D stand in words of this language, as in Persian می‌روم."""
    return script_of(locale) == "ARABIC"


def ending(text: str) -> str:
    """The kind of mark a text ends with: STOP, QUESTION, COLON, or "" for none."""
    bare = text.rstrip(_CLOSING)
    return _KINDS.get(bare[-1], "") if bare else ""


def strange_marks(locale: str, text: str) -> dict[str, str]:
    """Marks of another script in it → the language's own."""
    own = dict(_MARKS[script_of(locale)])
    if locale == "ur" and ending(text) == STOP and text.rstrip(_CLOSING).endswith("."):
        own["."] = "۔"
    bare = _MARK_IN_NUMBER.sub(" ", text)
    return {mark: instead for mark, instead in own.items() if mark in bare}
