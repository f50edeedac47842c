"""Staff pages for remarks: take out personal data, give themes, propose a quote, release somebody else's.

GET   /staff/remarks                   one page of remarks in a list
GET   /staff/remarks/next              to the next remark of a list
GET   /staff/remarks/agreement         how far colleagues agree who coded the same remark
*     /staff/remarks/<id>              one remark: what is hidden, language, translation, themes, quote
*     /staff/remarks/<id>/worry        pass it on to the person of trust
POST  /staff/remarks/<id>/release      a second person releases the quote
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectChoice

from feedback_app.database import db
from feedback_app.jobs import Job, enqueue
from feedback_app.languages import ENDONYMS, GROUPS, SOURCE, language
from feedback_app.questionnaires.loading import load_themes
from feedback_app.remarks import moderate, quotes, reading
from feedback_app.remarks.agreement import read_agreements
from feedback_app.remarks.forms import KINDS, SHOWS, RemarkForm, WorryForm
from feedback_app.remarks.reading import Choice, Reading, personal_in
from feedback_app.remarks.redact import PLACEHOLDERS, without
from feedback_app.remarks.safeguard import NothingToRead, raise_worry
from feedback_app.remarks.translate import can_translate
from feedback_app.responses.models import Remark
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("moderation", __name__, url_prefix="/staff/remarks")

STATES = {
    "new": _l("Nog te bekijken"),
    "second": _l("Tweede keer coderen"),
    "third": _l("Verschil beslissen"),
    "coded": _l("Met thema"),
    "dismissed": _l("Opzij gezet"),
    "proposed": _l("Citaat voorgesteld"),
    "released": _l("Citaat vrijgegeven"),
}
#: rows of words to hide beside what was found
_ROWS = 3


@blueprint.get("/")
def overview() -> str:
    queue = _queue()
    number = request.args.get("page", 1, type=int)
    found = moderate.remarks_in(db.session, current_account(), queue, number)
    return render_template(
        "moderation/overview.html",
        remarks=found.rows,
        themes_of=moderate.themes_of(db.session, found.rows),
        themes=_themes(),
        state=queue,
        states=STATES,
        shows=SHOWS,
        digest_of=quotes.digest,
        page=found.page,
        pages=found.pages,
    )


@blueprint.get("/next")
def following() -> ResponseReturnValue:
    queue = _queue()
    key = moderate.following(db.session, current_account(), queue, request.args.get("after", ""))
    if key is None:
        return redirect(url_for("moderation.overview", state=queue))
    return redirect(url_for("moderation.edit", remark_id=key, state=queue))


@blueprint.get("/agreement")
def agreement() -> str:
    themes = _themes()
    found = read_agreements(db.session, current_settings().surveys_dir, tuple(themes))
    return render_template("moderation/agreement.html", found=found, themes=themes, endonym=ENDONYMS.get)


@blueprint.route("/<remark_id>", methods=["GET", "POST"])
def edit(remark_id: str) -> ResponseReturnValue:
    remark = _remark(remark_id)
    looked = reading.read(db.session, current_settings().surveys_dir, remark, _choice())
    form = _form(remark, looked)
    if request.method == "GET" or request.form.get("step") == "apply" or not form.validate():
        return _edit_page(remark, form, looked)
    if not _is_whole(remark, form, looked):
        return _edit_page(remark, form, looked)
    try:
        if request.form.get("step") == "translate":
            return _ask_for_translation(remark, form, looked)
        _save(remark, form, looked)
    except moderate.NothingSeen:
        form.form_errors.append(
            _(
                "De pagina zei niet wat je gezien had, dus er is niets bewaard. Lees de opmerking hieronder "
                "na en bewaar opnieuw; wat je koos staat er nog."
            )
        )
        return _edit_page(remark, form, looked)
    except moderate.TakenMeanwhile:
        form.form_errors.append(
            _("Een collega behandelde deze opmerking intussen. Wat je koos staat er nog; open de volgende.")
        )
        return _edit_page(_remark(remark_id), form, looked)
    flash(_("Bewaard."), "good")
    return redirect(url_for("moderation.following", state=_queue(), after=remark_id))


@blueprint.route("/<remark_id>/worry", methods=["GET", "POST"], endpoint="raise_worry")
def pass_on(remark_id: str) -> ResponseReturnValue:
    remark, form = _remark(remark_id), WorryForm()
    if request.method == "POST" and form.validate():
        try:
            raise_worry(db.session, remark, form.reason.data, form.note.data or "", current_account())
        except NothingToRead:
            flash(
                _("Van de tekst is niets meer bewaard. Spreek de vertrouwenspersoon aan."),
                "danger",
            )
        else:
            flash(
                _("De vertrouwenspersoon krijgt de opmerking te zien. Ze staat in geen lijst meer."), "good"
            )
        return redirect(url_for("moderation.overview"))
    return render_template("moderation/worry.html", remark=remark, form=form)


@blueprint.post("/<remark_id>/release")
def release(remark_id: str) -> ResponseReturnValue:
    remark = _remark(remark_id)
    try:
        quotes.release(db.session, remark, current_account(), request.form.get("digest", ""))
    except quotes.ReleaseRefused as refused:
        flash(str(refused), "warning")
    else:
        flash(_("Het citaat is vrijgegeven."), "good")
    return redirect(url_for("moderation.overview", state="proposed"))


def _queue() -> str:
    queue = request.args.get("state", "new")
    if queue not in STATES:
        abort(404)
    return queue


def _themes() -> dict[str, str]:
    return load_themes(current_settings().surveys_dir)


def _choice() -> Choice:
    """What to hide: on a fresh page all that was found."""
    if "choosing" not in request.form:
        return Choice()
    rows = zip(request.form.getlist("word"), request.form.getlist("kind"), strict=False)
    more = tuple((word.strip(), kind) for word, kind in rows if word.strip())
    typed = tuple(request.form.get(name, "") for name in ("translation", "quote", "original"))
    return Choice(frozenset(request.form.getlist("hide")), more, typed)


def _left(text: str | None) -> str:
    """What somebody typed beside a remark, without the words that are to go from all of it."""
    return without(text or "", _choice().more)


def _form(remark: Remark, looked: Reading) -> RemarkForm:
    form = RemarkForm(obj=None)
    form.themes.choices = [SelectChoice(*one) for one in _themes().items()]
    if request.method == "GET":
        form.language.data = looked.guess.language
        form.themes.data = moderate.themes_of(db.session, [remark])[remark.id]
        form.translation.data = remark.translation or remark.draft
        form.quote.data, form.shows.data = remark.quote, remark.quote_shows
        form.original.data = remark.quote_original
    elif "choosing" not in request.form:  # a page from before there was more to choose
        form.language.data, form.shows.data = looked.guess.language, "side"
    return form


def _is_whole(remark: Remark, form: RemarkForm, looked: Reading) -> bool:
    """Whether it can be saved so; what is wrong stands beside the fields."""
    if refusal := _not_hidden(remark, looked):
        form.form_errors.append(refusal)
        return False
    part = moderate.part_of(db.session, remark, current_account())
    setting_aside = "dismiss" in request.form or request.form.get("step") == "translate"
    if part != "quote" and not (form.themes.data or setting_aside):
        form.themes.errors = [_("Kies minstens één thema, of zet de opmerking opzij.")]
        return False
    if _quote(remark, form) and part != "themes":
        refusal = quotes.attribute_refusal(db.session, _with_original(remark, form), form.shows.data)
        if refusal:
            form.shows.errors = [refusal]
            return False
    if part != "themes" and not quotes.stands_in(remark, _left(form.original.data), looked.result):
        form.original.errors = [
            _("Dit staat niet zo in wat van de opmerking bewaard wordt. Neem een stuk daarvan over.")
        ]
        return False
    kinds = looked.kinds_left | _kinds_typed(form, looked)
    if kinds and not form.keep.data:
        names = ", ".join(str(KINDS[kind]) for kind in KINDS if kind in kinds)
        form.keep.errors = [_("Er lijkt nog iets te staan dat iemand aanwijst: %(kinds)s.", kinds=names)]
        return False
    return True


def _not_hidden(remark: Remark, looked: Reading) -> str:
    """Why what a colleague chose to leave out would stay; empty when it goes."""
    from_text = request.form.get("of", "text") == "text"  # the page was made while it was there
    if not remark.text and from_text and request.form.getlist("word"):
        return str(
            _(
                "Een collega liet intussen persoonsgegevens weg en de tekst zoals hij geschreven werd, is "
                "gewist. Lees hieronder wat overblijft. Wat je vertaalde of koos, staat er nog."
            )
        )
    if looked.absent:
        return str(
            _(
                "Bij “Weglaten” staat iets dat niet in de tekst te vinden is. Er zou dus niets weggaan: "
                "%(words)s. Neem precies over wat er staat, of maak het veld leeg.",
                words=", ".join(f"“{word}”" for word in looked.absent),
            )
        )
    return ""


def _kinds_typed(form: RemarkForm, looked: Reading) -> set[str]:
    """What kinds of personal data seem to stand in what a colleague typed, each in its language."""
    folder = current_settings().surveys_dir
    dutch = [_left(form.translation.data), _left(form.quote.data)]
    theirs = form.language.data or looked.guess.language
    original = personal_in(db.session, folder, [_left(form.original.data)], theirs)
    return original | personal_in(db.session, folder, dutch, SOURCE)


def _with_original(remark: Remark, form: RemarkForm) -> Remark:
    """A copy of what decides whether a quote may show more, as it would be saved."""
    return Remark(
        wave_key=remark.wave_key,
        survey_key=remark.survey_key,
        item_key=remark.item_key,
        region_key=remark.region_key,
        locale=remark.locale,
        language=form.language.data or remark.language,
        quote_original=form.original.data or "",
    )


def _quote(remark: Remark, form: RemarkForm) -> str:
    """The quote as typed, or the whole translation (of Dutch: what is left of the text)."""
    if form.quote.data or not form.whole.data:
        return form.quote.data or ""
    return form.translation.data or (remark.redacted if form.language.data == SOURCE else "")


def _save(remark: Remark, form: RemarkForm, looked: Reading) -> None:
    part, seen = moderate.part_of(db.session, remark, current_account()), request.form.get("seen", "")
    moderate.refuse_unless_seen(remark, seen)
    moderate.hide(remark, _choice().more)
    if part != "themes":
        moderate.check(db.session, remark, looked.hidden, form.language.data or looked.guess.language)
    coding = moderate.Coding(
        themes=() if "dismiss" in request.form else form.themes.data or (),
        translation=_left(form.translation.data),
        quote=_left(_quote(remark, form)),
        shows=form.shows.data or "side",
        original=_left(form.original.data),
    )
    moderate.code(db.session, remark, coding, current_account())


def _ask_for_translation(remark: Remark, form: RemarkForm, looked: Reading) -> ResponseReturnValue:
    """Keep what is left without personal data, and have the worker ask for a draft of that."""
    if not can_translate(current_settings()):
        abort(404)
    moderate.refuse_unless_seen(remark, request.form.get("seen", ""))
    moderate.hide(remark, _choice().more)
    moderate.check(db.session, remark, looked.hidden, form.language.data or looked.guess.language)
    db.session.commit()
    arguments = {"remark_id": remark.id}
    job = waiting_job(db.session, "translate_remark", arguments) or enqueue(
        db.session, "translate_remark", arguments, current_account().id, current_language().key
    )
    return redirect(url_for("staff.job", job_id=job.id))


def _edit_page(remark: Remark, form: RemarkForm, looked: Reading) -> str:
    part = moderate.part_of(db.session, remark, current_account())
    decides = part == "themes" and remark.waits_for == "third"
    more = [*_choice().more, *[("", "name")] * _ROWS][: max(_ROWS, len(_choice().more) + 1)]
    return render_template(
        "moderation/edit.html",
        remark=remark,
        form=form,
        looked=looked,
        spoken=language(looked.guess.language) if looked.guess.language in GROUPS else None,
        part=part,
        seen=request.form.get("seen") or (remark.waits_for if remark.state == "new" else remark.state),
        codings=moderate.codings_of(db.session, remark) if decides else [],
        themes=_themes(),
        kinds=KINDS,
        placeholders=PLACEHOLDERS,
        more=more,
        state=_queue(),
        can_translate=can_translate(current_settings()) and looked.guess.language != SOURCE,
    )


def _remark(remark_id: str) -> Remark:
    remark = moderate.find_remark(db.session, current_account(), remark_id)
    if remark is None:
        abort(404)
    return remark


def _after_translation(job: Job) -> str:
    return url_for("moderation.edit", remark_id=job.result)


names_work(
    blueprint,
    "translate_remark",
    Kind(_l("Een opmerking vertalen"), _l("Naar de opmerking"), _after_translation),
)
