"""Recorded voices: which texts are read aloud, and which of them somebody has recorded.

A recording is named by the text it speaks, `surveys/audio/<locale>/<hash of the text>.opus`. When a text
changes, its hash does, and the old recording is simply not found any more: nobody hears what is not there.
"""

import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from feedback_app.languages import SOURCE, all_languages
from feedback_app.questionnaires.catalogues import locales, offer_type_context, survey_texts
from feedback_app.questionnaires.definition import Survey
from feedback_app.questionnaires.loading import Fault, load_codes
from feedback_app.questionnaires.regional import own_parts

FOLDER, SUFFIX = "audio", ".opus"

#: the questionnaires that are read aloud; colleagues read their own form
SPOKEN = ("newcomer", "partner", "impact")

_NAME = re.compile(r"[0-9a-f]{16}")

#: texts of a survey that no loudspeaker reads: they stand on the page after it, or hold a gap to fill
_SILENT = ("activity", "after")

#: how long a folder must have been left alone before its listing is kept: clocks of file systems tick slowly
_SETTLED = 2_000_000_000


def text_hash(text: str) -> str:
    """The name of a text's recording: the first 16 hexadecimal digits of SHA-256 over its UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recording_path(surveys_dir: Path, locale: str, name: str) -> Path:
    """Where the recording of the text with this hash lies, or would lie."""
    return surveys_dir / FOLDER / locale / f"{name}{SUFFIX}"


def recorded(surveys_dir: Path, locale: str) -> frozenset[str]:
    """The hashes for which there is a recording; one look at the folder's stamp while nothing changes.

    The same set as long as the folder is the same, so it can be part of what a kept page is found by.
    """
    folder = surveys_dir / FOLDER / locale
    try:
        changed = folder.stat().st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    if time.time_ns() - changed < _SETTLED:
        return _names(folder)
    return _kept(folder, changed)


@lru_cache(maxsize=64)
def _kept(folder: Path, _changed: int) -> frozenset[str]:
    return _names(folder)


def _names(folder: Path) -> frozenset[str]:
    """Of real recordings only: a link could lead out of the folder, and phones keep one for a year."""
    found = (path for path in folder.iterdir() if path.suffix == SUFFIX and _NAME.fullmatch(path.stem))
    return frozenset(path.stem for path in found if not path.is_symlink() and _is_ogg_opus(path))


def spoken(survey: Survey, texts: Mapping[str, str]) -> dict[str, str]:
    """What is read aloud, by context and in the order of the page; `texts` are those of one language.

    A missing text is left out. The sentence on the activity is there once per kind of activity.
    """
    found: dict[str, str] = {}
    for source in survey.source_texts():
        name = source.context.removeprefix(f"{survey.key}.")
        if name == "activity" and source.context in texts:
            found |= dict(_activities(source.context, texts))
        elif name not in _SILENT and source.context in texts:
            found[source.context] = texts[source.context]
    return found


def _activities(context: str, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for kind, label in texts.items():
        if kind.startswith(offer_type_context("")):
            yield f"{context}.{kind}", texts[context].replace("{type}", label)


def texts_now(surveys_dir: Path, translations_dir: Path, survey: Survey, locale: str) -> dict[str, str]:
    """The texts of a survey and its kinds of activity in one language, by context, as the files now stand.

    Missing, outdated and held back texts are left out.
    """
    dutch = {source.context: source.text for source in survey.source_texts()}
    for code in load_codes(surveys_dir).offer_types:
        dutch[offer_type_context(code.key)] = code.label
    if locale == SOURCE:
        return dutch
    translated = survey_texts(translations_dir, locale)
    texts = {context: translated.get((context, text), "") for context, text in dutch.items()}
    return {context: text for context, text in texts.items() if text}


@dataclass(frozen=True)
class Coverage:
    """How many different texts are read aloud, and how many of those are recorded."""

    recorded: int
    needed: int


def coverage(surveys_dir: Path, translations_dir: Path, survey: Survey, locale: str) -> Coverage:
    """How much of a survey somebody has recorded in a language, of the texts it has there now."""
    texts = spoken(survey, texts_now(surveys_dir, translations_dir, survey, locale))
    names = {text_hash(text) for text in texts.values()}
    return Coverage(len(names & recorded(surveys_dir, locale)), len(names))


def audio_faults(surveys_dir: Path, translations_dir: Path, surveys: Mapping[str, Survey]) -> Iterator[Fault]:
    """Recordings that no page will play, as warnings: a wrong name, no Ogg Opus, a text that is gone."""
    root = surveys_dir / FOLDER
    for folder in _visible(root):
        if folder.name not in all_languages() or not folder.is_dir():
            remedy = f"use a folder named as in feedback_app/languages.py, such as {FOLDER}/fa_AF"
            yield Fault(folder, "(name)", "this is no language", remedy, warning=True)
            continue
        used = _used(surveys_dir, translations_dir, surveys, folder.name)
        for path in _visible(folder):
            if fault := _file_fault(path, used):
                yield Fault(path, *fault, warning=True)


def _visible(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _used(
    surveys_dir: Path, translations_dir: Path, surveys: Mapping[str, Survey], locale: str
) -> frozenset[str]:
    if locale not in {SOURCE, *locales(translations_dir)}:
        return frozenset()
    every = (
        spoken(survey, texts_now(surveys_dir, translations_dir, survey, locale))
        for survey in [*surveys.values(), *own_parts(surveys_dir)]
        if survey.key in SPOKEN
    )
    return frozenset(text_hash(text) for texts in every for text in texts.values())


def _file_fault(path: Path, used: frozenset[str]) -> tuple[str, str, str] | None:
    if path.suffix != SUFFIX or not _NAME.fullmatch(path.stem):
        remedy = f"rename it as `feedback-app audio list {path.parent.name}` says, or remove it"
        return "(name)", "this is not the name of a recording", remedy
    if not _is_ogg_opus(path):
        return "(file)", "this is no Ogg Opus", "convert it: opusenc --bitrate 24 voice.wav voice.opus"
    if path.stem not in used:
        remedy = "record the new text; remove this once no open wave asks the old one"
        return "(file)", "no text of the questionnaires is this one any more", remedy
    return None


def _is_ogg_opus(path: Path) -> bool:
    """Whether the first page of the file begins an Opus stream (RFC 7845, section 3)."""
    try:
        with path.open("rb") as file:
            start = file.read(300)
    except OSError:
        return False
    if len(start) < 28 or start[:5] != b"OggS\0" or not start[5] & 2:
        return False
    payload = 27 + start[26]
    return start[payload : payload + 8] == b"OpusHead"
