"""The poster that leads to "Jullie zeiden – wij doen": one language in large, beside Dutch."""

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from feedback_app.invitations.posters import Call, Poster, qr_svg
from feedback_app.languages import SOURCE, language
from feedback_app.reports.told_models import ToldPoster
from feedback_app.settings import Settings
from feedback_app.web.marking import example_state


def make_poster(session: Session, settings: Settings, key: str) -> Poster:
    """The sheet in one language; its code opens the page in it."""
    address = f"{settings.base_url}/terugkoppeling/{language(key).tag}"
    example = settings.example or example_state(session) != ""
    return Poster(
        mode="open",
        address=address,
        typed=address.partition("://")[2],
        qr=qr_svg(address),
        faces=Markup(),
        dutch=_call(SOURCE),
        main=_call(key) if key != SOURCE else None,
        calls=(),
        responsible=settings.responsible,
        example_note=_("Voorbeeld: hang dit blad nergens op.") if example else "",
    )


def keep_poster(session: Session, key: str, pdf: bytes) -> None:
    """Store the PDF in this language, instead of the one before, and commit."""
    session.merge(ToldPoster(locale=key, pdf=pdf))
    session.commit()


def fetch_poster(session: Session, key: str) -> bytes | None:
    """The latest PDF in this language; None while there is none."""
    return session.scalar(sa.select(ToldPoster.pdf).where(ToldPoster.locale == key))


def _call(key: str) -> Call:
    """Words that respondents know from other pages, so that every offered language has them."""
    with force_locale(language(key).formats):
        return Call(
            language=language(key),
            title=_("Jullie zeiden – wij doen"),
            how=_("Scan de code met je telefoon."),
            promise=_("Lees wat we doen met de antwoorden"),
        )
