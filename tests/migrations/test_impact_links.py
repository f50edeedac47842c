"""Links that ask how things are some months later come and go beside those that were there."""

from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.invitations.poster_prints import keep_poster
from tests.migrations.test_migrations import differences, empty, hang, move, structure
from tests.world import World

__all__ = ["empty"]


def test_links_that_ask_months_later_come_and_go_beside_the_others(empty: World) -> None:
    """Who goes back keeps posters and tablets; a link that asks something else would ask the wrong thing then."""
    move(empty)
    hang(empty)
    with empty.session() as session:
        later = NewLink("open", "gent", "amal", "stage", "Voorbeeldbrief", "impact")
        link = make_link(session, empty.settings, later, region=None)
        keep_poster(session, link, "", b"%PDF")
        gone = link.code
    newer, before = structure(empty), empty.dump()["open_links"]
    move(empty, "0013")
    assert "survey_key" not in {name for name, _kind, _null in structure(empty)["open_links"][0]}
    others = [row for row in before if gone not in row]
    assert len(others) == 2
    assert empty.dump()["open_links"] == [row[:-1] for row in others]
    assert empty.dump()["poster_prints"] == []
    move(empty)
    assert structure(empty) == newer and differences(empty) == []
    assert empty.dump()["open_links"] == others, "they ask what they asked"
