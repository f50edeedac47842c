"""Writing in a catalogue for every machine at once: rows in the database, then this machine's copy.

One colleague writes in one catalogue at a time, wherever they are connected.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import insert_into
from feedback_app.questionnaires.catalogues import (
    DRAFT,
    MESSAGES,
    REVIEWED,
    REVIEWER_HEADER,
    STATE_HEADER,
    Catalogue,
    Entry,
    needs,
    path_of,
    read,
)
from feedback_app.questionnaires.compiling import may_follow, page_texts
from feedback_app.questionnaires.models import WrittenState, WrittenText
from feedback_app.questionnaires.patching import FileReadOnly
from feedback_app.questionnaires.review import Change, name_of
from feedback_app.questionnaires.sharing import SharedTexts, layer_of, tell_everybody
from feedback_app.questionnaires.written import laid_over, overlaid, seal_of, spoken_seal
from feedback_app.settings import Settings


class WrittenHere:
    """Where the pages write: the database behind all machines."""

    def __init__(self, session: Session, settings: Settings, texts: SharedTexts) -> None:
        self._session, self._settings, self._texts = session, settings, texts

    @property
    def writable(self) -> bool:
        """Whether this machine can show what is written: its instance folder must let it make files."""
        own = self._settings.own_texts_dir
        there = next(folder for folder in (own, *own.parents) if folder.is_dir())
        return os.access(there, os.W_OK | os.X_OK)

    def last_change(self, locale: str, name: str) -> Change | None:
        """The last change of a text that can be taken back."""
        row = self._session.get(WrittenText, (locale, name))
        return _change(row) if row else None

    @contextmanager
    def open(self, locale: str, domain: str) -> Iterator["OpenTexts"]:
        """A catalogue as it stands now, which nobody else changes until the block ends, on no machine.

        Raises FileReadOnly.
        """
        if not self.writable:
            raise FileReadOnly(str(self._settings.own_texts_dir))
        session = self._session
        session.rollback()  # what was read before the lock may have changed since
        try:
            state = _locked(session, locale, domain)
            layer = layer_of(session, locale, domain)
            path = path_of(self._settings.translations_dir, locale, domain)
            catalogue = laid_over(read(path), layer)
            now = overlaid(path, catalogue, layer) if domain == MESSAGES else None
            yield OpenTexts(session, path, self._texts, catalogue, state, now)
        finally:
            session.rollback()  # unless it was saved


@dataclass
class OpenTexts:
    """A catalogue that is being changed; `save` keeps what was put, commits, brings the copy here along."""

    session: Session
    path: Path
    texts: SharedTexts
    catalogue: Catalogue
    state: WrittenState
    spoken: Catalogue | None
    changes: dict[str, Change | None] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def put(self, old: Entry, new: Entry) -> None:
        """Let an entry say something else."""
        entries = tuple(new if one.key == old.key else one for one in self.catalogue.entries)
        self.catalogue = replace(self.catalogue, entries=entries)
        name = name_of(self.catalogue.domain, new)
        self.changes.setdefault(name, None)

    def put_headers(self, values: dict[str, str]) -> None:
        """Say how reviewed the catalogue is, and by whom."""
        self.headers |= values
        headers = dict(self.catalogue.headers) | values
        self.catalogue = replace(self.catalogue, headers=tuple(headers.items()))

    def remember(self, name: str, change: Change) -> None:
        """What this change was, for who takes it back."""
        self.changes[name] = change

    def last_change(self, name: str) -> tuple[Change | None, bool]:
        """The last change of a text, and whether nothing in this catalogue was changed since."""
        row = self.session.get(WrittenText, (self.state.locale, name))
        return (_change(row) if row else None), self.state.last_name == name

    def save(self, withdraw: bool = False) -> None:
        """Keep it, for all machines. `withdraw`: pages go on as they speak, as a draft."""
        self._pin_what_was_reviewed()
        self.state.last_name = ""
        for one in self.catalogue.entries:
            if (name := name_of(self.catalogue.domain, one)) in self.changes:
                self._keep(name, one, self.changes[name])
                self.state.last_name = name if self.changes[name] else ""
        self.session.flush()
        self._keep_state(withdraw)
        self.state.stamp = secrets.token_hex(16)
        tell_everybody(self.session)
        self.session.commit()
        self.texts.follow_now()

    def _pin_what_was_reviewed(self) -> None:
        """Somebody vouches for every text: no other wording of a new version slips in among them."""
        if self.headers.get(STATE_HEADER) != REVIEWED:
            return
        locale, domain = self.state.locale, self.state.domain
        there = set(self.session.scalars(sa.select(WrittenText.name).where(WrittenText.locale == locale)))
        for one in self.catalogue.entries:
            name = name_of(domain, one)
            if name not in there and needs(locale, domain, one):
                self.changes.setdefault(name, None)

    def _keep(self, name: str, entry: Entry, change: Change | None) -> None:
        row = self.session.get(WrittenText, (self.state.locale, name))
        if row is None:
            row = WrittenText(locale=self.state.locale, name=name, domain=self.state.domain)
            self.session.add(row)
        row.context, row.source = entry.context, list(entry.source)
        row.target, row.fuzzy = list(entry.target), entry.fuzzy
        row.previous, row.notes = list(entry.previous), list(entry.notes)
        row.undone = _as_data(change) if change else None

    def _keep_state(self, withdraw: bool) -> None:
        state, headers = self.state, dict(self.catalogue.headers)
        state.state, state.reviewer = headers.get(STATE_HEADER, DRAFT), headers.get(REVIEWER_HEADER, "")
        state.seal = seal_of(self.catalogue) if state.state == REVIEWED else ""
        state.withdrawn = withdraw or (state.withdrawn and state.state != REVIEWED)
        if state.domain != MESSAGES:
            return
        if withdraw:
            state.served_state = DRAFT
        elif may_follow(self.spoken, page_texts(self.path), self.catalogue):
            self._let_pages_say_it()

    def _let_pages_say_it(self) -> None:
        state = self.state
        layer = layer_of(self.session, state.locale, MESSAGES)
        for row in layer.texts:
            row.served = list(row.target) if all(row.target) and not row.fuzzy else []
        state.served_state = state.state
        state.served_seal = spoken_seal(overlaid(self.path, self.catalogue, layer))


def _locked(session: Session, locale: str, domain: str) -> WrittenState:
    """The state of a catalogue, which nobody else writes until this transaction ends."""
    first = insert_into(session, WrittenState).values(
        locale=locale,
        domain=domain,
        stamp="",
        state="",
        reviewer="",
        seal="",
        withdrawn=False,
        served_state="",
        served_seal="",
        last_name="",
    )
    session.execute(first.on_conflict_do_nothing())
    mine = sa.select(WrittenState).where(WrittenState.locale == locale, WrittenState.domain == domain)
    return session.scalars(mine.with_for_update().execution_options(populate_existing=True)).one()


def _change(row: WrittenText) -> Change | None:
    said = row.undone
    if said is None:
        return None
    before = Entry(
        row.context,
        tuple(row.source),
        tuple(said["target"]),
        said["fuzzy"],
        notes=tuple(said["notes"]),
        previous=tuple(said["previous"]),
    )
    return Change(before, said["after"], said["who"], said["headers"])


def _as_data(change: Change) -> dict[str, Any]:
    before = change.before
    return {
        "target": list(before.target),
        "fuzzy": before.fuzzy,
        "notes": list(before.notes),
        "previous": list(before.previous),
        "after": change.after,
        "who": change.who,
        "headers": dict(change.headers),
    }
