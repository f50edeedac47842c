"""What every test may ask for: fresh databases of both kinds, and a machine without a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.shipped import default_translations_dir
from tests.alphabets import make_specimens
from tests.bytecode import keep_compiled_modules
from tests.databases import KINDS, Databases
from tests.example_catalogues import make_catalogues
from tests.garbage import leave_alone_what_there_is, look_for_garbage_seldom
from tests.loopback import forbid_the_network
from tests.memory import keep_files_in_memory
from tests.once import work_out_once
from tests.templates import compile_each_template_once
from tests.world import World


def pytest_configure(config: pytest.Config) -> None:
    """Shut the network off before anything is imported or collected."""
    look_for_garbage_seldom()
    forbid_the_network()
    keep_compiled_modules()
    keep_files_in_memory()
    compile_each_template_once()
    work_out_once()


def pytest_collection_finish() -> None:
    """What was imported and collected stays."""
    leave_alone_what_there_is()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes databases; PostgreSQL starts with the first test that wants it."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of a database of its own without tables, once on SQLite and once on PostgreSQL."""
    with databases.empty(request.param) as url:
        yield url


@pytest.fixture(params=KINDS)
def migrated_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of a database of its own with all tables and no row, on SQLite and on PostgreSQL."""
    with databases.migrated(request.param) as url:
        yield url


@pytest.fixture(params=KINDS, scope="module")
def module_migrated_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """As migrated_url, but shared by the tests of one file."""
    with databases.migrated(request.param) as url:
        yield url


@pytest.fixture
def postgres_url(databases: Databases) -> Iterator[str]:
    """The address of a PostgreSQL database of its own without tables."""
    with databases.empty("postgresql") as url:
        yield url


@pytest.fixture
def migrated_sqlite_url(databases: Databases) -> Iterator[str]:
    """The address of a SQLite file of its own with all tables, where the kind of database makes no odds."""
    with databases.migrated("sqlite") as url:
        yield url


@pytest.fixture(scope="session")
def example_catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Complete catalogues made up for tests, so that every language is offered whatever translators do."""
    folder = tmp_path_factory.mktemp("translations")
    make_catalogues(folder)
    return folder


@pytest.fixture(scope="session")
def real_catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled copy of the translations that people really read; who changes one works on a copy of this."""
    folder = tmp_path_factory.mktemp("catalogues") / "translations"
    shutil.copytree(default_translations_dir(), folder, ignore=shutil.ignore_patterns("*.mo"))
    for path in folder.glob("*/LC_MESSAGES/*.po"):
        compile_catalogue(path)
    return folder


@pytest.fixture(scope="session")
def specimens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of every language: what translators wrote, and its alphabet where they were not yet."""
    folder = tmp_path_factory.mktemp("specimens")
    make_specimens(folder)
    return folder


@pytest.fixture
def world(migrated_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An installation with empty tables, once on SQLite and once on PostgreSQL; its client checks each page."""
    made = World(migrated_url, tmp_path, example_catalogues)
    yield made
    made.close()


@pytest.fixture
def sqlite_world(migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """As `world`, on SQLite alone, where the kind of database makes no odds."""
    made = World(migrated_sqlite_url, tmp_path, example_catalogues)
    yield made
    made.close()
