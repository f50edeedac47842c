"""Contact persons that two organisations both have: of each pair the fuller one is kept when they merge."""

from sqlalchemy.orm import Session

from feedback_app.trajectories.models import Partner, PartnerContact

Pair = tuple[PartnerContact, PartnerContact]


def find_twins(stays: Partner, goes: Partner) -> list[Pair]:
    """Pairs with the same e-mail address, or the same name and telephone number and no two addresses.

    Two persons whose addresses differ may be one, but to make them one would lose an address. Rows of
    persons that were erased are no persons.
    """
    left = [one for one in stays.contacts if one.name]
    pairs: list[Pair] = []
    for other in goes.contacts:
        twin = next((one for one in left if other.name and _same(one, other)), None)
        if twin is not None:
            left.remove(twin)
            pairs.append((twin, other))
    return pairs


def unite_twins(session: Session, stays: Partner, goes: Partner) -> None:
    """Keep the fuller of each pair, completed with what only the other knew; flushes, does not commit.

    Whoever opted out has opted out, and the one who gets the messages of the organisation that stays keeps
    getting them.
    """
    for one, other in find_twins(stays, goes):
        kept, gone = (other, one) if _fullness(other) > _fullness(one) else (one, other)
        values = {name: getattr(kept, name) or getattr(gone, name) for name in ("function", "email", "phone")}
        chosen = one.chosen or (other.chosen and not any(person.chosen for person in stays.contacts))
        opted_out, changed_on = one.opted_out or other.opted_out, max(one.changed_on, other.changed_on)
        session.delete(gone)
        session.flush()
        for name, value in values.items():
            setattr(kept, name, value)
        kept.partner_id, kept.chosen = stays.id, chosen  # at once: each organisation has one chosen at most
        kept.opted_out, kept.changed_on = opted_out, changed_on
        session.flush()


def _same(one: PartnerContact, other: PartnerContact) -> bool:
    if one.email and other.email:
        return one.email == other.email
    return bool(one.phone) and (_plain(one), one.phone) == (_plain(other), other.phone)


def _plain(one: PartnerContact) -> str:
    return " ".join(one.name.casefold().split())


def _fullness(one: PartnerContact) -> int:
    return sum(bool(value) for value in (one.name, one.function, one.email, one.phone))
