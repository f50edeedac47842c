"""Recorded voices: found by the text they speak, served as a phone wants them, counted and checked."""

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from feedback_app.cli import main
from feedback_app.questionnaires import recording
from feedback_app.questionnaires.audio import audio_faults, recorded, spoken, text_hash, texts_now
from feedback_app.questionnaires.loading import load_codes, load_surveys
from feedback_app.questionnaires.pages import voice
from feedback_app.web.locale import use_language
from tests.opus import silent_opus
from tests.pages import checked_client
from tests.staff import close_app, make_app

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "translations"
TEXT = "Hoe vond je de activiteit?"
NAME = hashlib.sha256(TEXT.encode()).hexdigest()[:16]


@pytest.fixture
def surveys(tmp_path: Path) -> Path:
    copied = tmp_path / "surveys"
    shutil.copytree(ROOT / "surveys", copied, ignore=shutil.ignore_patterns("audio"))
    return copied


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path, surveys: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path, surveys_dir=surveys)
    yield made
    close_app(made)


def record(surveys: Path, locale: str, text: str, content: bytes = b"") -> Path:
    path = surveys / "audio" / locale / f"{text_hash(text)}.opus"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or silent_opus())
    return path


def test_a_recording_is_named_by_its_text() -> None:
    assert text_hash(TEXT) == NAME
    assert text_hash("ትግርኛ") == hashlib.sha256("ትግርኛ".encode()).hexdigest()[:16]


def test_a_page_names_the_recording_of_exactly_its_text_and_language(app: Flask, surveys: Path) -> None:
    with app.test_request_context():
        use_language("nl")
        assert voice(TEXT) == ""
        path = record(surveys, "nl", TEXT)
        assert voice(TEXT) == f' data-audio="{NAME}"'
        assert voice("Hoe was de activiteit?") == "", "a changed text has no recording"
        use_language("ar")
        assert voice(TEXT) == "", "nor has another language"
        use_language("nl")
        path.unlink()
        assert voice(TEXT) == ""


def test_a_folder_is_read_again_when_it_changes(surveys: Path) -> None:
    path = record(surveys, "nl", TEXT)
    long_ago = path.parent.stat().st_mtime - 1000
    os.utime(path.parent, (long_ago, long_ago))
    first = recorded(surveys, "nl")
    assert first == {NAME}
    assert recorded(surveys, "nl") is first, "kept while nothing changes"
    record(surveys, "nl", "Was dit iets voor jou?")
    assert len(recorded(surveys, "nl")) == 2
    assert recorded(surveys, "ar") == frozenset()


def test_a_recording_is_served_for_good_and_in_parts(app: Flask, surveys: Path) -> None:
    content = record(surveys, "nl", TEXT).read_bytes()
    client = checked_client(app)
    whole = client.get(f"/audio/nl/{NAME}.opus")
    assert (whole.status_code, whole.data) == (200, content)
    assert whole.content_type == "audio/ogg; codecs=opus"
    caching = {part.strip() for part in whole.headers["Cache-Control"].split(",")}
    assert caching == {"public", "max-age=31536000", "immutable"}
    again = client.get(f"/audio/nl/{NAME}.opus", headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    part = client.get(f"/audio/nl/{NAME}.opus", headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.data) == (206, content[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(content)}"
    beyond = client.get(f"/audio/nl/{NAME}.opus", headers={"Range": f"bytes={len(content)}-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    "path",
    [
        "nl/0123456789abcdef.opus",
        f"ar/{NAME}.opus",
        f"xx/{NAME}.opus",
        f"NL/{NAME}.opus",
        f"nl/{NAME.upper()}.opus",
        f"nl/{NAME}.opus.opus",
        f"nl/{NAME}.mp3",
        f"../audio/nl/{NAME}.opus",
        f"nl/..%2fnl%2f{NAME}.opus",
        f"%2e%2e/nl/{NAME}.opus",
        "nl/secret.opus",
        "nl/%00.opus",
    ],
)
def test_nothing_else_is_served(app: Flask, surveys: Path, path: str) -> None:
    folder = record(surveys, "nl", TEXT).parent
    (folder / "secret.opus").write_bytes(silent_opus())
    answer = checked_client(app).get(f"/audio/{path}")
    assert answer.status_code == 404
    assert b"OggS" not in answer.data


def test_a_missing_recording_is_said_in_a_few_words(app: Flask) -> None:
    answer = checked_client(app).get("/audio/nl/0123456789abcdef.opus")
    assert answer.text == "Deze pagina bestaat niet\n"


def test_a_recording_that_is_taken_away_meanwhile_is_missing(app: Flask, surveys: Path) -> None:
    path = record(surveys, "nl", TEXT)
    path.unlink()
    path.mkdir()
    assert checked_client(app).get(f"/audio/nl/{NAME}.opus").status_code == 404


def test_everything_a_respondent_reads_first_can_be_spoken() -> None:
    survey = load_surveys(ROOT / "surveys")["newcomer"]
    texts = texts_now(ROOT / "surveys", TRANSLATIONS, survey, "nl")
    read = set(spoken(survey, texts).values())
    said = {*survey.intro, *(survey.texts[name] for name in ("title", "help_title", "help"))}
    for item in survey.items:
        said |= {item.text, *([item.hint] if item.hint else []), *(option.text for option in item.options)}
    assert len(said) > 40
    assert said <= read
    start = survey.texts["activity"].split("{type}")[0]
    kinds = load_codes(ROOT / "surveys").offer_types
    assert len(read - said) == len(kinds), "the sentence on the activity, once for each kind"
    assert all(text.startswith(start) and "{type}" not in text for text in read - said)


def run(*arguments: str, surveys: Path) -> str:
    done = CliRunner().invoke(main, arguments, env={"FEEDBACK_SURVEYS_DIR": str(surveys)})
    assert done.exit_code == 0, done.output
    return done.output


def test_the_list_says_what_to_record_and_status_counts_it(surveys: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("audio", "list", "nl", surveys=surveys))))
    assert len({row["file"] for row in rows}) == len(rows), "one line for each file"
    for row in rows:
        assert row["file"] == f"{text_hash(row['text'])}.opus"
        assert row["recorded"] == "no"
    yes = next(row for row in rows if row["text"] == "Ja")
    assert {"newcomer.match.3", "newcomer.welcome.yes"} <= set(yes["places"].split())
    record(surveys, "nl", "Ja")
    left = run("audio", "list", "nl", "--missing", "--survey", "newcomer", surveys=surveys)
    texts = [row["text"] for row in csv.DictReader(io.StringIO(left))]
    assert "Ja" not in texts
    status = json.loads(run("translations", "status", "--json", surveys=surveys))
    counted = {(row["survey"], row["language"]): (row["recorded"], row["to_record"]) for row in status}
    assert counted["newcomer", "nl"] == (1, len(texts) + 1)
    assert counted["newcomer", "ar"][0] == 0
    assert counted["messages", "nl"] == (0, 0)
    assert f"1/{len(texts) + 1}" in run("translations", "status", surveys=surveys)


def test_the_list_runs_nothing_in_a_spreadsheet(surveys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "spoken", lambda *_given: {"newcomer.match": "=HYPERLINK(A1)"})
    (row,) = csv.DictReader(io.StringIO(run("audio", "list", "nl", surveys=surveys)))
    assert row["text"] == "'=HYPERLINK(A1)"


def test_an_unknown_language_is_refused(surveys: Path) -> None:
    done = CliRunner().invoke(main, ["audio", "list", "xx"], env={"FEEDBACK_SURVEYS_DIR": str(surveys)})
    assert done.exit_code == 1
    assert "xx" in done.output


def test_recordings_nobody_hears_are_named(surveys: Path) -> None:
    good = record(surveys, "nl", TEXT)
    stale = record(surveys, "nl", "Hoe was het vroeger?")
    noise = record(surveys, "nl", "Was dit iets voor jou?", b"RIFF....WAVE")
    wrong = good.with_name("vraag 1.opus")
    wrong.write_bytes(silent_opus())
    (surveys / "audio" / "dari").mkdir()
    (surveys / "audio" / ".keep").write_text("")
    faults = {fault.file: fault for fault in audio_faults(surveys, TRANSLATIONS, load_surveys(surveys))}
    assert set(faults) == {stale, noise, wrong, surveys / "audio" / "dari"}
    assert all(fault.warning for fault in faults.values())
    assert "Ogg Opus" in faults[noise].problem
    assert "no faults, 4 warning(s)" in run("surveys", "check", str(surveys), surveys=surveys)


def test_only_real_recordings_within_the_folder_count(tmp_path: Path) -> None:
    folder = tmp_path / "audio" / "nl"
    folder.mkdir(parents=True)
    (folder / "72801ca57bc2d157.opus").write_bytes(b"junk")
    (folder / "0123456789abcdef.opus").mkdir()
    outside = tmp_path / "outside.opus"
    outside.write_bytes(silent_opus(100))
    (folder / "fedcba9876543210.opus").symlink_to(outside)
    (folder / "aaaaaaaaaaaaaaaa.opus").write_bytes(silent_opus(100))
    assert recorded(tmp_path, "nl") == {"aaaaaaaaaaaaaaaa"}
