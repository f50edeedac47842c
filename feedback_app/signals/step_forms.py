"""Forms for what happens to a signal: a step, the test list, who follows it up, an attached pattern."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from feedback_app.languages import unturned
from feedback_app.signals.criteria import CRITERIA, Answer
from feedback_app.signals.free_text import LONG, NEEDED, SHORT, TOLD_LONG, TOLD_SHORT, bounded, tidy
from feedback_app.signals.labels import CRITERIA_TEXTS, FIELD_NAMES
from feedback_app.signals.lifecycle import TOLD

_HOLDS = {True: "yes", False: "no", None: ""}
_DATE = {"type": "date"}
_ASKED = (
    "reason",
    "note",
    "handed_on",
    "due_on",
    "responsible_id",
    "answered_by",
    "answered_on",
    "answer",
    "will_do",
    *TOLD,
)


class RevisionForm(FlaskForm):  # type: ignore[misc]
    """What carries the revision that a change is based on, and no more."""

    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])

    def renew(self, revision: int) -> None:
        """Base what was typed on the present revision, once the colleague has seen it."""
        self.revision.data, self.revision.raw_data = revision, None


class MoveForm(RevisionForm):
    """One step, with what it asks for."""

    reason = TextAreaField(FIELD_NAMES["reason"], validators=bounded(LONG))
    note = TextAreaField(FIELD_NAMES["note"], validators=bounded(LONG))
    handed_on = DateField(FIELD_NAMES["handed_on"], validators=[Optional()], render_kw=_DATE)
    due_on = DateField(FIELD_NAMES["due_on"], validators=[Optional()], render_kw=_DATE)
    responsible_id = SelectField(FIELD_NAMES["responsible_id"])
    answered_by = StringField(FIELD_NAMES["answered_by"], validators=bounded(SHORT))
    answered_on = DateField(FIELD_NAMES["answered_on"], validators=[Optional()], render_kw=_DATE)
    answer = TextAreaField(FIELD_NAMES["answer"], validators=bounded(LONG))
    will_do = TextAreaField(FIELD_NAMES["will_do"], validators=bounded(LONG))
    told_said = TextAreaField(FIELD_NAMES["told_said"], validators=bounded(TOLD_LONG), filters=[unturned])
    told_doing = TextAreaField(FIELD_NAMES["told_doing"], validators=bounded(TOLD_LONG), filters=[unturned])
    told_by = StringField(FIELD_NAMES["told_by"], validators=bounded(TOLD_SHORT), filters=[unturned])
    told_when = StringField(FIELD_NAMES["told_when"], validators=bounded(TOLD_SHORT), filters=[unturned])

    def keep(self, asked: Iterable[str], people: Mapping[str, str]) -> None:
        """Leave out what this step does not ask for; `people` may follow it up."""
        for name in set(_ASKED) - set(asked):
            del self[name]
        for name in asked:
            self[name].flags.optional = False
        if "responsible_id" in self:
            self["responsible_id"].choices = [SelectChoice(key, email) for key, email in people.items()]

    def given(self) -> dict[str, Any]:
        """What was given together with the step."""
        return {one.name: tidy(one.data) for one in self if one.name in _ASKED}


class PlanForm(RevisionForm):
    """Until when an answer is expected, and who follows it up."""

    due_on = DateField(FIELD_NAMES["due_on"], validators=[InputRequired(NEEDED)], render_kw=_DATE)
    responsible_id = SelectField(FIELD_NAMES["responsible_id"])
    note = TextAreaField(FIELD_NAMES["note"], validators=[Optional(), *bounded(LONG)])


class AttachForm(RevisionForm):
    """Which pattern to attach."""

    pattern = RadioField(_l("Patroon"), validators=[InputRequired(_l("Kies een patroon."))])


class CheckForm(RevisionForm):
    """The test list; each question with a yes or no and a why, both may wait."""

    def answers(self) -> dict[str, Answer]:
        """Question → what was answered."""
        said = {"yes": True, "no": False}
        return {
            one: Answer(said.get(self[one].data or ""), tidy(self[f"{one}_why"].data or ""))
            for one in CRITERIA
        }


def check_form(stored: Mapping[str, Answer]) -> CheckForm:
    """The test list, filled in with what is stored."""
    fields: dict[str, Any] = {}
    for one in CRITERIA:
        choices = [SelectChoice("yes", _l("ja")), SelectChoice("no", _l("nee"))]
        fields[one] = RadioField(CRITERIA_TEXTS[one][1], choices=choices, validators=[Optional()])
        fields[f"{one}_why"] = TextAreaField(_l("Waarom?"), validators=[Optional(), *bounded(SHORT * 3)])
    data = {one: _HOLDS[answer.holds] for one, answer in stored.items()}
    data |= {f"{one}_why": answer.why for one, answer in stored.items()}
    form: CheckForm = type("CheckList", (CheckForm,), fields)(data=data)
    for name in fields:
        form[name].flags.optional = False  # it may wait, but not stay empty
    return form
