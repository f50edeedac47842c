"""The form that takes a file in."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A file, and how it is to be read."""

    file = FileField(
        _l("Bestand"),
        validators=[FileRequired(_l("Kies een bestand."))],
        render_kw={"accept": ".csv,.txt,text/csv"},
    )
    mapping = SelectField(_l("Indeling"))

    def offer_mappings(self, names: list[str]) -> None:
        """Fill the list of mapping files."""
        self.mapping.choices = [(name, name) for name in names]
