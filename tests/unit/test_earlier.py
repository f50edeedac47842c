"""Which answers of earlier waves may stand on one line with today's."""

from dataclasses import replace

import pytest

from feedback_app.questionnaires.declarations import Revision, same_question, words_of
from feedback_app.questionnaires.loading import load_survey
from feedback_app.shipped import default_surveys_dir

SURVEY = load_survey(default_surveys_dir(), "newcomer")
ASKED = SURVEY.item("informed")
DUTCH = {source.context: source.text for source in SURVEY.source_texts()}
WORDS = words_of("newcomer", ASKED, DUTCH)
OTHER = (WORDS[0] + " Echt?", *WORDS[1:])


def revised(breaking: bool) -> object:
    return replace(ASKED, revisions=(Revision(number=2, breaking=breaking, why="Om het te proberen."),))


@pytest.mark.parametrize(
    ("now", "words", "comparable"),
    [
        (ASKED, WORDS, True),
        (ASKED, OTHER, False),  # nobody declared what the new wording means
        (revised(breaking=False), OTHER, True),
        (revised(breaking=True), OTHER, False),
        (replace(ASKED, positive=("yes", "partly")), WORDS, False),
    ],
)
def test_a_line_goes_on_only_over_wordings_that_were_declared_comparable(
    now: object, words: tuple[str, ...], comparable: bool
) -> None:
    assert same_question(now, words, ASKED, WORDS) is comparable  # type: ignore[arg-type]


def test_every_answer_belongs_to_the_words_of_a_question() -> None:
    assert len(WORDS) == 2 + len(ASKED.options)
    assert WORDS[0] == "informed=Wist je vooraf genoeg?"
