"""The web server's own process, which `feedback-app serve` becomes (arguments: bind, workers, threads).

It holds what pages need and nothing of what commands and jobs do: every worker is a copy of it.
"""

import gc
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from feedback_app import create_app
from feedback_app.journal import VISIT, keep_journal, lines
from feedback_app.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


_OF_A_VISIT = {VISIT: True}


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's own log in our form, without a visitor's address or a path, which may hold a link."""

    form = "text"

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(lines(self.form))

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith("Invalid request"):  # from which address, and its first line
            msg, args, kwargs = "a request that cannot be read is refused", (), {"extra": _OF_A_VISIT}
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """What broke and where, without its words and the path: either may hold what somebody sent."""
        if not str(msg).startswith(("Error handling", "Socket error", "HTTP/2")):
            super().exception(msg, *args, **kwargs)  # nobody was visiting
            return
        kind, _error, trace = sys.exc_info()
        name = kind.__name__ if kind else "something"
        kept = RuntimeError(name).with_traceback(trace) if kind else None
        super().error("the server broke off a request: %s", name, exc_info=kept, extra=_OF_A_VISIT)


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
            "logger_class": ServerLog,
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
        # What was loaded so far stays for good: no collection need look at it again, in no worker. Once one
        # does, as none did while it was loaded.
        gc.unfreeze()
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
    given = Settings.from_environment()
    keep_journal(given.log_format)
    ServerLog.form = given.log_format
    Gunicorn(create_app(given), sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
