"""A PostgreSQL socket in front of the real one that counts how often somebody asks and waits."""

import selectors
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

_NAME = ".s.PGSQL.5432"


class RoundTrips:
    """Stands between the application and its database; `url` is where it listens."""

    def __init__(self, url: str) -> None:
        made = sa.make_url(url)
        self._real = Path(str(made.query["host"])) / _NAME
        self._folder = tempfile.TemporaryDirectory(prefix="feedback-pg-")
        self.url = made.update_query_dict({"host": self._folder.name}).render_as_string(hide_password=False)
        self.count = 0

    def __enter__(self) -> "RoundTrips":
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(Path(self._folder.name) / _NAME))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self._folder.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Pass on in both directions; the client speaking after the server did is one more round trip."""
        answered = True
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as both:
            server.connect(str(self._real))
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in both.select():
                    assert isinstance(key.fileobj, socket.socket)
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    if key.fileobj is client and answered:
                        self.count += 1
                    answered = key.fileobj is server
                    key.data.sendall(data)
