"""A line that breaks in the middle of a request must not leave half an answer."""

import socket
from urllib.parse import urlencode

from feedback_app.responses.models import Response
from tests.server import Server, post
from tests.world import World

ANSWERS = {"experience": "4", "remark": "Voorbeeld: een lange zin", "response_id": ""}


def test_half_a_form_is_no_answer(sqlite_world: World) -> None:
    sqlite_world.open()
    token = sqlite_world.token()
    body = urlencode(ANSWERS).encode()
    sqlite_world.close()
    with Server(sqlite_world.settings) as server:
        for sent in (0, 1, len("experience=4&"), len(body) - 1):
            assert _broken_off(server, token, body, sent).startswith(b"HTTP/1.1 400 "), sent
        assert sqlite_world.rows(Response) == []
        assert "Bedankt!" in post(server, token, ANSWERS)
    assert len(sqlite_world.rows(Response)) == 1


def _broken_off(server: Server, token: str, body: bytes, sent: int) -> bytes:
    """What the server says to a request of which only so many bytes of the body came."""
    head = (
        f"POST /s/{token}?lang=nl HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(head.encode() + body[:sent])
        line.shutdown(socket.SHUT_WR)
        reply = b""
        while part := line.recv(65536):
            reply += part
    return reply
