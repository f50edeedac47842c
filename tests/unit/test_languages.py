"""The one list of languages: tags as browsers and client systems write them, direction, publication group."""

import pytest
from babel import Locale

from feedback_app import languages
from feedback_app.languages import ENDONYMS, GROUPS, PARTNER, SOURCE, STAFF, all_languages, find, language


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        ("nl", "nl"),
        ("nl-BE", "nl"),
        (" NL-be ", "nl"),
        ("en-GB", "en"),
        ("ar-MA", "ar"),
        ("ar_SY", "ar"),
        ("fa", "fa"),
        ("fa-IR", "fa"),
        ("fa-AF", "fa_AF"),
        ("fa_AF", "fa_AF"),
        ("fa-Arab-AF", "fa_AF"),
        ("prs", "fa_AF"),
        ("prs-AF", "fa_AF"),
        ("Dari", "fa_AF"),
        ("kmr", "ku"),
        ("kmr-Latn-TR", "ku"),
        ("ku", "ku"),
        ("ku-Latn", "ku"),
        ("ku-Arab", "ckb"),
        ("ku-Arab-IQ", "ckb"),
        ("ku-IQ", "ckb"),
        ("ku-IR", "ckb"),
        ("ku-Latn-IQ", "ku"),
        ("ku-TR", "ku"),
        ("ckb", "ckb"),
        ("ps-AF", "ps"),
        ("pes-IR", "fa"),
        ("fa-AF-u-nu-latn", "fa_AF"),
        ("zh-TW-af", None),
        ("sq-XK", "sq"),
        ("ur-PK", "ur"),
        ("so-SO", "so"),
        ("ru-UA", "ru"),
        ("es-419", "es"),
        ("ckb-IQ", "ckb"),
        ("ti-ER", "ti"),
        ("uk-UA", "uk"),
        ("pt-BR", "pt"),
        ("ary", "ar"),
        ("ary-MA", "ar"),
        ("arb", "ar"),
        ("apc-SY", "ar"),
        ("ara", "ar"),
        ("pbt", "ps"),
        ("pus", "ps"),
        ("mo", "ro"),
        ("mo-MD", "ro"),
        ("als", "sq"),
        ("kmr-Arab", "ckb"),
        ("kmr-Arab-IQ", "ckb"),
        ("kmr-IQ", "ku"),
        ("kur-Arab", "ckb"),
        ("fas-AF", "fa_AF"),
        ("pes-AF", "fa"),
    ],
)
def test_a_regional_tag_lands_where_it_should(tag: str, key: str | None) -> None:
    assert find(tag) == key


def test_a_tag_as_long_as_a_stranger_likes_is_not_kept() -> None:
    assert find("nl-" + "x" * 32) == "nl"
    kept = languages._find.cache_info().currsize
    assert [find("nl-" + "x" * length) for length in (33, 128_000)] == [None, None]
    assert languages._find.cache_info().currsize == kept


@pytest.mark.parametrize(
    "tag", ["zh", "zh-Hans-CN", "nlx", "*", "-", "_", "", None, "x" * 5000, "<ar>", "und"]
)
def test_an_unknown_tag_is_no_language(tag: str | None) -> None:
    assert find(tag) is None


def test_every_key_and_tag_is_found_again() -> None:
    for key, known in all_languages().items():
        assert find(key) == find(known.tag) == find(known.tag.upper()) == key


def test_direction_follows_the_script() -> None:
    right_to_left = {key for key, known in all_languages().items() if known.direction == "rtl"}
    assert right_to_left == {"ar", "fa", "fa_AF", "ps", "ckb", "ur"}
    for key, known in all_languages().items():
        assert known.direction == Locale.parse(key).text_direction, key


def test_every_language_has_its_own_name_and_a_group() -> None:
    assert set(GROUPS) == set(ENDONYMS)
    assert len(set(ENDONYMS.values())) == len(ENDONYMS)
    assert language("fa_AF").endonym == "دری"
    assert language("fa_AF").tag == "fa-AF"


def test_dutch_comes_first_and_staff_and_partners_have_it() -> None:
    assert next(iter(all_languages())) == SOURCE == STAFF[0] == PARTNER[0]
    assert set(STAFF) | set(PARTNER) <= set(ENDONYMS)


def test_no_voice_speaks_two_languages() -> None:
    for tag in ("fa-AF", "prs-AF", "fa-IR", "ku-TR", "ckb-IQ", "nl-BE", "ar-SA", "pt-BR", "ti-ER"):
        speakers = [
            key
            for key, one in all_languages().items()
            if any(tag == voice or tag.startswith(f"{voice}-") for voice in one.voices)
        ]
        assert len(speakers) == 1, (tag, speakers)
    assert language("fa_AF").voices == ("fa-AF", "prs")


def test_a_voice_that_may_be_another_language_is_nobodys() -> None:
    every = {voice for one in all_languages().values() for voice in one.voices}
    assert not every & {"fa", "ku"}
