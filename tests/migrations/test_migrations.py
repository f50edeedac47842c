"""Migrations on both databases: up to the models exactly, and down and up again, with data in every table."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app import schema
from feedback_app.analysis.find_patterns import find_patterns
from feedback_app.analysis.ledger import fingerprint, printed_from
from feedback_app.analysis.models import PatternTest, PublishedStatistic, Release, ReleasedFigure
from feedback_app.analysis.publish import load_policy
from feedback_app.analysis.snapshot import counts_in_steps
from feedback_app.database import Base, db, now
from feedback_app.invitations.card_prints import keep_print
from feedback_app.invitations.focus import leave_contact
from feedback_app.invitations.models import OpenLink, Sending, Wave
from feedback_app.invitations.open_links import NewLink
from feedback_app.invitations.open_links import make_link as make_open_link
from feedback_app.invitations.opt_out import opt_out
from feedback_app.invitations.pace import take_turn
from feedback_app.invitations.pausing import pause
from feedback_app.invitations.poster_prints import keep_poster
from feedback_app.remarks.models import Worry
from feedback_app.responses.models import Remark, RemarkCoding
from feedback_app.signals.models import Signal, SignalEvidence
from feedback_app.staff.accounts import add_account, passwords
from feedback_app.staff.audit import record, verify
from feedback_app.staff.joining import make_link
from feedback_app.staff.models import (
    Account,
    ColleagueLink,
    OutsideIdentity,
    RecoveryCode,
    SecondFactor,
)
from feedback_app.trajectories.folding import fold_organisation, fold_person
from feedback_app.trajectories.models import Activity, Partner, PartnerContact, Trajectory
from tests.world import WAVE, Person, World, respond


@pytest.fixture
def empty(database_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An installation on a database without a single table."""
    world = World(database_url, tmp_path, example_catalogues)
    yield world
    world.close()


@pytest.fixture
def upgraded(migrated_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An installation on a copy of a database that all migrations made, which is what most tests start from."""
    world = World(migrated_url, tmp_path, example_catalogues)
    schema.prepare(world.app)
    yield world
    world.close()


def plain_index(index: Any) -> dict[str, Any]:
    """What is known of an index, with the condition of a partial one as text."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def structure(world: World) -> dict[str, Any]:
    """Every table with its columns, keys, checks and indexes, as the database itself tells."""
    with world.app.app_context():
        inspector = sa.inspect(db.engine)
        return {
            name: (
                sorted(
                    (one["name"], str(one["type"]), one["nullable"]) for one in inspector.get_columns(name)
                ),
                inspector.get_pk_constraint(name),
                sorted(inspector.get_foreign_keys(name), key=repr),
                sorted(inspector.get_unique_constraints(name), key=repr),
                sorted(inspector.get_check_constraints(name), key=repr),
                sorted((plain_index(one) for one in inspector.get_indexes(name)), key=repr),
            )
            for name in inspector.get_table_names()
            if name != "alembic_version"
        }


def differences(world: World) -> list[str]:
    with world.app.app_context():
        return schema.differences()


def move(world: World, target: str | None = None) -> None:
    with world.app.app_context():
        if target is None:
            schema.upgrade()
        else:
            schema.downgrade(target)


def hang(world: World) -> None:
    """An open link and a kiosk."""
    with world.session() as session:
        for mode in ("open", "kiosk"):
            wanted = NewLink(mode, "kempen", "agii", "buddy", "Voorbeeldbibliotheek ‹é›")
            make_open_link(session, world.settings, wanted, region=None)


def fill(world: World) -> None:
    """Real data in the tables a wave touches."""
    hang(world)
    with world.app.app_context():
        take_turn(db.engine, "sms", 60_000)
    world.open([Person(partners=("Voorbeeldvereniging", "Voorbeeldclub")) for _ in range(3)])
    for link in world.links() + world.links("partner"):
        respond(world.client, link.token, {"experience": "4", "course": "4", "remark": "Voorbeeld ‹é›"})
    world.shut()


def test_the_head_is_what_the_models_say(empty: World) -> None:
    move(empty)
    assert differences(empty) == []
    assert structure(empty).keys() == Base.metadata.tables.keys()


def test_the_comparison_sees_a_difference(empty: World) -> None:
    move(empty)
    with empty.session() as session:
        session.execute(sa.text("ALTER TABLE waves ADD COLUMN surplus INTEGER"))
        session.commit()
    assert any("surplus" in one for one in differences(empty))


def test_named_rules_stand_in_the_database(empty: World) -> None:
    """The comparison of models does not look at CHECKs and leaves out WITHOUT ROWID: they are looked at here."""
    move(empty)
    found = structure(empty)
    for table in Base.metadata.tables.values():
        wanted = {str(one.name) for one in table.constraints if isinstance(one, sa.CheckConstraint)}
        assert {one["name"] for one in found[table.name][4]} == wanted, table.name
    if empty.settings.embedded:
        with empty.session() as session:
            rows = session.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
        without = {name for name, statement in rows if "WITHOUT ROWID" in statement}
        assert without == {
            table.name
            for table in Base.metadata.tables.values()
            if table.dialect_options["sqlite"]["with_rowid"] is False
        }
        assert without >= {"invitations", "responses", "remarks", "trajectories"}


def test_down_and_up_with_data_leads_to_the_same_place(empty: World) -> None:
    move(empty)
    first = structure(empty)
    fill(empty)
    assert len([name for name, rows in empty.dump().items() if rows]) > 10
    move(empty, "base")
    assert structure(empty) == {}
    move(empty)
    assert structure(empty) == first
    assert differences(empty) == []
    fill(empty)


def test_open_links_come_and_go_beside_data_of_the_first_release(upgraded: World) -> None:
    """Who upgrades has waves and answers already; who goes back keeps them, and loses the links alone."""
    fill(upgraded)
    move(upgraded, "0002")
    before = upgraded.dump()
    newer = structure(upgraded)
    move(upgraded, "0001")
    older = structure(upgraded)
    assert newer.keys() - older.keys() == {"open_links"}
    assert {name: newer[name] for name in older} == older
    unchanged = before.keys() - {"open_links", "alembic_version"}
    assert {name: upgraded.dump()[name] for name in unchanged} == {name: before[name] for name in unchanged}
    move(upgraded)
    move(upgraded, "0002")
    assert structure(upgraded) == newer
    assert {name: upgraded.dump()[name] for name in unchanged} == {name: before[name] for name in unchanged}
    assert upgraded.dump()["open_links"] == []
    move(upgraded)
    hang(upgraded)
    assert differences(upgraded) == []


def test_the_audit_log_and_second_factors_come_and_go_beside_accounts_in_use(upgraded: World) -> None:
    """Who goes back loses them and nothing else; who comes again begins a new chain."""
    hang(upgraded)
    with upgraded.session() as session:
        account = add_account(
            session, passwords(), "wie@voorbeeld.example", "lezer", None, region=None, regions=()
        )
        make_link(session, upgraded.settings.base_url, None, account)
        session.add(SecondFactor(account_id=account.id, secret_sealed="verzegeld", last_step=1))
        session.add(RecoveryCode(account_id=account.id, code_hash="0" * 64))
        session.add(OutsideIdentity(account_id=account.id, subject="voorbeeld"))
        session.commit()
        assert verify(session).entries > 3
    move(upgraded, "0003")
    newest, before = structure(upgraded), upgraded.dump()
    move(upgraded, "0002")
    gone = newest.keys() - structure(upgraded).keys()
    assert gone == {
        *("audit_entries", "audit_heads", "second_factors"),
        *("recovery_codes", "colleague_links", "outside_identities"),
    }
    kept = before.keys() - gone - {"alembic_version"}
    assert {name: upgraded.dump()[name] for name in kept} == {name: before[name] for name in kept}
    move(upgraded)
    move(upgraded, "0003")
    assert structure(upgraded) == newest
    move(upgraded)
    with upgraded.session() as session:
        record(session, "wave.opened", account=None)
        session.commit()
        assert (verify(session).entries, verify(session).fault) == (1, "")


def test_the_contact_list_comes_and_goes_beside_data_of_the_release_before(upgraded: World) -> None:
    """Who upgrades keeps every trajectory, partner and answer; who goes back loses what there was no place for."""
    fill(upgraded)
    move(upgraded, "0003")
    before, older = upgraded.dump(), structure(upgraded)
    move(upgraded)
    for name in ("trajectories", "activities", "invitations", "responses"):
        assert len(upgraded.dump()[name]) == len(before[name]) > 0, name
    with upgraded.session() as session:
        gone, kept = session.scalars(sa.select(Partner).order_by(Partner.name)).all()
        gone.merged_into_id, gone.merged_on = kept.id, date(2026, 9, 1)
        session.add(PartnerContact(partner=kept, name="Voorbeeld", changed_on=date(2026, 9, 1)))
        like = session.scalars(sa.select(Trajectory)).first()
        assert like is not None
        facts = {
            "agency_key": "agii",
            "region_key": "gent",
            "offer_source": "gemeente",
            "contact_language": "nl",
        }
        days = {"started_on": date(2026, 8, 1), "imported_on": date(2026, 8, 2)}
        running = Trajectory(ref_hash="f" * 64, outcome="running", **facts, **days)
        running.activities.append(Activity(partner=kept, offer_type="buddy"))
        session.add(running)
        session.commit()
        like.outcome = "running"  # without taking its end away
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
        session.rollback()
    move(upgraded, "0003")
    assert structure(upgraded) == older
    after = upgraded.dump()
    kinds = before.keys() - {"alembic_version"}
    assert {name: after[name] for name in kinds} == {name: before[name] for name in kinds}
    move(upgraded)


def test_the_timetable_comes_and_goes_beside_invitations(upgraded: World) -> None:
    """Invitations are older than the timetable: they keep everything, and their order stays hidden."""
    fill(upgraded)
    names = ("invitations", "trajectories", "responses")
    before = {name: upgraded.dump()[name] for name in names}
    with upgraded.session() as session:
        opt_out(session, upgraded.settings, "+32470000001")
        pause(session, None, date(2026, 4, 1))
    move(upgraded, "0003")
    older = structure(upgraded)
    assert not {"sendings", "asked_contacts", "sending_pauses", "opted_out_contacts"} & older.keys()
    assert "closed" not in {name for name, _kind, _null in older["invitations"][0]}
    if upgraded.settings.embedded:
        with upgraded.session() as session:
            made = session.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'invitations'"))
        assert "WITHOUT ROWID" in str(made)
    move(upgraded)
    assert {name: upgraded.dump()[name] for name in names} == before
    assert differences(upgraded) == []


def test_posters_come_and_go_beside_links_and_invitations(upgraded: World) -> None:
    """Who goes back loses the PDFs, which can be printed anew, and nothing else."""
    fill(upgraded)
    with upgraded.session() as session:
        keep_poster(session, session.scalars(sa.select(OpenLink)).first(), "fa_AF", b"%PDF")
    move(upgraded, "0010")
    before = upgraded.dump()
    move(upgraded, "0009")
    kept = upgraded.dump()
    assert "poster_prints" not in kept
    assert {name: rows for name, rows in kept.items() if name != "alembic_version"} == {
        name: rows for name, rows in before.items() if name not in ("poster_prints", "alembic_version")
    }
    move(upgraded)
    assert differences(upgraded) == []
    assert len(upgraded.dump()["poster_prints"]) == 0 < len(upgraded.dump()["remarks"])


def test_contacts_and_counts_come_and_go_beside_data_of_earlier(upgraded: World) -> None:
    """Who goes back loses focus contacts, printed cards and snapshots alone."""
    upgraded.open()
    keep_more(upgraded)
    move(upgraded, "0007")
    newer, before = structure(upgraded), upgraded.dump()
    move(upgraded, "0006")
    more = {"focus_contacts", "card_prints", "response_snapshots"}
    assert newer.keys() - structure(upgraded).keys() >= more
    kept = structure(upgraded).keys() - {"alembic_version"}
    assert {name: upgraded.dump()[name] for name in kept} == {name: before[name] for name in kept}
    move(upgraded)
    move(upgraded, "0007")
    assert structure(upgraded) == newer
    assert [upgraded.dump()[name] for name in sorted(more)] == [[], [], []]
    move(upgraded)
    keep_more(upgraded)
    assert {name: len(upgraded.dump()[name]) for name in more} == dict.fromkeys(more, 1)
    if not upgraded.settings.embedded:
        with upgraded.session() as session:
            query = sa.text("SELECT attname FROM pg_attribute WHERE attstattarget = 0 AND attnum > 0")
            assert {"phone_sealed", "email_sealed", "contact_sealed"} <= set(session.scalars(query))


def test_who_came_from_the_service_has_no_password_after_the_upgrade(upgraded: World) -> None:
    """Links of earlier releases could give them one; who goes back keeps every account and identity."""
    with upgraded.session() as session:
        ids = []
        for name in ("buiten", "binnen"):
            address = f"{name}@voorbeeld.example"
            account = add_account(session, passwords(), address, "lezer", "p" * 12, region=None, regions=())
            make_link(session, "", None, account)
            ids.append(account.id)
        session.add(OutsideIdentity(account_id=ids[0], subject="voorbeeld", withdrawn_at=now()))
        session.commit()
    newer = structure(upgraded)
    move(upgraded, "0007")
    before = upgraded.dump()
    assert before["outside_identities"] == [("voorbeeld", ids[0])]
    move(upgraded)
    assert structure(upgraded) == newer and differences(upgraded) == []
    assert upgraded.dump()["outside_identities"] == [("voorbeeld", ids[0], None)]
    with upgraded.session() as session:
        found = session.scalars(sa.select(Account).order_by(Account.email)).all()
        assert [(one.email[:6], bool(one.password_hash)) for one in found] == [
            ("binnen", True),
            ("buiten", False),
        ]
        assert session.scalars(sa.select(ColleagueLink.account_id)).all() == [ids[1]]
        assert verify(session).fault == ""


def test_what_the_contact_list_is_searched_by_is_filled_in_for_who_was_there(upgraded: World) -> None:
    """As the application itself would fill it in; more rows than are folded in one go."""
    move(upgraded, "0007")
    assert "folded" not in {name for name, _kind, _null in structure(upgraded)["partners"][0]}
    with upgraded.session() as session:
        names = sa.insert(sa.table("partners", sa.column("id"), sa.column("name"), sa.column("email")))
        many = [(f"{number:032}", f"Café Ñandú {number}") for number in range(501)]
        session.execute(names, [{"id": key, "name": name, "email": "A@b.example"} for key, name in many])
        person = (
            "INSERT INTO partner_contacts (id, partner_id, name, function, email, phone, language, chosen,"
            " opted_out, changed_on) VALUES (:id, :at, :name, 'Één', 'a@b.example', '+32470261464', 'nl',"
            " false, true, '2026-09-01')"
        )
        for key, name in (("a", "Éva D’Hondt"), ("b", "")):
            session.execute(sa.text(person), {"id": key, "at": many[0][0], "name": name})
        session.commit()
    before = upgraded.dump()["activities"]
    move(upgraded)
    assert differences(upgraded) == []
    assert upgraded.dump()["activities"] == before
    with upgraded.session() as session:
        partners = session.scalars(sa.select(Partner)).all()
        assert [one.folded for one in partners] == [
            fold_organisation(one.name, one.kbo, one.email) for one in partners
        ]
        people = dict(session.execute(sa.select(PartnerContact.id, PartnerContact.folded)).all())
    assert len(partners) == 501 and "cafe nandu 7 a@b.example" in {one.folded for one in partners}
    phone = "+32470261464"
    assert people == {"a": fold_person("Éva D’Hondt", "Één", "a@b.example", phone), "b": ""}


def test_patterns_come_and_go_beside_signals(upgraded: World) -> None:
    """Who goes back keeps waves and signals and loses what was found; who comes again has an analyst search."""
    fill(upgraded)
    with upgraded.session() as session:
        test = session.scalars(sa.select(PatternTest)).first()
        assert test is not None and test.wave_key == WAVE
        session.add(signal := Signal(wave_key=WAVE, theme_key="T05"))
        session.flush()
        evidence = {"wave_key": WAVE, "snapshot": "0" * 64, "proposal": test.proposal, "digest": "0" * 64}
        session.add(SignalEvidence(signal_id=signal.id, **evidence))
        session.commit()
        test.verdict = "zeker"  # no word for evidence
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
        session.rollback()
    move(upgraded, "0013")
    newer, before = structure(upgraded), upgraded.dump()
    move(upgraded, "0012")
    gone = newer.keys() - structure(upgraded).keys()
    assert gone >= {"pattern_runs", "pattern_tests", "signal_evidence"}
    kept = structure(upgraded).keys() - {"alembic_version"}
    assert {name: upgraded.dump()[name] for name in kept} == {name: before[name] for name in kept}
    move(upgraded)
    move(upgraded, "0013")
    assert structure(upgraded) == newer
    assert [upgraded.dump()[name] for name in sorted(gone)] == [[]] * len(gone)
    move(upgraded)
    with upgraded.session() as session:
        wave = session.get_one(Wave, WAVE)
        find_patterns(session, upgraded.settings, wave, load_policy(upgraded.settings))
        session.commit()
    assert len(upgraded.dump()["pattern_tests"]) == len(before["pattern_tests"]) > 0


def test_remarks_keep_what_was_made_of_them_and_worries_come_and_go(upgraded: World) -> None:
    """Who goes back keeps what was left without personal data as the text; who comes again has all rules."""
    fill(upgraded)
    with upgraded.session() as session:
        add_account(session, passwords(), "v@v.example", "vertrouwenspersoon", None, region=None, regions=())
        one = session.scalars(sa.select(Remark)).first()
        assert one is not None
        one.text, one.redacted, one.translation = "", "[NAAM] hielp", "vertaald"
        session.add(RemarkCoding(remark_id=one.id, position="first", account_id="x", themes="T01"))
        shared = {name: getattr(one, name) for name in ("wave_key", "survey_key", "item_key", "locale")}
        place = {"region_key": "kempen", "month": "2026-03"}
        session.add(Worry(**shared, **place, text="Voorbeeld", reason="other", raised_by="x"))
        session.commit()
        one.text = "beide"  # raw and redacted at once
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
        session.rollback()
    newer, before = structure(upgraded), len(upgraded.dump()["remarks"])
    move(upgraded, "0013")
    assert newer.keys() - structure(upgraded).keys() >= {"remark_codings", "worries"}
    with upgraded.session() as session:
        texts = session.scalars(sa.text("SELECT text FROM remarks")).all()
        roles = session.execute(sa.text("SELECT role, active FROM accounts")).all()
    assert len(texts) == before and "[NAAM] hielp" in texts
    assert [(role, bool(active)) for role, active in roles] == [("lezer", False)]
    move(upgraded)
    assert structure(upgraded) == newer and differences(upgraded) == []


def keep_more(world: World) -> None:
    """A focus contact, a printed card and a snapshot."""
    with world.session() as session:
        leave_contact(session, world.settings, "prater@voorbeeld.example", "ti", "kempen")
        keep_print(session, world.settings, b"%PDF", wave_key=WAVE, region_key="", account_id="voorbeeld")
        counts_in_steps(session, WAVE, now())


def test_a_message_by_hand_and_a_number_of_who_stopped_find_their_place(upgraded: World) -> None:
    upgraded.open([Person(partners=()), Person(partners=())])
    invitation = upgraded.links()[0].invitation_id
    with upgraded.session() as session:
        values = {"invitation_id": invitation, "step": "first", "key": "k", "channel": "whatsapp"}
        session.execute(sa.insert(Sending).values(**values, due_on=date(2026, 4, 3), state="done"))
        session.commit()
    move(upgraded, "0007")
    with upgraded.session() as session:
        assert session.scalars(sa.text("SELECT channel FROM sendings")).all() == ["sms"]
        session.execute(
            sa.text(
                "UPDATE trajectories SET phone_sealed = 'x', outcome = 'stopped' WHERE ref_hash LIKE '%1'"
            )
        )
        session.execute(sa.text("UPDATE trajectories SET phone_sealed = 'y' WHERE ref_hash LIKE '%0'"))
        session.commit()
    move(upgraded)
    kept = {(row["outcome"], row["phone_sealed"]) for row in upgraded.rows(Trajectory)}
    assert kept == {("stopped", None), ("completed", "y")}
    assert len(upgraded.links()) == 2


def test_what_closed_waves_show_is_entered_into_the_ledger(upgraded: World) -> None:
    """A wave that closed before there was a ledger: its figures are out, and the ledger has to know."""
    fill(upgraded)
    with upgraded.session() as session:
        nothing = session.get_one(
            PublishedStatistic, (WAVE, "newcomer", "flanders", "vlaanderen", "experience")
        )
        nothing.statistic = {**nothing.statistic, "base": "57", "state": "shown", "positive": 60}
        session.commit()
    move(upgraded, "0007")
    move(upgraded)
    with upgraded.session() as session:
        (figure,) = session.scalars(sa.select(ReleasedFigure).where(ReleasedFigure.item_key == "experience"))
        statistic = printed_from(figure)
        assert fingerprint(statistic) == figure.fingerprint
        assert (figure.printed["base"], figure.cells) == ("57", [["flanders", "vlaanderen"]])
        release = session.get_one(Release, figure.release_id)
        assert (release.kind, release.wave_key, release.figures) == ("wave", WAVE, 1)
