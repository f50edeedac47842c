"""Finding text in modules that no translator will ever see, because it stands outside gettext.

What reaches people is what goes through one of their doors (a flashed message, a form's label or fault, a
choice, a subject, a progress message, a page's variables), in whatever language it is; and Dutch wherever it
stands, since code and the command line speak English. One word in a constant can still slip through.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from feedback_app.languages import ENDONYMS
from feedback_app.questionnaires.bare_texts import BRANDS, DUTCH, bare_texts

#: gettext → how many of its arguments, from the first on, are looked up in a catalogue
_GETTEXT = {"_": 1, "_l": 1, "gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
_GETTEXT |= {f"lazy_{name}": count for name, count in _GETTEXT.items()}

#: a call → the arguments of it that a person reads, by place and by name
_DOORS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "flash": ((0,), ("message",)),
    "abort": ((1,), ("description",)),
    "ValidationError": ((0,), ("message",)),
    "StopValidation": ((0,), ("message",)),
    "progress": ((2,), ("message",)),
    "SelectChoice": ((1,), ("label",)),
    **dict.fromkeys(("InputRequired", "DataRequired"), ((0,), ("message",))),
    **dict.fromkeys(
        ("Length", "Regexp", "EqualTo", "NumberRange", "AnyOf", "URL", "Email"), ((), ("message",))
    ),
}
_FIELD = ((0,), ("label", "description", "choices"))
_PAGES = {"render_template", "render_template_string", "jsonify"}
_ANSWERS = {"Response", "make_response"}
_HEADERS = {"Subject", "From"}

_WORD = re.compile(r"[^\W\d_]{2,}")
_GAP = "…"
#: in a page's variables: words, where a single small one is a key
_LIKE_A_TEXT = re.compile(r"[^\W\d_].* |[A-ZÀ-Ý][a-zà-ÿ]")
#: a code as a statement of SQL quotes it: state IN ('pre_signaal', 'getoetst')
_CODE = re.compile(r"'\w*'")
_FILLED_IN = re.compile(r"\{\w*\}")


def bare_literals(source: str) -> Iterator[tuple[int, str]]:
    """Text that reaches people outside gettext in a module, with its line; SyntaxError when it is none."""
    tree = ast.parse(source)
    silent = set(_documentation(tree)) | set(_translated(tree))
    found = {**dict(_through_doors(tree, silent)), **dict(_dutch(tree, silent)), **dict(_made_up(tree))}
    yield from sorted((line, text) for (line, _column), text in found.items())


_Found = tuple[tuple[int, int], str]


def _documentation(tree: ast.AST) -> Iterator[int]:
    """Docstrings, and strings that stand alone as a comment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _translated(tree: ast.AST) -> Iterator[int]:
    """What stands inside a call of gettext."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _GETTEXT:
            for argument in node.args:
                yield from map(id, ast.walk(argument))


def _made_up(tree: ast.AST) -> Iterator[_Found]:
    """What gettext cannot find, since it is put together first: _(f"Nog {n} vragen")."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (count := _GETTEXT.get(_name(node.func))):
            made = (one for one in node.args[:count] if isinstance(one, ast.JoinedStr | ast.BinOp))
            yield from ((_place(one), ast.unparse(one)) for one in made)


def _through_doors(tree: ast.AST, silent: set[int]) -> Iterator[_Found]:
    for node in ast.walk(tree):
        for spoken in _spoken(node):
            yield from ((_place(one), _text(one)) for one in _literals(spoken, silent) if _says(_text(one)))
        if not isinstance(node, ast.Call):
            continue
        for one in _direct(_shown(node)):
            if _LIKE_A_TEXT.match(_text(one)) and _says(_text(one)):
                yield _place(one), _text(one)
        if _name(node.func) == "Markup":
            for one in _direct(node.args):
                if "<" in _text(one):
                    found = bare_texts(_FILLED_IN.sub("", _text(one)))
                    yield from ((_place(one), text) for _line, text in found)


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    """What a call puts into a page or an answer, be it words or keys."""
    name = _name(call.func)
    if name in _ANSWERS:
        yield from call.args[:1]
    if name in _PAGES:
        yield from (keyword.value for keyword in call.keywords)
        for given in call.args:
            yield from given.values if isinstance(given, ast.Dict) else ()


def _direct(expressions: Iterable[ast.expr]) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Those that are strings themselves."""
    return (one for one in expressions if isinstance(one, ast.Constant | ast.JoinedStr))


def _says(text: str) -> bool:
    """Whether there are words in it, not only names."""
    return any(word not in BRANDS for word in _WORD.findall(text)) and text not in ENDONYMS.values()


def _spoken(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions of a node that a person reads."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            key = target.slice if isinstance(target, ast.Subscript) else None
            if isinstance(key, ast.Constant) and key.value in _HEADERS:
                yield node.value
            if isinstance(target, ast.Attribute) and target.attr == "choices":
                yield from _labels(node.value)
    if not isinstance(node, ast.Call):
        return
    name = _name(node.func)
    places, names = _FIELD if name.endswith("Field") else _DOORS.get(name, ((), ()))
    yield from (argument for place, argument in enumerate(node.args) if place in places)
    for keyword in node.keywords:
        if keyword.arg == "choices" and keyword.arg in names:
            yield from _labels(keyword.value)
        elif keyword.arg in names:
            yield keyword.value


def _labels(choices: ast.expr) -> Iterator[ast.expr]:
    """What people read of (key, label) pairs; the rest of a list is what it is made of."""
    for node in ast.walk(choices):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            yield node.elts[1]


def _dutch(tree: ast.AST, silent: set[int]) -> Iterator[_Found]:
    for literal in _literals(tree, silent):
        text = _text(literal)
        said = _CODE.sub(" ", text)
        if " " in text.strip() and len(_WORD.findall(text)) > 1 and DUTCH.search(said):
            yield _place(literal), text


def _literals(node: ast.AST, silent: set[int]) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Strings in a piece of code; a formatted one as a whole, keys and compared values left out."""
    if id(node) in silent or isinstance(node, ast.Compare):
        return
    if isinstance(node, ast.JoinedStr):
        yield node
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node
        return
    if isinstance(node, ast.Subscript):
        yield from _literals(node.value, silent)
        return
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.Dict):
        children = node.values
    for child in children:
        yield from _literals(child, silent)


def _text(literal: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(literal, ast.Constant):
        return literal.value if isinstance(literal.value, str) else ""
    return "".join(str(one.value) if isinstance(one, ast.Constant) else _GAP for one in literal.values)


def _place(literal: ast.expr) -> tuple[int, int]:
    return literal.lineno, literal.col_offset


def _name(function: ast.expr) -> str:
    """What a call calls, without what it belongs to."""
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""
