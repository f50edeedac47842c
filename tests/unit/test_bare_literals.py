"""Texts in modules that no translator would see: found where people read, and wherever they are Dutch."""

import pytest

from feedback_app.questionnaires.bare_literals import bare_literals


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('flash("Saved.", "good")', ["Saved."]),
        ('flash(f"{name} is gone", "good")', ["… is gone"]),
        ('flash("One" if x else "Two")', ["One", "Two"]),
        ('abort(404, "No such thing")', ["No such thing"]),
        ('abort(400, description="Wrong")', ["Wrong"]),
        ('raise ValidationError("Too long")', ["Too long"]),
        ('x = StringField("Name", validators=[Length(max=5, message="Too long")])', ["Name", "Too long"]),
        ('x = StringField(_l("Naam"), description="As on your card")', ["As on your card"]),
        ('x = StringField(_l("Naam"), validators=[InputRequired("Fill this in")])', ["Fill this in"]),
        ('x = SelectField(_l("Soort"), choices=[("a", "First"), ("b", _l("Twee"))])', ["First"]),
        ('x = SelectField(_l("Soort"), choices=[SelectChoice("a", "First")])', ["First"]),
        ('form.kind.choices = [("", "All"), *names.items()]', ["All"]),
        ('message["Subject"] = "Your invitation"', ["Your invitation"]),
        ('progress(1, 2, "Counting")', ["Counting"]),
        ('render_template("a/b.html", title="Your page")', ["Your page"]),
        ('Markup("<p>Hello there</p>")', ["Hello there"]),
        ('raise Refused("Dit meetmoment is gesloten")', ["Dit meetmoment is gesloten"]),
        ('raise Refused(f"Er is geen {wave}.")', ["Er is geen …."]),
        ('NAMES = {"a": "Iets van jou"}', ["Iets van jou"]),
        ('click.echo("Klaar met de antwoorden")', ["Klaar met de antwoorden"]),
        ('x = _("Goed") + " en niet meer"', [" en niet meer"]),
        ('T = "Bedankt allemaal"', ["Bedankt allemaal"]),
        ('T = {"done": "Bedankt allemaal"}', ["Bedankt allemaal"]),
        ('def f():\n    return "Probeer later opnieuw"', ["Probeer later opnieuw"]),
        ('def f():\n    return "Wat duurt dat lang"', ["Wat duurt dat lang"]),
        ('return_ = jsonify(message="Saved it")', ["Saved it"]),
        ('return_ = jsonify({"message": "Saved it"})', ["Saved it"]),
        ('Response("Not found here", 404)', ["Not found here"]),
        ('_(f"Nog {n} vragen")', ["f'Nog {n} vragen'"]),
        ('ngettext("vraag", "nog " + many, n)', ["'nog ' + many"]),
    ],
)
def test_a_text_for_people_is_found(source: str, expected: list[str]) -> None:
    assert [text for _, text in bare_literals(source)] == expected


@pytest.mark.parametrize(
    "source",
    [
        'flash(_("Bewaard."), "good")',
        'flash(ngettext("%(num)d blad van jou", "%(num)d bladen van jou", 2))',
        'flash(message, "danger")',
        '"""Een uitleg van de makers voor de makers."""',
        'def f():\n    """Wat dit doet met een antwoord."""',
        "abort(404)",
        'x = SelectField(_l("Taal"), choices=[SelectChoice("nl", "Nederlands"), SelectChoice("ar", "العربية")])',
        'x = RadioField(_l("Soort"), render_kw={"type": "date"}, default="open")',
        'render_template("staff/home.html", state="open", kind=str(kind), page="none")',
        'session.get("laatste")',
        'log.error("database unavailable on %s", endpoint)',
        'raise Refused(f"there is no region {region}; there are: {names}")',
        'click.option("--wave", help="A wave, like 2026-H1")',
        'STATES = ("niet_weerhouden", "afgesloten")',
        "Markup(\"<svg><path d='{}'/></svg>\").format(x)",
        'Markup("<b>{title}</b>")',
        'if kind == "een of ander":\n    pass',
        'x = texts["waarom niet"]',
        'Response("ok\\n", content_type="text/plain")',
        'jsonify(state="open", offered=["nl"])',
        "sa.CheckConstraint(\"state IN ('overgemaakt', 'beantwoord') OR x IS NOT NULL\")",
        "_(label)",
    ],
)
def test_what_nobody_reads_or_goes_through_gettext_is_left_alone(source: str) -> None:
    assert list(bare_literals(source)) == []


def test_a_text_has_its_line() -> None:
    assert list(bare_literals('x = 1\nflash(\n    "Saved."\n)')) == [(3, "Saved.")]
