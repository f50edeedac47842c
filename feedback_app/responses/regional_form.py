"""The form with which a region writes a question of its own; it gives an item as a file would say it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.shape import read

_NEEDED = _l("Dit hebben we nodig.")
#: how many answers a question may have
_FEWEST, _MOST = 2, 8
_LONGEST = 80


def _ticks(label: Any, *validators: Any) -> SelectMultipleField:
    """Several out of a list, each with a box to tick."""
    boxes = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
    return SelectMultipleField(label, validators=validators, **boxes)


class RegionalForm(FlaskForm):  # type: ignore[misc]
    """One question of a region, in Dutch."""

    survey = RadioField(_l("Voor wie is de vraag?"), validators=[DataRequired(_NEEDED)])
    text = StringField(_l("De vraag"), validators=[DataRequired(_NEEDED), Length(max=200)])
    hint = StringField(_l("Uitleg bij de vraag"), validators=[Optional(), Length(max=200)])
    answers = TextAreaField(_l("De antwoorden"), validators=[DataRequired(_NEEDED)], render_kw={"rows": 5})
    dont_know = BooleanField(_l("Voeg het antwoord “Weet ik niet” toe"))
    kind = RadioField(
        _l("Hoeveel antwoorden mag iemand kiezen?"),
        choices=[SelectChoice("single", _l("één")), SelectChoice("multiple", _l("meer dan één"))],
        default="single",
        validators=[DataRequired(_NEEDED)],
    )
    positive = StringField(_l("Hoeveel antwoorden zijn goed nieuws?"), validators=[Optional()])
    themes = _ticks(_l("Thema’s"), DataRequired(_l("Kies minstens één thema.")))
    only_after = _ticks(_l("Alleen vragen na deze antwoorden"), Optional())
    why = TextAreaField(
        _l("Waarom wil je dit vragen?"),
        validators=[DataRequired(_NEEDED), Length(max=1000)],
        render_kw={"rows": 3},
    )

    def offer(
        self, surveys: Mapping[str, Survey], names: Mapping[str, Any], themes: Mapping[str, str]
    ) -> None:
        """Fill the lists to choose from; `names` are those of the questionnaires."""
        self.survey.choices = [SelectChoice(key, names[key]) for key in surveys]
        self.themes.choices = [SelectChoice(key, name) for key, name in themes.items()]
        self.only_after.choices = [
            SelectChoice(f"{key}.{item.key}.{option.key}", f"{names[key]}: {item.text} {option.text}")
            for key, survey in surveys.items()
            for item in may_depend_on(survey)
            for option in item.options
        ]

    def validate_answers(self, field: Any) -> None:
        """Each line is an answer; no two are alike."""
        lines = self.lines()
        if not _FEWEST <= len(lines) <= _MOST:
            raise ValidationError(
                _("Schrijf %(few)d tot %(many)d antwoorden, elk op een eigen regel.", few=_FEWEST, many=_MOST)
            )
        if len({line.casefold() for line in lines}) < len(lines):
            raise ValidationError(_("Een antwoord staat er twee keer."))
        if longest := next((line for line in lines if len(line) > _LONGEST), None):
            number = len(longest) - _LONGEST
            raise ValidationError(_("“%(text)s” is %(number)d tekens te lang.", text=longest, number=number))

    def validate_positive(self, field: Any) -> None:
        """The first so many answers, and never all of them."""
        if not (field.data or "").strip().isdecimal() or int(field.data) >= max(1, len(self.lines())):
            raise ValidationError(_("Schrijf een getal dat kleiner is dan het aantal antwoorden, of niets."))

    def validate_only_after(self, field: Any) -> None:
        """Answers of one question of the same questionnaire."""
        chosen = {tuple(one.split(".")[:2]) for one in field.data or ()}
        if len(chosen) > 1:
            raise ValidationError(_("Kies alleen antwoorden op één en dezelfde vraag."))
        if any(survey != self.survey.data for survey, _item in chosen):
            raise ValidationError(_("Deze antwoorden horen bij de andere vragenlijst."))

    def lines(self) -> list[str]:
        """The answers as they were written, without empty lines."""
        return [line.strip() for line in (self.answers.data or "").splitlines() if line.strip()]

    def item(self, key: str) -> Item:
        """What was written as an item; call when it is valid."""
        options = [{"key": f"a{number}", "text": text} for number, text in enumerate(self.lines(), 1)]
        count = int(self.positive.data) if self.positive.data else 0
        if self.dont_know.data:
            options.append({"key": "dont_know", "text": "Weet ik niet"})
        content: dict[str, Any] = {
            "key": key,
            "type": self.kind.data,
            "text": self.text.data.strip(),
            "options": options,
            "positive": [f"a{number}" for number in range(1, count + 1)],
            "themes": self.themes.data,
        }
        if self.hint.data:
            content["hint"] = self.hint.data.strip()
        if self.only_after.data:
            after = [one.split(".") for one in self.only_after.data]
            content["shown_if"] = {"item": after[0][1], "any_of": [one[2] for one in after]}
        return read(Item, content)

    def fill(self, survey_key: str, item: Item, why: str) -> None:
        """Begin with what an earlier proposal said."""
        route = item.shown_if
        self.survey.data, self.text.data, self.hint.data = survey_key, item.text, item.hint
        self.answers.data = "\n".join(one.text for one in item.options if not one.is_code)
        self.dont_know.data = any(one.is_code for one in item.options)
        self.kind.data, self.positive.data = str(item.type), str(len(item.positive) or "")
        self.themes.data, self.why.data = list(item.themes), why
        self.only_after.data = [f"{survey_key}.{route.item}.{key}" for key in route.any_of] if route else []


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """A step with its reason, which some steps need."""

    reason = TextAreaField(_l("Reden"), validators=[Optional(), Length(max=1000)], render_kw={"rows": 3})

    def ask_why(self) -> None:
        """Let this step not go without a reason."""
        self.reason.validators = [DataRequired(_("Schrijf waarom.")), Length(max=1000)]
        self.reason.flags.optional = False


def may_depend_on(survey: Survey) -> list[Item]:
    """The questions of the core after which another can stand: none that another of the core follows."""
    taken = {item.shown_if.item for item in survey.items if item.shown_if}
    return [item for item in survey.core if item.key not in taken]
