"""What the service is made of: described the same everywhere, and nothing in it that nobody looked at."""

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.sdist import SdistBuilder

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"


def lock() -> set[tuple[str, str]]:
    text = (ROOT / "requirements.txt").read_text("utf-8")
    return set(re.findall(r"^([a-z0-9-]+)==([\w.+!]+)", text, re.MULTILINE))


def run(program: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, program], capture_output=True, text=True, env=environment)


def test_the_bill_of_materials_says_what_is_locked_and_the_same_each_time() -> None:
    made = run(SCRIPTS / "sbom", PYTHONHASHSEED="1", TZ="UTC")
    assert (made.returncode, made.stdout) == (0, run(SCRIPTS / "sbom", PYTHONHASHSEED="2").stdout)
    bill: dict[str, Any] = json.loads(made.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = bill["components"]
    assert {(one["name"], one["version"]) for one in parts} == lock()
    assert len({one["bom-ref"] for one in parts}) == len(parts)
    for one in parts:
        assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}"
        assert one["licenses"] and one["hashes"]
        assert all(re.fullmatch("[0-9a-f]{64}", each["content"]) for each in one["hashes"])


def test_licences_are_what_the_packages_themselves_say() -> None:
    said = dict(
        re.findall(r"^([a-z0-9-]+) (.+)$", (SCRIPTS / "licences.txt").read_text("utf-8"), re.MULTILINE)
    )
    installed = {name: metadata.metadata(name) for name in said if _is_here(name)}
    assert len(installed) > 60
    own = {name: text["License-Expression"] for name, text in installed.items() if text["License-Expression"]}
    assert len(own) > 40
    assert own == {name: said[name] for name in own}


def _is_here(name: str) -> bool:
    try:
        metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return False
    return True


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("scripts/licences.txt", "flask BSD-3-Clause\n", "", "flask is missing"),
        (
            "scripts/licences.txt",
            "flask BSD-3-Clause\n",
            "flask AGPL-3.0-only\n",
            "flask: AGPL-3.0-only is not",
        ),
        ("scripts/licences.txt", "flask BSD", "ghost MIT\nflask BSD", "ghost is locked nowhere"),
        (
            "scripts/audit-exceptions.txt",
            "# Adv",
            "PYSEC-0000-1 never mind\n# Adv",
            "PYSEC-0000-1 has no reason",
        ),
        ("requirements.txt", "", "zzz==1.0\n", "zzz 1.0 has no hash"),
    ],
)
def test_the_audit_sees_what_nobody_looked_at(
    file: str, old: str, new: str, told: str, tmp_path: Path
) -> None:
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    for one in ROOT.glob("requirements*.txt"):
        shutil.copy(one, tmp_path)
    assert run(tmp_path / "scripts" / "audit").returncode == 0
    path = tmp_path / file
    text = path.read_text("utf-8")
    path.write_text(text.replace(old, new, 1) if old else text + new, "utf-8")
    done = run(tmp_path / "scripts" / "audit")
    assert done.returncode == 1
    assert told in done.stdout


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a checkout knows what is committed")
def test_the_source_that_is_handed_over_is_all_that_is_committed() -> None:
    """Who has it can build, try and change everything: the image too."""
    committed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = SdistBuilder(str(ROOT)).recurse_included_files()
    # these hatchling puts in by itself
    own = {"pyproject.toml", "README.md", "LICENSE", "hatch_build.py", ".gitignore"}
    assert set(committed.stdout.splitlines()) - {one.distribution_path for one in found} <= own
