"""Builds the Containerfile twice, looks whether both images hold the same, and answers a request from one.

python -m tests.machine.image FOLDER

As root, with buildah, a quarter of an hour and 8 GB in FOLDER; needs no registry of images: Debian's own is made here, by
debootstrap.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.machine.debian import MachineFailed, make_bare

ROOT = Path(__file__).resolve().parents[2]
SUITE, BASE = "trixie", "docker.io/library/debian:13-slim"
_DAY = 24 * 60 * 60
#: a tree by name, kind, rights, owner, moment and content
_TREE = r"""
cd "$1"
find . -mindepth 1 -path ./proc -prune -o -path ./sys -prune -o -printf '%p %y %m %u %g %Ts %l\n' | sort
find . -path ./proc -prune -o -path ./sys -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
"""
_ANSWERS = """
import time, urllib.request
for _ in range(240):
    try:
        print(urllib.request.urlopen("http://127.0.0.1:8998/health/ready").read().decode().strip())
        break
    except OSError:
        time.sleep(0.5)
"""
_TRY = f"""
export FEEDBACK_SECRET_KEY=$(head -c 48 /dev/urandom | base64 -w 0)
test "$(id -un)" = feedback
! touch /opt/feedback/x 2> /dev/null
feedback-app db upgrade
feedback-app serve --bind 127.0.0.1:8998 &
server=$!
test "$(python3 -c '{_ANSWERS}')" = ok
kill $server
wait $server || true
python3 -c 'import ssl; assert ssl.create_default_context().cert_store_stats()["x509_ca"] > 50'
feedback-app doctor | grep -x '✓ Pango'
feedback-app doctor | grep -x '✓ languages'
"""


class Images:
    """A place of its own for images, and what is done with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._place = (f"--root={self._folder}/images", f"--runroot={self._folder}/images-run")

    def buildah(self, *words: str, cwd: Path = ROOT) -> str:
        """What buildah prints; MachineFailed with all of it when it fails."""
        environment = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
        command = ["buildah", *self._place, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
        if done.returncode:
            raise MachineFailed(f"buildah {' '.join(words)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout.strip()

    def make_base(self) -> None:
        """Debian as an image, with what this network asks of who fetches packages."""
        bare = self._folder / f"slim-{SUITE}"
        make_bare(bare, SUITE)
        container = self.buildah("from", "scratch")
        place = Path(self.buildah("mount", container))
        subprocess.run(["cp", "--archive", f"{bare}/.", place], check=True)
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", place / "etc/our-certificates.crt")
        shutil.copy("/etc/resolv.conf", place / "etc/resolv.conf")
        (place / "etc/pip.conf").write_text("[global]\ncert = /etc/our-certificates.crt\n", encoding="ascii")
        self.buildah("commit", "--rm", container, BASE)

    def build(self, name: str, moment: str) -> str:
        """Build it anew, and give the name of a container of it."""
        same = (f"--timestamp={moment}", f"--build-arg=SOURCE_DATE_EPOCH={moment}")
        self.buildah("build", "--pull=never", "--no-cache", *same, f"--tag={name}", ".")
        return self.buildah("from", "--pull=never", f"localhost/{name}")

    def tree(self, container: str) -> list[str]:
        """Everything in it, a line for each."""
        place = self.buildah("mount", container)
        listed = subprocess.run(
            ["sh", "-euc", _TREE, "sh", place], capture_output=True, text=True, check=True
        )
        return listed.stdout.splitlines()


def main(folder: Path) -> None:
    """Raises MachineFailed when it cannot be built, is not twice the same, or does not answer."""
    if os.geteuid() or not shutil.which("buildah"):
        raise MachineFailed(
            "an image is built as root, with buildah. Type: sudo apt-get install buildah debootstrap"
        )
    images = Images(folder)
    try:
        _try(images)
    finally:
        images.buildah("rm", "--all")


def _try(images: Images) -> None:
    images.make_base()
    command = ["git", "log", "-1", "--format=%ct"]
    moment = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
    containers = [images.build(f"feedback-{time}", moment) for time in ("first", "second")]
    first, second = (images.tree(container) for container in containers)
    if different := sorted(set(first) ^ set(second)):
        raise MachineFailed("twice built, twice different:\n" + "\n".join(different[:40]))
    print(f"the same twice: {len(first)} lines")
    shadow = (Path(images.buildah("mount", containers[0])) / "etc/shadow").read_text(encoding="ascii")
    if not re.search(
        f"^feedback:[^:]*:{int(moment) // _DAY}:", shadow, re.MULTILINE
    ):  # both were built today
        raise MachineFailed(
            "an image built on another day would differ: /etc/shadow says when the user was made"
        )
    print(images.buildah("run", containers[0], "--", "sh", "-euc", _TRY))
    print("done: the Containerfile builds, twice the same, and answers")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except MachineFailed as failed:
        sys.exit(str(failed))
