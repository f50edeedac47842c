"""Signals: list, form P, fiche, wording, steps."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.analysis import pattern_wording
from feedback_app.database import db, today
from feedback_app.invitations.models import Wave
from feedback_app.invitations.waves import all_waves
from feedback_app.regions import region_names
from feedback_app.signals import edit as editing
from feedback_app.signals import follow_up, forms, history, labels, lifecycle, proposals, wording
from feedback_app.signals.checklist import answers_of
from feedback_app.signals.edit import Filter, LinkRefused, SignalUnknown
from feedback_app.signals.lifecycle import ANSWER_WITHIN, Move, MoveRefused
from feedback_app.signals.models import STATES, Signal
from feedback_app.signals.moving import move_signal
from feedback_app.signals.saving import Outdated
from feedback_app.signals.step_forms import MoveForm
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.web.errors import error_page
from feedback_app.web.pages import current_settings

blueprint = Blueprint("signals", __name__, url_prefix="/staff")


@blueprint.errorhandler(SignalUnknown)
def _unknown(error: SignalUnknown) -> ResponseReturnValue:
    return error_page(404)


@blueprint.get("/signals")
def overview() -> str:
    account, settings = current_account(), current_settings()
    wanted = Filter(*(request.args.get(name, "") for name in ("state", "theme", "wave", "region")))
    return render_template(
        "signals/overview.html",
        signals=editing.list_signals(db.session, account, wanted),
        counts=editing.count_by_state(db.session, account),
        wanted=wanted,
        themes=forms.theme_names(settings),
        waves=[wave.key for wave in all_waves(db.session)],
        regions={} if visible_region(account) else region_names(settings.surveys_dir),
        states=STATES,
        state_names=labels.STATE_NAMES,
    )


@blueprint.route("/signals/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    account, settings = current_account(), current_settings()
    waves = [wave.key for wave in all_waves(db.session)]
    regions = {} if visible_region(account) else region_names(settings.surveys_dir)
    form = forms.pre_signal_form(settings, waves, regions)
    if waves and form.validate_on_submit():
        signal = editing.write_signal(db.session, account, form.values())
        flash(_("Je pre-signaal is bewaard."), "good")
        return redirect(url_for("signals.detail", signal_id=signal.id))
    return render_template("signals/new.html", form=form, waves=waves, intro=forms.introduction(settings))


@blueprint.get("/signals/<signal_id>")
def detail(signal_id: str) -> str:
    account = current_account()
    signal = editing.find_signal(db.session, account, signal_id)
    return _fiche(signal, account)


@blueprint.route("/signals/<signal_id>/edit", methods=["GET", "POST"])
def edit(signal_id: str) -> ResponseReturnValue:
    account = current_account()
    signal = editing.find_signal(db.session, account, signal_id)
    fixed = not lifecycle.may_edit(signal.state, account.role)
    form = _wording_form(signal, account)
    if fixed and not form.is_submitted():
        abort(403)
    stored: dict[str, str] | None = None
    if form.validate_on_submit() and not fixed:
        try:
            editing.reword(db.session, account, signal, form.revision.data, form.values())
        except Outdated:
            stored = _merge(account, signal, form)
        except LinkRefused as refusal:
            form.earlier_id.errors = [_link_refused(refusal)]
        else:
            flash(_("Je tekst is bewaard."), "good")
            return redirect(url_for("signals.detail", signal_id=signal.id))
    elif not form.is_submitted():
        form.seen.data = history.prints(form.values())
    values = {"signal": signal, "form": form, "stored": stored, "field_names": labels.FIELD_NAMES}
    page = render_template("signals/edit.html", fixed=fixed, state_names=labels.STATE_NAMES, **values)
    return page, 200 if stored is None and not fixed else 409


@blueprint.route("/signals/<signal_id>/move/<target>", methods=["GET", "POST"])
def move(signal_id: str, target: str) -> ResponseReturnValue:
    account = current_account()
    signal = editing.find_signal(db.session, account, signal_id)
    try:
        step = lifecycle.find_move(signal.state, target, account.role)
    except MoveRefused as refusal:
        return _no_such_step(signal, account, target, refusal)
    form = _move_form(signal, account, step)
    refused: MoveRefused | None = None
    outdated = False
    if form.validate_on_submit():
        try:
            move_signal(db.session, account, signal, form.revision.data, target, form.given())
        except MoveRefused as refusal:
            refused = refusal
            for name in set(refusal.missing) & set(step.asks):
                form[name].errors = [wording.refused(MoveRefused(refusal.reason, (name,)))]
        except Outdated:
            outdated = True
            db.session.refresh(signal)
            form.renew(signal.revision)
        else:
            flash(_("De stap is gezet: %(state)s.", state=labels.STATE_NAMES[target]), "good")
            return redirect(url_for("signals.detail", signal_id=signal.id))
    page = {"signal": signal, "form": form, "step": step, "refused": refused, "outdated": outdated}
    page["over"] = False
    return _move_page(page, target), 409 if outdated else 200


def _move_page(page: Mapping[str, object], target: str, fault: str = "") -> str:
    signal, refused = page["signal"], page["refused"]
    assert isinstance(signal, Signal)
    button, meaning = _step_texts(signal.state, target)
    if isinstance(refused, MoveRefused):
        fault = wording.refused(refused)
    return render_template("signals/move.html", button=button, meaning=meaning, fault=fault, **page)


def _step_texts(state: str, target: str) -> tuple[object, object]:
    """Button and meaning of a step; of a step back that is not there (any more), of one that leads there."""
    if target in labels.STEP_TEXTS and (state, target) not in labels.BACK_TEXTS:
        return labels.STEP_TEXTS[target]
    return labels.BACK_TEXTS.get((state, target)) or next(
        texts for (_from, to), texts in labels.BACK_TEXTS.items() if to == target
    )


def _no_such_step(signal: Signal, account: Account, target: str, refusal: MoveRefused) -> ResponseReturnValue:
    """Somebody was first, or the address is wrong; what was typed stays in sight."""
    asked = next(
        (one for several in lifecycle.MOVES.values() for one in several if one.target == target), None
    )
    if asked and any(
        (request.form.get(name) or "").strip() for name in ("reason", "note", "answer", "will_do")
    ):
        every = {name for steps in lifecycle.MOVES.values() for one in steps for name in one.asks}
        step = Move(target, frozenset(), asks=tuple(name for name in sorted(every) if name in request.form))
        page = {"signal": signal, "form": _move_form(signal, account, step), "step": step}
        page |= {"refused": refusal, "outdated": False, "over": True}
        return _move_page(page, target), 409
    flash(wording.refused(refusal), "danger")
    return redirect(url_for("signals.detail", signal_id=signal.id))


def _move_form(signal: Signal, account: Account, step: Move) -> MoveForm:
    form = MoveForm(obj=signal)
    able = follow_up.may_be_responsible(db.session, signal.region_key)
    form.keep(step.asks, {one.id: one.email for one in able})
    if "handed_on" in step.asks and not form.is_submitted():
        form.handed_on.data = form.handed_on.data or today()
        form.due_on.data = form.due_on.data or form.handed_on.data + ANSWER_WITHIN
        form.responsible_id.data = signal.responsible_id or account.id
    return form


def _fiche(signal: Signal, account: Account) -> str:
    settings = current_settings()
    named = {one.id: f"{one.code} {one.title}" for one in editing.list_signals(db.session, account)}
    return render_template(
        "signals/detail.html",
        signal=signal,
        themes=forms.theme_names(settings),
        options={name: forms.words(settings, name) for name in _FORM_P_CHOICES},
        moves=lifecycle.moves(signal.state, account.role),
        editable=lifecycle.may_edit(signal.state, account.role),
        plannable=lifecycle.may_follow_up(signal.state, account.role),
        steps=history.steps(db.session, signal),
        say_change=wording.worded(settings, named),
        answers=answers_of(db.session, signal),
        earlier=editing.followed_up(db.session, account, signal),
        followers=editing.followers(db.session, account, signal),
        responsible=follow_up.responsible_address(db.session, signal),
        late=follow_up.days_late(signal, today()),
        labels=labels,
        **evidence_words(signal),
    )


_FORM_P_CHOICES = ("frequency", "spread", "municipalities", "solver")


def evidence_words(signal: Signal) -> dict[str, object]:
    """The patterns a signal rests on, and the words to say them with."""
    found = proposals.evidence_of(db.session, signal)
    settings, wave = current_settings(), db.session.get_one(Wave, signal.wave_key)
    if not found and wave.state != "closed":
        return {"attached": []}
    words = proposals.names(db.session, wave, region_names(settings.surveys_dir), forms.theme_names(settings))
    say = {
        "say": pattern_wording.sentence,
        "facts": pattern_wording.facts,
        "meaning": pattern_wording.meaning,
    }
    return {"attached": found, "names": words, "verdicts": pattern_wording.VERDICT_NAMES, **say}


def _wording_form(signal: Signal, account: Account) -> forms.WordingForm:
    form = forms.WordingForm(obj=signal)
    earlier = {
        one.id: f"{one.code} {one.title}" for one in editing.earlier_signals(db.session, account, signal)
    }
    if signal.earlier_id:  # kept also where this colleague may not see it
        earlier.setdefault(signal.earlier_id, _("een signaal uit een andere regio"))
    settings = current_settings()
    form.offer(forms.theme_names(settings), earlier, forms.words(settings, "solver"))
    return form


def _merge(account: Account, signal: Signal, form: forms.WordingForm) -> dict[str, str]:
    """Take over what only the colleague changed; return what is stored where both changed the same field."""
    db.session.refresh(signal)
    mine, seen = form.values(), form.seen.data
    stored = {name: getattr(signal, name) for name in mine}
    untouched = history.untouched(mine, seen)
    for name in untouched:
        form[name].data = stored[name]
    form.revision.data, form.revision.raw_data = signal.revision, None  # the page carries the new revision
    form.seen.data = history.prints(stored)
    both = mine.keys() - untouched - history.untouched(stored, seen)
    return history.differences(
        signal, {name: mine[name] for name in mine if name in both}, _readable(account, signal)
    )


def _readable(account: Account, signal: Signal) -> dict[str, str]:
    settings = current_settings()
    themes, levels = forms.theme_names(settings), forms.words(settings, "solver")
    evidence = labels.EVIDENCE_NAMES.get(signal.evidence, _("nog niet bepaald"))
    earlier = editing.followed_up(db.session, account, signal)
    return {
        "theme_key": themes.get(signal.theme_key, signal.theme_key),
        "level": levels.get(signal.level, _("nog niet bepaald")),
        "evidence": str(evidence),
        "is_practice": _("ja") if signal.is_practice else _("nee"),
        "earlier_id": (earlier.code or "") if earlier else _("geen"),
    }


def _link_refused(refusal: LinkRefused) -> str:
    texts = {
        "circle": _("Dat signaal is zelf een vervolg op dit signaal. Kies een ander, of geen."),
        "later": _("Dat signaal is van een later meetmoment. Kies een vroeger signaal, of geen."),
        "unknown": _("Dat signaal heeft nog geen code. Kies een ander, of geen."),
    }
    return str(texts[refusal.reason])


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Signals in a state from which this role takes the next step."""
    if not may_open(account, "signals.overview"):
        return []
    late = follow_up.unanswered_late(session, account, today())
    late += follow_up.untold_late(session, account, today())
    overdue = Waiting(
        len(late),
        ngettext("signaal is te laat", "signalen zijn te laat", len(late)),
        _("Bekijk wat te laat is"),
        url_for("signal_board.late"),
    )
    return ([overdue] if late else []) + [
        Waiting(
            number,
            ngettext(
                "signaal staat op “%(state)s” en wacht op de volgende stap",
                "signalen staan op “%(state)s” en wachten op de volgende stap",
                number,
                state=labels.STATE_NAMES[state],
            ),
            _("Bekijk deze signalen"),
            url_for("signals.overview", state=state),
        )
        for state, number in editing.count_by_state(session, account).items()
        if any(
            step.target != lifecycle.DROPPED and not step.back
            for step in lifecycle.moves(state, account.role)
        )
    ]


tells_what_waits(blueprint, _what_waits)
