"""`surveys/codebook/<language>.yaml`: words by which a remark is recognised, in every language.

Words for themes, words after which a name may follow, and the most frequent words of the language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from feedback_app.languages import ENDONYMS
from feedback_app.questionnaires.definition import ThemeKey
from feedback_app.questionnaires.loading import Fault, SurveysRefused, load_themes, read_yaml, validated
from feedback_app.remarks.plain import folded

FOLDER = "codebook"
#: a shorter word is part of too many others
_SHORTEST = 2


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of one language.

    themes: theme → beginnings of words, or of several in a row. people: after these a name may follow.
    not_names: never a name. common: the most frequent words, to recognise the language by. born: a date near
    these is a birth date. about: what a theme is about in a sentence or two, for the extra `themes`.
    """

    themes: Mapping[ThemeKey, tuple[str, ...]]
    people: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    born: tuple[str, ...] = ()
    about: Mapping[ThemeKey, str] = field(default_factory=dict)


def load_words(surveys_dir: Path) -> dict[str, Words]:
    """Language → its words, for the languages that have a file; raises SurveysRefused with every fault."""
    files = sorted((surveys_dir / FOLDER).glob("*.yaml"))
    return _load(surveys_dir, tuple((one.name, one.stat().st_mtime_ns) for one in files))


@lru_cache(maxsize=2)
def _load(surveys_dir: Path, files: tuple[tuple[str, int], ...]) -> dict[str, Words]:
    found: dict[str, Words] = {}
    faults: list[Fault] = []
    for name, _changed in files:
        path = surveys_dir / FOLDER / name
        try:
            found[path.stem] = validated(Words, read_yaml(path), path)
        except SurveysRefused as refused:
            faults += refused.faults
    if faults:
        raise SurveysRefused(faults)
    return found


def check_words(surveys_dir: Path) -> Iterator[Fault]:
    """Everything wrong or doubtful in the word lists."""
    try:
        themes = set(load_themes(surveys_dir))
    except SurveysRefused:
        themes = set()  # told where that file is checked
    for path in sorted((surveys_dir / FOLDER).glob("*.yaml")):
        try:
            words = validated(Words, read_yaml(path), path)
        except SurveysRefused as refused:
            yield from refused.faults
            continue
        yield from _faults(path, words, themes)
    for key in ENDONYMS:
        path = surveys_dir / FOLDER / f"{key}.yaml"
        if not path.exists():
            remedy = "copy nl.yaml and have it translated, or leave it: nothing is suggested in that language"
            yield Fault(path, "(file)", "there are no words in this language", remedy, warning=True)


def _faults(path: Path, words: Words, themes: set[str]) -> Iterator[Fault]:
    if path.stem not in ENDONYMS:
        yield Fault(
            path, "(file)", f"“{path.stem}” is no language of this service", "name the file nl.yaml …"
        )
    for theme in sorted((set(words.themes) | set(words.about)) - themes if themes else ()):
        remedy = "use a theme of surveys/themes.yaml, or add it there"
        yield Fault(path, f"themes.{theme}", f"there is no theme “{theme}”", remedy)
    lists = {f"themes.{theme}": listed for theme, listed in words.themes.items()}
    lists |= {name: getattr(words, name) for name in ("people", "not_names", "common", "born")}
    for place, listed in lists.items():
        seen: set[str] = set()
        for number, word in enumerate(listed):
            plainly = folded(word).text.strip()
            if len(plainly) < _SHORTEST and place.startswith("themes"):
                remedy = "write at least two letters"
                yield Fault(path, f"{place}[{number}]", f"“{word}” is part of nearly every word", remedy)
            elif not plainly:
                yield Fault(path, f"{place}[{number}]", "there is no word here", "write one, or remove it")
            elif plainly in seen:
                problem = f"“{word}” stands twice (capitals and accents make no difference)"
                yield Fault(path, f"{place}[{number}]", problem, "remove one", warning=True)
            seen.add(plainly)
