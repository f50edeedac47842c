"""`surveys check` names each fault with file, path inside it and remedy, whatever is wrong, and never breaks."""

import inspect
import shutil
from pathlib import Path

import pytest

from feedback_app.operate import every_fault
from feedback_app.questionnaires.definition import _RESERVED
from feedback_app.questionnaires.forms import ResponseForm

SURVEYS = Path(__file__).parents[2] / "surveys"
NEWCOMER, PARTNER = "newcomer/questionnaire.yaml", "partner/questionnaire.yaml"
IMPACT = "impact/questionnaire.yaml"
CODES, REGIONS, POLICY = "offer_types.yaml", "regions.csv", "publication.yaml"
PLAIN = "plain_language.yaml"
REVISION = "    revisions: [{{number: {}, breaking: true, why: een heel andere vraag}}]\n"


@pytest.fixture
def surveys(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SURVEYS, tmp_path / "surveys"))


def test_the_surveys_of_this_checkout_have_no_fault() -> None:
    assert list(every_fault(SURVEYS)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "path"),
    [
        (NEWCOMER, "    faces: true", "    faces: true\n    color: red", "items[0].color"),
        (NEWCOMER, "level: A2", "level: A2\nlevel: A2", "line 8"),
        (NEWCOMER, "level: A2", "? [a]\n: b", "line 7"),
        (NEWCOMER, "{item: match,", "{item: nothing,", "items[2].shown_if.item"),
        (NEWCOMER, "{item: match,", "{item: welcome,", "items[2].shown_if.item"),
        (NEWCOMER, 'any_of: ["2", "1"]', 'any_of: ["2", "9"]', "items[2].shown_if.any_of"),
        (NEWCOMER, "te duur, themes: [T14]", "te duur", "items[2].options[4].themes"),
        (NEWCOMER, "  title: Hoe was je activiteit?\n", "", "texts.title"),
        (NEWCOMER, "{type}", "{kind}", "texts.activity"),
        (NEWCOMER, "  help_title:", "  help_titel:", "texts.help_title"),
        (NEWCOMER, "  after:", "  afterr:", "texts.afterr"),
        (NEWCOMER, "audience: newcomer", "audience: partner", "audience"),
        (NEWCOMER, "value: 1, text: Slecht", "text: Slecht", "items[0].options"),
        (NEWCOMER, "value: 1, text: Slecht", "value: 2, text: Slecht", "items[0].options"),
        (NEWCOMER, "value: 1, text: Slecht", "value: 9, text: Slecht", "items[0].options"),
        (NEWCOMER, "key: contacts", "key: refuse", "items[6].key"),
        (NEWCOMER, "key: contacts", "key: data", "items[6].key"),
        (REGIONS, "oostende,Oostende,35,2", "oostende,Oostende,35", "line 3"),
        (REGIONS, "oostende,Oostende,35,2", ",Oostende,35,2", "line 3"),
        (REGIONS, "oostende,Oostende,35,2", "oostende,,35,2", "line 3"),
        (REGIONS, "oostende,Oostende,35,2", "oostende,Oostende,3x,2", "line 3"),
        (REGIONS, "oostende,Oostende,35,2", "oostende,Oostende,34,2", "line 6"),
        (CODES, "{key: stage,", "{key: buddy,", "offer_types[2]"),
        (CODES, "[stage, werkplekleren]", "[stage, Buddyproject]", "offer_types[2]"),
        ("themes.yaml", "{key: T02,", "{key: T01,", "themes[1]"),
        (POLICY, "smallest_cell: 5", "smallest_cell: five", "smallest_cell"),
        (POLICY, "smallest_cell: 5", "smallest_cell: 5\nsmallest_cell: 5", "line"),
        (POLICY, "  welcome: 20", "  welcom: 20", "minimum_base_item.welcom"),
        (
            NEWCOMER,
            "families: [level, region, gap, trend]",
            "families: [levels]",
            "items[0].patterns.families[0]",
        ),
        (NEWCOMER, "families: [level, region, gap, trend]", "families: []", "items[0].patterns.families"),
        (NEWCOMER, "families: [level,", "families: [level, level,", "items[0].patterns.families"),
        (NEWCOMER, "families: [level,", "families: [theme,", "items[0].patterns.families"),
        (NEWCOMER, "families: [theme]", "families: [theme, level]", "items[8].patterns.families"),
        (NEWCOMER, "    pair: course\n", "", "items[0].patterns.families"),
        (NEWCOMER, '    positive: ["4", "5"]\n', "", "items[0].patterns.families"),
        (NEWCOMER, "direction: higher", "direction: lower", "items[0].patterns.direction"),
        (NEWCOMER, "direction: higher", "direction: up", "items[0].patterns.direction"),
        (NEWCOMER, "points: 10", "points: 0", "items[0].patterns.points"),
        (NEWCOMER, "delta: 0.147", "delta: 1.5", "items[0].patterns.delta"),
        (NEWCOMER, "    pair: course\n", f"    pair: course\n{REVISION.format(3)}", "items[0].revisions"),
        (
            NEWCOMER,
            "    pair: course\n",
            f"    pair: course\n{REVISION.format(1)}",
            "items[0].revisions[0].number",
        ),
        (PARTNER, "families: [level,", "families: [gap, level,", "items[0].patterns.families"),
        (PARTNER, '"5", value: 5,', '"5",', "items[0].options"),
        (PARTNER, 'positive: ["yes"]', "positive: []", "items[3].patterns.families"),
        (NEWCOMER, "level: A2", "level: B1", "level"),
        (IMPACT, "before: dutch_before", "before: home", "items[3].before"),
        (
            IMPACT,
            "before: dutch_before",
            "shown_if: {item: dutch_before, any_of: ['1']}",
            "items[3].patterns",
        ),
        (IMPACT, "key: dutch_now\n    type: scale", "key: dutch_now\n    type: multiple", "items[3].before"),
        (
            IMPACT,
            "    before: dutch_before",
            "    exclude_modes: [kiosk]\n    before: dutch_before",
            "items[3]",
        ),
        (IMPACT, '    positive: ["3", "4"]', '    positive: ["4"]', "items[3].positive"),
        (IMPACT, '{key: "4", value: 4', '{key: "5", value: 5', "items[3].options"),
        (PLAIN, "  limit: {A2: 10, B1: 14}", "  limit: {A2: 10}", "question_length.limit.B1"),
        (PLAIN, "  limit: {A2: 10, B1: 14}", "  limit: {A2: 10, B1: 0}", "question_length.limit.B1"),
        (PLAIN, "  parts: [question]", "  part: [question]", "question_length.part"),
        (PLAIN, "  parts: [question]", "  parts: [answer]", "question_length.parts[0]"),
        (PLAIN, "idiom:", "idioms:", "idiom"),
        (PLAIN, "    uw: je", "    Uw: je", "formal.words.Uw"),
        (PLAIN, "    uw: je", "    u: je", "line"),
        ("mappings/default.yaml", "  ref: [", "  reff: [", "columns"),
        ("mappings/default.yaml", "    completed: [", "    complete: [", "values.outcome"),
    ],
)
def test_a_fault_is_named(surveys: Path, file: str, old: str, new: str, path: str) -> None:
    text = (surveys / file).read_text(encoding="utf-8")
    assert old in text
    (surveys / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [fault for fault in every_fault(surveys) if not fault.warning]
    assert any(one.file == surveys / file and one.path.startswith(path) for one in found), found
    assert all(one.problem and one.remedy for one in found)


@pytest.mark.parametrize("file", [NEWCOMER, PARTNER, CODES, REGIONS, POLICY, "themes.yaml", PLAIN])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\xe9", b"- a\n"])
def test_a_file_that_is_missing_empty_or_something_else_is_named(
    surveys: Path, file: str, content: bytes | None
) -> None:
    (surveys / file).unlink()
    if content is not None:
        (surveys / file).write_bytes(content)
    assert surveys / file in {fault.file for fault in every_fault(surveys)}


def test_a_folder_in_place_of_a_file_is_named(surveys: Path) -> None:
    for file in (NEWCOMER, REGIONS):
        (surveys / file).unlink()
        (surveys / file).mkdir()
    assert {surveys / NEWCOMER, surveys / REGIONS} <= {fault.file for fault in every_fault(surveys)}


def test_regions_saved_by_a_spreadsheet_with_a_byte_order_mark_are_read(surveys: Path) -> None:
    text = (surveys / REGIONS).read_text(encoding="utf-8")
    (surveys / REGIONS).write_text(text, encoding="utf-8-sig")
    assert list(every_fault(surveys)) == []


def test_no_item_can_be_called_what_the_form_calls_something_else() -> None:
    own = {name for name, _ in inspect.getmembers(ResponseForm) if not name.startswith("_")}
    assert {name for name in own if name.islower()} | {"errors", "data", "meta"} <= _RESERVED
