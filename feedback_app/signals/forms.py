"""Forms for signals: form P as `surveys/staff` words it, and the fiche's wording."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.catalogues import survey_texts
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.loading import load_survey, load_themes
from feedback_app.settings import Settings
from feedback_app.signals.edit import EVIDENCE, FORM_P
from feedback_app.signals.free_text import LONG, NEEDED, SHORT, bounded, tidy
from feedback_app.signals.labels import EVIDENCE_NAMES, FIELD_NAMES
from feedback_app.web.locale import current_language


@lru_cache(maxsize=8)
def form_p(surveys_dir: Path) -> Survey:
    """Form P, read once per process."""
    return load_survey(surveys_dir, "staff")


def words(settings: Settings, item_key: str) -> dict[str, str]:
    """Option key → text of one item of form P, in the colleague's language; empty where it is not asked."""
    say, items = _say(settings), form_p(settings.surveys_dir).items
    options = (option for item in items if item.key == item_key for option in item.options)
    return {option.key: say(f"staff.{item_key}.{option.key}", option.text) for option in options}


def theme_names(settings: Settings) -> dict[str, str]:
    """Theme key → name, in the colleague's language."""
    say = _say(settings)
    return {key: say(f"theme.{key}", label) for key, label in load_themes(settings.surveys_dir).items()}


def introduction(settings: Settings) -> list[str]:
    """What form P says before it asks."""
    say = _say(settings)
    return [
        say(f"staff.intro.{number}", text)
        for number, text in enumerate(form_p(settings.surveys_dir).intro, 1)
    ]


class PreSignalForm(FlaskForm):  # type: ignore[misc]
    """Form P; its items, options and hints come from the questionnaire file."""

    wave_key = SelectField(_l("Meetmoment"), validators=[InputRequired()])
    region_key = SelectField(_l("Regio"))

    def values(self) -> dict[str, Any]:
        """What goes into the table, under the table's names."""
        data = {name: tidy(self[name].data or "") for name in FORM_P if name in self}
        return data | {
            "theme_key": self["theme"].data,
            "is_practice": self["good_practice"].data == "yes",
            "wave_key": self.wave_key.data,
            "region_key": self.region_key.data or None if "region_key" in self else None,
        }


def pre_signal_form(settings: Settings, waves: Iterable[str], regions: Mapping[str, str]) -> PreSignalForm:
    """Form P, ready to fill in; without regions to choose from it does not ask for one."""
    say = _say(settings)
    fields = {item.key: _item_field(item, say) for item in form_p(settings.surveys_dir).items}
    form: PreSignalForm = type("FormP", (PreSignalForm,), fields)()
    form.wave_key.choices = [SelectChoice(key) for key in waves]
    if regions:
        form.region_key.choices = _choices({"": _("Heel Vlaanderen"), **regions})
    else:
        del form.region_key
    return form


class WordingForm(FlaskForm):  # type: ignore[misc]
    """The fiche: finding, reading and ask apart."""

    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    seen = HiddenField()  # what each field held when the page was opened, as `history.prints` writes it
    title = StringField(FIELD_NAMES["title"], validators=bounded(SHORT))
    theme_key = SelectField(FIELD_NAMES["theme_key"])
    finding = TextAreaField(FIELD_NAMES["finding"], validators=bounded(LONG))
    reading = TextAreaField(FIELD_NAMES["reading"], validators=bounded(LONG))
    reading_by = StringField(FIELD_NAMES["reading_by"], validators=bounded(SHORT))
    causes = TextAreaField(FIELD_NAMES["causes"], validators=bounded(LONG))
    consequence = TextAreaField(FIELD_NAMES["consequence"], validators=bounded(LONG))
    concerns = StringField(FIELD_NAMES["concerns"], validators=bounded(SHORT))
    own_action = TextAreaField(FIELD_NAMES["own_action"], validators=bounded(LONG))
    ask = TextAreaField(FIELD_NAMES["ask"], validators=bounded(LONG))
    level = SelectField(FIELD_NAMES["level"])
    addressee = StringField(FIELD_NAMES["addressee"], validators=bounded(SHORT))
    evidence = SelectField(
        FIELD_NAMES["evidence"],
        choices=[
            SelectChoice("", _l("nog niet bepaald")),
            *(SelectChoice(key, EVIDENCE_NAMES[key]) for key in EVIDENCE),
        ],
    )
    earlier_id = SelectField(FIELD_NAMES["earlier_id"])
    is_practice = BooleanField(FIELD_NAMES["is_practice"])

    def offer(self, themes: Mapping[str, str], earlier: Mapping[str, str], levels: Mapping[str, str]) -> None:
        """Fill the lists to choose from."""
        self.theme_key.choices = _choices(themes)
        self.level.choices = _choices({"": _("nog niet bepaald"), **levels})
        self.earlier_id.choices = _choices({"": _("geen"), **earlier})

    def values(self) -> dict[str, Any]:
        """Field name → new value; line ends as the database keeps them."""
        skip = {"revision", "seen", "csrf_token"}
        data = {one.name: tidy(one.data) for one in self if one.name not in skip}
        return data | {"earlier_id": self.earlier_id.data or None}


def _say(settings: Settings) -> Callable[[str, str], str]:
    """How to say a text of `surveys/` to a colleague: translated where there is a translation, else Dutch."""
    key = current_language().key
    translated = {} if key == SOURCE else survey_texts(settings.texts_dir, key)
    return lambda context, dutch: translated.get((context, dutch), dutch)


def _item_field(item: Item, say: Callable[[str, str], str]) -> Any:
    required = [InputRequired(NEEDED)] if item.key in ("observation", "theme") else []
    rest = [] if required else [Optional()]
    context = f"staff.{item.key}"
    label = say(context, item.text)
    if item.is_open:
        hint = say(f"{context}.hint", item.hint) if item.hint else ""
        return TextAreaField(
            label, description=hint, validators=[*required, *rest, *bounded(item.max_length)]
        )
    choices = {option.key: say(f"{context}.{option.key}", option.text) for option in item.options}
    if item.key == "theme":
        return SelectField(label, choices=_choices({"": _("Kies een thema"), **choices}), validators=required)
    return RadioField(label, choices=_choices(choices), validators=rest)


def _choices(labels: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(key, label) for key, label in labels.items()]
