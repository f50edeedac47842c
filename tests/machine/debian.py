"""A bare Debian that boots: systemd as process 1 in namespaces of its own, on a disk that is thrown away.

Needs root, debootstrap and a kernel with overlayfs and cgroup v2. The bare system is made once and kept; each machine
writes to a layer over it. It shares this machine's network, because its packages come from there.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

#: what a bare server has beside the minimum, as Debian's installer leaves it
PACKAGES = "systemd,systemd-sysv,dbus,ca-certificates,iproute2,procps,python3"
_BOOTS_WITHIN, _STOPS_WITHIN = 60, 60

#: in new namespaces: mount, change root, become systemd
_BOOT = """
set -e
mount --make-rprivate /
mkdir -p $ROOT/proc $ROOT/sys $ROOT/dev
mount -t proc proc $ROOT/proc
mount -t sysfs -o ro sysfs $ROOT/sys
mount -t cgroup2 cgroup2 $ROOT/sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs $ROOT/dev
for device in null zero full random urandom tty; do
    touch $ROOT/dev/$device
    mount --bind /dev/$device $ROOT/dev/$device
done
mkdir $ROOT/dev/pts $ROOT/dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts $ROOT/dev/pts
ln -s pts/ptmx $ROOT/dev/ptmx
ln -s /proc/self/fd $ROOT/dev/fd
mount -t tmpfs -o mode=1777 tmpfs $ROOT/dev/shm
mount -t tmpfs -o mode=755 tmpfs $ROOT/run
mount -t tmpfs tmpfs $ROOT/tmp
hostname feedback
cd $ROOT
mkdir -p .outside
pivot_root . .outside
umount -l .outside
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init --show-status=0
"""


class MachineFailed(RuntimeError):
    """The machine could not be made, or a command inside it failed; the message has what it said."""


class Debian:
    """One machine on `folder`; a context manager that boots it and takes all of it away again."""

    def __init__(self, folder: Path, suite: str) -> None:
        self.folder, self.suite = folder.resolve(), suite
        self._base, self._layer = self.folder / f"bare-{suite}", self.folder / "layer"
        self.root = self.folder / "root"
        self._group = Path(
            "/sys/fs/cgroup/unified" if Path("/sys/fs/cgroup/unified").is_dir() else "/sys/fs/cgroup"
        )
        self._group /= f"feedback-{os.getpid()}"
        self._unshare: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Debian":
        _require()
        make_bare(self._base, self.suite, PACKAGES)
        self._mount()
        try:
            self._take_over_network()
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        subprocess.run(["umount", "-l", str(self.root)], check=False)
        shutil.rmtree(self._layer, ignore_errors=True)

    def boot(self) -> None:
        """Start it, and wait until systemd has started what it is to start."""
        self._group.mkdir(exist_ok=True)
        join = f"echo $$ > {self._group}/cgroup.procs; exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child"
        self._unshare = subprocess.Popen(
            ["sh", "-c", f'{join} sh -c "$0"', _BOOT], env={**os.environ, "ROOT": str(self.root)}
        )
        until = time.monotonic() + _BOOTS_WITHIN
        while time.monotonic() < until and self._unshare.poll() is None:
            if self._init() and self._said("systemctl is-system-running --wait") in ("running", "degraded"):
                return
            time.sleep(0.3)
        raise MachineFailed("it did not boot")

    def stop(self) -> None:
        """Shut it down as a sysadmin does; pull the plug when that takes too long."""
        if self._unshare is None:
            return
        if self._unshare.poll() is None and (init := self._init()):
            os.kill(init, signal.SIGRTMIN + 3)  # systemd: halt
            try:
                self._unshare.wait(_STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self._unshare.kill()
        self._unshare.wait()
        self._unshare = None
        for group in sorted(self._group.rglob("*"), reverse=True):
            if group.is_dir():
                group.rmdir()
        self._group.rmdir()

    def run(self, script: str, *, check: bool = True) -> str:
        """What a shell as root prints; MachineFailed with all of it when it fails."""
        done = subprocess.run(self._inside(script), capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise MachineFailed(f"{script}\n-- exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, script: str) -> subprocess.Popen[str]:
        """The same in the background."""
        return subprocess.Popen(
            self._inside(script), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def _inside(self, script: str) -> list[str]:
        enter = [
            "nsenter",
            f"--target={self._init()}",
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--cgroup",
            "--root",
            "--wd",
        ]
        clean = [
            "env",
            "-i",
            "HOME=/root",
            "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL=C.UTF-8",
        ]
        settings = "[ ! -r /etc/network-settings ] || . /etc/network-settings; export DEBIAN_FRONTEND=noninteractive; "
        return [*enter, *clean, "sh", "-euc", settings + script]

    def _said(self, script: str) -> str:
        return self.run(script, check=False).strip()

    def _init(self) -> int | None:
        """The machine's process 1 as this machine numbers it."""
        assert self._unshare
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        found = children.read_text().split() if children.exists() else []
        return (
            int(found[0])
            if found and (Path("/proc") / found[0] / "comm").read_text().startswith("systemd")
            else None
        )

    def _mount(self) -> None:
        upper, work = self._layer / "upper", self._layer / "work"
        shutil.rmtree(self._layer, ignore_errors=True)
        for path in (upper, work, self.root):
            path.mkdir(parents=True, exist_ok=True)
        layers = f"lowerdir={self._base},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)], check=True)

    def _take_over_network(self) -> None:
        """Name servers, trusted certificates and pip's settings of this machine, as an office network needs them."""
        for name in (
            "etc/resolv.conf",
            "etc/pip.conf",
            "root/.config/pip/pip.conf",
            "etc/ssl/certs/ca-certificates.crt",
        ):
            source, target = Path("/") / name, self.root / name
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy(source, target)
        wanted = re.compile(r"PIP_\w+|\w+_proxy|[A-Z_]+_PROXY")
        kept = {name: value for name, value in os.environ.items() if wanted.fullmatch(name)}
        if "PIP_CERT" in kept or "SSL_CERT_FILE" in os.environ:
            kept["PIP_CERT"] = "/etc/ssl/certs/ca-certificates.crt"
        lines = [f"export {name}='{value}'\n" for name, value in kept.items()]
        (self.root / "etc/network-settings").write_text("".join(lines), encoding="utf-8")


def make_bare(place: Path, suite: str, packages: str = "") -> None:
    """A bare system in a folder, which stays for the next time."""
    if (place / "etc/debian_version").exists():
        return
    partial = place.with_suffix(".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    included = [f"--include={packages}"] if packages else []
    command = ["debootstrap", "--variant=minbase", *included, suite, str(partial)]
    if "MIRROR" in os.environ:
        command.append(os.environ["MIRROR"])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MachineFailed(done.stdout[-2000:] + done.stderr)
    partial.rename(place)


def _require() -> None:
    if os.geteuid():
        raise MachineFailed("a machine of its own needs root")
    if not shutil.which("debootstrap"):
        raise MachineFailed("debootstrap is missing. Type: sudo apt-get install debootstrap")
