"""Compiling an edition: gather, freeze, render, store; all of it or nothing."""

import json

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.analysis.disclosure import ReleaseRefused
from feedback_app.analysis.published import read_participation
from feedback_app.analysis.release import release_edition
from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.jobs import JobRefused, Progress
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.catalogues import MESSAGES, path_of, read
from feedback_app.questionnaires.loading import load_regions
from feedback_app.questionnaires.versions import load_version
from feedback_app.rendering.render import RenderError
from feedback_app.rendering.theme import ThemeRefused
from feedback_app.reports.content import ReportContent
from feedback_app.reports.editions import final_edition
from feedback_app.reports.gather import gather
from feedback_app.reports.labels import load_translations
from feedback_app.reports.models import Edition
from feedback_app.reports.pdf import report_pdf
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.web.pages import current_settings

LOCALES = ("nl", "en")


class CompileRefused(ValueError):
    """This report cannot be compiled; the message says why."""


def compile_edition(
    session: Session,
    settings: Settings,
    wave_key: str,
    *,
    region_key: str | None = None,
    locale: str = "nl",
    final: bool = False,
    account_id: str | None = None,
    progress: Progress = lambda done, total, message: None,
) -> Edition:
    """Compile the report of a closed wave and store it as an edition; commits.

    A final edition is never replaced: a second one of the same wave, level and language is refused.
    Raises CompileRefused; RenderError when a text or figure would not reach every reader.
    """
    wave = _closed_wave(session, settings, wave_key, region_key, locale)
    if final:
        _refuse_second_final(session, wave_key, region_key, locale)
    progress(0, 3, _("Cijfers en teksten verzamelen"))
    try:
        content = gather(session, settings, wave, region_key=region_key, locale=locale, draft=not final)
    except ThemeRefused as refused:
        words = _(
            "De huisstijl kan niet gebruikt worden (%(number)s fouten). De eerste: %(fault)s. "
            "“feedback-app doctor” noemt ze allemaal.",
            number=len(refused.faults),
            fault=refused.faults[0].words,
        )
        raise CompileRefused(words) from refused
    session.commit()  # rendering takes seconds: hold nothing meanwhile
    progress(1, 3, _("Verslag opmaken"))
    pdf = report_pdf(content, load_translations(settings.translations_dir, locale))
    progress(2, 3, _("Bewaren"))
    edition = Edition(
        wave_key=wave_key,
        region_key=region_key,
        locale=locale,
        state="final" if final else "draft",
        account_id=account_id,
        content=json.loads(content.to_json()),
        content_hash=content.content_hash,
        pdf=pdf,
    )
    _store(session, settings, wave, edition, content)
    progress(3, 3, _("Klaar"))
    return edition


def _store(
    session: Session, settings: Settings, wave: Wave, edition: Edition, content: ReportContent
) -> None:
    """Keep an edition and enter it into the ledger; a final one only if no other became final meanwhile."""
    _one_at_a_time(session, edition.wave_key)
    if edition.state == "final":
        _refuse_second_final(session, edition.wave_key, edition.region_key, edition.locale)
    session.add(edition)
    session.flush()
    try:
        _release(session, settings, wave, edition, content)
    except ReleaseRefused as refused:
        session.rollback()
        raise CompileRefused(str(refused)) from refused
    record(
        session,
        "report.final" if edition.state == "final" else "report.compiled",
        account=session.get(Account, edition.account_id) if edition.account_id else None,
        subject=f"edition:{edition.id}",
        region=edition.region_key,
        wave=edition.wave_key,
        locale=edition.locale,
    )
    session.commit()


def _release(
    session: Session, settings: Settings, wave: Wave, edition: Edition, content: ReportContent
) -> None:
    """Enter every figure of the edition into the ledger, which refuses what would open an earlier release."""
    for audience in wave.surveys:
        items = [one for one in (*content.items, *content.own) if one.audience == audience]
        statistics = [figure for one in items for figure in (one.flanders, *one.regions, *one.groups)]
        release_edition(
            session,
            settings,
            wave.key,
            load_version(session, wave.fingerprint(audience)).survey,
            [*statistics, *read_participation(session, wave.key, audience)],
            region_key=edition.region_key,
            edition_id=edition.id,
        )


def compile_job(
    progress: Progress, wave_key: str, region_key: str | None, locale: str, final: bool, account_id: str
) -> str:
    """The worker's job `compile_report`; gives the edition's id."""
    try:
        edition = compile_edition(
            db.session,
            current_settings(),
            wave_key,
            region_key=region_key,
            locale=locale,
            final=final,
            account_id=account_id,
            progress=progress,
        )
    except (CompileRefused, RenderError) as refused:
        raise JobRefused(str(refused)) from refused
    return edition.id


def _closed_wave(
    session: Session, settings: Settings, wave_key: str, region_key: str | None, locale: str
) -> Wave:
    wave = session.get(Wave, wave_key)
    if wave is None:
        raise CompileRefused(_("Er is geen meetmoment %(wave)s.", wave=wave_key))
    if wave.state != "closed":
        raise CompileRefused(
            _("Meetmoment %(wave)s is nog open: een verslag kan pas na het sluiten.", wave=wave_key)
        )
    if region_key is not None and region_key not in load_regions(settings.surveys_dir):
        raise CompileRefused(_("Er is geen regio “%(region)s”.", region=region_key))
    if locale not in LOCALES:
        raise CompileRefused(_("Een verslag is er alleen in het Nederlands en in het Engels."))
    if locale != SOURCE and not _speaks(settings, locale):
        raise CompileRefused(
            _(
                "Niet elke tekst van het verslag is er in “%(language)s”, en een verslag mengt geen talen. "
                "Zie: feedback-app translations status",
                language=locale,
            )
        )
    return wave


def _speaks(settings: Settings, locale: str) -> bool:
    """Whether every text is translated and compiled, so that no sentence falls back to Dutch."""
    path = path_of(settings.translations_dir, locale, MESSAGES)
    return path.with_suffix(".mo").exists() and all(entry.complete for entry in read(path).entries)


def _one_at_a_time(session: Session, wave_key: str) -> None:
    """Let who stores an edition of this wave wait for who is doing so, by a change that changes nothing."""
    session.execute(sa.update(Wave).where(Wave.key == wave_key).values(state=Wave.state))


def _refuse_second_final(session: Session, wave_key: str, region_key: str | None, locale: str) -> None:
    earlier = final_edition(session, wave_key, region_key, locale)
    if earlier:
        session.rollback()
        raise CompileRefused(
            _("Er is al een definitief verslag (%(edition)s). Dat verandert niet meer.", edition=earlier)
        )
