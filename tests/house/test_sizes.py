"""Files and functions stay small enough to be read at one sitting, or say why they are not.

The figures are where one looks again, not targets: aim at 120 lines for a rule, 150 for a file, 12 for a function. A
file that has grown is split along a noun, never into a second part.
"""

from __future__ import annotations

import ast

from tests.house.tree import APP, ROOT, Definition, definitions, files, modules, relative, report

# Looked at again, and left: what it is, and why one piece reads better than two.
LARGE_FILES: dict[str, str] = {
    "app/actions/making.py": "how a copy of each kind is made, whole or in part, from one plan",
    "app/rules/breaches.py": "what makes an incident, and every other draft by its name",
    "tests/unit/api/estate.py": "one of everything that has an address, for those who ask every address",
    "tests/unit/api/test_idempotency.py": "every creating request side by side, so that none is overlooked",
    "app/actions/deputies.py": "a deputy, from the request to its end, each act with what it demands",
    "app/actions/eligibility.py": "one draft and every edit of it",
    "app/actions/erasing.py": "a destruction, from its proposal to the last object, as it is checked",
    "app/actions/moves.py": "every move of a release, and everything that follows from one",
    "app/actions/openings.py": "the heart of the service, with its walk",
    "app/records/eligibility.py": "one version of a list, however it is asked for",
    "app/records/erasing.py": "what a destruction takes and what it leaves, table by table on one page",
    "app/rules/feeds.py": "a feed's events, from what is known of a release to the sentences in it",
    "app/rules/granting.py": "what every Order is asked about a grant, chosen in one place",
    "tests/scenarios/test_retention.py": "T44 and every way past it, on one estate",
    "app/actions/tools.py": "what every action is handed, and what it demands of whoever asks",
    "app/records/tables.py": "the whole schema on one page",
    "app/wiring.py": "the one place that chooses what we have, each choice with its refusal",
    "app/vault/age.py": "one format, one file: header, key and payload are checked against one specification",
    "app/api/problems.py": "one total table, code by code, with the words of each problem's page",
    "app/rules/conditions.py": "every condition of the one rule, side by side, so that none is overlooked",
    "app/rules/errors.py": "the tree of errors and the closed list of their codes, on one page",
    "app/rules/facts.py": "every noun of the rule on one page",
    "app/rules/orders/scotland.py": "when access may begin under one Order, paragraph by paragraph",
    "app/rules/orders/uk.py": "when access may begin under one Order, paragraph by paragraph",
    "app/rules/orders/wales.py": "when access may begin under one Order, paragraph by paragraph",
    "app/rules/orders/northern_ireland_grants.py": "who may have access under one Order, paragraph by paragraph",
    "app/rules/orders/uk_grants.py": "who may have access under one Order, paragraph by paragraph",
    "app/rules/rows.py": "one row of a sheet, read cell by cell, each with what can be wrong with it",
    "tests/unit/keys/test_ring.py": "one ring from its making to its faults, with the few lines that read one",
    "tests/unit/keys/test_tokens.py": "every known way past a JOSE library side by side, so that none is overlooked",
}
LARGE_FUNCTIONS: dict[str, str] = {}


def limit(path: str) -> int:
    """Above how many lines one looks again."""
    if path.startswith("tests/"):
        return 450
    if path.startswith("app/rules/"):
        return 200
    if path.startswith("app/web/templates/"):
        return 200
    return 350


FUNCTION_LIMIT = 50


def _lines(path: str) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def _measured() -> dict[str, int]:
    paths = [*modules(APP), *files(".html", ".jinja", under=APP), *modules(ROOT / "tests")]
    return {relative(path): _lines(relative(path)) for path in paths}


def code_lines(node: ast.AST) -> int:
    """Lines of a function without its decorators and docstring; a table of declarations counts as one statement."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    assert node.end_lineno is not None
    first = node.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return node.end_lineno - node.lineno + 1 - docstring


def _functions() -> list[Definition]:
    return [each for path in modules() for each in definitions(path) if each.kind == "function"]


def test_file_that_has_grown_says_why() -> None:
    faults = [
        f"{path} has {lines} lines; look again above {limit(path)}"
        for path, lines in _measured().items()
        if lines > limit(path) and path not in LARGE_FILES
    ]
    assert not faults, report("Split along a noun, or list the file here with its reason", faults)


def test_function_that_has_grown_says_why() -> None:
    faults = [
        f"{each.where} {each.name} has {code_lines(each.node)} lines; look again above {FUNCTION_LIMIT}"
        for each in _functions()
        if code_lines(each.node) > FUNCTION_LIMIT and each.name not in LARGE_FUNCTIONS
    ]
    assert not faults, report("A function fits on one screen, or is listed here with its reason", faults)


def test_exception_that_is_needed_no_longer_is_taken_off_the_list() -> None:
    measured = _measured()
    small = [path for path in LARGE_FILES if measured.get(path, 0) <= limit(path)]
    grown = {each.name for each in _functions() if code_lines(each.node) > FUNCTION_LIMIT}
    assert not small, report("No longer large: take it off LARGE_FILES", small)
    assert not set(LARGE_FUNCTIONS) - grown, report(
        "No longer large: take it off LARGE_FUNCTIONS", sorted(set(LARGE_FUNCTIONS) - grown)
    )


def test_conftest_stays_short() -> None:
    lines = _lines("tests/conftest.py")
    assert lines < 100, f"tests/conftest.py has {lines} lines; facts are made by functions in build.py, not by fixtures"


def test_file_is_never_a_second_part() -> None:
    faults = [relative(path) for path in modules() if path.stem.endswith(("_part2", "_2", "_more", "_extra"))]
    assert not faults, report("Split along a noun", faults)


def test_code_lines_without_the_docstring_are_counted() -> None:
    function = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    x = 1\n    return x\n').body[0]
    assert code_lines(function) == 3
