"""The one list of languages: tag, own name, direction; nothing else in the house names a language.

Babel knows the plural rules and checks the direction. The own names are ours, because Babel calls Dari
"Persian (Afghanistan)" and does not know the tag `prs` at all.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import overload

from babel import Locale

SOURCE = "nl"

ENDONYMS = {
    "nl": "Nederlands",
    "ar": "العربية",
    "uk": "Українська",
    "tr": "Türkçe",
    "fa_AF": "دری",
    "en": "English",
    "fr": "Français",
    "ps": "پښتو",
    "ru": "Русский",
    "es": "Español",
    "ti": "ትግርኛ",
    "so": "Soomaali",
    "fa": "فارسی",
    "ro": "Română",
    "bg": "Български",
    "pl": "Polski",
    "pt": "Português",
    "ku": "Kurmancî",
    "ckb": "کوردیی ناوەندی",
    "sq": "Shqip",
    "ur": "اردو",
}

#: Written from right to left. Babel says so too, and a test sees to it that the two agree; but to ask it
#: costs every web process three megabytes of what it knows about the world's other languages.
_RIGHT_TO_LEFT = frozenset(("ar", "fa_AF", "ps", "fa", "ckb", "ur"))

#: Staff pages, reports and the staff questionnaire exist in these.
STAFF = ("nl", "en")

#: The partner questionnaire exists in these; everyone else's texts exist in every language.
PARTNER = ("nl", "en", "fr")

#: What an agency's system calls a language (lower case) → our key; the rest is negotiated as a tag.
_OTHER_TAGS = {"prs": "fa_AF", "dari": "fa_AF", "pes": "fa", "kmr": "ku", "sorani": "ckb", "mo": "ro"}
#: The Arabics that people speak (Moroccan, Levantine, Iraqi …): at school all learn to read the one we write.
_OTHER_TAGS |= dict.fromkeys(
    ("arb", "ary", "arz", "apc", "ajp", "acm", "ayn", "aeb", "arq", "ayl", "apd", "afb"), "ar"
)
_OTHER_TAGS |= dict.fromkeys(("pbt", "pbu", "pst"), "ps") | dict.fromkeys(("als", "aln"), "sq")

#: Codes of three letters (ISO 639-2) → of two, for what is negotiated further.
_SHORTER = {"nld": "nl", "dut": "nl", "ara": "ar", "ukr": "uk", "tur": "tr", "eng": "en", "fra": "fr"}
_SHORTER |= {"fre": "fr", "pus": "ps", "rus": "ru", "spa": "es", "tir": "ti", "som": "so", "fas": "fa"}
_SHORTER |= {"per": "fa", "ron": "ro", "rum": "ro", "mol": "ro", "bul": "bg", "pol": "pl", "por": "pt"}
_SHORTER |= {"kur": "ku", "sqi": "sq", "alb": "sq", "urd": "ur"}

#: Parts of a tag by which a Kurdish that is not said to be in Latin letters is Sorani, not Kurmanji. Who asks
#: for Kurmanji by name gets it, in Iraq too; but in Arabic letters we only have Sorani.
_SORANI = {"ku": {"arab", "iq", "ir"}, "kmr": {"arab"}}

#: Whose way to write dates and lists we follow where a language has several: readers here are in Europe.
_FORMATS = {"en": "en_GB"}

#: Characters of a tag: what RFC 5646 (4.4.1) asks everyone to have room for; no tag in use is longer.
_LONGEST = 35

#: What browsers call a voice that speaks exactly this language, where its key alone does not say so.
#: A bare `fa` or `ku` may be either of two languages, and reading one aloud as the other helps nobody.
_VOICES = {
    "fa_AF": ("fa-AF", "prs"),
    "fa": ("fa-IR", "pes"),
    "ku": ("ku-TR", "ku-Latn", "kmr"),
    "ckb": ("ckb", "ku-Arab"),
}

#: For publication: too few people speak most languages to be shown apart, so languages go by group.
GROUPS = {
    "nl": "nl",
    "ar": "ar",
    "uk": "oost_europees",
    "ru": "oost_europees",
    "bg": "oost_europees",
    "pl": "oost_europees",
    "ro": "oost_europees",
    "tr": "turks_koerdisch",
    "ku": "turks_koerdisch",
    "ckb": "turks_koerdisch",
    "fa_AF": "perzisch_pasjtoe_urdu",
    "fa": "perzisch_pasjtoe_urdu",
    "ps": "perzisch_pasjtoe_urdu",
    "ur": "perzisch_pasjtoe_urdu",
    "ti": "hoorn_van_afrika",
    "so": "hoorn_van_afrika",
    "en": "west_europees",
    "fr": "west_europees",
    "es": "west_europees",
    "pt": "west_europees",
    "sq": "west_europees",
}


@dataclass(frozen=True)
class Language:
    """One language: `key` names folders and columns, `tag` goes into `lang=`, `direction` into `dir=`."""

    key: str
    endonym: str

    @property
    def tag(self) -> str:
        """BCP 47 tag, as in `fa-AF`."""
        return self.key.replace("_", "-")

    @property
    def formats(self) -> str:
        """The name of the locale that dates, numbers and lists are written by: `en_GB` for English."""
        return _FORMATS.get(self.key, self.key)

    @property
    def locale(self) -> Locale:
        """Babel's locale."""
        return Locale.parse(self.formats)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return "rtl" if self.key in _RIGHT_TO_LEFT else "ltr"

    @property
    def voices(self) -> tuple[str, ...]:
        """Tags of browser voices that speak exactly this language; each stands for its regions too."""
        return _VOICES.get(self.key, (self.tag,))

    @property
    def group(self) -> str:
        """The group this language is published under."""
        return GROUPS[self.key]


@cache
def all_languages() -> dict[str, Language]:
    """Every language the house knows, in the order in which it is offered."""
    return {key: Language(key, endonym) for key, endonym in ENDONYMS.items()}


def language(key: str) -> Language:
    """The language with this key; KeyError when the house does not know it."""
    return all_languages()[key]


def find(tag: str | None) -> str | None:
    """The key for a tag as browsers and systems write it (`fa-AF`, `prs`, `ar-MA`, `ku-Latn`), or None."""
    if not tag or len(tag) > _LONGEST:  # what is kept must not be as long as a stranger likes
        return None
    return _find(tag)


@lru_cache(maxsize=512)  # asked in every request, by browsers that all say much the same
def _find(tag: str) -> str | None:
    wanted = tag.strip().replace("_", "-").lower()
    if wanted in _OTHER_TAGS:
        return _OTHER_TAGS[wanted]
    by_tag = {known.tag.lower(): key for key, known in all_languages().items()}
    if wanted in by_tag:
        return by_tag[wanted]
    name, *parts = wanted.split("-")
    name = _SHORTER.get(name, name)
    if _SORANI.get(name, set()) & set(parts) and "latn" not in parts:
        return "ckb"
    if "af" in parts and name == "fa":
        return "fa_AF"
    return _OTHER_TAGS.get(name) or by_tag.get(name)


#: embeddings, overrides and isolates: they turn what follows, so that one reads what does not stand there
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


@overload
def unturned(text: str) -> str: ...
@overload
def unturned(text: None) -> None: ...
def unturned(text: str | None) -> str | None:
    """A text that somebody typed without the signs that turn its direction; the page says the direction."""
    return text.translate(_TURNS) if text else text
