"""A small real IMAP server on this machine: as much of RFC 3501 as reading bounces takes."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

USER, PASSWORD = "bounces", 'geheim "\\'
_LOGIN = re.compile(r'LOGIN (\S+) "((?:[^"\\]|\\.)*)"')


@dataclass
class Message:
    """One message in the folder."""

    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Box:
    """The folder INBOX; `breaks` is a command at which the line breaks off."""

    messages: list[Message] = field(default_factory=list)
    breaks: str = ""
    heard: list[str] = field(default_factory=list)
    port: int = 0

    def put(self, content: bytes) -> None:
        """Let a message arrive."""
        self.messages.append(Message(len(self.heard) + 100 + len(self.messages), content))

    @property
    def url(self) -> str:
        """The address of the folder, as the setting has it."""
        return f"imap://{USER}:geheim%20%22%5C@127.0.0.1:{self.port}/INBOX?tls=none&timeout=2"

    def unseen(self) -> list[Message]:
        """What nobody has read."""
        return [one for one in self.messages if r"\Seen" not in one.flags]


class _Talk(socketserver.StreamRequestHandler):
    """One conversation."""

    server: "_Server"

    def handle(self) -> None:
        box = self.server.box
        self._say("* OK voorbeeld")
        for raw in self.rfile:
            tag, _, asked = raw.decode().rstrip("\r\n").partition(" ")
            box.heard.append(asked)
            if box.breaks and asked.startswith(box.breaks):
                return
            self._say(f"{tag} {self._answer(box, asked)} so far")
            if asked == "LOGOUT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _answer(self, box: Box, asked: str) -> str:
        words = asked.split(" ")
        command = words[1] if words[0] == "UID" else words[0]
        answer = {
            "LOGIN": self._login,
            "SELECT": self._select,
            "SEARCH": self._search,
            "FETCH": self._fetch,
            "STORE": self._store,
            "EXPUNGE": self._expunge,
            "CAPABILITY": lambda *_: self._say("* CAPABILITY IMAP4rev1") or "OK",
            "LOGOUT": lambda *_: self._say("* BYE") or "OK",
        }.get(command)
        return answer(box, asked) if answer else "BAD what?"

    def _login(self, box: Box, asked: str) -> str:
        found = _LOGIN.fullmatch(asked)
        fits = found and (found[1], re.sub(r"\\(.)", r"\1", found[2])) == (USER, PASSWORD)
        return "OK" if fits else "NO wrong"

    def _select(self, box: Box, asked: str) -> str:
        if asked != 'SELECT "INBOX"':
            return "NO no such folder"
        self._say(f"* {len(box.messages)} EXISTS")
        return "OK [READ-WRITE]"

    def _search(self, box: Box, asked: str) -> str:
        assert asked == "UID SEARCH UNSEEN"
        self._say("* SEARCH" + "".join(f" {one.uid}" for one in box.unseen()))
        return "OK"

    def _one(self, box: Box, asked: str) -> tuple[int, Message]:
        uid = int(asked.split(" ")[2])
        return next((n, one) for n, one in enumerate(box.messages, 1) if one.uid == uid)

    def _fetch(self, box: Box, asked: str) -> str:
        number, one = self._one(box, asked)
        if asked.endswith("(RFC822.SIZE)"):
            self._say(f"* {number} FETCH (UID {one.uid} RFC822.SIZE {len(one.content)})")
            return "OK"
        assert asked.endswith("(BODY.PEEK[])"), "anything else would mark it as read"
        self.wfile.write(f"* {number} FETCH (UID {one.uid} BODY[] {{{len(one.content)}}}\r\n".encode())
        self.wfile.write(one.content + b")\r\n")
        return "OK"

    def _store(self, box: Box, asked: str) -> str:
        _, one = self._one(box, asked)
        one.flags |= set(re.findall(r"\\\w+", asked))
        return "OK"

    def _expunge(self, box: Box, asked: str) -> str:
        box.messages[:] = [one for one in box.messages if r"\Deleted" not in one.flags]
        return "OK"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, box: Box) -> None:
        self.box = box
        super().__init__(("127.0.0.1", 0), _Talk)


@contextmanager
def mailbox_service() -> Iterator[Box]:
    """A mailbox on a free port until the block ends."""
    box = Box()
    with _Server(box) as server:
        box.port = cast("tuple[str, int]", server.server_address)[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
