"""The web server is restarted behind the door that systemd keeps open: who is being answered is, who comes waits."""

import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlencode

from feedback_app.responses.models import Response
from feedback_app.settings import Settings
from tests.server import Server
from tests.world import World

ANSWERS = {"experience": "4", "remark": "Voorbeeld: een lange zin", "response_id": ""}
#: becomes the server with the door as systemd hands it over: descriptor 3, meant for this process
_HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[2], sys.argv[2:])
"""


class BehindDoor(Server):
    """A server that does not open its own port: it stays open while nothing serves."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._door = socket.create_server(("127.0.0.1", self.port))

    def launch(self) -> None:
        door = self._door.fileno()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "setpriv",
                    "--pdeathsig",
                    "TERM",
                    "--",
                    sys.executable,
                    "-c",
                    _HAND_OVER,
                    str(door),
                    *self.command(),
                ],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(door,),
            )

    def ask_to_stop(self) -> None:
        """As `systemctl restart` begins."""
        self._process.send_signal(signal.SIGTERM)

    def stopped(self) -> int:
        """Its exit code, once it is gone."""
        return self._process.wait(timeout=60)

    def close(self) -> None:
        """Shut the door as well."""
        self._door.close()


def _line(server: Server, sent: bytes) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    line.sendall(sent)
    return line


def _reply(line: socket.socket) -> str:
    reply = b""
    with line:
        while part := line.recv(65536):
            reply += part
    return reply.decode()


def test_a_restart_breaks_off_nobody_and_turns_nobody_away(sqlite_world: World) -> None:
    sqlite_world.open()
    body = urlencode(ANSWERS).encode()
    head = (
        f"POST /s/{sqlite_world.token()}?lang=nl HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    sqlite_world.close()
    with BehindDoor(sqlite_world.settings) as server:
        slow = _line(server, head.encode() + body[:9])
        time.sleep(0.5)  # it is being read
        server.ask_to_stop()
        time.sleep(0.5)
        late = _line(server, b"GET /privacy HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        slow.sendall(body[9:])
        assert "Bedankt!" in _reply(slow)
        assert server.stopped() == 0
        server.start()
        assert _reply(late).startswith("HTTP/1.1 200 ")
    server.close()
    assert len(sqlite_world.rows(Response)) == 1
