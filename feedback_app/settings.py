"""Settings come from the environment once, are checked once, and never change afterwards."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from feedback_app.gateways import (
    mail_server,
    mailbox,
    private_networks,
    sms_address,
    sms_template,
    translation_server,
    webhook_template,
)
from feedback_app.guessable import leaked_list
from feedback_app.keys import kept_in
from feedback_app.shipped import SHIPPED_SURVEYS, SHIPPED_TRANSLATIONS
from feedback_app.sign_in_service import Oidc as Oidc
from feedback_app.sign_in_service import read_oidc
from feedback_app.timetable import (
    TimesInvalid,
    Timetable,
    read_days,
    read_months,
    read_quiet_hours,
    read_weekdays,
)

PREFIX = "FEEDBACK_"
MINIMUM_SECRET_LENGTH = 32
#: where the keys of contact data are kept beside a SQLite database, unless the environment gives them
CONTACT_KEYS_FILE = "contact_keys"
#: in the instance folder: settings of this installation, one `FEEDBACK_NAME=value` a line
SETTINGS_FILE = "settings.env"
#: what is made last in a copy of the catalogues: where it stands, the copy is whole
WHOLE = "surveys.pot"
_WEAK = {"dev", "secret", "changeme", "password", "secret_key"}


class SettingsError(ValueError):
    """A setting is missing or cannot be used; the message says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything the application may be told from outside; `docs/settings.md` explains each.

    `secret_key` signs staff cookies and derives tokens: without it a copy of the database opens no link.
    `contact_keys` seal contact data, the first one, and open it, all of them.
    """

    secret_key: str = field(repr=False)
    database_url: str = field(default="sqlite:///instance/feedback.sqlite3", repr=False)
    base_url: str = "http://127.0.0.1:8000"
    instance_dir: Path = Path("instance")
    surveys_dir: Path = SHIPPED_SURVEYS
    translations_dir: Path = SHIPPED_TRANSLATIONS
    theme_dir: Path | None = None
    draft_languages: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    log_level: str = "INFO"
    log_format: str = "text"
    metrics_token: str = field(default="", repr=False)
    example: bool = False
    help_addresses: tuple[str, ...] = ()
    responsible: str = "Voorbeeld: het agentschap dat deze dienst beheert"
    contact: str = "Voorbeeld: feedback@agentschap.example"
    accessibility_reviewed_on: date | None = None
    accessibility_answer_days: int = 30
    accessibility_law: str = "Bestuursdecreet van 7 december 2018"
    accessibility_complaints: str = (
        "Vlaamse Ombudsdienst, Leuvenseweg 86, 1000 Brussel, www.vlaamseombudsdienst.be"
    )
    privacy_complaints: str = (
        "Vlaamse Toezichtcommissie, Koning Albert II-laan 15, 1210 Brussel, contact@toezichtcommissie.be"
    )
    privacy_officer: str = ""
    hosting: str = ""
    processors: tuple[str, ...] = ()
    backup_days: int | None = None
    contact_keys: tuple[str, ...] = field(default=(), repr=False)
    second_factor: bool = True
    leaked_passwords: Path | None = None
    oidc: Oidc | None = None
    smtp_url: str = field(default="", repr=False)
    imap_url: str = field(default="", repr=False)
    sms_url: str = field(default="", repr=False)
    sms_template: str = field(default="", repr=False)
    sms_webhook_secret: str = field(default="", repr=False)
    sms_webhook_template: str = field(default="", repr=False)
    mails_a_minute: int = 60
    sms_a_minute: int = 60
    outbox_dir: Path | None = None
    webhook_networks: tuple[str, ...] = ()
    translate_with: str = ""
    translate_url: str = ""
    translate_key: str = field(default="", repr=False)
    timetable: Timetable = field(default_factory=Timetable)
    testing: bool = False

    def __post_init__(self) -> None:
        check_secret(self.secret_key)
        for key in self.contact_keys:
            check_secret(key, "CONTACT_KEYS")
        if self.secret_key in self.contact_keys:
            raise SettingsError(f"{PREFIX}CONTACT_KEYS holds {PREFIX}SECRET_KEY: contact data needs its own.")
        object.__setattr__(self, "database_url", _as_engine_url(self.database_url))
        if not self.base_url.startswith(("https://", "http://")):
            raise SettingsError(f"{PREFIX}BASE_URL must start with https:// (or http:// for a trial).")
        if self.metrics_token:
            check_secret(self.metrics_token, "METRICS_TOKEN")
        _check_gateways(self)

    @property
    def embedded(self) -> bool:
        """Whether the database is a SQLite file, so that the installation is this one machine."""
        return self.database_url.startswith("sqlite")

    @property
    def own_texts_dir(self) -> Path:
        """Where this machine's copy of the catalogues lies, once colleagues wrote in them."""
        return self.instance_dir / "texts"

    @property
    def texts_dir(self) -> Path:
        """Where the catalogues are read: the copy with what colleagues wrote, else the files themselves."""
        return self.own_texts_dir if (self.own_texts_dir / WHOLE).is_symlink() else self.translations_dir

    @property
    def secure(self) -> bool:
        """Whether visitors reach the service over TLS."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read `FEEDBACK_*`; raise SettingsError naming the first setting that cannot be used.

        With SQLite a missing secret is made once and kept in the instance folder. With a database
        server several machines must share it, so there it has to be given.
        """
        return cls.from_given(given_settings(environ))

    @classmethod
    def from_given(cls, given: Mapping[str, str]) -> "Settings":
        """The same, of names without their prefix."""
        instance = Path(given.get("INSTANCE_DIR", "instance")).resolve()
        url = given.get("DATABASE_URL", f"sqlite:///{instance / 'feedback.sqlite3'}")
        return cls(
            secret_key=given.get("SECRET_KEY") or _own_secret(url, instance),
            database_url=url,
            base_url=given.get("BASE_URL", cls.base_url).rstrip("/"),
            instance_dir=instance,
            surveys_dir=Path(given.get("SURVEYS_DIR", cls.surveys_dir)),
            translations_dir=Path(given.get("TRANSLATIONS_DIR", cls.translations_dir)),
            theme_dir=Path(given["THEME_DIR"]) if given.get("THEME_DIR") else None,
            draft_languages=frozenset(given.get("DRAFT_LANGUAGES", "").replace(",", " ").split()),
            trusted_proxies=_whole_number("TRUSTED_PROXIES", given.get("TRUSTED_PROXIES", "0")),
            log_level=_log_level(given.get("LOG_LEVEL", cls.log_level)),
            example=given.get("EXAMPLE", "").lower() in {"1", "true", "yes"},
            help_addresses=_listed(given.get("HELP_ADDRESSES", "")),
            responsible=given.get("RESPONSIBLE", cls.responsible),
            contact=given.get("CONTACT", cls.contact),
            accessibility_reviewed_on=_day(
                "ACCESSIBILITY_REVIEWED_ON", given.get("ACCESSIBILITY_REVIEWED_ON")
            ),
            accessibility_answer_days=_whole_number(
                "ACCESSIBILITY_ANSWER_DAYS", given.get("ACCESSIBILITY_ANSWER_DAYS", "30")
            ),
            accessibility_law=given.get("ACCESSIBILITY_LAW", cls.accessibility_law),
            accessibility_complaints=given.get("ACCESSIBILITY_COMPLAINTS", cls.accessibility_complaints),
            privacy_complaints=given.get("PRIVACY_COMPLAINTS", cls.privacy_complaints),
            contact_keys=_contact_keys(given.get("CONTACT_KEYS", ""), url, instance),
            timetable=_timetable(given),
            **_signing_in(given),
            **_sending(given),
            **_watching(given),
        )

    def but(self, **changes: object) -> "Settings":
        """The same settings with some replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]


def is_installed(environ: Mapping[str, str] | None = None) -> bool:
    """Whether there is a database to look at; asking makes none."""
    given = given_settings(environ)
    instance = Path(given.get("INSTANCE_DIR", "instance"))
    return "DATABASE_URL" in given or (instance / "feedback.sqlite3").is_file()


def default_draft_languages(environ: Mapping[str, str] | None = None) -> frozenset[str]:
    """Which drafts are offered, for commands that need nothing else."""
    return frozenset(given_settings(environ).get("DRAFT_LANGUAGES", "").replace(",", " ").split())


def given_settings(environ: Mapping[str, str] | None) -> dict[str, str]:
    """What is set, without the prefix: in the environment, else in the instance folder's own file."""
    here = os.environ if environ is None else environ
    kept = Path(here.get(f"{PREFIX}INSTANCE_DIR") or "instance") / SETTINGS_FILE
    try:
        lines = kept.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        lines = []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{kept} cannot be read: {error}") from error
    pairs = (line.partition("=")[::2] for line in lines)
    return {
        name.removeprefix(PREFIX): value
        for name, value in (*pairs, *here.items())
        if name.startswith(PREFIX) and value != ""
    }


def check_secret(secret: str, name: str = "SECRET_KEY") -> None:
    """Refuse a secret that could be guessed."""
    if len(secret) < MINIMUM_SECRET_LENGTH or secret.lower() in _WEAK or len(set(secret)) < 10:
        raise SettingsError(
            f"{PREFIX}{name} is missing or weak: give at least {MINIMUM_SECRET_LENGTH} random "
            'characters, for instance from: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )


def _signing_in(given: Mapping[str, str]) -> dict[str, Any]:
    """How colleagues show who they are."""
    try:
        leaked, oidc = leaked_list(given.get("LEAKED_PASSWORDS", "")), read_oidc(given)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{error}") from None
    required = _switch("SECOND_FACTOR", given.get("SECOND_FACTOR", "required"), "required")
    return {"second_factor": required, "leaked_passwords": leaked, "oidc": oidc}


def _sending(given: Mapping[str, str]) -> dict[str, Any]:
    """What messages go through, and remarks that are to be translated."""
    return {
        "smtp_url": given.get("SMTP_URL", ""),
        "imap_url": given.get("IMAP_URL", ""),
        "sms_url": given.get("SMS_URL", ""),
        "sms_template": given.get("SMS_TEMPLATE", ""),
        "sms_webhook_secret": given.get("SMS_WEBHOOK_SECRET", ""),
        "sms_webhook_template": given.get("SMS_WEBHOOK_TEMPLATE", ""),
        "mails_a_minute": _whole_number("MAILS_A_MINUTE", given.get("MAILS_A_MINUTE", "60")),
        "sms_a_minute": _whole_number("SMS_A_MINUTE", given.get("SMS_A_MINUTE", "60")),
        "outbox_dir": Path(given["OUTBOX_DIR"]) if given.get("OUTBOX_DIR") else None,
        "webhook_networks": tuple(given.get("WEBHOOK_NETWORKS", "").split()),
        "translate_with": given.get("TRANSLATE_WITH", ""),
        "translate_url": given.get("TRANSLATE_URL", "").rstrip("/"),
        "translate_key": given.get("TRANSLATE_KEY", ""),
    }


def _watching(given: Mapping[str, str]) -> dict[str, Any]:
    """What the service tells of itself, and what its privacy papers cannot know by themselves."""
    return {
        "log_format": _log_format(given.get("LOG_FORMAT", "text")),
        "metrics_token": given.get("METRICS_TOKEN", ""),
        "privacy_officer": given.get("PRIVACY_OFFICER", ""),
        "hosting": given.get("HOSTING", ""),
        "processors": _listed(given.get("PROCESSORS", "")),
        "backup_days": _days("BACKUP_DAYS", given.get("BACKUP_DAYS", "")),
    }


def _check_gateways(settings: Settings) -> None:
    """Refuse an address or a template of a gateway that cannot be used, and one without the other."""
    translating = settings.translate_with or settings.translate_url
    servers = (settings.translate_with, settings.translate_url, settings.translate_key)
    checks: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("SMTP_URL", settings.smtp_url, mail_server),
        ("IMAP_URL", settings.imap_url, mailbox),
        ("SMS_URL", settings.sms_url, sms_address),
        ("SMS_TEMPLATE", settings.sms_template, sms_template),
        ("SMS_WEBHOOK_TEMPLATE", settings.sms_webhook_template, webhook_template),
        ("WEBHOOK_NETWORKS", " ".join(settings.webhook_networks), private_networks),
        ("TRANSLATE_WITH", translating, lambda _given: translation_server(*servers)),
    )
    for name, value, check in checks:
        try:
            if value:
                check(value)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{name} {error}.") from None
    if bool(settings.sms_url) != bool(settings.sms_template):
        raise SettingsError(f"{PREFIX}SMS_URL and {PREFIX}SMS_TEMPLATE need each other: give both or none.")
    if settings.sms_webhook_secret and len(settings.sms_webhook_secret) < MINIMUM_SECRET_LENGTH:
        least = f"at least {MINIMUM_SECRET_LENGTH} characters"
        raise SettingsError(f"{PREFIX}SMS_WEBHOOK_SECRET could be guessed: {least}.")
    paces = {"MAILS_A_MINUTE": settings.mails_a_minute, "SMS_A_MINUTE": settings.sms_a_minute}
    for name, number in paces.items():
        if not 1 <= number <= 60_000:
            raise SettingsError(f"{PREFIX}{name} must be a number from 1 to 60000.")


def _own_secret(database_url: str, instance: Path) -> str:
    # an empty one is refused by check_secret with the remedy
    return kept_in(instance / "secret_key") if database_url.startswith("sqlite") else ""


def contact_keys_file(environ: Mapping[str, str] | None = None) -> Path | None:
    """Where this installation keeps the keys of contact data; None where the environment gives them."""
    given = given_settings(environ)
    if given.get("CONTACT_KEYS") or not given.get("DATABASE_URL", "sqlite").startswith("sqlite"):
        return None
    return Path(given.get("INSTANCE_DIR", "instance")).resolve() / CONTACT_KEYS_FILE


def _contact_keys(given: str, database_url: str, instance: Path) -> tuple[str, ...]:
    if not given and database_url.startswith("sqlite"):
        given = kept_in(instance / CONTACT_KEYS_FILE)
    found = tuple(given.replace(",", " ").split())
    if not found:
        raise SettingsError(
            f"{PREFIX}CONTACT_KEYS is missing: contact data is sealed with a key of its own, apart from the"
            f" database and from {PREFIX}SECRET_KEY; make one with: feedback-app contacts new-key"
        )
    return found


def _as_engine_url(url: str) -> str:
    """Name the driver, and make a SQLite path mean the same wherever the process looks from."""
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if url.startswith("sqlite:///"):
        return f"sqlite:///{Path(url.removeprefix('sqlite:///')).resolve()}"
    return url


def _switch(name: str, value: str, on: str) -> bool:
    if value.lower() not in {on, "off"}:
        raise SettingsError(f"{PREFIX}{name} must be {on} or off, not “{value}”.")
    return value.lower() == on


def _timetable(given: Mapping[str, str]) -> Timetable:
    read, name = _whole_number, ""
    try:
        name = "REMINDER_DAYS"
        reminders = read_days(given.get("REMINDER_DAYS", "5 12"), most=2)
        name = "PARTNER_REMINDER_DAYS"
        partner_reminders = read_days(given.get("PARTNER_REMINDER_DAYS", "7"), most=1)
        name = "QUIET_HOURS"
        quiet_from, quiet_until = read_quiet_hours(given.get("QUIET_HOURS", "20:00-09:00"))
        name = "SENDING_DAYS"
        weekdays = read_weekdays(given.get("SENDING_DAYS", "1-5"))
        name = "IMPACT_MONTHS"
        impact_months = read_months(given.get("IMPACT_MONTHS", "6"))
    except TimesInvalid as error:
        raise SettingsError(f"{PREFIX}{name} {error}.") from None
    return Timetable(
        first_days=read("FIRST_MESSAGE_DAYS", given.get("FIRST_MESSAGE_DAYS", "2")),
        reminder_days=reminders,
        partner_first_days=read("PARTNER_MESSAGE_DAYS", given.get("PARTNER_MESSAGE_DAYS", "3")),
        partner_reminder_days=partner_reminders,
        partner_pause_days=read("PARTNER_PAUSE_DAYS", given.get("PARTNER_PAUSE_DAYS", "30")),
        link_days=read("LINK_DAYS", given.get("LINK_DAYS", "28")),
        ask_within_days=read("ASK_WITHIN_DAYS", given.get("ASK_WITHIN_DAYS", "28")),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        weekdays=weekdays,
        impact_months=impact_months,
        draft_reports=_switch("DRAFT_REPORTS", given.get("DRAFT_REPORTS", "on"), "on"),
    )


def _listed(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.split("|") if line.strip())


def _whole_number(name: str, value: str) -> int:
    if not value.isdecimal():
        raise SettingsError(f"{PREFIX}{name} must be a whole number, not “{value}”.")
    return int(value)


def _days(name: str, value: str) -> int | None:
    return _whole_number(name, value) if value else None


def _day(name: str, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise SettingsError(f"{PREFIX}{name} must be a day like 2026-11-30, not “{value}”.") from None


def _log_level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise SettingsError(f"{PREFIX}LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return value.upper()


def _log_format(value: str) -> str:
    if value.lower() not in {"text", "json"}:
        raise SettingsError(f"{PREFIX}LOG_FORMAT must be text or json, not “{value}”.")
    return value.lower()
