"""The questionnaire on paper, read back from the PDF: what stands on it, in which order, and for whom it is tagged."""

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import page
import pikepdf
import pytest
from babel.lists import format_list

from feedback_app.database import db
from feedback_app.languages import language
from feedback_app.questionnaires.versions import version_of_files
from feedback_app.responses.paper import paper_pdf
from feedback_app.responses.sheet import Sheet, asking, form_code, make_sheet, signs
from tests.commands import run
from tests.example_catalogues import mark
from tests.markup import parse, text_of
from tests.pdf_structure import DECORATION, Structure, marked_text
from tests.staff import signed_in
from tests.world import HELP, WAVE, World

#: CSS pixels of an A4; a face is drawn at this scale of its 48 units
PAGE_WIDTH, FACE = 794, 26 / 48

LANGUAGES = ("nl", "ar", "ti", "fa_AF")


def sheet_of(world: World, locale: str, survey: str = "newcomer", offer_type: str = "") -> Sheet:
    asked = asking(db.session, world.settings, survey)
    return make_sheet(db.session, world.settings, asked, locale, offer_type)


def tree_of(sheet: Sheet, world: World) -> Structure:
    """The sheet as a valid PDF, read back."""
    pdf = paper_pdf(sheet, world.settings)
    assert page.is_pdf_compliant_bytes(pdf, profile="ua1")
    return Structure(pikepdf.open(io.BytesIO(pdf)))


def printed(world: World, locale: str, survey: str = "newcomer") -> Structure:
    with world.session():
        return tree_of(sheet_of(world, locale, survey), world)


def own_faults(tree: Structure) -> list[str]:
    """What would mislead a listener; letters of the document's own script are not foreign to it."""
    return [fault for fault in tree.faults() if tree.language == "nl" or not fault.startswith("foreign text")]


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_sheet_holds_every_text_in_its_language_and_order(sqlite_world: World, locale: str) -> None:
    sqlite_world.open()
    with sqlite_world.session():
        made = sheet_of(sqlite_world, locale, offer_type="buddy")
        mirrored = made.language.direction == "rtl"
        # with letters of the script: text without any is not told apart from a passage in Latin
        texts = {key: f"نص {text}" for key, text in made.texts.items()} if mirrored else made.texts
        tree = tree_of(replace(made, texts=texts), sqlite_world)
    assert own_faults(tree) == []
    assert tree.language == language(locale).tag
    read, survey, place = words(tree.root.text), made.version.survey, 0
    for number, item in enumerate(survey.items, 1):
        place = read.index(words(f"{number} {texts[f'newcomer.{item.key}']}"), place)
        for key, sign in signs(item).items():
            place = read.index(words(f"{sign}{texts[f'newcomer.{item.key}.{key}']}"), place)
    for number in range(1, len(survey.intro) + 1):
        assert words(texts[f"newcomer.intro.{number}"]) in read
    assert words(texts["offer_type.buddy"]) in read and HELP in read
    foreign = "" if locale == "nl" else f"{mark(locale)} "
    first, last = (f"“{texts[f'newcomer.match.{key}']}”" for key in ("2", "1"))
    wanted = format_list([first, last], "or", locale=locale)
    assert words(f"{foreign}Alleen als je {wanted} koos bij vraag 2.") in read, "whom a question is for"
    assert words(f"/privacy?lang={language(locale).tag}") in read
    if not mirrored:
        assert foreign + "We kunnen je antwoord later niet terugvinden." in read


@pytest.mark.parametrize("locale", LANGUAGES)
def test_one_sheet_with_the_code_on_both_sides(sqlite_world: World, locale: str) -> None:
    sqlite_world.open()
    tree = printed(sqlite_world, locale)
    assert len(tree.pdf.pages) == 2
    with sqlite_world.session() as session:
        code = form_code(asking(session, sqlite_world.settings, "newcomer").version.fingerprint, locale)
    assert re.fullmatch(r"[0-9A-F]{4}-[A-Za-z-]+", code)
    for side in tree.pdf.pages:
        assert code in marked_text(side)[DECORATION]
    assert code in str(tree.pdf.docinfo["/Title"])


def test_a_longer_questionnaire_fits_on_one_sheet_too(sqlite_world: World) -> None:
    sqlite_world.open()
    assert len(printed(sqlite_world, "nl", "partner").pdf.pages) == 2


def test_right_to_left_everything_stands_mirrored_and_reads_in_order(sqlite_world: World) -> None:
    sqlite_world.open()
    question, answer = "كيف وجدت النشاط؟", "جيد جدًا"
    with sqlite_world.session():
        made = sheet_of(sqlite_world, "ar")
        texts = {**made.texts, "newcomer.experience": question, "newcomer.experience.5": answer}
        tree = tree_of(replace(made, texts=texts), sqlite_world)
    dutch = printed(sqlite_world, "nl")
    assert own_faults(tree) == []
    assert tree.of_kind("H2")[0].text == f"1 {question}"
    assert answer in [one.text for one in tree.of_kind("P")], (
        "drawn text is in visual order, read text is not"
    )
    left, right = faces_of(dutch.pdf.pages[0]), faces_of(tree.pdf.pages[0])
    assert len(left) == len(right) == 5, "each of the five faces is drawn"
    assert len({x for x, _ in left}) == len({x for x, _ in right}) == 1, "one under the other"
    assert left[0][0] < PAGE_WIDTH / 4 and right[0][0] > PAGE_WIDTH * 3 / 4
    assert [y for _, y in right] == sorted(y for _, y in right), "the worst on top, as on the phone"


def faces_of(side: pikepdf.Page) -> list[tuple[float, float]]:
    """Where each face is drawn (CSS pixels from the left and from the top), in the order of drawing."""
    content = pikepdf.parse_content_stream(side)
    moves = [[float(one) for one in step.operands] for step in content if str(step.operator) == "cm"]
    scaled = [number for number, move in enumerate(moves) if abs(move[0] - FACE) < 0.001]
    return [(moves[number - 2][4], moves[number - 2][5]) for number in scaled]


def test_without_an_open_wave_the_files_are_printed_and_it_says_so(
    sqlite_world: World, tmp_path: Path
) -> None:
    out = tmp_path / "blad" / "vragen.pdf"
    before = run(sqlite_world, "paper", "--lang", "fa-AF", "--out", str(out))
    assert before.exit_code == 0
    assert "of the files as they stand: no open wave asks it" in before.stdout
    first = out.read_bytes()
    sqlite_world.open()
    after = run(sqlite_world, "paper", "--lang", "prs", "--out", str(out))
    assert after.exit_code == 0
    assert f"of wave {WAVE}" in after.stdout
    assert out.read_bytes() == first, "the same questions give the same sheet"


def test_what_was_frozen_is_printed_whatever_the_files_say_now(sqlite_world: World, tmp_path: Path) -> None:
    sqlite_world.open()
    surveys = tmp_path / "surveys"
    shutil.copytree(sqlite_world.settings.surveys_dir, surveys)
    path = surveys / "newcomer" / "questionnaire.yaml"
    path.write_text(path.read_text("utf-8").replace("Hoe vond je de activiteit?", "Hoe was het?"), "utf-8")
    changed = sqlite_world.settings.but(surveys_dir=surveys)
    with sqlite_world.session() as session:
        frozen, files = asking(session, changed, "newcomer"), version_of_files(changed, "newcomer")
    assert frozen.version.survey.item("experience").text == "Hoe vond je de activiteit?"
    assert form_code(frozen.version.fingerprint, "nl") != form_code(files.fingerprint, "nl")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--lang", "so"), "there is no catalogue"),
        (("--lang", "xx"), "use one of: nl, ar"),
        (("--survey", "partner", "--lang", "ar"), "use one of: nl, en, fr"),
        (("--wave", "2020-H1"), "there is no wave 2020-H1"),
        (("--offer-type", "ruimtevaart"), "use one of: buddy"),
    ],
)
def test_what_cannot_be_printed_is_refused_with_what_to_do(
    sqlite_world: World, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    sqlite_world.open()
    out = tmp_path / "x.pdf"
    done = run(sqlite_world, "paper", *arguments, "--out", str(out))
    assert (done.exit_code, out.exists()) == (1, False)
    assert said in done.stderr


def test_a_language_that_became_ready_later_is_refused_with_the_command_that_lets_it_join(
    sqlite_world: World, tmp_path: Path
) -> None:
    with_dutch_only = World(
        sqlite_world.settings.database_url,
        tmp_path / "dutch",
        sqlite_world.settings.translations_dir,
        draft_languages=frozenset(),
    )
    with_dutch_only.open()
    with_dutch_only.close()
    out = str(tmp_path / "x.pdf")
    draft = run(with_dutch_only, "paper", "--lang", "ti", "--out", out)
    assert "a draft" in draft.stderr
    ready = run(sqlite_world, "paper", "--lang", "ti", "--out", out)
    assert f"feedback-app wave languages {WAVE}" in ready.stderr
    assert run(sqlite_world, "wave", "languages", WAVE).exit_code == 0
    assert run(sqlite_world, "paper", "--lang", "ti", "--out", out).exit_code == 0


@pytest.mark.parametrize("survey", ["newcomer", "partner"])
def test_what_stands_beside_a_box_is_the_key_to_press(sqlite_world: World, survey: str) -> None:
    sqlite_world.open()
    browser = signed_in(sqlite_world.app, "agentschap")
    paper = parse(browser.get(f"/staff/papier/blad/{survey}/nl").text)
    with sqlite_world.session() as session:
        code = form_code(asking(session, sqlite_world.settings, survey).version.fingerprint, "nl")
    group = "region=kempen&agency=agii&offer_type=buddy"
    screen = parse(browser.get(f"/staff/papier?sheet={survey}.{code}&{group}").text)
    boxes = [text_of(one) for one in paper.iter("li") if one.find("span[@class='box']") is not None]
    keys = [text_of(one) for one in screen.iter("label") if one.find("input[@data-sign]") is not None]
    assert len(boxes) > 25
    assert [one.replace(" ", "") for one in boxes] == [one.replace(" ", "") for one in keys]
    pressed = [one.get("data-sign") for one in screen.iter("input") if one.get("data-sign") is not None]
    assert pressed == [key[0] for key in keys], "every key is one sign, and the one that is shown"
