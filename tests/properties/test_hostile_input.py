"""Whatever comes from outside, the answer is a page, a refusal in words, or nothing: never an exception."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from feedback_app.invitations.delivery_report import read_report
from feedback_app.questionnaires.definition import Survey
from feedback_app.questionnaires.loading import SurveysRefused, read_yaml, validated
from feedback_app.responses.models import Response
from feedback_app.trajectories.reading import FileRefused, read_sheet
from tests.databases import Databases
from tests.exports import default_mapping, export
from tests.world import World

LARGEST_PAGE = 200_000  # letters of any answer, whatever was sent
SURVEY = Path("surveys/newcomer/questionnaire.yaml")
FORM = "application/x-www-form-urlencoded"
UNTIMED = settings(deadline=None, max_examples=60)


def broken(whole: bytes) -> st.SearchStrategy[bytes]:
    """A file that was cut, and into which a few bytes were written somewhere."""
    places = st.tuples(st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=20))
    return st.lists(places, max_size=4).map(lambda edits: _edited(whole, edits))


def _edited(whole: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, put in edits:
        whole = whole[:start] + put + whole[start + length :]
    return whole


@UNTIMED
@given(st.binary(max_size=400) | broken(export({}, {})))
@example(b"")
@example(b"\xff\xfe\x00")
@example(b"sep=;")
def test_a_file_is_read_or_refused_in_words(data: bytes) -> None:
    try:
        sheet = read_sheet(data, default_mapping(), "lijst.csv")
        rows = list(sheet.rows)
    except FileRefused as refused:
        assert 0 < len(str(refused)) < 5_000
        return
    assert len(rows) <= data.count(b"\n") + data.count(b"\r") + 1
    assert all(len(fields) <= len(data) + 1 for _number, fields in rows)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "[" * 5_000,
        "opened: 2026-99-99",
        "key: !!python/object/apply:os.system [id]",
        "key: 0x",
        "? [a]\n: b",
    ],
)
def test_a_definition_that_means_harm_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "questionnaire.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SurveysRefused) as refused:
        validated(Survey, read_yaml(path), path)
    assert str(path) in str(refused.value)
    assert "*a" not in text or "stands for another part" in str(refused.value)
    assert len(str(refused.value)) < 20_000


@settings(UNTIMED, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.binary(max_size=300) | broken(SURVEY.read_bytes()[:3_000]))
def test_a_definition_is_read_or_refused_in_words(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "questionnaire.yaml"
    path.write_bytes(data)
    try:
        assert isinstance(validated(Survey, read_yaml(path), path), Survey)
    except SurveysRefused as refused:
        assert refused.faults
        assert str(path) in str(refused)


@UNTIMED
@given(st.binary(max_size=400))
def test_a_mail_that_came_back_is_understood_or_left(data: bytes) -> None:
    read_report(data, "voorbeeld.example")
    read_report(b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n" + data, "voorbeeld.example")


@pytest.fixture(scope="module")
def world(
    databases: Databases, example_catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with databases.migrated("sqlite") as url:
        made = World(url, tmp_path_factory.mktemp("hostile"), example_catalogues)
        made.open()
        yield made
        made.close()


@UNTIMED
@given(st.text(max_size=80), st.sampled_from(["s", "o", "k", "stop", "audio", "rapporten", "staff/invited"]))
@example("..", "s")
@example("%2e%2e/%00", "audio")
@example("\ud800", "s")
def test_an_address_is_no_fault_of_ours(world: World, token: str, kind: str) -> None:
    world.app.extensions["unknown_links"]._begin()
    path = f"/{kind}/{quote(token.encode('utf-8', 'surrogatepass'), safe='')}"
    for answer in (world.client.get(path), world.client.post(path, data={"experience": "4"})):
        assert answer.status_code < 500
        assert len(answer.text) < LARGEST_PAGE
        target = urlsplit(answer.location or "")
        assert target.netloc in ("", "localhost")


NAMES = st.sampled_from(
    ["experience", "match", "remark", "lang", "refuse", "version", "response_id", "difficulties", "q", ""]
)
FIELDS = st.lists(st.tuples(NAMES | st.text(max_size=20), st.text(max_size=60)), max_size=12)


@settings(UNTIMED, max_examples=40)
@given(
    FIELDS, st.sampled_from([FORM, "multipart/form-data; boundary=x", "text/plain"]), st.binary(max_size=60)
)
@example([("remark", "\x00\ud800")], FORM, b"%")
@example([("lang", "../..")], FORM, b"&&==;")
def test_a_form_is_answered_and_stores_what_it_may(
    world: World, fields: list[tuple[str, str]], kind: str, tail: bytes
) -> None:
    pairs = [(name, value.encode("utf-8", "surrogatepass")) for name, value in fields]
    body = urlencode(pairs, encoding="utf-8", errors="surrogatepass").encode() + tail
    before = len(world.rows(Response))
    for path in (f"/s/{world.token()}", "/s/raden"):
        world.app.extensions["unknown_links"]._begin()
        answer = world.client.post(path, data=body, content_type=kind)
        assert answer.status_code < 500
        assert len(answer.text) < LARGEST_PAGE
    assert len(world.rows(Response)) - before <= 1
