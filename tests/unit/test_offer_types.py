"""Kinds of activity by the name that a colleague's own language has for them."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, g

from feedback_app.languages import language
from feedback_app.questionnaires.catalogues import SURVEYS, path_of, read, write
from feedback_app.questionnaires.loading import load_codes
from feedback_app.questionnaires.offer_types import offer_type_names
from feedback_app.settings import Settings
from tests.exports import example_settings


def names(settings: Settings, key: str) -> dict[str, str]:
    with Flask("tests").app_context():
        g.language = language(key)
        return offer_type_names(settings)


def test_they_are_named_in_the_language_of_the_page_in_the_order_of_the_file() -> None:
    settings = example_settings()
    dutch, english = names(settings, "nl"), names(settings, "en")
    assert dutch == {one.key: one.label for one in load_codes(settings.surveys_dir).offer_types}
    assert list(english) == list(dutch)
    assert not set(english.values()) & set(dutch.values())


@pytest.mark.parametrize("fuzzy", [True, False])
def test_an_outdated_name_is_not_shown(tmp_path: Path, fuzzy: bool) -> None:
    settings = example_settings()
    catalogue = read(path_of(settings.translations_dir, "en", SURVEYS))
    entries = tuple(replace(one, fuzzy=fuzzy) for one in catalogue.entries)
    write(path_of(tmp_path, "en", SURVEYS), replace(catalogue, entries=entries))
    shown = names(replace(settings, translations_dir=tmp_path), "en")
    assert (shown == names(settings, "nl")) == fuzzy
