"""What Jinja made of a template, kept for every application of a test process.

Nearly every test makes an application of its own, and each of those would compile the same templates again. What is
kept belongs to exactly one text of a template: one that changed is compiled anew.
"""

from types import CodeType

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache


class Compiled(BytecodeCache):
    """Compiled templates in memory, by name and text."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was made of this text before."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was made of it."""
        assert bucket.code
        self._known[bucket.key, bucket.checksum] = bucket.code


def compile_each_template_once() -> None:
    """From now on, for all applications made in this process."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
