"""Does docs/operate.md on a bare Debian, block by block, and looks whether what it promises is so.

python -m tests.machine.operate FOLDER [bookworm|trixie]

As root, some minutes and 3 GB in FOLDER; a second time uses the bare system that is there. What `make wheel` wrote is
what is installed.
"""

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.machine.debian import Debian, MachineFailed

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/operate.md"
NAME = "feedback.example.be"
_BLOCK = re.compile(r"(?:<!-- not tried: (?P<why>[^\n]*) -->\n)?```sh\n(?P<script>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block of commands, under its heading; `why` it is not tried, or nothing."""

    heading: str
    script: str
    why: str = ""


def blocks(text: str) -> Iterator[Block]:
    """Every block of shell commands of a document, in order."""
    for found in _BLOCK.finditer(text):
        headings = re.findall(r"^#+ (.*)$", text[: found.start()], re.MULTILINE)
        yield Block(headings[-1], found["script"], found["why"] or "")


def main(folder: Path, suite: str) -> None:
    """Raises MachineFailed at the first block or promise that fails."""
    with Debian(folder, suite) as machine:
        _hand_over(machine)
        for block in blocks(DOCUMENT.read_text(encoding="utf-8")):
            _do(machine, block)
        _look(machine)
    print(f"done: all of docs/operate.md on {suite}")


def _hand_over(machine: Debian) -> None:
    """Bring what was built, and let the machine find itself under the name of the document."""
    (wheel,) = sorted((ROOT / "dist").glob("*.whl"))
    place = machine.root / f"srv/feedback-{wheel.name.split('-')[1]}"
    place.mkdir(parents=True)
    for path in (ROOT / "dist").iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    hosts = f"127.0.0.1 localhost {NAME}\n"
    machine.run(f"printf '{hosts}' > /etc/hosts")


def _do(machine: Debian, block: Block) -> None:
    first = block.script.strip().splitlines()[0]
    if block.why:
        print(f"-- {block.heading}: not tried: {block.why}", flush=True)
        return
    print(f"-- {block.heading}: {first}", flush=True)
    visitors = machine.start(_VISITORS) if block.heading == "Upgrades" else None
    began = time.monotonic()
    machine.run(f"{_WHERE}\n{block.script}\n{_KEEP}")
    print(f"   {time.monotonic() - began:.0f} s", flush=True)
    if visitors:
        machine.run("touch /tmp/enough")
        said, _ = visitors.communicate()
        print(f"   visitors meanwhile: {said.strip()}", flush=True)
        if not re.fullmatch(r"200 \d+", said.strip()):
            raise MachineFailed("visitors saw an error during the upgrade")


#: blocks are typed in one shell after the other: the next one stands where the last one ended
_WHERE = "[ ! -r /tmp/where ] || . /tmp/where"
_KEEP = 'printf \'cd %s\nVERSION=%s\n\' "$PWD" "${VERSION:-}" > /tmp/where'


#: a visitor after the other during an upgrade: which status how often
_VISITORS = f"""
until [ -e /tmp/enough ]; do
    curl --silent --insecure --output /dev/null --write-out '%{{http_code}}\\n' https://{NAME}/toegankelijkheid || echo lost
done | sort | uniq -c | awk '{{print $2, $1}}'
"""


def _look(machine: Debian) -> None:
    """What the document promises, looked at on the machine that it made."""
    token = "thisisatokenthatnobodyhas0"
    address = f"https://{NAME}/s/{token}"
    status = machine.run(
        f"curl --silent --insecure --output /dev/null --write-out '%{{http_code}}' {address}"
    )
    _expect(status == "404", f"an unknown link answers {status}")
    machine.run("systemctl stop feedback-web.socket feedback-web.service")
    machine.run(
        f"curl --silent --insecure --output /dev/null {address} || true"
    )  # the proxy has an error now
    machine.run("systemctl start feedback-web.socket feedback-web.service")
    named = machine.run(
        f"journalctl --no-pager | grep -c {token} || true; grep -rl {token} /var/log || true"
    ).split()
    _expect(named == ["0"], f"a log names a token: {named}")
    print(machine.run("systemd-analyze security --no-pager feedback-web feedback-worker | grep -i overall"))
    for unit in ("feedback-web", "feedback-worker"):
        user = machine.run(f"ps -o user= -p $(systemctl show -p MainPID --value {unit})").strip()
        _expect(user == "feedback", f"{unit} runs as {user}")
    machine.stop()
    machine.boot()
    machine.run("systemctl is-active feedback-web feedback-worker")
    machine.run(f"curl --silent --show-error --fail --insecure https://{NAME}/health/ready")
    print("-- after a reboot everything is there")


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise MachineFailed(otherwise)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "bookworm")
    except MachineFailed as failed:
        sys.exit(f"{failed}")
