"""Posters that were printed to PDF: of each link the latest in each language.

A poster hangs on a wall, so nothing here is sealed; and as each print takes the place of the one before,
nothing has to be tidied up.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import OpenLink, PosterPrint


def keep_poster(session: Session, link: OpenLink, language: str, pdf: bytes) -> None:
    """Store a PDF of this link in this language ("" for all of them), and commit."""
    session.merge(PosterPrint(code=link.code, language=language, pdf=pdf))
    session.commit()


def fetch_poster(session: Session, link: OpenLink, language: str) -> bytes | None:
    """The latest PDF of this link in this language; None while there is none."""
    query = sa.select(PosterPrint.pdf).where(PosterPrint.code == link.code, PosterPrint.language == language)
    return session.scalar(query)
