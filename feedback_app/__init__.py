"""The feedback service: asks newcomers and offer partners, finds patterns, compiles signal reports.

`create_app` is the only place that wires things together.
"""

import gc
import logging
import sys
from inspect import iscoroutinefunction

# What is loaded from here on stays: to look through it for garbage again and again takes a fifth of a start.
_looks = gc.isenabled()
gc.disable()

from flask import Flask
from flask_wtf import CSRFProtect
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from werkzeug.middleware.proxy_fix import ProxyFix

from feedback_app.analysis import models as analysis_models
from feedback_app.analysis.pages import blueprint as analysis_pages
from feedback_app.api.hook_pages import blueprint as webhook_pages
from feedback_app.api.pages import blueprint as api_pages
from feedback_app.api.pages import init_api
from feedback_app.api.token_pages import blueprint as token_pages
from feedback_app.database import db, lines_to, tune_postgresql, tune_sqlite
from feedback_app.discretion import init_discretion
from feedback_app.exchange.booklet_pages import blueprint as booklet_pages
from feedback_app.exchange.practice_pages import blueprint as practice_pages
from feedback_app.exchange.stop_pages import blueprint as digest_pages
from feedback_app.exchange.theme_pages import blueprint as theme_pages
from feedback_app.invitations.by_hand_pages import blueprint as by_hand_pages
from feedback_app.invitations.card_pages import blueprint as card_pages
from feedback_app.invitations.focus_door import blueprint as focus_door
from feedback_app.invitations.focus_pages import blueprint as focus_pages
from feedback_app.invitations.open_link_pages import blueprint as open_link_pages
from feedback_app.invitations.pages import blueprint as invitation_pages
from feedback_app.invitations.throttle import init_throttle
from feedback_app.invitations.timetable_pages import blueprint as timetable_pages
from feedback_app.jobs import init_jobs
from feedback_app.questionnaires.pages import blueprint as audio_pages
from feedback_app.questionnaires.readiness import respondent_languages
from feedback_app.questionnaires.sharing import init_sharing, shared_texts
from feedback_app.questionnaires.translation_pages import blueprint as translation_pages
from feedback_app.remarks.pages import blueprint as moderation_pages
from feedback_app.remarks.safety_pages import blueprint as safety_pages
from feedback_app.reports import models as report_models
from feedback_app.reports import told_models
from feedback_app.reports.arrange_pages import blueprint as arrange_pages
from feedback_app.reports.edition_pages import blueprint as edition_pages
from feedback_app.reports.pages import blueprint as report_pages
from feedback_app.reports.told_back import told_lately
from feedback_app.reports.told_pages import blueprint as told_pages
from feedback_app.responses.document import init_documents
from feedback_app.responses.entry import blueprint as entry_pages
from feedback_app.responses.handout import Handout
from feedback_app.responses.open_pages import blueprint as hanging_pages
from feedback_app.responses.pages import blueprint as respondent_pages
from feedback_app.responses.preview_messages import blueprint as message_pages
from feedback_app.responses.preview_pages import blueprint as preview_pages
from feedback_app.responses.preview_pages import try_out
from feedback_app.responses.regional_pages import blueprint as regional_pages
from feedback_app.responses.regional_pages import page as regional_page
from feedback_app.responses.regional_pages import show as show_regional
from feedback_app.responses.sms_pages import blueprint as sms_pages
from feedback_app.responses.stop_pages import blueprint as stop_pages
from feedback_app.responses.told import init_told
from feedback_app.settings import Settings, SettingsError
from feedback_app.signals.board_pages import blueprint as signal_board_pages
from feedback_app.signals.pages import blueprint as signal_pages
from feedback_app.signals.pattern_pages import blueprint as pattern_pages
from feedback_app.signals.step_pages import blueprint as signal_step_pages
from feedback_app.staff.account_pages import blueprint as account_pages
from feedback_app.staff.audit_pages import blueprint as audit_pages
from feedback_app.staff.held import init_held
from feedback_app.staff.oidc_pages import blueprint as oidc_pages
from feedback_app.staff.pages import blueprint as staff_pages
from feedback_app.staff.second_step import blueprint as second_step_pages
from feedback_app.staff.signin import init_signin
from feedback_app.trajectories.correcting_pages import blueprint as correction_pages
from feedback_app.trajectories.import_pages import blueprint as import_pages
from feedback_app.trajectories.pages import blueprint as trajectory_pages
from feedback_app.trajectories.partner_pages import blueprint as partner_pages
from feedback_app.watching.pages import blueprint as service_pages
from feedback_app.watching.pages import monitor as monitor_pages
from feedback_app.web.addresses import LateRule
from feedback_app.web.assets import Assets
from feedback_app.web.bodies import ShortFields, WholeBodies
from feedback_app.web.errors import init_errors
from feedback_app.web.headers import init_headers
from feedback_app.web.journaling import init_journaling
from feedback_app.web.locale import init_locale
from feedback_app.web.marking import init_marking
from feedback_app.web.packing import init_packing
from feedback_app.web.pages import blueprint as web_pages

gc.freeze()
if _looks:
    gc.enable()

__all__ = ["Settings", "create_app"]

_TABLES = (analysis_models, report_models, told_models)  # known to the metadata even where no page reads them

_BLUEPRINTS = (
    web_pages,
    audio_pages,
    respondent_pages,
    hanging_pages,
    stop_pages,
    sms_pages,
    staff_pages,
    second_step_pages,
    account_pages,
    oidc_pages,
    audit_pages,
    service_pages,
    monitor_pages,
    trajectory_pages,
    correction_pages,
    import_pages,
    partner_pages,
    invitation_pages,
    timetable_pages,
    by_hand_pages,
    card_pages,
    open_link_pages,
    focus_door,
    focus_pages,
    entry_pages,
    preview_pages,
    regional_pages,
    translation_pages,
    message_pages,
    moderation_pages,
    safety_pages,
    analysis_pages,
    signal_pages,
    signal_board_pages,
    signal_step_pages,
    pattern_pages,
    practice_pages,
    booklet_pages,
    theme_pages,
    digest_pages,
    report_pages,
    told_pages,
    edition_pages,
    arrange_pages,
    api_pages,
    token_pages,
    webhook_pages,
)


class Application(Flask):
    """Flask with addresses that cost nothing until they are used, and forms that take no room without end."""

    url_rule_class = LateRule
    request_class = ShortFields


def create_app(settings: Settings) -> Flask:
    """Make the web application; opens no connection and reads no table."""
    init_discretion()
    app = Application(__name__)
    app.config.from_mapping(_flask_config(settings))
    app.extensions["settings"] = settings
    app.extensions["offered_languages"] = lambda: _offered_now(settings)
    _init_database(app, settings)
    init_jobs(app, settings)
    init_locale(app, settings)
    init_marking(app, settings)
    init_sharing(app, settings)
    init_documents(app, settings)
    init_told(app, lambda locale: told_lately(db.engine, locale))
    init_throttle(app)
    assets = Assets()
    init_headers(app, settings, assets)
    init_packing(app)
    init_errors(app)
    init_journaling(app, settings.trusted_proxies)
    init_api(app)
    init_held(app)
    init_signin(app, settings)  # before the forms' guard, so that its refusal is in the colleague's language
    csrf = CSRFProtect(app)
    for pages in (respondent_pages, hanging_pages, stop_pages, sms_pages, focus_door):
        csrf.exempt(pages)  # no cookie there that another site could make use of
    csrf.exempt(digest_pages)  # a mail program's button brings no form of ours; the link itself is the proof
    csrf.exempt(api_pages)  # nor one there: a program's token comes in a header, with each request
    csrf.exempt(try_out)  # keeps nothing
    csrf.exempt(show_regional)  # nor do these
    csrf.exempt(regional_page)
    app.context_processor(lambda: {"settings": settings, "assets": assets})
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.wsgi_app = WholeBodies(Handout(app, app.wsgi_app))  # type: ignore[method-assign]
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    logging.getLogger("feedback_app").setLevel(settings.log_level)
    return app


def _offered_now(settings: Settings) -> list[str]:
    shared_texts().follow()  # pages that are no questionnaire look here for what is new
    return respondent_languages(settings)


def _init_database(app: Flask, settings: Settings) -> None:
    if settings.embedded:
        settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # answers are nobody else’s
    db.init_app(app)
    # Its second clean-up is a coroutine for asynchronous sessions, which we have none of: Flask would begin a
    # thread and an event loop for it after every request.
    app.teardown_appcontext_funcs[:] = [
        one for one in app.teardown_appcontext_funcs if not iscoroutinefunction(one)
    ]
    with app.app_context():
        tune = tune_sqlite if settings.embedded else tune_postgresql
        tune(db.engine)


def _engine(settings: Settings) -> dict[str, object]:
    made: dict[str, object] = {"url": settings.database_url}
    if not settings.embedded:
        # Only what a `Channel` sends is prepared: what the driver chose it must also let go of, now and then
        # a round trip more in front of someone.
        lines = lines_to(_address_of_database(settings))
        made["connect_args"] = {"prepare_threshold": sys.maxsize, **lines}
    return made


def _address_of_database(settings: Settings) -> URL:
    """Refused without being repeated, or the error that tells of it: a password is in there.

    What a sign ends early would stand in the host's place, and each error tells which host it is about.
    """
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() != "postgresql" or "@" in (url.host or ""):
        wanted = "sqlite:///path or postgresql://user@host/name, where a password has @ as %40"
        raise SettingsError(f"FEEDBACK_DATABASE_URL is no address of a database: give {wanted}.")
    return url


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.testing,
        "SQLALCHEMY_ENGINES": {"default": _engine(settings)},
        "ALEMBIC": {"script_location": "migrations"},
        "ALEMBIC_CONTEXT": {"render_as_batch": True, "compare_type": True, "transactional_ddl": True},
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "MAX_FORM_PARTS": 500,
        # with this prefix over TLS alone; `__Host-` would send it to the pages of respondents too
        "SESSION_COOKIE_NAME": "__Secure-feedback_staff" if settings.secure else "feedback_staff",
        "SESSION_COOKIE_PATH": "/staff",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_SSL_STRICT": True,
        "WTF_CSRF_TIME_LIMIT": None,
        "JSON_SORT_KEYS": False,
    }
