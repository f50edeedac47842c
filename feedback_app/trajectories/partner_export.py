"""The shared list of partners as a CSV file that a spreadsheet opens without running anything in it."""

import csv
import io
from collections.abc import Iterator, Mapping

from flask_babel import gettext as _
from sqlalchemy.orm import Session, selectinload

from feedback_app.trajectories.models import Partner, PartnerContact
from feedback_app.trajectories.partner_list import Known, Wanted, partners_query, what_is_known
from feedback_app.web.spreadsheet import harmless

_CHUNK = 200


def export(
    session: Session, wanted: Wanted, regions: Mapping[str, str], offers: Mapping[str, str]
) -> Iterator[str]:
    """Lines of the file: a row for each contact person, or one for an organisation without any."""
    yield "\ufeff" + _line(
        _("Organisatie"),
        _("KBO-nummer"),
        _("E-mail organisatie"),
        _("Regio’s"),
        _("Soorten activiteit"),
        _("Contactpersoon"),
        _("Functie"),
        _("E-mail"),
        _("Telefoon"),
        _("Taal"),
        _("Wil berichten"),
    )
    last = ""
    while part := _part(session, wanted, last):
        known = what_is_known(session, [one.id for one in part])
        for partner in part:
            yield from _rows(partner, known, regions, offers)
        last = part[-1].id
        session.expunge_all()


def _part(session: Session, wanted: Wanted, last: str) -> list[Partner]:
    query = partners_query(wanted).where(Partner.id > last).order_by(Partner.id).limit(_CHUNK)
    return list(session.scalars(query.options(selectinload(Partner.contacts))))


def _rows(
    partner: Partner, known: Known, regions: Mapping[str, str], offers: Mapping[str, str]
) -> Iterator[str]:
    places = known.regions[partner.id] | known.named_regions[partner.id]
    kinds = known.offers[partner.id] | known.named_offers[partner.id]
    organisation = (
        partner.name,
        partner.kbo or "",
        partner.email or "",
        ", ".join(sorted(regions.get(key, key) for key in places)),
        ", ".join(sorted(offers.get(key, key) for key in kinds)),
    )
    for contact in [one for one in partner.contacts if one.name] or [
        PartnerContact(opted_out=partner.opted_out)
    ]:
        yield _line(
            *organisation,
            contact.name or "",
            contact.function or "",
            contact.email or "",
            _phone(contact.phone),
            contact.language or "",
            _("nee") if contact.opted_out or partner.opted_out else _("ja"),
        )


def _phone(number: str | None) -> str:
    """A number that no spreadsheet takes for a sum."""
    return f"00{number[1:3]} {number[3:]}" if number else ""


def _line(*cells: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow(map(harmless, cells))
    return text.getvalue()
