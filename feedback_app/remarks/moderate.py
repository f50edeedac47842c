"""From a raw remark to what is left of it without personal data, its themes, and perhaps a proposed quote."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.paging import Page, paged
from feedback_app.remarks.redact import Span, redact, without
from feedback_app.remarks.twice import as_stored, coded_twice, waits_after
from feedback_app.responses.models import CODINGS, Remark, RemarkCoding, RemarkTheme
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

#: the lists of remarks, in the order of the work
QUEUES = ("new", "second", "third", "coded", "dismissed", "proposed", "released")


class TakenMeanwhile(Exception):
    """A colleague coded this remark since the page was opened."""


class NothingSeen(Exception):
    """The form does not say what the page showed, so nobody can know whether it still holds."""


@dataclass(frozen=True)
class Coding:
    """What a colleague makes of a remark; no themes: it is set aside."""

    themes: Sequence[str]
    translation: str = ""
    quote: str = ""
    shows: str = "side"
    original: str = ""


def find_remark(session: Session, account: Account, remark_id: str) -> Remark | None:
    """The remark, if it exists and lies within the account's region."""
    return session.scalar(_visible(account).where(Remark.id == remark_id))


def remarks_in(session: Session, account: Account, queue: str, page: int) -> Page[Remark]:
    """One page of a list of remarks that the account may see, in the order of their random keys."""
    return paged(session, _queue(account, queue), (Remark.id,), page)


def following(session: Session, account: Account, queue: str, after: str = "") -> str | None:
    """The key of the remark after this one in a list; the first one again once the end is reached."""
    keys = _queue(account, queue).with_only_columns(Remark.id).order_by(Remark.id).limit(1)
    return session.scalar(keys.where(Remark.id > after)) or session.scalar(keys.where(Remark.id != after))


def themes_of(session: Session, remarks: Sequence[Remark]) -> dict[str, list[str]]:
    """Remark key → the themes it was given; none as long as another colleague is still to code it."""
    found: dict[str, list[str]] = {remark.id: [] for remark in remarks}
    query = sa.select(RemarkTheme).where(RemarkTheme.remark_id.in_(found)).order_by(RemarkTheme.theme_key)
    for row in session.scalars(query):
        found[row.remark_id].append(row.theme_key)
    return found


def part_of(session: Session, remark: Remark, account: Account) -> str:
    """What this account can do with a remark: `whole`, `themes` (as a further coder), or `quote` alone.

    Who coded a remark that somebody else codes too is not asked again; nor does anybody change themes that
    two or three colleagues settled.
    """
    if remark.state == "new" and remark.waits_for != CODINGS[0]:
        coded = session.scalar(
            sa.select(sa.literal(1)).where(
                RemarkCoding.remark_id == remark.id, RemarkCoding.account_id == account.id
            )
        )
        return "quote" if coded else "themes"
    return "quote" if remark.twice and remark.state != "new" else "whole"


def codings_of(session: Session, remark: Remark) -> list[list[str]]:
    """The themes that the first and the second colleague gave, for who decides between them."""
    query = sa.select(RemarkCoding.themes).where(RemarkCoding.remark_id == remark.id)
    return [themes.split() for themes in session.scalars(query.order_by(RemarkCoding.position))]


def check(session: Session, remark: Remark, spans: Iterable[Span], language: str) -> None:
    """Keep what is left without personal data and erase what was written (flushes, no commit)."""
    if remark.text:  # what was left before is dealt with by `hide`
        remark.redacted, remark.text = redact(remark.text, spans), ""
    remark.language = language
    session.flush()


def hide(remark: Remark, words: Sequence[tuple[str, str]]) -> None:
    """Leave words out of all that is kept of a remark that somebody looked at before (no commit).

    A quote keeps who proposed it; one that was released with the words in it waits for a second person again.
    """
    if remark.text:
        return
    printed = (remark.quote, remark.quote_original)
    for name in ("redacted", "translation", "draft", "quote", "quote_original"):
        setattr(remark, name, without(getattr(remark, name), words))
    if remark.quote_state == "released" and (remark.quote, remark.quote_original) != printed:
        remark.quote_state, remark.released_by = "proposed", None


def refuse_unless_seen(remark: Remark, seen: str) -> None:
    """Raise TakenMeanwhile unless the remark still waits for what it waited for when the page was opened.

    Raises NothingSeen for a form that does not say what that was.
    """
    if not seen:
        raise NothingSeen
    if seen != (remark.waits_for if remark.state == "new" else remark.state):
        raise TakenMeanwhile


def code(session: Session, remark: Remark, coding: Coding, account: Account) -> None:
    """Give a remark its themes (none: set it aside) and propose a quote if there is one; commits.

    One in five waits for a second colleague, and a difference for a third. Raises TakenMeanwhile.
    """
    part = part_of(session, remark, account)
    position = remark.waits_for if remark.state == "new" else CODINGS[0]
    if part == "whole":
        remark.twice = remark.twice or (remark.state == "new" and coded_twice(remark.id))
    if part != "quote":
        _take(session, remark, position)
        _settle(session, remark, position, as_stored(coding.themes), account)
    if part != "themes":
        _translate(remark, coding.translation)
        _propose(remark, coding, account)
    session.commit()


def _take(session: Session, remark: Remark, position: str) -> None:
    """Make sure that of two colleagues who save at once one is told."""
    taken = session.execute(
        sa.update(Remark)
        .where(Remark.id == remark.id, Remark.state == remark.state, Remark.waits_for == position)
        .values(waits_for=position)
        .returning(Remark.id)
        .execution_options(synchronize_session=False)
    )
    if remark.state == "new" and taken.first() is None:
        session.rollback()
        raise TakenMeanwhile


def _settle(session: Session, remark: Remark, position: str, themes: str, account: Account) -> None:
    if not remark.twice:
        _finish(session, remark, themes)
        return
    first = session.get(RemarkCoding, (remark.id, CODINGS[0]))
    agreed = first is not None and first.themes == themes
    session.add(RemarkCoding(remark_id=remark.id, position=position, account_id=account.id, themes=themes))
    waits = waits_after(position, twice=True, agreed=agreed)
    if waits:
        remark.waits_for = waits
    else:
        _finish(session, remark, themes)


def _finish(session: Session, remark: Remark, themes: str) -> None:
    session.execute(sa.delete(RemarkTheme).where(RemarkTheme.remark_id == remark.id))
    session.add_all(RemarkTheme(remark_id=remark.id, theme_key=theme) for theme in themes.split())
    remark.state, remark.waits_for = ("coded" if themes else "dismissed"), CODINGS[0]
    if not themes:
        _withdraw(remark)


def _translate(remark: Remark, translation: str) -> None:
    """What a person saves is approved by that person, whoever wrote its draft."""
    text = translation.strip()
    if text != remark.translation or not remark.translated:
        remark.translated = ("machine" if text == remark.draft.strip() else "human") if text else ""
    remark.translation, remark.draft = text, ("" if text else remark.draft)


def _propose(remark: Remark, coding: Coding, account: Account) -> None:
    now = (coding.quote.strip(), coding.shows, coding.original.strip())
    before = (remark.quote, remark.quote_shows, remark.quote_original)
    if not now[0] or (remark.state == "dismissed" and remark.waits_for == CODINGS[0]):
        _withdraw(remark)
    elif now != before or remark.quote_state == "none":
        remark.quote, remark.quote_shows, remark.quote_original = now
        remark.quote_state, remark.proposed_by, remark.released_by = "proposed", account.id, None


def _withdraw(remark: Remark) -> None:
    remark.quote, remark.quote_state, remark.quote_shows, remark.quote_original = "", "none", "side", ""
    remark.proposed_by = remark.released_by = None


def _queue(account: Account, queue: str) -> sa.Select[Remark]:
    """`new`, `second` and `third` wait for somebody; the rest is dealt with, or holds quotes."""
    visible = _visible(account)
    if queue in ("proposed", "released"):
        return visible.where(Remark.quote_state == queue)
    if queue in ("coded", "dismissed"):
        return visible.where(Remark.state == queue)
    waiting = visible.where(
        Remark.state == "new", Remark.waits_for == (CODINGS[0] if queue == "new" else queue)
    )
    mine = sa.select(RemarkCoding.remark_id).where(RemarkCoding.account_id == account.id)
    return waiting if queue == "new" else waiting.where(Remark.id.not_in(mine))


def _visible(account: Account) -> sa.Select[Remark]:
    region = visible_region(account)
    query = sa.select(Remark)
    return query if region is None else query.where(Remark.region_key == region)
