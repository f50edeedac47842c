"""Forms: a report to compile, whether to be told of releases, and steps that ask before they are taken."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from feedback_app.languages import language
from feedback_app.signals.free_text import bounded, tidy

LOCALES = {key: language(key).endonym for key in ("nl", "en")}
STATE_NAMES = {
    "draft": _l("ontwerp"),
    "final": _l("definitief"),
    "released": _l("vrijgegeven"),
    "replaced": _l("vervangen"),
}
#: how much a reason may say: it is printed on the second page
MOST_REASON = 600


class CompileForm(FlaskForm):  # type: ignore[misc]
    """Which report: a closed wave, Flanders or a region, a language, and what it corrects if it does."""

    wave = SelectField(_l("Meetmoment"))
    region = SelectField(_l("Niveau"))
    locale = SelectField(_l("Taal"), choices=[SelectChoice(key, name) for key, name in LOCALES.items()])
    reason = TextAreaField(
        _l("Waarom is er een verbetering nodig?"), filters=[tidy], validators=bounded(MOST_REASON)
    )


class NoticeForm(FlaskForm):  # type: ignore[misc]
    """Whether somebody wants an e-mail at each release."""

    wanted = BooleanField(_l("Stuur me een e-mail als er een verslag vrijgegeven is"))


class StepForm(FlaskForm):  # type: ignore[misc]
    """A step without any field: it comes from our own page."""
