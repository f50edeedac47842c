"""The `feedback-app` command: collects what the features offer, and makes the application they run in."""

import gc
import importlib
import sys

import click
from flask import Flask

from feedback_app import create_app
from feedback_app.command import Refused
from feedback_app.settings import Settings, SettingsError

#: command → where it lives; imported only when asked for, so that `--help` and light commands stay quick
COMMANDS = {
    "db": "feedback_app.operate:db_group",
    "backup": "feedback_app.backup.commands:backup",
    "restore": "feedback_app.backup.commands:restore",
    "doctor": "feedback_app.doctor:doctor",
    "export": "feedback_app.papers.commands:export",
    "retention": "feedback_app.retaining:retention",
    "serve": "feedback_app.operate:serve",
    "worker": "feedback_app.operate:worker",
    "demo": "feedback_app.demo:demo",
    "example": "feedback_app.example:example",
    "surveys": "feedback_app.operate:surveys",
    "translations": "feedback_app.questionnaires.translating:translations",
    "audit": "feedback_app.staff.audit_commands:audit",
    "audio": "feedback_app.questionnaires.recording:audio",
    "contacts": "feedback_app.trajectories.contact_commands:contacts",
    "regional": "feedback_app.questionnaires.regional_commands:regional",
    "trajectories": "feedback_app.trajectories.commands:trajectories",
    "wave": "feedback_app.analysis.commands:wave",
    "invitations": "feedback_app.invitations.commands:invitations",
    "cards": "feedback_app.invitations.print_cards:cards",
    "booklet": "feedback_app.exchange.booklet:booklet",
    "poster": "feedback_app.invitations.print_poster:poster",
    "responses": "feedback_app.responses.commands:responses",
    "paper": "feedback_app.responses.paper:paper",
    "attack": "feedback_app.analysis.commands:attack",
    "rates": "feedback_app.analysis.commands:rates",
    "tables": "feedback_app.analysis.commands:tables",
    "patterns": "feedback_app.signals.pattern_commands:patterns",
    "signals": "feedback_app.signals.commands:signals",
    "report": "feedback_app.reports.commands:report",
    "tokens": "feedback_app.api.commands:tokens",
    "verify": "feedback_app.reports.commands:verify",
    "users": "feedback_app.staff.commands:users",
}


class Lazy(click.Group):
    """A group that imports a command when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        if module not in sys.modules:
            _load(module)
        found: click.Command = getattr(sys.modules[module], name)
        return found


def _load(module: str) -> None:
    """Without looking for garbage meanwhile, as in `feedback_app` itself: what is loaded stays."""
    gc.disable()
    try:
        importlib.import_module(module)
        gc.freeze()
    finally:
        gc.enable()


def app_from_environment() -> Flask:
    """The application as the environment describes it; a setting that cannot be used refuses the command."""
    try:
        return create_app(Settings.from_environment())
    except SettingsError as error:
        raise Refused(str(error)) from error


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedback-app")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Feedback after participation trajectories: from a list of ended trajectories to a signal report."""
    ctx.obj = app_from_environment
