"""The layering contracts hold, and each of them can break.

A contract that could not fail would keep nothing, so every one is shown an import it must refuse: on a copy of the
import graph, where that is quick, and for some the whole way, through the command on a copy of the tree.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

from tests.house.tree import APP, ROOT, modules, nodes, relative, report

_KINDS = {
    kind.type_name: kind for kind in (AcyclicSiblingsContract, ForbiddenContract, LayersContract, ProtectedContract)
}

LAYERS = "Doors over actions over rooms over rules"
PURE = "The rules touch nothing"
DOORS = "Doors reach the rooms only through actions"
PAGES = "The pages use of other doors only the API's"
KEYS = "Private keys live in one room"
OUTSIDE = "Only the wiring knows which outside we have"
CIPHERS = "Cryptography is imported in few places"
VERIFIER = "The verifier shares no code with the writer"
WITNESS = "A witness shares no code with the log it watches"
ACTIONS = "No action calls another action"
CYCLES = "No cycles anywhere"

# contract, importer, imported: each an import that somebody could be tempted by
PLANTED = [
    (LAYERS, "app.rules.access", "app.database"),
    (LAYERS, "app.rules.access", "app.records.tables"),
    (LAYERS, "app.records.tables", "app.audit.log"),
    (LAYERS, "app.vault.shelf", "app.keys.ring"),
    (LAYERS, "app.actions.tools", "app.api.problems"),
    (LAYERS, "app.api.problems", "app.worker"),
    (LAYERS, "app.api.problems", "app.web.shell"),
    (LAYERS, "app.actions.tools", "app.wiring"),
    (PURE, "app.rules.access", "sqlalchemy"),
    (PURE, "app.rules.window", "time"),
    (PURE, "app.rules.orders.uk", "pathlib"),
    (DOORS, "app.api.problems", "app.records.tables"),
    (DOORS, "app.cli", "app.vault.shelf"),
    (DOORS, "app.worker", "app.audit.log"),
    (PAGES, "app.web.shell", "app.cli.main"),
    (PAGES, "app.web.releases", "app.worker.loop"),
    (KEYS, "app.actions.tools", "app.keys.ring"),
    (KEYS, "app.vault.shelf", "app.keys.wrapping"),
    (OUTSIDE, "app.actions.tools", "app.outside.clock"),
    (OUTSIDE, "app.actions.tools", "app.settings"),
    (CIPHERS, "app.actions.tools", "cryptography"),
    (CIPHERS, "app.vault.shelf", "cryptography"),
    (CIPHERS, "app.api.problems", "jose"),
    (VERIFIER, "app.audit.verify", "app.audit.log"),
    (VERIFIER, "app.audit.merkle", "app.rules.errors"),
    (VERIFIER, "app.audit.checkpoint", "sqlalchemy"),
    (WITNESS, "app.audit.witness.state", "app.audit.tiles"),
    (WITNESS, "app.witness", "app.settings"),
    (ACTIONS, "app.actions.releases", "app.actions.people"),
    (ACTIONS, "app.actions.desk", "app.actions.breaches"),
    (ACTIONS, "app.actions.tools", "app.actions.documents"),
    (CYCLES, "app.rules.reasons", "app.rules.access"),
]


@cache
def _configuration() -> dict[str, Any]:
    return read_configuration(str(ROOT / "pyproject.toml"))


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("app", include_external_packages=True, cache_dir=None)


def _kept(name: str, graph: grimp.ImportGraph) -> bool:
    options = next(dict(each) for each in _configuration()["contracts_options"] if each["name"] == name)
    contract = _KINDS[options.pop("type")](name, _configuration()["session_options"], options)
    return bool(contract.check(graph=graph, verbose=False).kept)


@cache
def _kept_as_it_stands(name: str) -> bool:
    return _kept(name, deepcopy(_graph()))


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    lint = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", lint, "--no-logo", "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    shutil.copytree(APP, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_over_the_tree_are_kept(copy_of_the_tree: Path) -> None:
    linted = _lint(copy_of_the_tree)
    assert linted.returncode == 0, f"an import goes the wrong way (app/README.md has the map):\n{linted.stdout}"


def test_contracts_over_a_copy_with_a_planted_import_are_broken(copy_of_the_tree: Path) -> None:
    with (copy_of_the_tree / "app/rules/access.py").open("a", encoding="utf-8") as file:
        file.write("\nimport sqlalchemy\n")
    linted = _lint(copy_of_the_tree)
    assert linted.returncode == 1
    assert f"{PURE} BROKEN" in linted.stdout


def test_contracts_over_a_copy_with_a_new_package_are_broken(copy_of_the_tree: Path) -> None:
    (copy_of_the_tree / "app/utils").mkdir()
    (copy_of_the_tree / "app/utils/__init__.py").touch()
    linted = _lint(copy_of_the_tree)
    assert linted.returncode == 1
    assert f"{LAYERS} BROKEN" in linted.stdout


def test_contracts_over_a_copy_with_a_new_action_are_broken(copy_of_the_tree: Path) -> None:
    (copy_of_the_tree / "app/actions/odds_and_ends.py").touch()
    linted = _lint(copy_of_the_tree)
    assert linted.returncode == 1
    assert f"{ACTIONS} BROKEN" in linted.stdout


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_contract_with_a_planted_import_is_broken(contract: str, importer: str, imported: str) -> None:
    graph = deepcopy(_graph())
    missing = [name for name in (importer, imported) if name.startswith("app") and name not in graph.modules]
    assert missing == [], f"plant the import somewhere else: there is no {missing}"
    assert _kept_as_it_stands(contract)
    graph.add_import(importer=importer, imported=imported, line_number=1, line_contents=f"import {imported}")
    assert not _kept(contract, graph)


def test_contracts_are_all_shown_an_import_they_refuse() -> None:
    configured = [each["name"] for each in _configuration()["contracts_options"]]
    assert sorted(configured) == sorted({contract for contract, _, _ in PLANTED})


# Pure parts of the standard library: they compute, and cannot reach a clock, a file, a socket or chance.
_PURE_MODULES = {
    "__future__",
    "base64",
    "binascii",
    "bisect",
    "collections",
    "collections.abc",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "functools",
    "hashlib",
    "hmac",  # to compare without telling how far
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "string",
    "textwrap",
    "types",
    "typing",
    "unicodedata",
    "zoneinfo",
}


def _imports(path: Path) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.lineno))
    return found


def test_rules_import_only_pure_modules_and_each_other() -> None:
    faults = [
        f"{relative(path)}:{line} imports {name}"
        for path in modules(APP / "rules")
        for name, line in _imports(path)
        if name not in _PURE_MODULES and not name.startswith("app.rules")
    ]
    assert not faults, report("The rules take facts and an instant and touch nothing", faults)


def test_jose_is_imported_by_one_module() -> None:
    importers = {
        relative(path) for path in modules() for name, _ in _imports(path) if name.split(".")[0] in {"jose", "ecdsa"}
    }
    assert importers == {"app/keys/tokens.py"}, (
        "python-jose has unsafe defaults; call the one wrapper, app/keys/tokens.py"
    )


def test_doors_call_actions_and_not_their_parts() -> None:
    parts = {f"app.actions.{part}" for part in ("deciding", "desk", "lists", "naming")}
    faults = [
        f"{relative(path)}:{node.lineno} {ast.unparse(node)}"
        for path in modules()
        if path.parent != APP / "actions"
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        # What a part gives back has a type, which a door must be able to name; what it does is the action's business.
        if f"{node.module}.{alias.name}" in parts or (node.module in parts and not alias.name[0].isupper())
    ]
    assert not faults, report("These work inside an action's transaction and are no act of their own", faults)


# The demo shows that a sealed file opens without us; where there is no age program it asks pyrage.
_DEMO_ASKS = {("app/cli/scenes_after.py", "pyrage")}


def test_oracles_are_never_imported_by_the_service() -> None:
    oracles = {"pyrage", "sigstore", "pyzipper", "hypothesis", "pytest", "schemathesis", "aiosmtpd"}
    faults = [
        f"{relative(path)}:{line} imports {name}"
        for path in modules()
        for name, line in _imports(path)
        if name.split(".")[0] in oracles and (relative(path), name) not in _DEMO_ASKS
    ]
    assert not faults, report("What checks the service is no part of it", faults)
