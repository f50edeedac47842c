"""How messages leave: the channels of this installation, as its settings say.

Whoever decides what goes out when needs this module alone: make a `Letter`, `send` it, keep the `Outcome`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from feedback_app.database import db
from feedback_app.gateways import mail_server, sms_address, sms_template
from feedback_app.invitations.letter import (
    CHANNELS,
    Channel,
    Letter,
    Note,
    Outcome,
    TryAgain,
    letter_key,
)
from feedback_app.invitations.outbox import Outbox
from feedback_app.invitations.pace import take_turn
from feedback_app.invitations.sms_gateway import TextMessages
from feedback_app.invitations.smtp import Mail
from feedback_app.settings import Settings

__all__ = ["CHANNELS", "Channel", "Letter", "Note", "Outcome", "TryAgain", "channels_of", "letter_key"]


def channels_of(settings: Settings) -> Mapping[str, Channel]:
    """Channel by name; a name that is not in it cannot be used in this installation.

    Real channels where their address is set, else the file outbox where there is one (an example
    installation always has). Later news of a letter (a bounce, a receipt) comes by its key.
    """
    folder = outbox_of(settings)
    found: dict[str, Channel] = {} if folder is None else {name: Outbox(name, folder) for name in CHANNELS}
    if settings.smtp_url:
        found["email"] = Mail(
            mail_server(settings.smtp_url), own_name(settings), _turns("email", settings.mails_a_minute)
        )
    if settings.sms_url:
        found["sms"] = TextMessages(
            sms_address(settings.sms_url),
            sms_template(settings.sms_template),
            _turns("sms", settings.sms_a_minute),
        )
    return found


def outbox_of(settings: Settings) -> Path | None:
    """The folder of the file outbox, where this installation has one."""
    return settings.outbox_dir or (settings.instance_dir / "outbox" if settings.example else None)


def own_name(settings: Settings) -> str:
    """What this service calls itself to a mail server."""
    return urlsplit(settings.base_url).hostname or "localhost"


def _turns(channel: str, a_minute: int) -> Callable[[], None]:
    return lambda: take_turn(db.engine, channel, a_minute)
