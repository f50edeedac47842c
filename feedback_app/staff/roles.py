"""Who may open which page: one table from endpoint to roles, and nothing outside it is open.

`docs/roles.md` says the same in words. The navigation shows only what one may open.
"""

from flask_babel import lazy_gettext as _l

from feedback_app.staff.models import ROLES, Account

EVERYBODY = frozenset(ROLES)

_MANAGE = frozenset({"beheerder"})
_INTAKE = frozenset({"beheerder", "agentschap"})
_KEEP_LIST = frozenset({"beheerder", "agentschap", "netwerkmedewerker"})
_LIST = _KEEP_LIST | {"trajectbegeleider"}
_LINKS = frozenset({"beheerder", "agentschap", "trajectbegeleider"})
_WAVES = frozenset({"beheerder", "agentschap", "analist", "netwerkmedewerker", "redacteur", "vrijgever"})
_TEXTS = _WAVES | {"vertaler"}
_TRANSLATE = frozenset({"beheerder", "vertaler"})
_STEER = frozenset({"beheerder", "analist"})
_RESULTS = frozenset({"analist", "netwerkmedewerker", "redacteur", "vrijgever"})
#: who may have the worker look for patterns again
_STEER_RESULTS = frozenset({"analist"})
_WRITE = frozenset({"analist", "netwerkmedewerker", "redacteur", "vrijgever"})
#: who hands signals over and follows up their answers
_FOLLOW_UP = frozenset({"redacteur", "vrijgever"})
_REMARKS = frozenset({"analist", "vrijgever"})
#: the closed route of remarks about somebody's safety: nobody else, whatever they manage
_SAFETY = frozenset({"vertrouwenspersoon"})
#: who invites people to talk
_FOCUS = frozenset({"beheerder", "netwerkmedewerker"})
_JOBS = frozenset(ROLES) - {"lezer", "vertaler"}
#: what regions learn from each other
_EXCHANGE = _RESULTS | {"lezer"}
#: who compiles reports and arranges them
_COMPILE = frozenset({"analist", "redacteur", "vrijgever"})
#: who decides about the questions of one region, and who proposes them
_DECIDE, _PROPOSE = frozenset({"analist"}), frozenset({"netwerkmedewerker"})

#: whose programs can do something (`feedback_app/api/scopes.py`)
_PROGRAMS = _INTAKE | _WAVES | _RESULTS | {"lezer"}

#: Pages under /staff that one reaches before signing in.
OPEN = frozenset(
    {
        "staff.login",
        "second_step.ask",
        "second_step.set_up",
        "second_step.join",
        "oidc.start",
        "oidc.callback",
        "digest.ask",
        "digest.act",
    }
)

#: Endpoint → roles. A page under /staff that is not here (nor in OPEN) is refused for everybody.
ACCESS: dict[str, frozenset[str]] = {
    "staff.home": EVERYBODY,
    "staff.logout": EVERYBODY,
    "staff.set_language": EVERYBODY,
    "staff.password": EVERYBODY,
    "staff.job": _JOBS,
    "staff.accounts": _MANAGE,
    "staff.new_account": _MANAGE,
    "staff.deactivate_account": _MANAGE,
    "staff.account": _MANAGE,
    "staff.invite": _MANAGE,
    "staff.clear_app": _MANAGE,
    "staff.sign_out_account": _MANAGE,
    "account.overview": EVERYBODY,
    "account.app": EVERYBODY,
    "account.codes": EVERYBODY,
    "account.end_session": EVERYBODY,
    "tokens.overview": _PROGRAMS,
    "tokens.new": _PROGRAMS,
    "tokens.revoke": _PROGRAMS,
    "tokens.everybody": _MANAGE,
    "tokens.revoke_any": _MANAGE,
    "webhooks.overview": _MANAGE,
    "webhooks.new": _MANAGE,
    "webhooks.show": _MANAGE,
    "webhooks.resend": _MANAGE,
    "webhooks.resume": _MANAGE,
    "webhooks.remove": _MANAGE,
    "audit.overview": _MANAGE,
    "audit.download": _MANAGE,
    "service.overview": _MANAGE,
    "service.retry": _MANAGE,
    "trajectories.overview": _INTAKE,
    "trajectories.new": _INTAKE,
    "trajectories.end": _INTAKE,
    "corrections.correct": _INTAKE,
    "corrections.undo_one": _INTAKE,
    "imports.upload": _INTAKE,
    "imports.columns": _INTAKE,
    "imports.preview": _INTAKE,
    "imports.confirm_import": _INTAKE,
    "imports.discard": _INTAKE,
    "imports.overview": _INTAKE,
    "imports.undo_import": _INTAKE,
    "partners.overview": _LIST,
    "partners.detail": _LIST,
    "partners.export_list": _KEEP_LIST,
    "partners.new": _KEEP_LIST,
    "partners.edit": _KEEP_LIST,
    "partners.new_contact": _KEEP_LIST,
    "partners.edit_contact": _KEEP_LIST,
    "partners.remove": _KEEP_LIST,
    "partners.duplicates": _KEEP_LIST,
    "partners.merge_two": _KEEP_LIST,
    "invitations.overview": _LINKS,
    "by_hand.whatsapp": _LINKS,
    "timetable.overview": _INTAKE,
    "timetable.pause": _MANAGE,
    "timetable.resume": _MANAGE,
    "cards.choose": _LINKS,
    "cards.download": _LINKS,
    "open_links.overview": _INTAKE,
    "open_links.new": _INTAKE,
    "open_links.poster": _INTAKE,
    "open_links.words": _INTAKE,
    "open_links.print_pdf": _INTAKE,
    "open_links.download": _INTAKE,
    "open_links.stop": _INTAKE,
    "open_links.resume": _INTAKE,
    "focus.overview": _FOCUS,
    "focus.show": _FOCUS,
    "focus.use": _FOCUS,
    "focus.export": _FOCUS,
    "entry.sheets": _INTAKE,
    "entry.print_sheet": _INTAKE,
    "preview.overview": _TEXTS,
    "preview.phone": _TEXTS,
    "preview.page": _TEXTS,
    "preview.open_page": _TEXTS,
    "preview.thanks": _TEXTS,
    "preview.try_out": _TEXTS,
    "regional.overview": _DECIDE | _PROPOSE,
    "regional.detail": _DECIDE | _PROPOSE,
    "regional.page": _DECIDE | _PROPOSE,
    "regional.new": _PROPOSE,
    "regional.show": _PROPOSE,
    "regional.withdraw": _PROPOSE,
    "regional.decide": _DECIDE,
    "translations.overview": _TRANSLATE,
    "translations.texts": _TRANSLATE,
    "translations.text": _TRANSLATE,
    "translations.save": _TRANSLATE,
    "translations.confirm": _TRANSLATE,
    "translations.take_back": _TRANSLATE,
    "translations.catalogue": _TRANSLATE,
    "messages.overview": _TEXTS,
    "messages.mail": _TEXTS,
    "analysis.waves": _WAVES,
    "analysis.open_wave": _STEER,
    "analysis.add_impact": _STEER,
    "analysis.close_wave": _STEER,
    "analysis.response": _WAVES,
    "analysis.results": _RESULTS,
    "patterns.overview": _RESULTS,
    "patterns.tests": _RESULTS,
    "patterns.make_signal": _WRITE,
    "patterns.search_again": _STEER_RESULTS,
    "signals.overview": _RESULTS,
    "signals.new": _WRITE,
    "signals.detail": _RESULTS,
    "signals.edit": _WRITE,
    "signals.move": _RESULTS,
    "signal_board.board": _RESULTS,
    "signal_board.late": _RESULTS,
    "signal_steps.check": _WRITE,
    "signal_steps.evidence": _WRITE,
    "signal_steps.detach": _WRITE,
    "signal_steps.plan": _FOLLOW_UP,
    "practices.overview": _EXCHANGE,
    "practices.new": _WRITE,
    "practices.detail": _EXCHANGE,
    "practices.edit": _WRITE,
    "practices.release": frozenset({"vrijgever"}),
    "practices.withdraw": _WRITE,
    "practices.contact": _EXCHANGE,
    "practices.requests": _WRITE,
    "practices.answered": _WRITE,
    "booklets.overview": _EXCHANGE,
    "booklets.make": _WRITE,
    "booklets.download": _EXCHANGE,
    "themes.overview": _EXCHANGE,
    "themes.theme_page": _EXCHANGE,
    "themes.wishes": _EXCHANGE,
    "themes.subscription": _EXCHANGE,
    "themes.stop": _EXCHANGE,
    "moderation.overview": _REMARKS,
    "moderation.following": _REMARKS,
    "moderation.edit": _REMARKS,
    "moderation.release": _REMARKS,
    "moderation.raise_worry": _REMARKS,
    "moderation.agreement": _REMARKS,
    "safety.overview": _SAFETY,
    "safety.show": _SAFETY,
    "safety.close": _SAFETY,
    "safety.give_back": _SAFETY,
    "reports.overview": _RESULTS | {"lezer"},
    "reports.download": _RESULTS | {"lezer"},
    "reports.new": _COMPILE,
    "reports.notices": _RESULTS | {"lezer"},
    "editions.show": _RESULTS | {"lezer"},
    "editions.make_final": frozenset({"vrijgever"}),
    "editions.make_public": frozenset({"vrijgever"}),
    "arrange.choose": _COMPILE,
    "arrange.edit": _COMPILE,
    "arrange.back": _COMPILE,
    "arrange.anew": _COMPILE,
    "told.overview": _TEXTS,
    "told.text": _TRANSLATE,
    "told.poster": _TEXTS,
    "told.download": _TEXTS,
    "told.partners": frozenset({"agentschap", "vrijgever"}),
}

#: The main navigation: endpoint and name, in the order of the work.
NAVIGATION = (
    ("staff.home", _l("Start")),
    ("trajectories.overview", _l("Trajecten")),
    ("partners.overview", _l("Organisaties")),
    ("invitations.overview", _l("Uitnodigingen")),
    ("timetable.overview", _l("Verzending")),
    ("open_links.overview", _l("Posters en tablets")),
    ("focus.overview", _l("Focusgroep")),
    ("entry.sheets", _l("Papier")),
    ("preview.overview", _l("Vragenlijsten")),
    ("regional.overview", _l("Regiovragen")),
    ("translations.overview", _l("Vertalingen")),
    ("analysis.waves", _l("Meetmomenten")),
    ("patterns.overview", _l("Patronen")),
    ("signals.overview", _l("Signalen")),
    ("practices.overview", _l("Goede praktijken")),
    ("themes.overview", _l("Thema’s")),
    ("moderation.overview", _l("Opmerkingen")),
    ("safety.overview", _l("Zorgen")),
    ("reports.overview", _l("Verslagen")),
    ("told.overview", _l("Terugkoppeling")),
    ("staff.accounts", _l("Accounts")),
    ("webhooks.overview", _l("Webhooks")),
    ("audit.overview", _l("Logboek")),
    ("service.overview", _l("Werking")),
)

#: Role → name, for people.
ROLE_NAMES = {
    "beheerder": _l("beheerder"),
    "agentschap": _l("medewerker van het agentschap"),
    "trajectbegeleider": _l("trajectbegeleider"),
    "analist": _l("analist"),
    "netwerkmedewerker": _l("netwerkmedewerker"),
    "redacteur": _l("redacteur"),
    "vrijgever": _l("vrijgever"),
    "lezer": _l("lezer"),
    "vertaler": _l("vertaler"),
    "vertrouwenspersoon": _l("vertrouwenspersoon"),
}


#: what changes something for every region, so that nobody who is bound to one may
FOR_ALL_REGIONS = frozenset(
    {"analysis.open_wave", "analysis.add_impact", "analysis.close_wave", "patterns.search_again"}
)


def may_open(account: Account, endpoint: str) -> bool:
    """Whether a colleague may open an endpoint; an endpoint nobody listed is for nobody."""
    if endpoint in FOR_ALL_REGIONS and visible_region(account) is not None:
        return False
    return account.role in ACCESS.get(endpoint, frozenset())


def visible_audience(account: Account) -> str | None:
    """The one side whose invitations this account may see; None when it may see both."""
    return "newcomer" if account.role == "trajectbegeleider" else None


def visible_region(account: Account) -> str | None:
    """The one region every query for this account is limited to; None when it may see all."""
    return account.region_key
