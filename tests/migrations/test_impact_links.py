"""Links that ask how things are some months later come and go beside those that were there."""

from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.invitations.poster_prints import keep_poster
from tests.migrations.test_migrations import columns_of, differences, hang, move, structure, upgraded
from tests.world import World

__all__ = ["upgraded"]


def test_links_that_ask_months_later_come_and_go_beside_the_others(upgraded: World) -> None:
    """Who goes back keeps posters and tablets; a link that asks something else would ask the wrong thing then."""
    hang(upgraded)
    with upgraded.session() as session:
        later = NewLink("open", "gent", "amal", "stage", "Voorbeeldbrief", "impact")
        link = make_link(session, upgraded.settings, later, region=None)
        keep_poster(session, link, "", b"%PDF")
        gone = link.code
    newer, before = structure(upgraded), upgraded.dump()["open_links"]
    move(upgraded, "0013")
    assert "survey_key" not in columns_of(upgraded, "open_links")
    others = [row for row in before if gone not in row]
    assert len(others) == 2
    assert upgraded.dump()["open_links"] == [row[:-1] for row in others]
    assert upgraded.dump()["poster_prints"] == []
    move(upgraded)
    assert structure(upgraded) == newer and differences(upgraded) == []
    assert upgraded.dump()["open_links"] == others, "they ask what they asked"
