"""Loading example data: people, three waves answered, two of them closed, signals; marked before all else."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.close import close_wave
from feedback_app.database import Base, in_chunks, today
from feedback_app.example.colleagues import add_colleagues
from feedback_app.example.draw import identifier, stream
from feedback_app.example.fiches import Desk, write_signals
from feedback_app.example.inspiration import write_practices
from feedback_app.example.people import People, Period, make_people
from feedback_app.example.regional import add_regional_question
from feedback_app.example.respond import Round, Staff, answer_later, answer_wave
from feedback_app.example.texts import load_remarks
from feedback_app.example.told import translate_told
from feedback_app.invitations.models import CODE_LENGTH, OPEN_MODES, Invitation, OpenLink, Wave
from feedback_app.invitations.open_links import ALPHABET
from feedback_app.invitations.waves import open_wave, parse_period
from feedback_app.jobs import Progress
from feedback_app.questionnaires.loading import load_codes
from feedback_app.regions import region_names
from feedback_app.remarks.models import Worry
from feedback_app.remarks.words import load_words
from feedback_app.responses.models import Response
from feedback_app.settings import Settings
from feedback_app.signals.models import Signal
from feedback_app.staff.accounts import Passwords
from feedback_app.staff.models import Account
from feedback_app.trajectories.models import Activity, ImportBatch, Partner, Trajectory
from feedback_app.web.marking import LOADING, WHOLE, example_state, mark_example

#: how trajectories spread over the older closed, the newer closed and the open half-year
_SHARES = (0.36, 0.38)
#: fewer could not give each region one in each wave
FEWEST = 75

#: none of these may hold a row when example data comes in
_EMPTY: tuple[type[Base], ...] = (Account, Partner, Trajectory, Wave, Invitation, OpenLink, Response, Signal)
_CLOSES_AFTER = timedelta(days=28)


class ExampleRefused(Exception):
    """Example data cannot be loaded here; the message says why and what to do."""


@dataclass(frozen=True)
class Loaded:
    """What was made: keys of the waves from old to new, and how many of what."""

    waves: tuple[str, ...]
    partners: int
    trajectories: int
    activities: int
    responses: int
    signals: int


def load_example(
    session: Session,
    settings: Settings,
    way: Passwords,
    *,
    trajectories: int,
    seed: int,
    day: date | None = None,
    progress: Progress = lambda done, total, message: None,
) -> Loaded:
    """Fill an empty database with example data; the same on the same day for the same number and seed.

    `day` stands for today: its half-year is the open wave, the two before it are closed. Commits as it
    goes; what is left when it breaks off is marked as `loading`. Raises ExampleRefused.
    """
    day = day or today()
    _refuse(session, trajectories)
    mark_example(session, LOADING)
    progress(0, 9, "Voorbeeldaccounts")
    accounts = add_colleagues(session, way, settings)
    progress(1, 9, "Voorbeeldtrajecten")
    periods = tuple(periods_of(day, trajectories))
    people = make_people(stream(seed, "people"), settings, periods, day)
    _store(session, people, periods)
    _hang(session, settings, seed, periods[-1].starts_on)
    staff = Staff(accounts["analist"].id, accounts["vrijgever"].id, decides=accounts["redacteur"].id)
    responses = 0
    for number, period in enumerate(periods):
        progress(2 + 2 * number, 9, "Voorbeeldantwoorden")
        responses += _ask(session, settings, periods, number, seed, staff)
        if number < len(periods) - 1:
            progress(3 + 2 * number, 9, "Meetmoment sluiten")
            _close(session, settings, period.key, day)
    progress(7, 9, "Voorbeeldsignalen")
    closed = {name: session.get_one(Wave, periods[nth].key) for nth, name in enumerate(("older", "newer"))}
    signals = _write_down(session, Desk(accounts, closed, day))
    mark_example(session, WHOLE)
    progress(9, 9, "Klaar")
    numbers = (len(people.partners), len(people.trajectories), len(people.activities))
    return Loaded(tuple(period.key for period in periods), *numbers, responses, signals)


def _refuse(session: Session, trajectories: int) -> None:
    """Raise ExampleRefused for too few, or when there is data already: example and real are never mixed."""
    if trajectories < FEWEST:
        raise ExampleRefused(f"give at least {FEWEST} trajectories, so that every region has some")
    state = example_state(session)
    if state == WHOLE:
        raise ExampleRefused("this database holds example data already; start with an empty one for more")
    if state == LOADING:
        raise ExampleRefused("loading example data was broken off here; start again with an empty database")
    for model in _EMPTY:
        if session.scalar(sa.select(sa.literal(1)).select_from(model).limit(1)):
            name = model.__tablename__
            raise ExampleRefused(
                f"this database holds data that is no example ({name}), and the two are never mixed; "
                "give an empty one with FEEDBACK_DATABASE_URL or another folder with FEEDBACK_INSTANCE_DIR"
            )


def periods_of(day: date, trajectories: int) -> Iterator[Period]:
    """The two half-years before the one of `day`, and that one as far as it has come."""
    half = day.year * 2 + (day.month > 6)
    older, newer = (round(trajectories * share) for share in _SHARES)
    for number, count in ((half - 2, older), (half - 1, newer), (half, trajectories - older - newer)):
        key = f"{number // 2}-H{number % 2 + 1}"
        starts_on, ends_on = parse_period(key)
        yield Period(key, starts_on, min(day, ends_on), count)


def _store(session: Session, people: People, periods: tuple[Period, ...]) -> None:
    """Write the people, with the imports they would have come from."""
    for period in periods:
        first, last = period.starts_on, period.last_day
        mine = {one["id"] for one in people.trajectories if first <= one["ended_on"] <= last}
        number = sum(1 for one in people.activities if one["trajectory_id"] in mine)
        session.add(_batch(period, len(mine), number))
    tables: tuple[tuple[type[Base], list[dict[str, object]]], ...] = (
        (Partner, people.partners),
        (Trajectory, people.trajectories),
        (Activity, people.activities),
    )
    for model, rows in tables:
        for chunk in in_chunks(sorted(rows, key=lambda row: str(row["id"])), 5000):
            session.execute(sa.insert(model), list(chunk))
    session.commit()


def _write_down(session: Session, desk: Desk) -> int:
    """What colleagues raise, tell back, and the practices that some of it became; how many signals."""
    signals = write_signals(session, desk)
    translate_told(session, desk.accounts, signals)
    write_practices(session, desk)
    return len(signals)


def _hang(session: Session, settings: Settings, seed: int, day: date) -> None:
    """One poster and one tablet, in some region, and a link to ask some months later with."""
    rng, codes = stream(seed, "open links"), load_codes(settings.surveys_dir)
    for mode in OPEN_MODES:
        session.add(
            OpenLink(
                code="".join(rng.choices(ALPHABET, k=CODE_LENGTH)),
                mode=mode,
                region_key=rng.choice(list(region_names(settings.surveys_dir))),
                agency_key=codes.agencies[0].key,
                offer_type=rng.choice(codes.offer_types).key,
                label="Voorbeeldbibliotheek, leeszaal" if mode == "open" else "Voorbeeldloket, onthaal",
                made_on=day,
            )
        )
    later = {"mode": "open", "survey_key": "impact", "agency_key": codes.agencies[0].key}
    session.add(
        OpenLink(
            code="".join(rng.choices(ALPHABET, k=CODE_LENGTH)),
            region_key=rng.choice(list(region_names(settings.surveys_dir))),
            offer_type="combinatie",
            label="Voorbeeldbrief, enkele maanden later",
            made_on=day,
            **later,
        )
    )
    session.commit()


def _batch(period: Period, trajectories: int, activities: int) -> ImportBatch:
    name = f"voorbeeld-{period.key}.csv"
    return ImportBatch(
        id=identifier(stream(0, name)),
        file_name=name,
        file_hash=hashlib.sha256(name.encode()).hexdigest(),
        rows=activities,
        trajectories=trajectories,
        activities=activities,
        known=0,
        refused=0,
    )


def _ask(
    session: Session, settings: Settings, periods: tuple[Period, ...], number: int, seed: int, staff: Staff
) -> int:
    """Open a wave and let it be answered, from the second on also by who came before; how many responses."""
    period, later = periods[number], number > 0
    if number == len(_SHARES):  # the wave that stays open
        add_regional_question(session, settings, seed, period.starts_on)
    wave = open_wave(session, settings, period.key, day=period.starts_on, impact=later)
    words = load_words(settings.surveys_dir)
    one = Round(wave, number, period.last_day, seed, load_remarks(), staff, words)
    if not one.moderated:
        _worry(session, period, staff)
    answers = answer_wave(session, one)
    return answers + (answer_later(session, one, periods[number - 1].key) if later else 0)


def _worry(session: Session, period: Period, staff: Staff) -> None:
    """One remark about somebody's safety, for the person of trust to find."""
    session.add(
        Worry(
            wave_key=period.key,
            survey_key="newcomer",
            item_key="remark",
            locale="en",
            region_key="limburg",
            month=f"{period.last_day:%Y-%m}",
            text="Example, made up: someone in my house hits me. I do not know where to go.",
            reason="abuse",
            note="Voorbeeld: dit las ik vandaag tussen de nieuwe opmerkingen.",
            raised_by=staff.proposes,
        )
    )
    session.commit()


def _close(session: Session, settings: Settings, wave_key: str, day: date) -> None:
    """Close as always, then date it when it would have been closed."""
    close_wave(session, settings, wave_key, lambda done, total, message: None)
    wave = session.get_one(Wave, wave_key)
    wave.closed_on = min(day, wave.ends_on + _CLOSES_AFTER)
    session.commit()
