"""The form that makes a signal draft of a pattern; its texts begin with what was found."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from feedback_app.signals.forms import FIELD_NAMES

_NEEDED = _l("Dit hebben we nodig.")


class PatternSignalForm(FlaskForm):  # type: ignore[misc]
    """Theme, title and finding."""

    theme = SelectField(FIELD_NAMES["theme_key"], validators=[InputRequired(_NEEDED)])
    title = StringField(FIELD_NAMES["title"], validators=[InputRequired(_NEEDED), Length(max=200)])
    finding = TextAreaField(FIELD_NAMES["finding"], validators=[InputRequired(_NEEDED), Length(max=2000)])

    def offer(self, themes: Mapping[str, str]) -> None:
        """Fill the list of themes."""
        self.theme.choices = [SelectChoice(key, label) for key, label in themes.items()]

    def values(self) -> dict[str, str]:
        """Field name → text, with line ends as the database keeps them."""
        return {
            one.name: one.data.replace("\r\n", "\n").strip() for one in (self.theme, self.title, self.finding)
        }
