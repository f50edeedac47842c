"""Running `feedback-app` commands inside the test process, on the installation of a test."""

from click.testing import CliRunner, Result

from feedback_app.cli import main
from tests.server import environment_of
from tests.world import World


def run(world: World, *arguments: str, text: str | None = None) -> Result:
    """What a command printed and its exit code; `text` stands for what is typed or piped in."""
    environment = environment_of(world.settings)
    return CliRunner().invoke(main, arguments, env=environment, input=text)
