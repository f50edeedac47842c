"""A database in use: a row in every table that has none yet, and what a way back has no place for."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.invitations.models import OpenLink, PosterPrint, RegionalQuestionnaire, WaveQuestionnaire
from feedback_app.questionnaires.models import QuestionnaireVersion, VersionTexts
from feedback_app.responses.models import Remark, Response
from feedback_app.signals.models import Signal, SignalEvent
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.trajectories.models import Activity, Partner, Trajectory

DAY = date(2026, 9, 1)
_PLAIN: dict[type, Any] = {
    str: "x",
    int: 1,
    bool: False,
    date: DAY,
    datetime: datetime(2026, 9, 1, 12, tzinfo=UTC),
    bytes: b"%PDF",
    object: {},  # JSON
}
_TAKEN_IN: dict[str, Any] = {
    "started_on": DAY,
    "imported_on": DAY,
    "offer_source": "gemeente",
    "contact_language": "nl",
}
#: where a plain value is none that the table takes
_GIVEN: dict[str, dict[str, Any]] = {
    "channel_paces": {"channel": "sms"},
    "sending_pauses": {"scope": "all"},
    "focus_contacts": {"month": "2026-09"},
    "regional_items": {"survey_key": "partner", "region_key": "gent"},
    "regional_item_events": {"state": "proposed"},
    "sendings": {"step": "first", "channel": "whatsapp", "state": "done"},
    "api_tokens": {"token_hash": "0" * 64, "role": "vertrouwenspersoon", "scopes": []},
    "import_upload_pieces": {"kind": "rows"},
    "subscriptions": {"rhythm": "weekly"},
    "worries": {"reason": "other"},
    "written_states": {"domain": "surveys", "state": "", "served_state": ""},
    "written_texts": {"domain": "surveys"},
    "remark_codings": {"position": "first"},
    "pattern_tests": {"verdict": "sterk"},
    "signal_checks": {"criterion": "spread"},
    "signal_reminders": {"step": "overdue"},
}


def use(session: Session) -> None:
    """Let every table hold something; commits."""
    record(session, "wave.opened", account=None)
    _what_is_lost(session)
    session.commit()
    for table in Base.metadata.sorted_tables:
        if session.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None:
            session.execute(table.insert().values(_row(session, table) | _GIVEN.get(table.name, {})))
    session.commit()


def _row(session: Session, table: sa.Table) -> dict[str, Any]:
    """A value for every column that needs one: the first key of what it points at, else something plain."""
    values = {}
    for column in table.columns:
        pointed = next(iter(column.foreign_keys), None)
        if pointed is not None and (column.primary_key or not column.nullable):
            values[column.name] = session.scalar(sa.select(sa.func.min(pointed.column)))
        elif not (column.nullable or column.default is not None or column.server_default is not None):
            values[column.name] = _PLAIN[_kind(column).python_type]
    return values


def _kind(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    """What a column holds, under types of our own too."""
    return column.type.impl if isinstance(column.type, sa.types.TypeDecorator) else column.type


def _what_is_lost(session: Session) -> None:
    """What the way back loses or changes: see `losses`."""
    _regional_question(session)
    running = Trajectory(
        ref_hash="r" * 64, agency_key="agii", region_key="gent", outcome="running", **_TAKEN_IN
    )
    organisation = session.scalars(sa.select(Partner).order_by(Partner.id)).first()
    running.activities.append(Activity(partner=organisation, offer_type="buddy"))
    trusted = Account(email="v@voorbeeld.example", password_hash="", role="vertrouwenspersoon")
    session.add_all((running, trusted))
    remark = session.scalars(sa.select(Remark).where(Remark.text != "")).first()
    signal = session.scalars(sa.select(Signal).order_by(Signal.id)).first()
    assert remark and signal
    remark.text, remark.redacted = "", "[NAAM] hielp"
    session.add(SignalEvent(signal_id=signal.id, kind="tested", state=signal.state))
    place = {
        "mode": "open",
        "region_key": "gent",
        "agency_key": "agii",
        "offer_type": "buddy",
        "made_on": DAY,
    }
    for code, survey in (("ABCDEFGH", "newcomer"), ("HGFEDCBA", "impact")):
        session.add(OpenLink(code=code, survey_key=survey, label="Voorbeeldbibliotheek", **place))
        session.flush()
        session.add(PosterPrint(code=code, language="", pdf=b"%PDF"))
    session.flush()


def _regional_question(session: Session) -> None:
    """One region's version of the open wave, with an item of its own that somebody answered."""
    asked = session.scalars(sa.select(WaveQuestionnaire).where(WaveQuestionnaire.survey_key == "newcomer"))
    core = max(asked, key=lambda one: one.wave_key)
    definition = session.get_one(QuestionnaireVersion, core.fingerprint).definition
    items = [*definition["survey"]["items"], {"key": "gent_bus", "region": "gent"}]
    own = {"fingerprint": "f" * 64, "survey_key": "newcomer", "frozen_on": DAY}
    survey = definition["survey"] | {"items": items}
    session.add(QuestionnaireVersion(definition=definition | {"survey": survey}, **own))
    session.flush()
    texts = {
        "fingerprint": "f" * 64,
        "locale": "nl",
        "texts": {},
        "frozen_on": DAY,
        "review_state": "reviewed",
    }
    session.add(VersionTexts(**texts))
    where = {"wave_key": core.wave_key, "survey_key": "newcomer", "region_key": "gent"}
    session.add(RegionalQuestionnaire(fingerprint="f" * 64, **where))
    given = {"experience": ("4",), "gent_bus": ("easy",)}
    more = {"mode": "phone", "agency_key": "agii", "offer_type": "buddy", "locale": "nl", "week": "2026-W36"}
    session.add(Response(id="e" * 32, fingerprint="f" * 64, complete=True, answers=given, **where, **more))
