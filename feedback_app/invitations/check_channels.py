"""What is wrong with the channels of an installation, found by talking to their servers; nothing is sent."""

import smtplib
from collections.abc import Iterator

from feedback_app.gateways import mail_server, mailbox, sms_address, sms_template
from feedback_app.invitations import sms_gateway, smtp
from feedback_app.invitations.bounces import MailboxClosed, opened
from feedback_app.invitations.channel import outbox_of, own_name
from feedback_app.settings import Settings


def mail_faults(settings: Settings) -> Iterator[str]:
    """What keeps e-mail from going out, or bounces from being seen."""
    if settings.smtp_url:
        yield from _mail_server_faults(settings)
        if not settings.imap_url:
            yield "FEEDBACK_IMAP_URL is empty: an e-mail that comes back counts as delivered"
    elif settings.imap_url:
        yield "FEEDBACK_IMAP_URL does nothing without FEEDBACK_SMTP_URL"
    else:
        yield from _nothing(settings, "FEEDBACK_SMTP_URL", "e-mail")
    if settings.imap_url:
        try:
            with opened(mailbox(settings.imap_url)):
                pass
        except MailboxClosed as closed:
            yield f"the mailbox of FEEDBACK_IMAP_URL cannot be read: {closed}"


def text_message_faults(settings: Settings) -> Iterator[str]:
    """What keeps text messages from going out, or STOP from being heard."""
    if not settings.sms_url:
        yield from _nothing(settings, "FEEDBACK_SMS_URL", "text message")
        return
    if not settings.sms_webhook_secret:
        yield "FEEDBACK_SMS_WEBHOOK_SECRET is empty: who answers STOP is not heard (docs/sending.md)"
    timeout = sms_template(settings.sms_template).timeout
    line = sms_gateway.connect(sms_address(settings.sms_url), timeout)
    try:
        line.connect()
    except OSError as error:
        yield f"the gateway of FEEDBACK_SMS_URL cannot be reached: {_words(error)}"
    finally:
        line.close()


def _mail_server_faults(settings: Settings) -> Iterator[str]:
    try:
        line = smtp.connect(mail_server(settings.smtp_url).server, own_name(settings))
    except smtplib.SMTPAuthenticationError:
        yield "the mail server of FEEDBACK_SMTP_URL does not accept its user and password"
    except smtplib.SMTPNotSupportedError:
        yield "the mail server of FEEDBACK_SMTP_URL offers no STARTTLS or no sign-in: try smtps://"
    except (OSError, smtplib.SMTPException) as error:
        yield f"the mail server of FEEDBACK_SMTP_URL cannot be reached: {_words(error)}"
    else:
        smtp.hang_up(line)


def _nothing(settings: Settings, name: str, what: str) -> Iterator[str]:
    """Without a server, an example keeps messages in a folder; real people would wait for them in vain."""
    if settings.example:
        return
    if outbox_of(settings):
        yield f"{name} is empty: each {what} goes to a folder (FEEDBACK_OUTBOX_DIR), readable, and no further"
    else:
        yield f"{name} is empty: no {what} leaves; people have cards and links alone"


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
