"""`feedback-app export`."""

import click


@click.group()
def export() -> None:
    """Papers for outside: what the law asks to be written down."""
