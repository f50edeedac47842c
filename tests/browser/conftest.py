"""What browser tests share: a Chromium for each file."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.settings import default_translations_dir
from tests.chromium import ARGUMENTS, chromium_path

# They assert too: a failure there is told as fully as one in a test.
pytest.register_assert_rewrite("tests.browser.colleague", "tests.browser.looking", "tests.browser.road")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; every visitor gets a context of its own.

    While it runs, this thread counts as an event loop and an application context of our own cannot end:
    a test file with a browser reaches the application through processes only, and no browser outlives its file.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def real_catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled copy of the translations that people really read."""
    folder = tmp_path_factory.mktemp("catalogues") / "translations"
    shutil.copytree(default_translations_dir(), folder, ignore=shutil.ignore_patterns("*.mo"))
    for path in folder.glob("*/LC_MESSAGES/*.po"):
        compile_catalogue(path)
    return folder
