"""Addresses and templates of gateways: what is understood, and what is refused with a sentence that helps."""

import json

import pytest

from feedback_app.gateways import mail_server, mailbox, sms_address, sms_template, webhook_template
from feedback_app.invitations.channel import CHANNELS, Outbox, channels_of
from feedback_app.invitations.sms_gateway import TextMessages
from feedback_app.invitations.smtp import Mail
from feedback_app.settings import Settings, SettingsError
from tests.databases import SECRET

FROM = "from=feedback@voorbeeld.example"
TEMPLATE = json.dumps({"json": {"to": "{to}", "text": "{text}"}})


def test_a_mail_server() -> None:
    found = mail_server(f"smtp://jan%40voorbeeld:p%2Fw@post.example?{FROM}")
    server = found.server
    assert (server.host, server.port, server.tls) == ("post.example", 587, "starttls")
    assert (server.user, server.password) == ("jan@voorbeeld", "p/w")
    assert "p/w" not in repr(found)
    assert (found.sender, found.bounces, found.domain) == (
        "feedback@voorbeeld.example",
        "feedback@voorbeeld.example",
        "voorbeeld.example",
    )
    named = mail_server("smtps://post.example:26?from=%22Feedback%2C+Vlaanderen%22+%3Cf@voorbeeld.example%3E")
    assert (named.server.port, named.server.tls, named.bounces) == (26, "tls", "f@voorbeeld.example")
    assert mail_server(f"smtp://localhost?{FROM}&tls=none").server.port == 587


def test_a_mailbox() -> None:
    found = mailbox("imaps://a:b@post.example/Archief%2F2026")
    assert (found.server.port, found.server.tls, found.folder) == (993, "tls", "Archief/2026")
    assert mailbox("imap://a:b@post.example").folder == "INBOX"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMTP_URL", "smtp://post.example", "needs the sender"),
        ("SMTP_URL", "smtp://post.example?from=niemand", "needs the sender"),
        ("SMTP_URL", "smtp://post.example?from=a@b.example%0d%0aBcc:c@d.example", "needs the sender"),
        ("SMTP_URL", "smtp://post.example?from=a@b.example,c@d.example", "needs the sender"),
        ("SMTP_URL", f"smtp://post.example?{FROM}&bounces=Jan", "address for bounces"),
        ("SMTP_URL", f"smtp://post.example?{FROM}&tls=none", "on this machine only"),
        ("SMTP_URL", f"smtp://post.example?{FROM}&tls=maybe", "tls=maybe"),
        ("SMTP_URL", f"smtp://post.example?{FROM}&form=a", "does not exist"),
        ("SMTP_URL", f"smtp://post.example?{FROM}&timeout=never", "timeout"),
        ("SMTP_URL", f"smtp://post.example:99999?{FROM}", "port"),
        ("SMTP_URL", f"smtp://jan@post.example?{FROM}", "without a password"),
        ("SMTP_URL", f"smtp://jan:%C3%A9@post.example?{FROM}", "ASCII"),
        ("SMTP_URL", f"https://post.example?{FROM}", "smtps://user:password@host"),
        ("IMAP_URL", "imaps://post.example", "needs a user"),
        ("SMS_URL", "ftp://sms.example", "https://gateway.example"),
        ("SMS_URL", "http://sms.example/", "must begin with https://"),
        ("SMS_URL", "https://a:b@sms.example/", "put secrets in a header"),
        ("SMS_URL", "https://sms.example/", "need each other"),
        ("SMS_TEMPLATE", TEMPLATE, "need each other"),
        ("SMS_TEMPLATE", "{", "cannot be used: this is not JSON"),
        ("SMS_TEMPLATE", '{"json": {"to": "{to}"}}', "must hold {to} and {text}"),
        ("SMS_TEMPLATE", '{"json": {}, "form": {}}', "either json or form"),
        ("SMS_TEMPLATE", '{"body": {}}', "body: unknown key"),
        (
            "SMS_TEMPLATE",
            '{"form": {"t": "{to}{text}"}, "headers": {"A": "b\\r\\nC: d"}}',
            "“A” is no header",
        ),
        ("SMS_TEMPLATE", '{"form": {"t": "{to}{text}"}, "method": "GET"}', "method: "),
        ("SMS_WEBHOOK_TEMPLATE", '{"signature_header": "X Y"}', "is no header"),
        ("SMS_WEBHOOK_SECRET", "kort", "could be guessed"),
        ("MAILS_A_MINUTE", "0", "from 1 to 60000"),
        ("SMS_A_MINUTE", "snel", "whole number"),
    ],
)
def test_what_cannot_be_used_is_said(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"FEEDBACK_SECRET_KEY": SECRET, f"FEEDBACK_{name}": value})
    assert said in str(refused.value)
    assert f"FEEDBACK_{name}" in str(refused.value)


def test_templates_have_what_is_not_said() -> None:
    assert sms_template(TEMPLATE).key_header == "Idempotency-Key"
    assert webhook_template("").signature_header == "X-Signature"
    assert sms_address("https://sms.example/v1?x=y").query == "x=y"


def test_an_installation_has_the_channels_its_settings_name() -> None:
    bare = Settings(secret_key=SECRET)
    assert channels_of(bare) == {}, "nobody's address is written to a folder unasked"
    assert all(isinstance(one, Outbox) for one in channels_of(bare.but(example=True)).values())
    assert channels_of(bare.but(example=True)).keys() == set(CHANNELS)
    real = bare.but(
        smtp_url=f"smtps://post.example?{FROM}", sms_url="https://sms.example/", sms_template=TEMPLATE
    )
    found = channels_of(real.but(example=True))
    assert isinstance(found["email"], Mail) and isinstance(found["sms"], TextMessages)
    assert all(channel.name == name for name, channel in found.items())
    assert [one.repeatable for one in found.values()] == [False, False]
    assert TEMPLATE not in repr(real) and "post.example" not in repr(real)
