"""One file talks to the JOSE library, and no other."""

from __future__ import annotations

import ast
from pathlib import Path

import app

ROOT = Path(app.__file__).parent
DYNAMIC = {"import_module", "__import__"}


def imports_jose(source: str) -> bool:
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            names = [str(node.args[0].value)] if called in DYNAMIC else []
        if any(name.split(".")[0] == "jose" for name in names):
            return True
    return False


def test_jose_is_imported_by_the_one_wrapper_and_nowhere_else() -> None:
    importers = [
        path.relative_to(ROOT).as_posix() for path in sorted(ROOT.rglob("*.py")) if imports_jose(path.read_text())
    ]
    assert importers == ["keys/tokens.py"]


def test_jose_import_is_seen_in_each_of_its_forms() -> None:
    forms = ["import jose", "import jose.jwt as x", "from jose import jwt", "from jose.jwt import decode"]
    forms += ["import importlib\nimportlib.import_module('jose.jwt')", "def f():\n    from jose import jws"]
    assert [imports_jose(form) for form in forms] == [True] * 6
    assert [imports_jose(form) for form in ("import joserfc", "from app.keys import tokens", "jose = 1")] == [False] * 3
