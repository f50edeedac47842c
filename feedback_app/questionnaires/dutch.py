"""What can be told of a Dutch sentence without a dictionary: its words, its verbs, what it joins.

Rules of thumb, tuned to short questions. A rule that sees what is not there is waived in the file; so
each of them would rather be silent than cry wolf over a plain sentence.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

_LETTER = r"[^\W\d_]"
_PLACEHOLDER = re.compile(r"\{\w*\}")
_WORD = re.compile(r"\{\w*\}|[^\W_]+(?:[’'.-][^\W_]+)*")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")
#: a full stop after these ends no sentence
_SHORT = re.compile(r"\b(?:bv|bijv|nr|tel|blz|art|mevr|dhr|dr|mr|st|ca|max|min|incl|excl)\.$", re.IGNORECASE)

_PREFIX = (
    "aan|achter|af|bij|bijeen|binnen|buiten|deel|dicht|door|goed|in|kennis|klaar|langs|los|mee|mis|na|neer"
    "|om|onder|op|open|over|plaats|rond|samen|schoon|stil|tegen|terecht|terug|thuis|toe|uit|vast|verder"
    "|voor|voort|vooruit|vrij|weer|weg"
)
_SEPARABLE = re.compile(rf"(?:{_PREFIX})(?=(?:ge|be|ver|ont|her).)")
#: regular: -d, or -t after a voiceless consonant ("verwacht", never the present tense "betekent")
_WITH_GE = re.compile(rf"ge{_LETTER}{{2,}}(?:[dt]|en|aan|ien)")
_WITHOUT_GE = re.compile(rf"(?:be|ver|ont|her|er){_LETTER}{{2,}}(?:d|[kfspx]t|cht)")
_STRONG = re.compile(
    "(?:be|ver|ont|her|er)(?:boden|bonden|broken|bouwen|daan|dorven|gaan|geten|geven|gonnen|grepen|houden"
    "|keken|komen|kozen|laten|lopen|loren|nomen|raden|schreven|slagen|sloten|sproken|staan|stuurd|trokken"
    "|vangen|vonden|wezen|wogen|worven|zien|zonden)"
)
_ODD_PARTICIPLES = {"ontmoet", "bezet", "besmet", "verzet", "vergroot", "verbreed", "verplaatst"}

_BECOME = {"word", "wordt", "worden", "werd", "werden"}
_BE = {"ben", "bent", "is", "zijn", "was", "waren"}
_GET = {"krijg", "krijgt", "krijgen", "kreeg", "kregen"}
_HAVE = {"heb", "hebt", "heeft", "hebben", "had", "hadden"}
_CLAUSE = re.compile(
    r"[,;:]|\b(?:dat|die|wat|waar|wanneer|omdat|als|toen|terwijl|zodat|want|maar|of|en|hoe|wie|waarom)\b"
)

_AND = re.compile(r"[^\s.?!:]+\s+en\b\s*,?\s*([\w’'-]+)", re.IGNORECASE)
_OR = re.compile(r"[^\s.?!:,]+,?\s+of\s+[\w’'-]+", re.IGNORECASE)
_YES_NO = re.compile(r"(?:ja|nee)\b", re.IGNORECASE)
_I = re.compile(r"\b(?:ik|mij|mijn|me)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\btussen\b[^,.?!]*?\ben\b", re.IGNORECASE)
_SLASH = re.compile(rf"(?<![\w/:.]){_LETTER}+\s*/\s*{_LETTER}+(?![\w/])")
_AGREE = re.compile(
    r"\b(?:on|mee\s+)eens\b|\bhoe\s+eens\b|\bakkoord\b"
    r"|\bstelling\b|\b(?:klopt|vind\s+je\s+van)\s+(?:deze|de)\s+(?:zin|uitspraak)\b"
    r"|\b(?:ben|bent|zijn|was|waren|is)\b[^.?!]*\bhet\b[^.?!]*\b(?:on)?eens(?=\s*(?:[.,:?!]|$|met\b|over\b))",
    re.IGNORECASE,
)
_AGREEING_ANSWER = re.compile(
    r"(?:(?:ik|ben|het|er|daar|hier|mee|ermee|daarmee|niet|noch|ja|nee|wel|zeer|heel|erg|sterk|helemaal|volledig|totaal|volkomen"
    r"|grotendeels|gedeeltelijk|deels|eerder|een|beetje|meestal|oneens|eens|akkoord)\W*)*",
    re.IGNORECASE,
)
#: what asks for a nod before it says what: "Klopt dit: …", "Vind je ook dat …"
_NOD = re.compile(
    r"\bklopt(?:e)?\s*(?:dit|dat|het)?(?=\s*(?:[:,]|dat\b)|\s+(?:dit|dat|het)\s*\?)"
    r"|\b(?:is|was)\s+(?:dit|dat|het)\s+(?:waar|juist|zo)(?=\s*(?:[:,?]|dat\b))"
    r"|\b(?:vind|vond|denk|dacht|geloof)\s+je\s+(?:ook|niet)\b"
    r"|\b(?:vinden|vonden|denken)\s+jullie\s+(?:ook|niet)\b",
    re.IGNORECASE,
)
_BUT = re.compile(r"[^\s.?!:,]+\s*,?\s+maar\s+(?!één\b|een\s+keer\b|\d)[\w’'-]+", re.IGNORECASE)
#: two adjectives or verbs with only a comma between them, at the end of the question: "leuk, leerrijk?"
_LISTED = re.compile(r"[^\W\d_]+,\s+[^\W\d_]+(?=\s*\?)")
_TIME = re.compile(r"\d\s*u(?:ur)?\d*\b", re.IGNORECASE)
_AGREEMENT = re.compile(r"\b(?:on)?eens\b|\bakkoord\b", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a text; a placeholder such as {type} is one."""
    return _WORD.findall(text)


def outside_brackets(text: str) -> str:
    """The text without what stands in brackets."""
    return _BRACKETS.sub(" ", text).strip()


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text as written; what stands in brackets is a sentence of its own, after it."""
    for part in (outside_brackets(text), *_BRACKETS.findall(text)):
        kept = ""
        for piece in _END.split(part):
            kept = f"{kept} {piece}".strip()
            if not _SHORT.search(kept):
                yield from filter(None, [kept])
                kept = ""
        yield from filter(None, [kept])


def long_words(text: str, limit: int, allowed: Collection[str]) -> Iterator[str]:
    """Words with a part (between hyphens) of more than `limit` letters."""
    for word in words(_PLACEHOLDER.sub(" ", text)):
        longest = max(len(part) for part in re.split(r"[’'.-]", word))
        if longest > limit and word.lower() not in allowed:
            yield word


def found(phrases: Iterable[str], text: str) -> Iterator[tuple[str, str]]:
    """(phrase, as it stands in the text) for each phrase that the text holds; a final * is any ending."""
    for phrase in phrases:
        match = _pattern(phrase).search(text)
        if match:
            yield phrase, match.group()


def without(phrases: Iterable[str], text: str) -> str:
    """The text without these phrases."""
    for phrase in phrases:
        text = _pattern(phrase).sub(" … ", text)
    return text


@lru_cache(maxsize=1024)
def _pattern(phrase: str) -> re.Pattern[str]:
    inside = re.escape(phrase).replace(r"\*", rf"{_LETTER}*").replace(r"\ ", r"\s+").replace("/", r"\s*/\s*")
    return re.compile(rf"(?<!\w)(?<!\w[-’']){inside}(?!\w|[-’']\w)", re.IGNORECASE)


def passive(sentence: str, look_alikes: Collection[str], active_with_be: Collection[str]) -> str | None:
    """The verbs of a passive sentence ("wordt … gevraagd"), or None.

    `look_alikes` are words that only look like a participle ("geld"); `active_with_be` are participles
    that go with "zijn" without being passive ("gekomen"), and such adjectives ("gewend").
    """
    clauses = [sentence.lower()]
    if _HAVE & set(words(clauses[0])):  # the participle may be that of "hebben": look clause by clause
        clauses = _CLAUSE.split(clauses[0])
    for clause in clauses:
        verbs = _passive_verbs(words(clause), look_alikes, active_with_be)
        if verbs:
            return verbs
    return None


def _passive_verbs(
    clause: Sequence[str], look_alikes: Collection[str], active: Collection[str]
) -> str | None:
    if _HAVE & set(clause):
        return None
    participles = [word for word in clause if word not in look_alikes and _is_participle(word)]
    become = next((word for word in clause if word in _BECOME), None)
    if become and participles:
        return f"{become} … {participles[-1]}"
    get = next((word for word in clause if word in _GET), None)
    if get and participles and clause[-1] == participles[-1]:
        return f"{get} … {participles[-1]}"  # "Kreeg je alles uitgelegd?", not "Kreeg je bekende hulp?"
    be = next((word for word in clause if word in _BE), None)
    passives = [word for word in participles if word not in active and _core(word) not in active]
    return f"{be} … {passives[-1]}" if be and passives else None


def _is_participle(word: str) -> bool:
    core = _core(word)
    if word in ("geworden", "geweest"):
        return False
    return core in _ODD_PARTICIPLES or any(
        pattern.fullmatch(core) for pattern in (_WITH_GE, _WITHOUT_GE, _STRONG)
    )


def _core(word: str) -> str:
    """A participle without its separable part: "teruggekomen" gives "gekomen"."""
    return _SEPARABLE.sub("", word, count=1)


def joined(question: str, joiners: Iterable[str], fixed: Iterable[str]) -> Iterator[str]:
    """What makes two questions of one: two question marks, "leuk en nuttig", "school/werk".

    `joiners` are further words that join ("zowel"), `fixed` are phrases that name one thing.
    """
    text = _BETWEEN.sub(" … ", without(fixed, question))
    if text.count("?") > 1:
        yield "? … ?"
    for match in _AND.finditer(text):
        if not match.group(1).isdigit():
            yield match.group()
    yield from (match.group() for patterns in (_BUT, _LISTED, _SLASH) for match in patterns.finditer(text))
    yield from (written for _, written in found(joiners, text))


def either(question: str, answers: Iterable[str], fixed: Iterable[str]) -> Iterator[str]:
    """What "yes" leaves open: "je begeleider of je buddy" where one answers yes or no; `fixed` are single."""
    if any(_YES_NO.match(answer) for answer in answers):
        yield from (match.group() for match in _OR.finditer(without(fixed, question)))


def agreement(question: str, answers: Sequence[str]) -> str | None:
    """The words by which a question asks for agreement rather than for an answer, or None."""
    match = _AGREE.search(question) or _NOD.search(question)
    if match:
        return match.group()
    if answers and "?" not in question and (match := _I.search(question)):
        return match.group()  # a statement to tick
    if any(map(_YES_NO.match, answers)) and "?" not in question:
        return question  # a statement, to which one says yes or no
    for answer in answers:
        if _AGREEMENT.search(answer) and _AGREEING_ANSWER.fullmatch(answer.strip()):
            return answer
    return None


def without_times(sentence: str) -> str:
    """The sentence without times such as "14 u" or "14u30", whose u is no form of address."""
    return _TIME.sub(" ", sentence)
