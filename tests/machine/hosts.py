"""Three machines in networks of their own, and a proxy: two web hosts against one PostgreSQL, one of them killed.

python -m tests.machine.hosts [VISITORS [MINUTES]]

As root; some five minutes. Everything is real: `feedback-app serve` and `worker` on each web host with an instance
folder of its own, PostgreSQL as in production, nginx with the settings of docs/scaling.md. In the middle of the evening
one web host dies: all its processes by SIGKILL, and its cable is pulled. What is promised is counted; the first promise
that is broken ends it with an exit code.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

from feedback_app.database import now
from feedback_app.invitations.models import Invitation
from feedback_app.questionnaires.catalogues import MESSAGES, path_of, read
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.review import name_of
from feedback_app.responses.models import Response
from feedback_app.settings import Settings
from feedback_app.shipped import SHIPPED_TRANSLATIONS
from feedback_app.staff.accounts import add_account, passwords
from tests.machine.namespaces import NamespacesMissing, Network
from tests.machine.visitors import ANSWERS, KNOWN, THANKED, Told, answer_all
from tests.postgres import Cluster, PostgresMissing
from tests.server import environment_of
from tests.staff import PASSWORD
from tests.world import Person, World

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/scaling.md"
HOSTS = ("web1", "web2")
TRANSLATOR = "vertaler@voorbeeld.example"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_PORT = 8000

#: every begin of a periodic task in a table of this trial, whichever machine writes it
_WITNESS = """
CREATE TABLE witnessed (task text, due_at timestamptz, began_at timestamptz);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO witnessed VALUES (NEW.task, NEW.due_at, NEW.began_at); RETURN NEW; END $$;
CREATE TRIGGER witness AFTER UPDATE OF began_at ON task_runs FOR EACH ROW
    WHEN (NEW.began_at IS DISTINCT FROM OLD.began_at AND NEW.began_at > NEW.due_at) EXECUTE FUNCTION witness();
"""


class Broken(RuntimeError):
    """A promise does not hold; the message says which, and what was counted."""


class DatabaseHost(Cluster):
    """PostgreSQL on a machine of its own; this process reaches it over its socket, the web hosts over the network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        super().__init__(durable=True)

    def _initialise(self) -> None:
        super()._initialise()
        with (self.data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write("host all all 10.77.0.0/24 trust\n")
        self._options = {**self._options, "listen_addresses": self._network.addresses["db"]}

    def _as_user(self, *command: str | Path) -> list[str]:
        return [*self._network.within("db"), *super()._as_user(*command)]


class WebHost:
    """Web server and worker of one machine, with nothing in common with the other but settings and files."""

    def __init__(self, network: Network, name: str, settings: Settings) -> None:
        self.name, self.address = name, f"{network.addresses[name]}:{_PORT}"
        self._network = network
        self.settings = settings
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Begin, as systemd does after a boot."""
        folder = self.settings.instance_dir
        folder.mkdir(parents=True, exist_ok=True)
        program = str(Path(sys.executable).with_name("feedback-app"))
        serve = ["serve", "--bind", self.address, "--workers", "2"]
        for number, arguments in enumerate((serve, ["worker"])):
            with (folder / f"log-{number}").open("ab") as log:
                self._processes.append(
                    subprocess.Popen(
                        [
                            *self._network.within(self.name),
                            "setpriv",
                            "--pdeathsig",
                            "TERM",
                            "--",
                            program,
                            *arguments,
                        ],
                        env=environment_of(self.settings),
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )

    def die(self) -> None:
        """Lose power: the cable is dead and every process gone, and nobody is told."""
        self._network.unplug(self.name)
        for one in self._processes:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait()
        self._processes = []

    def stop(self) -> None:
        for one in self._processes:
            one.send_signal(signal.SIGTERM)
        for one in self._processes:
            try:
                one.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(one.pid, signal.SIGKILL)
                one.wait()

    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self.settings.instance_dir.glob("log-*")))


class Colleague:
    """A browser of somebody signed in, which may turn to either host: one cookie, whoever answers."""

    def __init__(self) -> None:
        self._cookies = SimpleCookie()

    def ask(self, host: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and page."""
        line = HTTPConnection(host, timeout=60)
        headers = {"Cookie": self._cookies.output([], "", "; "), "Origin": f"http://{host}"}
        body = urlencode(form).encode() if form else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request("POST" if body else "GET", path, body, headers)
        reply = line.getresponse()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            self._cookies.load(cookie)
        return reply.status, reply.read().decode()

    def send(self, host: str, path: str, **form: str) -> int:
        """Fill in the form of a page and send it to the same host."""
        page = self.ask(host, path)[1]
        token = _TOKEN.search(page)
        hidden = dict(re.findall(r'name="(seen)" value="([^"]*)"', page))
        return self.ask(host, path, {"csrf_token": token[1] if token else "", **hidden, **form})[0]


class Trial:
    """The whole evening, promise by promise."""

    def __init__(self, network: Network, cluster: Cluster, folder: Path, visitors: int) -> None:
        self.network, self.visitors = network, visitors
        files = Path(shutil.copytree(SHIPPED_TRANSLATIONS, folder / "translations"))
        for path in files.glob("*/LC_MESSAGES/*.po"):
            compile_catalogue(path, even_if_worse=True)
        self.world = World(_url(cluster, None), folder, files, base_url=f"http://{network.addresses['door']}")
        environment = environment_of(self.world.settings)
        program = Path(sys.executable).with_name("feedback-app")
        subprocess.run([program, "db", "upgrade"], env=environment, check=True, stdout=subprocess.DEVNULL)
        far = _url(cluster, network.addresses["db"])
        self.hosts = [
            WebHost(
                network,
                name,
                self.world.settings.but(database_url=far, instance_dir=folder / name, trusted_proxies=1),
            )
            for name in HOSTS
        ]
        self.told = Told()

    def prepare(self) -> None:
        """Invite, let a translator in, watch what the workers do, and boot both hosts."""
        self.world.open([Person(language=("nl", "ar")[number % 2]) for number in range(self.visitors)])
        self.tokens = [link.token for link in self.world.links()]
        with self.world.session() as session:
            add_account(session, passwords(), TRANSLATOR, "vertaler", PASSWORD, region=None, regions={})
            session.execute(sa.text(_WITNESS))
            session.commit()
        for host in self.hosts:
            host.start()
        for host in self.hosts:
            _until(lambda host=host: _ready(host.address), 120, f"{host.name} does not answer")  # type: ignore[misc]

    def sessions_and_texts(self) -> None:
        """Who signed in at one host goes on at the other; what is written at one is said by the other."""
        one, other = (host.address for host in self.hosts)
        colleague = Colleague()
        _expect(
            colleague.send(one, "/staff/login", email=TRANSLATOR, password=PASSWORD) == 302,
            "nobody can sign in",
        )
        status, _page = colleague.ask(other, "/staff/vertalingen/ar")
        _expect(status == 200, f"a session of one host is not one of the other: {status}")
        name, text = self._text()
        _expect(text not in _page_of(other), "the new text was there before")
        _expect(
            colleague.send(one, f"/staff/vertalingen/ar/tekst/{name}", target=text, step="save") == 302,
            "not saved",
        )
        began = time.monotonic()
        _until(lambda: text in _page_of(other), 20, "the other host does not say the new text")
        print(
            f"a session goes on at the other host; a new text is said there after {time.monotonic() - began:.1f} s"
        )

    def _text(self) -> tuple[str, str]:
        entries = read(path_of(self.world.settings.translations_dir, "ar", MESSAGES)).entries
        place = "feedback_app/templates/web/privacy_words.html"
        plain = (e for e in entries if place in e.places and not set("%<") & set(e.target[0]))
        one = next(e for e in plain if " " in e.target[0])
        first, _, rest = one.target[0].partition(" ")
        return name_of(MESSAGES, one), f"{first} هنا {rest}"

    def evening(self) -> None:
        """Everybody answers through the proxy; when a third has, a host dies. The other carries on."""
        door = f"{self.network.addresses['door']}:80"
        crowd = threading.Thread(target=answer_all, args=([door], self.tokens, ANSWERS, 24, self.told))
        crowd.start()
        _until(lambda: len(self.told.ended) > self.visitors // 3, 600, "nobody gets through")
        print(f"web1 dies, {len(self.told.ended)} of {self.visitors} have answered", flush=True)
        self.hosts[0].die()
        self.died = now()
        crowd.join()
        self._count()

    def _count(self) -> None:
        ended = Counter(self.told.ended.values())
        with self.world.session() as session:
            stored = session.scalar(sa.select(sa.func.count()).select_from(Response)) or 0
            answered = sa.select(sa.func.count()).where(Invitation.disposition == "answered")
            used = session.scalar(answered.where(Invitation.audience == "newcomer")) or 0
        print(
            f"told: {dict(ended)}; stored: {stored}; links used: {used}; visitors saw: {dict(self.told.wrong) or 'no error'}"
        )
        thanked = ended[THANKED] + ended[KNOWN]
        _expect(thanked == self.visitors, "somebody could not answer, however often they tried")
        _expect(stored == used == thanked, "what was thanked for is not what is stored")

    def tasks(self, minutes: int) -> None:
        """For some minutes more: each moment of each task once, and what the dead host was at is dealt with."""
        time.sleep(60 * minutes)
        with self.world.session() as session:
            begun = session.execute(
                sa.text("SELECT task, due_at, began_at FROM witnessed ORDER BY began_at")
            ).all()
        times = Counter((task, due_at) for task, due_at, _ in begun)
        twice = {key: number for key, number in times.items() if number > 1}
        _expect(
            not twice or (set(twice.values()) == {2} and len(twice) <= 2), f"tasks were begun twice: {twice}"
        )
        again = [key for key in twice if not _around(key[1], self.died)]
        _expect(not again, f"tasks were begun twice, and not because a host died: {again}")
        beats = {due_at for task, due_at, _ in begun if task == "heartbeat"}
        after = [due_at for due_at in beats if due_at > self.died + timedelta(minutes=1)]
        _expect(len(after) >= minutes - 1, f"the other host did not take over: {sorted(beats)}")
        print(
            f"{len(times)} moments of {len({task for task, _ in times})} tasks, each begun by one host;"
            f" {len(after)} heartbeats after the death; broken off and begun again: {len(twice)}"
        )

    def return_of_the_dead(self) -> None:
        """The host comes back, and is asked again."""
        self.network.plug_in("web1")
        self.hosts[0].start()
        _until(lambda: _ready(self.hosts[0].address), 120, "the host does not come back")
        print("web1 is back and ready")

    def stop(self) -> None:
        for host in self.hosts:
            host.stop()
        self.world.close()


def main(visitors: int = 1500, minutes: int = 3) -> None:
    """Raises Broken at the first promise that does not hold."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        network = stack.enter_context(Network(["db", *HOSTS, "door"]))
        cluster = DatabaseHost(network)
        stack.callback(cluster.stop)
        trial = Trial(network, cluster, Path(name), visitors)
        stack.callback(trial.stop)
        trial.prepare()
        stack.enter_context(_proxy(network, Path(name)))
        trial.sessions_and_texts()
        trial.evening()
        trial.tasks(minutes)
        trial.return_of_the_dead()


def _url(cluster: Cluster, address: str | None) -> str:
    url = cluster.url("postgres")
    return f"postgresql+psycopg://postgres@{address}/postgres" if address else url


@contextmanager
def _proxy(network: Network, folder: Path) -> Iterator[None]:
    """nginx as docs/scaling.md says, without TLS."""
    if not (program := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")):
        raise Broken("nginx is missing. Type: sudo apt-get install nginx-light")
    said = re.findall(r"```nginx\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[0]
    for host in HOSTS:
        said = said.replace(f"{host}.example.be", network.addresses[host])
    upstream, _, places = said.partition("# in the server of deploy/nginx.conf instead of its `location /`")
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder}/nginx.pid; error_log /dev/null; daemon off; user root;\nevents {{}}\nhttp {{\n"
        f"access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{upstream}\n"
        f"server {{ listen {network.addresses['door']}:80;\n{places} }}\n}}\n",
        encoding="utf-8",
    )
    running = subprocess.Popen([*network.within("door"), program, "-c", str(config)])
    try:
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(30)


def _page_of(host: str) -> str:
    return Colleague().ask(host, "/privacy?lang=ar")[1]


def _ready(host: str) -> bool:
    try:
        return Colleague().ask(host, "/health/ready")[0] == 200
    except (OSError, HTTPException):
        return False


def _around(due_at: datetime, died: datetime) -> bool:
    return died - timedelta(minutes=2) < due_at < died + timedelta(minutes=1)


def _until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise Broken(otherwise)
        time.sleep(0.2)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:]))
    except (Broken, NamespacesMissing, PostgresMissing) as failed:
        sys.exit(str(failed))
