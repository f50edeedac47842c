"""The signal report: how long it takes beside bare WeasyPrint, for many answers beside few, in how much room.

Every measured process begins as empty as the one it is compared with, so that what is loaded counts on both sides. The
machine may be busy: times of single documents are processor seconds, in turns; only the 18 editions, which two workers
make at once, are seconds on the clock. Memory is that of whole commands, with the application, its database and all
else that they load.

Many answers beside few is the whole command (`feedback-app report`: gather, PDF, web page, annex, store) on waves that
are filled and closed for real: one of a thousand, and one of `BENCH_RESPONSES` (100,000; `BENCH_RESPONSES=1000000` takes
half an hour and 6 GB). Of the many, all rows but a thousand are then erased behind the frozen counts, and the command is
run again: what differs then is only how many answers there are, and that has the limit. A wave that closed with a thousand
publishes less (most of its small groups are withheld), so its report is shorter; its time stands beside, whole and for
each page, to be looked at.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import sqlalchemy as sa

from feedback_app.analysis.close import close_wave
from feedback_app.analysis.statistic import State
from feedback_app.reports.content import ReportContent
from feedback_app.reports.models import Edition
from feedback_app.reports.pdf import STYLES, report_html, report_pdf
from tests.benchmarks.bench_closing import FEW, thin_out
from tests.benchmarks.figure import Budget, Figure
from tests.benchmarks.full_wave import fill
from tests.databases import Databases
from tests.report_example import REGIONS, example_content, key_of
from tests.server import environment_of
from tests.world import WAVE, World

ROUNDS, MANY = 3, int(os.environ.get("BENCH_RESPONSES", "100000"))
#: runs a command and prints its processor seconds and its peak memory in MB; between us and it, because a process
#: counts as its own memory what the one had that started it
USED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)
"""
#: what each process does with the file it is given; it prints its processor seconds
ENDS = """
import time
print(time.process_time())
"""
OURS = """
import sys
from pathlib import Path
from feedback_app.reports.content import ReportContent
from feedback_app.reports.models import Edition
from feedback_app.reports.pdf import report_pdf
for name in sys.argv[1:]:
    Path(name + ".pdf").write_bytes(report_pdf(ReportContent.from_json(Path(name).read_text("utf-8"))))
"""
BARE = f"""
import sys
from pathlib import Path
import weasyprint
sheets = [weasyprint.CSS(filename=path) for path in {[str(path) for path in STYLES]!r}]
page = weasyprint.HTML(string=Path(sys.argv[1]).read_text("utf-8"))
Path(sys.argv[1] + ".pdf").write_bytes(page.write_pdf(stylesheets=sheets, pdf_variant="pdf/a-3a"))
"""


def figures() -> Iterator[Budget | Figure]:
    """The figures of the report's budget, and two beside them without a limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = example_content()
        (folder / "few.json").write_text(few.to_json(), encoding="utf-8")
        (folder / "few.html").write_text(report_html(few), encoding="utf-8")
        yield from _beside_bare(folder)
        yield from _many_beside_few(folder)
        yield from _editions(folder, few)
        pdf = report_pdf(few)
        told = f"{len(pdf) / 1000:.0f} kB with them"
        size = (len(pdf) - _annex_size(pdf)) / 1000
        yield Budget("Flemish report without its data", size, "kB", most=400.0, made_of=told)


def regional(content: ReportContent, name: str) -> ReportContent:
    """One region's edition: its own figures, with Flanders as frame."""
    key = key_of(name)
    items = tuple(
        replace(item, regions=tuple(one for one in item.regions if one.member == key), groups=())
        for item in content.items
    )
    return replace(content, level=key, level_label=name, items=items)


def _beside_bare(folder: Path) -> Iterator[Budget]:
    pairs = [(_run(OURS, [folder / "few.json"]), _run(BARE, [folder / "few.html"])) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    told = f"{ours:.2f} s beside {bare:.2f} s, processor, each in a new process"
    yield Budget("whole report ÷ bare WeasyPrint, same HTML", ours / bare, "×", most=1.25, made_of=told)


@dataclass(frozen=True)
class Made:
    """What a report of a wave took (median processor seconds, most memory in MB), and how long it is.

    `checked`: the memory that `verify` of the file took.
    """

    seconds: float
    memory: float
    checked: float
    pages: int
    figures: int

    @property
    def a_page(self) -> float:
        """Seconds for each page."""
        return self.seconds / self.pages

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s for {self.pages} pages with {self.figures} figures"


def _many_beside_few(folder: Path) -> Iterator[Budget | Figure]:
    """The whole command on closed waves; SQLite, where the database's own work is in the process that is measured."""
    databases = Databases(folder)
    try:
        with databases.migrated("sqlite") as one, databases.migrated("sqlite") as other:
            worlds = [_closed(url, folder, size) for url, size in ((one, FEW), (other, MANY))]
            small, many = (_reports(world, folder) for world in worlds)
            thin_out(worlds[1], FEW)
            few = _reports(worlds[1], folder)
            for world in worlds:
                world.close()
    finally:
        databases.close()
    ratio, told = many.seconds / few.seconds, f"{many}, beside {few}"
    yield Budget(f"report of {MANY:,} answers ÷ same, {FEW:,} rows", ratio, "×", most=1.10, made_of=told)
    memory = max(many.memory, few.memory)
    yield Budget(f"peak memory, `report`, {MANY:,} answers", memory, "MB", most=400.0)
    checked = max(many.checked, few.checked)
    yield Budget("peak memory, `verify` of what it made", checked, "MB", most=400.0)
    closed = f"one that closed with {FEW:,}"
    yield Figure(f"  whole; {small}", many.seconds, closed, small.seconds)
    yield Figure("  a page of it", many.a_page, f"a page of {closed}", small.a_page)


def _closed(url: str, folder: Path, size: int) -> World:
    place = folder / f"wave-{size}"
    place.mkdir()
    world = World(url, place, Path("translations"))
    fill(world, size)
    with world.session() as session:
        close_wave(session, world.settings, WAVE, lambda done, total, message: None)
    return world


def _reports(world: World, folder: Path) -> Made:
    """The command as a colleague gives it, some times over, each in a new process."""
    out = folder / "report.pdf"
    program, environment = str(Path(sys.executable).with_name("feedback-app")), environment_of(world.settings)
    command = [program, "report", "--wave", WAVE, "--out", str(out)]
    runs = [_run_command(command, environment) for _ in range(ROUNDS)]
    _seconds, checked = _run_command([program, "verify", str(out)], environment)
    with world.session() as session:
        content = ReportContent.from_json(
            json.dumps(session.scalars(sa.select(Edition.content).limit(1)).one())
        )
    with pikepdf.open(out) as opened:
        pages = len(opened.pages)
    figures = sum(
        one.state is not State.WITHHELD
        for item in content.items
        for one in (item.flanders, *item.regions, *item.groups)
    )
    seconds, memory = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
    return Made(seconds, memory, checked, pages, figures)


def _editions(folder: Path, content: ReportContent) -> Iterator[Budget]:
    """All regions by two workers at once, beside eighteen times one by a worker of its own; on the clock."""
    paths = []
    for name in REGIONS:
        paths.append(folder / f"{key_of(name)}.json")
        paths[-1].write_text(regional(content, name).to_json(), encoding="utf-8")
    ones = []
    for path in (paths[0], paths[8], paths[17]):
        started = time.perf_counter()
        _run(OURS, [path])
        ones.append(time.perf_counter() - started)
    started = time.perf_counter()
    workers = [_start(OURS, half) for half in (paths[::2], paths[1::2])]
    for worker in workers:
        _told(worker)
    together, one = time.perf_counter() - started, statistics.median(ones)
    told = f"{together:.1f} s beside 18 × {one:.1f} s on the clock; load {os.getloadavg()[0]:.1f}"
    yield Budget("18 regional editions ÷ 18 × one", together / (18 * one), "×", most=0.60, made_of=told)


def _annex_size(pdf: bytes) -> int:
    """How many bytes of a PDF are its embedded files, as they are packed."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return sum(len(one.obj.EF.F.read_raw_bytes()) for one in opened.attachments.values())


def _start(program: str, paths: Sequence[Path]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program + ENDS, *map(str, paths)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _told(process: "subprocess.Popen[str]") -> list[float]:
    written, _ = process.communicate()
    if process.returncode:
        raise SystemExit("a measured process failed")
    return [float(each) for each in written.split()]


def _run(program: str, paths: Sequence[Path]) -> float:
    """Processor seconds of a new process that does this."""
    return _told(_start(program, paths))[0]


def _run_command(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Processor seconds and peak megabytes of one command, as it is in production."""
    environment = {**environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    between = [sys.executable, "-c", USED, *command]
    seconds, memory = _told(subprocess.Popen(between, env=environment, stdout=subprocess.PIPE, text=True))
    return seconds, memory
