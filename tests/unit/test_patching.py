"""One text of a `.po` changes and no other byte, whoever wrote the file and whoever works on it at once."""

import gettext
import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po
from click.testing import CliRunner

from feedback_app.questionnaires.approval import Person, State, Step, state_of, wording_of
from feedback_app.questionnaires.catalogues import (
    MESSAGES,
    SURVEYS,
    Entry,
    parse,
    path_of,
    read,
    render,
)
from feedback_app.questionnaires.patching import Unpatchable, opened
from feedback_app.questionnaires.review import (
    Desk,
    EntryChanged,
    EntryGone,
    change,
    find_entry,
    name_of,
    seen_of,
    still_right,
)
from feedback_app.questionnaires.translating import translations

ADA, BEA = Person("vertaler", "aaaaaaaaaaaa"), Person("beheerder", "bbbbbbbbbbbb")
DAY = date(2026, 11, 23)

#: as Poedit and msgmerge write: line numbers, a wrapped text, previous Dutch, no blank line, an obsolete text
FOREIGN = """# Voorbeeld
msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"X-Review-State: reviewed\\n"
"X-Reviewed-By: Voorbeeld\\n"
"X-Generator: Poedit 3.4\\n"

#. vraag (single)
#: surveys/newcomer/questionnaire.yaml:12
#, fuzzy, no-c-format
#| msgctxt "newcomer.match"
#| msgid "Was dit iets?"
msgctxt "newcomer.match"
msgid "Was dit iets voor jou?"
msgstr ""
"Was this "
"something?"
#: surveys/newcomer/questionnaire.yaml:14
msgctxt "newcomer.match.yes"
msgid "Ja"
msgstr "Yes"

# vrij
msgctxt "newcomer.days"
msgid "%(num)d dag"
msgid_plural "%(num)d dagen"
msgstr[0] "%(num)d day"
msgstr[1] "%(num)d days"

#~ msgid "weg"
#~ msgstr "gone"
"""


def desk(tmp_path: Path, content: str = FOREIGN, domain: str = SURVEYS) -> Desk:
    path = path_of(tmp_path / "translations", "en", domain)
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode())
    return Desk.in_files(tmp_path / "translations", "en")


def file_of(at: Desk) -> Path:
    return path_of(at.translations_dir, "en", SURVEYS)


def entry(at: Desk, context: str) -> Entry:
    return next(one for _, one in at.entries() if one.context == context)


def save(at: Desk, context: str, *target: str, who: Person = ADA, step: Step = Step.SAVE) -> Entry:
    old = entry(at, context)
    wording = replace(wording_of(old), target=target or old.target)
    return change(at, name_of(SURVEYS, old), seen_of(old), wording, step, who, DAY)


def test_one_text_changes_and_nothing_else(tmp_path: Path) -> None:
    at = desk(tmp_path)
    save(at, "newcomer.match.yes", "Yes, it was")
    sealed = entry(at, "newcomer.match.yes").notes[0]
    expected = FOREIGN.replace('"Yes"', '"Yes, it was"').replace(
        "#: surveys/newcomer/questionnaire.yaml:14", f"# {sealed}\n#: surveys/newcomer/questionnaire.yaml:14"
    )
    expected = expected.replace("State: reviewed", "State: draft").replace("By: Voorbeeld", "By: ")
    assert file_of(at).read_text("utf-8") == expected


def test_a_file_from_windows_keeps_its_line_ends(tmp_path: Path) -> None:
    at = desk(tmp_path, FOREIGN.replace("\n", "\r\n"))
    save(at, "newcomer.match.yes", "Yes, it was")
    content = file_of(at).read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == FOREIGN.count("\n") + 1


def test_still_right_takes_away_flag_and_previous_dutch_only(tmp_path: Path) -> None:
    at = desk(tmp_path)
    assert state_of(entry(at, "newcomer.match")) is State.OUTDATED
    name = name_of(SURVEYS, entry(at, "newcomer.match"))
    still_right(at, name, None, ADA, DAY)
    gone = {"#, fuzzy, no-c-format", '#| msgctxt "newcomer.match"', '#| msgid "Was dit iets?"'}
    lines = file_of(at).read_text("utf-8").splitlines()
    assert gone.isdisjoint(lines)
    assert set(FOREIGN.splitlines()) - gone <= {*lines}, "the catalogue stays reviewed"
    assert "#, no-c-format" in lines
    with pytest.raises(EntryChanged):
        still_right(at, name, None, ADA, DAY)


def test_plural_forms_are_written_each(tmp_path: Path) -> None:
    at = desk(tmp_path)
    save(at, "newcomer.days", "one day", "%(num)d days")
    assert entry(at, "newcomer.days").target == ("one day", "%(num)d days")
    with file_of(at).with_suffix(".mo").open("rb") as made:
        compiled = gettext.GNUTranslations(made)
    assert compiled.npgettext("newcomer.days", "%(num)d dag", "%(num)d dagen", 1) == "one day"


def test_what_is_saved_is_what_the_house_would_write(tmp_path: Path) -> None:
    at = desk(tmp_path)
    path = file_of(at)
    path.write_text(render(read(path)), "utf-8")
    save(at, "newcomer.match", "Was this %(x)s something for you?")
    assert entry(at, "newcomer.match").fuzzy
    save(at, "newcomer.match", "Was this something for you?", step=Step.REVIEW)
    save(at, "newcomer.days", "a day\nor so", "%(num)d “days” \\ nights")
    assert path.read_text("utf-8") == render(read(path))


def test_who_saw_an_older_text_overwrites_nothing(tmp_path: Path) -> None:
    at = desk(tmp_path)
    old = entry(at, "newcomer.match.yes")
    name, seen = name_of(SURVEYS, old), seen_of(old)
    save(at, "newcomer.match.yes", "Yes!")
    before = file_of(at).read_bytes()
    with pytest.raises(EntryChanged) as refused:
        change(at, name, seen, replace(wording_of(old), target=("Yep",)), Step.SAVE, BEA, DAY)
    assert refused.value.now.target == ("Yes!",)
    assert file_of(at).read_bytes() == before
    with pytest.raises(EntryGone):
        find_entry(at, "0" * 16)


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    texts = "".join(f'msgctxt "newcomer.t{n}"\nmsgid "Tekst {n}"\nmsgstr "Text {n}"\n\n' for n in range(24))
    at = desk(tmp_path, FOREIGN + "\n" + texts)
    contexts = [f"newcomer.t{n}" for n in range(24)]
    start = threading.Barrier(8)
    failures: list[Exception] = []

    def work(mine: list[str]) -> None:
        start.wait()
        try:
            for context in mine:
                save(at, context, f"New {context}")
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(contexts[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    made = parse(file_of(at).read_bytes(), file_of(at))
    assert [made.by_key[f"newcomer.t{n}", f"Tekst {n}"].target for n in range(24)] == [
        (f"New newcomer.t{n}",) for n in range(24)
    ]
    assert not [path for path in file_of(at).parent.iterdir() if path.name.startswith(".")]


def test_a_change_that_would_touch_more_is_not_written(tmp_path: Path) -> None:
    at = desk(tmp_path)
    with opened(file_of(at)) as file:
        old = entry(at, "newcomer.match.yes")
        file.put(old, replace(old, notes=('x\n\nmsgid "extra"\nmsgstr "extra"\n',)))
        with pytest.raises(Unpatchable):
            file.save()
    assert file_of(at).read_text("utf-8") == FOREIGN


# --- other programs ------------------------------------------------------------------------------


def reviewed(tmp_path: Path) -> Desk:
    at = desk(tmp_path)
    old = entry(at, "newcomer.match.yes")
    wording = replace(wording_of(old), back="ja en nog eens ja " * 12, comment="vraag het na\ntweede lijn")
    change(at, name_of(SURVEYS, old), seen_of(old), wording, Step.REVIEW, ADA, DAY)
    return at


def test_states_survive_a_program_that_reads_and_writes_it_all(tmp_path: Path) -> None:
    at = reviewed(tmp_path)
    before = entry(at, "newcomer.match.yes")
    buffer = BytesIO()
    write_po(buffer, read_po(BytesIO(file_of(at).read_bytes()), locale="en"), width=76)
    file_of(at).write_bytes(buffer.getvalue())
    after = entry(at, "newcomer.match.yes")
    assert state_of(after) is State.REVIEWED
    assert wording_of(after) == wording_of(before)


@pytest.mark.skipif(not shutil.which("msgmerge"), reason="the gettext tools are not installed")
def test_states_survive_gettexts_own_tools(tmp_path: Path) -> None:
    at = reviewed(tmp_path)
    path = file_of(at)
    template = tmp_path / "surveys.pot"
    for command in (
        ["msgattrib", "--set-obsolete", "--ignore-file=/dev/null", "-o", str(tmp_path / "x.po"), str(path)],
        ["msgen", "-o", str(template), str(path)],
        ["msgmerge", "--previous", "--update", "--backup=none", "--quiet", str(path), str(template)],
        ["msgfmt", "--check", "-o", str(tmp_path / "x.mo"), str(path)],
    ):
        subprocess.run(command, check=True, capture_output=True)
    assert state_of(entry(at, "newcomer.match.yes")) is State.REVIEWED
    assert state_of(entry(at, "newcomer.match")) is State.OUTDATED
    template.write_text(template.read_text("utf-8").replace('msgid "Ja"', 'msgid "Ja!"'), "utf-8")
    subprocess.run(["msgmerge", "--previous", "--update", "--quiet", str(path), str(template)], check=True)
    assert state_of(entry(at, "newcomer.match.yes")) is State.OUTDATED


# --- the command ---------------------------------------------------------------------------------


def command(at: Desk, *arguments: str) -> tuple[int, str]:
    environment = {"FEEDBACK_TRANSLATIONS_DIR": str(at.translations_dir)}
    done = CliRunner().invoke(translations, ["still-right", *arguments], env=environment)
    return done.exit_code, done.output


@pytest.mark.parametrize("which", ["newcomer.match", "Was dit iets voor jou?", "--all-outdated"])
def test_the_command_confirms(tmp_path: Path, which: str) -> None:
    at = desk(tmp_path)
    assert command(at, "en", which) == (0, "en: 1 text(s) are still right\n")
    assert state_of(entry(at, "newcomer.match")) is State.REVIEWED
    assert state_of(save(at, "newcomer.match", step=Step.APPROVE)) is State.APPROVED


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("en", "newcomer.match.yes"), 1, "is not outdated"),
        (("en", "newcomer.match", "nergens"), 1, "is no text of this language"),
        (("..", "x"), 1, "is no language"),
        (("ti", "x"), 1, "is no text of this language"),
        (("en",), 2, "--all-outdated"),
        (("en", "x", "--all-outdated"), 2, "--all-outdated"),
    ],
)
def test_the_command_refuses_and_changes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    at = desk(tmp_path)
    found, output = command(at, *arguments)
    assert (found, told in output) == (code, True), output
    assert file_of(at).read_text("utf-8") == FOREIGN


def test_a_text_with_a_fault_is_not_still_right(tmp_path: Path) -> None:
    at = desk(tmp_path, FOREIGN.replace('"something?"', '"%(x)s?"'))
    assert command(at, "en", "--all-outdated")[0] == 1
    assert MESSAGES not in {domain for domain, _ in at.entries()}


def test_the_command_confirms_all_or_nothing(tmp_path: Path) -> None:
    """The first could be confirmed; the second has a fault."""
    text = FOREIGN.replace('msgctxt "newcomer.match.yes"', '#, fuzzy\nmsgctxt "newcomer.match.yes"')
    at = desk(tmp_path, text.replace('msgstr "Yes"', 'msgstr "Yes %(x)s"'))
    before = file_of(at).read_text("utf-8")
    code, output = command(at, "en", "newcomer.match", "newcomer.match.yes")
    assert (code, "nothing was changed" in output) == (1, True), output
    assert file_of(at).read_text("utf-8") == before
