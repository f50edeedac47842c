"""What every command of `feedback-app` shares: the application it runs in, refusals, progress.

A feature's `commands.py` uses these; `cli.py` collects the commands and says how the application is made.
"""

import functools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from flask import Flask
from sqlalchemy.exc import OperationalError, ProgrammingError

from feedback_app.database import db

P = ParamSpec("P")
R = TypeVar("R")


class Refused(click.ClickException):
    """The command cannot be done: exit code 1, with the reason on standard error."""

    exit_code = 1


def write_file(path: Path, content: bytes) -> None:
    """Write what a command made; Refused when it cannot be written there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error


def in_app(function: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application that the root command makes from the environment."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        make_app: Callable[[], Flask] = click.get_current_context().find_root().obj
        app = make_app()
        try:
            with app.app_context():
                return function(*args, **kwargs)
        except (OperationalError, ProgrammingError) as error:
            reason = str(error.orig).splitlines()[0]
            raise Refused(f"the database says: {reason} (try: feedback-app doctor)") from error
        finally:
            with app.app_context():
                db.engine.dispose()

    return run


def progress_on_terminal(label: str) -> Callable[[int, int, str], None]:
    """A progress function (done, total, message) that draws a bar once work takes over two seconds."""
    started = time.monotonic()
    drawn: list[Any] = []

    def progress(done: int, total: int, message: str) -> None:
        if not sys.stderr.isatty() or time.monotonic() - started < 2:
            return
        if not drawn:
            bar: Any = click.progressbar(length=total, label=label, file=sys.stderr)
            bar.__enter__()
            drawn.append(bar)
        bar = drawn[0]
        bar.length = total
        bar.update(done - bar.pos)
        if done >= total:
            bar.__exit__(None, None, None)

    return progress
