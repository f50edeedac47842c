"""Names for keys, in the report's language: groups, themes, policy rules, periods."""

from collections.abc import Mapping
from gettext import NullTranslations
from pathlib import Path

from babel.support import Translations

from feedback_app.analysis.disclosure import Policy
from feedback_app.analysis.publish import members
from feedback_app.languages import SOURCE, language
from feedback_app.questionnaires.catalogues import offer_type_context, survey_texts
from feedback_app.questionnaires.loading import load_codes, load_regions, load_themes
from feedback_app.reports.content import Group, PolicyRule, Theme
from feedback_app.settings import Settings


class Labels:
    """Everything a report of one language calls by name."""

    def __init__(self, settings: Settings, locale: str) -> None:
        self.locale = locale
        self.translations = load_translations(settings.texts_dir, locale)
        self._ = self.translations.gettext
        self._survey_texts = {} if locale == SOURCE else survey_texts(settings.texts_dir, locale)
        self._members = members(settings)
        self.regions = {key: region.name for key, region in load_regions(settings.surveys_dir).items()}
        codes = load_codes(settings.surveys_dir)
        self._agencies = {code.key: code.label for code in codes.agencies}
        self._offers = {
            code.key: self.text(offer_type_context(code.key), code.label) for code in codes.offer_types
        }
        self._themes = {
            key: self.text(f"theme.{key}", label) for key, label in load_themes(settings.surveys_dir).items()
        }

    def text(self, context: str, dutch: str) -> str:
        """A survey text in this language; the Dutch where it has no translation."""
        return self._survey_texts.get((context, dutch)) or dutch

    def themes(self) -> tuple[Theme, ...]:
        """The codebook."""
        return tuple(Theme(key, _capital(label)) for key, label in self._themes.items())

    def theme(self, key: str) -> str:
        """Name one theme."""
        return _capital(self._themes.get(key, key))

    def groups(self) -> tuple[Group, ...]:
        """Every group of the cuts that a report shows, in its fixed order."""
        names: Mapping[str, Mapping[str, str]] = {
            "region": self.regions,
            "agency": self._agencies,
            "offer_type": {key: _capital(label) for key, label in self._offers.items()},
            "language_group": self._language_groups(),
        }
        names_in = "" if self.locale == SOURCE else SOURCE  # places and agencies are called the same in each
        return tuple(
            Group(cut, key, labels[key], names_in if cut in ("region", "agency") else "")
            for cut, labels in names.items()
            for key in self._members[cut]
        )

    def period(self, wave_key: str) -> str:
        """A wave's half-year in words."""
        year, _, half = wave_key.partition("-H")
        if half == "1":
            return self._("het eerste halfjaar van %(year)s") % {"year": year}
        return self._("het tweede halfjaar van %(year)s") % {"year": year}

    def moment(self, wave_key: str) -> str:
        """A wave's half-year as short as it fits under a point of a chart."""
        year, _, half = wave_key.partition("-H")
        if half == "1":
            return self._("1ste helft %(year)s") % {"year": year}
        return self._("2de helft %(year)s") % {"year": year}

    def policy_rules(self, policy: Policy) -> tuple[PolicyRule, ...]:
        """The policy's values as a reader understands them."""
        _ = self._
        item = policy.minimum_base_item.get("welcome", policy.minimum_base["newcomer"])
        cut = policy.minimum_base_cut.get("language_group", policy.minimum_base["newcomer"])
        classes = [f"{first}–{last}" for first, last in policy.base_ranges]
        rules = (
            (_("Minstens zoveel antwoorden van nieuwkomers"), policy.minimum_base["newcomer"]),
            (_("Minstens zoveel antwoorden van partners"), policy.minimum_base["partner"]),
            (_("Minstens zoveel verschillende organisaties"), policy.organisations_at_least),
            (
                _("Grootste deel van de antwoorden dat één organisatie mag geven"),
                f"{policy.organisation_largest_percent} %",
            ),
            (_("Minstens zoveel antwoorden bij de vraag “welkom”"), item),
            (_("Minstens zoveel antwoorden per taalgroep"), cut),
            (_("Kleinste aantal mensen dat een cijfer mag tonen"), policy.smallest_cell),
            (_("“Indicatief” onder dit aantal antwoorden"), policy.indicative_below),
            (_("Hele procenten vanaf dit aantal antwoorden"), policy.whole_percent_from),
            (_("Daaronder afgerond op"), f"{policy.small_step} %"),
            (_("Aantal antwoorden daaronder enkel als klasse"), ", ".join(classes)),
            (
                _("Antwoordt (bijna) iedereen of niemand positief, dan tonen we enkel"),
                _("meer dan 80 %, of minder dan 20 %"),
            ),
            (
                _("Soorten aanbod tellen mee bij “een andere activiteit” onder dit aantal antwoorden"),
                policy.base_ranges[0][0],
            ),
            (_("Zeldzame combinaties maken we grover onder dit aantal antwoorden"), policy.coarsen_below),
        )
        return tuple(PolicyRule(label, str(value)) for label, value in rules)

    def condition(self, question: str, answers: list[str]) -> str:
        """When a question is asked, in words."""
        either = self._(" of ").join(f"“{one}”" for one in answers)
        return self._("Enkel na %(answers)s op: %(question)s") % {"question": question, "answers": either}

    def then_and_now(self, before: str, now: str) -> str:
        """Two questions as one: what the same people said of then and of now."""
        words = {"before": before, "now": now}
        return self._("Vroeger en nu samen: “%(before)s” en “%(now)s”") % words

    def move(self, key: str) -> str:
        """What changed, in words."""
        _ = self._
        return {
            "better": _("Nu beter dan vroeger"),
            "same": _("Nu hetzelfde als vroeger"),
            "worse": _("Nu minder goed dan vroeger"),
            "neither": _("Vroeger niet positief, nu ook niet"),
            "gained": _("Vroeger niet positief, nu wel"),
            "lost": _("Vroeger positief, nu niet meer"),
            "both": _("Vroeger en nu positief"),
        }[key]

    def _language_groups(self) -> dict[str, str]:
        _ = self._
        return {
            "nl": _("Nederlands"),
            "ar": _("Arabisch"),
            "oost_europees": _("Oekraïens, Russisch, Bulgaars, Pools, Roemeens"),
            "turks_koerdisch": _("Turks, Koerdisch"),
            "perzisch_pasjtoe_urdu": _("Dari, Farsi, Pasjtoe, Urdu"),
            "hoorn_van_afrika": _("Tigrinya, Somali"),
            "west_europees": _("Engels, Frans, Spaans, Portugees, Albanees"),
        }


def load_translations(translations_dir: Path, locale: str) -> NullTranslations:
    """The catalogue for texts outside a request; Dutch needs none."""
    if locale == SOURCE:
        return NullTranslations()
    return Translations.load(str(translations_dir), [language(locale).key], "messages")


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]
