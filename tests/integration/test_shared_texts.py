"""Texts that colleagues write on one machine: every machine says them, and no other state, and git gets them back."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from feedback_app.cli import main
from feedback_app.database import db
from feedback_app.questionnaires import sharing
from feedback_app.questionnaires.approval import Person, State, Step, Wording, state_of, wording_of
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    MESSAGES,
    SURVEYS,
    Catalogue,
    Entry,
    locales,
    path_of,
    read,
    template_path,
    write,
)
from feedback_app.questionnaires.compiling import compile_catalogue, served
from feedback_app.questionnaires.models import WrittenState, WrittenText
from feedback_app.questionnaires.readiness import respondent_languages
from feedback_app.questionnaires.review import (
    Desk,
    EntryChanged,
    NothingToUndo,
    can_undo,
    change,
    name_of,
    release,
    reopen,
    seen_of,
    undo,
)
from feedback_app.questionnaires.sharing import shared_texts
from feedback_app.questionnaires.writing import WrittenHere
from feedback_app.settings import Settings
from tests.integration.test_translation_pages import HOME, send
from tests.pages import checked_client
from tests.server import environment_of
from tests.staff import close_app, make_app, signed_in

SKIP, NO, NEW, LATER = "Sla over", "Ik doe niet mee", "تخطي", "تجاوز"
ADA, BEA, DAY = Person("vertaler", "aaaaaaaaaaaa"), Person("beheerder", "bbbbbbbbbbbb"), date(2026, 1, 1)


class Machine:
    """One machine of an installation: its own files and folder, the database of all."""

    def __init__(
        self, url: str, place: Path, files: Path, drafts: frozenset[str] = frozenset({"ar"})
    ) -> None:
        self.files = Path(shutil.copytree(files, place / "translations"))
        instance = place / "instance"
        self.app: Flask = make_app(url, instance, translations_dir=self.files, draft_languages=drafts)
        self.settings: Settings = self.app.extensions["settings"]
        checked_client(self.app)

    def follow(self) -> None:
        """As any page does that is opened once a few seconds have passed."""
        with self.app.app_context():
            shared_texts().follow()

    def catalogue(self, domain: str = MESSAGES, locale: str = "ar") -> Catalogue:
        self.follow()
        return read(path_of(self.settings.texts_dir, locale, domain))

    def entry(self, dutch: str, domain: str = MESSAGES) -> Entry:
        return next(one for one in self.catalogue(domain).entries if one.source[0] == dutch)

    def says(self, dutch: str) -> tuple[str, ...]:
        """What pages say."""
        self.follow()
        spoken = served(path_of(self.settings.texts_dir, "ar", MESSAGES))
        assert spoken is not None
        return spoken.by_key[None, dutch].target

    def state_of_pages(self) -> str:
        self.follow()
        spoken = served(path_of(self.settings.texts_dir, "ar", MESSAGES))
        return spoken.state if spoken else ""

    def offers(self) -> bool:
        self.follow()
        return "ar" in respondent_languages(self.settings)

    def desk(self) -> Desk:
        shared_texts().follow_now()
        return Desk(self.settings.texts_dir, "ar", WrittenHere(db.session, self.settings, shared_texts()))

    def write(self, dutch: str, text: str, who: Person = ADA, step: Step = Step.SAVE) -> Entry:
        with self.app.app_context():
            entry, desk = self.entry(dutch), self.desk()
            wording = Wording((text,)) if text else wording_of(entry)
            return change(desk, name_of(MESSAGES, entry), seen_of(entry), wording, step, who, DAY)

    def command(self, *arguments: str) -> str:
        done = CliRunner().invoke(main, arguments, env=environment_of(self.settings))
        assert done.exit_code == 0, done.output
        return done.output


@pytest.fixture
def files(tmp_path: Path, example_catalogues: Path) -> Path:
    others = shutil.ignore_patterns("uk", "fa_AF", "en", "ti", "fr")
    return Path(shutil.copytree(example_catalogues, tmp_path / "ships", ignore=others))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is believed for a few seconds."""
    monkeypatch.setattr(sharing, "SECONDS", 0.0)


Two = tuple[Machine, Machine]


def _two(url: str, tmp_path: Path, files: Path) -> Iterator[Two]:
    one, other = Machine(url, tmp_path / "one", files), Machine(url, tmp_path / "other", files)
    yield one, other
    close_app(one.app)
    close_app(other.app)


@pytest.fixture
def two(migrated_url: str, tmp_path: Path, files: Path, at_once: None) -> Iterator[Two]:
    yield from _two(migrated_url, tmp_path, files)


@pytest.fixture
def pair(migrated_sqlite_url: str, tmp_path: Path, files: Path, at_once: None) -> Iterator[Two]:
    yield from _two(migrated_sqlite_url, tmp_path, files)


def same_copies(one: Machine, other: Machine) -> bool:
    """Whether two machines have the same bytes for every language, and what ships is untouched by any of it."""
    for machine in (one, other):
        machine.follow()
    mine, theirs = (
        [
            path_of(machine.settings.texts_dir, locale, domain).with_suffix(end).read_bytes()
            for locale in locales(machine.settings.texts_dir)
            for domain in DOMAINS
            for end in (".po", ".mo")
        ]
        for machine in (one, other)
    )
    return mine == theirs


def test_what_is_written_on_one_machine_the_other_says_and_a_third_from_its_first_page(
    two: Two, tmp_path: Path, files: Path
) -> None:
    one, other = two
    colleague = signed_in(one.app, "vertaler")
    path = f"{HOME}/ar/tekst/{name_of(MESSAGES, one.entry(SKIP))}"
    assert "translations" in str(one.settings.texts_dir), "nobody wrote: no copy is made"
    assert send(colleague, path, "save", NEW).status_code == 302
    assert other.says(SKIP) == one.says(SKIP) == (NEW,)
    held = one.write(NO, "ت" * 3000)
    assert held.fuzzy and held.target == ("ت" * 3000,)
    before = one.says(NO)
    assert other.says(NO) == before != held.target, "the last good wording, on both"
    assert other.entry(NO) == one.entry(NO)
    third = Machine(other.settings.database_url, tmp_path / "third", files)
    assert third.says(SKIP) == (NEW,) and third.says(NO) == before
    assert same_copies(one, other) and same_copies(other, third)
    shutil.rmtree(third.settings.own_texts_dir)
    again = make_app(third.settings.database_url, third.settings.instance_dir, translations_dir=third.files)
    with again.app_context():
        shared_texts().follow()
    assert same_copies(one, third), "a copy that was thrown away is made anew by the next process that begins"
    close_app(again)
    assert [path_of(machine.files, "ar", MESSAGES).read_bytes() for machine in two] == [
        path_of(files, "ar", MESSAGES).read_bytes()
    ] * 2
    close_app(third.app)


def test_many_on_two_machines_lose_nothing_and_one_of_two_wins(two: Two) -> None:
    texts = [entry.source[0] for entry in two[0].catalogue(SURVEYS).entries][:12]
    failures: list[Exception] = []
    start = threading.Barrier(4)
    first = {dutch: two[0].entry(dutch, SURVEYS) for dutch in texts}

    def work(number: int) -> None:
        machine = two[number % 2]
        start.wait()
        for dutch in texts[number::4]:
            name, seen = name_of(SURVEYS, first[dutch]), seen_of(first[dutch])
            with machine.app.app_context():
                wording = Wording((f"{first[dutch].target[0]} {number}",))
                try:
                    change(machine.desk(), name, seen, wording, Step.SAVE, ADA, DAY)
                except Exception as error:  # noqa: BLE001 - told below
                    failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for number, dutch in enumerate(texts):
        made = [machine.entry(dutch, SURVEYS).target for machine in two]
        assert made == [(f"{first[dutch].target[0]} {number % 4}",)] * 2
    old = two[0].entry(texts[0], SURVEYS)
    for machine, text in zip(two, ("één", "twee"), strict=True):
        with machine.app.app_context():
            wording = Wording((f"{first[texts[0]].target[0]} {text}",))
            try:
                change(machine.desk(), name_of(SURVEYS, old), seen_of(old), wording, Step.SAVE, BEA, DAY)
            except EntryChanged as changed:
                failures.append(changed)
    assert [type(one) for one in failures] == [EntryChanged]
    assert two[1].entry(texts[0], SURVEYS).target[0].endswith("één")


def test_who_wrote_takes_it_back_on_another_machine_and_nobody_else_does(pair: Two) -> None:
    one, other = pair
    before = one.entry(SKIP)
    written = one.write(SKIP, NEW)
    name = name_of(MESSAGES, before)
    with other.app.app_context():
        desk = other.desk()
        assert (can_undo(desk, name, written, ADA), can_undo(desk, name, written, BEA)) == (True, False)
        with pytest.raises(NothingToUndo):
            undo(desk, name, BEA)
        undo(desk, name, ADA)
        with pytest.raises(NothingToUndo):
            undo(other.desk(), name, ADA)
    assert one.entry(SKIP).target == before.target == one.says(SKIP)
    assert one.entry(SKIP).notes == before.notes


def _approve_all(machine: Machine) -> None:
    """What two people do with every text; each change of the whole catalogue at once, to be quick about it."""
    for who, step in ((ADA, Step.REVIEW), (BEA, Step.APPROVE)):
        for entry in machine.catalogue().entries:
            if state_of(entry) is not State.APPROVED:
                with machine.app.app_context():
                    desk = machine.desk()
                    change(desk, name_of(MESSAGES, entry), seen_of(entry), wording_of(entry), step, who, DAY)


def _few(machine: Machine) -> None:
    """Leave four texts of the pages, so that two people are soon through."""
    for path in (template_path(machine.files, MESSAGES), path_of(machine.files, "ar", MESSAGES)):
        header, *texts = path.read_text("utf-8").split("\n\n")
        kept = [text for text in texts if f'msgid "{SKIP}"' in text or f'msgid "{NO}"' in text]
        path.write_text("\n\n".join([header, *(text.strip("\n") for text in kept)]) + "\n", "utf-8")
    assert compile_catalogue(path_of(machine.files, "ar", MESSAGES), even_if_worse=True)


def test_reviewed_is_said_of_these_very_texts_and_of_no_others(pair: Two, tmp_path: Path) -> None:
    one, other = pair
    for machine in pair:
        _few(machine)
    _approve_all(one)
    with one.app.app_context():
        release(one.desk(), MESSAGES, "vertaler, 2026-01-01")
    strict = Machine(one.settings.database_url, tmp_path / "strict", one.files, frozenset())
    for machine in (other, strict):
        assert (machine.catalogue().state, machine.state_of_pages()) == ("reviewed", "reviewed")
        assert machine.offers()
    waits = one.write(SKIP, NEW)
    assert not waits.fuzzy and other.catalogue().state == "draft", "it was changed since"
    assert strict.offers() and strict.says(SKIP) != (NEW,), "pages keep what was reviewed"
    with other.app.app_context():
        undo(other.desk(), name_of(MESSAGES, waits), ADA)
    assert strict.catalogue().state == "reviewed"
    # a new version on one machine brings a text that nobody here has read
    asked = '\n#: feedback_app/templates/respond/page.html\nmsgid "Nieuw"\nmsgstr "%s"\n'
    for path, text in (
        (template_path(strict.files, MESSAGES), ""),
        (path_of(strict.files, "ar", MESSAGES), "جديد"),
    ):
        path.write_text(path.read_text("utf-8") + asked % text, "utf-8")
    compile_catalogue(path_of(strict.files, "ar", MESSAGES))
    assert (strict.catalogue().state, strict.state_of_pages(), strict.offers()) == ("draft", "draft", False)
    assert (other.catalogue().state, other.offers()) == ("reviewed", True), (
        "the old version goes on meanwhile"
    )
    with other.app.app_context():
        reopen(other.desk(), MESSAGES)
    assert (one.catalogue().state, one.state_of_pages()) == ("draft", "draft")
    close_app(strict.app)


def test_dutch_that_changes_keeps_what_was_written_as_outdated(pair: Two) -> None:
    one, other = pair
    question = next(e for e in one.catalogue(SURVEYS).entries if e.context == "newcomer.match")
    with one.app.app_context():
        made = Wording((f"{question.target[0]} !",))
        change(one.desk(), name_of(SURVEYS, question), seen_of(question), made, Step.SAVE, ADA, DAY)
    path = path_of(other.files, "ar", SURVEYS)
    changed = replace(question, source=("Was dit iets?",), target=("",))
    ships = read(path)
    texts = tuple(changed if e.key == question.key else e for e in ships.entries)
    assert write(path, replace(ships, entries=texts))
    found = next(e for e in other.catalogue(SURVEYS).entries if e.context == "newcomer.match")
    assert (found.target, found.fuzzy, found.previous) == (made.target, True, question.source)
    assert (
        next(e for e in one.catalogue(SURVEYS).entries if e.context == "newcomer.match").target == made.target
    )


def test_git_gets_the_texts_and_nothing_else_and_then_the_files_count_again(
    pair: Two, tmp_path: Path, files: Path
) -> None:
    one, other = pair
    one.write(SKIP, NEW)
    checkout = Path(shutil.copytree(files, tmp_path / "checkout"))
    assert "ar/messages.po: 1 text(s) written" in one.command("translations", "export", str(checkout))
    was, now = (path_of(place, "ar", MESSAGES).read_text("utf-8").splitlines() for place in (files, checkout))
    gone, come = [line for line in was if line not in now], [line for line in now if line not in was]
    assert len(gone) <= 1 and f'msgstr "{NEW}"' in come and len(come) == 2, "the text, and who wrote it"
    assert "0 text(s) written" in one.command("translations", "export", str(checkout)), "twice is once"
    assert "0 text(s) are" in one.command("translations", "settle"), "the files do not say it yet"
    for machine in pair:
        shutil.rmtree(machine.files)
        shutil.copytree(checkout, machine.files)
    assert one.says(SKIP) == other.says(SKIP) == (NEW,)
    assert "1 text(s) are" in other.command("translations", "settle")
    with one.app.app_context():
        assert db.session.scalars(sa.select(WrittenText)).all() == []
        assert db.session.scalars(sa.select(WrittenState)).all() == []
    assert one.says(SKIP) == (NEW,) and same_copies(one, other)


def test_a_restore_brings_the_texts_of_the_backup_also_where_a_later_copy_of_them_lies(
    pair: Two, tmp_path: Path, files: Path
) -> None:
    one, other = pair
    one.write(SKIP, NEW)
    backup = tmp_path / "feedback.backup"
    one.command("backup", str(backup))
    one.write(SKIP, LATER)
    assert other.says(SKIP) == (LATER,)
    back = f"sqlite:///{tmp_path / 'back.sqlite3'}"
    fresh = Machine(back, tmp_path / "fresh", files)
    fresh.command("restore", str(backup))
    assert fresh.says(SKIP) == (NEW,)
    again = Machine.__new__(Machine)
    again.settings = other.settings.but(database_url=back)
    again.app = make_app(back, other.settings.instance_dir, translations_dir=other.files)
    assert again.says(SKIP) == (NEW,), "what was written after the backup is lost, on every machine"
    close_app(again.app)
    close_app(fresh.app)
