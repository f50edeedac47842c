"""Knowing an offer partner again: by company number, else by e-mail address, else by name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.database import in_chunks, random_id
from feedback_app.trajectories.folding import fold_organisation
from feedback_app.trajectories.models import Partner
from feedback_app.trajectories.prepared import Prepared


@dataclass(frozen=True)
class PartnerFacts:
    """What a row says about a partner."""

    name: str
    kbo: str | None
    email: str | None = field(repr=False)

    @property
    def plain_name(self) -> str:
        """The name as names are compared."""
        return " ".join(self.name.casefold().split())


def read_company_number(text: str) -> str | None:
    """The ten digits of a Belgian company number (KBO), or None when it is none.

    Its last two digits are 97 minus the first eight modulo 97.
    """
    digits = re.sub(r"[\s.\-/]", "", text).upper().removeprefix("BE")
    if not re.fullmatch(r"[01]?[0-9]{9}", digits, re.ASCII):
        return None
    digits = digits.zfill(10)
    return digits if 97 - int(digits[:8]) % 97 == int(digits[8:]) else None


class PartnerBook:
    """The partners a file speaks of: those already known and those it brings.

    Partners with a company number are looked at first and in its order, so that the same file finds the
    same partners again, whatever the order of its rows. What was merged leads to what it was merged into.
    """

    def __init__(
        self, session: Session, wanted: Iterable[PartnerFacts], batch_id: str | None, met: Prepared
    ) -> None:
        """`met` are the partners that an earlier part of the file brings."""
        self._session, self._batch_id, self._met = session, batch_id, met
        self._by_kbo: dict[str, str] = {}
        self._by_email: dict[str, tuple[str, str]] = {}  # company number or "", and id: the lowest counts
        self._by_name: dict[str, str] = {}
        #: what is to be written: new partners, and whose company number the file tells
        self.new: list[tuple[str, str, str | None, str | None, str | None, str]] = []
        self.claimed: dict[str, str] = {}
        self._claimed_before = met.claims()
        facts = sorted(set(wanted), key=lambda one: (not one.kbo, one.kbo or "", one.email or "", one.name))
        self._load(Partner.kbo, {one.kbo for one in facts if one.kbo})
        self._load(Partner.email, {one.email for one in facts if one.email})
        self._load(Partner.name, {one.name for one in facts if not one.kbo and not one.email})
        self._ids = {one: self._find(one) or self._add(one) for one in facts}

    def id_of(self, facts: PartnerFacts) -> str:
        """The partner's id, whether it was known or is new."""
        return self._ids[facts]

    def _find(self, facts: PartnerFacts) -> str | None:
        """A company number also claims the partner so far known by the same e-mail address alone.

        One organisation counted as two would weaken the rule of five distinct organisations.
        """
        if facts.kbo in self._by_kbo:
            return self._by_kbo[facts.kbo]
        if facts.email in self._by_email:
            kbo, known = self._by_email[facts.email]
            if not facts.kbo:
                return known
            if not kbo:
                self._claim(known, facts.kbo, facts.email)
                return known
        if not facts.kbo and not facts.email:
            return self._by_name.get(facts.plain_name)
        return None

    def _add(self, facts: PartnerFacts) -> str:
        made = random_id()
        folded = fold_organisation(facts.name, facts.kbo, facts.email)
        self.new.append((made, facts.name, facts.kbo, facts.email, self._batch_id, folded))
        self._remember(made, facts)
        return made

    def _claim(self, partner_id: str, kbo: str, email: str) -> None:
        self.claimed[partner_id] = kbo
        self._by_kbo[kbo] = partner_id
        self._by_email[email] = (kbo, partner_id)

    def _load(self, column: Any, values: set[str]) -> None:
        for chunk in in_chunks(sorted(values)):
            stays = aliased(Partner)
            found = (
                sa.select(Partner.id, Partner.name, Partner.kbo, Partner.email, stays.id, stays.kbo)
                .outerjoin(stays, stays.id == Partner.merged_into_id)
                .where(column.in_(chunk))
            )
            for partner_id, name, kbo, email, stays_id, stays_kbo in self._session.execute(found):
                number = kbo or stays_kbo or self._claimed_before.get(stays_id or partner_id)
                self._remember(stays_id or partner_id, PartnerFacts(name, number, email))
            for partner_id, name, kbo, email in self._met.partners_with(column.key, chunk):
                self._remember(partner_id, PartnerFacts(name, kbo, email))

    def _remember(self, partner_id: str, facts: PartnerFacts) -> None:
        if facts.kbo:
            self._by_kbo[facts.kbo] = partner_id
        if facts.email:
            mine = (facts.kbo or "", partner_id)
            self._by_email[facts.email] = min(mine, self._by_email.get(facts.email, mine))
        if not facts.kbo and not facts.email:
            known = self._by_name.get(facts.plain_name, partner_id)
            self._by_name[facts.plain_name] = min(partner_id, known)
