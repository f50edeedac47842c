"""What goes wrong leaves neither a link nor what somebody wrote in the log."""

import json
import logging
import subprocess
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from gunicorn.config import Config

from feedback_app.database import db
from feedback_app.journal import keep_journal, lines
from feedback_app.server import ServerLog
from feedback_app.web import errors
from tests.staff import signed_in
from tests.world import World, respond

SAID = "Voorbeeldopmerking die niemand in een logboek mag lezen"


def written(caplog: pytest.LogCaptureFixture) -> str:
    """All that a log would hold: messages, arguments and the whole chain of causes."""
    lines = []
    for record in caplog.records:
        lines.append(record.getMessage())
        if record.exc_info:
            lines += traceback.format_exception(*record.exc_info)
    return "\n".join(lines)


def test_a_trace_tells_where_and_what_kind_and_nothing_that_was_there() -> None:
    """A job that stumbles over what somebody wrote: Python's own words repeat it."""
    with pytest.raises(FileNotFoundError) as raised:
        try:
            int(SAID)
        except ValueError as error:
            raise FileNotFoundError(2, "No such file or directory", SAID) from error
    broken = (raised.type, raised.value, raised.tb)
    record = logging.LogRecord("a", logging.ERROR, "", 0, "broken", (), broken)
    for form in ("json", "text"):
        line = lines(form).format(record)
        assert SAID not in line and "test_logs.py" in line
        assert line.index("ValueError") < line.index("FileNotFoundError: No such file or directory")


def test_what_python_itself_writes_repeats_nothing() -> None:
    """A warning of a library, and a line that cannot be made, in a process that keeps our journal."""
    program = (
        "import logging, warnings; from feedback_app.discretion import init_discretion;"
        "from feedback_app.journal import keep_journal; init_discretion(); keep_journal('json');"
        "warnings.warn('iemand@voorbeeld.example'); logging.getLogger('ours').error('%d', 'iemand@voorbeeld.example')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "iemand" not in done.stderr
    assert "[e-mail]" in done.stderr and "a line of ours cannot be written" in done.stderr


def test_a_request_that_the_server_breaks_off_is_told_with_the_place_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ServerLog, "form", "json")
    log = ServerLog(Config())
    try:
        int(SAID)
    except ValueError:
        log.exception("Error handling request %s %s", "GET", "/s/voorbeeldlink")
    said = capsys.readouterr().err
    (line,) = map(json.loads, said.splitlines())
    assert SAID not in said and "voorbeeldlink" not in said and "test_logs.py" in line["trace"]
    assert line["message"] == "the server broke off a request: ValueError" and line["at"].endswith(":00:00Z")


def break_the_table(world: World) -> None:
    with world.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE remarks RENAME TO elsewhere"))


def test_a_failing_statement_says_nothing_of_what_it_was_to_store(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.open()
    token = world.token()
    break_the_table(world)
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.DEBUG):
        answer = respond(world.client, token, {"experience": "4", "remark": SAID})
    assert answer.status_code in (500, 503)
    assert any(record.levelno >= logging.ERROR for record in caplog.records)
    assert SAID not in written(caplog)
    assert token not in written(caplog)


def test_the_message_of_a_database_error_holds_no_value(world: World) -> None:
    with world.app.app_context(), pytest.raises(sa.exc.DBAPIError) as raised:
        db.session.execute(sa.text("INSERT INTO nowhere VALUES (:text)"), {"text": SAID})
    assert SAID not in str(raised.value)


def test_when_even_the_error_page_fails_there_is_a_bare_one(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open()
    token = world.token()
    break_the_table(world)
    monkeypatch.setattr(errors, "_template", lambda: "web/is-niet-geinstalleerd.html")
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.DEBUG):
        answer = respond(world.client, token, {"experience": "4", "remark": SAID}, lang="ar")
    assert answer.status_code in (500, 503)
    assert "<h1>" in answer.text and 'lang="ar"' in answer.text and 'dir="rtl"' in answer.text
    assert SAID not in written(caplog)
    assert token not in written(caplog)


def test_a_row_that_postgresql_refuses_is_repeated_nowhere(world: World) -> None:
    """Its second line holds the row, whatever is hidden of the statement; a worker's log would keep it."""
    with world.app.app_context():
        kept = "'a' = 'b'" if db.engine.dialect.name == "sqlite" else "text = ''"
        with db.engine.begin() as connection:
            connection.execute(sa.text(f"CREATE TABLE noted (text TEXT, CHECK ({kept}))"))
        with pytest.raises(sa.exc.IntegrityError) as raised:
            db.session.execute(sa.text("INSERT INTO noted VALUES (:text)"), {"text": SAID})
        assert SAID not in "".join(traceback.format_exception(raised.value))
        db.session.rollback()


def test_what_fails_for_a_colleague_is_logged_without_its_words(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_given: object) -> None:
        raise ValueError(SAID)

    browser = signed_in(world.app, "analist")
    monkeypatch.setattr("feedback_app.staff.pages.what_waits", breaks)
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.DEBUG):
        assert browser.get("/staff/").status_code == 500
    assert "ValueError on staff.home" in written(caplog) and "in breaks" in written(caplog)
    assert SAID not in written(caplog)


def test_no_page_fails_because_the_disk_of_its_log_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    full = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - what could not be written cannot be closed
    monkeypatch.setattr(sys, "stderr", full)
    keep_journal("text")
    try:
        logging.getLogger("feedback_app").error("een regel")
        with pytest.raises(OSError):
            full.flush()
    finally:
        logging.captureWarnings(False)
        with suppress(OSError):
            full.close()
