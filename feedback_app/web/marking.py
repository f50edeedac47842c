"""Whether this installation holds example data: then every page and report says so, for good.

A setting could be forgotten on the next start, so the mark stands in the database beside the data.
"""

import time

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback_app.database import Base, db
from feedback_app.settings import Settings

#: while example data is being loaded, and once it is whole
LOADING, WHOLE = "loading", "whole"

_EXAMPLE = "example"
_KEY = "example_mark"
#: how long "there is no mark" is believed; a mark that was seen is believed for good
_SECONDS = 5


class InstallationFact(Base):
    """One thing that is true of the whole installation."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(40))


#: a column for statements that each page needs anyway: whether there is a mark
MARKED = sa.exists().where(InstallationFact.name == _EXAMPLE)


class ExampleMark:
    """Knows for one running application whether its pages must be marked."""

    def __init__(self, settings: Settings) -> None:
        self._seen = settings.example
        self._again = 0.0

    def __bool__(self) -> bool:
        """Also asked by the page that says the database is away, so it never raises."""
        if not self._seen and time.monotonic() >= self._again:
            self._again = time.monotonic() + _SECONDS
            try:
                with Session(db.engine) as session:
                    self._seen = example_state(session) != ""
            except sa.exc.SQLAlchemyError:
                return False
        return self._seen

    def told(self, marked: bool) -> None:
        """Take it from a statement that asked along with something else (see `MARKED`)."""
        self._seen = self._seen or marked
        self._again = time.monotonic() + _SECONDS


def init_marking(app: Flask, settings: Settings) -> None:
    """Give every template `example`."""
    mark = ExampleMark(settings)
    app.extensions[_KEY] = mark
    app.context_processor(lambda: {"example": mark})


def is_marked() -> bool:
    """Whether pages of this installation say that its data are an example."""
    return bool(current_app.extensions[_KEY])


def note_mark(marked: bool) -> None:
    """Tell this process what a statement found under `MARKED`, so that it need not ask by itself."""
    current_app.extensions[_KEY].told(bool(marked))


def example_state(session: Session) -> str:
    """`loading` or `whole` when the database holds example data, else ""."""
    found = session.get(InstallationFact, _EXAMPLE)
    return found.value if found else ""


def mark_example(session: Session, state: str) -> None:
    """Mark the installation, for good, and commit."""
    session.merge(InstallationFact(name=_EXAMPLE, value=state))
    session.commit()
    note_mark(True)
