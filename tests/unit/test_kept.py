"""Things that are made once and kept: by however many they are asked for at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from feedback_app.responses.document import Kept


def test_who_asks_at_the_same_moment_gets_the_same_one() -> None:
    kept: Kept[object] = Kept(2)
    begun, made = threading.Barrier(8), []

    def make() -> object:
        made.append(threading.get_ident())
        one = object()
        release.wait(10)
        return one

    def ask() -> object:
        begun.wait(10)
        return kept.find("page", make)

    release = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        while not made:
            release.wait(0.01)
        release.set()
        assert len({one.result(10) for one in asked}) == 1
    assert len(made) == 1


def test_what_was_asked_for_last_is_kept() -> None:
    kept: Kept[str] = Kept(2)
    for key in ("a", "b", "a", "c"):
        kept.find(key, lambda key=key: key.upper())  # type: ignore[misc]
    assert (kept.peek("a"), kept.peek("b"), kept.peek("c")) == ("A", None, "C")
    kept.forget()
    assert kept.peek("a") is None


def test_what_could_not_be_made_can_be_asked_for_again() -> None:
    kept: Kept[str] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.find("page", lambda: str(1 // 0))
    assert kept.find("page", lambda: "there") == "there"
