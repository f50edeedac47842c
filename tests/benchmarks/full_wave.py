"""An open wave with very many answers, made by the database itself: the same ones each time, seconds for a million.

Regions, kinds of activity, languages and agencies of very different size; every question is answered, skipped or not
shown, several answers where several may be chosen; remarks; organisations of very different size. Most came through a
link, some on paper, with help or from a poster.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import psycopg
import sqlalchemy as sa

from feedback_app.invitations.models import AUDIENCES, Wave
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.definition import NOT_SHOWN, SKIPPED, Item, Survey
from feedback_app.questionnaires.loading import load_codes, load_regions
from feedback_app.questionnaires.versions import load_version
from tests.world import WAVE, World

#: how many in a hundred are a partner's, and say something in their own words
PARTNERS, REMARKS = 30, 12
#: invitations that nobody answered, per hundred responses
UNANSWERED = 25
MODES = {"phone": 90, "open": 4, "kiosk": 2, "paper": 2, "assisted": 2}
ORGANISATIONS = 900
#: a number below 999,983 that looks drawn: cubes of shifted numbers, so that no two salts go together
_SHIFTED = "((n * 7919 + {salt}) % 1000003)"
_HASH = f"({_SHIFTED} * {_SHIFTED} % 1000003 * ({_SHIFTED} + 12345) % 999983)"


def fill(world: World, responses: int) -> None:
    """Open the wave and give it so many responses, with their invitations and remarks."""
    world.open()
    with world.session() as session:
        wave = session.get_one(Wave, WAVE)
        surveys = {one: load_version(session, wave.fingerprint(one)).survey for one in AUDIENCES}
        prints = {one: wave.fingerprint(one) for one in AUDIENCES}
    statements = list(_statements(world, surveys, prints, responses))
    url = sa.make_url(world.settings.database_url)
    if world.settings.embedded:
        _on_sqlite(str(url.database), statements)
    else:
        _on_postgresql(url.set(drivername="postgresql").render_as_string(hide_password=False), statements)


def _on_sqlite(path: str, statements: Iterable[str]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("md5", 1, _md5, deterministic=True)
    for pragma in ("synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _on_postgresql(address: str, statements: Iterable[str]) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("SET session_replication_role = replica")  # no look-up for each foreign key
        for statement in statements:
            connection.execute(statement)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _statements(
    world: World, surveys: Mapping[str, Survey], prints: Mapping[str, str], responses: int
) -> Iterable[str]:
    yield (
        "CREATE TEMPORARY TABLE numbers AS WITH RECURSIVE counted(n) AS"
        f" (SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM counted WHERE n < {responses + responses * UNANSWERED // 100})"
        " SELECT n FROM counted"
    )
    yield _people(world, surveys, responses)
    yield "CREATE TEMPORARY TABLE asked AS SELECT * FROM people WHERE mode IN ('phone', '')"
    yield (
        "INSERT INTO partners (id, name) SELECT 'p' || n, 'Voorbeeldvereniging ' || n FROM numbers"
        f" WHERE n <= {ORGANISATIONS}"
    )
    yield (
        "INSERT INTO trajectories (id, ref_hash, agency_key, region_key, started_on, ended_on, hours,"
        " offer_source, contact_language, outcome, imported_on)"
        " SELECT 't' || n, id || id, agency, region, '2026-01-05', '2026-03-20', 40, 'begeleider', locale,"
        " 'completed', '2026-04-01' FROM asked ORDER BY 1"
    )
    yield (
        "INSERT INTO activities (id, trajectory_id, partner_id, offer_type)"
        f" SELECT 'a' || n, 't' || n, 'p' || (1 + {_hash(91)} * {_hash(92)} / 999983 % {ORGANISATIONS}), kind"
        " FROM asked WHERE survey = 'partner' ORDER BY 1"
    )
    yield (
        "INSERT INTO invitations (id, wave_key, audience, trajectory_id, activity_id, token_hash, region_key,"
        " agency_key, offer_type, contact_language, disposition, closed)"
        f" SELECT md5('i' || n), '{WAVE}', survey, CASE WHEN survey = 'newcomer' THEN 't' || n END,"
        " CASE WHEN survey = 'partner' THEN 'a' || n END, md5('x' || n) || md5('y' || n), region, agency, kind,"
        " locale, CASE WHEN mode <> '' THEN 'answered' WHEN n % 3 = 0 THEN 'bounced' WHEN n % 3 = 1 THEN"
        " 'delivered' ELSE 'unknown' END, false FROM asked ORDER BY 1"
    )
    case = " ".join(f"WHEN '{survey}' THEN '{one}'" for survey, one in prints.items())
    yield (
        "INSERT INTO responses (id, wave_key, survey_key, fingerprint, mode, region_key, agency_key, offer_type,"
        f" locale, week, complete, answers) SELECT id, '{WAVE}', survey, CASE survey {case} END, mode, region, agency, kind,"
        f" locale, '2026-W' || (14 + n % 12), {_hash(80)} % 10 > 0, {_answers(surveys)} FROM people WHERE mode <> '' ORDER BY 1"
    )
    yield (
        "INSERT INTO remarks (id, wave_key, survey_key, item_key, locale, region_key, month, text, state, quote,"
        f" quote_state) SELECT md5('q' || n), '{WAVE}', survey, 'remark', locale, region, '2026-04',"
        " 'Voorbeeldopmerking ' || n || ': de uren waren moeilijk, maar de mensen waren vriendelijk.', 'new', '',"
        f" 'none' FROM people WHERE mode <> '' AND {_hash(70)} % 100 < {REMARKS} ORDER BY 1"
    )
    for name in ("asked", "people", "numbers"):
        yield f"DROP TABLE {name}"


def _people(world: World, surveys: Mapping[str, Survey], responses: int) -> str:
    codes = load_codes(world.settings.surveys_dir)
    regions = tuple(load_regions(world.settings.surveys_dir))
    columns = {
        "survey": f"CASE WHEN {_hash(1)} % 100 < {PARTNERS} THEN 'partner' ELSE 'newcomer' END",
        "region": _weighed(2, regions),
        "kind": _weighed(3, [one.key for one in codes.offer_types]),
        "agency": _weighed(4, [one.key for one in codes.agencies]),
        "locale": _weighed(5, list(GROUPS)),
        "mode": f"CASE WHEN n > {responses} THEN '' ELSE {_by_weight(6, MODES)} END",
    }
    items = dict.fromkeys(item.key for survey in surveys.values() for item in survey.core)
    for number, key in enumerate(items):
        for survey in surveys.values():
            for item in survey.core:
                if item.key == key:
                    columns[f"{survey.key}_{key}"] = _value(item, 10 + number)
                    columns[f"{survey.key}_{key}_2"] = _second(item, 10 + number)
    chosen = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    return f"CREATE TEMPORARY TABLE people AS SELECT n, md5('r' || n) AS id, {chosen} FROM numbers"


def _value(item: Item, salt: int) -> str:
    """One answer: most of them the first options in the list, each twentieth none."""
    options = [option.key for option in item.options]
    weights = {key: 5 + 40 // (1 + place) for place, key in enumerate(options)} | {SKIPPED: 5}
    return _by_weight(salt, weights)


def _second(item: Item, salt: int) -> str:
    """Where several may be chosen: another answer of each second one."""
    options = [option.key for option in item.options]
    return f"CASE WHEN {_hash(salt + 40)} % 2 = 0 THEN {_by_weight(salt + 41, dict.fromkeys(options, 1))} END"


def _answers(surveys: Mapping[str, Survey]) -> str:
    """The list of what somebody answered, as it is stored."""
    cases = []
    for survey in surveys.values():
        said = " || ',' || ".join(_said(survey.key, item) for item in sorted(survey.core, key=_by_key))
        cases.append(f"WHEN '{survey.key}' THEN '[' || {said} || ']'")
    return f"CASE survey {' '.join(cases)} END"


def _by_key(item: Item) -> str:
    return f"{item.key}="


def _said(survey_key: str, item: Item) -> str:
    first = f"{survey_key}_{item.key}"
    said = _one(item, first)
    if item.type == "multiple":
        options = sorted(option.key for option in item.options)
        places = " ".join(f"WHEN '{key}' THEN {place}" for place, key in enumerate(options))
        earlier = f"CASE {first} {places} END < CASE {first}_2 {places} END"
        both = (
            f"{_one(item, one)} || ',' || {_one(item, other)}"
            for one, other in ((first, first + "_2"), (first + "_2", first))
        )
        alone = f"{first} = '{SKIPPED}' OR {first}_2 IS NULL OR {first}_2 = {first}"
        said = "CASE WHEN {} THEN {} WHEN {} THEN {} ELSE {} END".format(alone, said, earlier, *both)
    if item.shown_if:
        listed = ", ".join(f"'{one}'" for one in item.shown_if.any_of)
        shown = f"{survey_key}_{item.shown_if.item} IN ({listed})"
        said = f"CASE WHEN {shown} THEN {said} ELSE '\"{item.key}={NOT_SHOWN}\"' END"
    return said


def _one(item: Item, column: str) -> str:
    return f"'\"{item.key}=' || {column} || '\"'"


def _weighed(salt: int, keys: Sequence[str]) -> str:
    """Keys of very different size: the largest some ten times the smallest."""
    return _by_weight(salt, {key: 10 + 100 // (1 + place) for place, key in enumerate(keys)})


def _by_weight(salt: int, weights: Mapping[str, int]) -> str:
    total, so_far, cases = sum(weights.values()), 0, []
    for key, weight in weights.items():
        so_far += weight
        cases.append(f"WHEN {_hash(salt)} % {total} < {so_far} THEN '{key}'")
    return f"CASE {' '.join(cases)} END"


def _hash(salt: int) -> str:
    return _HASH.format(salt=salt * 48611)
