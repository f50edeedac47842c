"""The privacy papers are complete and true: every column declared, every period, test and job there."""

import importlib
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.database import Base
from feedback_app.invitations import retention
from feedback_app.languages import all_languages
from feedback_app.papers import notice
from feedback_app.papers.declaring import Impersonal, Personal, undeclared
from feedback_app.papers.impersonal import IMPERSONAL
from feedback_app.papers.inventory import PERSONAL
from feedback_app.papers.measures import MEASURES, measures, risks
from feedback_app.papers.notice import broken
from feedback_app.papers.periods import PERIODS
from feedback_app.papers.placeholders import open_places
from feedback_app.papers.words import ABOUT, KINDS, PURPOSES, REASONS
from feedback_app.settings import Oidc, Settings
from feedback_app.timetable import Timetable
from feedback_app.trajectories.rotating import sealed_columns
from tests.databases import CONTACT_KEY, SECRET
from tests.gateway import TEMPLATE

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(secret_key=SECRET, contact_keys=(CONTACT_KEY,), base_url="https://f.example")


def test_every_column_of_every_table_is_declared() -> None:
    assert list(undeclared(Base.metadata, [*PERSONAL, *IMPERSONAL])) == []


def test_a_new_table_or_column_is_noticed() -> None:
    tables = sa.MetaData()
    sa.Table("known", tables, sa.Column("id", sa.Integer), sa.Column("birth_date", sa.Date))
    sa.Table("new", tables, sa.Column("id", sa.Integer))
    found = list(
        undeclared(tables, [Impersonal("known", "machine", "id gone"), Impersonal("lost", "machine", "")])
    )
    named = ("lost is declared", "known.birth_date is not", "known.gone is declared", "new is not declared")
    assert len(found) == len(named) and all(any(one.startswith(name) for one in found) for name in named)


def test_what_is_declared_has_words_a_period_and_is_no_contradiction() -> None:
    for one in PERSONAL:
        assert one.about in ABOUT and one.purpose in PURPOSES and one.keep in PERIODS, one.table
        assert one.kinds and one.kinds.keys() <= KINDS.keys()
    assert {one.why for one in IMPERSONAL} == REASONS.keys()
    used = {one.keep for one in PERSONAL} | {"newcomer_contact", "backups"}
    assert used == PERIODS.keys()
    contact = {(one.table, column) for one in PERSONAL for column in one.contact.split()}
    sealed = {(column.table.name, column.name) for column in sealed_columns()}
    assert sealed <= contact, "what is sealed is contact data"
    text = {
        f"{one.table}.{column}": isinstance(one, Personal) for one in PERSONAL for column in one.text.split()
    }
    assert {"remarks.text", "worries.text", "signals.finding"} <= text.keys()


def test_every_job_and_every_test_that_is_named_exists() -> None:
    for period in PERIODS.values():
        assert period.open_ended == (period.job == "")
        if period.job:
            module, _, function = period.job.partition(":")
            assert hasattr(importlib.import_module(module), function or "__doc__"), period.job
    named = [one.test for one in MEASURES] + [one.test for one in PERIODS.values() if one.test]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_privacy_page_says_what_is_done_in_every_language() -> None:
    assert list(broken(SETTINGS)) == []
    wanted = list(notice.promises())
    page = (ROOT / "feedback_app/templates/web/privacy_words.html").read_text("utf-8")
    assert [one for one in wanted if f'_("{one}")' not in page] == []
    script = (ROOT / "feedback_app/static/js/respond.js").read_text("utf-8")
    assert "const WEEK = 6048e5;" in script and notice.ON_THE_PHONE * 864e5 == 6048e5


def test_a_promise_that_is_not_kept_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    kept_longer = SETTINGS.but(timetable=Timetable(link_days=60))
    (fault,) = broken(kept_longer)
    assert "FEEDBACK_LINK_DAYS=60" in fault and "58" in fault and fault.endswith("32")
    assert list(broken(SETTINGS.but(timetable=Timetable(link_days=32)))) == []
    (fault,) = broken(SETTINGS.but(timetable=Timetable(link_days=33)))
    assert "31 for who answered after the first" in fault
    (fault,) = broken(SETTINGS.but(timetable=Timetable(link_days=41, first_days=12)))
    assert "FEEDBACK_LINK_DAYS=41 it is 32" in fault and fault.endswith("39"), "a link works so long at least"
    assert list(broken(kept_longer.but(example=True))) == [], "the demo's links work for a year"
    monkeypatch.setattr(retention, "AFTER_IMPORT", retention.AFTER_IMPORT * 2)
    faults = list(broken(SETTINGS))
    assert len(faults) > len(all_languages()) and "180" in faults[0], "the Dutch, and each translation"
    assert notice._numbers("بعد ٣٠ يومًا، ۹۰") == [30, 90], "figures of every script"


def test_stop_is_promised_only_where_somebody_hears_it() -> None:
    sms = SETTINGS.but(sms_url="https://sms.example/", sms_template=TEMPLATE)
    (fault,) = broken(sms)
    assert "STOP" in fault and "FEEDBACK_SMS_WEBHOOK_SECRET" in fault
    assert list(broken(sms.but(sms_webhook_secret="een-voorbeeld-van-een-gedeeld-geheim"))) == []
    page = (ROOT / "feedback_app/templates/web/privacy_words.html").read_text("utf-8")
    assert f'_("{notice._STOP}")' in page


def test_risks_are_those_of_this_installation() -> None:
    def titles(**changes: object) -> set[str]:
        return {one.title._args[0] for one in risks(SETTINGS.but(**changes))}

    usual = titles()
    assert {"Reservekopieën", "Kleine groepen", "Vrije tekst"} <= usual
    server = {"database_url": "postgresql://somewhere/db"}
    assert (
        "Open meetmoment op PostgreSQL" in titles(**server) and "Open meetmoment op PostgreSQL" not in usual
    )
    assert "Geen versleutelde verbinding" in titles(base_url="http://f.example")
    assert "Aanmelden zonder tweede stap" in titles(second_factor=False)
    folder = {"outbox_dir": Path("outbox"), "smtp_url": "smtps://u:p@mail.example?from=a@b.example"}
    assert "Berichten in een map" in titles(**folder) and "Berichten in een map" not in usual
    both = {**folder, "sms_url": "https://sms.example/", "sms_template": TEMPLATE}
    assert "Berichten in een map" not in titles(**both), "nothing goes there any more"
    service = Oidc("https://a.example", "x", "y", "rol", (), "openid")
    assert "Aanmelden zonder tweede stap" in titles(second_factor=False, oidc=service), (
        "passwords work beside it"
    )


def test_what_is_switched_off_protects_nobody() -> None:
    def said(**changes: object) -> str:
        return " ".join(one.text._args[0] for one in measures(SETTINGS.but(**changes)))

    assert "een tweede stap" in said() and "een tweede stap" not in said(second_factor=False)
    why = " ".join(one.why._args[0] for one in PURPOSES.values())
    assert "tweede stap" not in why and "niemand kan veranderen" not in why, "that is said where it holds"


def test_what_is_handed_over_as_an_example_is_an_open_place() -> None:
    """A service whose feedback.env nobody edited is run by nobody, and its papers must not name one."""
    lines = (ROOT / "deploy/feedback.env").read_text("utf-8").splitlines()
    handed = {name.lstrip("# "): value.strip("'") for name, _, value in (one.partition("=") for one in lines)}
    names = ("RESPONSIBLE", "CONTACT", "HOSTING", "PROCESSORS")
    given = {name.lower(): handed[f"FEEDBACK_{name}"] for name in names}
    filled = SETTINGS.but(**given, privacy_officer="fg@agentschap.example", backup_days=14)
    sending = filled.but(smtp_url="smtps://u:p@mail.example?from=a@b.example")
    assert open_places(sending).keys() == set(names)


def test_open_places_are_what_nobody_gave() -> None:
    given = {
        "responsible": "Agentschap",
        "contact": "x@agentschap.example",
        "privacy_officer": "fg@agentschap.example",
    }
    assert open_places(SETTINGS).keys() == {
        "RESPONSIBLE",
        "CONTACT",
        "PRIVACY_OFFICER",
        "HOSTING",
        "BACKUP_DAYS",
    }
    whole = replace(SETTINGS, hosting="Voorbeeldig nv", backup_days=14, **given)  # type: ignore[arg-type]
    assert open_places(whole.but(hosting="Gastheer nv, Gent")) == {}
    sending = whole.but(hosting="Gastheer nv, Gent", smtp_url="smtps://u:p@mail.example?from=a@b.example")
    assert open_places(sending).keys() == {"PROCESSORS"}
    service = Oidc("https://a.example", "x", "y", "rol", (), "openid")
    signing_in = whole.but(hosting="Gastheer nv, Gent", oidc=service)
    assert open_places(signing_in).keys() == {"PROCESSORS"}, (
        "else the record says that there is no server outside"
    )
