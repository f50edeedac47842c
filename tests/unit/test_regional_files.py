"""Regions' own questions as files: two of them, beside a core that nothing in such a file can touch."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedback_app.operate import every_fault
from feedback_app.questionnaires.catalogues import SURVEYS
from feedback_app.questionnaires.definition import Item
from feedback_app.questionnaires.extracting import extract
from feedback_app.questionnaires.loading import SurveysRefused, load_survey
from feedback_app.questionnaires.regional import Ground, joined, load_regional, regional_rules
from feedback_app.questionnaires.versions import fingerprint_of
from feedback_app.shape import read
from tests.regional import BUS, LATER, write_region

CORE = Path("surveys")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The agency's own files, to change."""
    surveys = tmp_path / "surveys"
    shutil.copytree(CORE, surveys, ignore=shutil.ignore_patterns("audio"))
    return surveys


def faults(folder: Path) -> list[tuple[str, str, str]]:
    """What the check says of regions' files: path inside the file, what is wrong, what to do."""
    found = [one for one in every_fault(folder) if "regions/" in str(one.file) and not one.warning]
    assert all(one.remedy for one in found)
    return [(one.path, one.problem, one.remedy) for one in found]


def test_two_questions_join_the_core_in_their_places(folder: Path) -> None:
    write_region(folder, BUS, LATER)
    assert faults(folder) == []
    core, items = load_survey(folder, "newcomer"), load_regional(folder, "newcomer")["kempen"]
    edition = joined(core, "kempen", items)
    keys = [item.key for item in edition.items]
    assert [item for item in edition.items if item.region is None] == list(core.items)
    assert keys[keys.index("kempen_bus") - 1] == "contacts"
    assert keys[keys.index("kempen_later") + 1 :] == ["remark"]
    assert edition.core == core.core and [item.key for item in edition.regional] == [
        "kempen_bus",
        "kempen_later",
    ]
    assert list(edition.rules()) == []
    assert fingerprint_of(core, {}) == fingerprint_of(load_survey(CORE, "newcomer"), {})


def test_their_texts_wait_for_translators_under_a_context_of_their_own(folder: Path) -> None:
    before = {entry.context for entry in extract(SURVEYS, folder).entries}
    write_region(folder, BUS)
    entries = [entry for entry in extract(SURVEYS, folder).entries if entry.context not in before]
    assert {entry.context for entry in entries} == {
        "newcomer.kempen_bus",
        *(f"newcomer.kempen_bus.{key}" for key in ("easy", "hard")),
    }
    assert {entry.places for entry in entries} == {("surveys/newcomer/regions/kempen.yaml",)}


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"key": "match"}, "items[0].key", "a question of the core, which no region changes or replaces"),
        ({"key": "bus"}, "items[0].key", "does not say that it is of kempen"),
        ({"key": "gent_rand_bus"}, "items[0].key", "does not say that it is of kempen"),
        ({"type": "open", "options": [], "positive": []}, "items[0].type", "would keep telling the region"),
        ({"patterns": {"families": ["level"]}}, "items[0].patterns", "questions of the core only"),
        ({"pair": "match"}, "items[0].pair", "questions of the core only"),
        ({"before": "match"}, "items[0].before", "questions of the core only"),
        ({"region": "gent"}, "items[0].region", "the file's own `region` says that"),
        ({"themes": ["T99"]}, "items[0]", "there is no theme “T99”"),
        ({"shown_if": {"item": "away", "any_of": ["no"]}}, "items[0].shown_if.item", "no item “away”"),
        ({"shown_if": {"item": "contacts", "any_of": ["maybe"]}}, "items[0].shown_if.any_of", "no option of"),
        (
            {"shown_if": {"item": "match", "any_of": ["1"]}},
            "items[0].shown_if.item",
            "the order of the core",
        ),
        ({"positive": ["never"]}, "items[0].positive", "“never” is no answer of this item"),
        ({"unknown": 1}, "items[0].unknown", "unknown key"),
    ],
)
def test_a_fault_names_place_and_remedy(folder: Path, change: dict[str, Any], path: str, said: str) -> None:
    write_region(folder, {**BUS, **change})
    found = faults(folder)
    assert [one for one in found if one[0] == path and said in one[1]], found


def test_nothing_comes_between_then_and_now() -> None:
    ground = Ground(load_survey(CORE, "impact"), ("kempen",), frozenset({"T14"}))
    item = read(Item, {**BUS, "shown_if": {"item": "dutch_before", "any_of": ["1"]}})
    [(path, said, _remedy)] = regional_rules(ground, "kempen", [item])
    assert path == "items[0].shown_if.item"
    assert said.startswith("“dutch_now” of the core is asked right after “dutch_before”")


@pytest.mark.parametrize("key", ["remove", "order", "texts", "intro", "level", "replace"])
def test_nothing_in_a_file_reaches_the_core(folder: Path, key: str) -> None:
    write_region(folder, BUS, **{key: ["match"]})
    assert [(one[0], one[1]) for one in faults(folder)] == [
        (key, "a region adds questions and changes nothing of the core")
    ]


def test_a_third_question_another_name_and_an_unknown_region_are_refused(folder: Path) -> None:
    write_region(folder, BUS, LATER, {**BUS, "key": "kempen_third"})
    assert any(
        one[0] == "items" and "has room for 2 questions, and these are 3" in one[1] for one in faults(folder)
    )
    write_region(folder, BUS, region="gent")
    assert any(one[0] == "region" and one[2] == "write kempen" for one in faults(folder))
    write_region(folder, BUS, survey="partner")
    assert any(one[0] == "survey" and one[2] == "write newcomer" for one in faults(folder))
    (folder / "newcomer/regions/kempen.yaml").rename(folder / "newcomer/regions/nowhere.yaml")
    (folder / "newcomer/regions/nowhere.yaml").write_text(
        (folder / "newcomer/regions/nowhere.yaml").read_text().replace("region: kempen", "region: nowhere")
    )
    assert any(one[1] == "there is no region “nowhere”" for one in faults(folder))
    with pytest.raises(SurveysRefused):
        load_regional(folder, "newcomer")


def test_hard_dutch_and_idle_waivers_are_seen_in_a_regions_file_too(folder: Path) -> None:
    hard = {**BUS, "text": "Indien je met de bus kwam: was dat moeilijk?"}
    write_region(folder, {**hard, "waive": {"idiom": "Dit is geen beeldspraak hier."}})
    found = [one for one in every_fault(folder) if "regions/kempen" in str(one.file)]
    assert any(one.warning and one.problem.startswith("officialese") for one in found)
    assert any(not one.warning and "does not break this rule" in one.problem for one in found)
    assert yaml.safe_load((folder / "newcomer/regions/kempen.yaml").read_text())["region"] == "kempen"
