"""What the steps of docs/operate.md need round them: a next version, a mail server, an authority, and people who answer."""

import json
import re
import socket
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

from feedback_app.database import today
from tests.machine.debian import Debian, MachineFailed
from tests.machine.visitors import ANSWERS, PATIENCE, THANKED, Told, answer_all

ROOT = Path(__file__).resolve().parents[2]
NAME = "feedback.example.be"
NEXT = "99.0.0"
#: what start_mail() leaves out
NOT_SET = {"FEEDBACK_IMAP_URL", "FEEDBACK_SMS_URL"}
_VISITORS, _AT_ONCE, _PAUSE = 2000, 4, 1.0
_HEAD = (
    "Dossiernummer;Agentschap;Regio;Start traject;Einde traject;Aantal uren;Soort activiteit;Bron;Organisatie;"
    "KBO-nummer;E-mail organisatie;Contacttaal;Gsm;E-mail;Resultaat"
)

#: Debian's own server for trying certificates out, and what certbot would ask a person
_AUTHORITY = f"""
apt-get install -y --no-install-recommends pebble
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout /srv/authority.key -out /srv/authority.pem
cat > /srv/authority.json <<'END'
{{"pebble": {{"listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
 "certificate": "/srv/authority.pem", "privateKey": "/srv/authority.key", "httpPort": 80, "tlsPort": 443}}}}
END
systemd-run --quiet --unit=authority --setenv=PEBBLE_VA_NOSLEEP=1 --setenv=PEBBLE_WFE_NONCEREJECT=0 \\
    pebble -config /srv/authority.json
mkdir -p ~/.config/letsencrypt
printf '%s\\n' 'server = https://localhost:14000/dir' 'no-verify-ssl = true' 'agree-tos = true' \\
    'register-unsafely-without-email = true' 'non-interactive = true' > ~/.config/letsencrypt/cli.ini
until curl --silent --insecure --output /dev/null https://{NAME}:14000/dir; do sleep 0.5; done
"""
_ISSUER = "openssl x509 -noout -issuer -in /etc/ssl/feedback/fullchain.pem"
_NUMBER = "openssl x509 -noout -serial -in /etc/ssl/feedback/fullchain.pem"
_SERVED = (
    f"openssl s_client -connect {NAME}:443 -servername {NAME} < /dev/null 2> /dev/null"
    " | openssl x509 -noout -serial"
)
_RELOADS_WITHIN = 30

_MAIL = """
apt-get install -y --no-install-recommends python3-aiosmtpd
systemd-run --quiet --unit=mailserver python3 -m aiosmtpd --nosetuid --listen 127.0.0.1:2525
printf '%s\\n' "FEEDBACK_SMTP_URL='smtp://127.0.0.1:2525?from=feedback@agentschap.example&tls=none'" \\
    "FEEDBACK_PRIVACY_OFFICER='dpo@agentschap.example'" "FEEDBACK_HOSTING='Een gastheer, België'" \\
    "FEEDBACK_RESPONSIBLE='Een agentschap, Brussel'" "FEEDBACK_CONTACT='post@agentschap.example'" \\
    "FEEDBACK_HELP_ADDRESSES='Een onthaalpunt, 02 000 00 00'" \\
    "FEEDBACK_PROCESSORS='Een postbode, verstuurt e-mail, België'" >> /etc/feedback/feedback.env
"""


def hand_over(machine: Debian) -> None:
    """Bring what `make wheel` built, and let the machine find itself under the name of the document."""
    (wheel,) = sorted((ROOT / "dist").glob("*.whl"))
    place = machine.root / f"srv/feedback-{wheel.name.split('-')[1]}"
    place.mkdir(parents=True)
    for path in (ROOT / "dist").iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    machine.run(f"printf '127.0.0.1 localhost {NAME}\\n' > /etc/hosts")


def hand_over_next(machine: Debian) -> None:
    """The same program once more, as a version that is newer than any."""
    place = machine.root / f"srv/feedback-{NEXT}"
    place.mkdir(parents=True)
    for name in ("requirements.txt", "deploy.tar"):
        (place / name).write_bytes((ROOT / "dist" / name).read_bytes())
    (source,) = (ROOT / "dist").glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
        (top,) = Path(folder).iterdir()
        settings = (top / "pyproject.toml").read_text(encoding="utf-8")
        settings = re.sub(r'^version = ".*"$', f'version = "{NEXT}"', settings, count=1, flags=re.M)
        (top / "pyproject.toml").write_text(settings, encoding="utf-8")
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
        subprocess.run(command, cwd=top, check=True, capture_output=True)


def start_authority(machine: Debian) -> None:
    """Somebody who signs certificates for who answers under a name."""
    machine.run(_AUTHORITY)


def renew(machine: Debian) -> None:
    """A certificate is renewed, and put where the proxy reads it."""
    machine.run("certbot renew --force-renewal --no-random-sleep-on-renew")
    if "Pebble" not in machine.run(_ISSUER):
        raise MachineFailed("a renewed certificate does not come to where the proxy reads it")
    until = time.monotonic() + _RELOADS_WITHIN
    while machine.run(_SERVED, check=False) != machine.run(_NUMBER):
        if time.monotonic() > until:
            raise MachineFailed("the proxy serves another certificate than the renewed one")
        time.sleep(0.5)  # nginx says that it reloads, and does so a moment later


def start_mail(machine: Debian) -> None:
    """A mail server, and the settings that the document asks somebody to write."""
    machine.run(_MAIL)


class People:
    """Newcomers who were invited, and answer over HTTPS as they would from outside, until they are told to stop."""

    def __init__(self, machine: Debian) -> None:
        self._machine = machine
        self._told = Told(connect=_untrusting)
        day = today()
        wave = f"{day.year}-H{1 if day.month < 7 else 2}"
        begun, ended = (f"{day - timedelta(days):%d/%m/%Y}" for days in (150, 0))
        rows = (
            f"M{number:06};AgII;Gent;{begun};{ended};40;Vrijwilligerswerk;eigen netwerk;Voorbeeld vzw;;"
            "contact@voorbeeld.example;Nederlands;;;Voltooid\n"
            for number in range(_VISITORS)
        )
        (machine.root / "var/lib/feedback/ended.csv").write_text(
            f"{_HEAD}\n{''.join(rows)}", encoding="utf-8"
        )
        machine.run("chown feedback /var/lib/feedback/ended.csv")
        machine.run(
            f"feedback wave open {wave}; feedback trajectories import ended.csv; rm /var/lib/feedback/ended.csv"
        )
        listed = json.loads(machine.run(f"feedback invitations list --wave {wave} --json"))
        links = [one["link"] for one in listed if one["audience"] == "newcomer"]
        self._waiting = [link.rsplit("/", 1)[-1] for link in links]
        self._enough = threading.Event()
        self._crowd: list[threading.Thread] = []

    def begin(self) -> None:
        """Some at once, one after the other."""
        self._enough.clear()
        self._crowd = [threading.Thread(target=self._come) for _ in range(_AT_ONCE)]
        for one in self._crowd:
            one.start()

    def _come(self) -> None:
        while not self._enough.is_set() and self._waiting:
            answer_all([f"{NAME}:443"], [self._waiting.pop()], ANSWERS, 1, self._told)
            time.sleep(_PAUSE)

    def end(self) -> str:
        """Let the last ones finish; MachineFailed when one saw an error, or what was thanked for is not stored."""
        self._enough.set()
        for one in self._crowd:
            one.join()
        if not self._waiting:
            raise MachineFailed("there were not enough people")
        return self.count()

    def count(self) -> str:
        """What they were told, beside what is stored."""
        told = Counter(self._told.ended.values())
        query = "SELECT count(*) FROM responses"
        stored = int(self._machine.run(f'runuser -u postgres -- psql -At --command="{query}" feedback'))
        if set(told) != {THANKED} or self._told.wrong or stored != told[THANKED]:
            raise MachineFailed(f"told {dict(told)}, saw {dict(self._told.wrong)}, and {stored} are stored")
        return f"{stored} people answered, none saw an error, {stored} responses are stored"


class _Here(HTTPSConnection):
    """Goes to this machine, whatever the name says, and takes its certificate as it is."""

    def connect(self) -> None:
        line = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        self.sock = trust.wrap_socket(line, server_hostname=self.host)


def _untrusting(door: str) -> HTTPConnection:
    return _Here(door, timeout=PATIENCE)
