"""A respondent's link: what it stands for, in one indexed look-up without objects.

The statements are made once; nothing of them is built or cached anew in a request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feedback_app.database import Base
from feedback_app.invitations.models import Invitation, RegionalQuestionnaire, Wave, WaveQuestionnaire
from feedback_app.responses.models import Response
from feedback_app.statements import Statement, reading, writing
from feedback_app.web.marking import MARKED, note_mark

#: dispositions of an invitation that may still be answered
ANSWERABLE = ("unknown", "delivered", "bounced", "not_offered", "refused")

_INVITATIONS = Base.metadata.tables[Invitation.__tablename__]
_OF = _INVITATIONS.c
_THIS = _OF.token_hash == sa.bindparam("token")
_MAY_ANSWER = (
    _THIS,
    _OF.disposition.in_([sa.literal(code) for code in ANSWERABLE]),
    _OF.closed.is_(sa.false()),
    sa.exists().where(Wave.key == _OF.wave_key, Wave.state == "open"),
)
#: of the link itself and of its wave; what was answered counts, whichever ended
_OPEN = sa.and_(Wave.state == "open", _OF.closed.is_(sa.false()))
_FINGERPRINT = (
    sa.select(WaveQuestionnaire.fingerprint)
    .where(WaveQuestionnaire.wave_key == _OF.wave_key, WaveQuestionnaire.survey_key == _OF.audience)
    .scalar_subquery()
)
#: the edition of its region, where that has questions of its own
_REGIONAL = (
    sa.select(RegionalQuestionnaire.fingerprint)
    .where(
        RegionalQuestionnaire.wave_key == _OF.wave_key,
        RegionalQuestionnaire.survey_key == _OF.audience,
        RegionalQuestionnaire.region_key == _OF.region_key,
    )
    .scalar_subquery()
)
_OTHERS = (_OF.wave_key, _OF.region_key, _OF.agency_key, _OF.offer_type, _OF.contact_language)
_MARKED = MARKED.label("marked")
_FEATURES = (_FINGERPRINT, *_OTHERS, _REGIONAL.label("regional"), _MARKED)
_LOOK_UP = Statement(
    sa.select(_OF.disposition, _OPEN, *_FEATURES)
    .join_from(_INVITATIONS, Wave, Wave.key == _OF.wave_key)
    .where(_THIS)
)
_LOOK_UP_AGAIN = Statement(
    sa.select(sa.exists().where(Response.id == sa.bindparam("key")), _OF.disposition, _OPEN)
    .add_columns(*_FEATURES)
    .join_from(_INVITATIONS, Wave, Wave.key == _OF.wave_key)
    .where(_THIS)
)
_REFUSE = Statement(sa.update(_INVITATIONS).where(*_MAY_ANSWER).values(disposition="refused"))

#: marks a link (`token`) as answered if it may be, with just this questionnaire (`fingerprint`): what is
#: asked everywhere, or the edition of its region. Gives a row for `link_of`; whoever runs it stores a
#: response in the same transaction.
_ASKED = sa.bindparam("fingerprint", type_=_OF.wave_key.type)
CLAIM = (
    sa.update(_INVITATIONS)
    .where(*_MAY_ANSWER, sa.or_(_ASKED == _FINGERPRINT, _ASKED == _REGIONAL))
    .values(disposition="answered")
    .returning(_OF.disposition, sa.true().label("wave_open"), _ASKED.label("fingerprint"), *_OTHERS)
    .returning(sa.null().label("regional"), _MARKED)
)


@dataclass(frozen=True)
class Link:
    """The features an answer is counted by and the state of the link; nothing of who holds it.

    `wave_open` also says that the link's own days are not over.
    """

    disposition: str
    wave_open: bool
    fingerprint: str
    wave_key: str
    region_key: str
    agency_key: str
    offer_type: str
    contact_language: str
    regional: str | None = None  # the edition of its region, where that has questions of its own

    @property
    def used(self) -> bool:
        """Whether a response came through it."""
        return self.disposition == "answered"

    @property
    def answerable(self) -> bool:
        """Whether it may still be answered."""
        return self.wave_open and self.disposition in ANSWERABLE


def look_up(engine: sa.Engine, token_hash: str) -> Link | None:
    """What a link stands for; None when there is no such link."""
    with reading(engine) as channel:
        return link_of(channel.first(_LOOK_UP, {"token": token_hash}))


def look_up_again(engine: sa.Engine, token_hash: str, response_key: str) -> tuple[Link | None, bool]:
    """What a link stands for, and whether the response with this key is stored already."""
    with reading(engine) as channel:
        row = channel.first(_LOOK_UP_AGAIN, {"token": token_hash, "key": response_key})
    return (link_of(row[1:]), bool(row[0])) if row else (None, False)


def refuse(engine: sa.Engine, token_hash: str) -> None:
    """Note that someone does not take part; they may still change their mind. Nothing once it is over."""
    with writing(engine) as channel:
        channel.run(_REFUSE, {"token": token_hash})
        channel.commit()


def link_of(row: Sequence[Any] | None) -> Link | None:
    """The link that a row of these statements tells of."""
    if row is None:
        return None
    note_mark(row[-1])
    return Link(*row[:-1])
