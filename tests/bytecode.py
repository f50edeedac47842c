"""Lets Python keep what it compiled, also where the environment told it not to (many containers do).

The tests start some hundred programs. `serve` runs with `-OO`, for which no package brings its modules compiled: it
would compile all libraries anew at every start, for longer than everything else that it does before it listens.
"""

import os
import sys


def keep_compiled_modules() -> None:
    """For this process and all it starts; PYTHONPYCACHEPREFIX still says where."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
