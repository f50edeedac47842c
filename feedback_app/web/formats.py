"""How words are joined in the language of a request; Babel does the rest, always with the digits 0 to 9."""

from collections.abc import Sequence

from babel.lists import format_list

from feedback_app.web.locale import current_language

#: where Babel has no words for it and would say “or”: what stands between words, and before the last one
_OR = {"ps": ("، ", " یا "), "ckb": ("، ", " یان ")}


def one_of(words: Sequence[str]) -> str:
    """Words as a choice in the language of this request: `a, b of c`."""
    spoken = current_language()
    if spoken.key not in _OR or len(words) < 2:
        return format_list(words, style="or", locale=spoken.formats)
    between, last = _OR[spoken.key]
    return between.join(words[:-1]) + last + words[-1]
