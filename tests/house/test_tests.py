"""The tests themselves: no mocks of our own code, names that say what, when and what then, and no race with a clock."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, dotted, modules, nodes, relative, report, syntax
from tests.order import LONGEST

_CASE = r"test_[A-Za-z0-9]+(_[A-Za-z0-9]+){2,}"
_LAW = r"test_[A-Za-z0-9]+(_[A-Za-z0-9]+)+"  # laws are named as laws: default_deny

_MOCKS = {"unittest.mock", "mock", "pytest_mock", "respx", "responses", "freezegun", "time_machine"}


def _tests(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]


def _files() -> list[Path]:
    return modules(ROOT / "tests")


def test_tests_mock_nothing() -> None:
    faults = [
        f"{relative(path)}:{node.lineno}"
        for path in _files()
        for node in nodes(path)
        if (isinstance(node, ast.Import) and {alias.name for alias in node.names} & _MOCKS)
        or (isinstance(node, ast.ImportFrom) and (node.module in _MOCKS or (node.module == "unittest")))
    ]
    assert not faults, report(
        "The outside has honest twins in tests/twins.py; our own rooms are tested for real", faults
    )


def test_tests_say_what_when_and_what_then() -> None:
    faults = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in _files()
        for node in _tests(path)
        if not re.fullmatch(_LAW if "properties" in path.parts else _CASE, node.name)
    ]
    assert not faults, report("test_<thing>_<condition>_<behaviour>", faults)


def test_tests_have_a_name_of_their_own_in_their_file() -> None:
    faults = []
    for path in _files():
        names = [node.name for node in syntax(path).body if isinstance(node, ast.FunctionDef)]
        faults += [f"{relative(path)} {name}" for name in sorted({name for name in names if names.count(name) > 1})]
    assert not faults, report("The second of two functions with one name hides the first", faults)


def can_fail(test: ast.AST) -> bool:
    """Whether a test holds anything that could fail: an assertion, an expectation, or a call into the code."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert) and not (isinstance(node.test, ast.Constant) and node.test.value):
            return True
        if isinstance(node, ast.Call):
            return True
    return False


def test_tests_can_all_fail() -> None:
    faults = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in _files()
        for node in _tests(path)
        if not can_fail(node)
    ]
    assert not faults, report("Nothing in these can fail", faults)


def test_tests_sleep_nowhere_but_while_they_wait_for_something() -> None:
    faults = [
        f"{relative(path)}:{node.lineno}"
        for path in _files()
        if "bench" not in path.parts
        for test in _tests(path)
        for node in test.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted(node.value.func) == "time.sleep"
    ]
    assert not faults, report("A test that sleeps and hopes is a race; wait in a loop for what must come", faults)


@pytest.mark.parametrize(
    ("planted", "verdict"),
    [("def test_a_b_c(): pass", False), ("def test_a_b_c(): assert True", False), ("def test_a_b_c(): assert f", True)],
)
def test_test_that_cannot_fail_is_told_apart(planted: str, verdict: bool) -> None:
    assert can_fail(ast.parse(planted).body[0]) is verdict


def test_files_named_as_the_longest_exist() -> None:
    missing = [name for name in LONGEST if not (ROOT / name).is_file()]
    assert not missing, report("tests/order.py begins these first, and they are not there", missing)
    assert len(set(LONGEST)) == len(LONGEST)
