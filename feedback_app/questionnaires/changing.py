"""What the files would ask otherwise than a version that people are answering."""

from collections.abc import Iterator
from dataclasses import replace

from feedback_app.questionnaires.declarations import comparable, current, same_question, words_of
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
            yield from _course(asked, files, before[key], item)
        else:
            yield f"{key}: is new: “{item.text}”"
    if [key for key in before if key in now] != [key for key in now if key in before]:
        yield "items: stand in another order"
    questions = {f"{files.survey.key}.{item.key}" for item in (*asked.survey.items, *files.survey.items)}
    for context in dict.fromkeys((*files.dutch, *asked.dutch)):  # what is gone stands in the older one only
        earlier, text = asked.dutch.get(context, ""), files.dutch.get(context, "")
        if ".".join(context.split(".")[:2]) not in questions and earlier != text:
            yield f"{context}: {_reworded(earlier, text)}"


def _item_changes(before: Item, now: Item) -> Iterator[str]:
    if before.text != now.text:
        yield f"{now.key}: {_reworded(before.text, now.text)}"
    if before.type != now.type:
        yield f"{now.key}: is {now.type} instead of {before.type}"
    yield from _answer_changes(before, now)
    if before.hint != now.hint:
        yield f"{now.key}.hint: {_reworded(before.hint or '', now.hint or '')}"
    both = {one.key for one in before.options} & {one.key for one in now.options}
    if _rest(before, both) != _rest(now, both):
        yield f"{now.key}: is shown, counted or compared by other rules"


def _answer_changes(before: Item, now: Item) -> Iterator[str]:
    options, earlier = ({one.key: one for one in item.options} for item in (now, before))
    for key in earlier:
        if key not in options:
            yield f"{now.key}: the answer “{key}” is gone"
    for key, option in options.items():
        if key not in earlier:
            yield f"{now.key}: the answer “{key}” is new: “{option.text}”"
        elif earlier[key].text != option.text:
            yield f"{now.key}.{key}: {_reworded(earlier[key].text, option.text)}"
    if [key for key in earlier if key in options] != [key for key in options if key in earlier]:
        yield f"{now.key}: the answers stand in another order"


def _course(asked: Version, files: Version, before: Item, now: Item) -> Iterator[str]:
    """What becomes of an item's course over time, by the rule that draws it; only shares have one."""
    if not (before.positive and now.positive):
        return
    texts = words_of(files.survey.key, now, files.dutch), words_of(asked.survey.key, before, asked.dutch)
    number, earlier = current(now.revisions), current(before.revisions)
    if same_question(now, texts[0], before, texts[1]):
        if number > earlier and (texts[0], now.positive) != (texts[1], before.positive):
            yield f"{now.key}: its course goes on, as revision {number} says"
    elif number < earlier:
        yield f"{now.key}: its course begins anew: revision {earlier} is gone"
    elif comparable(now.revisions, before.revisions):
        yield f"{now.key}: its course begins anew: no revision says that it goes on"
    else:
        yield f"{now.key}: its course begins anew, as a revision says"


def _rest(item: Item, both: set[str]) -> Item:
    """An item without what is told apart: its words, and the answers that only one of the two has."""
    options = sorted((one for one in item.options if one.key in both), key=lambda one: one.key)
    bare = tuple(replace(one, text="-") for one in options)
    return replace(item, type=ItemType.SINGLE, text="-", hint=None, options=bare, revisions=())


def _reworded(before: str, now: str) -> str:
    if not now:
        return f"says nothing any more, and said “{before}”"
    return f"says “{now}” instead of “{before}”" if before else f"says “{now}”, and said nothing"
