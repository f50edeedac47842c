"""The web server's own process, which `feedback-app serve` becomes (arguments: bind, workers, threads).

It holds what pages need and nothing of what commands and jobs do: every worker is a copy of it.
"""

import gc
import sys
from types import FunctionType
from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication

from feedback_app import create_app
from feedback_app.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """Gunicorn serving a WSGI application with the options of this service; `run` goes on until told to stop.

    No access log: paths hold respondents' tokens.
    """

    def __init__(self, application: "WSGIApplication", bind: str, workers: int, threads: int) -> None:
        self.application = application
        self.options = {
            "bind": bind,
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "accesslog": None,
            "loglevel": "warning",
            "graceful_timeout": 20,
            "timeout": 60,
            "max_requests": 20000,
            "max_requests_jitter": 2000,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        # What was loaded so far stays for good: no collection need look at it again, in no worker.
        _forget_annotations()
        gc.collect()
        gc.freeze()
        super().run()

    def load(self) -> "WSGIApplication":
        return self.application


def _forget_annotations() -> None:
    """Let go of what functions declare of their types: nothing asks for it, and requests get its room.

    Those of classes stay: definitions are read by them (feedback_app/shape.py).
    """
    for one in gc.get_objects():
        if isinstance(one, FunctionType):
            del one.__annotations__


if __name__ == "__main__":
    Gunicorn(create_app(Settings.from_environment()), sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
