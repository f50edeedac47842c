"""`feedback-app translations export` and `settle`: what colleagues wrote goes back into the files."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.command import Refused, in_app
from feedback_app.database import db
from feedback_app.questionnaires.catalogues import (
    REVIEWER_HEADER,
    STATE_HEADER,
    Catalogue,
    CatalogueUnreadable,
    Key,
    path_of,
    read,
)
from feedback_app.questionnaires.compiling import served
from feedback_app.questionnaires.models import WrittenState, WrittenText
from feedback_app.questionnaires.patching import FileReadOnly, Unpatchable, opened
from feedback_app.questionnaires.review import name_of
from feedback_app.questionnaires.sharing import layer_of, tell_everybody
from feedback_app.questionnaires.written import laid_over, overlaid
from feedback_app.web.pages import current_settings


@click.command("export")
@click.argument(
    "directory", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path("translations")
)
@in_app
def export_command(directory: Path) -> None:
    """Write what colleagues wrote on the pages into the .po files of a folder, such as a checkout's.

    Only those texts and the state of review change, all else stays as it is. The database keeps them until
    the files of this installation say so: see settle. Example: feedback-app translations export
    """
    try:
        for state in _states(db.session):
            path = path_of(directory, state.locale, state.domain)
            if not path.exists():
                click.echo(f"{state.locale}/{state.domain}.po: not in {directory}", err=True)
                continue
            changed = _patch(db.session, path, state)
            click.echo(f"{state.locale}/{state.domain}.po: {changed} text(s) written")
            for text in _strangers(db.session, path, state):
                click.echo(f"{state.locale}/{state.domain}.po: no longer asked: “{text}”", err=True)
    except (CatalogueUnreadable, FileReadOnly, Unpatchable) as error:
        raise Refused(str(error)) from error


def _states(session: Session) -> list[WrittenState]:
    order = sa.select(WrittenState).order_by(WrittenState.locale, WrittenState.domain)
    return list(session.scalars(order))


def _patch(session: Session, path: Path, state: WrittenState) -> int:
    with opened(path) as file:
        wanted = laid_over(file.catalogue, layer_of(session, state.locale, state.domain))
        pairs = zip(file.catalogue.entries, wanted.entries, strict=True)
        changes = [(old, new) for old, new in pairs if old != new]
        for old, new in changes:
            file.put(old, new)
        if _header(wanted) != _header(file.catalogue):
            file.put_headers(_header(wanted))
        file.save()
    return len(changes)


def _header(catalogue: Catalogue) -> dict[str, str]:
    headers = dict(catalogue.headers)
    return {name: headers.get(name, "") for name in (STATE_HEADER, REVIEWER_HEADER)}


def _strangers(session: Session, path: Path, state: WrittenState) -> Iterator[str]:
    there = {name_of(state.domain, entry) for entry in read(path).entries}
    for row in layer_of(session, state.locale, state.domain).texts:
        if row.name not in there:
            yield row.source[0]


@click.command("settle")
@in_app
def settle_command() -> None:
    """Let go of what the files of this installation say too, so that later corrections in the files count.

    Pages say the same before and after. To be done once a release with the exported texts stands on every
    machine. Example: feedback-app translations settle
    """
    settings, session = current_settings(), db.session
    gone = 0
    try:
        for state in _states(session):
            path = path_of(settings.translations_dir, state.locale, state.domain)
            gone += _settle(session, path, state) if path.exists() else 0
    except CatalogueUnreadable as error:
        raise Refused(str(error)) from error
    tell_everybody(session)
    session.commit()
    click.echo(f"translations: {gone} text(s) are the files' own from now on")


def _settle(session: Session, path: Path, state: WrittenState) -> int:
    layer, base, pages = layer_of(session, state.locale, state.domain), read(path), served(path)
    together = laid_over(base, layer)
    now = overlaid(path, together, layer)
    said = {one.key: one.target for one in pages.entries} if pages else {}
    pairs = zip(base.entries, together.entries, strict=True)
    ours = {name_of(state.domain, one) for one, other in pairs if one == other}
    same = [row for row in layer.texts if row.name in ours and _is_said(row, said)]
    for row in same:
        session.delete(row)
    alike = _header(together) == _header(base) and pages is not None and pages.state == now.state
    if len(same) == len(layer.texts) and alike:
        session.delete(state)
    return len(same)


def _is_said(row: WrittenText, said: Mapping[Key, tuple[str, ...]]) -> bool:
    """Whether pages say without the row what they say with it."""
    return row.served is None or said.get((row.context, row.source[0]), ()) == tuple(row.served)
