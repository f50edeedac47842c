"""The cards of a wave's newcomers as PDF, by `feedback-app cards` and by the job `print_cards`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import click
from flask import current_app
from flask_babel import gettext as _

from feedback_app.command import Refused, in_app, progress_on_terminal, write_file
from feedback_app.database import db
from feedback_app.invitations.card_prints import keep_print
from feedback_app.invitations.cards import PER_SHEET, Card, WaveNotOpen, cards_of, sheets, with_a_card
from feedback_app.invitations.listing import LinksLost, known_hashes
from feedback_app.invitations.posters import faces_svg
from feedback_app.jobs import JobRefused, Progress
from feedback_app.languages import SOURCE
from feedback_app.regions import region_names
from feedback_app.rendering.render import STATIC, RenderError, render_sheets
from feedback_app.settings import Settings
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.web.marking import example_state
from feedback_app.web.pages import current_settings

SIZES = ("a4", "a6")
#: a megabyte of memory each while they are drawn
MOST_CARDS = 1000
TEMPLATES = {"a4": "cards/print.html", "a6": "cards/single.html"}
_A4 = (STATIC / "css" / "tokens.css", STATIC / "css" / "cards.css")
STYLES = {"a4": _A4, "a6": (*_A4, STATIC / "css" / "cards_a6.css")}


@click.command()
@click.option("--wave", required=True, metavar="PERIOD", help="The open wave, like 2026-H1.")
@click.option("--region", default="", metavar="KEY", help="Only this region (see regions.csv).")
@click.option("--refs", type=click.File(encoding="utf-8"), help="File numbers, one a line: only these.")
@click.option("--size", type=click.Choice(SIZES), default="a4", show_default=True, help="The paper.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@in_app
def cards(wave: str, region: str, refs: TextIO | None, size: str, out: Path) -> None:
    """Print the newcomers' cards of a wave to PDF: A4, eight a page, with cut marks; or A6 each.

    Print on both the same size ("100 %"). A card opens one questionnaire once: hand it to its owner only.

    \b
    Example:
      feedback-app cards --wave 2026-H1 --region kempen --out cards.pdf
      feedback-app cards --wave 2026-H1 --refs my-newcomers.txt --out cards.pdf
    """
    settings = current_settings()
    regions = region_names(settings.surveys_dir)
    if region and region not in regions:
        raise Refused(f"there is no region {region}; there are: {', '.join(regions)}")
    found = _found(settings, wave, region, refs)
    example = settings.example or example_state(db.session) != ""
    try:
        pdf = cards_pdf(found, example=example, size=size, progress=progress_on_terminal(_("Kaarten")))
    except RenderError as fault:
        raise Refused(str(fault)) from fault
    audit.record(
        db.session,
        "cards.printed",
        account=None,
        subject=f"wave:{wave}",
        region=region or None,
        cards=len(found),
    )
    db.session.commit()
    write_file(out, pdf)
    pages = len(found) if size == "a6" else -(-len(found) // PER_SHEET)
    click.echo(f"{out} ({len(pdf) // 1000} kB, {len(found)} cards on {pages} sheets)")


def _found(settings: Settings, wave: str, region: str, refs: TextIO | None) -> list[Card]:
    """The cards that were asked for; Refused when there are none, or more than memory holds."""
    try:
        hashes = _hashes(settings, wave, region, refs) if refs else []
        found = list(cards_of(db.session, settings, wave, region, hashes))
    except WaveNotOpen as refusal:
        raise Refused(f"wave {wave} is not open (see: feedback-app wave status)") from refusal
    except LinksLost as refusal:
        raise Refused(str(refusal)) from refusal
    if len(found) > MOST_CARDS:
        raise Refused(
            f"{len(found)} cards are too many for one file: at most {MOST_CARDS}; give --region or --refs"
        )
    if not found:
        raise Refused(f"wave {wave} has no newcomer to hand a card{f' in {region}' if region else ''}")
    return found


def _hashes(settings: Settings, wave: str, region: str, refs: TextIO) -> list[str]:
    """Of the file numbers in a file; Refused when one is not known, or there is none."""
    numbers = [line.strip() for line in refs if line.strip()]
    if not numbers:
        raise Refused("the file with file numbers is empty")
    hashes, unknown = known_hashes(db.session, settings, with_a_card(wave, region), numbers)
    if unknown:
        where = f"wave {wave}{f' in {region}' if region else ''}"
        raise Refused(f"{where} has no newcomer with file number {', '.join(unknown[:20])}")
    return hashes


def print_job(
    progress: Progress, wave_key: str, region_key: str, size: str, account_id: str, hashes: Sequence[str] = ()
) -> str:
    """The worker's job `print_cards`; gives the key under which its account may fetch them."""
    settings = current_settings()
    try:
        found = list(cards_of(db.session, settings, wave_key, region_key, hashes))
    except WaveNotOpen as refusal:
        raise JobRefused(_("Meetmoment %(wave)s is niet meer open.", wave=wave_key)) from refusal
    except LinksLost as refusal:
        raise JobRefused(str(refusal)) from refusal
    if not found:
        raise JobRefused(_("Hier is geen nieuwkomer die een kaart kan krijgen. Kies een andere regio."))
    if len(found) > MOST_CARDS:
        told = _(
            "Dat zijn %(cards)s kaarten. Maak er hoogstens %(most)s in één keer.",
            cards=len(found),
            most=MOST_CARDS,
        )
        raise JobRefused(told + " " + _("Kies een regio of geef dossiernummers."))
    example = settings.example or example_state(db.session) != ""
    db.session.commit()  # drawing takes a while: hold nothing meanwhile
    try:
        pdf = cards_pdf(found, example=example, size=size, progress=progress)
    except RenderError as fault:
        raise JobRefused(str(fault)) from fault
    account = db.session.get(Account, account_id)
    region = region_key or None
    audit.record(db.session, "cards.printed", account=account, region=region, wave=wave_key, cards=len(found))
    kept = keep_print(
        db.session, settings, pdf, wave_key=wave_key, region_key=region_key, account_id=account_id
    )
    return kept.id


def cards_pdf(
    found: Sequence[Card], *, example: bool, size: str = "a4", progress: Progress | None = None
) -> bytes:
    """Sheets of A4 or A6, PDF/UA-1; RenderError names whatever would not reach every reader."""
    template = current_app.jinja_env.get_template(TEMPLATES[size])
    title, faces = found[0].dutch.title, faces_svg()

    def drawn() -> Iterator[str]:
        for number, sheet in enumerate(sheets(found)):
            if progress:
                progress(number * PER_SHEET, len(found), _("Kaarten"))
            yield template.render(sheet=sheet, faces=faces, example=example, title=title)
        if progress:
            progress(len(found), len(found), _("Kaarten"))

    return render_sheets(drawn(), title=title, lang=SOURCE, css=STYLES[size])
