"""`feedback-app cards`: the cards of a wave's newcomers as PDF, eight on a sheet of A4."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _

from feedback_app.command import Refused, in_app, progress_on_terminal, write_file
from feedback_app.database import db
from feedback_app.invitations.cards import PER_SHEET, Card, WaveNotOpen, cards_of, sheets
from feedback_app.invitations.listing import LinksLost
from feedback_app.invitations.posters import faces_svg
from feedback_app.jobs import Progress
from feedback_app.languages import SOURCE
from feedback_app.regions import region_names
from feedback_app.rendering.render import STATIC, RenderError, render_sheets
from feedback_app.staff.audit import record
from feedback_app.web.marking import example_state
from feedback_app.web.pages import current_settings

STYLES = (STATIC / "css" / "tokens.css", STATIC / "css" / "cards.css")


@click.command()
@click.option("--wave", required=True, metavar="PERIOD", help="The open wave, like 2026-H1.")
@click.option("--region", default="", metavar="KEY", help="Only this region (see regions.csv).")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@in_app
def cards(wave: str, region: str, out: Path) -> None:
    """Print the newcomers' cards of a wave to PDF: A4, eight a page, with cut marks.

    Print on both the same size ("100 %"). A card opens one questionnaire once: hand it to its owner only.

    \b
    Example:
      feedback-app cards --wave 2026-H1 --region kempen --out cards.pdf
    """
    settings = current_settings()
    regions = region_names(settings.surveys_dir)
    if region and region not in regions:
        raise Refused(f"there is no region {region}; there are: {', '.join(regions)}")
    try:
        found = list(cards_of(db.session, settings, wave, region))
    except WaveNotOpen as refusal:
        raise Refused(f"wave {wave} is not open (see: feedback-app wave status)") from refusal
    except LinksLost as refusal:
        raise Refused(str(refusal)) from refusal
    if not found:
        raise Refused(f"wave {wave} has no newcomer to hand a card{f' in {region}' if region else ''}")
    example = settings.example or example_state(db.session) != ""
    try:
        pdf = cards_pdf(found, example=example, progress=progress_on_terminal(_("Kaarten")))
    except RenderError as fault:
        raise Refused(str(fault)) from fault
    record(
        db.session,
        "cards.printed",
        account=None,
        subject=f"wave:{wave}",
        region=region or None,
        cards=len(found),
    )
    db.session.commit()
    write_file(out, pdf)
    click.echo(f"{out} ({len(pdf) // 1000} kB, {len(found)} cards on {-(-len(found) // PER_SHEET)} sheets)")


def cards_pdf(found: Sequence[Card], *, example: bool, progress: Progress | None = None) -> bytes:
    """Sheets of A4, PDF/UA-1; RenderError names whatever would not reach every reader."""
    template = current_app.jinja_env.get_template("cards/print.html")
    title, faces = found[0].dutch.title, faces_svg()

    def drawn() -> Iterator[str]:
        for number, sheet in enumerate(sheets(found)):
            if progress:
                progress(number * PER_SHEET, len(found), _("Kaarten"))
            yield template.render(sheet=sheet, faces=faces, example=example, title=title)
        if progress:
            progress(len(found), len(found), _("Kaarten"))

    return render_sheets(drawn(), title=title, lang=SOURCE, css=STYLES)
