"""`feedback-app export dpia`: what is switched on stands in the papers, the same each time, and what is open too."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pikepdf
import pytest

from feedback_app.languages import all_languages
from feedback_app.papers import commands
from feedback_app.papers.placeholders import open_places
from feedback_app.papers.write import papers
from feedback_app.timetable import Timetable
from tests.commands import run
from tests.databases import Databases
from tests.gateway import TEMPLATE
from tests.markup import parse
from tests.world import World

GIVEN = {
    "responsible": "Agentschap van het verhaal",
    "contact": "schrijf@agentschap.example",
    "privacy_officer": "fg@agentschap.example",
    "hosting": "Gastheer nv, Gent",
    "processors": ("Postbode nv, verstuurt e-mail, België",),
    "backup_days": 14,
}
SENDING = {
    "smtp_url": "smtps://iemand:wachtwoordvandepost@post.agentschap.example?from=schrijf@agentschap.example",
    "sms_url": "https://sms.gateway.example/send",
    "sms_template": TEMPLATE,
    "sms_webhook_secret": "een-voorbeeld-van-een-gedeeld-geheim",
    "translate_with": "libretranslate",
    "translate_url": "https://vertaal.example",
}


@pytest.fixture(scope="module")
def world(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, real_catalogues: Path
) -> Iterator[World]:
    """An installation with the texts that people really read."""
    with databases.migrated("sqlite") as url:
        made = World(url, tmp_path_factory.mktemp("papers"), real_catalogues)
        yield made
        made.close()


def exported(world: World, folder: Path, *more: str) -> tuple[dict[str, str], str]:
    """The web pages by name, and what was said on standard error."""
    done = run(world, "export", "dpia", "--out", str(folder), "--on", "2026-11-30", *more)
    assert done.exit_code == 0, done.output
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.html"))}, done.stderr


def test_without_what_only_a_person_knows_the_places_stay_open(world: World, tmp_path: Path) -> None:
    pages, said = exported(world, tmp_path / "a", "--no-pdf")
    again, _said = exported(world, tmp_path / "b", "--no-pdf")
    assert pages == again, "the same configuration gives the same bytes"
    assert pages.keys() == {
        *(f"{name}.{tag}" for name in ("dpia", "record", "retention") for tag in ("nl", "en")),
        *(f"notice.{one.tag}" for one in all_languages().values()),
    }
    missing = open_places(world.settings)
    assert len(missing) == 5
    for name in missing:
        assert f"FEEDBACK_{name}" in said and f"[in te vullen: FEEDBACK_{name}]" in pages["dpia.nl"]
        assert f"[to be filled in: FEEDBACK_{name}]" in pages["dpia.en"].replace("&#39;", "'")
    for html in pages.values():
        assert parse(html) and html.count("<h1") == 1
        assert "2026" in html and "gebeurt" not in html.partition("<body>")[0]
    assert 'dir="rtl"' in pages["notice.ar"] and "door niemand nagelezen" in pages["notice.ar"]
    assert "door niemand nagelezen" not in pages["notice.nl"]
    assert "er is geen server buiten" in pages["record.nl"].lower()
    assert "Recente bladzijden van SQLite" in pages["dpia.nl"]


def test_what_is_switched_on_stands_in_them(world: World, tmp_path: Path) -> None:
    before, _said = exported(world, tmp_path / "before", "--no-pdf")
    settings = world.settings
    try:
        world.settings = settings.but(
            **GIVEN, **SENDING, second_factor=True, timetable=Timetable(link_days=30)
        )
        after, said = exported(world, tmp_path / "after", "--no-pdf")
    finally:
        world.settings = settings
    assert (
        said == "" and "in te vullen:" not in after["dpia.nl"] and "to be filled in:" not in after["dpia.en"]
    )
    for text in (
        "post.agentschap.example",
        "sms.gateway.example",
        "vertaal.example",
        *map(str, GIVEN["processors"]),
    ):
        assert text in after["record.nl"] and text in after["record.en"], text
        assert text not in before["record.nl"]
    assert "wachtwoordvandepost" not in "".join(after.values()), "no password of a server"
    assert "gewoonlijk 30 dagen" in after["retention.nl"] and "gewoonlijk 28 dagen" in before["retention.nl"]
    assert "14 dagen in reservekopieën" in after["retention.nl"]
    assert "Vertalen door een andere server" in after["dpia.nl"]
    assert (
        "Aanmelden zonder tweede stap" in before["dpia.nl"]
        and "Aanmelden zonder tweede stap" not in after["dpia.nl"]
    )
    assert "fg@agentschap.example" in after["notice.ti"]


def test_a_pdf_is_tagged_and_the_same_each_time(world: World) -> None:
    with world.app.app_context():
        made = {paper.name: paper for paper in papers(world.settings, date(2026, 11, 30))}
        for name, tag in (("retention.nl", "nl"), ("notice.ti", "ti"), ("notice.ckb", "ckb")):
            with pikepdf.open(io.BytesIO(made[name].pdf)) as pdf:
                assert str(pdf.Root.Lang) == tag and pdf.Root.MarkInfo.Marked
        assert made["notice.ti"].pdf == made["notice.ti"].pdf


def test_papers_that_would_not_be_true_are_refused(world: World, tmp_path: Path) -> None:
    settings = world.settings
    try:
        world.settings = settings.but(timetable=Timetable(link_days=60))
        done = run(world, "export", "dpia", "--out", str(tmp_path / "none"))
    finally:
        world.settings = settings
    assert done.exit_code == 1 and "FEEDBACK_LINK_DAYS" in done.stderr
    assert not (tmp_path / "none").exists()


def test_papers_do_not_say_that_files_forget_where_they_remember(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL as it comes keeps what was destroyed in its log; `doctor` says which lines to type."""
    monkeypatch.setattr(commands, "remembering", lambda _engine: ["GRANT pg_checkpoint TO feedback"])
    done = run(world, "export", "dpia", "--out", str(tmp_path / "none"), "--no-pdf")
    assert done.exit_code == 1 and "GRANT pg_checkpoint" in done.stderr
    assert not (tmp_path / "none").exists()
