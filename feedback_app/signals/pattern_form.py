"""The form that makes a signal draft of a pattern; its texts begin with what was found."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from feedback_app.signals.free_text import LONG, NEEDED, SHORT, bounded, tidy
from feedback_app.signals.labels import FIELD_NAMES


class PatternSignalForm(FlaskForm):  # type: ignore[misc]
    """Theme, title and finding."""

    theme = SelectField(FIELD_NAMES["theme_key"], validators=[InputRequired(NEEDED)])
    title = StringField(FIELD_NAMES["title"], validators=[InputRequired(NEEDED), *bounded(SHORT)])
    finding = TextAreaField(FIELD_NAMES["finding"], validators=[InputRequired(NEEDED), *bounded(LONG)])

    def offer(self, themes: Mapping[str, str]) -> None:
        """Fill the list of themes."""
        self.theme.choices = [SelectChoice(key, label) for key, label in themes.items()]

    def values(self) -> dict[str, str]:
        """Field name → text, with line ends as the database keeps them."""
        return {one.name: tidy(one.data) for one in (self.theme, self.title, self.finding)}
