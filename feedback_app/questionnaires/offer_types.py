"""What a kind of activity is called in a colleague's own language: one place for every staff page."""

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.catalogues import offer_type_context, survey_texts
from feedback_app.questionnaires.loading import load_codes
from feedback_app.settings import Settings
from feedback_app.web.locale import current_language


def offer_type_names(settings: Settings) -> dict[str, str]:
    """Key → label in the language of this request, in the order of the file; Dutch where it has none."""
    codes, spoken = load_codes(settings.surveys_dir).offer_types, current_language().key
    own = {} if spoken == SOURCE else survey_texts(settings.texts_dir, spoken)
    return {code.key: own.get((offer_type_context(code.key), code.label), code.label) for code in codes}
