"""Has Python look for garbage less often than by its own rule, which is made for small programs.

Libraries, test files and what is kept for all tests (tests/once.py) are half a million objects that stay. Python
would go through all of them every few applications, and nearly every test makes one: half of what that costs.
"""

import gc

#: how many new objects are looked at together (an application is some ten thousand), and after how many times
#: those that stayed are looked at again
_SELDOM = 20_000, 20, 20


def look_for_garbage_seldom() -> None:
    """From now on, for this process."""
    gc.set_threshold(*_SELDOM)


def leave_alone_what_there_is() -> None:
    """Never look again at what was made so far: it stays."""
    gc.collect()
    gc.freeze()
