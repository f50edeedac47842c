"""Changing one text in a `.po` file, and nothing else in it, while nobody else does.

What Poedit, Weblate or we wrote before stays byte for byte: line numbers, wrapping, obsolete texts and all.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from babel.messages.pofile import denormalize, normalize

from feedback_app.questionnaires.catalogues import Catalogue, Entry, Key, parse
from feedback_app.questionnaires.compiling import compiled, may_serve, withdrawn

_WIDTH = 100


class FileReadOnly(OSError):
    """The catalogues of this installation cannot be written here."""


class Unpatchable(ValueError):
    """A file holds something that a change would not leave as it is."""


def writable(folder: Path) -> bool:
    """Whether files in this folder can be replaced."""
    return os.access(folder, os.W_OK | os.X_OK)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one, of all threads, processes and commands, who changes the files of a folder."""
    handle = os.open(folder, os.O_RDONLY)  # the folder itself: no other file to leave behind
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def opened(path: Path) -> Iterator["OpenCatalogue"]:
    """A catalogue as it stands now, which nobody else changes until the block ends."""
    with locked(path.parent):
        yield OpenCatalogue(path, path.read_bytes())


class OpenCatalogue:
    """The text of a `.po` file in which single entries are replaced; `save` writes it and its `.mo`."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.catalogue: Catalogue = parse(content, path)
        text = content.decode("utf-8-sig")
        self._end = "\r" if "\r\n" in text else ""
        self._lines = [line.removesuffix("\r") for line in text.split("\n")]
        self._wanted: dict[Key, Entry] = {}

    def put(self, old: Entry, new: Entry) -> None:
        """Write what differs between two states of one entry."""
        start, end = self._find(old.key)
        self._lines[start:end] = _changed(self._lines[start:end], old, new)
        self._wanted[old.key] = new

    def remember(self, name: str, change: object) -> None:
        """Nothing: files keep no changes."""

    def last_change(self, name: str) -> tuple[None, bool]:
        """None that could be taken back."""
        return None, False

    def put_headers(self, values: Mapping[str, str]) -> None:
        """Replace these lines of the header, or add them."""
        start, end = self._find((None, ""))
        lines = self._lines[start:end]
        at = next(number for number, line in enumerate(lines) if line.startswith("msgstr"))
        text = _joined([lines[at].removeprefix("msgstr"), *lines[at + 1 :]])
        left, said = dict(values), []
        for line in text.splitlines():
            name = line.partition(":")[0]
            said.append(f"{name}: {left.pop(name)}" if name in left else line)
        said += [f"{name}: {value}" for name, value in left.items()]
        header = "".join(f"{line}\n" for line in said)
        self._lines[start:end] = [*lines[:at], *_string("msgstr", header)]

    def save(self, withdraw: bool = False) -> None:
        """Replace the file and, where pages may speak so, its `.mo`, both ready before the first goes.

        `withdraw`: pages go on as they speak, as a draft.

        Raises FileReadOnly, or Unpatchable before anything is written when another entry would change.
        """
        content = "\n".join(line + self._end for line in self._lines).removesuffix(self._end).encode()
        made = parse(content, self.path)
        self._check(made)
        files = {self.path: content}
        if withdraw:
            files[self.path.with_suffix(".mo")] = withdrawn(self.path, made)
        elif may_serve(self.path, made):
            files[self.path.with_suffix(".mo")] = compiled(made)
        _replace_together(files)
        self.catalogue = made

    def _check(self, made: Catalogue) -> None:
        before = {**self.catalogue.by_key, **self._wanted}
        for key in before.keys() | made.by_key.keys():
            if not _same(before.get(key), made.by_key.get(key)):
                raise Unpatchable(f"{self.path}: “{key[1]}” would not be what it should")

    def _find(self, key: Key) -> tuple[int, int]:
        for start, end in _blocks(self._lines):
            if _key(self._lines[start:end]) == key:
                return start, end
        raise KeyError(key)


def _same(one: Entry | None, other: Entry | None) -> bool:
    """Whether two entries say the same, wherever in the file they stand."""
    return one is not None and other is not None and replace(one, line=0) == replace(other, line=0)


def _replace_together(files: Mapping[Path, bytes]) -> None:
    partial = {path: path.with_name(f".{path.name}.{secrets.token_hex(4)}") for path in files}
    try:
        for path, part in partial.items():
            part.write_bytes(files[path])
        for path, part in partial.items():
            part.replace(path)
    except OSError as error:
        for part in partial.values():
            part.unlink(missing_ok=True)
        raise FileReadOnly(error.errno, error.strerror, str(error.filename)) from error


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each entry begins and ends; a blank line separates them, but need not."""
    start, translated = 0, False
    for number, line in enumerate(lines):
        begins = line.startswith(("#", "msgctxt", "msgid ")) and translated
        if not line.strip() or begins:
            if start < number:
                yield start, number
            start, translated = number + (not begins), False
        elif line.startswith("msgstr"):
            translated = True
    if start < len(lines):
        yield start, len(lines)


def _key(block: Sequence[str]) -> Key | None:
    """What gettext finds a block by; None for comments and obsolete texts."""
    parts: dict[str, list[str]] = {}
    reading = ""
    for line in block:
        if line.startswith("#"):
            continue
        if line.startswith('"'):
            parts[reading].append(line)
        else:
            reading, _, text = line.partition(" ")
            parts[reading] = [text]
    if "msgid" not in parts:
        return None
    context = _joined(parts["msgctxt"]) if "msgctxt" in parts else None
    return context, _joined(parts["msgid"])


def _joined(lines: Sequence[str]) -> str:
    return "".join(str(denormalize(line.strip())) for line in lines)


def _string(name: str, text: str) -> list[str]:
    return f"{name} {normalize(text, width=_WIDTH)}".split("\n")


def _changed(block: list[str], old: Entry, new: Entry) -> list[str]:
    """The lines of an entry in its new state; what is the same stays as it was written."""
    at = next(number for number, line in enumerate(block) if line.startswith("msgstr"))
    head, translation = block[:at], block[at:]
    if new.notes != old.notes:
        comments = [line for line in head if _is_comment(line)]
        head = [f"# {note}" for note in new.notes] + [line for line in head if line not in comments]
    if not new.previous:
        head = [line for line in head if not line.startswith("#|")]
    if new.fuzzy != old.fuzzy:
        head = _with_fuzzy(head) if new.fuzzy else list(_without_fuzzy(head))
    if new.target != old.target:
        translation = _translated(new)
    return [*head, *translation]


def _translated(entry: Entry) -> list[str]:
    if len(entry.source) == 1:
        return _string("msgstr", entry.target[0])
    return [line for number, text in enumerate(entry.target) for line in _string(f"msgstr[{number}]", text)]


def _is_comment(line: str) -> bool:
    """Whether a translator wrote it; other comments have a sign of their own."""
    return line.startswith("#") and line[1:2] not in (*".:,|~=",)


def _with_fuzzy(head: list[str]) -> list[str]:
    for number, line in enumerate(head):
        if line.startswith("#,"):
            return [*head[:number], f"#, fuzzy, {line[2:].strip()}", *head[number + 1 :]]
    comments = [n for n, line in enumerate(head) if line.startswith("#") and not line.startswith("#|")]
    at = comments[-1] + 1 if comments else 0
    return [*head[:at], "#, fuzzy", *head[at:]]


def _without_fuzzy(head: Sequence[str]) -> Iterator[str]:
    for line in head:
        if not line.startswith("#,"):
            yield line
            continue
        flags = [flag.strip() for flag in line[2:].split(",")]
        if "fuzzy" not in flags:
            yield line
        elif kept := [flag for flag in flags if flag != "fuzzy"]:
            yield f"#, {', '.join(kept)}"
