"""Every code has one row in the table of problems, a page that explains it, and a place in the tree of errors."""

from __future__ import annotations

import ast
import re

import pytest

from app.api.problems import PROBLEMS
from app.rules import errors
from app.rules.errors import Broken, Code, NotFound, NotSignedIn, PraError, Refused, TooManyTries
from tests.house.tree import dotted, modules, nodes, report

# The framework finds these; app/api/problems.py gives them their codes.
_RAISED_BY_THE_FRAMEWORK = {"METHOD_NOT_ALLOWED", "UNSUPPORTED_MEDIA_TYPE"}
_BROKEN = {
    "LogDamaged",
    "SealBroken",
    "KeyMissing",
    "UnrecordedChange",
    "ClockWrong",
    "Unavailable",
    "NotBegun",
    "Broken",
}


def _tree(root: type[PraError] = PraError) -> list[type[PraError]]:
    return [root, *(below for child in root.__subclasses__() for below in _tree(child))]


def _ours() -> list[type[PraError]]:
    return [each for each in _tree() if each.__module__ == errors.__name__]


def test_problem_codes_have_one_row_each() -> None:
    assert sorted(PROBLEMS) == sorted(Code), "app/api/problems.py must have exactly one row for each Code"


@pytest.mark.parametrize("code", list(Code))
def test_problem_row_says_what_it_means_and_what_would_put_it_right(code: Code) -> None:
    row = PROBLEMS[code]
    assert 400 <= row.status <= 599
    assert 2 <= len(row.title.split()) <= 10, f"a title is a few words: {row.title!r}"
    assert not row.title.endswith(".")
    for text in (row.meaning, row.remedy):
        assert len(text.split()) >= 3, f"{code.value} explains nothing: {text!r}"
        assert text.endswith("."), f"whole sentences: {text!r}"


def test_problem_titles_differ() -> None:
    titles = [row.title for row in PROBLEMS.values()]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize(
    ("family", "statuses"),
    [(Refused, {403, 409, 422}), (NotFound, {404}), (NotSignedIn, {401}), (TooManyTries, {429}), (Broken, {500, 503})],
)
def test_problem_of_a_family_has_that_family_s_status(family: type[PraError], statuses: set[int]) -> None:
    codes = {each.default_code for each in _tree(family)}
    assert {PROBLEMS[code].status for code in codes} <= statuses


def test_problem_of_our_own_making_never_says_more_than_that() -> None:
    for family in _tree(Broken):
        row = PROBLEMS[family.default_code]
        assert row.status in {500, 503}


def test_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn = re.findall(r"[├└]─ (\w+)", errors.__doc__ or "")
    assert sorted(drawn) == sorted(each.__name__ for each in _ours() if each is not PraError)


def test_tree_gives_each_family_a_code() -> None:
    assert [each.__name__ for each in _ours() if each.default_code not in Code] == []
    assert {each.__name__ for each in _tree(Broken) if each.__module__ == errors.__name__} == _BROKEN


def test_problem_code_that_nothing_raises_is_taken_away() -> None:
    used = {
        dotted(node).split(".")[-1]
        for path in modules()
        if path.name not in {"errors.py", "problems.py"}
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and dotted(node).split(".")[-2:-1] == ["Code"]
    }
    defaults = {each.default_code.name for each in _ours()}
    idle = sorted(code.name for code in Code if code.name not in used | defaults | _RAISED_BY_THE_FRAMEWORK)
    assert not idle, report("No line of the service can answer with these codes", idle)
