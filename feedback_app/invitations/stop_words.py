"""How people answer that they want no more messages: STOP, as messages ask, or their own word for it.

Messages leave STOP as it is in every language. Whoever writes a word of their own means the same, and one
message too few does less harm than one too many.
"""

import re
import unicodedata

STOP_WORDS = {
    "nl": "stop stoppen stopzetten afmelden uitschrijven",
    "en": "stop stopall unsubscribe quit",
    "fr": "stop arrêt arrêter arrêtez désabonner",
    "es": "stop parar pare baja",
    "pt": "stop parar pare sair",
    "ro": "stop oprire oprește opriți dezabonare",
    "pl": "stop zatrzymaj wypisz rezygnuję",
    "sq": "stop ndal ndalo ndaloni",
    "tr": "stop dur durdur durdurun",
    "ku": "stop raweste rawestîne",
    "so": "stop jooji joojiya",
    "ru": "стоп отписаться отписка",
    "uk": "стоп відписатися відписатись відписка",
    "bg": "стоп спри спрете отписване",
    "ar": "ستوب توقف توقفوا قف أوقف أوقفوا إيقاف",
    "fa": "استاپ ستاپ توقف ایست لغو",
    "fa_AF": "ستاپ استاپ توقف ایست لغو",
    "ps": "سټاپ ستاپ ودرېږه ودروئ بند",
    "ckb": "ستۆپ ڕاگرە بوەستە بوەستێنە",
    "ur": "سٹاپ اسٹاپ روکو روکیں بند",
    "ti": "ስቶፕ ደው ኣቋርጽ ኣቋርጹ",
}

_WORD = re.compile(r"\w+")
#: letters of Arabic script that keyboards mix up
_SAME = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ہ": "ه", "ە": "ه", "ة": "ه", "ـ": None})


def wants_to_stop(text: str) -> bool:
    """Whether the first or last word of an answer says so, however it is written."""
    words = _WORD.findall(_folded(text))
    return bool(words) and not _FOLDED.isdisjoint((words[0], words[-1]))


def _folded(text: str) -> str:
    """Without case, accents, vowel signs and invisible letters."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (one for one in plain if unicodedata.category(one) not in ("Mn", "Cf"))
    return "".join(kept).translate(_SAME)


_FOLDED = frozenset(word for words in STOP_WORDS.values() for word in _folded(words).split())
