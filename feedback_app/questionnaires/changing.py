"""What the files would ask otherwise than a version that people are answering."""

from collections.abc import Iterator
from dataclasses import replace

from feedback_app.questionnaires.declarations import comparable, current
from feedback_app.questionnaires.definition import Item, ItemType
from feedback_app.questionnaires.versions import Version


def changes(asked: Version, files: Version) -> Iterator[str]:
    """One line for each difference, place first; nothing when the files say what is asked."""
    before = {item.key: item for item in asked.survey.items if item.region is None}
    now = {item.key: item for item in files.survey.items if item.region is None}
    for key in before:
        if key not in now:
            yield f"{key}: is not asked any more"
    for key, item in now.items():
        if key in before:
            yield from _item_changes(before[key], item)
        else:
            yield f"{key}: is new: “{item.text}”"
    if [key for key in before if key in now] != [key for key in now if key in before]:
        yield "items: stand in another order"
    questions = {f"{files.survey.key}.{key}" for key in (*before, *now)}
    for context, text in files.dutch.items():
        if ".".join(context.split(".")[:2]) not in questions and asked.dutch.get(context) != text:
            yield f"{context}: {_reworded(asked.dutch.get(context, ''), text)}"


def _item_changes(before: Item, now: Item) -> Iterator[str]:
    if before.text != now.text:
        yield f"{now.key}: {_reworded(before.text, now.text)}; {_comparable(before, now)}"
    if before.type != now.type:
        yield f"{now.key}: is {now.type} instead of {before.type}"
    options, earlier = ({one.key: one for one in item.options} for item in (now, before))
    for key in earlier:
        if key not in options:
            yield f"{now.key}: the answer “{key}” is gone"
    for key, option in options.items():
        if key not in earlier:
            yield f"{now.key}: the answer “{key}” is new: “{option.text}”"
        elif earlier[key].text != option.text:
            yield f"{now.key}.{key}: {_reworded(earlier[key].text, option.text)}"
    if before.hint != now.hint:
        yield f"{now.key}.hint: {_reworded(before.hint or '', now.hint or '')}"
    both = set(options) & set(earlier)
    if _rest(before, both) != _rest(now, both):
        yield f"{now.key}: is shown, counted or compared by other rules"


def _comparable(before: Item, now: Item) -> str:
    if current(now.revisions) == current(before.revisions):
        return "no revision says so, and its course goes on"
    return "its course goes on" if comparable(now.revisions, before.revisions) else "its course begins anew"


def _rest(item: Item, both: set[str]) -> Item:
    """An item without what is told apart: its words, and the answers that only one of the two has."""
    options = sorted((one for one in item.options if one.key in both), key=lambda one: one.key)
    bare = tuple(replace(one, text="-") for one in options)
    return replace(item, type=ItemType.SINGLE, text="-", hint=None, options=bare, revisions=())


def _reworded(before: str, now: str) -> str:
    if not now:
        return f"says nothing any more, and said “{before}”"
    return f"says “{now}” instead of “{before}”" if before else f"says “{now}”, and said nothing"
