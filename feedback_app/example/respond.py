"""What became of an example wave's invitations, and the responses to them, written in one go.

Uses the rules of `responses.collect` for what counts as an answer; only the writing is in bulk.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.example.answers import Situation, choose
from feedback_app.example.draw import Stream, client_id, identifier, one_of, stream
from feedback_app.example.texts import Remarks, RemarkText
from feedback_app.invitations.models import AUDIENCES, Invitation, Wave
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.versions import Version, load_version
from feedback_app.remarks.personal import find_personal
from feedback_app.remarks.redact import redact
from feedback_app.remarks.twice import as_stored, coded_twice
from feedback_app.remarks.words import Words
from feedback_app.responses.collect import answers_of, is_complete, iso_week, response_key
from feedback_app.responses.models import Remark, RemarkCoding, RemarkTheme, Response
from feedback_app.trajectories.models import Activity, Trajectory

OUTCOMES = {
    "newcomer": {
        "answered": 35,
        "delivered": 48,
        "bounced": 7,
        "unknown": 5,
        "refused": 4,
        "not_eligible": 1,
    },
    "partner": {"answered": 60, "delivered": 34, "bounced": 3, "unknown": 2, "refused": 1},
}
MODES = {
    "newcomer": {"phone": 84, "assisted": 9, "paper": 7},
    "partner": {"phone": 95, "paper": 5},
}
#: answers at a kiosk, beside those to invitations
_AT_KIOSK = 0.04
#: who reads their language on the page answers in Dutch now and then; who does not, in English now and then
_IN_DUTCH, _IN_ENGLISH = 0.12, 0.2
_IN_FRENCH = 0.3  # partners in Brussels
#: some months later a few regions ask; there so many of who was invited once answer, by these doors
_ASKING_REGIONS, _LATER = 5, 0.6
_DOORS = {"open": 82, "kiosk": 10, "paper": 8}
#: a share of those whose language is not offered could not take part at all
_NOT_OFFERED = 0.2
_REMARKS = {"newcomer": 0.42, "partner": 0.34}
_CODED = 0.8
#: of what two colleagues code they agree on so much; every so many by their length waits for the second
_AGREED, _WAITING = 0.85, 7
#: in the open wave the youngest invitations are not all answered yet
_DAYS_TO_ANSWER = 14


@dataclass
class _Rows:
    """What is to be written."""

    dispositions: list[dict[str, str]] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    themes: list[dict[str, str]] = field(default_factory=list)
    codings: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Staff:
    """Who moderates the remarks: one proposes quotes, another releases them, a third decides between them."""

    proposes: str
    releases: str
    decides: str


@dataclass(frozen=True)
class Round:
    """One wave to be answered: `number` 0 and 1 are closed afterwards, 2 stays open; up to `day`."""

    wave: Wave
    number: int
    day: date
    seed: int
    remarks: Remarks
    staff: Staff
    words: Mapping[str, Words]

    @property
    def moderated(self) -> bool:
        """Whether colleagues have read the remarks already."""
        return self.number < 2


def answer_wave(session: Session, one: Round) -> int:
    """Give every invitation of an open wave its outcome and its response; how many responses. Commits."""
    rows = _Rows()
    for audience in AUDIENCES:
        version = load_version(session, one.wave.fingerprint(audience))
        rng = stream(one.seed, f"{one.wave.key}:{audience}")
        for invited in _invited(session, one.wave.key, audience):
            _answer(rng, one, version, invited, rows)
    _quote(stream(one.seed, f"{one.wave.key}:quotes"), one, rows)
    _write(session, rows)
    session.commit()
    return len(rows.responses)


def answer_later(session: Session, one: Round, earlier: str) -> int:
    """Let newcomers of an earlier wave in the largest regions say now how things are; how many. Commits.

    Without a remark: what people write is about the activity itself.
    """
    rows = _Rows()
    version = load_version(session, one.wave.fingerprint("impact"))
    rng = stream(one.seed, f"{one.wave.key}:impact")

    def some_day() -> date:
        return one.wave.starts_on + timedelta(rng.randrange((one.day - one.wave.starts_on).days + 1))

    before = _invited(session, earlier, "newcomer")
    sizes = Counter(about.region_key for about in before)
    asking = sorted(sizes, key=lambda key: (-sizes[key], key))[:_ASKING_REGIONS]
    for about in before:
        locale, answers = _locale(rng, "newcomer", about, version), rng.random() < _LATER
        if answers and about.region_key in asking:
            _fill_in(rng, one, version, about, one_of(rng, _DOORS), locale, rows, some_day)
    _write(session, rows)
    session.commit()
    return len(rows.responses)


def _invited(session: Session, wave_key: str, audience: str) -> list[Any]:
    """Invitations in an order that is the same each time; their own keys are random."""
    about = sa.func.coalesce(Invitation.trajectory_id, Invitation.activity_id).label("about")
    query = (
        sa.select(
            Invitation.id,
            Invitation.region_key,
            Invitation.agency_key,
            Invitation.offer_type,
            Invitation.contact_language,
            Trajectory.imported_on,
        )
        .outerjoin(Activity, Activity.id == Invitation.activity_id)
        .join(Trajectory, Trajectory.id == sa.func.coalesce(Invitation.trajectory_id, Activity.trajectory_id))
        .where(Invitation.wave_key == wave_key, Invitation.audience == audience)
        .order_by(about)
    )
    return list(session.execute(query))


def _answer(rng: Stream, one: Round, version: Version, invited: Any, rows: _Rows) -> None:
    audience = version.survey.audience
    outcome = rng.evenly(("outcome", invited.region_key), OUTCOMES[audience])
    unread, late = rng.random() < _NOT_OFFERED, rng.random()
    if invited.contact_language not in version.languages and unread and outcome == "delivered":
        outcome = "not_offered"
    if not one.moderated and outcome == "answered":
        waited = (one.day - invited.imported_on).days
        outcome = "answered" if late < waited / _DAYS_TO_ANSWER else "delivered"
    rows.dispositions.append({"id": invited.id, "disposition": outcome})
    locale = _locale(rng, audience, invited, version)
    if outcome == "answered":
        _respond(rng, one, version, invited, one_of(rng, MODES[audience]), locale, rows)
    if audience == "newcomer" and rng.random() < _AT_KIOSK * OUTCOMES[audience]["answered"] / 100:
        _respond(rng, one, version, invited, "kiosk", locale, rows)


def _locale(rng: Stream, audience: str, invited: Any, version: Version) -> str:
    """The language in which someone answers: always one that is offered. Draws the same whatever is."""
    draw = rng.random()
    if audience == "partner":
        wanted = "fr" if invited.region_key == "brussel" and draw < _IN_FRENCH else SOURCE
    elif invited.contact_language in version.languages:
        wanted = SOURCE if draw < _IN_DUTCH else invited.contact_language
    else:
        wanted = "en" if draw < _IN_ENGLISH else SOURCE
    return wanted if wanted in version.languages else SOURCE


def _respond(
    rng: Stream, one: Round, version: Version, invited: Any, mode: str, locale: str, rows: _Rows
) -> None:
    def given_on() -> date:
        imported_on: date = invited.imported_on
        return min(one.day, imported_on + timedelta(rng.randint(2, 20)))

    _fill_in(rng, one, version, invited, mode, locale, rows, given_on)
    if rng.random() < _REMARKS[version.survey.audience]:
        _remark(rng, one, version.survey.key, invited.region_key, locale, rows)


def _fill_in(
    rng: Stream,
    one: Round,
    version: Version,
    invited: Any,
    mode: str,
    locale: str,
    rows: _Rows,
    given_on: Callable[[], date],
) -> None:
    survey = version.survey
    situation = Situation(survey.key, one.number, invited.region_key, invited.offer_type)
    answers = answers_of(survey, choose(rng, survey, situation))
    key = response_key(client_id(rng))
    rows.responses.append(
        {
            "id": key,
            "wave_key": one.wave.key,
            "survey_key": survey.key,
            "fingerprint": version.fingerprint,
            "mode": mode,
            "region_key": invited.region_key,
            "agency_key": invited.agency_key,
            "offer_type": invited.offer_type,
            "locale": locale,
            "week": iso_week(given_on()),
            "complete": is_complete(survey, answers),
            "answers": answers,
        }
    )


def _remark(rng: Stream, one: Round, survey_key: str, region: str, locale: str, rows: _Rows) -> None:
    written = one.remarks[survey_key]
    if locale not in written:
        locale = SOURCE
    text = rng.choice(written[locale])
    read = one.moderated and rng.random() < _CODED
    remark_id = identifier(rng)
    row = {
        "id": remark_id,
        "wave_key": one.wave.key,
        "survey_key": survey_key,
        "item_key": "remark",
        "locale": locale,
        "region_key": region,
        "month": f"{one.day:%Y-%m}",
        "quote_state": "none",
        "proposed_by": None,
        "released_by": None,
        **_as_looked_at(one, text, locale, read, coded_twice(remark_id)),
    }
    rows.remarks.append(row)
    if read and row["twice"]:
        rows.codings += _two_codings(rng, one, remark_id, text.themes, row["state"])
    if row["state"] == "coded":
        rows.themes += [{"remark_id": remark_id, "theme_key": theme} for theme in text.themes]


def _as_looked_at(one: Round, text: RemarkText, locale: str, read: bool, twice: bool) -> dict[str, Any]:
    """What a colleague made of a remark: what is left of it, its Dutch; some still wait for a second one."""
    if not read:
        blank = dict.fromkeys(("redacted", "language", "translation", "translated", "quote"), "")
        return {"text": text.text, "state": "new", "waits_for": "first", "twice": False, **blank}
    waits = twice and len(text.text) % _WAITING == 0
    state = "coded" if text.themes else "dismissed"
    translated = locale != SOURCE and text.dutch
    return {
        "text": "",
        "redacted": redact(text.text, find_personal(text.text, one.words.get(locale))),
        "language": locale,
        "translation": text.dutch if translated else "",
        "translated": "human" if translated else "",
        "state": "new" if waits else state,
        "waits_for": "second" if waits else "first",
        "twice": twice,
        "quote": text.quotable if state == "coded" and not waits else "",
    }


def _two_codings(
    rng: Stream, one: Round, remark_id: str, themes: tuple[str, ...], state: str
) -> Iterator[dict[str, str]]:
    """What two colleagues chose: the same, or now and then one theme less, and then a third decided."""
    own = as_stored(themes)
    other = own if rng.random() < _AGREED else as_stored(themes[:-1])
    said = [("first", one.staff.proposes, own)]
    if state != "new":
        said.append(("second", one.staff.releases, other))
        said += [("third", one.staff.decides, own)] if other != own else []
    for position, account, listed in said:
        yield {"remark_id": remark_id, "position": position, "account_id": account, "themes": listed}


def _quote(rng: Stream, one: Round, rows: _Rows) -> None:
    """Release a few of the coded remarks, no text twice, and propose a few more."""
    coded = {row["quote"]: row for row in rows.remarks if row["state"] == "coded"}
    picked = rng.sample(list(coded.values()), min(9, len(coded)))
    for row in rows.remarks:
        if row not in picked:
            row["quote"] = ""
    for nth, row in enumerate(picked):
        released = nth < 6
        row["proposed_by"] = one.staff.proposes
        row["quote_state"] = "released" if released else "proposed"
        row["released_by"] = one.staff.releases if released else None


def _write(session: Session, rows: _Rows) -> None:
    """Insert by key, so that not even example rows stand in the order of the invitations."""
    for chunk in in_chunks(rows.dispositions, 5000):
        session.execute(sa.update(Invitation), list(chunk))
    for model, keys, values in _tables(rows):
        ordered = sorted(values, key=lambda row: [row[key] for key in keys])
        for chunk in in_chunks(ordered, 5000):
            session.execute(sa.insert(model), list(chunk))


def _tables(rows: _Rows) -> Iterator[tuple[Any, tuple[str, ...], list[dict[str, Any]]]]:
    yield Response, ("id",), rows.responses
    yield Remark, ("id",), rows.remarks
    yield RemarkTheme, ("remark_id", "theme_key"), rows.themes
    yield RemarkCoding, ("remark_id", "position"), rows.codings
