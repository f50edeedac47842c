"""Peak memory of taking in a list ten times as long: it should hardly grow."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Budget
from tests.databases import Databases
from tests.exports import ROW

FEW, MANY = 5_000, 50_000


def figures() -> Iterator[Budget]:
    """Each file is taken in by a process of its own, into an empty database of its own."""
    with tempfile.TemporaryDirectory() as name:
        databases = Databases(Path(name))
        try:
            for kind in ("sqlite", "postgresql"):
                peaks = []
                for rows in (FEW, MANY):
                    with databases.migrated(kind) as url:
                        peaks.append(_measured(url, Path(name) / f"{rows}.csv", rows))
                made_of = f"{peaks[1]:.1f} MiB for {MANY:,} rows beside {peaks[0]:.1f} MiB for {FEW:,}"
                yield Budget(
                    f"import: peak memory ({kind})", peaks[1] / peaks[0], "×", most=1.15, made_of=made_of
                )
        finally:
            databases.close()


def _measured(url: str, path: Path, rows: int) -> float:
    _write(path, rows)
    command = [sys.executable, "-m", "tests.benchmarks.bench_intake", url, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    taken, peak = done.stdout.split()
    assert int(taken) == rows
    return float(peak)


def _write(path: Path, rows: int) -> None:
    """Rows of as many dossiers, one partner to every eight of them, all different."""
    with path.open("w", encoding="utf-8") as text:
        text.write(";".join(ROW) + "\n")
        for number in range(rows):
            changes = {
                "Dossiernummer": f"V{number:07}",
                "Organisatie": f"Voorbeeld {number // 8} vzw",
                "KBO-nummer": "",
                "E-mail organisatie": f"contact{number // 8}@voorbeeld.example",
                "E-mail": f"deelnemer{number}@voorbeeld.example",
            }
            text.write(";".join({**ROW, **changes}.values()) + "\n")


def _take_in(url: str, path: Path) -> None:
    """In a process of its own: take one file in, and print how many came in and the most memory it took."""
    from feedback_app import create_app
    from feedback_app.database import db
    from feedback_app.trajectories.intake import take_in
    from feedback_app.trajectories.reading import FileOnDisk
    from tests.exports import default_mapping, example_settings

    settings = example_settings(url)
    with create_app(settings).app_context():
        intake = take_in(db.session, settings, FileOnDisk(path), path.name, default_mapping())
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    assert peak
    print(intake.trajectories, int(peak[1]) / 1024)


if __name__ == "__main__":
    _take_in(sys.argv[1], Path(sys.argv[2]))
