"""Translations on the page: how far each language is, its texts one by one, and who reviewed them.

GET      /staff/vertalingen                             every questionnaire in every language
GET      /staff/vertalingen/<lang>                      the texts of a language, to search and to filter
GET POST /staff/vertalingen/<lang>/tekst/<name>         one text: write, review, approve
POST     /staff/vertalingen/<lang>/tekst/<name>/klopt   an outdated one still fits
POST     /staff/vertalingen/<lang>/tekst/<name>/terug   take one's last change back
GET POST /staff/vertalingen/<lang>/stand/<domain>       declare a whole catalogue reviewed, or a draft again
"""

from math import ceil

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.database import db, now
from feedback_app.languages import SOURCE, all_languages, language
from feedback_app.questionnaires import reviewing_words as words
from feedback_app.questionnaires.approval import State, Step, StepRefused, approval_obstacle, state_of
from feedback_app.questionnaires.browsing import everything, neighbours
from feedback_app.questionnaires.catalogues import DOMAINS, REVIEWED, CatalogueUnreadable
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.patching import FileReadOnly, Unpatchable
from feedback_app.questionnaires.readiness import Shelf
from feedback_app.questionnaires.review import (
    Desk,
    EntryChanged,
    EntryGone,
    NothingToUndo,
    all_approved,
    change,
    find_entry,
    release,
    reopen,
    seen_of,
    still_right,
    undo,
    working_languages,
)
from feedback_app.questionnaires.reviewing import (
    Sent,
    choice_of,
    person_of,
    reviewer_line,
    shown_text,
)
from feedback_app.questionnaires.sharing import shared_texts
from feedback_app.questionnaires.status import rows_of_every_language
from feedback_app.questionnaires.writing import WrittenHere
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.web.errors import error_page
from feedback_app.web.pages import current_settings

blueprint = Blueprint("translations", __name__, url_prefix="/staff/vertalingen")

_ON_A_PAGE = 30


@blueprint.get("")
def overview() -> str:
    shared_texts().follow_now()
    chosen = {name: request.args.get(name, "") for name in ("survey", "lang", "offered")}
    rows = rows_of_every_language(Shelf.of(current_settings()))
    surveys = list(dict.fromkeys(row.survey for row in rows))
    kept = [
        row
        for row in rows
        if chosen["survey"] in ("", row.survey)
        and chosen["lang"] in ("", row.language)
        and chosen["offered"] in ("", "yes" if row.readiness.offered else "no")
    ]
    return render_template(
        "translations/overview.html",
        rows=kept,
        surveys=surveys,
        chosen=chosen,
        tongues=all_languages(),
        words=words,
    )


@blueprint.get("/<lang>")
def texts(lang: str) -> str:
    desk, choice = _desk(lang), choice_of(request.args)
    listed = everything(desk)
    found = [one for one in listed if choice.fits(one)]
    pages = max(1, ceil(len(found) / _ON_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    states = [one.state for one in listed]
    return render_template(
        "translations/texts.html",
        desk=desk,
        tongue=language(lang),
        choice=choice,
        listed=found[(page - 1) * _ON_A_PAGE : page * _ON_A_PAGE],
        number=len(found),
        counts={state: states.count(state) for state in State},
        parts=[part for part in words.PARTS if any(part in one.parts for one in listed)],
        catalogues=[(domain, desk.catalogue(domain)) for domain in reversed(DOMAINS)],
        all_approved=all_approved,
        seen_of=seen_of,
        page=page,
        pages=pages,
        words=words,
    )


@blueprint.get("/<lang>/tekst/<name>")
def text(lang: str, name: str) -> ResponseReturnValue:
    desk = _desk(lang)
    _domain, entry = find_entry(desk, name)
    return _text_page(desk, name, Sent.of(entry, "onward" in request.args))


@blueprint.post("/<lang>/tekst/<name>")
def save(lang: str, name: str) -> ResponseReturnValue:
    desk, sent = _desk(lang), Sent.from_form(request.form)
    try:
        if fault := sent.fault:
            return _text_page(desk, name, sent, fault, 422)
        entry = change(
            desk, name, sent.seen, sent.wording, sent.step, person_of(current_account()), now().date()
        )
    except StepRefused as refusal:
        return _text_page(desk, name, sent, str(words.WHY_NOT[refusal.why]), 422)
    except EntryChanged as changed:
        return _text_page(_desk(lang), name, sent.against(changed.now), "", 409)
    except EntryGone:
        return render_template("translations/gone.html", tongue=language(lang), sent=sent), 409
    except FileReadOnly:
        return _text_page(desk, name, sent, _("De map met vertalingen is hier alleen te lezen."), 409)
    if sent.step == Step.APPROVE:
        record(db.session, "text.approved", account=current_account(), locale=lang)
        db.session.commit()
    if entry.fuzzy and all(entry.target):
        flash(_("Bewaard, maar nog tegengehouden: kijk na wat er mis is."), "warning")
    else:
        flash(str(words.DONE[sent.step]), "good")
    return redirect(_next_place(_desk(lang), name, sent))


@blueprint.post("/<lang>/tekst/<name>/klopt")
def confirm(lang: str, name: str) -> ResponseReturnValue:
    desk, choice = _desk(lang), choice_of(request.args)
    here = url_for(".text", lang=lang, name=name, **choice.arguments)
    try:
        still_right(desk, name, request.form.get("seen", ""), person_of(current_account()), now().date())
    except StepRefused as refusal:
        flash(str(words.WHY_NOT[refusal.why]), "danger")
        return redirect(here)
    except EntryChanged:
        flash(_("Deze tekst is intussen veranderd. Kijk nog eens."), "warning")
        return redirect(here)
    except FileReadOnly:
        flash(_("De map met vertalingen is hier alleen te lezen."), "danger")
        return redirect(here)
    flash(_("Bewaard: de vertaling klopt nog."), "good")
    page = request.args.get("page", type=int)
    return redirect(url_for(".texts", lang=lang, **choice.arguments, page=page))


@blueprint.post("/<lang>/tekst/<name>/terug")
def take_back(lang: str, name: str) -> ResponseReturnValue:
    desk = _desk(lang)
    try:
        undo(desk, name, person_of(current_account()))
    except NothingToUndo:
        flash(_("Er valt niets ongedaan te maken: de tekst is intussen veranderd."), "warning")
    except FileReadOnly:
        flash(_("De map met vertalingen is hier alleen te lezen."), "danger")
    else:
        flash(_("Je laatste wijziging is ongedaan gemaakt."), "good")
    return redirect(url_for(".text", lang=lang, name=name, **choice_of(request.args).arguments))


@blueprint.route("/<lang>/stand/<domain>", methods=["GET", "POST"])
def catalogue(lang: str, domain: str) -> ResponseReturnValue:
    desk = _desk(lang)
    found = desk.catalogue(domain) if domain in DOMAINS else None
    if found is None or not found.entries:
        abort(404)
    reviewed = found.state == REVIEWED
    if request.method == "GET":
        ready = all_approved(found)
        page = "translations/catalogue.html"
        return render_template(
            page, desk=desk, tongue=language(lang), domain=domain, reviewed=reviewed, ready=ready, words=words
        )
    try:
        if request.form.get("state") == REVIEWED:
            release(
                desk, domain, reviewer_line(request.form.get("name", ""), current_account(), now().date())
            )
            flash(_("De vertaling staat nu als nagelezen."), "good")
        else:
            reopen(desk, domain)
            flash(_("De vertaling is weer een klad."), "good")
    except StepRefused:
        flash(_("Nog niet elke tekst is goedgekeurd."), "danger")
    except FileReadOnly:
        flash(_("De map met vertalingen is hier alleen te lezen."), "danger")
    return redirect(url_for(".texts", lang=lang))


@blueprint.errorhandler(EntryGone)
def gone(_error: Exception) -> ResponseReturnValue:
    return error_page(404, _("Deze tekst is er niet meer: het Nederlands is veranderd."))


@blueprint.errorhandler(SurveysRefused)
@blueprint.errorhandler(CatalogueUnreadable)
@blueprint.errorhandler(Unpatchable)
def files_at_fault(_error: Exception) -> ResponseReturnValue:
    commands = "feedback-app surveys check, feedback-app translations check"
    text = _(
        "Er staat een fout in een vragenlijst of vertaling. Zo vind je ze: %(commands)s.", commands=commands
    )
    return error_page(409, text)


def _what_waits(_session: Session, account: Account) -> list[Waiting]:
    """Texts to write, to review, and to approve as a second person, for who translates."""
    if account.role != "vertaler":
        return []
    settings, person = current_settings(), person_of(account)
    desks = [Desk.in_files(settings.texts_dir, key) for key in working_languages(settings.texts_dir)]
    try:
        texts = [entry for desk in desks for _domain, entry in desk.entries()]
    except CatalogueUnreadable:  # the page of translations says so
        return []
    states = [state_of(entry) for entry in texts]
    open_texts = sum(state in (State.MISSING, State.OUTDATED, State.HELD) for state in states)
    drafts = states.count(State.DRAFT)
    second = sum(
        state is State.REVIEWED and approval_obstacle(entry, person) is None
        for state, entry in zip(states, texts, strict=True)
    )
    found = {
        ngettext(
            "tekst ontbreekt of is verouderd", "teksten ontbreken of zijn verouderd", open_texts
        ): open_texts,
        ngettext("klad wacht op nalezen", "kladden wachten op nalezen", drafts): drafts,
        ngettext(
            "nagelezen tekst wacht op een tweede persoon",
            "nagelezen teksten wachten op een tweede persoon",
            second,
        ): second,
    }
    link, url = _("Naar de vertalingen"), url_for("translations.overview")
    return [Waiting(number, text, link, url) for text, number in found.items() if number]


tells_what_waits(blueprint, _what_waits)


def _desk(lang: str) -> Desk:
    """The desk of a language that we know, by its very key: nothing else becomes a path."""
    if lang not in all_languages() or lang == SOURCE:
        abort(404)
    settings, shared = current_settings(), shared_texts()
    shared.follow_now()  # a colleague may have written a moment ago, on another machine
    return Desk(settings.texts_dir, lang, WrittenHere(db.session, settings, shared))


def _text_page(desk: Desk, name: str, sent: Sent, fault: str = "", status: int = 200) -> ResponseReturnValue:
    person = person_of(current_account())
    shown = shown_text(db.session, current_settings(), desk, name, sent, choice_of(request.args), person)
    page = render_template(
        "translations/text.html",
        shown=shown,
        sent=sent,
        fault=fault,
        tongue=language(desk.locale),
        words=words,
    )
    return page, status


def _next_place(desk: Desk, name: str, sent: Sent) -> str:
    choice = choice_of(request.args)
    after = neighbours(everything(desk), choice, name).after if sent.onward else None
    onward = 1 if sent.onward else None
    return url_for(".text", lang=desk.locale, name=after or name, onward=onward, **choice.arguments)
