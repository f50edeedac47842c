"""Lists for spreadsheets, which take some texts for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV with semicolons and a byte-order mark, as spreadsheets here open it; nothing in it is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([*map(harmless, row)] for row in (head, *rows))
    return text.getvalue().encode("utf-8-sig")


def harmless(value: object) -> str:
    """The value as text, with an apostrophe before what a spreadsheet calculates (OWASP, CSV injection)."""
    cell = str(value)
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
