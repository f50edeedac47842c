"""What only the controller can say: settings without which a paper has an open place."""

import re
from collections.abc import Iterator

from feedback_app.settings import PREFIX, Settings

#: what stands in deploy/feedback.env and in the settings' own defaults until somebody says who they are
_EXAMPLE = re.compile(r"\bVoorbeeld|\bfeedback@agentschap\.example\b")


def missing(settings: Settings) -> Iterator[str]:
    """Each setting that a paper needs and that nobody gave, with what to write; an example needs none."""
    if settings.example:
        return
    for name, what in open_places(settings).items():
        yield f"{PREFIX}{name} is empty or an example: {what}; then feedback-app export dpia --out DIR"


def servers_outside(settings: Settings) -> dict[str, str]:
    """What a server outside this installation does → its address, empty where none is set up."""
    return {
        "mail": settings.smtp_url,
        "bounces": settings.imap_url,
        "sms": settings.sms_url,
        "translation": settings.translate_url,
        "sign-in": settings.oidc.issuer if settings.oidc else "",
    }


def open_places(settings: Settings) -> dict[str, str]:
    """Setting → what it is to say, for those that nobody gave."""
    wanted: dict[str, tuple[object, str]] = {
        "RESPONSIBLE": (settings.responsible, "who is responsible (the controller)"),
        "CONTACT": (settings.contact, "where people write to"),
        "PRIVACY_OFFICER": (settings.privacy_officer, "how to reach the data protection officer"),
        "HOSTING": (settings.hosting, "who hosts the service, and in which country"),
        "BACKUP_DAYS": (settings.backup_days, "how many days a backup is kept"),
    }
    if any(servers_outside(settings).values()):
        text = "who processes data for you, like “Company, sends e-mail, Belgium”, separated by |"
        wanted["PROCESSORS"] = (settings.processors, text)
    return {
        name: what
        for name, (value, what) in wanted.items()
        if value in ("", None, ()) or _EXAMPLE.search(str(value))
    }
