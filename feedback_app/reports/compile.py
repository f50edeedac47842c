"""Compiling an edition: gather, freeze, render, store; all of it or nothing."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from gettext import NullTranslations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.analysis.disclosure import ReleaseRefused
from feedback_app.analysis.ledger import Printed
from feedback_app.analysis.published import read_participation
from feedback_app.analysis.release import Entering
from feedback_app.database import db, now
from feedback_app.invitations.models import Wave
from feedback_app.jobs import JobRefused, Progress
from feedback_app.languages import SOURCE, unturned
from feedback_app.questionnaires.catalogues import MESSAGES, path_of, read
from feedback_app.questionnaires.loading import load_regions
from feedback_app.questionnaires.versions import load_version
from feedback_app.rendering.render import RenderError
from feedback_app.rendering.theme import ThemeRefused, unusable_style
from feedback_app.reports.arrange import arrange
from feedback_app.reports.arrangements import Which, arrangement_of, choices_of, level_of
from feedback_app.reports.bundle import annex_zip
from feedback_app.reports.content import Correction, ReportContent
from feedback_app.reports.editions import (
    FinalRefused,
    draft_for_final,
    final_edition,
    newest,
    printed_day,
    which_of,
)
from feedback_app.reports.gather import gather
from feedback_app.reports.labels import load_translations
from feedback_app.reports.material import citable, material
from feedback_app.reports.models import FINAL, Edition
from feedback_app.reports.pdf import report_pdf
from feedback_app.reports.same_text import changed_parts
from feedback_app.reports.view import ReportView
from feedback_app.reports.web import edition_html
from feedback_app.reports.wording import Wording
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.statements import write_turn
from feedback_app.web.pages import current_settings

LOCALES = ("nl", "en")
#: what two drafts have in common that were ordered as one
_ORDERED = ("account_id", "arrangement", "replaces_id", "reason", "content_hash")


class CompileRefused(ValueError):
    """This report cannot be compiled; the message says why."""


@dataclass(frozen=True)
class Order:
    """What somebody wants compiled: which report, final or not, for whom, and why if it is a correction.

    `draft_id` is the draft that a final edition was compared with.
    """

    which: Which
    final: bool = False
    account_id: str | None = None
    reason: str = ""
    draft_id: str = ""
    began: datetime = field(default_factory=now)


def compile_edition(
    session: Session,
    settings: Settings,
    wave_key: str,
    *,
    region_key: str | None = None,
    locale: str = "nl",
    final: bool = False,
    account_id: str | None = None,
    reason: str = "",
    progress: Progress = lambda done, total, message: None,
) -> Edition:
    """Compile the report of a closed wave and store it as an edition; commits.

    A final edition needs a releaser (`account_id`) beside the colleague who compiled the draft, and is never
    replaced but by a correction: `reason` in the draft says that it is one and why. Raises CompileRefused;
    RenderError when a text or figure would not reach every reader. Either way nothing is kept.
    """
    order = Order(Which(wave_key, level_of(region_key), locale), final, account_id, unturned(reason).strip())
    wave = _closed_wave(session, settings, wave_key, region_key, locale)
    edition, order = _begin(session, order)
    progress(0, 3, _("Cijfers en teksten verzamelen"))
    translations = load_translations(settings.texts_dir, locale)
    content = _content(session, settings, wave, edition, translations)
    if final:
        _refuse_another_text(session, settings, wave, edition, order, translations)
    session.commit()  # rendering takes seconds: hold nothing meanwhile
    progress(1, 3, _("Verslag opmaken"))
    edition.content, edition.content_hash = json.loads(content.to_json()), content.content_hash
    edition.pdf = report_pdf(content, translations)
    edition.html = edition_html(content, translations)
    edition.annex = annex_zip(content, translations)
    progress(2, 3, _("Bewaren"))
    kept = _store(session, settings, wave, edition, content, order)
    progress(3, 3, _("Klaar"))
    return kept


def _content(
    session: Session, settings: Settings, wave: Wave, edition: Edition, translations: NullTranslations
) -> ReportContent:
    """What this edition says; CompileRefused names the first fault of a house style that cannot be used."""
    region, draft = edition.region_key, edition.state != FINAL
    try:
        content = gather(session, settings, wave, region_key=region, locale=edition.locale, draft=draft)
    except ThemeRefused as refused:
        raise CompileRefused(unusable_style(refused)) from refused
    content = replace(content, supersedes=_superseded(session, edition))
    return _arranged(session, edition, content, translations)


def _refuse_another_text(
    session: Session,
    settings: Settings,
    wave: Wave,
    edition: Edition,
    order: Order,
    translations: NullTranslations,
) -> None:
    """CompileRefused where a draft of now would say something else than the one that a colleague made."""
    again = _new_edition(order, edition.replaces_id, edition.reason, state="draft")
    now = json.loads(_content(session, settings, wave, again, translations).to_json())
    parts = changed_parts(session.get_one(Edition, order.draft_id).content, now)
    if parts:
        session.rollback()
        raise CompileRefused(
            _(
                "Sinds het ontwerp van je collega is dit veranderd: %(parts)s. "
                "Laat een collega opnieuw een ontwerp samenstellen.",
                parts="; ".join(parts),
            )
        )


def _begin(session: Session, order: Order) -> tuple[Edition, Order]:
    """The edition that is to be, with what it corrects; CompileRefused when it may not be made."""
    which, corrects, reason = order.which, None, order.reason
    if order.final:
        draft = _colleagues_draft(session, order)
        corrects, reason, order = draft.replaces_id, draft.reason, replace(order, draft_id=draft.id)
    elif reason:
        earlier = final_edition(session, which)
        if earlier is None:
            raise CompileRefused(_("Er is nog geen definitief verslag om te verbeteren. Laat de reden weg."))
        corrects = earlier.id
    return _new_edition(order, corrects, reason, state=FINAL if order.final else "draft"), order


def _new_edition(order: Order, corrects: str | None, reason: str, *, state: str) -> Edition:
    which = order.which
    return Edition(
        wave_key=which.wave,
        region_key=which.region,
        locale=which.locale,
        state=state,
        account_id=order.account_id,
        replaces_id=corrects,
        reason=reason,
    )


def _arranged(
    session: Session, edition: Edition, content: ReportContent, translations: NullTranslations
) -> ReportContent:
    """The content as editors want it; what they could choose from is noted with the edition."""
    arrangement = arrangement_of(session, which_of(edition))
    edition.arrangement = arrangement.revision if arrangement else 0
    view = ReportView(content, Wording(content.language, translations))
    messages, figures = tuple(view.messages()), citable(view)
    edition.material = material(view, messages, figures)
    return arrange(content, choices_of(arrangement), messages=messages, citable=figures)


def _superseded(session: Session, edition: Edition) -> Correction | None:
    earlier = session.get(Edition, edition.replaces_id) if edition.replaces_id else None
    if earlier is None:
        return None
    return Correction(earlier.id, printed_day(earlier), edition.reason)


def _colleagues_draft(session: Session, order: Order) -> Edition:
    account = session.get(Account, order.account_id) if order.account_id else None
    try:
        return draft_for_final(session, account, order.which)
    except FinalRefused as refused:
        session.rollback()
        raise CompileRefused(str(refused)) from refused


def _twin(session: Session, edition: Edition, began: datetime) -> Edition | None:
    """The same draft, where the same colleague's same order was carried out somewhere else meanwhile."""
    found = newest(session, which_of(edition))
    if found is None or edition.state == FINAL or found.state == FINAL or found.compiled_at < began:
        return None
    if any(getattr(found, name) != getattr(edition, name) for name in _ORDERED):
        return None
    session.rollback()
    return found


def _store(
    session: Session,
    settings: Settings,
    wave: Wave,
    edition: Edition,
    content: ReportContent,
    order: Order,
) -> Edition:
    """Keep an edition and enter it into the ledger, or give its twin, which is kept already.

    A final one only if nothing that it rests on changed. All figures are looked at before: while it is
    written, nobody else can write to SQLite.
    """
    entering = _entering(session, settings, wave, content)
    session.rollback()
    with write_turn(session.get_bind().engine):
        _one_at_a_time(session, edition.wave_key)
        if twin := _twin(session, edition, order.began):
            return twin
        if order.final:
            _refuse_changed(session, edition, order)
        session.add(edition)
        session.flush()
        try:
            for side in entering:
                side.enter(region_key=edition.region_key, edition_id=edition.id)
        except ReleaseRefused as refused:
            session.rollback()
            raise CompileRefused(str(refused)) from refused
        _note(session, edition)
        session.commit()
    return edition


def _refuse_changed(session: Session, edition: Edition, order: Order) -> None:
    draft = _colleagues_draft(session, order)
    if (draft.id, draft.arrangement) != (order.draft_id, edition.arrangement):
        session.rollback()
        raise CompileRefused(_("Een collega veranderde dit verslag net. Kijk het na en probeer opnieuw."))


def _entering(session: Session, settings: Settings, wave: Wave, content: ReportContent) -> list[Entering]:
    """Every figure of the edition on its way into the ledger; refuses what would open an earlier release."""
    found = []
    for audience in wave.surveys:
        items = [one for one in (*content.items, *content.own) if one.audience == audience]
        statistics = [figure for one in items for figure in (one.flanders, *one.regions, *one.groups)]
        printed: list[Printed] = [*statistics, *read_participation(session, wave.key, audience)]
        survey = load_version(session, wave.fingerprint(audience)).survey
        try:
            found.append(Entering(session, settings, wave.key, survey, printed))
        except ReleaseRefused as refused:
            session.rollback()
            raise CompileRefused(str(refused)) from refused
    return found


def _note(session: Session, edition: Edition) -> None:
    """Tell the audit log."""
    record(
        session,
        "report.final" if edition.state == FINAL else "report.compiled",
        account=session.get(Account, edition.account_id) if edition.account_id else None,
        subject=f"edition:{edition.id}",
        region=edition.region_key,
        wave=edition.wave_key,
        locale=edition.locale,
        # its kind before it: six figures in front, as one id in seventeen has, read as a telephone number
        **({"replaces": f"edition:{edition.replaces_id}"} if edition.replaces_id else {}),
    )


def compile_job(
    progress: Progress,
    wave_key: str,
    region_key: str | None,
    locale: str,
    final: bool,
    account_id: str | None,
    reason: str = "",
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
            reason=reason,
            progress=progress,
        )
    except CompileRefused as refused:
        raise JobRefused(str(refused)) from refused
    except RenderError as fault:
        raise JobRefused(
            _(
                "Het verslag kon niet opgemaakt worden en er is niets bewaard. "
                "Geef deze melding aan wie de dienst beheert: %(fault)s",
                fault=str(fault)[:500],
            )
        ) from fault
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
    path = path_of(settings.texts_dir, locale, MESSAGES)
    return path.with_suffix(".mo").exists() and all(entry.complete for entry in read(path).entries)


def _one_at_a_time(session: Session, wave_key: str) -> None:
    """Let who stores an edition of this wave wait for who is doing so, by a change that changes nothing."""
    session.execute(sa.update(Wave).where(Wave.key == wave_key).values(state=Wave.state))
