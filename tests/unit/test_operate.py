"""docs/operate.md and what it has people install: whole, and at least able to be tried."""

import configparser
import os
import re
import secrets
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from feedback_app.settings import Settings
from tests.machine.operate import DOCUMENT, ROOT, blocks

DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("feedback-*"))


def test_each_block_of_the_document_is_a_shell_script_and_uses_files_that_are_there() -> None:
    found = list(blocks(DOCUMENT.read_text(encoding="utf-8")))
    assert len(found) >= 12
    assert {block.heading for block in found} >= {"Database", "Services", "HTTPS", "Upgrades"}
    for block in found:
        done = subprocess.run(["sh", "-n"], input=block.script, capture_output=True, text=True, check=False)
        assert not done.returncode, f"{block.heading}: {done.stderr}"
        for name in re.findall(r"deploy/([\w.*-]+)", block.script):
            assert list(DEPLOY.glob(name)), name


def test_no_block_leaves_a_shell_that_makes_files_which_the_service_cannot_read() -> None:
    """Whoever goes on in it, as `make operate` does, would make the next version for root alone."""
    for block in blocks(DOCUMENT.read_text(encoding="utf-8")):
        assert not re.search(r"^umask", block.script, re.MULTILINE), block.heading


def test_the_settings_file_is_one_that_the_service_takes() -> None:
    text = (DEPLOY / "feedback.env").read_text(encoding="utf-8")
    text = re.sub(r"@\w+@", lambda _: secrets.token_urlsafe(48), text)
    given = dict(re.findall(r"^#? ?(FEEDBACK_\w+)='([^']*)'$", text, re.MULTILINE))
    assert len(given) >= 10
    settings = Settings.from_environment(given)
    assert settings.secure
    assert settings.trusted_proxies == 1
    assert not settings.embedded


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_units_give_no_more_rights_than_they_need(name: str) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / name, encoding="utf-8")
    service = unit["Service"]
    assert service["User"] == "feedback"
    wanted = {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "CapabilityBoundingSet": "",
    }
    assert {key: service.get(key) for key in wanted} == wanted


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        text = re.sub(r"=/opt/feedback/current/bin/feedback-app\b", "=/bin/true", text)
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = [str(tmp_path / name) for name in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if any(name in line for name in UNITS)]
    assert not told


@pytest.mark.parametrize(("said", "days"), [("14", 14), ("", 14), ("1", 1), ("30", 30)])
def test_no_backup_gets_older_than_the_privacy_papers_say(said: str, days: int, tmp_path: Path) -> None:
    """One that is made every night, and one by hand; each is looked at on every night of its life."""
    unit = (DEPLOY / "feedback-backup.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.*-delete.*)$", unit, re.MULTILINE)
    command = shlex.split(line.replace("$$", "$").replace("/var/backups/feedback", str(tmp_path)))
    for hours_before_night in (0, 2, 13):
        survived = 0
        for night in range(days + 3):
            age = night * 24 + hours_before_night + 0.01
            backup = tmp_path / "feedback-example.backup"
            backup.touch()
            os.utime(backup, times=(time.time() - age * 3600,) * 2)
            subprocess.run(
                command, env={"PATH": os.environ["PATH"], "FEEDBACK_BACKUP_DAYS": said}, check=True
            )
            if backup.exists():
                survived = night + 1  # nights: until the next one nobody takes it away
        assert survived * 24 + hours_before_night <= days * 24, hours_before_night
        assert survived >= days - 1, "it is thrown away too early"


def test_no_stage_of_the_image_writes_the_day_on_which_it_was_built() -> None:
    """`make image` builds twice on one day, which hides it: useradd writes its day into /etc/shadow."""
    text = re.sub(r"^#.*$", "", (ROOT / "Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = text.replace("\\\n", " ")
    dated = [stage for stage in re.split(r"^FROM ", text, flags=re.MULTILINE) if "useradd" in stage]
    assert dated
    for stage in dated:
        declared, _, after = stage.partition("\nARG SOURCE_DATE_EPOCH")
        assert "useradd" not in declared
        assert re.search(r"^RUN export SOURCE_DATE_EPOCH &&.*useradd", after, re.MULTILINE)


def test_no_proxy_leads_a_program_from_http_to_https() -> None:
    """It would go on sending its token readable; what the proxies do with this is in `make operate`."""
    plain = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").split("server {")[1]
    assert "listen 80;" in plain and "location /api/ { return 403; }" in plain
    plain = (DEPLOY / "Caddyfile").read_text(encoding="utf-8").split("http://feedback.example.be {")[1]
    assert plain.split("\n}\n")[0].count("\n\t@pages not path /api/*\n\tredir @pages") == 1


def test_no_proxy_writes_a_path_into_a_log() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    servers = nginx.count("server {")
    assert nginx.count("access_log off;") == nginx.count("error_log /dev/null;") == servers
    assert "http.log.error" in (DEPLOY / "Caddyfile").read_text(encoding="utf-8")


def test_a_proxy_of_two_hosts_says_of_visitors_what_a_proxy_of_one_does() -> None:
    """What it does not set itself goes on as whoever is outside wrote it: their address, for one."""
    one = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    told = (ROOT / "docs/scaling.md").read_text(encoding="utf-8").split("```nginx\n")[1].split("```")[0]
    for_all, _, locations = told.partition("location / {")
    set_there = re.findall(r"^ *(proxy_set_header .*;)$", one, re.MULTILINE)
    assert len(set_there) == 5
    assert re.findall(r"^ *(proxy_set_header .*;)$", for_all, re.MULTILINE) == set_there
    assert "proxy_set_header" not in locations, "one of its own, and a place inherits none"


def test_on_two_hosts_systemd_listens_where_the_proxy_asks(tmp_path: Path) -> None:
    """It hands over its socket, and what `serve --bind` says counts for nothing then."""
    text = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    script, proxy = (text.split(f"```{kind}\n")[1].split("```")[0] for kind in ("sh", "nginx"))
    made = script.partition("systemctl")[0].replace("/etc/systemd/system", str(tmp_path))
    subprocess.run(["sh", "-e", "-c", made], check=True)
    (more,) = tmp_path.glob("feedback-web.socket.d/*.conf")
    section, emptied, port = more.read_text(encoding="utf-8").splitlines()
    assert (section, emptied) == ("[Socket]", "ListenStream="), "else it listens in its file as well"
    asked = set(re.findall(r"^ *server \S+:(\d+) ", proxy, re.MULTILINE))
    assert {port.removeprefix("ListenStream=")} == asked
    assert "serve --bind" not in script
