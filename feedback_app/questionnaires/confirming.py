"""`feedback-app translations still-right`: for who works in a terminal beside Poedit or Weblate."""

import click

from feedback_app.command import Refused
from feedback_app.database import now
from feedback_app.languages import all_languages
from feedback_app.questionnaires.approval import Obstacle, Person, Step, StepRefused, revised, wording_of
from feedback_app.questionnaires.browsing import Listed, everything
from feedback_app.questionnaires.catalogues import CatalogueUnreadable
from feedback_app.questionnaires.patching import FileReadOnly
from feedback_app.questionnaires.review import Desk, EntryChanged, all_still_right
from feedback_app.shipped import default_translations_dir

#: who used a command is not known, so anybody may still approve
_SOMEBODY = Person("command", "-")

_WHY = {
    Obstacle.INCOMPLETE: "is not translated in every form",
    Obstacle.FAULTS: "has a fault: run `feedback-app translations check`",
}


@click.command("still-right")
@click.argument("locale")
@click.argument("which", nargs=-1, metavar="[CONTEXT|MSGID]...")
@click.option("--all-outdated", is_flag=True, help="Every text that is outdated or held back.")
def still_right_command(locale: str, which: tuple[str, ...], all_outdated: bool) -> None:
    """Say that translations still fit although their Dutch changed; they count as reviewed from then on.

    Name them by context or by their Dutch. Example: feedback-app translations still-right ar newcomer.match
    """
    if locale not in all_languages():
        raise Refused(f"“{locale}” is no language of feedback_app/languages.py; nothing was changed.")
    if bool(which) == all_outdated:
        raise click.UsageError("Name texts, or give --all-outdated.")
    desk = Desk.in_files(default_translations_dir(), locale)
    try:
        texts = everything(desk)
        chosen = [one for one in texts if one.entry.fuzzy] if all_outdated else _named(texts, which)
        for one in chosen:
            _check(locale, one)
        all_still_right(desk, [(one.domain, one.entry) for one in chosen], _SOMEBODY, now().date())
    except EntryChanged as change:
        raise Refused(f"“{change.now.source[0]}” was changed meanwhile; nothing was changed.") from change
    except (CatalogueUnreadable, FileReadOnly) as error:
        raise Refused(str(error)) from error
    click.echo(f"{locale}: {len(chosen)} text(s) are still right")


def _named(texts: list[Listed], which: tuple[str, ...]) -> list[Listed]:
    found = []
    for name in which:
        same = [one for one in texts if name in (one.entry.context, one.entry.source[0])]
        outdated = [one for one in same if one.entry.fuzzy]
        if not outdated:
            problem = "is not outdated" if same else "is no text of this language"
            raise Refused(f"“{name}” {problem}; nothing was changed.")
        found += outdated
    return found


def _check(locale: str, one: Listed) -> None:
    """Refuse what cannot be confirmed, before anything is written."""
    try:
        revised(locale, one.entry, wording_of(one.entry), Step.REVIEW, _SOMEBODY, now().date())
    except StepRefused as refusal:
        raise Refused(f"“{one.entry.source[0]}” {_WHY[refusal.why]}; nothing was changed.") from refusal
