"""One row at a time: from what a file says to a checked record, or to every reason why it is refused."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.trajectories.contacts import read_email, read_phone
from feedback_app.trajectories.mapping import REQUIRED, CodedField, Mapping, Vocabulary
from feedback_app.trajectories.models import COMPLETED, RUNNING
from feedback_app.trajectories.national_number import holds_national_number
from feedback_app.trajectories.partners import PartnerFacts, read_company_number
from feedback_app.trajectories.reading import Sheet
from feedback_app.trajectories.regions import by_nis

T = TypeVar("T")

#: what is wrong with a field that may be empty but must be right
_UNREADABLE = {
    "bad_phone": _l("Dit is geen geldig telefoonnummer."),
    "bad_email": _l("Dit is geen geldig e-mailadres."),
    "bad_company_number": _l("Dit is geen geldig ondernemingsnummer (KBO)."),
}

MAXIMUM_HOURS = 2000
EARLIEST = date(2000, 1, 1)
_LONGEST = {"ref": 100, "partner_name": 200}
_HOURS = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,2})?")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
#: a phone number as people and spreadsheets write it; without this start, eleven digits are looked at closely
_PHONE_START = re.compile(r"\+|0|324")


@dataclass(frozen=True)
class Fault:
    """One reason to refuse a row: a stable code, the column's name in the file, and the reason for people."""

    code: str
    column: str
    reason: str


@dataclass(frozen=True)
class TrajectoryFacts:
    """What is true of a whole trajectory, so that every row of one file number must say the same."""

    region: str
    started_on: date
    ended_on: date | None
    hours: Decimal | None
    offer_source: str
    contact_language: str
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    outcome: str


@dataclass(frozen=True)
class Record:
    """One accepted row."""

    row: int
    agency: str
    ref: str
    facts: TrajectoryFacts
    offer_type: str
    partner: PartnerFacts

    @property
    def dossier(self) -> tuple[str, str]:
        """What makes rows belong to one trajectory."""
        return self.agency, self.ref


@dataclass(frozen=True)
class RefusedRow:
    """A row that stays out, with all its faults; `dossier` only where it could be read."""

    row: int
    faults: tuple[Fault, ...]
    dossier: tuple[str, str] | None = None


class RowReader:
    """Reads the rows of one sheet.

    `today` is the last day a trajectory can have ended; `region` the only one whose rows come in, if a
    colleague of one region takes the file in.
    """

    def __init__(
        self, sheet: Sheet, mapping: Mapping, vocabulary: Vocabulary, today: date, region: str | None = None
    ) -> None:
        self._sheet, self._mapping, self._vocabulary = sheet, mapping, vocabulary
        self._today, self._own = today, region
        self._faults: list[Fault] = []
        self._fields: Sequence[str] = ()

    def read(self, row: int, values: Sequence[str]) -> Record | RefusedRow:
        """Check one row completely."""
        self._faults, self._fields = [], values
        self._search_national_numbers()
        width = len(self._sheet.headers)
        if len(values) != width:
            self._faults.append(
                Fault(
                    "field_count",
                    "",
                    _(
                        "Deze rij heeft %(found)s velden, de eerste rij %(expected)s. Zet velden met een"
                        " scheidingsteken erin tussen aanhalingstekens.",
                        found=len(values),
                        expected=width,
                    ),
                )
            )
        if self._faults:  # other reasons would repeat what must not be repeated, or speak of shifted fields
            return RefusedRow(row, tuple(self._faults), self._dossier() if len(values) == width else None)
        self._code("agency", "unknown_agency")
        self._text("ref")
        dossier = self._dossier()
        record = self._record(row, dossier)
        return record if record else RefusedRow(row, tuple(self._faults), dossier)

    def _dossier(self) -> tuple[str, str] | None:
        """Which trajectory the row belongs to, if that can be read; written in capitals or not."""
        agency = self._vocabulary.code("agency", self._value("agency"))
        ref = plain_ref(self._value("ref"))
        return (agency, ref) if agency and ref else None

    def _record(self, row: int, dossier: tuple[str, str] | None) -> Record | None:
        outcome = self._code("outcome", "unknown_outcome")
        started = self._date("started_on")
        ended, hours = self._end(outcome, started)
        region = self._region()
        offer_type = self._code("offer_type", "unknown_offer_type")
        source = self._code("offer_source", "unknown_offer_source")
        tongue = self._code("contact_language", "unknown_language")
        phone = self._optional("phone", read_phone, "bad_phone")
        email = self._optional("email", read_email, "bad_email")
        partner = self._partner()
        if self._faults:
            return None
        assert dossier and region and started and offer_type and source and tongue and outcome
        if outcome != COMPLETED:
            phone = email = None  # who still takes part, or stopped, is not written to
        facts = TrajectoryFacts(region, started, ended, hours, source, tongue, phone, email, outcome)
        return Record(row, *dossier, facts, offer_type, partner)

    def _end(self, outcome: str | None, started: date | None) -> tuple[date | None, Decimal | None]:
        """Day and hours of the end; a trajectory that still runs has neither."""
        if outcome == RUNNING:
            if self._value("ended_on"):
                self._fault("running_has_end", "ended_on", _("Wat nog loopt, heeft geen einddatum."))
            return None, None
        ended = self._date("ended_on")
        if started and ended and ended < started:
            self._fault("dates_out_of_order", "ended_on", _("Het einde ligt voor de start."))
        return ended, self._hours()

    def _search_national_numbers(self) -> None:
        phone_place = self._sheet.columns.get("phone")
        for place, value in enumerate(self._fields):
            if not value or not holds_national_number(value):
                continue
            if place == phone_place and _PHONE_START.match(value) and read_phone(value):
                continue
            header = self._sheet.headers[place] if place < len(self._sheet.headers) else ""
            self._faults.append(
                Fault(
                    "national_number",
                    header,
                    _("Hier staat een rijksregisternummer. Dat mag niet binnenkomen: haal het uit de lijst."),
                )
            )

    def _value(self, field: str) -> str:
        place = self._sheet.columns.get(field)
        if place is None:
            return self._mapping.fixed.get(field, "").strip()  # type: ignore[call-overload,no-any-return]
        return self._fields[place]

    def _fault(self, code: str, field: str, reason: str) -> None:
        place = self._sheet.columns.get(field)
        self._faults.append(Fault(code, field if place is None else self._sheet.headers[place], reason))

    def _text(self, field: str) -> str:
        """The value, with a fault when it is needed and empty, or too long."""
        value = self._value(field)
        if not value and field in REQUIRED:
            self._fault("missing", field, _("Dit veld is leeg."))
        longest = _LONGEST.get(field, 254)
        if len(value) > longest:
            self._fault("too_long", field, _("Dit veld is langer dan %(most)s tekens.", most=longest))
        return value

    def _code(self, field: CodedField, code: str) -> str | None:
        value = self._text(field)
        found = self._vocabulary.code(field, value) if value else None
        if value and found is None:
            self._fault(code, field, _("“%(value)s” kennen we niet.", value=_short(value)))
        return found

    def _region(self) -> str | None:
        """The region as named, else the one its NIS code lies in."""
        if self._value("region"):
            return self._within("region", self._code("region", "unknown_region"))
        nis = self._value("nis")
        field = "nis" if nis else "region"
        if not nis:
            self._fault("missing", field, _("Regio en NIS-code zijn leeg."))
            return None
        found = by_nis(self._vocabulary.regions, nis)
        if found is None:
            self._fault("unknown_region", field, _("NIS-code “%(nis)s” ligt in geen regio.", nis=_short(nis)))
        return self._within(field, found)

    def _within(self, field: str, region: str | None) -> str | None:
        if region and self._own and region != self._own:
            self._fault("other_region", field, _("Dit traject is van een andere regio dan de jouwe."))
        return region

    def _date(self, field: str) -> date | None:
        value = _MIDNIGHT.sub("", self._text(field))
        if not value:
            return None
        for form in self._mapping.dates:
            try:
                found = datetime.strptime(value, form).date()  # noqa: DTZ007 - a calendar day has no zone
            except ValueError:
                continue
            if found > self._today:
                self._fault("future_date", field, _("“%(value)s” ligt in de toekomst.", value=value))
            elif found < EARLIEST:
                break
            return found
        self._fault("bad_date", field, _("“%(value)s” is geen bruikbare datum.", value=_short(value)))
        return None

    def _hours(self) -> Decimal | None:
        value = self._text("hours")
        if not value:
            return None
        hours = Decimal(value.replace(",", ".")) if _HOURS.fullmatch(value) else None
        if hours is None or hours > MAXIMUM_HOURS:
            self._fault(
                "bad_hours",
                "hours",
                _(
                    "“%(value)s” is geen aantal uren tussen 0 en %(most)s.",
                    value=_short(value),
                    most=MAXIMUM_HOURS,
                ),
            )
        return hours

    def _partner(self) -> PartnerFacts:
        return PartnerFacts(
            " ".join(self._text("partner_name").split()),
            self._optional("partner_kbo", read_company_number, "bad_company_number"),
            self._optional("partner_email", read_email, "bad_email"),
        )

    def _optional(self, field: str, read: Callable[[str], T | None], code: str) -> T | None:
        value = self._value(field)
        found = read(value) if value else None
        if value and found is None:
            self._fault(code, field, str(_UNREADABLE[code]))
        return found


def plain_ref(text: str) -> str:
    """A file number as file numbers are compared: without capitals or odd spaces."""
    return " ".join(text.casefold().split())


def _short(value: str) -> str:
    return value if len(value) <= 40 else value[:39] + "…"
