"""Taking in files, on both databases: all or nothing, nothing twice, every refusal with row and reason."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import tune_sqlite
from feedback_app.invitations.opt_out import opt_out
from feedback_app.trajectories.contacts import unseal
from feedback_app.trajectories.intake import Intake, take_in
from feedback_app.trajectories.models import Activity, ImportBatch, Partner, Trajectory
from feedback_app.trajectories.reading import FileRefused
from tests.databases import CONTACT_KEY
from tests.exports import SHARED, around, default_mapping, example_settings, export

DAY = date(2026, 9, 1)
TABLES = (Trajectory, Activity, Partner, ImportBatch)


@contextmanager
def connected(url: str) -> Iterator[Session]:
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        tune_sqlite(engine)
    with around().app_context(), Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def session(migrated_url: str) -> Iterator[Session]:
    with connected(migrated_url) as session:
        yield session


@pytest.fixture
def empty(module_migrated_url: str) -> Iterator[Session]:
    """For dry runs only: one database for the whole file, which stays empty."""
    with connected(module_migrated_url) as session:
        yield session
        assert counted(session) == [0, 0, 0, 0]


def read(session: Session, data: bytes, **options: object) -> Intake:
    options = {"day": DAY, **options}
    return take_in(session, example_settings(), data, "voorbeeld.csv", default_mapping(), **options)  # type: ignore[arg-type]


def counted(session: Session) -> list[int | None]:
    return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in TABLES]


def reasons(intake: Intake) -> dict[int, list[str]]:
    return {one.row: sorted(fault.code for fault in one.faults) for one in intake.refused}


def day(text: str) -> date:
    return date(*reversed([int(part) for part in text.split("/")]))


def expected_of_the_example() -> tuple[dict[int, list[str]], list[dict[str, str]]]:
    """Faults by row, and the good rows without repeats, worked out from the file without our code."""
    lines = SHARED.read_bytes().decode("cp1252").splitlines()
    faults: dict[int, list[str]] = {}
    good: dict[tuple[str, ...], dict[str, str]] = {}
    for number, row in enumerate(csv.DictReader(lines, delimiter=";"), start=2):
        start, end = day(row["Start traject"]), day(row["Einde traject"])
        wrong = {
            "national_number": row["Dossiernummer"].isdecimal() and len(row["Dossiernummer"]) == 11,
            "dates_out_of_order": end < start,
            "unknown_language": row["Contacttaal"] == "Klingon",
            "unknown_offer_type": row["Soort activiteit"] == "Ruimtereis",
        }
        if any(wrong.values()):
            faults[number] = [code for code, there in wrong.items() if there]
        else:
            good.setdefault(tuple(row.values()), row)
    return faults, list(good.values())


def test_the_example_export_comes_in_right_and_every_planted_fault_is_told(session: Session) -> None:
    faults, good = expected_of_the_example()
    assert Counter(code for codes in faults.values() for code in codes) == {
        "national_number": 8,
        "dates_out_of_order": 8,
        "unknown_language": 5,
        "unknown_offer_type": 3,
    }
    intake = read(session, SHARED.read_bytes())
    assert reasons(intake) == faults
    assert (intake.encoding, intake.delimiter, intake.rows) == ("cp1252", ";", 293)
    dossiers = {row["Dossiernummer"] for row in good}
    partners = {row["Organisatie"] for row in good}
    assert (intake.trajectories, intake.activities, intake.known) == (len(dossiers), len(good), 16)
    assert (len(dossiers), len(good)) == (216, 253)
    assert counted(session) == [len(dossiers), len(good), len(partners), 1]


def test_what_is_stored_is_what_the_file_says(session: Session) -> None:
    _faults, good = expected_of_the_example()
    read(session, SHARED.read_bytes())
    expected = Counter(
        (
            row["Regio"],
            day(row["Start traject"]),
            day(row["Einde traject"]),
            float(row["Aantal uren"].replace(",", ".")),
            {"Voltooid": "completed", "Stopgezet": "stopped"}[row["Resultaat"]],
            row["Organisatie"],
            row["KBO-nummer"].replace(".", ""),
            *(
                ("".join(sign for sign in row["Gsm"] if sign.isdecimal())[-9:], row["E-mail"])
                if row["Resultaat"] == "Voltooid"
                else ("", "")  # nobody writes to who stopped
            ),
        )
        for row in good
    )
    with (example_settings().surveys_dir / "regions.csv").open(encoding="utf-8") as lines:
        names = {row["key"]: row["name"] for row in csv.DictReader(lines)}
    stored = Counter(
        (
            names[one.trajectory.region_key],
            one.trajectory.started_on,
            one.trajectory.ended_on,
            float(one.trajectory.hours),
            one.trajectory.outcome,
            one.partner.name,
            one.partner.kbo,
            (unseal((CONTACT_KEY,), one.trajectory.phone_sealed) or "")[-9:],
            unseal((CONTACT_KEY,), one.trajectory.email_sealed) or "",
        )
        for one in session.scalars(sa.select(Activity))
    )
    assert stored == expected


def test_the_same_file_twice_doubles_nothing(session: Session) -> None:
    first = read(session, SHARED.read_bytes())
    before = counted(session)
    again = read(session, SHARED.read_bytes())
    assert (again.trajectories, again.activities, again.partners) == (0, 0, 0)
    assert again.known == first.activities + first.known
    assert reasons(again) == reasons(first)
    assert counted(session) == [*before[:3], 2]


def test_a_dry_run_tells_the_same_and_stores_nothing(session: Session) -> None:
    told = read(session, SHARED.read_bytes(), dry_run=True)
    assert counted(session) == [0, 0, 0, 0]
    done = read(session, SHARED.read_bytes())
    assert {**told.as_dict(), "dry_run": False} == done.as_dict()


def test_no_file_number_contact_or_national_number_is_readable_anywhere(session: Session) -> None:
    intake = read(session, SHARED.read_bytes())
    stored = [
        str(tuple(row))
        for table in sa.inspect(session.get_bind()).get_table_names()
        for row in session.execute(sa.text(f'SELECT * FROM "{table}"'))
    ]
    told = json.dumps(intake.as_dict(), ensure_ascii=False)
    lines = SHARED.read_bytes().decode("cp1252").splitlines()
    for row in csv.DictReader(lines, delimiter=";"):
        for secret in filter(None, (row["Dossiernummer"], row["E-mail"], row["Gsm"])):
            assert not any(secret in one for one in stored)
            assert secret not in told


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"Organisatie": "Voorbeeld 85.07.30-004.57"}, ["national_number"]),
        ({"E-mail": "85073000457@voorbeeld.example"}, ["national_number"]),
        ({"Gsm": "85073000457"}, ["national_number"]),
        ({"Opmerking": "zie 85 07 30 004 57"}, ["national_number"]),
        ({"Agentschap": "Elders"}, ["unknown_agency"]),
        ({"Regio": "Atlantis"}, ["unknown_region"]),
        ({"Regio": "", "NIS-code": "99001"}, ["unknown_region"]),
        ({"Regio": "", "NIS-code": ""}, ["missing"]),
        ({"Bron": "horen zeggen"}, ["unknown_offer_source"]),
        ({"Resultaat": "misschien"}, ["unknown_outcome"]),
        ({"Einde traject": "31/02/2026"}, ["bad_date"]),
        ({"Einde traject": "03/06/26"}, ["bad_date"]),
        ({"Einde traject": "02/09/2026"}, ["future_date"]),
        ({"Aantal uren": "-1"}, ["bad_hours"]),
        ({"Aantal uren": "2000,5"}, ["bad_hours"]),
        ({"Aantal uren": "veertig"}, ["bad_hours"]),
        ({"KBO-nummer": "0400.397.391"}, ["bad_company_number"]),
        ({"E-mail organisatie": "geen adres"}, ["bad_email"]),
        ({"Gsm": "12"}, ["bad_phone"]),
        ({"Organisatie": "x" * 201}, ["too_long"]),
        ({"Dossiernummer": ""}, ["missing"]),
        (
            {"Contacttaal": "", "Regio": "Atlantis", "Aantal uren": "x", "Start traject": "03/07/2026"},
            ["bad_hours", "dates_out_of_order", "missing", "unknown_region"],
        ),
    ],
)
def test_a_row_with_faults_is_refused_with_all_of_them(
    empty: Session, change: dict[str, str], codes: list[str]
) -> None:
    intake = read(empty, export({"Dossiernummer": "B2"}, change), dry_run=True)
    assert reasons(intake) == {3: codes}
    assert intake.trajectories == 1


@pytest.mark.parametrize(
    "change",
    [
        {"Gsm": "0032 470 123 456"},
        {"Gsm": "+32 (0)470 12 34 56"},
        {"Gsm": "", "E-mail": ""},
        {"KBO-nummer": "", "E-mail organisatie": ""},
        {"Regio": "", "NIS-code": "13040"},
        {"Regio": "kempen", "NIS-code": ""},
        {"Einde traject": "2026-06-03"},
        {"Einde traject": "2026-06-03 00:00:00"},
        {"Einde traject": "01/09/2026"},
        {"Aantal uren": "0"},
        {"Aantal uren": "2000.00"},
        {"Contacttaal": "fa-AF"},
        {"Contacttaal": "ትግርኛ"},
        {"Soort activiteit": "VRIJE  TIJD"},
    ],
)
def test_other_spellings_come_in(empty: Session, change: dict[str, str]) -> None:
    intake = read(empty, export(change), dry_run=True)
    assert (reasons(intake), intake.trajectories) == ({}, 1)


def test_a_row_with_too_many_fields_is_refused(empty: Session) -> None:
    data = export({}, {"Dossiernummer": "B2"}) + b"a;b\r\n" + export({}).splitlines()[1] + b";te veel\r\n"
    assert reasons(read(empty, data, dry_run=True)) == {4: ["field_count"], 5: ["field_count"]}


def test_rows_of_one_dossier_that_contradict_each_other_stay_out_together(empty: Session) -> None:
    other = {
        "Organisatie": "Voorbeeld twee",
        "KBO-nummer": "",
        "E-mail organisatie": "twee@voorbeeld.example",
    }
    intake = read(
        empty, export({}, {**other, "Einde traject": "04/06/2026"}, {"Dossiernummer": "B2"}), dry_run=True
    )
    assert reasons(intake) == {2: ["contradiction"], 3: ["contradiction"]}
    assert intake.refused[0].faults[0].column == "Einde traject"
    assert intake.trajectories == 1


def test_a_dossier_with_one_refused_row_stays_out_in_whole(empty: Session) -> None:
    intake = read(
        empty, export({}, {"Soort activiteit": "Ruimtereis"}, {"Dossiernummer": "B2"}), dry_run=True
    )
    assert reasons(intake) == {2: ["incomplete_dossier"], 3: ["unknown_offer_type"]}
    assert (intake.trajectories, intake.activities) == (1, 1)


def test_the_same_file_number_at_two_agencies_is_two_trajectories(empty: Session) -> None:
    assert read(empty, export({}, {"Agentschap": "Atlas"}), dry_run=True).trajectories == 2


def test_a_later_file_adds_an_activity_and_changes_nothing_else(session: Session) -> None:
    read(session, export({}))
    later = read(session, export({}, {"Soort activiteit": "Stage"}))
    assert (later.trajectories, later.activities, later.known, later.partners) == (0, 1, 1, 0)


def test_partners_are_known_by_company_number_then_address_then_name(session: Session) -> None:
    def partner(number: int, name: str, kbo: str, email: str) -> dict[str, str]:
        return {
            "Dossiernummer": f"B{number}",
            "Organisatie": name,
            "KBO-nummer": kbo,
            "E-mail organisatie": email,
        }

    rows = [
        partner(1, "Een", "", "een@voorbeeld.example"),
        partner(2, "Een vzw", "0400.397.390", "een@voorbeeld.example"),
        partner(3, "Een (afdeling)", "0400397390", "anders@voorbeeld.example"),
        partner(4, "Twee", "0400.287.722", "een@voorbeeld.example"),  # another number: another one
        partner(5, "Drie", "", ""),
        partner(6, "DRIE", "", ""),
        partner(7, "Drie", "", "drie@voorbeeld.example"),
    ]
    assert read(session, export(*rows)).partners == 4
    assert read(session, export(*reversed(rows))).known == 7
    sides = defaultdict(set)
    for kbo, email in session.execute(sa.select(Partner.kbo, Partner.email)):
        sides[kbo].add(email)
    assert sides == {
        "0400397390": {"anders@voorbeeld.example"},
        "0400287722": {"een@voorbeeld.example"},
        None: {None, "drie@voorbeeld.example"},
    }


@pytest.mark.parametrize("at_once", [True, False])
def test_a_company_number_claims_the_partner_known_by_the_same_address(
    session: Session, at_once: bool
) -> None:
    bare, numbered = {"KBO-nummer": ""}, {"Dossiernummer": "B2", "Organisatie": "Voorbeeld vereniging"}
    if at_once:
        read(session, export(bare, numbered))
    else:
        read(session, export(bare))
        assert session.scalars(sa.select(Partner.kbo)).all() == [None]
        read(session, export(numbered))
    assert session.scalars(sa.select(Partner.kbo)).all() == ["0400397390"]
    assert read(session, export(bare, numbered)).known == 2


def test_who_wants_no_more_messages_stays_out_in_whole(session: Session) -> None:
    rows = [
        {"Dossiernummer": "A", "Gsm": "0470 00 00 01", "E-mail": ""},
        {"Dossiernummer": "A", "Gsm": "0470 00 00 01", "E-mail": "", "Soort activiteit": "Stage"},
        {"Dossiernummer": "B", "Gsm": "", "E-mail": "iemand@voorbeeld.example"},
        {"Dossiernummer": "C", "Gsm": "", "E-mail": "ander@voorbeeld.example"},
    ]
    for address in ("+32470000001", "Iemand@voorbeeld.example"):
        opt_out(session, example_settings(), address)
    session.commit()
    for options in ({"dry_run": True}, {}):
        intake = read(session, export(*rows), **options)
        assert reasons(intake) == {2: ["opted_out"], 3: ["opted_out"], 4: ["opted_out"]}
        assert (intake.trajectories, intake.activities, intake.rows) == (1, 1, 4)


def test_a_failure_halfway_leaves_nothing_behind(session: Session) -> None:
    def fail(_batch: ImportBatch) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        read(session, SHARED.read_bytes(), noted=fail)
    assert counted(session) == [0, 0, 0, 0]


def test_a_refused_file_leaves_nothing_behind(session: Session) -> None:
    with pytest.raises(FileRefused):
        read(session, export({"Voornaam": "x"}))
    assert counted(session) == [0, 0, 0, 0]


def test_progress_ends_at_the_total(empty: Session) -> None:
    steps: list[tuple[int, int]] = []
    read(
        empty,
        SHARED.read_bytes(),
        dry_run=True,
        progress=lambda done, total, _what: steps.append((done, total)),
    )
    assert steps[-1][0] == steps[-1][1]


def test_two_colleagues_with_the_same_file_at_the_same_moment_double_nothing(migrated_url: str) -> None:
    start = Barrier(2)

    def at_once(_who: int) -> Intake:
        with connected(migrated_url) as session:
            session.scalar(sa.select(sa.func.count()).select_from(Partner))  # as a page has read before
            start.wait(timeout=30)
            return read(session, SHARED.read_bytes())

    with ThreadPoolExecutor(2) as both:
        new = sorted(intake.trajectories for intake in both.map(at_once, range(2)))
    assert new == [0, 216]
    with connected(migrated_url) as session:
        assert counted(session) == [216, 253, 60, 2]
