"""The database is away: a page that says so in the visitor's language, and keeps what was sent."""

import re
from html import unescape
from pathlib import Path

from feedback_app.responses.models import Remark
from tests.example_catalogues import mark
from tests.world import World, respond

ANSWERS = {"experience": "4", "remark": "Voorbeeld: <b>é</b> & “ja”"}
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def test_what_was_sent_is_on_the_page_and_goes_with_one_button(sqlite_world: World) -> None:
    world, client, tag = sqlite_world, sqlite_world.client, "ar"
    world.open()
    token, file = world.token(), Path(world.settings.database_url.removeprefix("sqlite:///"))
    world.close()
    away = file.rename(file.with_name("away"))
    page = respond(client, token, ANSWERS, lang=tag)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
    assert f'<html lang="{tag}"' in page.text and f"<h1>{mark(tag)}" in page.text
    assert "Retry-After" in client.get(f"/s/{token}?lang={tag}").headers
    held = {name: unescape(value) for name, value in _FIELD.findall(page.text)}
    assert held == ANSWERS
    world.close()
    away.rename(file)
    assert 'data-state="stored"' in respond(client, token, held, lang=tag).text
    assert [row["text"] for row in world.rows(Remark)] == [ANSWERS["remark"]]
