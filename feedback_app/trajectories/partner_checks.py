"""What is filled in about an organisation or a contact person: read, and refused with every fault at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.trajectories.contacts import read_email, read_phone
from feedback_app.trajectories.models import Partner
from feedback_app.trajectories.national_number import holds_national_number
from feedback_app.trajectories.partners import read_company_number

#: field → how it is read and what is wrong with it when it cannot be
_READERS: dict[str, tuple[Callable[[str], str | None], str]] = {
    "kbo": (read_company_number, "company_number"),
    "email": (read_email, "email"),
    "phone": (read_phone, "phone"),
}


@dataclass(frozen=True)
class PartnerFault:
    """`field` cannot be so; `reason` is one of missing, email, phone, company_number, national_number, taken.

    `other` is the partner that has the company number already.
    """

    field: str
    reason: str
    other: Partner | None = None


class PartnerRefused(Exception):
    """What was filled in cannot be kept: all that is wrong with it, at most one fault for a field."""

    def __init__(self, *faults: PartnerFault) -> None:
        super().__init__(", ".join(f"{one.field}: {one.reason}" for one in faults))
        self.faults = faults


@dataclass(frozen=True)
class Organisation:
    """What was filled in about an organisation."""

    name: str
    kbo: str
    email: str = field(repr=False)
    opted_out: bool
    regions: frozenset[str]
    offers: frozenset[str]

    def shown(self) -> dict[str, Any]:
        """Field → value, as the page shows what is stored."""
        return {
            "name": self.name,
            "kbo": _read("kbo", self.kbo) or "",
            "email": _read("email", self.email) or "",
            "opted_out": self.opted_out,
            "regions": sorted(self.regions),
            "offers": sorted(self.offers),
        }


@dataclass(frozen=True)
class Person:
    """What was filled in about a contact person."""

    name: str
    function: str
    email: str = field(repr=False)
    phone: str = field(repr=False)
    language: str
    chosen: bool
    opted_out: bool

    def shown(self) -> dict[str, Any]:
        """Field → value, as the page shows what is stored."""
        read = {"email": _read("email", self.email) or "", "phone": _read("phone", self.phone) or ""}
        return {**vars(self), **read}


def check_partner(session: Session, partner: Partner | None, given: Organisation) -> None:
    """PartnerRefused when this cannot be kept of an organisation, a new one if None."""
    faults = list(_faults(name=given.name, kbo=given.kbo, email=given.email))
    if not any(one.field == "kbo" for one in faults):
        other = holder(session, given.kbo)
        if other is not None and other is not partner:
            faults.append(PartnerFault("kbo", "taken", other))
    if faults:
        raise PartnerRefused(*faults)


def check_person(given: Person) -> None:
    """PartnerRefused when this cannot be kept of a contact person."""
    texts = {name: getattr(given, name) for name in ("name", "function", "email", "phone")}
    faults = list(_faults(**texts))
    if given.chosen and not given.email:
        faults.append(PartnerFault("email", "missing"))
    if faults:
        raise PartnerRefused(*faults)


def holder(session: Session, kbo: str) -> Partner | None:
    """The partner that has a company number; one that was merged gives the one it was merged into."""
    number = _read("kbo", kbo)
    found = session.scalar(sa.select(Partner).where(Partner.kbo == number)) if number else None
    if found is not None and found.merged_into_id:
        return session.get_one(Partner, found.merged_into_id)
    return found


def _faults(**texts: str) -> Iterator[PartnerFault]:
    for name, text in texts.items():
        if holds_national_number(text) and not (name == "phone" and read_phone(text)):
            yield PartnerFault(name, "national_number")
        elif name == "name" and not text:
            yield PartnerFault(name, "missing")
        elif text and name in _READERS and _read(name, text) is None:
            yield PartnerFault(name, _READERS[name][1])


def _read(name: str, text: str) -> str | None:
    return _READERS[name][0](text) if text else None
