"""A WTForms form from a frozen version: fields named by item key, values the stable option keys."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext as _
from wtforms import Field, Form, RadioField, SelectChoice, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from feedback_app.questionnaires.definition import Item, ItemType, Survey

ID_FIELD = "response_id"


class ResponseForm(Form):  # type: ignore[misc]
    """What every questionnaire's form has beside its items; `survey` is the frozen definition."""

    class Meta:
        """Binds each field once for a form class: every visitor's form gets a copy of it.

        Making ten fields anew costs a fifth of all that an answer takes.
        """

        def bind_field(self, form: "ResponseForm", unbound: Any, options: Mapping[str, Any]) -> Field:
            bound = form.bound.get(options["name"])
            if bound is None:
                bound = form.bound[options["name"]] = unbound.bind(form=form, **options)
            field = object.__new__(type(bound))
            field.__dict__.update(bound.__dict__)
            return field

    survey: Survey
    bound: ClassVar[dict[str, Field]]
    response_id = StringField()  # what is no UUID is no reason to turn somebody away

    def validate(self, extra_validators: Any = None) -> bool:
        """Each question may be skipped; all of them is a page sent by mistake, and would use up its link."""
        if not super().validate(extra_validators):
            return False
        if not self.chosen():
            self.form_errors.append(_("Je hebt nog niets geantwoord. Beantwoord minstens één vraag."))
        return not self.form_errors

    def chosen(self) -> dict[str, tuple[str, ...]]:
        """Item key → what was chosen or written, as it came in; only items that have something."""
        found: dict[str, tuple[str, ...]] = {}
        for item in self.survey.items:
            data = self[item.key].data
            values = tuple(data) if isinstance(data, list) else (data.strip(),) if data else ()
            if any(values):
                found[item.key] = values
        return found


def make_form(survey: Survey, texts: Mapping[str, str]) -> type[ResponseForm]:
    """The form class of one version in one language; `texts` maps contexts to that language's words."""
    fields: dict[str, Any] = {item.key: _field(survey, item, texts) for item in survey.items}
    fields |= {"survey": survey, "bound": {}}
    return type("SurveyForm", (ResponseForm,), fields)


def _field(survey: Survey, item: Item, texts: Mapping[str, str]) -> Field:
    label = texts[f"{survey.key}.{item.key}"]
    if item.type is ItemType.OPEN:
        within = [Optional(), _within(item.max_length)]
        return TextAreaField(label, filters=[_as_written], validators=within)
    words = {option.key: texts[f"{survey.key}.{item.key}.{option.key}"] for option in item.options}
    made = [SelectChoice(key, text) for key, text in words.items()]

    def choices() -> list[SelectChoice]:
        return made  # copied only where they are shown, not for every answer that comes in

    if item.type is ItemType.MULTIPLE:
        known = _KnownOptions(item)
        return SelectMultipleField(label, choices=choices, validate_choice=False, validators=[known])
    return RadioField(label, choices=choices, validate_choice=False, validators=[_KnownOptions(item)])


class _KnownOptions:
    """Refuses keys that are no option, and more options than may be chosen."""

    def __init__(self, item: Item) -> None:
        self.item = item

    def __call__(self, form: Form, field: Field) -> None:
        values = field.data if isinstance(field.data, list) else [field.data] if field.data else []
        if any(value not in self.item.option_keys for value in values):
            raise ValidationError(_("Dit antwoord kennen we niet. Kies opnieuw."))
        limit = self.item.max_choices
        if limit is not None and len(set(values)) > limit:
            raise ValidationError(_("Je koos te veel. Je mag er zoveel kiezen: %(number)s.", number=limit))


def _as_written(text: str | None) -> str | None:
    """A line break counts once, as in the box it was written in, though forms send two characters for it."""
    return text.replace("\r\n", "\n") if text else text


def _within(length: int) -> Any:
    def check(form: Form, field: Field) -> None:
        if field.data and len(field.data) > length:
            raise ValidationError(_("Je tekst is te lang. Zoveel tekens mag: %(number)s.", number=length))

    return check
