"""In which language a page comes: what was chosen, else what is known, else what the browser asks for, else Dutch."""

import pytest

from feedback_app.languages import ENDONYMS, all_languages
from feedback_app.web.locale import choose

EVERY = tuple(ENDONYMS)


@pytest.mark.parametrize(
    ("accepted", "key"),
    [
        ("", "nl"),
        ("ar-MA,ar;q=0.9,fr;q=0.8", "ar"),
        ("en;q=0.3, ar;q=0.9", "ar"),  # the quality decides, not the place
        ("en;q=0.9, ar;q=0.9", "en"),  # then the place
        ("zh-CN,zh;q=0.9,pt-BR;q=0.5,en;q=0.4", "pt"),
        ("zh-CN,zh;q=0.9", "nl"),
        ("fr;q=0, en;q=0.1", "en"),  # nothing of what is refused
        ("fr;q=0", "nl"),
        ("*", "nl"),
        ("*;q=0.1, so;q=0.05", "so"),
        ("ar;q=nonsense, tr;q=0.1", "tr"),
        ("ar;q=7, tr", "tr"),
        ("fr ; q = 0.2 , es ; q=0.9", "es"),
        ("fr\t;q =0, tr ; q= 0.1", "tr"),
        (" " * 150 + "ar" + " " * 100_000, "ar"),
        (";;;,,=q", "nl"),
        ("fa-AF", "fa_AF"),
        ("fa-IR,fa", "fa"),
        ("prs-AF", "fa_AF"),
        ("kmr-TR", "ku"),
        ("ku-Arab-IQ", "ckb"),
        ("ckb-IQ", "ckb"),
        ("ps-AF", "ps"),
        ("ti-ER", "ti"),
        ("en-US,en;q=0.9,nl;q=0.8", "en"),
        ("x" * 100_000 + ",ar", "ar"),
    ],
)
def test_what_a_browser_asks_for(accepted: str, key: str) -> None:
    assert choose(EVERY, (), None, accepted) == key


@pytest.mark.parametrize("key", EVERY)
def test_every_language_is_reached_by_its_tag_and_its_key(key: str) -> None:
    tag = all_languages()[key].tag
    assert choose(EVERY, (), None, tag) == choose(EVERY, (), tag, "en") == key
    assert choose(EVERY, (tag,), None, "") == choose(EVERY, (key,), "ar", "en") == key
    others = tuple(one for one in EVERY if one != key)
    assert choose(others, (tag,), None, "") == "nl"


@pytest.mark.parametrize(
    ("offered", "chosen", "known", "accepted", "key"),
    [
        (EVERY, "uk", "ti", "ar", "uk"),
        (EVERY, None, "ti", "ar", "ti"),
        (EVERY, "", "", "ar", "ar"),
        (EVERY, "xx", "und", "zz", "nl"),
        (("nl", "ti", "ar"), "uk", "ti", "ar", "nl"),  # chosen, but not offered: no third language
        (("nl", "ti", "ar"), "xx", "ti", "ar", "ti"),  # no language that we know was chosen
        (("nl", "ar"), None, "ti", "ar", "ar"),  # known, but not offered: the next in order
        (("nl", "fr"), "", "ti", "ar, fr;q=0.2", "fr"),
        (("nl",), "uk", "ti", "ar, fr;q=0.2", "nl"),
        (("nl", "fa", "ar"), "fa-AF", None, "ar", "nl"),  # Farsi is not Dari
        ((), "ar", "ar", "ar", "nl"),
    ],
)
def test_the_order(
    offered: tuple[str, ...], chosen: str | None, known: str | None, accepted: str, key: str
) -> None:
    assert choose(offered, (chosen,), known, accepted) == key
