"""The form to compile a report."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice


class CompileForm(FlaskForm):  # type: ignore[misc]
    """Which report: a closed wave, Flanders or a region, a language, and whether it is final."""

    wave = SelectField(_l("Meetmoment"))
    region = SelectField(_l("Niveau"))
    locale = SelectField(
        _l("Taal"), choices=[SelectChoice("nl", "Nederlands"), SelectChoice("en", "English")]
    )
    final = BooleanField(_l("Definitief: geen ontwerp meer, en nooit meer te veranderen"))
