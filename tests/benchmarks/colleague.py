"""A colleague at work beside the evening, over HTTP as a browser does it: a list comes in, reports are compiled."""

import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.staff import PASSWORD, add, address_of
from tests.world import World

_CSRF = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
_BOUNDARY = "voorbeeld-grens"


class Colleague:
    """Somebody with a role who is signed in; each step waits for the page that tells it is done."""

    def __init__(self, world: World, url: str, role: str) -> None:
        add(world.app, role)
        self._url = url
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self._post("/staff/login", {"email": address_of(role), "password": PASSWORD})

    def take_in(self, name: str, content: bytes) -> None:
        """Upload a list, look at its preview, confirm it; until the worker has stored all of it."""
        preview = self._done(self._upload("/staff/trajectories/import", name, content))
        address = urljoin(self._url, preview)
        self._done(self._post(f"{address}/confirm", {}, form=preview)[0])

    def compile(self, wave: str) -> None:
        """Have a draft of the report made, until it can be read."""
        order = {"wave": wave, "region": "", "locale": "nl", "reason": ""}
        self._done(self._post("/staff/reports/new", order)[0])

    def _done(self, job: str) -> str:
        """Watch the page of a job until its result is there; the result's address."""
        while True:
            _address, page = self._open(job)
            if "data-watch" not in page:
                break
            time.sleep(1.0)
        result = re.search(r'<a class="button" href="([^"]+)"', page)
        if result is None:
            raise RuntimeError(f"the worker did not do it:\n{page}")
        return result[1]

    def _upload(self, path: str, name: str, content: bytes) -> str:
        fields = {"csrf_token": self._token(path), "agency": "agii"}
        parts = [
            f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()
        ]
        file = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
        head = "".join(f"--{_BOUNDARY}\r\n{part}\r\n" for part in parts) + f"--{_BOUNDARY}\r\n{file}"
        body = head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
        return self._open(path, body, f"multipart/form-data; boundary={_BOUNDARY}")[0]

    def _post(self, path: str, fields: Mapping[str, str], form: str = "") -> tuple[str, str]:
        body = urlencode({"csrf_token": self._token(form or path), **fields}).encode()
        return self._open(path, body, "application/x-www-form-urlencoded")

    def _token(self, path: str) -> str:
        found = _CSRF.search(self._open(path)[1])
        assert found, f"no form on {path}"
        return found[1]

    def _open(self, path: str, body: bytes | None = None, kind: str = "") -> tuple[str, str]:
        """Where one ends up, and the page there."""
        headers = {"Content-Type": kind, "Referer": self._url + "/"} if body is not None else {}
        with self._opener.open(Request(urljoin(self._url, path), body, headers), timeout=300) as reply:
            return reply.geturl(), reply.read().decode()


class Compiling:
    """One report after the other, in a thread of its own, until the block or `end` ends it."""

    def __init__(self, colleague: Colleague, wave: str) -> None:
        self.made = 0
        self._colleague, self._wave = colleague, wave
        self._over, self._pool = threading.Event(), ThreadPoolExecutor(1)
        self._under_way = self._pool.submit(self._compile)

    def __enter__(self) -> "Compiling":
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._pool.shutdown()

    def end(self) -> None:
        """Begin no other, and wait for the last one; raises what went wrong with any."""
        self._over.set()
        self._under_way.result()

    def _compile(self) -> None:
        while not self._over.is_set():
            self._colleague.compile(self._wave)
            self.made += 1
