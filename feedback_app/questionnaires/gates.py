"""What a catalogue must fulfil before a page may use it; each fault says file, line and remedy.

A translator comment `keep: word, word` lets those words stand as they are in the Dutch; `keep: *` lets the
whole text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel import Locale
from babel.core import get_global
from jinja2 import TemplateSyntaxError

from feedback_app.languages import SOURCE, all_languages
from feedback_app.questionnaires.bare_texts import BRANDS, bare_texts
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    DRAFT,
    REVIEWED,
    REVIEWER_HEADER,
    STATE_HEADER,
    Catalogue,
    CatalogueUnreadable,
    Entry,
    needs,
    path_of,
    plural_forms,
    read,
    render,
    template_path,
)
from feedback_app.questionnaires.extracting import PACKAGE, SourceUnreadable, extract
from feedback_app.questionnaires.loading import SurveysRefused

_UPDATE = "run `feedback-app translations update` and commit what it writes"

#: what becomes something else before a person reads it
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0+]*[\d.]*[a-z]|\{\w*\}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_BIDI = {*"\u061c\u200e\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
_INVISIBLE = {*"\u00ad\u200b\u2060\ufeff"}
_COPY_WORDS = 2

_SCRIPTS = {"Latn": "LATIN", "Arab": "ARABIC", "Cyrl": "CYRILLIC", "Ethi": "ETHIOPIC"}
#: letters of the right script that only a neighbouring language writes, as from a wrong keyboard
FOREIGN_LETTERS = {
    "ar": "پچژگیکہے",
    "fa": "يكى",
    "fa_AF": "يكى",
    "uk": "ыэёъЫЭЁЪ",
    "ru": "іїєґІЇЄҐ",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong (or, as a warning, unfinished) at a line of a file."""

    file: Path
    line: int
    problem: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        kind = "warning: " if self.warning else ""
        here = Path.cwd()
        file = self.file.relative_to(here) if self.file.is_relative_to(here) else self.file
        return f"{file}:{self.line}: {kind}{self.problem} → {self.remedy}"


def check_everything(translations_dir: Path, surveys_dir: Path, strict: bool = True) -> Iterator[Fault]:
    """Every fault in templates, extraction and catalogues; unstrict, an unfinished language is a warning."""
    for domain in DOMAINS:
        try:
            template = extract(domain, surveys_dir)
        except SourceUnreadable:
            continue  # check_pages names the template
        except SurveysRefused as error:
            yield Fault(surveys_dir, 0, str(error), "run `feedback-app surveys check`")
            continue
        yield from check_template(template_path(translations_dir, domain), template)
        yield from check_languages(translations_dir, template, strict)
    yield from check_pages(PACKAGE / "templates")


def check_pages(templates: Path) -> Iterator[Fault]:
    """Texts in templates that stand outside gettext."""
    for path in sorted(templates.rglob("*")):
        if path.suffix not in {".html", ".txt", ".svg"}:
            continue
        try:
            found = list(bare_texts(path.read_text(encoding="utf-8"), html=path.suffix != ".txt"))
        except TemplateSyntaxError as error:
            yield Fault(path, error.lineno, str(error.message), "correct the template")
            continue
        for line, text in found:
            remedy = 'put it into {{ _("…") }} or {% trans %}, or mark the element translate="no"'
            yield Fault(path, line, f"“{text}” cannot be translated", remedy)


def check_template(path: Path, template: Catalogue) -> Iterator[Fault]:
    """Whether the committed template is what extraction gives now, and pages can format what it holds."""
    try:
        committed = read(path)
    except (FileNotFoundError, CatalogueUnreadable) as error:
        yield Fault(path, 1, f"cannot be read ({error})", _UPDATE)
        return
    new = [entry.source[0] for entry in template.entries if entry.key not in committed.by_key]
    gone = [key[1] for key in committed.by_key if key not in template.by_key]
    if new or gone:
        first = (new or gone)[0]
        problem = f"drifted from the Dutch: {len(new)} new and {len(gone)} vanished texts (first: “{first}”)"
        yield Fault(path, 1, problem, _UPDATE)
    elif path.read_text(encoding="utf-8") != render(template):
        yield Fault(path, 1, "drifted: places, order or hints changed", _UPDATE)
    for entry in committed.entries:
        if not all(_formats(entry, text) for text in entry.source):
            remedy = "write %% for a percent sign in a template or beside %(…)s"
            yield Fault(path, entry.line, f"“{entry.source[0]}” cannot be formatted", remedy)


def check_languages(translations_dir: Path, template: Catalogue, strict: bool) -> Iterator[Fault]:
    """Every catalogue of the template's domain."""
    folders = {path.name for path in translations_dir.iterdir() if path.is_dir()}
    for locale in sorted(folders | {SOURCE}):
        path = path_of(translations_dir, locale, template.domain)
        if locale not in all_languages():
            remedy = "rename the folder, or add the language to feedback_app/languages.py"
            yield Fault(path.parent.parent, 0, "no language that we know", remedy)
            continue
        try:
            catalogue = read(path)
        except FileNotFoundError:
            yield Fault(path, 0, "does not exist", _UPDATE)
        except CatalogueUnreadable as error:
            yield Fault(path, error.line, error.problem, "correct the line")
        else:
            wanted = [entry for entry in template.entries if needs(locale, template.domain, entry)]
            yield from check_catalogue(path, catalogue, wanted, strict)


def check_catalogue(path: Path, catalogue: Catalogue, wanted: list[Entry], strict: bool) -> Iterator[Fault]:
    """One catalogue: header, that it holds what its language needs, and each text."""
    yield from _check_header(path, catalogue)
    held = {(entry.key, entry.source) for entry in catalogue.entries}
    needed = {(entry.key, entry.source) for entry in wanted}
    if held != needed:
        problem = f"{len(needed - held)} texts are lacking and {len(held - needed)} are not needed"
        yield Fault(path, 1, problem, _UPDATE)
    unfinished = [entry for entry in catalogue.entries if not entry.complete]
    if unfinished:
        fuzzy = sum(1 for entry in unfinished if entry.fuzzy)
        first = unfinished[0]
        problem = (
            f"{len(unfinished)} of {len(catalogue.entries)} texts are not translated or outdated "
            f"({fuzzy} fuzzy; first: “{first.source[0]}”)"
        )
        remedy = "translate them; take the flag `fuzzy` off what is still right"
        yield Fault(path, first.line, problem, remedy, warning=not strict)
    for entry in catalogue.entries:
        for problem, remedy in check_entry(catalogue.locale or SOURCE, entry):
            yield Fault(path, entry.line, problem, remedy)


def _check_header(path: Path, catalogue: Catalogue) -> Iterator[Fault]:
    headers, locale = dict(catalogue.headers), catalogue.locale or SOURCE
    if catalogue.state not in {DRAFT, REVIEWED}:
        problem = f"header {STATE_HEADER} is “{catalogue.state}”"
        yield Fault(path, 1, problem, f"write {DRAFT} or {REVIEWED}")
    if catalogue.state == REVIEWED and locale != SOURCE and not headers.get(REVIEWER_HEADER):
        yield Fault(path, 1, "reviewed by nobody", f"say in the header {REVIEWER_HEADER} who reviewed it")
    if headers.get("Language") != locale:
        yield Fault(path, 1, "header Language is not the folder's name", f"write Language: {locale}")
    wanted = plural_forms(locale)
    if headers.get("Plural-Forms", "").replace(" ", "").rstrip(";") != wanted.replace(" ", "").rstrip(";"):
        yield Fault(path, 1, "header Plural-Forms is not this language's", f"write Plural-Forms: {wanted};")


def check_entry(locale: str, entry: Entry) -> Iterator[tuple[str, str]]:
    """What is wrong with one translation: (problem, remedy) each; nothing where there is none yet."""
    kept = _kept(entry)
    for text in entry.target:
        if text:
            yield from _check_pieces(entry, text)
            yield from _check_characters(entry, text)
            if "*" not in kept:
                yield from _check_script(locale, text, kept)
                yield from _check_copy(locale, entry, text)


def _kept(entry: Entry) -> set[str]:
    """Words a translator comment lets stand."""
    lists = (note.partition(":")[2] for note in entry.notes if note.lower().startswith("keep:"))
    return {word.strip() for words in lists for word in words.split(",")}


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
    if not _formats(entry, text):
        yield f"“{text}” cannot be formatted", "write %% for a percent sign"


class _Anything(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return 0


def _formats(entry: Entry, text: str) -> bool:
    """Whether `%` works on it where it is used so: in templates always, elsewhere beside a placeholder."""
    in_template = any("/templates/" in place for place in entry.places)
    if not in_template and not any("%(" in source for source in entry.source):
        return True
    try:
        text % _Anything()
    except (ValueError, TypeError, KeyError):
        return False
    return True


def _check_characters(entry: Entry, text: str) -> Iterator[tuple[str, str]]:
    if found := sorted({f"U+{ord(c):04X}" for c in text if c in _BIDI}):
        yield f"bidi control {', '.join(found)} in “{text}”", "take it out: the page says the direction"
    if found := sorted({f"U+{ord(c):04X}" for c in text if c in _INVISIBLE or _is_control(c)}):
        yield f"invisible character {', '.join(found)} in “{text}”", "take it out"
    mine, own = (_space(one) for one in (text, entry.source[0]))
    for side, found_space, wanted_space in zip(("starts", "ends"), mine, own, strict=True):
        if found_space != wanted_space:
            yield f"“{text}” {side} with other space than the Dutch", "give it the same space"


def _space(text: str) -> tuple[str, str]:
    """The space before and behind a text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character != "\n"


def script_of(locale: str) -> str:
    """The script a language is written in here, as Unicode names it (`ARABIC`)."""
    tag = Locale.parse(locale)
    likely = get_global("likely_subtags")
    full = likely.get(locale) or likely.get(tag.language, "")
    return _SCRIPTS[tag.script or full.split("_")[1]]


def _check_script(locale: str, text: str, kept: Iterable[str]) -> Iterator[tuple[str, str]]:
    bare = _ADDRESS.sub(" ", TAG.sub(" ", PLACEHOLDER.sub(" ", text)))
    allowed = BRANDS | set(kept)
    script = script_of(locale)
    for word in _WORD.findall(bare):
        if word in allowed:
            continue
        if not all(_fits(character, script) for character in word):
            remedy = f"write it in {script.capitalize()} letters, or let it stand: `# keep: {word}`"
            yield f"“{word}” is not in this language's script", remedy
        elif set(word) & set(FOREIGN_LETTERS.get(locale, "")):
            yield f"“{word}” has letters of another language", "use this language's own letters"


def _fits(character: str, script: str) -> bool:
    """Whether a letter is of the script; apostrophes, hyphens and accents go with any."""
    shared = unicodedata.category(character) not in {"Lu", "Ll", "Lo", "Lt"} or character in "ªº"
    return shared or unicodedata.name(character, "").startswith(script)


def _check_copy(locale: str, entry: Entry, text: str) -> Iterator[tuple[str, str]]:
    if locale != SOURCE and text in entry.source and len(_WORD.findall(text)) > _COPY_WORDS:
        yield f"“{text}” is the Dutch, not a translation", "translate it, or comment it `# keep: *`"
