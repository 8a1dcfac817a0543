"""A function that another package calls says what it takes and what it gives.

Google sections: ``Args`` where an argument does not say by itself what it is, ``Returns`` (or ``Yields``) where what
comes back does not. A name with one of the glossary's endings says its unit, and one of our own nouns says what it is;
text, numbers, bytes and collections do neither.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import APP, modules, nodes, relative, report, syntax

# Handed to every function of a kind and explained where the kind is: the tools of actions, the connection of records,
# the revision that a change has read, the page of a list.
HANDED_TO_ALL = {"self", "cls", "tools", "connection", "revision", "after", "limit"}
# The endings of docs/glossary.md: an aware UTC instant, a London date, a unit, an identifier, a hash.
_SAYS_WHAT_IT_IS = re.compile(
    r"(?:^|_)(?:at|on|by|id|hash|sha256|seconds|minutes|bytes|title|name|email|url|reason|version)$"
)
# Types that say nothing of what is in them.
_SAYS_NOTHING = re.compile(
    r"\b(?:str|int|float|bytes|bool|dict|list|tuple|set|frozenset|Any|object|Mapping|Sequence)\b"
)
# A first line that begins so says what comes back.
_SAYS_WHAT_COMES_BACK = re.compile(
    r"^(?:Give|Find|List|Say|Tell|Get|Make|Compute|Read|Show|Count|Write|Bring) |; (?:say|True|False) "
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _package(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def _file_of(module: str) -> Path | None:
    place = APP.parent / Path(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.exists():
            return path
    return None


def _used_elsewhere(path: Path) -> set[tuple[Path, str]]:
    """The functions of other packages that one file calls or hands on: file and name."""
    found: set[tuple[Path, str]] = set()
    whole: dict[str, Path] = {}
    for node in nodes(path):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("app"):
            continue
        for alias in node.names:
            as_module = _file_of(f"{node.module}.{alias.name}")
            if as_module is not None:
                whole[alias.asname or alias.name] = as_module
            elif (defined_in := _file_of(node.module or "")) is not None:
                found.add((defined_in, alias.name))
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in whole:
            found.add((whole[node.value.id], node.attr))
    return {(defined_in, name) for defined_in, name in found if _package(defined_in) != _package(path)}


def _function(path: Path, name: str) -> Function | None:
    for node in syntax(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node
    return None


def _is_silent(argument: ast.arg) -> bool:
    if argument.arg in HANDED_TO_ALL or _SAYS_WHAT_IT_IS.search(argument.arg):
        return False
    return argument.annotation is None or bool(_SAYS_NOTHING.search(ast.unparse(argument.annotation)))


def lacks(function: Function) -> list[str]:
    """What the docstring of one function leaves unsaid."""
    text = ast.get_docstring(function) or ""
    if not text:
        return ["a docstring"]
    missing = []
    first_line = text.splitlines()[0]
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    # A first line that uses an argument's own word has said what it is.
    silent = [each for each in arguments if _is_silent(each) and not re.search(rf"\b{each.arg}\b", first_line)]
    if silent and "Args:" not in text:
        missing.append("Args")
    gives = ast.unparse(function.returns) if function.returns else "None"
    said = "Returns:" in text or "Yields:" in text or _SAYS_WHAT_COMES_BACK.search(first_line)
    if _SAYS_NOTHING.search(gives) and not said:
        missing.append("Returns")
    if not first_line.endswith((".", "?", "!", ":")):
        missing.append("a first line that is a whole sentence")
    return missing


def test_function_used_by_another_package_says_what_it_takes_and_gives() -> None:
    used = {each for path in modules() for each in _used_elsewhere(path)}
    faults = []
    for path, name in sorted(used):
        function = _function(path, name)
        if function is not None and (missing := lacks(function)):
            faults.append(f"{relative(path)}:{function.lineno} {name} lacks {', '.join(missing)}")
    assert used
    assert not faults, report("Other packages call these; their docstrings leave something unsaid", faults)


_WHOLE = '''def f(*, a: int) -> int:
    """Double it.

    Args:
        a: Any number.

    Returns:
        Twice as much.
    """
'''


@pytest.mark.parametrize(
    ("planted", "missing"),
    [
        ("def f(a: int) -> int: return a", ["a docstring"]),
        ('def f(a: int) -> int:\n    """Double it."""', ["Args", "Returns"]),
        ('def f(a: int) -> int:\n    """Give its double."""', ["Args"]),
        ('def f(a: int) -> None:\n    """Take it."""', ["Args"]),
        ('def f(a) -> None:\n    """Take it."""', ["Args"]),
        ('def f(purpose: str) -> None:\n    """Make a key for one purpose."""', []),
        ('def f(person_id: str, size_bytes: int, release: Release) -> Grant:\n    """Take them."""', []),
        ('def f() -> int:\n    """One."""', ["Returns"]),
        ('def f() -> None:\n    """do it"""', ["a first line that is a whole sentence"]),
        ('def f() -> None:\n    """Do it."""', []),
        (_WHOLE, []),
    ],
)
def test_docstring_that_leaves_something_unsaid_is_found(planted: str, missing: list[str]) -> None:
    function = ast.parse(planted).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert lacks(function) == missing
