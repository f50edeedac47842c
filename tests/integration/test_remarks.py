"""A remark's way: personal data out, themes by one or two colleagues, a quote by a second."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.analysis.models import FrozenGroup
from feedback_app.database import db, random_id, today
from feedback_app.gateways import translation_server as server_at
from feedback_app.invitations.models import Wave
from feedback_app.jobs import Job, JobRefused
from feedback_app.remarks.retention import settle_what_is_gone
from feedback_app.remarks.translate import translate_job
from feedback_app.remarks.translators import TranslationRefused, translate
from feedback_app.remarks.twice import coded_twice
from feedback_app.reports import voices
from feedback_app.reports.labels import Labels
from feedback_app.responses.models import Remark, RemarkCoding, RemarkTheme
from feedback_app.responses.retention import destroy_remark_texts
from feedback_app.settings import Settings, SettingsError
from feedback_app.trajectories.models import Partner, PartnerContact
from tests.staff import Browser, close_app, make_app, signed_in
from tests.translator import TranslationServer, translation_server

WAVE = "2026-H1"
ARABIC = "رقمي ٠٤٧٠ ٢٦ ١٤ ٦٤ ومرافقتي سعاد ساعدتني"
REDACTED = "رقمي [TELEFOON] ومرافقتي [NAAM] ساعدتني"
CHOOSING = {"choosing": "1", "language": "ar", "shows": "side"}


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path)
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    with made.app_context():
        db.session.add(Wave(key=WAVE, starts_on=first, ends_on=last, opened_on=first, state="open"))
        club = Partner(name="Voorbeeldclub De Merel vzw")
        club.contacts.append(PartnerContact(name="Ottilie Voorbeeld", changed_on=first))
        db.session.add(club)
        db.session.commit()
    yield made
    close_app(made)


def key_that(twice: bool) -> str:
    return next(key for key in iter(random_id, "") if coded_twice(key) is twice)


def write(app: Flask, text: str, *, twice: bool = False, **more: Any) -> str:
    """Store a remark as a respondent's request does; give its key."""
    values = {"survey_key": "newcomer", "item_key": "remark", "locale": "nl", "region_key": "kempen"} | more
    with app.app_context():
        db.session.add(
            one := Remark(id=key_that(twice), wave_key=WAVE, month=f"{today():%Y-%m}", text=text, **values)
        )
        db.session.commit()
        return one.id


def stored(app: Flask, key: str) -> dict[str, Any]:
    with app.app_context():
        row = (
            db.session.execute(sa.select(*Remark.__table__.columns).where(Remark.id == key)).mappings().one()
        )
        return dict(row)


def themes(app: Flask, key: str) -> list[str]:
    with app.app_context():
        query = sa.select(RemarkTheme.theme_key).where(RemarkTheme.remark_id == key)
        return sorted(db.session.scalars(query))


def found_on(page: str) -> list[str]:
    return re.findall(r'name="hide" value="([^"]+)"', page)


def test_personal_data_is_marked_hidden_and_the_raw_text_is_gone_once_saved(app: Flask) -> None:
    key, browser = write(app, ARABIC, locale="ar"), signed_in(app, "analist")
    address = f"/staff/remarks/{key}"
    page = browser.get(address).text
    assert f'lang="ar" dir="auto">{REDACTED}</blockquote>' in page
    spans = found_on(page)
    assert [one.rpartition("-")[2] for one in spans] == ["phone", "name"]
    looked = browser.post(
        address, {**CHOOSING, "hide": spans[:1], "step": "apply", "word": "رقمي", "kind": "other"}
    )
    assert "[WEGGELATEN] [TELEFOON] ومرافقتي سعاد" in looked.text, (
        "only looked at, by the server, without script"
    )
    assert stored(app, key)["text"] == ARABIC
    typed = {**CHOOSING, "themes": "T02", "translation": "Mijn begeleidster hielp mij", "hide": spans[:1]}
    refused = browser.post(address, typed)
    assert "lijkt nog iets te staan" in refused.text and "Mijn begeleidster hielp mij" in refused.text
    assert stored(app, key)["text"] == ARABIC
    saved = browser.post(address, {**typed, "hide": spans})
    assert saved.status_code == 302
    row = stored(app, key)
    assert (row["text"], row["redacted"], row["language"]) == ("", REDACTED, "ar")
    assert (row["translation"], row["translated"], row["state"]) == (
        "Mijn begeleidster hielp mij",
        "human",
        "coded",
    )
    assert themes(app, key) == ["T02"]
    assert "Mijn begeleidster hielp mij" in browser.get("/staff/remarks/?state=coded").text


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Met Jan  Peeters was het fijn", "Jan Peeters"),
        ("Met Jan\nPeeters was het fijn", "jan peeters"),
        ("Met JOSÉ was het fijn", "José"),
    ],
)
def test_words_to_hide_are_found_in_other_capitals_and_over_a_line(app: Flask, text: str, typed: str) -> None:
    key, browser = write(app, text), signed_in(app, "analist")
    form = {"choosing": "1", "language": "nl", "themes": "T02", "word": typed, "kind": "name"}
    assert browser.post(f"/staff/remarks/{key}", form).status_code == 302
    assert stored(app, key)["redacted"] == "Met [NAAM] was het fijn"


def test_nothing_is_erased_or_sent_while_words_to_hide_stand_nowhere(
    app: Flask, there: TranslationServer
) -> None:
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = settings.but(translate_with="libretranslate", translate_url=there.url)
    text = "Met Ahmed was het fijn"
    key, browser = write(app, text), signed_in(app, "analist")
    form = {"choosing": "1", "language": "nl", "themes": "T02", "word": "Achmed", "kind": "name", "keep": "y"}
    for step in ({}, {"step": "translate"}, {"dismiss": "1"}):
        refused = browser.post(f"/staff/remarks/{key}", {**form, **step})
        assert refused.status_code == 200 and "Er zou dus niets weggaan: “Achmed”" in refused.text
        assert (stored(app, key)["text"], stored(app, key)["redacted"]) == (text, "")
    looked = browser.post(f"/staff/remarks/{key}", {**form, "step": "apply"}).text
    assert re.search(r'id="absent" aria-live="polite"><p class="error">.*Achmed', looked), (
        "the script puts this piece into the page after each choice"
    )
    with app.app_context():
        assert db.session.scalars(sa.select(Job)).all() == []
        db.session.get_one(Remark, key).text, db.session.get_one(Remark, key).redacted = "", text
        db.session.commit()
    late = browser.post(f"/staff/remarks/{key}", {**form, "word": "Ahmed", "translation": "vertaald"})
    assert "liet intussen persoonsgegevens weg" in late.text and "vertaald" in late.text


def test_our_own_names_are_marked_and_what_stays_takes_a_tick(app: Flask) -> None:
    key = write(app, "bij voorbeeldclub de merel hielp ottilie mij")
    browser = signed_in(app, "analist")
    page = browser.get(f"/staff/remarks/{key}").text
    assert "bij [ORGANISATIE] hielp [NAAM] mij" in page
    form = {"choosing": "1", "language": "nl", "shows": "side", "themes": ["T02"], "hide": []}
    assert browser.post(f"/staff/remarks/{key}", form).status_code == 200
    quoted = {**form, "hide": found_on(page), "quote": "Bel mij op 0470 12 34 56"}
    assert "telefoonnummer" in browser.post(f"/staff/remarks/{key}", quoted).text, (
        "nor in what colleagues type"
    )
    assert browser.post(f"/staff/remarks/{key}", {**form, "keep": "y"}).status_code == 302
    assert stored(app, key)["redacted"] == "bij voorbeeldclub de merel hielp ottilie mij"


def test_the_queue_goes_on_to_the_next_and_says_its_keys(app: Flask) -> None:
    keys = sorted(write(app, f"voorbeeld nummer {one}") for one in "abc")
    browser = signed_in(app, "analist")
    assert browser.get("/staff/remarks/next").location.endswith(f"{keys[0]}?state=new")
    saved = browser.post(f"/staff/remarks/{keys[0]}", {"themes": "T05"})
    assert browser.get(saved.location).location.endswith(f"{keys[1]}?state=new")
    page = browser.get(f"/staff/remarks/{keys[2]}").text
    assert 'accesskey="s"' in page and "<kbd>Ctrl</kbd> + <kbd>Enter</kbd>" in page
    assert browser.get(f"/staff/remarks/next?after={keys[2]}").location.endswith(f"{keys[1]}?state=new")
    for key in keys[1:]:
        browser.post(f"/staff/remarks/{key}", {"dismiss": "1"})
    assert browser.get("/staff/remarks/next").location.endswith("/?state=new")
    assert stored(app, keys[1])["state"] == "dismissed"


def test_one_in_five_is_coded_twice_blindly_and_a_third_decides(app: Flask) -> None:
    key = write(app, "de bus rijdt niet", twice=True)
    people = [signed_in(app, "analist", email=f"{one}@voorbeeld.example") for one in "abc"]
    address = f"/staff/remarks/{key}"
    people[0].post(address, {"themes": "T14", "quote": "De bus rijdt niet."})
    assert themes(app, key) == [] and stored(app, key)["state"] == "new", (
        "it does not count before it is settled"
    )
    assert key not in people[0].get("/staff/remarks/?state=second").text
    blind = people[1].get(address).text
    assert "checked" not in re.sub(r"data-keys checked", "", blind)
    assert "De bus rijdt niet." not in people[1].get("/staff/remarks/?state=second").text + blind
    assert key in people[1].get("/staff/remarks/?state=second").text
    assert 'name="themes"' not in people[0].get(address).text, "nobody codes the same remark twice"
    people[1].post(address, {"themes": "T05", "seen": "second"})
    assert (stored(app, key)["waits_for"], themes(app, key)) == ("third", [])
    page = people[2].get(address).text
    assert "praktische drempels" in page and "Eerste collega:" in page
    late = people[2].post(address, {"themes": "T14", "seen": "second"})
    assert "behandelde deze opmerking intussen" in late.text
    people[2].post(address, {"themes": "T14", "seen": "third"})
    assert (stored(app, key)["state"], themes(app, key)) == ("coded", ["T14"])
    with app.app_context():
        codings = db.session.scalars(sa.select(RemarkCoding.position).order_by(RemarkCoding.position)).all()
    assert codings == ["first", "second", "third"]
    assert "Nog te weinig opmerkingen" in people[0].get("/staff/remarks/agreement").text


def test_two_who_agree_need_no_third_and_agreement_is_shown_from_ten_on(app: Flask) -> None:
    first, second = signed_in(app, "analist"), signed_in(app, "vrijgever")
    keys = [write(app, f"voorbeeld {number}", twice=True) for number in range(10)]
    for number, key in enumerate(keys):
        for browser in (first, second):
            browser.post(f"/staff/remarks/{key}", {"themes": "T14" if number % 2 else "T05"})
    assert {stored(app, key)["state"] for key in keys} == {"coded"}
    page = first.get("/staff/remarks/agreement").text
    assert '<td class="numeric">10–14</td><td class="numeric">1.00</td>' in page
    assert "nog te weinig opmerkingen" in page, "a language needs twenty"


def close(app: Flask, region: str, answered: int) -> None:
    """Close the wave with so many answers of newcomers in a region."""
    with app.app_context():
        db.session.execute(sa.update(Wave).values(state="closed", closed_on=today()))
        group = {"survey_key": "newcomer", "cut": "region", "member": region}
        db.session.add(
            FrozenGroup(wave_key=WAVE, **group, outcomes={"I": answered - 2, "P": 2}, organisations=[])
        )
        db.session.commit()


def quoted(app: Flask, region: str | None) -> list[tuple[str, str, str]]:
    """What a report prints of quotes: the Dutch, who said it, and the original."""
    with app.app_context():
        settings: Settings = app.extensions["settings"]
        wave = db.session.get_one(Wave, WAVE)
        heard = voices.quotes(db.session, wave, region, Labels(settings, "nl"))
        return [(one.quote.text, one.quote.attribution, one.quote.original) for one in heard]


def release(browser: Browser, key: str) -> None:
    """Press the button beside a proposed quote."""
    page = browser.get("/staff/remarks/?state=proposed").text
    sent = re.search(rf'/remarks/{key}/release">.*?name="digest" value="(\w+)"', page, re.DOTALL)
    assert sent
    browser.post(f"/staff/remarks/{key}/release", {"digest": sent[1]})


def test_a_quote_shows_a_region_or_the_original_only_where_enough_people_share_it(app: Flask) -> None:
    first, second = signed_in(app, "analist"), signed_in(app, "vrijgever")
    keys = [write(app, f"شكرا {number}", locale="ar") for number in range(10)]
    form = {**CHOOSING, "themes": "T02", "quote": "Dank u"}
    early = first.post(f"/staff/remarks/{keys[0]}", {**form, "shows": "region"})
    assert "als het meetmoment gesloten is" in early.text
    close(app, "kempen", 9)
    assert (
        "minder dan tien mensen" in first.post(f"/staff/remarks/{keys[0]}", {**form, "shows": "region"}).text
    )
    original = {**form, "shows": "original", "original": "شكرا"}
    first.post(f"/staff/remarks/{keys[0]}", original)
    release(second, keys[0])
    assert quoted(app, None) == [("Dank u", "Nieuwkomer", "شكرا")]
    assert quoted(app, "kempen") == [], "nine people answered there"
    with app.app_context():
        db.session.execute(sa.update(FrozenGroup).values(outcomes={"I": 10}))
        db.session.commit()
    assert quoted(app, "kempen") == [("Dank u", "Nieuwkomer", "")], "the original at Flemish level alone"
    first.post(f"/staff/remarks/{keys[1]}", {**form, "quote": "Dank je", "shows": "region"})
    release(second, keys[1])
    assert ("Dank je", "Nieuwkomer, Kempen", "") in quoted(app, None)
    with app.app_context():
        db.session.execute(sa.delete(Remark).where(Remark.id == keys[2]))
        db.session.commit()
    assert "minder dan tien mensen" in first.post(f"/staff/remarks/{keys[3]}", original).text


def test_what_was_missed_at_first_sight_is_hidden_by_the_second_and_before_release(app: Flask) -> None:
    first, second = signed_in(app, "analist"), signed_in(app, "vrijgever")
    twice, key = write(app, "Met Zehra was het fijn", twice=True), write(app, "Met Zehra in de tuin")
    typed = {"themes": "T02", "quote": "Met Zehra was het fijn.", "original": "Met Zehra"}
    for one in (twice, key):
        first.post(f"/staff/remarks/{one}", {**typed, "translation": "Zehra was er"})
    hidden = {**CHOOSING, "language": "nl", "of": "redacted", "word": "zehra", "kind": "name"}
    looked = second.post(f"/staff/remarks/{twice}", {**hidden, "themes": "T02", "step": "apply"}).text
    assert (
        "Met [NAAM] was het fijn</blockquote>" in looked and stored(app, twice)["redacted"].find("Zehra") > 0
    )
    nowhere = second.post(f"/staff/remarks/{twice}", {**hidden, "word": "Sara", "themes": "T02"})
    assert "Er zou dus niets weggaan: “Sara”" in nowhere.text
    second.post(f"/staff/remarks/{twice}", {**hidden, "themes": "T02"})
    release(second, key)
    assert stored(app, key)["quote_state"] == "released", "and even then"
    second.post(f"/staff/remarks/{key}", {**typed, **hidden, "translation": "Zehra was er"})
    for one in (twice, key):
        row = stored(app, one)
        assert (row["state"], row["quote_state"], row["released_by"]) == ("coded", "proposed", None)
        assert "zehra" not in repr(row).casefold() and row["quote"] == "Met [NAAM] was het fijn."
        assert (row["translation"], row["quote_original"]) == ("[NAAM] was er", "Met [NAAM]")
        release(second, one)
        assert stored(app, one)["quote_state"] == "released", "who hid words did not propose the quote"
    second.post(
        f"/staff/remarks/{twice}", {**typed, **hidden, "word": "naam", "quote": "Met [NAAM] in de tuin"}
    )
    assert stored(app, twice)["redacted"] == "Met [NAAM] was het fijn", "a placeholder stays whole"


def test_a_form_that_does_not_say_what_was_seen_saves_nothing_and_loses_nothing(app: Flask) -> None:
    key, browser = write(app, "de bus rijdt niet"), signed_in(app, "analist")
    typed = {"themes": "T14", "translation": "zoals getypt", "seen": ""}
    refused = browser.post(f"/staff/remarks/{key}", typed)
    assert refused.status_code == 200 and "er is niets bewaard" in refused.text
    assert "zoals getypt" in refused.text and stored(app, key)["text"] == "de bus rijdt niet"
    assert 'name="seen" value="first"' in refused.text


def test_a_quote_of_several_lines_is_released_and_its_original_is_read_by_a_second_person(app: Flask) -> None:
    first, second = signed_in(app, "analist"), signed_in(app, "vrijgever")
    keys = [write(app, f"شكرا لكم {number}", locale="ar") for number in range(10)]
    close(app, "kempen", 10)
    form = {**CHOOSING, "themes": "T02", "quote": "Dank u.\r\nTot later.", "shows": "original"}
    address = f"/staff/remarks/{keys[0]}"
    for other in ("هذا نص آخر", "رقمي ٠٤٧٠ ٢٦ ١٤ ٦٤"):
        assert "Dit staat niet zo in wat" in first.post(address, {**form, "original": other}).text
    assert stored(app, keys[0])["text"]
    first.post(address, {**form, "original": "شكرا"})
    page = second.get("/staff/remarks/?state=proposed").text
    [seen] = re.findall(r'name="digest" value="(\w+)"', page)
    first.post(address, {**form, "original": "شكرا لكم"})
    second.post(f"{address}/release", {"digest": seen})
    assert stored(app, keys[0])["quote_state"] == "proposed", "the original was another one"
    release(second, keys[0])
    assert quoted(app, None) == [("Dank u.\nTot later.", "Nieuwkomer", "شكرا لكم")]
    turned = write(app, "\u202bشكرا\u202c \u2067لكم\u2069", locale="ar")
    first.post(f"/staff/remarks/{turned}", {**form, "original": "شكرا \u2067لكم\u2069"})
    assert stored(app, turned)["quote_original"] == "شكرا لكم", "signs that turn it are no other text"


def test_personal_data_in_the_original_is_found_by_the_words_of_its_own_language(app: Flask) -> None:
    key, browser = write(app, ARABIC, locale="ar"), signed_in(app, "analist")
    kept = {**CHOOSING, "themes": "T02", "hide": found_on(browser.get(f"/staff/remarks/{key}").text)[:1]}
    browser.post(f"/staff/remarks/{key}", {**kept, "keep": "y"})
    again = {**CHOOSING, "themes": "T02", "original": "ومرافقتي سعاد ساعدتني"}
    refused = browser.post(f"/staff/remarks/{key}", again)
    assert refused.status_code == 200 and "lijkt nog iets te staan dat iemand aanwijst: naam" in refused.text


def test_no_second_open_question_of_the_same_people_is_quoted(app: Flask) -> None:
    first, second = signed_in(app, "analist"), signed_in(app, "vrijgever")
    keys = [write(app, "tekst"), write(app, "tekst", item_key="more")]
    for key in keys:
        first.post(f"/staff/remarks/{key}", {"themes": "T02", "quote": "Tekst."})
        release(second, key)
    assert [stored(app, key)["quote_state"] for key in keys] == ["released", "proposed"]


@pytest.fixture
def there() -> Iterator[TranslationServer]:
    with translation_server() as made:
        yield made


def test_a_machine_translates_redacted_text_alone_and_a_person_approves_it(
    app: Flask, there: TranslationServer
) -> None:
    settings: Settings = app.extensions["settings"]
    key, browser = write(app, ARABIC, locale="ar"), signed_in(app, "analist")
    address = f"/staff/remarks/{key}"
    assert 'value="translate"' not in browser.get(address).text, "off unless it is set"
    app.extensions["settings"] = settings.but(translate_with="libretranslate", translate_url=there.url)
    page = browser.get(address).text
    asked = browser.post(address, {**CHOOSING, "hide": found_on(page), "step": "translate"})
    assert asked.location.startswith("/staff/jobs/")
    with app.app_context():
        job = db.session.scalars(sa.select(Job)).one()
        assert translate_job(lambda *step: None, **job.arguments) == key
    [(path, _key, body)] = there.asked
    assert path == "/translate"
    assert body == {"q": REDACTED, "source": "ar", "target": "nl", "format": "text"}
    row = stored(app, key)
    assert (row["draft"], row["translation"], row["text"], row["state"]) == (
        f"Dutch: {REDACTED}",
        "",
        "",
        "new",
    )
    page = browser.get(address).text
    assert "Een machine vertaalde dit." in page and f"Dutch: {REDACTED}" in page
    browser.post(address, {**CHOOSING, "themes": "T02", "translation": f"Dutch: {REDACTED}"})
    assert (stored(app, key)["translated"], stored(app, key)["draft"]) == ("machine", "")
    with app.app_context(), pytest.raises(JobRefused):
        translate_job(lambda *step: None, "nergens")


def test_what_a_translation_server_refuses_is_said(there: TranslationServer) -> None:
    libre = server_at("libretranslate", there.url, "sleutel")
    deepl = server_at("deepl", there.url, "sleutel")
    assert translate(libre, "متن", "fa_AF", "nl") == "Dutch: متن"
    assert there.asked[-1][2]["source"] == "fa" and there.asked[-1][2]["api_key"] == "sleutel"
    assert translate(deepl, "نص", "ar", "nl") == "Dutch: نص"
    assert there.asked[-1] == (
        "/v2/translate",
        "DeepL-Auth-Key sleutel",
        {"text": ["نص"], "source_lang": "AR", "target_lang": "NL"},
    )
    reasons = []
    for answer in (None, (500, b""), (200, b"<html>"), (200, b'{"translatedText": ""}')):
        there.answer = answer
        with pytest.raises(TranslationRefused) as refused:
            translate(libre, "ሰላም", "ti", "nl")
        reasons.append(refused.value.reason)
    nowhere = server_at("libretranslate", "http://127.0.0.1:9", "")
    with pytest.raises(TranslationRefused) as refused:
        translate(nowhere, "x", "ar", "nl")
    assert [*reasons, refused.value.reason] == ["language", "refused", "answer", "answer", "unreachable"]


@pytest.mark.parametrize(
    "given",
    [
        {"translate_with": "google", "translate_url": "https://x.example"},
        {"translate_with": "deepl", "translate_url": "https://x.example"},
        {"translate_with": "libretranslate", "translate_url": "http://elders.example"},
        {"translate_with": "", "translate_url": "https://x.example"},
    ],
)
def test_a_translation_server_that_cannot_be_used_refuses_to_start(app: Flask, given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="TRANSLATE_WITH"):
        app.extensions["settings"].but(**given)


def test_what_is_left_of_remarks_goes_after_six_months_and_nothing_waits_for_ever(app: Flask) -> None:
    browser = signed_in(app, "analist")
    read, half = write(app, "gelezen"), write(app, "half gelezen", twice=True)
    unread = write(app, "nooit gelezen")
    for key in (read, half):
        form = {"themes": "T05", "translation": "vertaald", "quote": "Geciteerd.", "original": "gelezen"}
        browser.post(f"/staff/remarks/{key}", form)
    release(signed_in(app, "vrijgever"), half)
    year, month = divmod(today().year * 12 + today().month - 1 + 6, 12)
    with app.app_context():
        assert destroy_remark_texts(db.session, today()) == 0
        assert destroy_remark_texts(db.session, date(year, month + 1, 1)) == 3
        settle_what_is_gone(db.session)
        db.session.commit()
    rows = [stored(app, key) for key in (read, half, unread)]
    assert {(one["text"], one["redacted"], one["translation"]) for one in rows} == {("", "", "")}
    assert [one["state"] for one in rows] == ["coded", "coded", "dismissed"]
    assert themes(app, half) == ["T05"]
    assert [(one["quote_state"], one["quote"], one["quote_original"]) for one in rows[:2]] == [
        ("none", "", ""),
        ("released", "Geciteerd.", "gelezen"),
    ]
