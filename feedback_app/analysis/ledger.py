"""The release ledger: everything that was ever published, so that nothing new opens something old.

A wave's figures go out once, when it closes; pages, files and editions repeat them. What repeats tells
nothing new. Anything else is attacked together with all that is out before it may go.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.analysis.models import Release, ReleasedFigure
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.published import participation_from, statistic_from
from feedback_app.analysis.reading import (
    PARTICIPATION,
    Facts,
    Question,
    read_participation_figures,
    read_statistic,
)
from feedback_app.analysis.statistic import Participation, Statistic
from feedback_app.questionnaires.definition import Survey
from feedback_app.responses.coarsen import ANY_TYPE

Printed = Statistic | Participation


class Ledger:
    """The ledger of one survey in one wave."""

    def __init__(self, session: Session, wave_key: str, survey: Survey) -> None:
        """Read what is out."""
        self._session, self._wave_key, self._survey = session, wave_key, survey
        rows = session.scalars(
            sa.select(ReleasedFigure)
            .where(ReleasedFigure.wave_key == wave_key, ReleasedFigure.survey_key == survey.key)
            .order_by(ReleasedFigure.item_key, ReleasedFigure.cut, ReleasedFigure.member)
        )
        self._out: dict[str, Printed] = {row.fingerprint: printed_from(row) for row in rows}
        self._policies = policies_of(session, wave_key, survey.key)

    @property
    def out(self) -> list[Printed]:
        """All that ever went out."""
        return list(self._out.values())

    def figures(self, question: Question, policy: Policy) -> Facts:
        """Give what is out about one question, as what it lets conclude.

        Each is read by the policy it went out under, and by this one where that is not known.
        """
        keys = {one.key for one in question.printed}
        return tuple(
            fact
            for key, printed in self._out.items()
            if item_of(printed) in keys
            for fact in facts_of(question, printed, self._policies.get(key, policy))
        )

    def new(self, printed: Iterable[Printed]) -> list[Printed]:
        """Give those that say something and are not out yet."""
        return [one for one in printed if _says_something(one) and fingerprint(one) not in self._out]

    def enter(
        self,
        kind: str,
        printed: Sequence[Printed],
        policy: Policy,
        *,
        rolled: dict[str, list[str]],
        blocks: dict[str, Any],
        region_key: str | None = None,
        edition_id: str | None = None,
        new: Sequence[Printed] | None = None,
    ) -> Release:
        """Write a release and what is new in it (flushes); whether it may go was asked before.

        new: what `self.new(printed)` gave, where that was asked already.
        """
        new = self.new(printed) if new is None else new
        release = Release(
            wave_key=self._wave_key,
            survey_key=self._survey.key,
            kind=kind,
            region_key=region_key,
            edition_id=edition_id,
            policy_version=policy.version,
            policy=policy.noted(),
            figures=sum(map(_says_something, printed)),
            structure={"rolled": rolled, "blocks": blocks},
        )
        self._session.add(release)
        self._session.flush()
        rows = [self._row(one, release.id, rolled) for one in new]
        if rows:
            self._session.execute(sa.insert(ReleasedFigure), rows)
        self._out |= {fingerprint(one): one for one in new}
        self._policies |= {fingerprint(one): policy for one in new}
        return release

    def _row(self, one: Printed, release_id: str, rolled: dict[str, list[str]]) -> dict[str, Any]:
        more = rolled.get(one.cut, []) if one.member == ANY_TYPE else []
        return {
            "wave_key": self._wave_key,
            "survey_key": self._survey.key,
            "item_key": item_of(one),
            "cut": one.cut,
            "member": one.member,
            "fingerprint": fingerprint(one),
            "printed": asdict(one),
            "cells": [[one.cut, member] for member in (one.member, *more)],
            "release_id": release_id,
        }


def releases(session: Session, wave_key: str, survey_key: str) -> int:
    """How many releases there are: while it stays the same, so does all that is out."""
    query = sa.select(sa.func.count(Release.id))
    return session.scalar(query.where(Release.wave_key == wave_key, Release.survey_key == survey_key)) or 0


def policies_of(session: Session, wave_key: str, survey_key: str) -> dict[str, Policy]:
    """Fingerprint of what went out → the policy that rounded it, as it was noted then.

    A release from before there was a place for it is read by what was noted of its version elsewhere. What
    is not in here has to be read by the policy in force.
    """
    noted = sa.select(Release.policy_version, Release.policy).where(Release.policy.is_not(None))
    versions = {version: Policy.from_noted(values or {}) for version, values in session.execute(noted)}
    rows = session.execute(
        sa.select(ReleasedFigure.fingerprint, Release.id, Release.policy_version)
        .join(Release, Release.id == ReleasedFigure.release_id)
        .where(ReleasedFigure.wave_key == wave_key, ReleasedFigure.survey_key == survey_key)
    ).all()
    own = _own_policies(session, {release_id for _key, release_id, _version in rows})
    found = {key: own.get(release_id) or versions.get(version) for key, release_id, version in rows}
    return {key: policy for key, policy in found.items() if policy is not None}


def _own_policies(session: Session, releases: set[str]) -> dict[str, Policy]:
    query = sa.select(Release.id, Release.policy).where(Release.id.in_(releases), Release.policy.is_not(None))
    return {key: Policy.from_noted(values or {}) for key, values in session.execute(query)}


def facts_of(question: Question, printed: Printed, policy: Policy) -> Facts:
    """Give what one printed group of figures says."""
    if isinstance(printed, Statistic):
        head, details = read_statistic(question.seen_as(printed.item), printed, policy)
    else:
        numbers, shares, more = read_participation_figures(question, printed, policy)
        head, details = numbers + shares, tuple(fact for facts in more for fact in facts)
    return head + details


def fingerprint(printed: Printed) -> str:
    """SHA-256 of what is printed: the same words and numbers about the same group give the same."""
    text = json.dumps(asdict(printed), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def printed_from(row: ReleasedFigure) -> Printed:
    """What a row of the ledger says."""
    return participation_from(row.printed) if row.item_key == PARTICIPATION else statistic_from(row.printed)


def structure_of(session: Session, wave_key: str, survey_key: str) -> dict[str, Any]:
    """What was noted of a wave's groups when it closed; empty for a wave closed before there was a ledger."""
    query = sa.select(Release.structure).where(
        Release.wave_key == wave_key, Release.survey_key == survey_key, Release.kind == "wave"
    )
    found = session.scalars(query.order_by(Release.released_at.desc()).limit(1)).first()
    return found or {"rolled": {}, "blocks": {"answers": [], "asked": []}}


def group_name(cut: str, member: str) -> str:
    """Name a group of a cut in the words of who reads it."""
    names = {
        "flanders": _("Vlaanderen"),
        "region": _("regio %(name)s", name=member),
        "agency": _("agentschap %(name)s", name=member),
        "offer_type": _("soort activiteit %(name)s", name=member),
        "language_group": _("taalgroep %(name)s", name=member),
        "mode": _("manier van antwoorden %(name)s", name=member),
    }
    return str(names.get(cut, f"{cut} {member}"))


def refusal(item: str, groups: Sequence[tuple[str, str]], instead: Sequence[str] = ()) -> str:
    """Say in words why a release is refused, and what could be released instead.

    groups: what would be opened, as cut and member; none when the numbers are not those that are out already.
    instead: the groups without whose figures the rest could go; none: only what is out can be repeated.
    """
    group = ", ".join(group_name(cut, member) for cut, member in groups)
    if not group:
        words = _(
            "Deze cijfers gaan niet naar buiten: voor de vraag “%(item)s” spreken ze tegen wat al "
            "gepubliceerd is, en wie beide naast elkaar legt, ziet wie erbij kwam. "
            "Wel mogelijk: de cijfers herhalen die al gepubliceerd zijn.",
            item=item,
        )
    elif not instead:
        words = _(
            "Deze cijfers gaan niet naar buiten: samen met wat al gepubliceerd is, kan een lezer uitrekenen "
            "hoe een te kleine groep antwoordde (vraag “%(item)s”, %(group)s). "
            "Wel mogelijk: de cijfers herhalen die al gepubliceerd zijn.",
            item=item,
            group=group,
        )
    else:
        words = _(
            "Deze cijfers gaan niet naar buiten: samen met wat al gepubliceerd is, kan een lezer uitrekenen "
            "hoe een te kleine groep antwoordde (vraag “%(item)s”, %(group)s). "
            "Wel mogelijk: hetzelfde zonder de nieuwe cijfers van %(instead)s.",
            item=item,
            group=group,
            instead=", ".join(instead),
        )
    return str(words)


def item_of(printed: Printed) -> str:
    """The question that printed figures are about."""
    return printed.item if isinstance(printed, Statistic) else PARTICIPATION


def _says_something(printed: Printed) -> bool:
    return bool(printed.base if isinstance(printed, Statistic) else printed.invited or printed.answered)
