"""`feedback-app contacts`: the keys that contact data is sealed with."""

import secrets

import click

from feedback_app.command import Refused, in_app, progress_on_terminal
from feedback_app.database import db
from feedback_app.forgetting import forget
from feedback_app.keys import put_in_front
from feedback_app.settings import contact_keys_file
from feedback_app.staff import audit
from feedback_app.trajectories.rotating import rotate, sealed_columns
from feedback_app.web.pages import current_settings


@click.group()
def contacts() -> None:
    """The keys that phone numbers and e-mail addresses are sealed with.

    \b
    Example:
      feedback-app contacts new-key
      feedback-app contacts rotate-key
    """


@contacts.command("new-key")
def new_key() -> None:
    """Make a key that seals from now on; the older ones still open what they sealed.

    With SQLite it is put in front of those in the instance folder. Where FEEDBACK_CONTACT_KEYS is set it is
    printed: put it in front there yourself, with a space after it. Then start the server and the worker
    again, and run: feedback-app contacts rotate-key

    \b
    Example:
      feedback-app contacts new-key
    """
    key, path = secrets.token_urlsafe(48), contact_keys_file()
    if path is None:
        click.echo(key)
        click.echo("put this key in front of the others in FEEDBACK_CONTACT_KEYS", err=True)
    else:
        put_in_front(path, key)
        click.echo(f"a new key stands in front in {path}")
    click.echo("then: start server and worker again, and run feedback-app contacts rotate-key", err=True)


@contacts.command("rotate-key")
@in_app
def rotate_key() -> None:
    """Seal all contact data with the first key; stopped half-way it goes on where it was.

    Afterwards the other keys open nothing in this database any more. Keep them only as long as a backup is
    kept that was made before.

    \b
    Example:
      feedback-app contacts rotate-key
    """
    settings = current_settings()
    done = rotate(db.session, settings, progress_on_terminal("contacts"))
    if done.sealed:
        audit.record(db.session, "contacts.key_rotated", account=None, contacts=done.sealed)
        db.session.commit()
        db.session.close()
        if not forget(db.engine, sorted({column.table.name for column in sealed_columns()})):
            click.echo("the files still hold the old texts: run feedback-app retention run later", err=True)
    click.echo(f"{done.sealed} contacts sealed anew")
    if done.unreadable:
        raise Refused(
            f"{done.unreadable} contacts were sealed with a key that is not here:"
            " add that key at the end of FEEDBACK_CONTACT_KEYS and run this again"
        )
    others = len(settings.contact_keys) - 1
    if others:
        click.echo(f"the other {others} keys open nothing in this database any more: take them away")
