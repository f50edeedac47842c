"""Running `feedback-app` commands on the installation of a test: inside the test process, or as one of their own."""

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from feedback_app.cli import main
from tests.server import environment_of
from tests.world import World


def run(world: World, *arguments: str, text: str | None = None) -> Result:
    """What a command printed and its exit code; `text` stands for what is typed or piped in."""
    environment = environment_of(world.settings)
    return CliRunner().invoke(main, arguments, env=environment, input=text)


def begin(world: World, *arguments: str) -> "subprocess.Popen[str]":
    """The command in a process of its own, in a group of its own, so that it can be killed with what it starts."""
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("feedback-app")), *arguments],
        env=environment_of(world.settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
