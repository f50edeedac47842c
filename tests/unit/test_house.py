"""House rules that neither the formatter nor the import contracts can say."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "feedback_app"
MIGRATIONS = PACKAGE / "migrations"

MODULE_LINES = 400
FUNCTION_LINES = 40
TEST_FILE_LINES = 500
TEMPLATE_LINES = 150

#: names that say nothing about what a module does
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}

# In pieces, so that this file does not hold what it forbids.
REGISTRIES = ("pypi" + ".org", "files.python" + "hosted", "registry.npm" + "js", "--index" + "-url ")
MACHINE_PATH = re.compile(r"(?<![\w.$}~/-])/(?:home|root|work|Users)/[\w.-]+")

REQUIREMENT = re.compile(r"[a-z0-9][a-z0-9-]*==[\w.+!]+(?: ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


@cache
def committed_files() -> tuple[Path, ...]:
    """What git keeps of this checkout."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def modules() -> tuple[Path, ...]:
    """Our code without migrations: those are a record, written once and never changed."""
    return tuple(
        path
        for path in committed_files()
        if path.suffix == ".py" and PACKAGE in path.parents and MIGRATIONS not in path.parents
    )


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def too_long(paths: Iterator[Path], budget: int) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {count} lines (at most {budget})"
        for path in paths
        if (count := line_count(path)) > budget
    ]


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def long_functions(source: str) -> list[str]:
    lengths = ((f.name, (f.end_lineno or f.lineno) - f.lineno + 1) for f in functions(source))
    return [f"{name}: {length} lines" for name, length in lengths if length > FUNCTION_LINES]


def first_party(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] == "feedback_app" for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "feedback_app"


def hidden_imports(source: str) -> list[str]:
    return [
        f"{f.name}: imports our own code" for f in functions(source) if any(map(first_party, ast.walk(f)))
    ]


def out_of_place(text: str) -> list[str]:
    return [name for name in REGISTRIES if name in text] + MACHINE_PATH.findall(text)


def found(check: Callable[[str], list[str]], paths: tuple[Path, ...]) -> list[str]:
    """Every fault a check finds in the text of these files, with the file's name."""
    return [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in paths
        for fault in check(path.read_text(encoding="utf-8"))
    ]


def test_modules_tests_and_templates_stay_within_their_budget() -> None:
    files = committed_files()
    templates = (
        path for path in files if path.suffix in {".html", ".txt"} and PACKAGE / "templates" in path.parents
    )
    tests = (path for path in files if path.suffix == ".py" and ROOT / "tests" in path.parents)
    assert too_long(iter(modules()), MODULE_LINES) == []
    assert too_long(tests, TEST_FILE_LINES) == []
    assert too_long(templates, TEMPLATE_LINES) == []


def test_functions_stay_within_their_budget() -> None:
    assert found(long_functions, modules()) == []


def test_our_own_code_is_imported_at_the_top_of_a_module() -> None:
    assert found(hidden_imports, modules()) == []


def test_modules_are_named_by_what_they_do() -> None:
    assert [str(p.relative_to(ROOT)) for p in committed_files() if p.stem in EMPTY_NAMES] == []


def test_migrations_use_nothing_of_ours() -> None:
    migrations = [p for p in committed_files() if p.suffix == ".py" and MIGRATIONS in p.parents]
    assert migrations
    using = [p.name for p in migrations if any(map(first_party, ast.walk(ast.parse(p.read_text("utf-8")))))]
    assert using == []


def test_no_registry_and_no_path_of_one_machine_is_committed() -> None:
    faults = []
    for path in committed_files():
        try:
            faults += [
                f"{path.relative_to(ROOT)}: {fault}" for fault in out_of_place(path.read_text("utf-8"))
            ]
        except UnicodeDecodeError:
            continue  # a font or an image
    assert faults == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt", "requirements-test.txt"])
def test_requirements_are_exact_hashed_and_name_no_place(name: str) -> None:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    assert lines
    assert [line for line in lines if not (REQUIREMENT.fullmatch(line) or HASH.fullmatch(line))] == []


def run_python(code: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run code in a fresh interpreter with nothing in its environment."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_every_module_imports_without_settings_and_makes_nothing(tmp_path: Path) -> None:
    names = [str(p.relative_to(ROOT).with_suffix("")).replace(os.sep, ".") for p in modules()]
    names = [name.removesuffix(".__init__") for name in names]
    done = run_python(f"import importlib\nfor name in {names!r}: importlib.import_module(name)", tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_web_process_loads_no_statistics_and_no_renderer(tmp_path: Path) -> None:
    code = """
import pathlib, sys
from feedback_app import create_app
from feedback_app.settings import Settings
create_app(Settings(
    secret_key="0123456789abcdefghijklmnopqrstuvwxyz", instance_dir=pathlib.Path("instance"),
    database_url="sqlite:///instance/feedback.sqlite3",
))
print(sorted({"numpy", "pandas", "pydantic", "scipy", "statsmodels", "weasyprint"} & set(sys.modules)))
"""
    done = run_python(code, tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_compiling_a_report_and_checking_one_load_no_statistics(tmp_path: Path) -> None:
    code = """
import sys
import feedback_app.reports.commands, feedback_app.reports.compile, feedback_app.reports.verify
print(sorted({"pandas", "scipy.optimize", "scipy.sparse", "scipy.stats", "statsmodels"} & set(sys.modules)))
"""
    done = run_python(code, tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_the_checks_notice_what_they_are_for() -> None:
    assert long_functions("def f():\n" + "    x = 1\n" * FUNCTION_LINES) == ["f: 41 lines"]
    assert long_functions("def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1)) == []
    assert hidden_imports("def f():\n    if x:\n        from feedback_app.web import errors\n")
    assert not hidden_imports("from feedback_app.web import errors\ndef f():\n    import json\n")
    assert out_of_place("see /" + "home/someone/notes.txt") and out_of_place("https://pypi" + ".org/simple")
    assert not out_of_place("/usr/lib/postgresql and https://www.example.org/home/page and $HOME/home/x")
    assert not REQUIREMENT.fullmatch("flask>=3 \\") and not HASH.fullmatch("--extra-index" + "-url x")
