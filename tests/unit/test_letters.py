"""How languages are written, held against alphabets that were written down apart from the gate's."""

import pytest

from feedback_app.languages import ENDONYMS
from feedback_app.questionnaires.letters import is_of_script, is_own, script_of
from tests.alphabets import alphabets


@pytest.mark.parametrize("locale", [key for key in ENDONYMS if key != "nl"])
def test_a_language_is_written_with_its_own_letters_marks_and_name(locale: str) -> None:
    one = alphabets()[locale]
    script = script_of(locale)
    letters = {*"".join(one.letters), *one.sample, *ENDONYMS[locale]}
    assert not {letter for letter in letters if not is_of_script(letter, script)}
    assert not {letter for letter in letters if not is_own(letter, locale)}
