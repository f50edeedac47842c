"""`feedback-app example`: example data of any size."""

import click

from feedback_app.command import Refused, in_app, progress_on_terminal
from feedback_app.database import db
from feedback_app.example.colleagues import address, example_password
from feedback_app.example.load import FEWEST, ExampleRefused, Loaded, load_example
from feedback_app.settings import Settings
from feedback_app.staff.accounts import passwords
from feedback_app.web.pages import current_settings


@click.command()
@click.option("--trajectories", default=2400, show_default=True, type=click.IntRange(FEWEST, 1_000_000))
@click.option("--seed", default=1, show_default=True, help="The same number gives the same data.")
@in_app
def example(trajectories: int, seed: int) -> None:
    """Fill an empty database with example data, which marks it as example for good.

    Three waves: two closed ones with results and signals, and one that is open.

    \b
    Example:
      feedback-app example --trajectories 2400 --seed 1
    """
    settings = current_settings()
    made = fill(settings, trajectories, seed)
    click.echo(
        f"example data: {made.trajectories} trajectories, {made.activities} activities, "
        f"{made.partners} partners, {made.responses} responses, {made.signals} signals; "
        f"waves {', '.join(made.waves)} (the last one is open)"
    )
    click.echo(f"sign in as {address('<role>')} with the password {example_password(settings)}")


def fill(settings: Settings, trajectories: int, seed: int) -> Loaded:
    """Load example data with its progress on a terminal; refuses as a command does."""
    try:
        return load_example(
            db.session,
            settings,
            passwords(),
            trajectories=trajectories,
            seed=seed,
            progress=progress_on_terminal("example data"),
        )
    except ExampleRefused as refusal:
        raise Refused(str(refusal)) from refusal
