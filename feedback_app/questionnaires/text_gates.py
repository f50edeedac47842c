"""What one translation must fulfil before a page may use it: (problem, remedy) for each thing that is wrong.

A translator comment `keep: word, word` lets those words stand as they are in the Dutch; `keep: * (reason)`
lets the whole text. A hint `max: 24` beside the Dutch says how many characters there is room for; `sms: 24`
how many units of UCS-2 in a text message.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.bare_texts import BRANDS
from feedback_app.questionnaires.catalogues import Entry, plural_count
from feedback_app.questionnaires.letters import (
    ending,
    is_of_script,
    is_own,
    is_strange_digit,
    may_hold_joiners,
    script_of,
    strange_marks,
)
from feedback_app.rendering.drawn import is_drawn

#: what becomes something else before a person reads it
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0+]*[\d.]*[a-z]|\{\w*\}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MARKUP = re.compile(r"[<>]|&#?\w+;")
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_NUMBER = re.compile(r"[0-9]+")
_GAP_INSIDE = re.compile(r"\S[ \u00a0\u202f\t]{2,}\S")
_SENTENCE_END = re.compile(r"[.!?…:;\n]+")
_BIDI = {*"\u061c\u200e\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
_INVISIBLE = {*"\u00ad\u200b\u2060\ufeff"}
_JOINERS = {*"\u200c\u200d"}
_BROKEN = {*"\u034f\ufffc\ufffd"}
_NOTHING = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_VOID = {"br", "hr", "img", "wbr"}
_LONGEST = re.compile(r"\bmax: ?(\d+)\b")
_LONGEST_SMS = re.compile(r"\bsms: ?(\d+)\b")
#: a `*` among the words to keep, with its reason
_WHOLE = re.compile(r"(?:^|,)\s*\*\s*(?:\((?P<reason>[^()]*)\))?\s*(?=,|$)")
#: a text of more words than these that is like another was not translated
COPY_WORDS = 2


def check_entry(locale: str, entry: Entry) -> Iterator[tuple[str, str]]:
    """What is wrong with one translation: (problem, remedy) each; nothing where there is none yet."""
    kept, forms = _kept(entry), sum(1 for text in entry.target if text.strip())
    if forms and len(entry.source) > 1 and not forms == len(entry.target) == plural_count(locale):
        wanted = plural_count(locale)
        yield f"{forms} plural forms for “{entry.source[0]}”", f"this language has {wanted}"
    if forms and any(reason == "" for reason in _reasons(entry)):
        yield f"`# keep: *` says no reason for “{entry.source[0]}”", "write `# keep: * (reason)`"
    for text in filter(None, entry.target):
        yield from _check_pieces(entry, text)
        yield from _check_characters(locale, entry, text)
        yield from _check_length(entry, text)
        if not keeps_all(entry):
            yield from _check_script(locale, text, kept)
            yield from _check_ending(locale, entry, text)
            yield from _check_numbers(entry, text, kept)
            yield from _check_copy(locale, entry, text, kept)


def usable(entry: Entry) -> bool:
    """Whether pages can show each form: they fail over a stray percent sign and lack what has no place."""
    return not any(True for text in filter(None, entry.target) for _ in _check_pieces(entry, text))


def bare(text: str) -> str:
    """A text without what is not for reading: placeholders, tags, addresses."""
    return _ADDRESS.sub(" ", TAG.sub(" ", PLACEHOLDER.sub(" ", text)))


def words(text: str) -> list[str]:
    """The words of a text in small letters, without what is not for reading."""
    return _WORD.findall(bare(text).lower())


def longest(entry: Entry) -> int | None:
    """How many characters there is room for; None when nothing says so."""
    return _limit(entry, _LONGEST)


def longest_sms(entry: Entry) -> int | None:
    """How many units of a text message there is room for; None when nothing says so."""
    return _limit(entry, _LONGEST_SMS)


def _limit(entry: Entry, pattern: re.Pattern[str]) -> int | None:
    return min((int(found) for hint in entry.hints for found in pattern.findall(hint)), default=None)


def keeps_all(entry: Entry) -> str:
    """Why a translator comment lets the whole text stand as it is; "" when none does."""
    return next(filter(None, _reasons(entry)), "")


def _reasons(entry: Entry) -> list[str]:
    """The reason of each `*` among the words to keep, "" where it has none."""
    return [(found["reason"] or "").strip() for one in _keep_lists(entry) for found in _WHOLE.finditer(one)]


def _kept(entry: Entry) -> set[str]:
    """Words a translator comment lets stand."""
    return {word.strip() for one in _keep_lists(entry) for word in _WHOLE.sub("", one).split(",")} - {""}


def _keep_lists(entry: Entry) -> list[str]:
    return [note.partition(":")[2] for note in entry.notes if note.lower().startswith("keep:")]


# --- what the program needs ----------------------------------------------------------------------


def _check_pieces(entry: Entry, text: str) -> Iterator[tuple[str, str]]:
    """Placeholders and tags as in the Dutch; a plural form may leave out what another form leaves out."""
    for name, pattern in (("placeholders", PLACEHOLDER), ("tags", TAG)):
        sources = [Counter(pattern.findall(source)) for source in entry.source]
        found = Counter(pattern.findall(text))
        least, most = set.intersection(*map(set, sources)), set.union(*map(set, sources))
        if len(sources) > 1:
            least -= {"%(num)d", "%(num)s"}  # “one day”, and in Arabic “two days”, need no figure
            right = least <= set(found) <= most
        else:
            right = found == sources[0]
        if not right:
            wanted = ", ".join(sorted(most)) or "none"
            yield f"{name} differ from the Dutch in “{text}”", f"use exactly: {wanted}"
    if _nested(entry.source[0]) and not _nested(text):
        yield f"tags differ from the Dutch in “{text}”", "close each tag where it was opened"
    if left := set(_MARKUP.findall(TAG.sub("", text))) - set(_MARKUP.findall(TAG.sub("", entry.source[0]))):
        yield f"“{text}” has markup that the Dutch has not: {', '.join(sorted(left))}", "take it out"
    if "\n" in text and not any("\n" in source for source in entry.source):
        yield f"“{text}” has a line break that the Dutch has not", "write it on one line"
    if not formats(entry, text):
        yield f"“{text}” cannot be formatted", "write %% for a percent sign"


def _nested(text: str) -> bool:
    """Whether every tag that is opened is closed, in order."""
    opened: list[str] = []
    for tag in TAG.findall(text):
        name = tag.strip("</>").split()[0].lower()
        if tag.startswith("</"):
            if not opened or opened.pop() != name:
                return False
        elif name not in _VOID and not tag.endswith("/>"):
            opened.append(name)
    return not opened


class _Anything(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return 0


def formats(entry: Entry, text: str) -> bool:
    """Whether `%` works on it where it is used so: in templates always, elsewhere beside a placeholder."""
    in_template = any("/templates/" in place for place in entry.places)
    if not in_template and not any("%(" in source for source in entry.source):
        return True
    if "%" in PLACEHOLDER.sub("", text.replace("%%", "")):
        return False  # “100% sure” is no error: it puts everything there is in the place of “% s”
    try:
        text % _Anything()
    except (ValueError, TypeError, KeyError):
        return False
    return True


def _check_length(entry: Entry, text: str) -> Iterator[tuple[str, str]]:
    room, length = longest(entry), len(PLACEHOLDER.sub("", text))
    if room is not None and length > room:
        yield f"“{text}” has {length} characters", f"there is room for {room}"


# --- what nobody sees ----------------------------------------------------------------------------


def _check_characters(locale: str, entry: Entry, text: str) -> Iterator[tuple[str, str]]:
    if found := _names(c for c in text if c in _BIDI):
        yield f"bidi control {found} in “{text}”", "take it out: the page says the direction"
    invisible = _INVISIBLE if may_hold_joiners(locale) else _INVISIBLE | _JOINERS
    if found := _names(c for c in text if c in invisible or _is_nothing(c)):
        yield f"invisible character {found} in “{text}”", "take it out"
    if found := _names(c for c in text if not is_drawn(c) and not _is_nothing(c)):
        yield f"“{text}” has what no face in print draws: {found}", "write it in words"
    if not unicodedata.is_normalized("NFC", text):
        yield f"“{text}” has letters and accents apart", "write them as one character each (Unicode NFC)"
    if _GAP_INSIDE.search(text) and not any(map(_GAP_INSIDE.search, entry.source)):
        yield f"“{text}” has two spaces after each other", "leave one"
    mine, own = (_space(one) for one in (text, entry.source[0]))
    for side, found_space, wanted_space in zip(("starts", "ends"), mine, own, strict=True):
        if found_space != wanted_space:
            yield f"“{text}” {side} with other space than the Dutch", "give it the same space"


def _names(characters: Iterable[str]) -> str:
    return ", ".join(sorted({f"U+{ord(one):04X}" for one in characters}))


def _space(text: str) -> tuple[str, str]:
    """The space before and behind a text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _is_nothing(character: str) -> bool:
    """Whether no font shows it: controls, marks for programs, private and unknown signs, broken encodings."""
    if character in _BIDI | _JOINERS | {"\n"}:
        return False
    return character in _BROKEN or unicodedata.category(character) in _NOTHING


# --- what a reader sees --------------------------------------------------------------------------


def _check_script(locale: str, text: str, kept: Iterable[str]) -> Iterator[tuple[str, str]]:
    allowed = BRANDS | set(kept)
    script = script_of(locale)
    for word in _WORD.findall(bare(text)):
        if word in allowed:
            continue
        if not all(is_of_script(character, script) for character in word):
            remedy = f"write it in {script.capitalize()} letters, or let it stand: `# keep: {word}`"
            yield f"“{word}” is not in this language's script", remedy
        elif strange := "".join(one for one in dict.fromkeys(word) if not is_own(one, locale)):
            remedy = f"use this language's own letters, or let it stand: `# keep: {word}`"
            yield f"“{word}” has letters of another language ({strange}, {_names(strange)})", remedy
    if digits := "".join(one for one in text if is_strange_digit(one)):
        yield f"“{text}” has the digits {digits}", "write 0 to 9, as every page does"


def _check_ending(locale: str, entry: Entry, text: str) -> Iterator[tuple[str, str]]:
    """A question stays a question, a colon a colon, with the marks of the language's own script."""
    for mark, own in strange_marks(locale, bare(text)).items():
        yield f"“{text}” has the mark {mark} of another script", f"write {own}"
    mine, wanted = ending(text), {ending(source) for source in entry.source}
    if mine not in wanted:
        asked = " or ".join(sorted(one or "no mark" for one in wanted))
        yield f"“{text}” ends with {mine or 'no mark'}, the Dutch with {asked}", "end it as the Dutch does"


def _check_copy(locale: str, entry: Entry, text: str, kept: set[str]) -> Iterator[tuple[str, str]]:
    """A whole text or a sentence that is still the Dutch."""
    if locale == SOURCE:
        return
    dutch = {tuple(words(one)) for source in entry.source for one in (source, *_sentences(source))}
    names = {word.lower() for word in BRANDS | kept}
    for one in (text, *_sentences(text)):
        same = tuple(words(one))
        if same in dutch and len([word for word in same if word not in names]) > COPY_WORDS:
            yield (
                f"“{one.strip()}” is the Dutch, not a translation",
                "translate it, or comment it `# keep: * (reason)`",
            )
            return

    if found := _left_over(entry, text, names):
        yield f"“{found}” in “{text}” is still Dutch", "translate it, or comment it `# keep: * (reason)`"


def _left_over(entry: Entry, text: str, names: set[str]) -> str:
    """The first run of Dutch words that a translation took over as it is, by the words of its own source."""
    runs = {run for source in entry.source for one in _sentences(source) for run in _runs(words(one))}
    for one in _sentences(text):
        for run in _runs(words(one)):
            if run in runs and not names & set(run):
                return " ".join(run)
    return ""


def _runs(said: list[str]) -> Iterator[tuple[str, ...]]:
    """Every run of more than COPY_WORDS words."""
    yield from zip(*(said[start:] for start in range(COPY_WORDS + 1)), strict=False)


def _check_numbers(entry: Entry, text: str, kept: set[str]) -> Iterator[tuple[str, str]]:
    """The figures of the Dutch and no others; a plural form may leave out the one that it stands for."""
    sources = [set(_NUMBER.findall(bare(source))) for source in entry.source]
    found = set(_NUMBER.findall(bare(text))) - kept
    least = set.intersection(*sources) - kept
    if strange := found - set.union(*sources):
        wanted = ", ".join(sorted(set.union(*sources))) or "none"
        yield f"“{text}” has the number {', '.join(sorted(strange))}", f"use those of the Dutch: {wanted}"
    elif lacking := least - found:
        remedy = "write it in figures, or, where the language writes it out, comment it: `# keep: "
        yield f"“{text}” lacks the number {', '.join(sorted(lacking))}", f"{remedy}{min(lacking)}`"


def _sentences(text: str) -> list[str]:
    return _SENTENCE_END.split(text)
