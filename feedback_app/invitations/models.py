"""Tables: waves, the versions they ask, who was invited and written to, links that hang somewhere, what was
printed, and who wants to talk in a focus group.

An invitation knows that it was answered, never what: it shares no key, order or time with a response.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id
from feedback_app.questionnaires.loading import OPTIONAL_KEYS
from feedback_app.trajectories.contacts import SEALED
from feedback_app.trajectories.models import Activity, Trajectory

AUDIENCES = ("newcomer", "partner")
WAVE_STATES = ("open", "closed")
OPEN_MODES = ("open", "kiosk")
#: what links that are nobody's own may ask
OPEN_SURVEYS = ("newcomer", *OPTIONAL_KEYS)

#: signs in the code of an open link
CODE_LENGTH = 8

#: What became of an invitation; each is one line of the AAPOR table (see `analysis.rates`).
DISPOSITIONS = (
    "unknown",  # given out, delivery not known
    "delivered",
    "answered",
    "refused",
    "bounced",
    "not_offered",  # their language is not offered
    "not_eligible",
)

SENDING_STEPS = ("first", "reminder1", "reminder2")
#: `whatsapp` is what a colleague sent from their own phone: no channel of ours sends it
SENDING_CHANNELS = ("email", "sms", "whatsapp")
SENDING_STATES = (
    "planned",  # waits for its day, or for the next attempt
    "claimed",  # is being sent; found so after a crash: nobody knows
    "done",  # over: sent, or not needed any more
    "failed",  # refused for good by the other side
    "given_up",  # too late, tried too often, or nowhere to send it to
)
SENDING_OUTCOMES = ("delivered", "bounced", "unknown")


class Wave(Base):
    """One measuring moment: a half-year in which trajectories ended and both sides are asked."""

    __tablename__ = "waves"
    __table_args__ = (
        one_of("state", WAVE_STATES, "state"),
        sa.CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_has_date"),
        sa.CheckConstraint("ends_on > starts_on", name="period_in_order"),
    )

    key: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(10), default="open")
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    questionnaires: Mapped[list["WaveQuestionnaire"]] = relationship(lazy="selectin")

    def fingerprint(self, survey_key: str) -> str:
        """The version this wave asks of a survey; KeyError when it does not ask it."""
        return {one.survey_key: one.fingerprint for one in self.questionnaires}[survey_key]

    @property
    def surveys(self) -> tuple[str, ...]:
        """The questionnaires that this wave's respondents answer: those of both sides, and what was added."""
        asked = {one.survey_key for one in self.questionnaires}
        return (*AUDIENCES, *(key for key in OPTIONAL_KEYS if key in asked))


class RegionalQuestionnaire(Base):
    """Which frozen version of a survey a wave asks in a region with questions of its own.

    The core of it is the version that the wave asks everywhere (`WaveQuestionnaire`).
    """

    __tablename__ = "regional_questionnaires"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    region_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.ForeignKey("questionnaire_versions.fingerprint"))


class WaveQuestionnaire(Base):
    """Which frozen version of a survey a wave asks."""

    __tablename__ = "wave_questionnaires"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.ForeignKey("questionnaire_versions.fingerprint"))


class Invitation(Base):
    """One request to one newcomer (per trajectory) or one partner (per activity); holds the token's hash."""

    __tablename__ = "invitations"
    __table_args__ = (
        one_of("audience", AUDIENCES, "audience"),
        one_of("disposition", DISPOSITIONS, "disposition"),
        sa.CheckConstraint(
            "(audience = 'newcomer' AND trajectory_id IS NOT NULL AND activity_id IS NULL)"
            " OR (audience = 'partner' AND activity_id IS NOT NULL AND trajectory_id IS NULL)",
            name="one_side",
        ),
        sa.Index("ix_invitations_list", "wave_key", "region_key", "audience", "id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"))
    audience: Mapped[str] = mapped_column(sa.String(10))
    trajectory_id: Mapped[str | None] = mapped_column(sa.ForeignKey("trajectories.id"), unique=True)
    activity_id: Mapped[str | None] = mapped_column(sa.ForeignKey("activities.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    region_key: Mapped[str] = mapped_column(sa.String(40))
    agency_key: Mapped[str] = mapped_column(sa.String(40))
    offer_type: Mapped[str] = mapped_column(sa.String(40))
    contact_language: Mapped[str] = mapped_column(sa.String(10))
    disposition: Mapped[str] = mapped_column(sa.String(12), default="unknown")
    #: its days are over (see `timetable`), whatever came of it
    closed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    trajectory: Mapped[Trajectory | None] = relationship()
    activity: Mapped[Activity | None] = relationship()
    wave: Mapped[Wave] = relationship()


class Sending(Base):
    """One message of the timetable: when it is due and how far it is; `key` is what a channel knows it by.

    Its row goes on to `done` on its day also when the invitation was answered meanwhile and nothing was sent,
    and what was tried is wiped then (see `sending.forget_answered`): no row tells when somebody answered.
    `next_attempt_at` is the one moment in it, and only while something has to be tried again. No foreign key:
    the shuffle takes invitations out and puts them back.
    """

    __tablename__ = "sendings"
    __table_args__ = (
        one_of("step", SENDING_STEPS, "step"),
        one_of("channel", SENDING_CHANNELS, "channel"),
        one_of("state", SENDING_STATES, "state"),
        one_of("outcome", ("", *SENDING_OUTCOMES), "outcome"),
        sa.CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        sa.CheckConstraint("next_attempt_at IS NULL OR state = 'planned'", name="retries_are_planned"),
        {"sqlite_with_rowid": False},
    )

    invitation_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True)
    channel: Mapped[str] = mapped_column(sa.String(8))
    due_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(sa.String(8), default="planned")
    bundled: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(sa.String(10), default="")


class AskedContact(Base):
    """When an offer partner's address was last written to; only its keyed hash."""

    __tablename__ = "asked_contacts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    contact_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    asked_on: Mapped[date]


class SendingPause(Base):
    """While its one row is there, nothing is sent."""

    __tablename__ = "sending_pauses"
    __table_args__ = (sa.CheckConstraint("scope = 'all'", name="one_row"), {"sqlite_with_rowid": False})

    scope: Mapped[str] = mapped_column(sa.String(3), primary_key=True, default="all")
    since_on: Mapped[date]


class OpenLink(Base):
    """A link that is nobody's own: on a poster (open) or on a tablet in a room (kiosk).

    Whoever opens it answers one questionnaire for newcomers in the newest open wave that asks it. A response
    keeps the link's groups, never its code.
    """

    __tablename__ = "open_links"
    __table_args__ = (
        one_of("mode", OPEN_MODES, "mode"),
        one_of("survey_key", OPEN_SURVEYS, "survey_key"),
        sa.CheckConstraint(f"length(code) = {CODE_LENGTH} AND code = upper(code)", name="code_form"),
        sa.CheckConstraint("label <> ''", name="has_label"),
        {"sqlite_with_rowid": False},
    )

    code: Mapped[str] = mapped_column(sa.String(CODE_LENGTH), primary_key=True)
    mode: Mapped[str] = mapped_column(sa.String(10))
    survey_key: Mapped[str] = mapped_column(
        sa.String(40), default=OPEN_SURVEYS[0], server_default=sa.text(f"'{OPEN_SURVEYS[0]}'")
    )
    region_key: Mapped[str] = mapped_column(sa.String(40))
    agency_key: Mapped[str] = mapped_column(sa.String(40))
    offer_type: Mapped[str] = mapped_column(sa.String(40))
    label: Mapped[str] = mapped_column(sa.String(80))
    active: Mapped[bool] = mapped_column(default=True)
    made_on: Mapped[date]


class PosterPrint(Base):
    """The latest PDF of an open link's sheet in one main language, or ("") in all of them."""

    __tablename__ = "poster_prints"

    code: Mapped[str] = mapped_column(sa.ForeignKey("open_links.code"), primary_key=True)
    language: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    pdf: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))


class FocusContact(Base):
    """Somebody who wants to talk in a focus group: where to reach them, and nothing that leads to an answer.

    The key is derived from the sealed contact, so that who leaves it twice stands there once; the day is not
    kept, only the month.
    """

    __tablename__ = "focus_contacts"
    __table_args__ = (
        sa.CheckConstraint("length(month) = 7", name="month_form"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    region_key: Mapped[str] = mapped_column(sa.String(40), index=True)
    contact_language: Mapped[str] = mapped_column(sa.String(10))
    contact_sealed: Mapped[str] = mapped_column(sa.Text, info=SEALED)
    month: Mapped[str] = mapped_column(sa.String(7))


class CardPrint(Base):
    """Cards that were printed to a PDF, until it is fetched or a day has passed.

    It holds links that are stored nowhere else, so it is sealed: a copy of the database opens none of them.
    """

    __tablename__ = "card_prints"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"))
    region_key: Mapped[str] = mapped_column(sa.String(40))  # "": all of them
    account_id: Mapped[str] = mapped_column(sa.String(32))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    sealed: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))
