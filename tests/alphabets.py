"""What each language is written with, and whole catalogues in every script, also where no translator was yet."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from pathlib import Path

import yaml

from feedback_app.languages import ENDONYMS, SOURCE
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    Catalogue,
    Entry,
    needs,
    path_of,
    plural_count,
    read,
    template_path,
    write,
)
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.extracting import extract
from feedback_app.shipped import default_surveys_dir, default_translations_dir

_FILE = Path(__file__).parent / "fixtures" / "alphabets.yaml"
_WORD_LETTERS = 5
#: what stays as it is in a made-up text (placeholders, tags, white space); the rest is a word
_KEPT = re.compile(r"(%\(\w+\)[-#0+]*[\d.]*[a-z]|\{\w*\}|</?[a-zA-Z][^<>]*>|\s+)")


@dataclass(frozen=True)
class Alphabet:
    """One language's `letters` with the marks that belong on them, other `marks`, and a `sample` sentence."""

    letters: tuple[str, ...]
    marks: tuple[str, ...]
    sample: str

    @property
    def specimen(self) -> str:
        """All of it, to be drawn: the letters apart, as words, the other signs, the sentence."""
        return " ".join((*self.letters, *self.words, *self.marks))

    @property
    def words(self) -> tuple[str, ...]:
        """The sentence's words, then the letters five by five, so that what joins is joined."""
        starts = range(0, len(self.letters), _WORD_LETTERS)
        made = ("".join(self.letters[start : start + _WORD_LETTERS]) for start in starts)
        return (*self.sample.split(), *made)


@cache
def alphabets() -> dict[str, Alphabet]:
    """Every language of the house, by key."""
    found = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        key: Alphabet(tuple(one["letters"].split()), tuple(one["marks"].split(" ")), one["sample"])
        for key, one in found.items()
    }


def make_specimens(folder: Path, *, real: bool = True) -> dict[str, int]:
    """Fill a folder with complete, compiled draft catalogues of every language; the number of made-up texts of each.

    With `real`, what translators wrote is kept; any other text is the alphabet of its language, as long as the
    Dutch and with the same placeholders.
    """
    made = dict.fromkeys(ENDONYMS, 0)
    for domain in DOMAINS:
        template = extract(domain, default_surveys_dir())
        write(template_path(folder, domain), template)
        for locale in ENDONYMS:
            there = _translated(locale, domain) if real else {}
            words = cycle(alphabets()[locale].words)
            entries = [
                there.get(entry.key) or _made_up(entry, locale, words)
                for entry in template.entries
                if needs(locale, domain, entry)
            ]
            made[locale] += sum(entry.key not in there for entry in entries) if locale != SOURCE else 0
            path = path_of(folder, locale, domain)
            write(path, Catalogue(locale, domain, tuple(entries)))
            compile_catalogue(path)
    return made


def _translated(locale: str, domain: str) -> dict[tuple[str | None, str], Entry]:
    path = path_of(default_translations_dir(), locale, domain)
    entries: Iterable[Entry] = read(path).entries if path.is_file() else ()
    return {entry.key: entry for entry in entries if entry.complete}


def _made_up(entry: Entry, locale: str, words: Iterator[str]) -> Entry:
    forms = 1 if len(entry.source) == 1 else plural_count(locale)
    texts = [entry.source[min(form, len(entry.source) - 1)] for form in range(forms)]
    return replace(entry, target=tuple(t if locale == SOURCE else _in_letters(t, words) for t in texts))


def _in_letters(text: str, words: Iterator[str]) -> str:
    """A text in another alphabet: a word for a word, placeholders and tags where they stood."""
    pieces = [one for one in _KEPT.split(text) if one]
    return "".join(one if _KEPT.fullmatch(one) else next(words) for one in pieces)
