"""The sentences for an offer partner; kept apart because they exist in the partners' languages only."""

from collections.abc import Sequence

from flask_babel import gettext as _

from feedback_app.invitations.wording import Letter, Occasion


def partner_letter(occasion: Occasion) -> Letter:
    """The sentences for a partner, in the language of the moment; one for several trajectories if bundled."""
    if occasion.bundled:
        question = _("Hoe liepen de trajecten bij jullie?")
        opening = _("In de voorbije periode ontvingen jullie meer dan één nieuwkomer. Bedankt daarvoor!")
        about = _("Eén keer antwoorden volstaat, over de voorbije periode.")
    else:
        question = _("Hoe liep het traject bij jullie?")
        opening = _("Jullie ontvingen een nieuwkomer. Bedankt daarvoor!")
        about = _("Vertel ons hoe het liep, ook als iets moeilijk was.")
    again = _("Enkele dagen geleden stuurden we jullie een bericht. Antwoorden kan nog.")
    reminder = occasion.step != "first"
    return Letter(
        subject=_("Herinnering: %(question)s", question=question) if reminder else question,
        question=question,
        # Translators: begin of a message, as one greets a neighbour
        greeting=_("Dag!"),
        opening=(again, opening, about) if reminder else (opening, about),
        points=(
            _("Het zijn 10 vragen. Dat duurt 4 minuten."),
            _("We vragen geen namen van nieuwkomers."),
            _("We tonen enkel resultaten van minstens 5 organisaties samen."),
            _("Jullie kiezen zelf of jullie meedoen."),
        ),
        # Translators: max: 24 (button)
        button=_("Beantwoord de vragen"),
        done=_("Hebben jullie al geantwoord? Hartelijk bedankt!") if reminder else "",
        why=_("Jullie krijgen dit bericht omdat een traject bij jullie is afgerond."),
        stop=_("Willen jullie geen berichten meer? Open deze link:"),
    )


def told_sentences(said: Sequence[tuple[str, str]]) -> Letter:
    """The sentences that tell partners what is done, in the language of the moment.

    said: what people said and what is done with it, in the same language.
    """
    title = _("Jullie zeiden – wij doen")
    points = [f"{_('Jullie zeiden:')} {one} {_('Wij doen:')} {doing}" for one, doing in said]
    about = _("Jullie ontvingen nieuwkomers. Zij en organisaties vertelden hoe het liep. Dit gebeurt ermee.")
    return Letter(
        subject=title,
        question=title,
        greeting=_("Dag!"),
        opening=(about,),
        points=tuple(points or [_("Lees wat we doen met de antwoorden")]),
        # Translators: max: 24 (button)
        button=_("Lees meer"),
        done="",
        why=_("Jullie krijgen dit bericht omdat een traject bij jullie is afgerond."),
        stop=_("Willen jullie geen berichten meer? Open deze link:"),
    )
