"""A line that breaks in the middle of a request must not leave half an answer."""

import socket
from urllib.parse import urlencode

from feedback_app.responses.models import Response
from tests.programs import token_of
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


def test_pieces_that_do_not_fit_together_are_no_fault_of_ours(sqlite_world: World) -> None:
    """Only programs may send a body in pieces: a form is asked for its length."""
    token = token_of(sqlite_world.app, "agentschap")
    sqlite_world.close()
    head = (
        "POST /api/v1/trajectories HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: sleutel-stukken\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with Server(sqlite_world.settings) as server:
        for pieces in ("zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}\r\n", "9\r\n{}", ""):
            told = _sent(server, (head + pieces).encode())
            assert told.startswith(b"HTTP/1.1 400 ") and b"/problems/bad-request" in told, (pieces, told)
        whole = _sent(server, (head + "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n").encode())
        assert b"/problems/invalid-body" in whole


def _broken_off(server: Server, token: str, body: bytes, sent: int) -> bytes:
    """What the server says to a request of which only so many bytes of the body came."""
    head = (
        f"POST /s/{token}?lang=nl HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    return _sent(server, head.encode() + body[:sent])


def _sent(server: Server, request: bytes) -> bytes:
    """What the server says to a request after which the line breaks."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        reply = b""
        while part := line.recv(65536):
            reply += part
    return reply
