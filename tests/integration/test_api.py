"""What programs may ask: each answer as the document says, each role and region within its bounds."""

import os
import random
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedback_app.analysis.models import PublishedParticipation, PublishedStatistic
from feedback_app.analysis.monitor import response_counts
from feedback_app.api.calling import LIMIT
from feedback_app.api.pages import OPERATIONS
from feedback_app.api.problems import PROBLEMS
from feedback_app.api.scopes import ENDPOINTS, SCOPE_NAMES
from feedback_app.reports.models import Edition, EditionRelease
from feedback_app.signals.models import Signal
from feedback_app.staff.models import ROLES, AuditEntry
from feedback_app.staff.roles import ACCESS
from tests.databases import Databases
from tests.programs import PREFIX, TRAJECTORY, Document, Program, listening, program_of, token_of
from tests.world import WAVE, Person, World, respond

OPEN = "2026-H2"
PDF = b"%PDF-1.7 voorbeeld, die lang genoeg is"
DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


@pytest.fixture(scope="module")
def office(
    databases: Databases, real_catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A closed wave with answers, an open one, reports in each state and signals of two regions."""
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("api"), real_catalogues)
        people = [Person(region=region) for region in ("kempen", "limburg") for _ in range(30)]
        world.open(people)
        rng = random.Random(7)
        for link in world.links():
            respond(world.client, link.token, {"experience": rng.choice("345"), "informed": "yes"})
        world.shut()
        world.open([], wave=OPEN)
        with world.session() as session:
            for number, region in enumerate((None, "kempen", "limburg")):
                session.add(
                    Signal(wave_key=WAVE, theme_key="T05", region_key=region, observation=f"Zorg {number}")
                )
            session.add_all(edition(name, **more) for name, more in EDITIONS.items())
            session.flush()
            session.add(EditionRelease(edition_id=key_of("released"), account_id="0" * 32))
            session.commit()
        yield world
        world.close()


EDITIONS: dict[str, dict[str, Any]] = {
    "draft": {"state": "draft"},
    "released": {"state": "final"},
    "kempen": {"state": "final", "region_key": "kempen"},
    "limburg": {"state": "final", "region_key": "limburg"},
}


def key_of(name: str) -> str:
    return f"{[*EDITIONS].index(name):032x}"


def edition(name: str, **more: Any) -> Edition:
    return Edition(
        id=key_of(name),
        wave_key=WAVE,
        locale="nl",
        content={},
        content_hash="0" * 64,
        pdf=PDF,
        html="<p>",
        **more,
    )


@pytest.fixture(scope="module")
def programs(office: World) -> dict[str, Program]:
    """A program for each role that can have one, with all it can have."""
    able = [role for role in ROLES if any(role in ACCESS[endpoint] for endpoint in ENDPOINTS.values())]
    return {role: program_of(office.app, role) for role in able}


def walk(program: Program, path: str, limit: int) -> list[Any]:
    """Every item of a list, piece by piece, by the links alone."""
    found, address = [], f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while address:
        answer = program.get(address)
        assert len(answer.json["items"]) <= limit
        found += answer.json["items"]
        links = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', ", ".join(answer.headers.getlist("Link"))))
        after = next((url for url, kind in links.items() if kind == "next"), "")
        assert bool(after) == (answer.json["next"] is not None)
        address = after.removeprefix(PREFIX)
    return found


def test_routes_and_document_are_the_same(office: World) -> None:
    document = Document(office.app)
    routes = {
        (method, re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in office.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(PREFIX)
    }
    about_itself = {("GET", f"{PREFIX}/openapi.json"), ("GET", f"{PREFIX}/problems/{{code}}")}
    assert routes - about_itself == {(method, path) for method, path, _one in document.operations}
    assert document.content["openapi"] == "3.1.0"
    assert "://" not in str(document.content), "it names no host"


def test_scopes_and_problems_are_documented() -> None:
    assert [scope for scope in SCOPE_NAMES if f"| `{scope}` |" not in DOCS] == []
    assert re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", DOCS, re.M) == [
        (code, str(status)) for code, (status, _title, _advice) in PROBLEMS.items()
    ]
    assert {scope for one in OPERATIONS for scope in one.scopes} == set(SCOPE_NAMES) == set(ENDPOINTS)


def test_a_role_can_ask_what_it_can_open_and_nothing_else(programs: dict[str, Program]) -> None:
    fits = {"wave": WAVE, "survey": "newcomer", "kind": "pdf", "import": "0" * 32, "signal": "0" * 32}
    fits["edition"] = key_of("released")
    for role, program in programs.items():
        for one in OPERATIONS:
            path = re.sub(r"\{(\w+)\}", lambda found: fits[found[1]], one.path)
            if one.method == "POST":
                answer = program.post(path, {"trajectories": []}, "sleutel-van-rol")
            else:
                answer = program.get(path)
            may = not one.scopes or any(role in ACCESS[ENDPOINTS[scope]] for scope in one.scopes)
            assert (answer.status_code == 403) == (not may), (role, one.key)
            assert answer.status_code < 500


def test_a_token_can_do_less_than_its_role(office: World) -> None:
    narrow = program_of(office.app, "analist", "read:tables")
    assert narrow.get("/token").json["scopes"] == ["read:tables"]
    refused = narrow.get("/signals")
    assert (refused.status_code, refused.json["scopes"]) == (403, ["read:signals"])
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


def test_published_figures_come_in_pieces_and_each_once(office: World, programs: dict[str, Program]) -> None:
    analist = programs["analist"]
    for path, table in (("tables", PublishedStatistic), ("participation", PublishedParticipation)):
        at_once = analist.get(f"/waves/{WAVE}/{path}/newcomer?limit=200").json
        assert walk(analist, f"/waves/{WAVE}/{path}/newcomer", 7)[:200] == at_once["items"]
        with office.session() as session:
            number = session.scalar(sa.select(sa.func.count()).where(table.survey_key == "newcomer"))
        assert len(walk(analist, f"/waves/{WAVE}/{path}/newcomer", 60)) == number > 7
    shown = walk(analist, f"/waves/{WAVE}/tables/newcomer?cut=flanders&item=experience", 5)
    assert [(one["member"], one["state"], one["base"]) for one in shown] == [("vlaanderen", "shown", "60")]
    assert analist.get(f"/waves/{WAVE}/tables/staff").status_code == 404
    assert analist.get(f"/waves/{OPEN}/tables/newcomer").json["type"].endswith("/wave-open")


def test_a_cursor_is_for_one_question_and_cannot_be_made(programs: dict[str, Program]) -> None:
    analist = programs["analist"]
    place = f"/waves/{WAVE}/tables/newcomer"
    cursor = analist.get(f"{place}?limit=2").json["next"]
    turned = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    for path in (
        f"{place}?cut=region&cursor={cursor}",
        f"/waves/{WAVE}/participation/newcomer?cursor={cursor}",
        f"{place}?cursor={turned}",
        f"{place}?cursor=AAAA",
    ):
        assert analist.get(path).json["type"].endswith("/bad-cursor"), path
    assert analist.get(f"{place}?limit=5&cursor={cursor}").status_code == 200, (
        "another limit is no other question"
    )


def test_a_region_sees_flanders_and_itself(office: World, programs: dict[str, Program]) -> None:
    kempen = programs["netwerkmedewerker"]
    narrowed = program_of(office.app, "analist", region="kempen")
    for bound in (kempen, narrowed):
        groups = {(one["cut"], one["member"]) for one in walk(bound, f"/waves/{WAVE}/tables/newcomer", 100)}
        assert groups == {("flanders", "vlaanderen"), ("region", "kempen")}
        assert walk(bound, f"/waves/{WAVE}/tables/newcomer?cut=region&member=limburg", 5) == []
        assert {one["region"] for one in walk(bound, "/signals", 1)} == {"kempen"}
        seen = {one["id"] for one in walk(bound, "/editions", 2)}
        assert seen == {key_of("released"), key_of("kempen")}
        assert bound.get(f"/editions/{key_of('limburg')}").status_code == 404
        assert list(bound.get(f"/waves/{OPEN}/invitations").json["regions"]) in ([], ["kempen"])
    assert {one["region"] for one in walk(programs["analist"], "/signals", 2)} == {None, "kempen", "limburg"}


def test_an_open_wave_is_counted_as_on_its_page_and_a_closed_one_not(
    office: World, programs: dict[str, Program]
) -> None:
    told = programs["agentschap"].get(f"/waves/{OPEN}/invitations").json
    with office.session() as session:
        page = response_counts(session, OPEN, None)
    for side, group in page.total.items():
        for name in ("invited", "delivered", "answered", "bounced"):
            assert told["total"][side][name]["shown"] == getattr(group, name).shown
    assert programs["agentschap"].get(f"/waves/{WAVE}/invitations").json["type"].endswith("/wave-closed")


def test_reports_by_role_whole_in_part_and_logged(office: World, programs: dict[str, Program]) -> None:
    lezer, analist = programs["lezer"], programs["analist"]
    assert [one["id"] for one in walk(lezer, "/editions", 1)] == [key_of("released")]
    assert lezer.get(f"/editions/{key_of('draft')}/pdf").status_code == 404
    states = {one["id"]: one["state"] for one in walk(analist, "/editions", 2)}
    assert (states[key_of("draft")], states[key_of("released")]) == ("draft", "released")
    assert walk(analist, "/editions?state=draft&level=vlaanderen&locale=nl", 9)[0]["id"] == key_of("draft")
    one = lezer.get(f"/editions/{key_of('released')}").json
    assert set(one["files"]) == {"pdf", "html"}, "an edition tells only of files it has"
    path = one["files"]["pdf"].removeprefix(PREFIX)
    whole = lezer.get(path)
    tag = whole.headers["ETag"]
    assert (whole.data, whole.mimetype) == (PDF, "application/pdf")
    assert lezer.get(path, If_None_Match=tag).status_code == 304
    part = lezer.get(path, Range="bytes=5-8", If_Range=tag)
    assert (part.status_code, part.data) == (206, PDF[5:9])
    assert lezer.get(path, Range="bytes=900-").json["type"].endswith("/range")
    assert lezer.get(f"/editions/{key_of('released')}/zip").status_code == 404
    with office.session() as session:
        fetched = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "report.downloaded")).all()
    told = [(entry.role, entry.facts["part"]) for entry in fetched if entry.role == "lezer"]
    assert told[-2:] == [("lezer", "all"), ("lezer", "some")]


def test_what_cannot_be_answered_says_so_in_both_languages(
    office: World, programs: dict[str, Program]
) -> None:
    client, good = office.app.test_client(), {"Authorization": f"Bearer {programs['agentschap'].token}"}
    json_body = {"Content-Type": "application/json", "Idempotency-Key": "sleutel-fout"}
    cases: list[tuple[str, str, dict[str, Any], str]] = [
        ("GET", "", {}, "not-found"),
        ("GET", "/nergens", {}, "not-found"),
        ("GET", "/waves/2026/invitations", {"headers": good}, "not-found"),
        ("DELETE", "/waves", {"headers": good}, "method-not-allowed"),
        ("OPTIONS", "/waves", {}, "method-not-allowed"),
        ("GET", "/waves?limit=201", {"headers": good}, "bad-parameter"),
        ("GET", "/waves?limit=1&limit=2", {"headers": good}, "bad-parameter"),
        ("GET", f"/waves?access_token={good['Authorization'][7:]}", {}, "unauthorized"),
        ("GET", "/waves", {"headers": {"Authorization": "Basic eDp5"}}, "unauthorized"),
        ("POST", "/trajectories", {"headers": good, "json": {}}, "key-missing"),
        (
            "POST",
            "/trajectories",
            {"headers": {**good, "Idempotency-Key": "kort"}, "json": {}},
            "key-missing",
        ),
        ("POST", "/trajectories", {"headers": {**good, **json_body}, "data": "{"}, "bad-request"),
        ("POST", "/trajectories", {"headers": {**good, **json_body}, "data": "[" * 100_000}, "bad-request"),
        ("POST", "/trajectories", {"headers": {**good, **json_body}, "data": '{"a": NaN}'}, "bad-request"),
        ("POST", "/trajectories", {"headers": {**good, **json_body}, "data": b"\xff"}, "bad-request"),
        ("POST", "/trajectories", {"headers": {**good, **json_body}, "data": b" " * 2_100_000}, "too-large"),
        (
            "POST",
            "/trajectories",
            {"headers": {**good, "Idempotency-Key": "sleutel-form"}, "data": {"a": "b"}},
            "not-json",
        ),
        ("POST", "/trajectories", {"headers": {**good, **json_body}, "data": "[]"}, "invalid-body"),
    ]
    for method, path, more, code in cases:
        titles = set()
        for language in ("nl", "en"):
            headers = {**more.get("headers", {}), "Accept-Language": language}
            answer = client.open(PREFIX + path, method=method, **{**more, "headers": headers})
            assert answer.mimetype == "application/problem+json", (path, answer.status_code)
            assert answer.json["type"].endswith(f"/problems/{code}"), (path, answer.json)
            assert answer.json["status"] == answer.status_code == PROBLEMS[code][0]
            assert (answer.headers["Content-Language"], answer.headers["Cache-Control"]) == (
                language,
                "no-store",
            )
            assert (answer.status_code == 401) == ("WWW-Authenticate" in answer.headers)
            assert (answer.status_code == 405) == ("Allow" in answer.headers)
            titles.add(answer.json["title"])
        assert len(titles) == 2, f"{code} is said in one language only"
    # as a server hands over a body that comes in pieces: its length is not said
    pieces = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    long = EnvironBuilder(
        f"{PREFIX}/trajectories", method="POST", headers={**good, **json_body}
    ).get_environ()
    long |= pieces | {"wsgi.input": BytesIO(b'{"trajectories": []}' + b" " * 2_100_000 + b"x")}
    told, status, _headers = run_wsgi_app(office.app, long)
    assert status.startswith("413") and b"/problems/too-large" in b"".join(told)
    explained = client.get(f"{PREFIX}/problems/too-many", headers={"Accept-Language": "en"})
    assert (explained.status_code, explained.json["title"]) == (200, "Too many requests")


def test_a_fault_of_ours_is_a_problem_too_and_tells_nothing(
    office: World, programs: dict[str, Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback_app.api.figures.response_counts", _break)
    monkeypatch.setitem(office.app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = programs["agentschap"].get(f"/waves/{OPEN}/invitations")
    assert answer.json["type"].endswith("/internal") and "geheim" not in answer.text


def _break(*_arguments: object) -> None:
    raise RuntimeError("geheim")


def test_each_fault_of_the_body_is_named_and_nothing_comes_in(
    office: World, programs: dict[str, Program]
) -> None:
    agentschap = programs["agentschap"]
    body = {
        "trajectories": [
            TRAJECTORY | {"name": "Voorbeeld"},
            {},
            TRAJECTORY | {"hours": True, "ref": 7},
            "x",
            TRAJECTORY | {"ref": "V\x00"},
            TRAJECTORY | {"ref": "\ud800"},
            dict.fromkeys(TRAJECTORY, " \u00a0"),
        ],
        "more": 1,
    }
    refused = agentschap.post("/trajectories", body, "sleutel-fouten")
    assert [one["pointer"] for one in refused.json["errors"]] == [
        "/more",
        "/trajectories/0/name",
        "/trajectories/1",
        "/trajectories/2/ref",
        "/trajectories/2/hours",
        "/trajectories/3",
        "/trajectories/4/ref",
        "/trajectories/5/ref",
        "/trajectories/6",
    ]
    many = {"trajectories": [TRAJECTORY] * 1001}
    assert agentschap.post("/trajectories", many, "sleutel-veel").status_code == 422
    assert walk(agentschap, "/imports", 5) == []


def test_wrong_tokens_are_slowed_and_right_ones_are_not(office: World, programs: dict[str, Program]) -> None:
    good, document = programs["analist"], Document(office.app)
    wrong = Program(office.app, document, good.token[:-1] + ("0" if good.token[-1] != "0" else "1"))
    statuses = [wrong.get("/token").status_code for _ in range(70)]
    assert set(statuses[:50]) == {401} and statuses[-1] == 429
    assert good.get("/token").status_code == 200


def test_no_token_in_logs_errors_or_the_database(office: World, caplog: pytest.LogCaptureFixture) -> None:
    text = token_of(office.app, "vrijgever")
    program = Program(office.app, Document(office.app), text)
    with caplog.at_level(0):
        program.get("/waves")
        program.get("/nergens")
        program.get(f"/waves?limit={text}")
    assert text not in caplog.text
    assert text not in str(office.dump()) and text[4:44] not in str(office.dump())


@pytest.mark.parametrize("mode", [*GenerationMode], ids=str)
def test_the_document_holds_for_whatever_is_sent(
    office: World, programs: dict[str, Program], mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Schemathesis makes requests of the document; `API_EXAMPLES=500` makes it look longer."""
    monkeypatch.setitem(office.app.config, LIMIT, 10**9)
    wrong = [checks.negative_data_rejection] if mode is GenerationMode.POSITIVE else []
    # what fits the document may still be refused, and tokens have tests of their own
    excluded = [checks.positive_data_acceptance, checks.ignored_auth, checks.missing_required_header, *wrong]
    document = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", office.app)
    for found in document.get_all_operations():
        operation = found.ok()
        intake = "trajector" in operation.path or "import" in operation.path
        signed = {"Authorization": f"Bearer {programs['agentschap' if intake else 'analist'].token}"}
        ids = {"wave": WAVE, "edition": key_of("released"), "survey": "newcomer", "kind": "pdf"}
        there = ids if mode is GenerationMode.POSITIVE else {}  # what is meant to be wrong stays so
        hold_to(operation.as_strategy(generation_mode=mode), signed, excluded, there)


def hold_to(cases: Any, signed: dict[str, str], excluded: list[Any], ids: dict[str, str]) -> None:
    """Send what Schemathesis makes of one operation, every other time to something that is there."""

    @given(case=cases, real=booleans())
    @settings(
        max_examples=int(os.environ.get("API_EXAMPLES", "3")),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def hold(case: Any, real: bool) -> None:
        if real:
            case.path_parameters = {
                name: ids.get(name, value) for name, value in case.path_parameters.items()
            }
        answer = case.call(headers=signed)
        assert answer.status_code < 500
        case.validate_response(answer, excluded_checks=excluded)

    hold()


def test_the_walk_through_in_the_docs_works_as_it_stands(
    office: World,
    programs: dict[str, Program],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", DOCS[DOCS.index("## A walk-through") :], re.M | re.S)
    assert len(blocks) > 6
    monkeypatch.setenv("FEEDBACK_INTAKE_TOKEN", programs["agentschap"].token)
    monkeypatch.setenv("FEEDBACK_RESULTS_TOKEN", programs["analist"].token)
    with listening(office.app) as url:
        monkeypatch.setenv("FEEDBACK_URL", url)
        exec(compile("\n".join(blocks), "docs/api.md", "exec"), {"__name__": "walk_through"})
    said = capsys.readouterr().out
    assert "V-2026-18 agency unknown_agency" in said and "'experience': ('60'" in said
