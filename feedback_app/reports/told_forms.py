"""What a translator types beside the Dutch of what is told back."""

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from feedback_app.languages import Language, unturned
from feedback_app.reports.told_back import Told, Words
from feedback_app.signals.free_text import TOLD_LONG, TOLD_SHORT, bounded, tidy
from feedback_app.signals.labels import FIELD_NAMES

#: words of `Words` → the field of the signal that holds their Dutch
FIELDS = {"said": "told_said", "doing": "told_doing", "by": "told_by", "when": "told_when"}
#: a translation may be half as long again as the Dutch may be, and still fits on the page that thanks
LONG, SHORT = TOLD_LONG * 3 // 2, TOLD_SHORT * 3 // 2


class TellForm(FlaskForm):  # type: ignore[misc]
    """One text in one language; `seen` is what the page showed."""

    seen = HiddenField()
    said = TextAreaField(
        FIELD_NAMES["told_said"], validators=[Optional(), *bounded(LONG)], filters=[unturned, tidy]
    )
    doing = TextAreaField(
        FIELD_NAMES["told_doing"], validators=[Optional(), *bounded(LONG)], filters=[unturned, tidy]
    )
    by = StringField(
        FIELD_NAMES["told_by"], validators=[Optional(), *bounded(SHORT)], filters=[unturned, tidy]
    )
    when = StringField(
        FIELD_NAMES["told_when"], validators=[Optional(), *bounded(SHORT)], filters=[unturned, tidy]
    )

    def begin(self, one: Told, tongue: Language) -> None:
        """Speak the language in the fields, and show what is stored; a part without Dutch has no field."""
        for name in FIELDS:
            if not getattr(one.dutch, name):
                del self[name]
                continue
            self[name].flags.optional = False
            self[name].render_kw = {"lang": tongue.tag, "dir": tongue.direction}
            if not self.is_submitted():
                self[name].data = getattr(one.words, name)

    def fits(self, dutch: Words) -> bool:
        """Whether it can be saved: every part that stands in Dutch has to be there."""
        if not self.validate():
            return False
        whole = True
        for name in FIELDS:
            if getattr(dutch, name) and not self[name].data:
                self[name].errors = [_("Vertaal dit ook: een halve tekst tonen we niet.")]
                whole = False
        return whole

    def words(self) -> Words:
        """What was typed."""
        return Words(**{name: self[name].data for name in FIELDS if name in self})
