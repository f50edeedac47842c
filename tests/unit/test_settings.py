"""Settings: the environment, and under it the file that an installation keeps beside its data."""

import traceback
from pathlib import Path

import pytest

from feedback_app import create_app
from feedback_app.gateways import sms_template
from feedback_app.settings import SETTINGS_FILE, Settings, SettingsError, default_draft_languages
from tests.gateway import TEMPLATE


def test_an_installation_keeps_settings_of_its_own_and_the_environment_wins(tmp_path: Path) -> None:
    given = {"FEEDBACK_INSTANCE_DIR": str(tmp_path)}
    assert default_draft_languages(given) == frozenset()
    (tmp_path / SETTINGS_FILE).write_text(
        "# voorbeeld\nFEEDBACK_DRAFT_LANGUAGES=ti ar\nFEEDBACK_BASE_URL=http://a.example:1\nPATH=/nowhere\n"
    )
    made = Settings.from_environment(given)
    assert (made.draft_languages, made.base_url) == ({"ti", "ar"}, "http://a.example:1")
    assert default_draft_languages(given) == {"ti", "ar"}
    won = Settings.from_environment(given | {"FEEDBACK_BASE_URL": "http://b.example:2"})
    assert (won.draft_languages, won.base_url) == ({"ti", "ar"}, "http://b.example:2")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(b"FEEDBACK_BASE_URL=\xff")
    with pytest.raises(SettingsError, match=SETTINGS_FILE):
        Settings.from_environment({"FEEDBACK_INSTANCE_DIR": str(tmp_path)})


def test_no_secret_stands_in_what_settings_say_of_themselves() -> None:
    """A traceback, a log line and a debugger all show `repr`."""
    given = {
        "FEEDBACK_SECRET_KEY": "Geheim-een-" + "a1B2c3D4e5F6g7H8",
        "FEEDBACK_CONTACT_KEYS": "Geheim-twee-" + "h8G7f6E5d4C3b2A1",
        "FEEDBACK_DATABASE_URL": "postgresql://feedback:Geheim-drie@db.example/feedback",
        "FEEDBACK_SMTP_URL": "smtps://post:Geheim-vier@mail.example?from=post@voorbeeld.example",
        "FEEDBACK_IMAP_URL": "imaps://post:Geheim-vijf@mail.example",
        "FEEDBACK_SMS_URL": "https://sms.example/?sleutel=Geheim-zes",
        "FEEDBACK_SMS_TEMPLATE": TEMPLATE.replace("voorbeeldsleutel", "Geheim-zeven"),
        "FEEDBACK_SMS_WEBHOOK_SECRET": "Geheim-acht-" + "k1L2m3N4o5P6q7R8",
        "FEEDBACK_METRICS_TOKEN": "Geheim-negen-" + "s1T2u3V4w5X6y7Z8",
        "FEEDBACK_TRANSLATE_WITH": "deepl",
        "FEEDBACK_TRANSLATE_URL": "https://vertaal.example",
        "FEEDBACK_TRANSLATE_KEY": "Geheim-tien",
    }
    long = ("_KEY", "_KEYS", "_SECRET", "_TOKEN")
    given = {name: value + ("Z9y8X7w6V5u4" if name.endswith(long) else "") for name, value in given.items()}
    settings = Settings.from_environment(given)
    assert "Geheim" not in repr(settings) + str(settings)
    assert settings.secret_key == given["FEEDBACK_SECRET_KEY"]
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({**given, "FEEDBACK_BASE_URL": "ftp://x"})
    assert "Geheim" not in str(refused.value)


def test_nor_in_a_template_of_a_gateway() -> None:
    template = sms_template(TEMPLATE.replace("voorbeeldsleutel", "Geheim-vijf"))
    assert "Geheim-vijf" in template.headers["Authorization"] and "Geheim" not in repr(template)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "smtp://jan:Geheim/Geheim@post.example:587?from=a@b.example"),
        ("SMTP_URL", "smtp://jan:Geheim?Geheim@post.example:587?from=a@b.example"),
        ("SMTP_URL", "smtp://jan:Ge?Geheim=1@post.example?from=a@b.example"),
        ("SMTP_URL", "smtp://jan:Geheim#Geheim@post.example?from=a@b.example"),
        ("SMTP_URL", "smtp://jan:Ge[Geheim@post.example?from=a@b.example"),
        ("IMAP_URL", "imaps://jan:Geheim℀@post.example"),
        ("SMS_URL", "https://Geheim℀@sms.example"),
        ("DATABASE_URL", "postgresql://jan:Ge@Geheim@db.example/feedback"),
        ("DATABASE_URL", "postgresql://jan:Ge@Ge:Geheim@db.example/feedback"),
        ("DATABASE_URL", "postgresql:/jan:Geheim@db.example/feedback"),
        ("DATABASE_URL", "postgresql://jan:Geheim@db.example:poort/feedback"),
        ("DATABASE_URL", "mysql://jan:Geheim@db.example/feedback"),
    ],
)
def test_what_is_refused_is_not_repeated_where_it_may_be_a_password(
    name: str, value: str, tmp_path: Path
) -> None:
    """A sign that ends a password early puts the rest of it where an error would tell of it."""
    given = {
        "FEEDBACK_INSTANCE_DIR": str(tmp_path),
        "FEEDBACK_SECRET_KEY": "a1B2c3D4e5F6g7H8" * 3,
        "FEEDBACK_CONTACT_KEYS": "h8G7f6E5d4C3b2A1" * 3,
        "FEEDBACK_SMS_TEMPLATE": TEMPLATE if name == "SMS_URL" else "",
    }
    with pytest.raises(SettingsError) as refused:
        create_app(Settings.from_environment({**given, f"FEEDBACK_{name}": value}))
    assert f"FEEDBACK_{name} " in str(refused.value)
    assert "Geheim" not in "".join(traceback.format_exception(refused.value))
