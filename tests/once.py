"""What is worked out from the same input again and again, kept for a test process.

Nearly every test makes an application of its own, reads the catalogues of all languages or collects the Dutch of
all modules. Each result is kept under everything it depends on, so that what changed is worked out anew; a
refusal is never kept.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import yaml
from babel.messages import extract
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Mapper
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.rules import RulePart

from feedback_app.analysis import joint
from feedback_app.analysis.suppression import Problem
from feedback_app.questionnaires import catalogues, compiling
from feedback_app.questionnaires.catalogues import Catalogue

Result = TypeVar("Result")
#: how many results of one kind: more than all languages have catalogues, and all modules and templates, asked in turn
_CATALOGUES, _FILES, _STATEMENTS, _PROBLEMS = 300, 2000, 5000, 300


class Kept:
    """The results of one kind that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, work_out: Callable[[], Result]) -> Result:
        """The result for a key, worked out when it is not known."""
        if key not in self._known:
            self._known[key] = work_out()
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        found: Result = self._known[key]
        return found


class Statements(LRUCache[Any, Any]):
    """Statements as SQL: an engine keeps them under its own dialect, here they serve all engines of the same kind."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """What was made of a statement."""
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], made: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), made)


def work_out_once() -> None:
    """From now on, for all that this process does."""
    _write_each_statement_once()
    _take_each_address_apart_once()
    _choose_what_to_withhold_once()
    _read_each_catalogue_once()
    _compile_each_catalogue_once()
    _search_each_file_once()
    _read_each_yaml_once()


def _write_each_statement_once() -> None:
    known = Statements(_STATEMENTS)
    Engine._compiled_cache = property(lambda _engine: known, lambda _engine, _its_own: None)
    Mapper._compiled_cache = known  # where those are kept that store rows


def _take_each_address_apart_once() -> None:
    """Each application has some two hundred of them, the same ones."""
    kept, parse = Kept(_FILES), Rule._parse_rule

    def parse_once(self: Rule, text: str) -> list[RulePart]:
        def apart() -> tuple[list[RulePart], Rule]:
            alone = self.empty()
            alone.map, alone._trace, alone._converters, alone.arguments = self.map, [], {}, set()
            return list(parse(alone, text)), alone

        parts, alone = kept.get((text, *self.map.converters.values()), apart)
        self._trace += alone._trace
        self._converters.update(alone._converters)
        self.arguments |= alone.arguments
        return parts

    Rule._parse_rule = parse_once


def _choose_what_to_withhold_once() -> None:
    """The same answers on either kind of database are the same problem, which takes seconds to solve."""
    kept, choose = Kept(_PROBLEMS), joint.choose

    def choose_once(problem: Problem) -> frozenset[int]:
        return kept.get(repr(problem), lambda: choose(problem))

    joint.choose = choose_once


def _read_each_catalogue_once() -> None:
    kept, parse = Kept(_CATALOGUES), catalogues.parse

    def parse_once(content: bytes, path: Path) -> Catalogue:
        locale = path.parent.parent.name if path.suffix == ".po" else None
        return kept.get((sha256(content).digest(), locale, path.stem), lambda: parse(content, path))

    catalogues.parse = parse_once


def _compile_each_catalogue_once() -> None:
    kept, compiled = Kept(_CATALOGUES), compiling.compiled

    def compiled_once(catalogue: Catalogue) -> bytes:
        return kept.get(catalogue, lambda: compiled(catalogue))

    compiling.compiled = compiled_once


def _search_each_file_once() -> None:
    kept, search = Kept(_FILES), extract.extract_from_file

    def search_once(method: str, filename: str, *rest: Any, **more: Any) -> list[Any]:
        key = method, sha256(Path(filename).read_bytes()).digest(), repr(rest), repr(more)
        return kept.get(key, lambda: search(method, filename, *rest, **more))

    extract.extract_from_file = search_once


def _read_each_yaml_once() -> None:
    """Each reader gets a copy of its own, for what is read may be changed."""
    kept, load = Kept(_CATALOGUES), yaml.load

    def load_once(stream: Any, Loader: Any) -> Any:  # noqa: N803
        if not isinstance(stream, str):
            return load(stream, Loader)
        return pickle.loads(kept.get((stream, Loader), lambda: pickle.dumps(load(stream, Loader))))

    yaml.load = load_once
