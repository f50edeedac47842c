"""The data annex of a report in one ZIP beside the PDF, which holds the same files; always the same bytes."""

import io
import zipfile
from gettext import NullTranslations

from feedback_app.reports.annex import annex_files
from feedback_app.reports.content import ReportContent

#: the earliest moment a ZIP can name: nothing in it depends on when it was made
_EPOCH = (1980, 1, 1, 0, 0, 0)


def annex_zip(content: ReportContent, translations: NullTranslations | None = None) -> bytes:
    """The published tables as CSV and JSON with their dictionary, in a ZIP."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        for one in annex_files(content, translations):
            folder.writestr(zipfile.ZipInfo(one.name, _EPOCH), one.data, zipfile.ZIP_DEFLATED)
    return made.getvalue()
