"""Does docs/operate.md on a bare Debian, block by block, and looks whether what it promises is so.

python -m tests.machine.operate FOLDER [bookworm|trixie]

As root, some minutes and 3 GB in FOLDER; a second time uses the bare system that is there. What `make wheel` wrote is
what is installed.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.machine.debian import Debian, MachineFailed
from tests.machine.handed_over import (
    NAME,
    NEXT,
    NOT_SET,
    People,
    hand_over,
    hand_over_next,
    renew,
    start_authority,
    start_mail,
)

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/operate.md"
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
        hand_over(machine)
        trial = Trial(machine)
        for block in blocks(DOCUMENT.read_text(encoding="utf-8")):
            trial.do(block)
        _look(machine)
        print(trial.people.count())
    print(f"done: all of docs/operate.md on {suite}")


#: seconds in which some people answer before everything is put back
_SOME = 15


class Trial:
    """The machine, and what happens round the steps of the document: by a piece of the block that it belongs to."""

    def __init__(self, machine: Debian) -> None:
        self._machine = machine
        self._before: dict[str, Callable[[], None]] = {
            "certbot certonly": lambda: start_authority(machine),
            "feedback doctor": lambda: start_mail(machine),
            "enable --now feedback-backup.timer": self._invite,
            "feedback surveys check": self._answer_meanwhile,
            "dropdb": self._answer_and_keep,
        }
        self._after: dict[str, Callable[[], None]] = {
            "restart nginx": lambda: renew(machine),
            "feedback surveys check": self._upgraded,
            "dropdb": lambda: print(f"   put back: {self.people.count()}", flush=True),
            "feedback doctor": lambda: _in_order(machine),
            "contacts rotate-key": lambda: _in_order(machine),
        }

    def do(self, block: Block) -> None:
        """Type it, with what belongs before and after it."""
        first = block.script.strip().splitlines()[0]
        if block.why:
            print(f"-- {block.heading}: not tried: {block.why}", flush=True)
            return
        print(f"-- {block.heading}: {first}", flush=True)
        self._round(self._before, block)
        began = time.monotonic()
        script = block.script
        if block.heading == "Upgrades":
            script = re.sub("^VERSION=.*$", f"VERSION={NEXT}", script, flags=re.MULTILINE)
        script = script.replace(
            "feedback doctor", "feedback doctor || true"
        )  # what it says is looked at below
        self._machine.run(f"{_WHERE}\n{script}\n{_KEEP}")
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
        self._round(self._after, block)

    def _round(self, what: Mapping[str, Callable[[], None]], block: Block) -> None:
        for piece, act in what.items():
            if piece in block.script:
                act()

    def _invite(self) -> None:
        self.people = People(self._machine)

    def _answer_and_keep(self) -> None:
        self.people.begin()
        time.sleep(_SOME)
        self.people.end()
        self._machine.run("systemctl start feedback-backup.service")

    def _answer_meanwhile(self) -> None:
        hand_over_next(self._machine)
        self.people.begin()

    def _upgraded(self) -> None:
        print(f"   meanwhile: {self.people.end()}", flush=True)
        said = self._machine.run("feedback --version").split()
        _expect(said[-1] == NEXT, f"after the upgrade it is {said}")


#: blocks are typed in one shell after the other: the next one stands where the last one ended
_WHERE = "[ ! -r /tmp/where ] || . /tmp/where"
_KEEP = 'printf \'cd %s\nVERSION=%s\numask %s\n\' "$PWD" "${VERSION:-}" "$(umask)" > /tmp/where'


def _in_order(machine: Debian) -> None:
    """Nothing is wrong but that bounces have no mailbox and text messages no gateway, which were not set."""
    said = json.loads(machine.run("feedback doctor --json || true"))
    wrong = {line for lines in said.values() for line in lines}
    _expect({line.partition(" is empty")[0] for line in wrong} == NOT_SET, f"doctor says: {wrong}")


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
