"""A language is offered whole, up to date and reviewed (or knowingly as a draft), or not at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from feedback_app.languages import ENDONYMS
from feedback_app.questionnaires.catalogues import (
    MESSAGES,
    REVIEWER_HEADER,
    STATE_HEADER,
    SURVEYS,
    Entry,
    path_of,
    read,
    template_path,
    write,
)
from feedback_app.questionnaires.compiling import compile_catalogue, served
from feedback_app.questionnaires.definition import Survey
from feedback_app.questionnaires.extracting import extract_messages, extract_surveys
from feedback_app.questionnaires.loading import load_survey
from feedback_app.questionnaires.merging import merge
from feedback_app.questionnaires.readiness import (
    Shelf,
    Why,
    pages_readiness,
    respondent_languages,
    survey_ready,
    ui_ready,
)
from feedback_app.settings import Settings

SURVEYS_DIR = Path(__file__).resolve().parents[2] / "surveys"
LANGUAGES = ("nl", "en", "fr", "ar")
PAGES = {MESSAGES: extract_messages(), SURVEYS: extract_surveys(SURVEYS_DIR)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose catalogues are complete, compiled and reviewed in four languages."""
    folder = tmp_path / "translations"
    for domain, template in PAGES.items():
        write(template_path(folder, domain), template)
        for locale in LANGUAGES:
            made = merge(template, locale, None)
            entries = tuple(
                replace(e, target=tuple(f"{locale} {i} {e.source[-1]}" for i, _ in enumerate(e.target)))
                for e in made.entries
            )
            headers = ((STATE_HEADER, "reviewed"), (REVIEWER_HEADER, "Voorbeeld"))
            path = path_of(folder, locale, domain)
            write(path, replace(made, entries=entries, headers=headers))
            compile_catalogue(path)
    return Settings(
        secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
        surveys_dir=SURVEYS_DIR,
        translations_dir=folder,
    )


@pytest.fixture
def newcomer() -> Survey:
    return load_survey(SURVEYS_DIR, "newcomer")


def change(
    settings: Settings,
    locale: str,
    domain: str,
    which: Callable[[Entry], bool],
    fresh: bool = False,
    **changes: object,
) -> None:
    """Change the first entry that is meant, and compile; `fresh`: as in an installation without a `.mo`."""
    path = path_of(settings.translations_dir, locale, domain)
    catalogue = read(path)
    number = next(number for number, entry in enumerate(catalogue.entries) if which(entry))
    entries = list(catalogue.entries)
    entries[number] = replace(entries[number], **changes)  # type: ignore[arg-type]
    write(path, replace(catalogue, entries=tuple(entries)))
    if fresh:
        path.with_suffix(".mo").unlink()
    compile_catalogue(path)


def make_draft(settings: Settings, locale: str, domain: str) -> None:
    path = path_of(settings.translations_dir, locale, domain)
    write(path, replace(read(path), headers=((STATE_HEADER, "draft"),)))
    compile_catalogue(path, even_if_worse=True)


def for_respondents(entry: Entry) -> bool:
    return entry.for_respondents


def test_complete_and_reviewed_languages_are_offered_in_their_order(
    settings: Settings, newcomer: Survey
) -> None:
    assert ui_ready(settings) == set(LANGUAGES)
    assert respondent_languages(settings) == [key for key in ENDONYMS if key in LANGUAGES]
    found = survey_ready(settings, newcomer)
    assert {key for key, ready in found.items() if ready.offered} == set(LANGUAGES)
    assert {ready.review_state for ready in found.values()} == {"reviewed"}
    assert found["ar"].needed == found["ar"].translated == found["nl"].needed > 60


def test_each_questionnaire_is_asked_of_its_own_languages(settings: Settings) -> None:
    for key, expected in (("partner", {"nl", "en", "fr"}), ("staff", {"nl", "en"})):
        assert set(survey_ready(settings, load_survey(SURVEYS_DIR, key))) == expected


def test_dutch_is_offered_without_any_catalogue(settings: Settings, newcomer: Survey, tmp_path: Path) -> None:
    bare = settings.but(translations_dir=tmp_path / "nothing")
    assert respondent_languages(bare) == ["nl"]
    assert {key: ready.offered for key, ready in survey_ready(bare, newcomer).items()} == {"nl": True}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"target": ("",)}, Why.MISSING),
        ({"target": (" \u00a0",)}, Why.MISSING),
        ({"target": ("ar {type}",)}, Why.OUTDATED),
        ({"target": ("ar <b>",)}, Why.OUTDATED),
        ({"fuzzy": True}, Why.OUTDATED),
        ({"source": ("Anders",)}, Why.MISSING),
    ],
)
def test_one_text_takes_the_language_off_offer(
    settings: Settings, newcomer: Survey, changes: dict[str, object], why: Why
) -> None:
    change(settings, "ar", SURVEYS, lambda entry: entry.context == "newcomer.welcome", **changes)
    found = survey_ready(settings, newcomer)
    assert (found["ar"].offered, found["ar"].why) == (False, why)
    assert found["fr"].offered and "ar" in ui_ready(settings)


def test_an_offer_type_belongs_to_the_questionnaire(settings: Settings, newcomer: Survey) -> None:
    change(settings, "fr", SURVEYS, lambda entry: entry.context == "offer_type.buddy", target=("",))
    assert survey_ready(settings, newcomer)["fr"].why is Why.MISSING
    assert survey_ready(settings, load_survey(SURVEYS_DIR, "partner"))["fr"].why is Why.MISSING


def test_a_page_text_takes_the_language_off_every_page(settings: Settings, newcomer: Survey) -> None:
    change(settings, "ar", MESSAGES, for_respondents, fresh=True, fuzzy=True)
    assert "ar" not in ui_ready(settings)
    assert survey_ready(settings, newcomer)["ar"].why is Why.PAGES_NOT_READY


@pytest.mark.parametrize("text", ["100% ar", "ar %(other)s", "<b>ar</b>"])
def test_a_text_that_no_page_can_show_takes_the_language_off_every_page(
    settings: Settings, text: str
) -> None:
    """As a program for translators may save it: the page would be an error in that language alone."""

    def on_a_page(entry: Entry) -> bool:
        return any(place.startswith("feedback_app/templates/respond/") for place in entry.places)

    change(settings, "ar", MESSAGES, on_a_page, fresh=True, target=(text,))
    assert ui_ready(settings) == set(LANGUAGES) - {"ar"}


def test_what_only_staff_see_does_not_keep_english_from_respondents(settings: Settings) -> None:
    change(settings, "en", MESSAGES, lambda entry: not entry.for_respondents, target=("",))
    assert "en" in ui_ready(settings)
    change(settings, "en", MESSAGES, for_respondents, fresh=True, target=("",))
    assert "en" not in ui_ready(settings)


def test_a_draft_is_offered_only_when_switched_on(settings: Settings, newcomer: Survey) -> None:
    for domain in (MESSAGES, SURVEYS):
        make_draft(settings, "ar", domain)
    assert "ar" not in ui_ready(settings)
    assert survey_ready(settings, newcomer)["ar"].why is Why.UNREVIEWED
    for drafts in ({"ar"}, {"all"}, {"ar-SY", "fr"}):
        on = settings.but(draft_languages=frozenset(drafts))
        assert "ar" in ui_ready(on)
        assert survey_ready(on, newcomer)["ar"].offered
        assert survey_ready(on, newcomer)["ar"].review_state == "draft"
    assert "ar" not in ui_ready(settings.but(draft_languages=frozenset({"fa_AF", "xx"})))


def test_a_state_we_do_not_know_is_never_offered(settings: Settings) -> None:
    path = path_of(settings.translations_dir, "ar", MESSAGES)
    write(path, replace(read(path), headers=((STATE_HEADER, "rejected"),)))
    compile_catalogue(path, even_if_worse=True)
    assert "ar" not in ui_ready(settings.but(draft_languages=frozenset({"all"})))


def test_pages_that_were_not_compiled_are_not_offered(settings: Settings) -> None:
    made = path_of(settings.translations_dir, "ar", MESSAGES).with_suffix(".mo")
    kept = made.read_bytes()
    made.unlink()
    assert "ar" not in ui_ready(settings)
    made.write_bytes(kept)
    assert "ar" in ui_ready(settings)
    made.write_bytes(kept[: len(kept) // 2])
    assert "ar" not in ui_ready(settings)


@pytest.mark.parametrize(
    ("changes", "state", "compiles", "waiting"),
    [
        ({"fuzzy": True, "target": ("ar held",)}, "reviewed", True, Why.OUTDATED),
        ({"target": ("",)}, "reviewed", True, Why.MISSING),
        ({"target": ("ar 100% %(no)s",)}, "reviewed", True, Why.OUTDATED),
        ({"target": ("ar new",)}, "draft", True, Why.UNREVIEWED),
        ({"target": ("ar new",)}, "reviewed", False, Why.NOT_COMPILED),
        ({"target": ("ar new",)}, "reviewed", True, Why.OFFERED),
    ],
)
def test_who_is_answering_keeps_the_last_good_wording(
    settings: Settings, changes: dict[str, object], state: str, compiles: bool, waiting: Why
) -> None:
    path = path_of(settings.translations_dir, "ar", MESSAGES)
    catalogue = read(path)
    at = next(at for at, e in enumerate(catalogue.entries) if "respond/base.html" in str(e.places))
    entries = list(catalogue.entries)
    entries[at] = replace(entries[at], **changes)  # type: ignore[arg-type]
    headers = ((STATE_HEADER, state), (REVIEWER_HEADER, "Voorbeeld"))
    write(path, replace(catalogue, entries=tuple(entries), headers=headers))
    if compiles:
        compile_catalogue(path)
    for one in (settings, settings.but(draft_languages=frozenset({"ar"}))):
        assert "ar" in ui_ready(one)
    assert pages_readiness(Shelf.of(settings))["ar"].waiting == waiting
    said = served(path)
    assert said is not None
    new = said.by_key[entries[at].key].target == entries[at].target
    assert new == (waiting is Why.OFFERED)
    compile_catalogue(path, even_if_worse=True)
    assert ("ar" in ui_ready(settings)) == (waiting in (Why.OFFERED, Why.NOT_COMPILED))


def test_a_broken_catalogue_takes_only_its_own_language_away(settings: Settings, newcomer: Survey) -> None:
    for domain in (MESSAGES, SURVEYS):
        path_of(settings.translations_dir, "ar", domain).write_bytes(b"\xff\xfe nonsense")
    assert "ar" in ui_ready(settings), "what is served stays"
    assert survey_ready(settings, newcomer)["ar"].why is Why.NO_CATALOGUE
    path_of(settings.translations_dir, "ar", MESSAGES).with_suffix(".mo").unlink()
    assert ui_ready(settings) == {"nl", "en", "fr"}
    assert survey_ready(settings, newcomer)["ar"].why is Why.NO_CATALOGUE


def test_a_changed_question_is_not_answered_with_its_old_translation(
    settings: Settings, newcomer: Survey
) -> None:
    changed = replace(newcomer, texts=newcomer.texts | {"title": "Hoe was, zeg maar, je activiteit?"})
    found = survey_ready(settings, changed)
    assert {key for key, ready in found.items() if ready.offered} == {"nl"}
