"""`verify` says yes to what was compiled, and names what is different in anything else."""

import base64
import io
import json
import re
import secrets
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from feedback_app.cli import main
from feedback_app.rendering.style import HouseStyle
from feedback_app.reports import inside
from feedback_app.reports.editions import printed_day
from feedback_app.reports.inside import LARGEST, Unreadable, differing, opened
from feedback_app.reports.models import Edition
from feedback_app.reports.pdf import report_pdf
from tests.commands import run
from tests.integration.test_report_pdf import CONTENT, bare_content
from tests.world import WAVE, World

OURS = bare_content(items=CONTENT.items[:1], software_version="0.1.0")


@pytest.fixture(scope="module")
def genuine() -> bytes:
    return report_pdf(OURS)


def saved(data: bytes, plant: Callable[[pikepdf.Pdf], object]) -> bytes:
    """The file with a change, written again by another program."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        plant(pdf)
        pdf.save(file, fix_metadata_version=False, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
    return file.getvalue()


def in_place(data: bytes, wanted: Callable[[bytes], bool], old: bytes, new: bytes) -> bytes:
    """The file with a change inside one packed stream, of the same length, so that nothing else moves."""
    for found in re.finditer(rb"/Length (\d+)[^>]*>>\nstream\n", data):
        start, end = found.end(), found.end() + int(found[1])
        try:
            plain = zlib.decompress(data[start:end])
        except zlib.error:
            continue
        if wanted(plain) and old in plain:
            changed = plain.replace(old, new, 1)
            for level in range(1, 10):
                packed = zlib.compress(changed, level)
                if len(packed) <= end - start:
                    return data[:start] + packed.ljust(end - start, b"\x00") + data[end:]
    raise AssertionError("nothing to change")


def figure_on(page: int) -> Callable[[pikepdf.Pdf], None]:
    def plant(pdf: pikepdf.Pdf) -> None:
        contents = pdf.pages[page].obj.Contents
        old = contents.read_bytes()
        new = re.sub(rb"<([0-9a-f]{4})", b"<0010", old, count=1)
        assert new != old
        contents.write(new)

    return plant


def swapped(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["figures.csv"].obj.EF.F.write(b"audience;positive\r\nnewcomer;99\r\n")


def other_title(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Title"] = "Een ander verslag"


def other_alternative(pdf: pikepdf.Pdf) -> None:
    figure = next(one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one)
    figure.Alt = pikepdf.String("99 op de 10")


@pytest.mark.parametrize(
    ("plant", "part"),
    [
        (figure_on(2), "page 3"),
        (swapped, "embedded file figures.csv"),
        (other_title, "metadata"),
        (other_alternative, "tags"),
        (lambda pdf: pdf.pages.__delitem__(4), "page 5"),
    ],
)
def test_what_another_program_changed_is_named(
    plant: Callable[[pikepdf.Pdf], object], part: str, genuine: bytes
) -> None:
    found = differing(opened(saved(genuine, plant)), opened(genuine))
    assert found[0] == "the whole file was written again by another program"
    assert part in found


def opening_action(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")


def page_action(pdf: pikepdf.Pdf) -> None:
    launch = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Launch, F="x.exe"))
    pdf.pages[1].obj.AA = pikepdf.Dictionary(O=launch)


def named_script(pdf: pikepdf.Pdf) -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pdf.make_stream(b"app.alert('x')"))
    pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=pikepdf.Array(["a", pdf.make_indirect(script)]))


@pytest.mark.parametrize(
    ("plant", "named"),
    [
        (opening_action, "JS, JavaScript, OpenAction"),
        (page_action, "AA, Launch"),
        (named_script, "JS, JavaScript"),
    ],
)
def test_a_script_that_somebody_added_is_named(
    plant: Callable[[pikepdf.Pdf], object],
    named: str,
    genuine: bytes,
    tmp_path: Path,
    nowhere: dict[str, str],
) -> None:
    path = tmp_path / "handed-in.pdf"
    path.write_bytes(saved(genuine, plant))
    done = verified(path, nowhere)
    assert done.exit_code == 1
    assert f"it holds a script or an action that the report has not ({named})" in done.stdout + done.stderr
    assert opened(genuine).scripts() == set()


def test_a_change_in_place_is_named_and_nothing_else(genuine: bytes) -> None:
    assert differing(opened(genuine), opened(genuine)) == []
    changed = genuine.replace(b"Voorbeeldagentschap", b"Voorbeeldagentschab")
    assert differing(opened(changed), opened(genuine)) == ["metadata"]
    table = in_place(genuine, lambda plain: b"audience;cut" in plain, b"1843", b"1844")
    assert differing(opened(table), opened(genuine)) == ["embedded file figures.csv"]


def test_one_changed_byte_anywhere_is_noticed(genuine: bytes) -> None:
    for place in range(10, len(genuine), len(genuine) // 40):
        changed = genuine[:place] + bytes([genuine[place] ^ 1]) + genuine[place + 1 :]
        try:
            found = differing(opened(changed), opened(genuine))
        except Unreadable:
            continue
        assert found, place


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """An installation without any database."""
    return {
        "FEEDBACK_DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3",
        "FEEDBACK_SECRET_KEY": secrets.token_urlsafe(48),
    }


def verified(path: Path, environment: dict[str, str]) -> Result:
    return CliRunner().invoke(main, ["verify", str(path)], env=environment)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: b"", "no PDF"),
        (lambda data: b"PK\x03\x04 not a report", "no PDF"),
        (lambda data: data[: len(data) // 2], "end is missing"),
        (lambda data: data[:5_000] + data[6_000:], "damaged"),
        (lambda data: b"%PDF-1.7\nstream\n" + zlib.compress(b"\x00" * 3_000_000) + b"\n%%EOF", "far more"),
        (lambda data: data + b"\n% a signature", "added after its end"),
        (lambda data: saved(data, lambda pdf: pdf.attachments.__delitem__("content.json")), "no content.json"),
        (lambda data: saved(data, lambda pdf: pdf.attachments["content.json"].obj.EF.F.write(b"[1]")), "was changed"),
    ],
)  # fmt: skip
def test_files_that_are_no_report_are_refused_with_the_reason(
    change: Callable[[bytes], bytes],
    reason: str,
    genuine: bytes,
    tmp_path: Path,
    nowhere: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inside, "LARGEST_UNPACKED", 2_900_000)
    path = tmp_path / "handed-in.pdf"
    path.write_bytes(change(genuine))
    done = verified(path, nowhere)
    assert done.exit_code == 1
    assert reason in done.stderr
    assert "yes" not in done.stdout


def test_a_huge_file_is_not_even_read(tmp_path: Path, nowhere: dict[str, str]) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "larger than 50 MB" in verified(path, nowhere).stderr
    assert "No such file" in verified(tmp_path / "none.pdf", nowhere).stderr


def test_the_file_alone_says_yes_and_what_it_holds(
    genuine: bytes, tmp_path: Path, nowhere: dict[str, str]
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(genuine)
    done = verified(path, nowhere)
    assert done.exit_code == 0, done.stderr
    for said in (
        OURS.content_hash,
        "signal report of 2026-H1",
        "figures.csv",
        "without a database",
        "yes, unchanged",
    ):
        assert said in done.stdout
    assert not (tmp_path / "none.sqlite3").exists()


def test_many_streams_are_measured_in_time_that_grows_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows a stream is not copied for each: a file of millions took hours."""
    handed: list[int] = []
    real = zlib.decompressobj

    class Counting:
        def __init__(self) -> None:
            self.inflate = real()

        def decompress(self, data: bytes, most: int) -> bytes:
            handed.append(len(data))
            return self.inflate.decompress(data, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self.inflate, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    stream = b"stream\n" + zlib.compress(b"\x00" * 5_000) + b"\n"
    with pytest.raises(Unreadable, match="damaged"):
        opened(b"%PDF-1.7\n" + stream * 2_000 + b"%%EOF")
    assert len(handed) == 2_000
    assert max(handed) <= 4_096


@pytest.mark.parametrize(
    "face",
    [b"no zlib", zlib.compress(b"no font"), zlib.compress(bytes(2_000_000)), zlib.compress(b"x" * 99)[:9]],
)
def test_a_face_that_is_none_does_not_break_the_answer(
    face: bytes, genuine: bytes, tmp_path: Path, nowhere: dict[str, str]
) -> None:
    """The house style inside is a stranger's too: it may be no font, cut off, or unpack without end."""
    other = replace(OURS, style=HouseStyle(regular=base64.b64encode(face).decode()))
    path = tmp_path / "report.pdf"
    data = other.to_json().encode("utf-8")
    path.write_bytes(saved(genuine, lambda pdf: pdf.attachments["content.json"].obj.EF.F.write(data)))
    done = verified(path, nowhere)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "its content cannot be compiled by this software" in done.stderr


def test_content_that_was_exchanged_betrays_itself(
    genuine: bytes, tmp_path: Path, nowhere: dict[str, str]
) -> None:
    """Who changes the content inside changes its hash: page 2, the tables and the pages no longer agree with it."""
    other = replace(
        OURS, items=(replace(OURS.items[0], flanders=replace(OURS.items[0].flanders, positive=99)),)
    )
    path = tmp_path / "report.pdf"
    data = other.to_json().encode("utf-8")
    path.write_bytes(saved(genuine, lambda pdf: pdf.attachments["content.json"].obj.EF.F.write(data)))
    done = verified(path, nowhere)
    assert done.exit_code == 1
    for said in (
        "page 2 prints another content hash",
        "figures.csv is not what the content gives",
        "changed: page",
    ):
        assert said in done.stderr


def test_another_version_of_the_software_is_said(tmp_path: Path, nowhere: dict[str, str]) -> None:
    older = replace(OURS, software_version="0.0.9")
    path = tmp_path / "report.pdf"
    path.write_bytes(saved(report_pdf(older), other_title))
    done = verified(path, nowhere)
    assert done.exit_code == 1
    assert "compiled by feedback-app 0.0.9, and this is" in done.stderr
    assert "the words of all pages are the same" in done.stderr


def test_the_database_knows_its_own_editions(genuine: bytes, tmp_path: Path, sqlite_world: World) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(genuine)
    unknown = run(sqlite_world, "verify", str(path))
    assert unknown.exit_code == 1
    assert "no edition here has this content" in unknown.stderr
    sqlite_world.open()
    with sqlite_world.session() as session:
        night = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # the next day where the report is made
        kept = Edition(wave_key=WAVE, locale="nl", state="final", compiled_at=night, content=json.loads(OURS.to_json()),
                       content_hash=OURS.content_hash, pdf=genuine)  # fmt: skip
        session.add(kept)
        session.commit()
        known = run(sqlite_world, "verify", str(path))
        assert known.exit_code == 0, known.stderr
        printed = f"edition {kept.id} of this installation, final, compiled on "
        assert f"{printed}{OURS.compiled_on}" in known.stdout
        assert printed_day(Edition(compiled_at=night, content={})) == "2026-07-01"
        path.write_bytes(saved(genuine, figure_on(2)))
        changed = run(sqlite_world, "verify", str(path))
        assert changed.exit_code == 1
        assert "changed: page 3" in changed.stderr
        assert session.scalar(sa.select(sa.func.count()).select_from(Edition)) == 1
