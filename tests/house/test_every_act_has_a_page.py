"""Whatever a person can do through the API they can do on a page; what a program alone does is named, with why."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import APP, modules, nodes, syntax

UNSAFE = {"post", "put", "patch", "delete"}
# Done by programs, or by a person with software of their own, to which the API is the door.
BY_PROGRAMS = {
    "credentials.issue_token": "a program exchanges its secret for a token",
    "declarations.prepare_declaration": "signing with a key of one's own takes software that holds it",
    "declarations.sign_declaration_with_key": "the same software hands in what it signed",
    "own_keys.end_key": "the same software registered it",
    "own_keys.register_key": "the same software made the key",
    "receipts.take_receipt": "the mail service tells of a letter",
    "uploads.begin_upload": "a program sends a large document in parts; a page takes it whole",
    "uploads.receive": "as above",
    "uploads.take_back_upload": "as above",
}
ASKED_ON_THE_WAY = {"openings.may_repeat": "a question about the answer, no act of a person"}


def acts_of(path: Path, among: ast.AST) -> set[str]:
    """Which actions are named below a node of a file, as ``module.function``."""
    rooms: dict[str, str] = {}
    single: dict[str, str] = {}
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module == "app.actions":
            rooms |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.actions."):
            module = str(node.module).removeprefix("app.actions.")
            single |= {one.asname or one.name: f"{module}.{one.name}" for one in node.names}
    found: set[str] = set()
    for node in ast.walk(among):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in rooms:
            found.add(f"{rooms[node.value.id]}.{node.attr}")
        elif isinstance(node, ast.Name) and node.id in single:
            found.add(single[node.id])
    return {name for name in found if name.partition(".")[2][0].islower()}


def changes_something(function: ast.AST) -> bool:
    """Say whether a function answers a request by which something is done."""
    called = [one.func for one in getattr(function, "decorator_list", []) if isinstance(one, ast.Call)]
    return any(isinstance(one, ast.Attribute) and one.attr in UNSAFE for one in called)


def done_through_the_api() -> set[str]:
    return {
        act
        for path in modules(APP / "api")
        for node in syntax(path).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and changes_something(node)
        for act in acts_of(path, node)
    }


def done_on_pages() -> set[str]:
    return {act for path in modules(APP / "web") for act in acts_of(path, syntax(path))}


def test_every_act_of_the_api_is_done_on_a_page_too_or_is_a_programs() -> None:
    assert done_through_the_api() - done_on_pages() == BY_PROGRAMS.keys() | ASKED_ON_THE_WAY.keys()


def test_acts_are_found_where_they_are_called() -> None:
    assert {"openings.open_document", "destroying.destroy_document_key"} <= done_through_the_api() & done_on_pages()
