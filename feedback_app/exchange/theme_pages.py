"""Theme pages: what regions learn from each other, for colleagues of every region.

GET  /staff/themes                every theme, and how much there is
GET  /staff/themes/<key>          patterns, signals, practices and wishes about one theme
GET  /staff/themes/wishes         what newcomers want to do next, by region and by kind of activity
*    /staff/themes/subscription   the digest by e-mail: how often, and what about
POST /staff/themes/unsubscribe    no more digests
"""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.analysis import pattern_wording
from feedback_app.database import db
from feedback_app.exchange.forms import RHYTHM_NAMES, SubscriptionForm
from feedback_app.exchange.gather import gather_exchange
from feedback_app.exchange.models import Subscription
from feedback_app.exchange.subscribe import subscribe, subscription_of, unsubscribe
from feedback_app.exchange.wishes import newcomers_wishes
from feedback_app.exchange.words import places, theme_names
from feedback_app.invitations.channel import channels_of
from feedback_app.signals.labels import STATE_NAMES
from feedback_app.signals.pattern_pages import PILLS
from feedback_app.staff.signin import current_account
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("themes", __name__, url_prefix="/staff/themes")


@blueprint.get("")
def overview() -> str:
    settings, tongue = current_settings(), current_language().key
    exchange = gather_exchange(db.session, settings, tongue)
    names = theme_names(settings, tongue)
    return render_template(
        "exchange/themes.html",
        names=names,
        parts={key: exchange.about(key) for key in names},
        subscription=subscription_of(db.session, current_account()),
        rhythms=RHYTHM_NAMES,
    )


@blueprint.get("/<theme>")
def theme_page(theme: str) -> str:
    settings, tongue = current_settings(), current_language().key
    names = theme_names(settings, tongue)
    if theme not in names:
        abort(404)
    exchange = gather_exchange(db.session, settings, tongue)
    return render_template(
        "exchange/theme.html",
        theme=theme,
        name=names[theme],
        part=exchange.about(theme),
        early=exchange.early.get(theme, 0),
        wishes=newcomers_wishes(db.session, settings, tongue, theme),
        say=pattern_wording.sentence,
        meaning=pattern_wording.meaning,
        verdicts=pattern_wording.VERDICT_NAMES,
        pills=PILLS,
        state_names=STATE_NAMES,
    )


@blueprint.get("/wishes")
def wishes() -> str:
    found = newcomers_wishes(db.session, current_settings(), current_language().key)
    return render_template("exchange/wishes.html", wishes=found)


@blueprint.route("/subscription", methods=["GET", "POST"])
def subscription() -> ResponseReturnValue:
    account, settings, tongue = current_account(), current_settings(), current_language().key
    mine = subscription_of(db.session, account)
    form = SubscriptionForm(data=_chosen(mine))
    form.offer(theme_names(settings, tongue), places(settings))
    if form.validate_on_submit():
        exchange = gather_exchange(db.session, settings, tongue)
        choice = {"themes": form.themes.data or [], "regions": form.regions.data or []}
        subscribe(db.session, account, exchange, rhythm=form.rhythm.data, **choice)
        flash(_("Bewaard. Is er iets nieuws, dan krijg je een e-mail; anders niet."), "good")
        return redirect(url_for("themes.subscription"))
    return render_template(
        "exchange/subscription.html",
        form=form,
        mine=mine,
        rhythms=RHYTHM_NAMES,
        can_mail="email" in channels_of(settings),
    )


@blueprint.post("/unsubscribe")
def stop() -> ResponseReturnValue:
    mine = subscription_of(db.session, current_account())
    if mine is not None:
        unsubscribe(db.session, mine.account_id)
    flash(_("Je krijgt geen overzicht meer."), "good")
    return redirect(url_for("themes.subscription"))


def _chosen(mine: Subscription | None) -> dict[str, object]:
    if mine is None:
        return {"rhythm": "monthly"}
    return {"rhythm": mine.rhythm, "themes": mine.themes, "regions": mine.regions}
