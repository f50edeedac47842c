"""`feedback-app retention`: destroying what is due, and letting the files forget it."""

from dataclasses import dataclass

import click

from feedback_app.api.deliver import forget_deliveries
from feedback_app.api.once import forget_answers
from feedback_app.api.tokens import forget_tokens
from feedback_app.command import Refused, in_app
from feedback_app.database import db, now, today
from feedback_app.exchange.contact import forget_requests
from feedback_app.forgetting import forget
from feedback_app.invitations.card_prints import destroy_prints
from feedback_app.invitations.channel import outbox_of
from feedback_app.invitations.focus import destroy_focus_contacts, mix
from feedback_app.invitations.outbox import clear_outbox
from feedback_app.invitations.retention import destroy_contacts
from feedback_app.jobs import forget_ended
from feedback_app.remarks.retention import destroy_worries, settle_what_is_gone
from feedback_app.responses.retention import destroy_remark_texts, shuffle_open_waves
from feedback_app.staff import audit
from feedback_app.trajectories.partner_retention import forget_contacts
from feedback_app.trajectories.rotating import sealed_columns
from feedback_app.trajectories.uploads import forget_old
from feedback_app.web.pages import current_settings

STILL_THERE = (
    "the database's files still hold what was destroyed, because something reads the database all the time"
    " (a backup, an open console?): end that, and run feedback-app retention run again"
)
#: beside the tables with sealed contact data: what else the files hold of people after it was destroyed
_PEOPLE = ("import_upload_pieces", "partner_contacts", "card_prints", "remarks", "worries")


@click.group()
def retention() -> None:
    """Destroying what may not be kept any longer."""


@retention.command("run")
@in_app
def retention_run() -> None:
    """Destroy contact data and remarks that are due, and the order of answers (the worker does so daily).

    Example: feedback-app retention run
    """
    done = retain()
    click.echo(f"contact data of {done.contacts} trajectories and {done.remarks} remark texts destroyed")
    click.echo(f"{done.worries} worries destroyed")
    click.echo(f"{done.focus} contacts for focus groups and {done.prints} printed cards destroyed")
    click.echo(f"order of answers wiped in: {', '.join(done.waves) or 'no open wave'}")
    if not done.forgotten:
        raise Refused(STILL_THERE)


@dataclass(frozen=True)
class Retained:
    """What was destroyed, in which open waves the order of answers was wiped, whether the files forgot it."""

    contacts: int
    remarks: int
    worries: int
    focus: int
    prints: int
    waves: list[str]
    forgotten: bool


def retain() -> Retained:
    """Do all that is due today: destroy, then let the database's files forget it, and shuffle open waves.

    All by the time at which it begins: a clock that is set meanwhile destroys nothing.
    """
    day, moment = today(), now()
    contacts = destroy_contacts(db.session, day)
    remarks = destroy_remark_texts(db.session, day)
    settle_what_is_gone(db.session)
    worries = destroy_worries(db.session, day)
    focus = destroy_focus_contacts(db.session, day)
    prints = destroy_prints(db.session, moment)
    forget_contacts(db.session, day)
    forget_old(db.session, moment)
    forget_requests(db.session, day)
    forget_ended(db.session, moment)
    forget_answers(db.session, moment)
    forget_tokens(db.session, day)
    forget_deliveries(db.session, moment)
    if folder := outbox_of(current_settings()):
        clear_outbox(folder, moment)
    audit.record(
        db.session,
        "retention.run",
        account=None,
        contacts=contacts,
        remarks=remarks,
        worries=worries,
        focus=focus,
        prints=prints,
    )
    audit.shorten(db.session, moment)
    mix(db.session)
    db.session.commit()
    waves = shuffle_open_waves(db.session)
    forgotten = forget(db.engine, sorted({*_PEOPLE, *(column.table.name for column in sealed_columns())}))
    return Retained(contacts, remarks, worries, focus, prints, waves, forgotten)
