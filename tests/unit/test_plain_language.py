"""Plain language in `surveys check`: what is warned of, how a waiver silences it, and what a waiver never changes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback_app.cli import main
from feedback_app.questionnaires.definition import Survey, as_data
from feedback_app.questionnaires.loading import Fault, load_survey
from feedback_app.questionnaires.plain_language import (
    RULES,
    Finding,
    check_plain_language,
    findings,
    load_rules,
)
from feedback_app.questionnaires.versions import fingerprint_of
from feedback_app.questionnaires.waivers import Waiver, waivers, without_waivers
from feedback_app.shape import read

SURVEYS = Path(__file__).parents[2] / "surveys"
NEWCOMER, PARTNER = "newcomer/questionnaire.yaml", "partner/questionnaire.yaml"
PLAIN = load_rules(SURVEYS)

#: the questions as they were published, hints in brackets
PUBLISHED = [
    "Hoe vond je de activiteit?",
    "Was dit iets voor jou?",
    "Wat was moeilijk? (meer dan één mag)",
    "Wist je vooraf genoeg? (bijvoorbeeld: wat, waar, wanneer)",
    "Kreeg je genoeg hulp? (van je begeleider, je buddy of de organisatie)",
    "Heb je Nederlands gesproken?",
    "Heb je nieuwe mensen leren kennen?",
    "Voelde je je welkom?",
    "Wat moeten wij anders doen? (Schrijf in jouw taal. Schrijf geen namen.)",
]
PUBLISHED_TO_PARTNERS = [
    "Hoe verliep het traject?",
    "Paste de nieuwkomer bij jullie activiteit?",
    "Kregen jullie vooraf genoeg informatie?",
    "Konden jullie snel iemand bereiken met een vraag?",
    "Was het duidelijk wie wat doet?",
    "Was taal een drempel?",
    "Hoeveel tijd vroeg de begeleiding?",
    "Willen jullie opnieuw een nieuwkomer ontvangen?",
    "Wat zou jullie het meest helpen?",
    "Nog een opmerking of een goed voorbeeld?",
]


@pytest.fixture
def surveys(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SURVEYS, tmp_path / "surveys"))


@pytest.fixture
def rewrite(surveys: Path) -> Callable[..., list[Fault]]:
    """Replace a piece of a file under surveys/ and give what the check then says."""

    def replace(old: str, new: str, file: str = NEWCOMER) -> list[Fault]:
        text = (surveys / file).read_text(encoding="utf-8")
        assert old in text
        (surveys / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return list(check_plain_language(surveys))

    return replace


def one_question(text: str, level: str = "A2", *answers: str) -> list[Finding]:
    options = [{"key": f"o{number}", "text": one} for number, one in enumerate(answers or ("Ja", "Nee"))]
    item = {"key": "asked", "type": "single", "text": text, "options": options}
    survey = {"key": "newcomer", "audience": "newcomer", "level": level, "texts": {}, "items": [item]}
    return list(findings(read(Survey, survey), PLAIN))


def broken(text: str, level: str = "A2", *answers: str) -> set[str]:
    return {one.rule for one in one_question(text, level, *answers)}


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_example_of_a_rule_breaks_it_and_the_better_one_breaks_none(rule: str) -> None:
    example = getattr(PLAIN, rule).example
    avoid, better = (
        one if one.endswith("?") else f"Hoe was het? ({one})" for one in (example.avoid, example.better)
    )
    assert rule in broken(avoid)
    assert broken(better) == set()


@pytest.mark.parametrize("question", PUBLISHED)
def test_what_newcomers_are_asked_is_plain(question: str) -> None:
    assert one_question(question) == []


@pytest.mark.parametrize("question", PUBLISHED_TO_PARTNERS)
def test_what_partners_are_asked_is_plain(question: str) -> None:
    assert one_question(question, "B1") == []


@pytest.mark.parametrize("question", PUBLISHED)
@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("question_length", lambda asked: f"Zeg ons nu eens rustig hier bij ons thuis: {asked}"),
        ("negation", lambda asked: asked.replace("?", " niet?", 1)),
        ("double", lambda asked: asked.replace("?", " en waarom?", 1)),
        ("double", lambda asked: asked.replace("?", "? Hoe lang?", 1)),
        ("agreement", lambda asked: f"Ben je het eens: {asked}"),
        ("officialese", lambda asked: f"Indien je wil: {asked}"),
        ("formal", lambda asked: asked.replace("?", " volgens u?", 1)),
        ("abstract", lambda asked: asked.replace("?", " in de maatschappij?", 1)),
        ("idiom", lambda asked: asked.replace("?", " op je gemak?", 1)),
        ("passive", lambda asked: f"Werd gevraagd: {asked}"),
        ("long_word", lambda asked: asked.replace("?", " bij de introductiebijeenkomst?", 1)),
        ("sentence_length", lambda asked: f"{asked} ({'heel ' * 11})"),
    ],
)
def test_a_plain_question_that_is_spoilt_is_warned_of(
    question: str, rule: str, spoil: Callable[[str], str]
) -> None:
    assert rule in broken(spoil(question))


@pytest.mark.parametrize(("level", "most"), [("A2", 10), ("B1", 14)])
def test_each_level_has_its_own_limit_and_brackets_count_apart(level: str, most: int) -> None:
    question = "woord " * (most - 1) + "laatste? (en nog een uitleg)"
    assert broken(question, level) == set()
    (finding,) = one_question(f"nog {question}", level)
    assert (finding.path, finding.rule) == ("items[0].text", "question_length")
    assert finding.what.startswith(f"{most + 1} words, at most {most}")


def test_abstract_words_are_for_other_levels() -> None:
    assert broken("Hoe was je participatie?", "B1") == set()


def test_or_joins_only_where_one_answers_yes_or_no() -> None:
    assert broken("Was het leuk of nuttig?", "A2", "Ja", "Nee") == {"double"}
    assert broken("Was het leuk of nuttig?", "A2", "Leuk", "Nuttig") == set()


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("Je kreeg genoeg hulp.", "agreement"),
        ("Klopt dit: je kreeg hulp?", "agreement"),
        ("Vind je ook dat het goed was?", "agreement"),
        ("Is het waar dat je hulp kreeg?", "agreement"),
        ("Klopt het dat je hulp kreeg?", "agreement"),
        ("Was het leuk, leerrijk?", "double"),
        ("Vond je het leuk, maar moeilijk?", "double"),
        ("Vond je het leuk maar moeilijk?", "double"),
        ("Kreeg je alles uitgelegd?", "passive"),
        ("Hoe was de samenwerking?", "abstract"),
        ("Was de begeleiding goed?", "abstract"),
        ("Was de sfeer goed?", "abstract"),
        ("Voel je je geïntegreerd?", "abstract"),
        ("Hoe evalueer je de activiteit?", "abstract"),
        ("Hoe communiceerde je met hen?", "abstract"),
        ("Wie ondersteunde je?", "abstract"),
    ],
)
def test_a_question_that_leads_or_doubles_or_floats_is_warned_of(question: str, rule: str) -> None:
    assert broken(question) == {rule}


@pytest.mark.parametrize(
    "question",
    [
        "Kreeg je genoeg hulp van je begeleider?",
        "Vond je de activiteit leuk?",
        "Kreeg je geld?",
        "Kreeg je een gesprek?",
        "Was er maar één begeleider?",
        "Klopt je adres nog?",
        "Is het zo duur?",
        "Ja, wil je meedoen?",
    ],
)
def test_a_plain_question_that_looks_alike_is_not(question: str) -> None:
    assert broken(question) == set()


def test_answers_may_deny_but_not_agree() -> None:
    assert broken("Kreeg je hulp?", "A2", "Ja", "Ik had geen hulp nodig") == set()
    assert broken("Kreeg je hulp?", "A2", "Helemaal eens", "Helemaal oneens") == {"agreement"}


def test_a_warning_names_file_path_rule_sentence_and_a_better_example(
    surveys: Path, rewrite: Callable[..., list[Fault]]
) -> None:
    (fault,) = rewrite("text: Kreeg je genoeg hulp?", "text: Was je participatie leuk?")
    assert (fault.file, fault.path, fault.warning) == (surveys / NEWCOMER, "items[4].text", True)
    said = str(fault)
    for part in ("abstract", "“Was je participatie leuk?”", "“participatie”", "Liever “meedoen”", "Wel: “"):
        assert part in said


def test_several_faults_of_one_rule_in_a_sentence_are_one_warning() -> None:
    (finding,) = one_question("Kwam je nooit zonder buddy?")
    assert finding.what == "“nooit”, “zonder”"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "text: Was dit iets voor jou?",
            'text: Was dit niets voor jou?\n    waive: {negation: "zo vroegen we het altijd"}',
        ),
        (
            "hint: Schrijf in jouw taal. Schrijf geen namen.",
            'hint:\n      text: Schrijf in jouw taal, u kan dat.\n      waive: {formal: "een beleefd citaat hier"}',
        ),
        ("text: Iets anders, ", 'text: Iets van uw taal, waive: {formal: "een beleefd citaat hier"}, '),
        ("  - Het duurt 3 minuten.", '  - {text: Dank u., waive: {formal: "een beleefd citaat hier"}}'),
        (
            "  title: Hoe was je activiteit?",
            '  title: {text: Was u er?, waive: {formal: "een beleefd citaat hier"}}',
        ),
    ],
)
def test_a_waiver_with_a_reason_silences_its_own_rule_there(
    rewrite: Callable[..., list[Fault]], old: str, new: str
) -> None:
    assert rewrite(old, new) == []


def test_a_waiver_silences_neither_another_rule_nor_another_text(rewrite: Callable[..., list[Fault]]) -> None:
    found = rewrite(
        "text: Was dit iets voor jou?",
        'text: Was dit niets voor u?\n    hint: Weet u\n    waive: {negation: "zo vroegen we het altijd"}',
    )
    assert [(one.path, one.problem[:7]) for one in found] == [
        ("items[1].text", "formal:"),
        ("items[1].hint", "formal:"),
    ]


@pytest.mark.parametrize(
    ("waiver", "path", "problem"),
    [
        ("waive: {negation: zo vroegen we het altijd}", "waive.negation", "does not break"),
        ("waive: {niet: zo vroegen we het altijd}", "waive.niet", "no rule"),
        ("waive: {1: zo vroegen we het altijd}", "waive.1", "no rule"),
        ("waive: {abstract: ''}", "waive.abstract", "no reason"),
        ("waive: {abstract: }", "waive.abstract", "no reason"),
        ("waive: {abstract: mag wel}", "waive.abstract", "no reason"),
        ("waive: {abstract: [a, b, c]}", "waive.abstract", "no reason"),
        ("waive: {}", "waive", "not a rule and a reason"),
        ("waive:", "waive", "not a rule and a reason"),
        ("waive: [negation]", "waive", "not a rule and a reason"),
        ("waive: negation", "waive", "not a rule and a reason"),
    ],
)
def test_an_idle_waiver_is_a_fault(
    surveys: Path, rewrite: Callable[..., list[Fault]], waiver: str, path: str, problem: str
) -> None:
    (fault,) = rewrite("    text: Was dit iets voor jou?", f"    text: Was dit iets voor jou?\n    {waiver}")
    assert not fault.warning
    assert fault.path == f"items[1].{path}"
    assert problem in fault.problem
    load_survey(surveys, "newcomer")  # the service goes on with what it asks


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("level: A2", "level: A2\nwaive: {negation: zo vroegen we het altijd}", "waive"),
        ("intro:", "  waive: {negation: zo vroegen we het altijd}\nintro:", "texts.waive"),
        ("{item: match,", "{waive: {double: om die reden daar}, item: match,", "items[2].shown_if.waive"),
    ],
)
def test_a_waiver_beside_no_text_is_a_fault(
    rewrite: Callable[..., list[Fault]], old: str, new: str, path: str
) -> None:
    assert path in {one.path for one in rewrite(old, new) if not one.warning}


def test_a_waiver_changes_no_fingerprint(surveys: Path, rewrite: Callable[..., list[Fault]]) -> None:
    before = load_survey(surveys, "newcomer")
    rewrite("text: Was dit iets voor jou?", "text: Was dit iets voor jou?\n    waive: {formal: om die reden}")
    rewrite("hint: Schrijf in", "hint:\n      waive: {formal: om die reden}\n      text: Schrijf in")
    after = load_survey(surveys, "newcomer")
    assert as_data(after) == as_data(before)
    assert fingerprint_of(after, {}) == fingerprint_of(before, {})
    assert "waive" not in str(as_data(after))


def test_taking_waivers_out_leaves_all_else() -> None:
    data = {
        "a": [{"text": "x", "waive": {"r": "om die reden"}}, {"text": "y"}],
        "b": {"text": "z", "waive": {}},
    }
    assert without_waivers(data) == {"a": ["x", {"text": "y"}], "b": "z"}
    (given, _) = waivers(data)
    assert given == Waiver("a[0].waive.r", "a[0]", "r", "om die reden")


def test_newcomers_cannot_be_asked_at_another_level(rewrite: Callable[..., list[Fault]]) -> None:
    found = rewrite("level: A2", "level: B1")
    assert ("level", False) in {(one.path, one.warning) for one in found}


def test_a_questionnaire_that_cannot_be_read_is_left_to_the_check_of_questionnaires(
    rewrite: Callable[..., list[Fault]],
) -> None:
    assert rewrite("items:", "itemz:") == []


@pytest.mark.parametrize(
    "phrase", ["Hoofdletter", "twee  spaties", "*", "a*b", "", " spatie", "spatie ", "woord!"]
)
def test_a_phrase_that_would_never_be_found_is_refused(
    rewrite: Callable[..., list[Fault]], phrase: str
) -> None:
    found = rewrite("    uw: je", f"    {phrase!r}: je", "plain_language.yaml")
    assert found and all("small letters" in one.problem for one in found)


def check(surveys: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["surveys", "check", str(surveys), *options])
    return result.exit_code, result.output


def test_a_warning_fails_the_check_only_when_strict(
    surveys: Path, rewrite: Callable[..., list[Fault]]
) -> None:
    assert check(surveys, "--strict")[0] == 0
    rewrite("text: Was dit iets voor jou?", "text: Was dit niets voor jou?")
    code, said = check(surveys)
    assert code == 0 and "items[1].text: warning: negation: “niets”" in said and "1 warning" in said
    code, said = check(surveys, "--strict")
    assert code == 1 and "items[1].text: warning: negation" in said


def test_an_idle_waiver_fails_the_check(surveys: Path, rewrite: Callable[..., list[Fault]]) -> None:
    rewrite("text: Was dit iets voor jou?", "text: Was dit iets voor jou?\n    waive: {formal: om die reden}")
    assert check(surveys)[0] == 1


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_documented_with_its_levels(rule: str) -> None:
    lines = (SURVEYS.parent / "docs" / "questionnaires.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line.split("|") for line in lines if line.startswith(f"| `{rule}` |")]
    given = getattr(PLAIN, rule)
    expected = [
        str(getattr(given.limit, level))
        if hasattr(given, "limit")
        else "yes"
        if level in given.levels
        else "no"
        for level in ("A2", "B1")
    ]
    assert [cell.strip() for cell in row[3:5]] == expected
