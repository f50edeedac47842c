"""When what somebody wrote may be quoted, and with what beside it."""

import hashlib
import json

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.analysis.models import FrozenGroup
from feedback_app.invitations.models import Wave
from feedback_app.languages import unturned
from feedback_app.responses.coarsen import ANYWHERE
from feedback_app.responses.models import Remark
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account

#: an attribute is shown when at least so many respondents share it
SHARED_BY = 10


class ReleaseRefused(Exception):
    """This colleague cannot release this quote; the message says why."""


def release(session: Session, remark: Remark, account: Account, shown: str) -> None:
    """Release a proposed quote as it was `shown` (its digest); commits. The audit log does not say which.

    Raises ReleaseRefused for who proposed it (four eyes), when it or what is shown beside it was changed in
    the meantime, and when what is shown beside it could point to somebody.
    """
    if remark.quote_state != "proposed":
        raise ReleaseRefused(_("Dit citaat is niet voorgesteld, of al vrijgegeven."))
    if remark.proposed_by == account.id:
        raise ReleaseRefused(_("Je stelde dit citaat zelf voor. Een collega moet het vrijgeven."))
    if shown != digest(remark):
        raise ReleaseRefused(_("Dit citaat is intussen gewijzigd. Lees het opnieuw."))
    if reason := attribute_refusal(session, remark, remark.quote_shows):
        raise ReleaseRefused(reason)
    if _another_question_is_quoted(session, remark):
        raise ReleaseRefused(
            _(
                "Van dit meetmoment zijn al citaten op een andere open vraag vrijgegeven. Een antwoord mag "
                "maar één keer geciteerd worden, en twee opmerkingen kunnen van dezelfde persoon zijn."
            )
        )
    remark.quote_state, remark.released_by = "released", account.id
    record(session, "quote.released", account=account, subject=f"wave:{remark.wave_key}")
    session.commit()


def digest(remark: Remark) -> str:
    """Of all that is printed of a quote: what a second colleague read is what is released."""
    printed = json.dumps([remark.quote, remark.quote_shows, remark.quote_original])
    return hashlib.sha256(printed.encode()).hexdigest()


def stands_in(remark: Remark, original: str, kept: str) -> bool:
    """Whether a piece of the original is one of what is `kept`; one from before that was destroyed stays.

    A form takes the signs out that turn a text's direction: that they are missing is no change.
    """
    if not kept and original == remark.quote_original:
        return True
    return _as_compared(original) in _as_compared(kept)


def _as_compared(text: str) -> str:
    return " ".join((unturned(text) or "").split())


def attribute_refusal(session: Session, remark: Remark, shows: str) -> str:
    """Why a quote may not show this beside the side; empty when it may."""
    if shows == "region":
        return str(_region_refusal(session, remark))
    return str(_original_refusal(session, remark)) if shows == "original" else ""


def _region_refusal(session: Session, remark: Remark) -> object:
    if remark.region_key == ANYWHERE:
        return _("De regio van deze opmerking is niet bewaard: te weinig mensen deelden ze.")
    if not _is_closed(session, remark):
        return _("De regio kan er pas bij als het meetmoment gesloten is.")
    if respondents_in(session, remark.wave_key, remark.survey_key, remark.region_key) < SHARED_BY:
        return _("De regio kan er niet bij: minder dan tien mensen deelden ze.")
    return ""


def _original_refusal(session: Session, remark: Remark) -> object:
    if not remark.quote_original:
        return _("Kies welk stuk van de oorspronkelijke tekst erbij komt.")
    if not _is_closed(session, remark):
        return _("De oorspronkelijke tekst kan er pas bij als het meetmoment gesloten is.")
    if _writers_in_language(session, remark) < SHARED_BY:
        return _("De oorspronkelijke tekst kan er niet bij: minder dan tien mensen schreven in die taal.")
    return ""


def respondents_in(session: Session, wave_key: str, survey_key: str, region_key: str) -> int:
    """How many people of one side in a region answered, as it was frozen when the wave closed."""
    group = session.get(FrozenGroup, (wave_key, survey_key, "region", region_key))
    return (group.outcomes.get("I", 0) + group.outcomes.get("P", 0)) if group else 0


def _writers_in_language(session: Session, remark: Remark) -> int:
    """How many remarks of the same side and wave are in its language: at least so many people share it."""
    language = sa.case((Remark.language != "", Remark.language), else_=Remark.locale)
    query = sa.select(sa.func.count()).where(
        Remark.wave_key == remark.wave_key,
        Remark.survey_key == remark.survey_key,
        Remark.item_key == remark.item_key,
        language == (remark.language or remark.locale),
    )
    return session.scalar(query) or 0


def _is_closed(session: Session, remark: Remark) -> bool:
    return session.scalar(sa.select(Wave.state).where(Wave.key == remark.wave_key)) == "closed"


def _another_question_is_quoted(session: Session, remark: Remark) -> bool:
    """Whether quotes of another open question are out: a remark does not know its writer's others."""
    query = sa.select(sa.literal(1)).where(
        Remark.wave_key == remark.wave_key,
        Remark.survey_key == remark.survey_key,
        Remark.item_key != remark.item_key,
        Remark.quote_state == "released",
    )
    return session.scalar(query.limit(1)) is not None
