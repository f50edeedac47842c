"""`feedback-app paper`: the questionnaire on paper as PDF/UA-1; a web process draws no PDF."""

from pathlib import Path

import click

from feedback_app.command import Refused, in_app, write_file
from feedback_app.database import db
from feedback_app.questionnaires.audio import SPOKEN
from feedback_app.questionnaires.loading import SurveysRefused, load_codes
from feedback_app.questionnaires.readiness import Why
from feedback_app.questionnaires.translating import WHY
from feedback_app.regions import region_names
from feedback_app.rendering.render import STATIC, RenderError, render_pdf
from feedback_app.responses.sheet import (
    LanguageNotOffered,
    Sheet,
    WaveUnknown,
    asking,
    make_sheet,
    paper_html,
)
from feedback_app.settings import Settings
from feedback_app.web.pages import current_settings

STYLES = (STATIC / "css" / "tokens.css", STATIC / "css" / "paper.css")


def paper_pdf(sheet: Sheet, settings: Settings) -> bytes:
    """One sheet as PDF bytes, the same bytes every time; RenderError names what would not reach a reader."""
    html = paper_html(sheet, settings)
    return render_pdf(
        html, title=f"{sheet.text('title')} ({sheet.code})", lang=sheet.language.tag, css=STYLES
    )


@click.command()
@click.option(
    "--survey",
    "survey_key",
    type=click.Choice(SPOKEN),
    default="newcomer",
    show_default=True,
)
@click.option("--lang", "tag", default="nl", show_default=True, help="A language, like ti or fa-AF.")
@click.option("--wave", "period", help="A wave, like 2026-H1; without it: the newest open one.")
@click.option(
    "--offer-type", "offer_type", default="", help="The kind of activity; without it: a line to write on."
)
@click.option("--region", default="", help="A region, like kempen: with its own questions, if it has any.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@in_app
def paper(survey_key: str, tag: str, period: str | None, offer_type: str, region: str, out: Path) -> None:
    """Print the questionnaire on paper, as respondents get it in one language.

    Typing in filled-in sheets: the page /staff/papier, or `responses load`.

    Example: feedback-app paper --survey newcomer --lang ti --out vragen-ti.pdf
    """
    settings = current_settings()
    known = [one.key for one in load_codes(settings.surveys_dir).offer_types]
    if offer_type and offer_type not in known:
        raise Refused(f"there is no offer type “{offer_type}”; use one of: {', '.join(known)}")
    if region and region not in region_names(settings.surveys_dir):
        raise Refused(f"there is no region “{region}”; use a key of surveys/regions.csv")
    try:
        asked = asking(db.session, settings, survey_key, period, region)
        sheet = make_sheet(db.session, settings, asked, tag, offer_type)
        pdf = paper_pdf(sheet, settings)
    except WaveUnknown as unknown:
        raise Refused(f"there is no wave {unknown} (see: feedback-app wave status)") from unknown
    except LanguageNotOffered as refused:
        raise Refused(_why_not(tag, refused)) from refused
    except (RenderError, SurveysRefused) as refused:
        raise Refused(str(refused)) from refused
    write_file(out, pdf)
    of = f"wave {asked.wave_key}" if asked.wave_key else "the files as they stand: no open wave asks it"
    click.echo(f"{out} ({len(pdf) // 1000} kB, sheet {sheet.code}, of {of})")
    if asked.closed:
        click.echo(
            f"note: wave {asked.wave_key} is closed; filled-in sheets cannot be typed in any more", err=True
        )


def _why_not(tag: str, refused: LanguageNotOffered) -> str:
    """Why a language is not printed, and what to do about it."""
    start, wave_key = f"“{tag}” is not offered in this version", refused.asked.wave_key
    if refused.why is Why.OFFERED and wave_key:
        return f"{start}, but ready now: run `feedback-app wave languages {wave_key}` and try again"
    if refused.why is None or refused.why is Why.OFFERED:
        return f"{start}; use one of: {', '.join(refused.asked.offered)}"
    return f"{start}: {WHY[refused.why]} (see: feedback-app translations status)"
