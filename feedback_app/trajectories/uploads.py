"""Keeps an uploaded file between preview and confirmation: sealed, its owner's alone, an hour at most.

It lies in the database, in pieces, because the preview may be made by the worker on another machine.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BufferedReader, RawIOBase
from itertools import islice
from typing import Any, BinaryIO, cast

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import now
from feedback_app.jobs import Progress
from feedback_app.keys import seal, unseal
from feedback_app.settings import Settings
from feedback_app.staff.models import Account
from feedback_app.trajectories.intake import Intake, plain_file_name
from feedback_app.trajectories.models import Upload, UploadPiece

_PURPOSE = "import-upload"
_PIECE = 128 * 1024
#: pieces that are stored in one go
_AT_A_TIME = 8
LIFETIME = timedelta(hours=1)
#: rows on a page of the preview
PAGE_ROWS = 50


class Stored:
    """An uploaded file, read from the database piece by piece."""

    def __init__(self, session: Session, settings: Settings, upload: Upload) -> None:
        self._session, self._settings, self._id = session, settings, upload.id
        self.size = upload.size

    def open(self) -> BinaryIO:
        """Its content."""
        return cast(BinaryIO, BufferedReader(_Pieces(self._session, self._settings, self._id)))


class _Pieces(RawIOBase):
    def __init__(self, session: Session, settings: Settings, upload_id: str) -> None:
        self._session, self._settings, self._id = session, settings, upload_id
        self._number, self._rest = 0, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """To the beginning only: nothing else is asked for."""
        if (offset, whence) == (0, 0):
            self._number, self._rest = 0, b""
        elif (offset, whence) != (0, 1):
            raise OSError("an upload is read from its beginning")
        return self.tell()

    def tell(self) -> int:
        return max(0, self._number * _PIECE - len(self._rest))

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            sealed = _piece(self._session, self._id, "content", self._number)
            if sealed is None:
                return 0
            self._rest = _open(self._settings, sealed)
            self._number += 1
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@dataclass(frozen=True)
class PreviewPage:
    """One page of a preview; `rows` are (number, refused, content or faults)."""

    rows: list[tuple[int, bool, Any]]
    page: int
    pages: int


def keep_upload(
    session: Session,
    settings: Settings,
    account: Account,
    content: BinaryIO,
    file_name: str,
    *,
    agency: str | None,
    layout: str,
) -> Upload:
    """Store a file for its owner; commits in pieces. Older ones that were forgotten go."""
    forget_old(session, now())
    upload = Upload(
        account_id=account.id,
        region_key=account.region_key,
        agency_key=agency,
        layout=layout,
        file_name=plain_file_name(file_name),
        size=0,
    )
    session.add(upload)
    session.commit()
    upload_id, size = upload.id, 0
    for length in _put(session, settings, upload_id, "content", iter(lambda: content.read(_PIECE), b"")):
        size += length
    upload.size = size
    session.commit()
    return upload


def find_upload(session: Session, account: Account, upload_id: str) -> Upload | None:
    """A colleague's own upload of the last hour."""
    found = session.get(Upload, upload_id)
    if found is None or found.account_id != account.id or found.uploaded_at < now() - LIFETIME:
        return None
    return found


def keep_preview(
    session: Session, settings: Settings, upload: Upload, intake: Intake, progress: Progress | None = None
) -> None:
    """Store what a dry run told, every row of it in pages; commits in pieces, what it told as the last.

    Before that no page of it is shown.
    """
    upload_id, kept, counts = upload.id, 0, intake.counts()
    old = sa.delete(UploadPiece).where(UploadPiece.upload_id == upload_id, UploadPiece.kind != "content")
    session.execute(old, execution_options={"synchronize_session": False})
    session.commit()
    whole = -(-counts["rows"] // PAGE_ROWS) + -(-counts["refused"] // PAGE_ROWS)
    for kind in ("rows", "refused"):
        pages = (
            json.dumps(page).encode("utf-8")
            for page in _pages(intake.spool.every_row(refused=kind == "refused"))
        )
        for _number in _put(session, settings, upload_id, kind, pages):
            kept += 1
            if progress and kept % _AT_A_TIME == 0:
                progress(kept, whole, _("Voorbeeld bewaren"))
    upload.told = counts
    session.commit()


def preview_page(
    session: Session, settings: Settings, upload: Upload, page: int, *, refused: bool
) -> PreviewPage:
    """One page of the rows, or of the refused ones; a page past the end gives the last."""
    kind, told = "refused" if refused else "rows", upload.told or {}
    total = told.get(kind, 0)
    pages = max(1, -(-total // PAGE_ROWS))
    page = min(max(1, page), pages)
    sealed = _piece(session, upload.id, kind, page - 1)
    rows = json.loads(_open(settings, sealed)) if sealed else []
    return PreviewPage([(row, out, one if out else _as_shown(one)) for row, out, one in rows], page, pages)


def _as_shown(content: dict[str, Any]) -> dict[str, Any]:
    """A row with its days and hours as such."""
    days = {name: date.fromisoformat(content[name]) for name in ("started_on", "ended_on") if content[name]}
    hours = Decimal(content["hours"]) if content["hours"] else None
    return {**content, **days, "hours": hours}


def drop_upload(session: Session, upload_id: str) -> bool:
    """Forget a file and its preview; False when it is gone already. Flushes, does not commit."""
    session.execute(sa.delete(UploadPiece).where(UploadPiece.upload_id == upload_id))
    gone = session.execute(sa.delete(Upload).where(Upload.id == upload_id).returning(Upload.id))
    return len(gone.all()) == 1


def forget_old(session: Session, moment: datetime) -> int:
    """Destroy files whose hour is over; how many. Flushes, does not commit."""
    old = sa.select(Upload.id).where(Upload.uploaded_at < moment - LIFETIME)
    session.execute(
        sa.delete(UploadPiece).where(UploadPiece.upload_id.in_(old)),
        execution_options={"synchronize_session": False},
    )
    gone = session.execute(
        sa.delete(Upload).where(Upload.uploaded_at < moment - LIFETIME).returning(Upload.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


def _pages(rows: Iterator[tuple[int, bool, Any]]) -> Iterator[list[tuple[int, bool, Any]]]:
    page: list[tuple[int, bool, Any]] = []
    for number, out, content in rows:
        shown = content if out else {k: v for k, v in content.items() if not k.endswith("_sealed")}
        page.append((number, out, shown))
        if len(page) == PAGE_ROWS:
            yield page
            page = []
    if page:
        yield page


def _put(
    session: Session, settings: Settings, upload_id: str, kind: str, pieces: Iterator[bytes]
) -> Iterator[int]:
    """Store pieces, telling the length of each; commits so many at a time, sealed before: nobody waits."""
    number = 0
    while part := list(islice(pieces, _AT_A_TIME)):
        rows = []
        for piece in part:
            sealed = seal(settings.secret_key, _PURPOSE, zlib.compress(piece))
            rows.append({"upload_id": upload_id, "kind": kind, "number": number, "sealed": sealed})
            number += 1
        session.execute(sa.insert(UploadPiece), rows)
        session.commit()
        yield from map(len, part)


def _piece(session: Session, upload_id: str, kind: str, number: int) -> str | None:
    return session.scalar(
        sa.select(UploadPiece.sealed).where(
            UploadPiece.upload_id == upload_id, UploadPiece.kind == kind, UploadPiece.number == number
        )
    )


def _open(settings: Settings, sealed: str) -> bytes:
    return zlib.decompress(unseal(settings.secret_key, _PURPOSE, sealed))
