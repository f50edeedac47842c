"""How people write what points to somebody: numbers, addresses, accounts and dates, in plain text.

Every pattern has bounds, so that no text takes long. Some spellings are certain; the others are rather too
much than too little, for a colleague who looks at every find.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from feedback_app.trajectories.national_number import national_numbers_in

Find = Callable[[str], Iterator[tuple[int, int]]]

_TOP = (
    r"(?:be|com|nl|eu|org|net|me|info|fr|de|es|pt|it|uk|pl|ro|bg|ua|ru|tr|ir|af|vlaanderen|brussels|gent"
    r"|io|app)"
)
_LOCAL = r"[\w.+'%-]{1,64}"
_DOMAIN = r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}"
_DOT = r"(?:\s?[\[({]\s?(?:dot|punt|point|punto|ponto)\s?[\])}]\s?|\s(?:dot|punt|point|punto|ponto)\s)"
#: “.com” after a space, or with a comma or a word for its point: only a name that there is
_ENDING = rf"(?:(?:\s?[.,]\s?|{_DOT}){_TOP}(?!\w)|{_DOT}\w{{2,20}}){{0,3}}"
_AT = r"(?:@|\s?[\[({]\s?(?:at|@|apenstaartje|arroba)\s?[\])}]\s?)"
_EMAIL = re.compile(
    rf"{_LOCAL}(?:{_AT}{_DOMAIN}{_ENDING}"
    rf"|\s{{0,2}}@\s{{0,2}}(?:{_DOMAIN}{_DOT}\w{{2,20}}|[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}}))",
    re.IGNORECASE,
)
_SPOKEN_EMAIL = re.compile(
    rf"{_LOCAL}\s(?:at|apenstaartje|arroba|arobase|chiocciola)\s"
    rf"(?:[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}}|[\w-]{{1,63}}(?:{_DOT}\w{{2,20}}){{1,3}})",
    re.IGNORECASE,
)
_URL = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w@.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}"
    rf"\.{_TOP}(?![\w@.])(?:/\S*)?",
    re.IGNORECASE,
)

_HANDLE = re.compile(r"(?<![\w.@])@[\w.]{2,30}")
_NETWORKS = (
    r"(?<!\w)(?:insta(?:gram)?|snap(?:chat)?|tik\s?tok|facebook|fb|messenger|telegram|whats\s?app|viber|skype"
    r"|discord|signal|انستغرام|إنستغرام|اینستاگرام|инстаграм|інстаграм)"
)
#: not a word: a figure, a stroke or a point is in it, and a letter
_ACCOUNT = r"(?=[\w.@-]{0,40}[^\W\d_])@?\w[\w.-]{0,40}?(?:[\d_]|\.\w)[\w.-]{0,40}"
_NETWORK = re.compile(
    rf"{_NETWORKS}\s*[:=]\s*(\S{{2,40}}(?:\s(?-i:[A-Z])\w{{1,30}})?)|{_NETWORKS}\s+(?:is\s+)?({_ACCOUNT})"
    rf"|(?:mijn|my|mon|mi|meu|mein|benim)\s+{_NETWORKS}(?:\s+(?:is|heet|est|es|é|ist))?\s+(?:is\s+)?"
    r"(?!(?:is|was|en|and|et|y|e|heeft|has|niet|not|ook)\b)([\w.@-]{3,40})"
    rf"|{_NETWORKS}\s+((?-i:[A-Z])\w{{1,30}}\s(?-i:[A-Z])\w{{1,30}})|(?<!\w)({_ACCOUNT})\s(?:op|on|sur)\s{_NETWORKS}",
    re.IGNORECASE,
)

_IBAN = re.compile(r"[A-Z]{2}[\s.-]?\d{2}(?:[\s./_*:;|,·-]{0,2}[A-Z0-9]){10,30}", re.IGNORECASE)
_IBAN_LETTERS = {chr(letter): str(letter - 55) for letter in range(ord("A"), ord("Z") + 1)}
#: country → signs of an account number there: one of this length is somebody's, though it does not check out
_IBAN_LENGTHS = {
    "BE": 16,
    "NL": 18,
    "FR": 27,
    "DE": 22,
    "LU": 20,
    "ES": 24,
    "PT": 25,
    "IT": 27,
    "PL": 28,
    "RO": 24,
    "BG": 22,
    "GB": 22,
    "TR": 26,
    "UA": 29,
    "AL": 28,
    "XK": 20,
    "CH": 21,
    "AT": 20,
    "GR": 27,
    "IE": 22,
    "LT": 20,
    "LV": 21,
    "EE": 20,
    "CZ": 24,
    "SK": 24,
    "HU": 28,
    "HR": 21,
    "SE": 24,
    "DK": 18,
    "MD": 24,
}
#: between numbers in a list, hardly ever in an account number
_LISTED = re.compile(r"[/:;|,]|[\s.-]{2}\D")
_PLATE = re.compile(
    r"(?<![A-Z0-9-])(?:[1-9][.-]?[A-Z]{3}[.-]?\d{3}|(?-i:[1-9][ .-]?[A-Z]{3}[ .-]?\d{3})|[A-Z]{3}-\d{3}"
    r"|[A-Z]{2}-\d{3}-[A-Z]{2})(?![A-Z0-9-])",
    re.IGNORECASE,
)
_OLD_PLATE = re.compile(r"(?<![A-Za-z0-9-])[A-Z]{3} ?\d{3}(?![A-Za-z0-9-]|[.,]\d| \d)")

_MONTH = (
    r"(?:jan|feb|f[ée]v|m(?:rt|aart|ar|är)|apr|avr|abr|mei|may|mai|jun|juin|jul|juil|aug|ao[uû]t|ago|sep|okt|oct"
    r"|out|nov|dec|d[ée]c|dic|dez|ene)[^\W\d_]{0,8}\.?"
)
_BETWEEN = r"\s?[/.\\|-]\s?"
_YEARS = r"((?:1[34]|19|20)\d{2})"
_NTH = r"\d{1,2}(?:er|st|nd|rd|th|e|ste|de|º|ª)?\.?"
#: day and month with a year in which somebody who writes, or a child, was born (also by the Persian calendar)
_DATE = re.compile(
    rf"(?<![\d/.-])(?:(\d{{1,2}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(?:{_YEARS}|\d{{2}})"
    rf"|{_YEARS}{_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{1,2}})"
    rf"|{_NTH}[\s-]{{0,3}}(?:(?:de|of|من)\s)?[^\W\d_]{{3,12}}\.?[\s-]{{0,3}}(?:(?:de|del|of|من)\s)?{_YEARS}"
    rf"|{_NTH}[\s-]{{0,3}}{_MONTH}[\s-]{{0,3}}(?:'\d{{2}}|\d{{2}}(?!\s?(?:uur|h|u)\b))"
    rf"|(?<!\w){_MONTH}\s{{1,3}}{_NTH},?\s{{1,3}}{_YEARS})(?![\d/-])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:1[39]\d{2}|20[012]\d)(?!\d)")
#: between a Persian year and ours, for most of the year
_PERSIAN = 621
#: how far from a word about birth a year is still a birth year
_NEAR = 24
_BORN = re.compile(r"\b(?:geb(?:oren)?|geboortedatum|born|birth|née?|naissance)\b|°", re.IGNORECASE)
#: in what colleagues write, a date in figures of this year or before is an adult's
_ADULT = 2007

_DIGITS = re.compile(r"(?<![\d+])(?:\+|\(\+)?\d(?:[\s./()،٫·_*:;|,…ـ-]{0,4}\d){7,14}(?!\d)")
_DAY = (
    r"(?:\d{{1,2}}\s?([/.-])\s?\d{{1,2}}\s?\{0}\s?(?:\d{{4}}|\d{{2}})"
    r"|{1}\s?([/.-])\s?\d{{1,2}}\s?\{2}\s?\d{{1,2}})"
)
#: a day, or from one day to another
_ANY_DATE = re.compile(
    rf"(?<![\d/.-]){_DAY.format(1, '(?:1[34]|19|20)[0-9][0-9]', 2)}"
    rf"(?:\s?-\s?{_DAY.format(3, '(?:1[34]|19|20)[0-9][0-9]', 4)})?(?![/.-]?\d)"
)
_TIME = re.compile(r"(?<![\d:.])(?<!\d[ /-])[012]?\d[:.][0-5]\d(?:\s?-\s?[012]?\d[:.][0-5]\d)?(?![:.]?\d)")
#: numbers in groups of three, and years one after another
_COUNTED = re.compile(
    r"[1-9]\d{0,2}([.  ])\d{3}(?:\1\d{3}){1,3}|(?:(?:19|20)\d{2}\D{1,4}){1,3}(?:19|20)\d{2}"
)


def sure(text: str) -> Iterator[tuple[str, int, int]]:
    """What certainly points to somebody: kind, start and end. For what colleagues type, and is refused."""
    for kind, find in _SURE:
        for start, end in find(text):
            yield kind, start, end


def _places(pattern: "re.Pattern[str]") -> Find:
    """Where it stands: its first group that matched, else all of it."""
    return lambda text: (found.span(found.lastindex or 0) for found in pattern.finditer(text))


def _emails(text: str) -> Iterator[tuple[int, int]]:
    """Addresses with a sign for the at; “@somebody” alone is an account."""
    for found in _EMAIL.finditer(text):
        yield found.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Account numbers that check out (ISO 7064, mod 97-10), and mistyped ones of the right length."""
    for found in _IBAN.finditer(text):
        places = [place for place in range(*found.span()) if text[place].isalnum()]
        compact = "".join(text[place] for place in places).upper()
        length = _IBAN_LENGTHS.get(compact[:2], 0)
        tight = not _LISTED.search(found[0])
        if 0 < length <= len(compact):
            account = compact[:length]
            if _looks(account) and (_checks(account) or (tight and found[0][:2].isupper())):
                yield found.start(), places[length - 1] + 1
        elif compact[:2] == "BE" and len(compact) == length - 1 and compact[2:].isdecimal() and tight:
            yield found.span()  # one figure is missing
        elif not length and tight and found[0][:2].isupper() and _checks(compact) and _looks(compact):
            yield found.span()


def _checks(compact: str) -> bool:
    turned = compact[4:] + compact[:4]
    number = "".join(_IBAN_LETTERS.get(sign, sign) for sign in turned)
    return number.isdecimal() and int(number) % 97 == 1


def _looks(compact: str) -> bool:
    """Whether it can be an account number: words with a number before them have few figures."""
    return sum(sign.isdecimal() for sign in compact[4:]) >= 0.6 * len(compact[4:])


def _possible_dates(text: str) -> Iterator[tuple[int, int, int]]:
    """Dates that can be, 26.14.64 is part of a number: start, end, year (0 where it has two figures)."""
    for found in _DATE.finditer(text):
        first, second, year, other_year, third, fourth, *named = found.groups()
        parts = [int(one) for one in (first, second, third, fourth) if one]
        if all(0 < one <= 31 for one in parts) and (not parts or min(parts) <= 12):
            years = [int(one) for one in (year, other_year, *named) if one]
            yield *found.span(), years[0] if years else 0


def _dates(text: str) -> Iterator[tuple[int, int]]:
    """Those of a person: a date of this year and the last is mostly about the offer."""
    latest = datetime.now(UTC).year - 2
    for start, end, year in _possible_dates(text):
        if (year + _PERSIAN if 1300 <= year < 1500 else year) <= latest:
            yield start, end


def _adult_dates(text: str) -> Iterator[tuple[int, int]]:
    """In figures and an adult's, or near a word about birth."""
    near = [found.span() for found in _BORN.finditer(text)]
    for start, end, year in _possible_dates(text):
        figures = not any(sign.isalpha() for sign in text[start:end])
        born = any(begun - _NEAR < end and start < ended + _NEAR for begun, ended in near)
        if born or (figures and 0 < year <= _ADULT):
            yield start, end


def near(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Dates and years near a word about birth: start and end of each."""
    first = max(0, start - _NEAR)
    for begun, ended, _year in _possible_dates(text[first : end + _NEAR]):
        yield first + begun, first + ended
    for found in _YEAR.finditer(text, first, end + _NEAR):
        yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """Telephone numbers of any country as `phonenumbers` knows them, read as if dialled in Belgium."""
    import phonenumbers  # here, not above: most web processes never look at a remark, and it weighs

    for found in phonenumbers.PhoneNumberMatcher(text, "BE"):
        yield found.start, found.end


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Any other eight to fifteen digits in a row that are no dates or times: somebody may have mistyped."""
    known = _TIME.sub(_blank, _ANY_DATE.sub(_blank, text))
    for found in _DIGITS.finditer(known):
        if not _COUNTED.fullmatch(found[0]):
            yield found.span()


def _blank(found: "re.Match[str]") -> str:
    return "x" * len(found[0])


def _dialled(text: str) -> Iterator[tuple[int, int]]:
    """Those that begin as a telephone number does."""
    for start, end in _numbers(text):
        digits = "".join(sign for sign in text[start:end] if sign.isdecimal())
        if len(digits) >= 9 and (digits[0] == "0" or text[start] in "+("):
            yield start, end


_SURE: tuple[tuple[str, Find], ...] = (
    ("email", _emails),
    ("iban", _ibans),
    ("national", national_numbers_in),
    ("birth", _adult_dates),
    ("phone", _dialled),
    ("plate", _places(_PLATE)),
    ("handle", _places(_HANDLE)),
    ("handle", _places(_NETWORK)),
)
#: in order: what an earlier rule finds, a later one does not call something else
RULES: tuple[tuple[str, Find], ...] = (
    ("email", _emails),
    ("email", _places(_SPOKEN_EMAIL)),
    ("url", _places(_URL)),
    ("iban", _ibans),
    ("national", national_numbers_in),
    ("phone", _phones),
    ("birth", _dates),
    ("phone", _numbers),
    ("plate", _places(_PLATE)),
    ("plate", _places(_OLD_PLATE)),
    ("handle", _places(_HANDLE)),
    ("handle", _places(_NETWORK)),
)
