"""What is declared of each table: whom it is about, why it is kept, how long, and what each column holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

#: kinds of personal data, as columns are declared
KINDS = ("contact", "pseudonym", "features", "answers", "text", "conduct", "keys")


@dataclass(frozen=True)
class Personal:
    """A table about people. `about`, `purpose` and `keep` are keys of the words and periods of these papers.

    The columns of each kind stand in one text with spaces between them.
    """

    table: str
    about: str
    purpose: str
    keep: str
    contact: str = ""
    pseudonym: str = ""
    features: str = ""
    answers: str = ""
    text: str = ""
    conduct: str = ""
    keys: str = ""
    other: str = ""

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """Kind of data → the columns that hold it; only kinds that occur."""
        found = {kind: tuple(getattr(self, kind).split()) for kind in KINDS}
        return {kind: columns for kind, columns in found.items() if columns}

    @property
    def columns(self) -> list[str]:
        """Every column that is named."""
        return [*(column for columns in self.kinds.values() for column in columns), *self.other.split()]


@dataclass(frozen=True)
class Impersonal:
    """A table about nobody; `why` is a key of the words of these papers."""

    table: str
    why: str
    other: str

    @property
    def columns(self) -> list[str]:
        """Every column that is named."""
        return self.other.split()


def undeclared(metadata: sa.MetaData, declared: Sequence[Personal | Impersonal]) -> Iterator[str]:
    """What the tables hold and nobody declared, what was declared and is not there, and what stands twice."""
    known = {one.table: one for one in declared}
    if len(known) != len(declared):
        yield "a table is declared twice"
    for name in sorted(known.keys() - metadata.tables.keys()):
        yield f"{name} is declared and does not exist"
    for name, table in sorted(metadata.tables.items()):
        if name not in known:
            yield f"{name} is not declared: say in feedback_app/papers/ whom it is about, why and how long"
            continue
        named, there = known[name].columns, {column.name for column in table.columns}
        for column in sorted(there - set(named)):
            yield f"{name}.{column} is not declared"
        for column in sorted(set(named) - there):
            yield f"{name}.{column} is declared and does not exist"
        if len(named) != len(set(named)):
            yield f"{name} names a column twice"
