"""Forms for waves."""

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired


class OpenForm(FlaskForm):  # type: ignore[misc]
    """Which half-year."""

    period = StringField(
        _l("Halfjaar"),
        validators=[InputRequired(_l("Vul een halfjaar in."))],
        filters=[lambda text: text.strip().upper() if text else text],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    impact = BooleanField(_l("Vraag ook hoe het nu gaat, enkele maanden na de activiteit"))


class ImpactForm(FlaskForm):  # type: ignore[misc]
    """Only the proof that it came from our own page."""


class CloseForm(FlaskForm):  # type: ignore[misc]
    """Only the proof that it came from our own page."""


def half_year(day: date) -> str:
    """The half-year a day lies in, as `2026-H1`."""
    return f"{day.year}-H{1 if day.month <= 6 else 2}"
