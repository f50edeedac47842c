"""The signal report: how long it takes beside bare WeasyPrint, for many answers beside few, in how much room.

Every measured process begins as empty as the one it is compared with, so that what is loaded counts on both sides. The
machine may be busy: times of single documents are processor seconds, in turns; only the 18 editions, which two workers
make at once, are seconds on the clock. What a wave of a million costs in the database is in `bench_closing`; here the same
report is drawn of its frozen figures.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf

from feedback_app.reports.content import ReportContent
from feedback_app.reports.pdf import STYLES, report_html, report_pdf
from tests.benchmarks.figure import Budget
from tests.report_example import REGIONS, example_content, key_of

ROUNDS = 3
#: what each process does with the file it is given; it prints its processor seconds and its peak memory in MB
ENDS = """
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
OURS = """
import sys
from pathlib import Path
from feedback_app.reports.content import ReportContent
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


def figures() -> Iterator[Budget]:
    """Each of the five figures of the report's budget."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = example_content()
        contents = {"few": few, "many": of_a_million(few)}
        for key, content in contents.items():
            (folder / f"{key}.json").write_text(content.to_json(), encoding="utf-8")
        (folder / "few.html").write_text(report_html(few), encoding="utf-8")
        yield from _beside_bare(folder)
        yield _many_beside_few(folder)
        yield from _editions(folder, few)
        pdf = report_pdf(few)
        told = f"{len(pdf) / 1000:.0f} kB with them"
        size = (len(pdf) - _annex_size(pdf)) / 1000
        yield Budget("Flemish report without its data", size, "kB", most=400.0, made_of=told)


def of_a_million(content: ReportContent) -> ReportContent:
    """The same report of a wave with a thousand times as many answers: larger numbers, every region with figures."""
    bigger = json.loads(content.to_json())
    for item in bigger["items"]:
        for one in (item["flanders"], *item["regions"], *item["groups"]):
            if one["base"].isdecimal():
                one["base"] = str(int(one["base"]) * 1000)
    for rate in bigger["rates"]:
        for name in ("invited", "answered"):
            rate[name] = rate[name] * 1000 if isinstance(rate[name], int) else rate[name]
    return ReportContent.from_json(json.dumps(bigger))


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
    ours, bare = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    told = f"{ours:.2f} s beside {bare:.2f} s, processor, each in a new process"
    yield Budget("whole report ÷ bare WeasyPrint, same HTML", ours / bare, "×", most=1.25, made_of=told)
    memory = max(pair[0][1] for pair in pairs)
    yield Budget("peak memory for the Flemish report", memory, "MB", most=400.0)


def _many_beside_few(folder: Path) -> Budget:
    pairs = [[_run(OURS, [folder / f"{key}.json"])[0] for key in ("many", "few")] for _ in range(ROUNDS)]
    many, few = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    told = f"{many:.2f} s beside {few:.2f} s, processor"
    return Budget("report of 1,000,000 answers ÷ of 1,000", many / few, "×", most=1.10, made_of=told)


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


def _told(process: "subprocess.Popen[str]") -> tuple[float, float]:
    written, _ = process.communicate()
    if process.returncode:
        raise SystemExit("a measured process failed")
    seconds, memory = map(float, written.split())
    return seconds, memory


def _run(program: str, paths: Sequence[Path]) -> tuple[float, float]:
    """Processor seconds and peak megabytes of a new process that does this."""
    return _told(_start(program, paths))
