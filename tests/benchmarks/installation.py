"""An installation as it stands on the evening of a national sending: a closed wave, and an open one with its links.

The open wave's people come in as agencies bring them, by a list that is taken in. On files and a server of its own,
durable as in production.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from feedback_app.database import db
from feedback_app.invitations.after_file import AFTER_FILE
from feedback_app.invitations.waves import open_wave
from feedback_app.languages import ENDONYMS
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.loading import load_codes, load_regions
from feedback_app.trajectories.intake import take_in
from feedback_app.trajectories.reading import FileOnDisk
from tests.benchmarks.full_wave import fill
from tests.databases import KINDS, Databases
from tests.exports import ROW, default_mapping
from tests.postgres import Cluster
from tests.world import World

#: the wave that is open, and how many answered the one before, which the report is about
OPEN, CLOSED_WITH = "2026-H2", 10_000


@contextmanager
def installations() -> Iterator[Iterator[tuple[str, World]]]:
    """An empty one on each kind of database, one after the other; `BENCH_DATABASE=sqlite` for one of them."""
    for catalogue in sorted(Path("translations").glob("*/LC_MESSAGES/*.po")):
        compile_catalogue(catalogue)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as name:
        yield _each(Path(name))


def _each(folder: Path) -> Iterator[tuple[str, World]]:
    for kind in os.environ.get("BENCH_DATABASE", " ".join(KINDS)).split():
        place = folder / kind
        place.mkdir()
        databases = Databases(place, Cluster(durable=True) if kind != "sqlite" else None)
        try:
            with databases.migrated(kind) as url:
                world = World(url, place, Path("translations"))
                yield kind, world
                world.app.extensions["jobs"].queue.storage.close()
                world.close()
        finally:
            databases.close()


def settle(world: World, people: int, *, closed_with: int = CLOSED_WITH) -> None:
    """Close a wave that was answered, open the next, and take in so many people, each with a partner."""
    fill(world, closed_with)
    world.shut()
    path = world.settings.instance_dir / "settled.csv"
    write_list(path, world.settings.surveys_dir, people, "S")
    with world.session() as session:
        open_wave(session, world.settings, OPEN)
        file = FileOnDisk(path)
        intake = take_in(session, world.settings, file, path.name, default_mapping(), then=AFTER_FILE)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(
                sa.text("CHECKPOINT")
            )  # else what settling wrote is brought to disk in the evening
            session.commit()
        db.engine.dispose()
    path.unlink()
    if intake.invitations != 2 * people:
        raise RuntimeError(f"{intake.invitations:,} were invited, not {2 * people:,}: {intake.refused}")


def write_list(path: Path, surveys: Path, people: int, prefix: str) -> None:
    """A list of people whom the open wave asks: every region, kind of activity and language.

    Half of them speak the first languages of the list, the others any; one partner to every eight.
    """
    regions = [one.name for one in load_regions(surveys).values()]
    kinds = [one.key for one in load_codes(surveys).offer_types if one.key != "combinatie"]
    common, languages = ["ar", "uk", "tr", "fa_AF", "en"], list(ENDONYMS)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as text:
        text.write(";".join(ROW) + "\n")
        for number in range(people):
            spoken = common if number % 2 else languages
            changes = {
                "Dossiernummer": f"{prefix}{number:07}",
                "Regio": regions[number % len(regions)],
                "NIS-code": "",
                "Soort activiteit": kinds[number // 3 % len(kinds)],
                "Organisatie": f"Voorbeeld {prefix}{number // 8} vzw",
                "KBO-nummer": "",
                "E-mail organisatie": f"contact{number // 8}@voorbeeld.example",
                "Contacttaal": spoken[number // 2 % len(spoken)],
                "E-mail": f"deelnemer{number}@voorbeeld.example",
            }
            text.write(";".join({**ROW, **changes}.values()) + "\n")
