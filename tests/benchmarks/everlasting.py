"""The web server as `feedback-app serve` becomes it, but its processes are never begun anew: what they keep adds up.

`python -m tests.benchmarks.everlasting BIND WORKERS THREADS`. In production each ends after some 20,000 requests; here
it answers five times as many and more, so that nothing hides behind that. It loads what that server loads.
"""

import sys

from feedback_app import create_app
from feedback_app.journal import keep_journal
from feedback_app.server import Gunicorn, ServerLog
from feedback_app.settings import Settings


class Everlasting(Gunicorn):
    """The same options but one."""

    def load_config(self) -> None:
        self.options |= {"max_requests": 0, "max_requests_jitter": 0}
        super().load_config()


if __name__ == "__main__":
    given = Settings.from_environment()
    keep_journal(given.log_format)
    ServerLog.form = given.log_format
    Everlasting(create_app(given), sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
