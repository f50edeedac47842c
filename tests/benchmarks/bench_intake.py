"""A list ten times as long: memory should hardly grow, and nobody who answers should wait for it."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Budget
from tests.databases import Databases
from tests.exports import ROW

FEW, MANY = 5_000, 50_000
#: seconds that an answer may wait for the database while a file comes in
LONGEST_WAIT = 2.0


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
            with databases.migrated("sqlite") as url:
                yield from _waits(url, Path(name))
        finally:
            databases.close()


def _waits(url: str, folder: Path) -> Iterator[Budget]:
    """Somebody answers ten times a second while a list is looked at, taken in and undone."""
    # here and below: what measures memory loads no more than it needs
    from tests.benchmarks.bench_pages import ANSWERS
    from tests.server import Server, post
    from tests.world import Person, World

    path = folder / f"{MANY}.csv"
    world = World(url, folder, Path("translations"))
    world.open([Person(partners=())] * 3_000)
    tokens = iter([link.token for link in world.links()])
    world.close()
    waits: dict[str, list[float]] = {}
    log = folder / "steps"
    command = [sys.executable, "-m", "tests.benchmarks.bench_intake", url, str(path), str(log)]
    with Server(world.settings) as server:
        post(server, next(tokens), ANSWERS)
        importing = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while importing.poll() is None:
            step = log.read_text(encoding="utf-8").strip() if log.exists() else ""
            started = time.monotonic()
            post(server, next(tokens), ANSWERS)
            waits.setdefault(step, []).append(time.monotonic() - started)
            time.sleep(0.1)
    assert importing.returncode == 0
    for step in ("upload", "preview", "confirm", "look at undo", "undo"):
        longest = max(waits.get(step, [0.0]))
        made_of = f"{longest:.2f} s beside {LONGEST_WAIT} s, of {len(waits.get(step, []))} answers"
        name = f"import: longest wait of an answer, {step} (sqlite)"
        yield Budget(name, longest / LONGEST_WAIT, "×", most=1.0, made_of=made_of)


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


def _every_step(url: str, path: Path, log: Path) -> None:
    """In a process of its own: the whole road of a file, as the pages and the worker walk it."""
    from feedback_app import create_app
    from feedback_app.database import db
    from feedback_app.invitations.after_file import AFTER_FILE
    from feedback_app.invitations.taking_back import take_back, would_take_back
    from feedback_app.staff.models import Account
    from feedback_app.trajectories.afterwards import Forget
    from feedback_app.trajectories.models import ImportBatch
    from feedback_app.trajectories.previewing import confirm, make_preview
    from feedback_app.trajectories.undoing import undo, would_undo
    from feedback_app.trajectories.uploads import keep_upload
    from tests.exports import example_settings

    settings = example_settings(url)
    forget = Forget(count=would_take_back, take=take_back)
    with create_app(settings).app_context():
        account = Account(email="a@voorbeeld.example", password_hash="", role="agentschap")
        db.session.add(account)
        db.session.commit()
        log.write_text("upload", encoding="utf-8")
        with path.open("rb") as content:
            upload = keep_upload(db.session, settings, account, content, path.name, agency="agii", layout="")
        log.write_text("preview", encoding="utf-8")
        make_preview(db.session, settings, upload, AFTER_FILE)
        told = dict(upload.told or {})
        log.write_text("confirm", encoding="utf-8")
        intake = confirm(db.session, settings, upload, account, AFTER_FILE)
        assert {**told, "dry_run": False} == intake.counts(), json.dumps([told, intake.counts()])
        batch = db.session.get_one(ImportBatch, intake.batch_id)
        log.write_text("look at undo", encoding="utf-8")
        looked = would_undo(db.session, batch, account, forget)
        log.write_text("undo", encoding="utf-8")
        assert undo(db.session, batch, account, forget) == looked


if __name__ == "__main__":
    if len(sys.argv) > 3:
        _every_step(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        _take_in(sys.argv[1], Path(sys.argv[2]))
