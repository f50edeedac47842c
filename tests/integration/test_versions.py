"""Frozen versions: what was asked stays as it was asked, whatever happens to files and translations."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.analysis.models import FrozenCount
from feedback_app.invitations.models import WaveQuestionnaire
from feedback_app.questionnaires.catalogues import SURVEYS, path_of
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.models import QuestionnaireVersion, VersionTexts
from feedback_app.questionnaires.versions import freeze, join_languages, load_texts, load_version
from feedback_app.responses.models import Response
from tests.commands import run
from tests.example_catalogues import make_catalogues, mark
from tests.world import WAVE, Person, World, respond

FIRST = "Hoe vond je de activiteit?"
SECOND = "Hoe vond je de activiteit, eerlijk?"


@pytest.fixture
def own_world(migrated_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An installation with files of its own, which a test may change."""
    shutil.copytree(example_catalogues, tmp_path / "translations")
    plain = World(migrated_url, tmp_path, tmp_path / "translations")
    shutil.copytree(plain.settings.surveys_dir, tmp_path / "surveys")
    made = World(migrated_url, tmp_path, tmp_path / "translations", surveys_dir=tmp_path / "surveys")
    yield made
    made.close()


def rewrite(world: World, before: str, after: str) -> None:
    path = world.settings.surveys_dir / "newcomer" / "questionnaire.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def frozen(world: World) -> dict[str, str]:
    with world.session() as session:
        names = freeze(session, world.settings)
        session.commit()
    return names


def texts(world: World, fingerprint: str, locale: str) -> dict[str, str]:
    with world.session() as session:
        return dict(load_texts(session, fingerprint, locale))


def test_the_same_files_give_the_same_name_everywhere(own_world: World, sqlite_world: World) -> None:
    names = frozen(own_world)
    assert names.keys() >= {"newcomer", "partner"}
    assert frozen(own_world) == names == frozen(sqlite_world)
    assert len(own_world.rows(QuestionnaireVersion)) == len(names)


def test_a_changed_comma_makes_a_new_version_and_leaves_the_old_one(own_world: World) -> None:
    own_world.open([Person(), Person()])
    first, second = own_world.links()
    respond(own_world.client, first.token, {"experience": "5"})
    before = own_world.rows(QuestionnaireVersion), own_world.rows(VersionTexts), own_world.rows(Response)
    old = frozen(own_world)["newcomer"]
    rewrite(own_world, FIRST, SECOND)
    new = frozen(own_world)
    assert new["newcomer"] != old
    assert new["partner"] in {row["fingerprint"] for row in before[0]}
    assert [
        row for row in own_world.rows(QuestionnaireVersion) if row["fingerprint"] != new["newcomer"]
    ] == before[0]
    kept = [row for row in own_world.rows(VersionTexts) if row["fingerprint"] != new["newcomer"]]
    assert sorted(kept, key=repr) == sorted(before[1], key=repr)
    assert own_world.rows(Response) == before[2]
    assert texts(own_world, old, "nl")["newcomer.experience"] == FIRST
    assert texts(own_world, new["newcomer"], "nl")["newcomer.experience"] == SECOND
    page = own_world.client.get(f"/s/{second.token}").text
    assert FIRST in page, "an open wave asks what it was opened with"
    assert SECOND not in page


def test_an_answer_is_counted_with_the_questions_it_was_given_to(own_world: World) -> None:
    own_world.open([Person() for _ in range(3)])
    for link in own_world.links():
        respond(own_world.client, link.token, {"experience": "5", "match": "3"})
    # "5" gets another meaning and a new option appears; the wave was opened before
    rewrite(own_world, '{key: "5", value: 5, text: Heel goed}', '{key: "5", value: 5, text: Heel slecht}')
    rewrite(own_world, "{key: dont_know, text: Weet ik niet}", "{key: maybe, value: 0, text: Misschien}")
    own_world.shut()
    asked = {row["fingerprint"] for row in own_world.rows(WaveQuestionnaire)}
    assert {row["fingerprint"] for row in own_world.rows(Response)} <= asked
    with own_world.session() as session:
        (fingerprint,) = {row["fingerprint"] for row in own_world.rows(Response)}
        assert load_version(session, fingerprint).dutch["newcomer.experience.5"] == "Heel goed"
        counts = session.execute(
            sa.select(FrozenCount.value, FrozenCount.count).where(
                FrozenCount.cut == "flanders", FrozenCount.item_key == "experience"
            )
        ).all()
    assert dict(tuple(row) for row in counts) == {"5": 3}


def test_a_new_translation_does_not_change_what_was_shown(own_world: World) -> None:
    own_world.open([Person(language="ar")])
    before = own_world.rows(VersionTexts)
    _retranslate(own_world, "ar", f"{mark('ar')} {FIRST}", f"{mark('ar')} anders")
    frozen(own_world)
    assert own_world.rows(VersionTexts) == before
    assert f"{mark('ar')} {FIRST}" in own_world.client.get(f"/s/{own_world.token()}").text


def test_a_language_that_becomes_ready_later_joins(own_world: World) -> None:
    own_world.close()
    ready = World(
        own_world.settings.database_url,
        own_world.settings.instance_dir.parent,
        own_world.settings.translations_dir,
        surveys_dir=own_world.settings.surveys_dir,
    )
    early = World(
        own_world.settings.database_url,
        own_world.settings.instance_dir.parent,
        own_world.settings.translations_dir,
        surveys_dir=own_world.settings.surveys_dir,
        draft_languages=frozenset({"ar", "en"}),
    )
    early.open([Person(language="uk")])
    token, asked = early.token(), frozen(early)
    assert Counter(row["locale"] for row in early.rows(VersionTexts)).keys() == {"nl", "ar", "en"}
    assert '<html lang="nl"' in early.client.get(f"/s/{token}?lang=uk").text
    before = early.rows(VersionTexts)
    done = run(ready, "wave", "languages", WAVE)
    assert (done.exit_code, "newcomer: uk, fa_AF, fr, ti" in done.stdout) == (0, True)
    assert "partner: fr" in done.stdout
    assert "no new language" in run(ready, "wave", "languages", WAVE).stdout
    after = ready.rows(VersionTexts)
    assert all(row in after for row in before)
    assert frozen(ready) == asked
    assert '<html lang="uk"' in ready.client.get(f"/s/{token}").text
    early.close()
    ready.close()


def test_only_a_translation_of_exactly_this_dutch_counts(own_world: World) -> None:
    rewrite(own_world, FIRST, SECOND)  # no catalogue has translated this
    names = frozen(own_world)
    locales = [
        row["locale"] for row in own_world.rows(VersionTexts) if row["fingerprint"] == names["newcomer"]
    ]
    assert locales == ["nl"]
    make_catalogues(own_world.settings.translations_dir, own_world.settings.surveys_dir, ("fr",))
    with own_world.session() as session:
        assert join_languages(session, own_world.settings, names["newcomer"]) == ["fr"]
        session.commit()
    assert texts(own_world, names["newcomer"], "fr")["newcomer.experience"] == f"{mark('fr')} {SECOND}"


def test_a_faulty_file_opens_no_wave(own_world: World) -> None:
    rewrite(own_world, 'any_of: ["2", "1"]', 'any_of: ["7"]')
    before = own_world.dump()
    with pytest.raises(SurveysRefused):
        own_world.open()
    refused = run(own_world, "wave", "open", "2026-H2")
    assert (refused.exit_code, "any_of" in refused.stderr) == (1, True)
    after = own_world.dump()
    assert after["waves"] == before["waves"] == []
    assert after["questionnaire_versions"] == after["invitations"] == []


def _retranslate(world: World, locale: str, before: str, after: str) -> None:
    path = path_of(world.settings.translations_dir, locale, SURVEYS)
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    compile_catalogue(path)


def test_the_check_tells_what_files_ask_otherwise_than_an_open_wave(own_world: World) -> None:
    own_world.open()
    same = run(own_world, "surveys", "check")
    assert same.exit_code == 0, same.output
    assert f"wave {WAVE} is open" in same.output
    assert "in nothing" in same.output
    rewrite(own_world, FIRST, SECOND)
    told = run(own_world, "surveys", "check")
    assert f"newcomer: experience: says “{SECOND}” instead of “{FIRST}”" in told.output
    assert "in nothing" not in told.output
