"""Machines that are nothing but a network of their own: network namespaces, each on one cable to one switch.

This machine hangs on the switch too, as the place that people sit at.

Needs root, iproute2 and a kernel that lets us: in many containers it does not, and then we say so.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from types import TracebackType

_NETWORK = "10.77.0"


class NamespacesMissing(RuntimeError):
    """No network namespaces can be made here; the message says why and what to do."""


class Network:
    """Machines with these names, at 10.77.0.1 and on; a context manager that takes all of it away again."""

    def __init__(self, names: Sequence[str]) -> None:
        mark = f"fb{os.getpid()}"
        self._switch, self._own = f"{mark}-switch", f"{mark}-here"
        self._spaces = {name: f"{mark}-{name}" for name in names}
        self.addresses = {name: f"{_NETWORK}.{number}" for number, name in enumerate(names, 1)}

    def __enter__(self) -> "Network":
        _require()
        try:
            self._make()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for space in (*self._spaces.values(), self._switch):
            _ip("netns", "delete", space, check=False)

    def within(self, name: str) -> list[str]:
        """What to put before a command so that it runs on a machine."""
        return ["ip", "netns", "exec", self._spaces[name]]

    def unplug(self, name: str) -> None:
        """Pull the machine's cable out of the switch: nobody is told, nothing comes through any more."""
        _ip("-n", self._switch, "link", "set", f"to-{name}", "down")

    def plug_in(self, name: str) -> None:
        """Put it back."""
        _ip("-n", self._switch, "link", "set", f"to-{name}", "up")

    def _make(self) -> None:
        _ip("netns", "add", self._switch)
        _ip("-n", self._switch, "link", "add", "switch", "type", "bridge")
        _ip("-n", self._switch, "link", "set", "switch", "up")
        _ip("link", "add", self._own, "type", "veth", "peer", "name", "to-here", "netns", self._switch)
        _ip("-n", self._switch, "link", "set", "to-here", "master", "switch", "up")
        _ip("address", "add", f"{_NETWORK}.254/24", "dev", self._own)
        _ip("link", "set", self._own, "up")
        for name, space in self._spaces.items():
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
            far = ["peer", "name", f"to-{name}", "netns", self._switch]
            _ip("link", "add", "cable", "netns", space, "type", "veth", *far)
            _ip("-n", self._switch, "link", "set", f"to-{name}", "master", "switch", "up")
            _ip("-n", space, "address", "add", f"{self.addresses[name]}/24", "dev", "cable")
            _ip("-n", space, "link", "set", "cable", "up")


def _require() -> None:
    if os.geteuid():
        raise NamespacesMissing("networks of their own need root: sudo make hosts")
    if not shutil.which("ip"):
        raise NamespacesMissing("ip is missing. Type: sudo apt-get install iproute2")


def _ip(*arguments: str, check: bool = True) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise NamespacesMissing(
            f"no network namespace can be made here: ip {' '.join(arguments)}: {done.stderr.strip()}"
            " (a container has to be let: --privileged, or a virtual machine)"
        )
