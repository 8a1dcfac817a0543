"""A permit is made in one place: by the rule, from facts and an instant."""

from __future__ import annotations

import ast

import pytest

from tests.house.tree import dotted, modules, relative, report, syntax

ONE_MAKER = "app/rules/access.py"
FOR_EVERYBODY = "app/rules/contingency.py"
OF_TEXTS = "app/rules/textpermits.py"
PERMITS = {"Permit", "PublicPermit", "TextPermit"}


def permits_made(tree: ast.AST) -> list[tuple[int, str]]:
    """Every place that makes, copies, subclasses or renames a permit: line and how."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += [(node.lineno, how) for how in _made_by(node)]
        elif isinstance(node, ast.ClassDef) and any(dotted(base).split(".")[-1] in PERMITS for base in node.bases):
            found.append((node.lineno, "subclasses Permit"))
        elif isinstance(node, ast.ImportFrom):
            found += [(node.lineno, "renames Permit") for a in node.names if a.name in PERMITS and a.asname]
        elif isinstance(node, ast.Assign) and dotted(node.value).split(".")[-1] in PERMITS:
            found.append((node.lineno, "renames Permit"))
    return found


def _made_by(call: ast.Call) -> list[str]:
    called = dotted(call.func).split(".")
    arguments = [dotted(argument).split(".")[-1] for argument in call.args]
    if called[-1] in PERMITS:
        return [f"makes a {called[-1]}"]
    if called[-1] == "__new__" and PERMITS.intersection([*called, *arguments]):
        return ["makes a Permit past its constructor"]
    if called[-1] in {"replace", "copy", "deepcopy"} and any("permit" in name.lower() for name in arguments[:1]):
        return ["copies a Permit"]
    if called[-1] == "__setattr__" and any("permit" in name.lower() for name in arguments[:1]):
        return ["changes a Permit"]
    return []


def test_permit_is_made_by_the_rule_alone() -> None:
    faults = [
        f"{relative(path)}:{line} {how}"
        for path in modules()
        if relative(path) not in (ONE_MAKER, FOR_EVERYBODY, OF_TEXTS)
        for line, how in permits_made(syntax(path))
    ]
    assert not faults, report(f"Only decide() in {ONE_MAKER} makes permits; ask it", faults)


def test_permit_is_made_once_in_the_rule() -> None:
    path = next(path for path in modules() if relative(path) == ONE_MAKER)
    made = [how for _, how in permits_made(syntax(path)) if how == "makes a Permit"]
    assert made == ["makes a Permit"], "decide() has exactly one way to say yes"


def test_permit_for_everybody_is_made_once_in_its_rule() -> None:
    path = next(path for path in modules() if relative(path) == FOR_EVERYBODY)
    made = [how for _, how in permits_made(syntax(path)) if how.startswith("makes")]
    assert made == ["makes a PublicPermit"], "decide_public() has exactly one way to say yes"


def test_permit_for_a_prepared_text_is_made_once_in_its_rule() -> None:
    path = next(path for path in modules() if relative(path) == OF_TEXTS)
    made = [how for _, how in permits_made(syntax(path)) if how.startswith("makes")]
    assert made == ["makes a TextPermit"], "decide_text() has exactly one way to say yes"


def test_plaintext_of_parts_is_asked_for_only_where_they_are_sealed_again() -> None:
    asking = {relative(path) for path in modules() if "part_chunks" in path.read_text(encoding="utf-8")}
    assert asking == {"app/vault/parts.py", "app/actions/receiving.py"}


@pytest.mark.parametrize(
    "planted",
    [
        "from app.rules.access import Permit\np = Permit(person_id='x')",
        "from app.rules import access\np = access.Permit()",
        "import app.rules.access\np = app.rules.access.Permit()",
        "from app.rules.access import Permit as Yes",
        "from app.rules.access import Permit\nYes = Permit",
        "from app.rules.access import Permit\nclass Mine(Permit): ...",
        "from dataclasses import replace\ndef f(permit): return replace(permit, document_id='other')",
        "import dataclasses\ndef f(self): return dataclasses.replace(self.permit, at=None)",
        "from app.rules.contingency import PublicPermit\np = PublicPermit('r', 'd', 's', None, None)",
        "from app.rules.textpermits import TextPermit\np = TextPermit('t', 1, 'p', None)",
        "p = object.__new__(PublicPermit)",
        "p = object.__new__(Permit)",
        "p = Permit.__new__(Permit)",
        "object.__setattr__(permit, 'document_id', 'other')",
    ],
)
def test_permit_that_is_planted_is_found(planted: str) -> None:
    assert len(permits_made(ast.parse(planted))) == 1


@pytest.mark.parametrize(
    "lawful",
    [
        "from app.rules.access import Permit\ndef f(permit: Permit): return isinstance(permit, Permit)",
        "x = 'permit'.replace('p', 'P')",
        "Decision = Permit | Refusal",
    ],
)
def test_permit_that_is_only_shown_is_left_alone(lawful: str) -> None:
    assert permits_made(ast.parse(lawful)) == []
