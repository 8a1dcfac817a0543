"""How the house tests read the tree: files, their syntax, their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"

# What a checkout does not contain. Everything else in the tree is read as if it were committed.
NOT_OURS = {".git", ".venv", ".venv-tools", "var", "dist", "__pycache__", "node_modules"}
_CACHE = re.compile(r"^\.(mypy|pytest|ruff|import_linter)_cache$|^\.hypothesis$|\.egg-info$")


def files(*suffixes: str, under: Path = ROOT) -> list[Path]:
    """Every file of the checkout below a folder, sorted; with these suffixes when any are given."""
    return sorted(_walk(under, suffixes))


def _walk(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in NOT_OURS or _CACHE.search(path.name):
            continue
        if path.is_dir():
            yield from _walk(path, suffixes)
        elif not suffixes or path.suffix in suffixes:
            yield path


def relative(path: Path, root: Path = ROOT) -> str:
    """A path as people write it, from the root of the checkout."""
    return path.relative_to(root).as_posix()


@cache
def syntax(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def modules(under: Path = APP) -> list[Path]:
    """Every Python file below a folder."""
    return files(".py", under=under)


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of one file's syntax tree; walked once, since many checks look at the same files."""
    return tuple(ast.walk(syntax(path)))


@dataclass(frozen=True)
class Definition:
    """A module, class or function and where it stands."""

    kind: str
    name: str
    where: str
    node: ast.AST


@cache
def definitions(path: Path, root: Path = ROOT) -> list[Definition]:
    """The module itself, and every class, function and argument it defines."""
    found = [Definition("module", path.stem, relative(path, root), syntax(path))]
    for node in nodes(path):
        if isinstance(node, ast.ClassDef):
            found.append(Definition("class", node.name, f"{relative(path, root)}:{node.lineno}", node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(Definition("function", node.name, f"{relative(path, root)}:{node.lineno}", node))
    return found


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a chain of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def report(heading: str, faults: list[str]) -> str:
    """A failure message a person can act on: what the rule is, then each place that breaks it."""
    return "\n".join([f"{heading} ({len(faults)}):", *(f"  {fault}" for fault in faults)])
