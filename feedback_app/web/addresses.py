"""Addresses whose builders are made when they are first asked for.

Werkzeug writes, compiles and keeps two small functions for each address when the application is made. There
are over three hundred, and a worker builds a few dozen of them: made in advance they cost every worker
memory, and every start time.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """A rule as Werkzeug's; leans on the private names of its builders, which a test would miss."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            made: Builder = Rule._compile_builder(rule, append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", made)
            return made(**values)

        return build
