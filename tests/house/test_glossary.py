"""The words of the trade are the words in the code, and the words we keep out are in no name.

``docs/glossary.md`` is the list; it is read here, so it cannot go stale.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import APP, ROOT, definitions, modules, nodes, relative, report

GLOSSARY = ROOT / "docs" / "glossary.md"

# In no name at all: each has a word of the trade.
NEVER = {"acl", "whitelist", "blacklist", "tenant", "grantee", "blob", "user", "users"}
# In no name of a module, class or function: they say nothing.
VAGUE = {
    "manager", "service", "handler", "processor", "helper", "helpers", "util", "utils", "common", "base", "data",
    "info", "item", "items", "valid",
}  # fmt: skip
# Where such a word is somebody else's, or the trade's own.
ALLOWED = {
    "get_route_handler": "the framework's own name for what a route overrides",
    "require_service_role": "the role of whoever runs the service, which is what design calls the whole",
    "service_tools": "the tools of the service, as against those of the demo",
    "add_service_credential": "service credentials are what programs sign in with",
    "service_credential": "service credentials are what programs sign in with",
    "service_credentials": "service credentials are what programs sign in with",
    "ServiceCredential": "service credentials are what programs sign in with",
}


def words(name: str) -> list[str]:
    """A name in its parts: ``EligibilityList`` and ``eligibility_list`` give the same two."""
    humps = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word for word in humps.lower().split("_") if word]


def _every_name(path: Path) -> list[tuple[str, int]]:
    """Every identifier a file brings into being: definitions, arguments, variables, attributes of its own."""
    found: list[tuple[str, int]] = []
    for node in nodes(path):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.append((node.name, node.lineno))
        elif isinstance(node, ast.arg):
            found.append((node.arg, node.lineno))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append((node.id, node.lineno))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.append((node.attr, node.lineno))
    return found


def _table(heading: str) -> list[list[str]]:
    text = GLOSSARY.read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    chosen = next(part for part in section if part.startswith(heading))
    rows = [line for line in chosen.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _in_code(heading: str) -> list[str]:
    return [name for row in _table(heading) for name in re.findall(r"`([A-Za-z_]+)(?:\(\))?`", row[2])]


def _names_in_app() -> set[str]:
    names = {each.name for path in modules() for each in definitions(path)}
    for path in modules():
        for node in nodes(path):
            if isinstance(node, ast.Name | ast.Attribute | ast.arg | ast.keyword):
                names.add(getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None) or "")
    return names | {path.name for path in APP.iterdir()}


def test_glossary_words_are_in_the_code() -> None:
    names = _names_in_app()
    missing = [word for word in _in_code("Words in the code") if word not in names]
    assert not missing, report("docs/glossary.md promises these names, and the code has none of them", missing)


def test_glossary_words_kept_for_later_are_not_in_the_code_yet() -> None:
    defined = {each.name for path in modules() for each in definitions(path) if each.kind == "class"}
    built = [word for word in _in_code("Words kept for parts not built yet") if word in defined]
    assert not built, report("Built by now: move the row up in docs/glossary.md", built)


def test_glossary_banned_words_are_in_no_name() -> None:
    faults = [
        f"{relative(path)}:{line} {name}"
        for path in modules()
        if path.stem != "sessions"
        for name, line in [*_every_name(path), (path.stem, 1)]
        if NEVER.intersection(words(name)) and name not in ALLOWED
    ]
    assert not faults, report("docs/glossary.md has the trade's word for each of these", faults)


def test_glossary_vague_words_name_no_module_class_or_function() -> None:
    faults = [
        f"{each.where} {each.kind} {each.name}"
        for path in modules()
        for each in definitions(path)
        if VAGUE.intersection(words(each.name)) and each.name not in ALLOWED
    ]
    assert not faults, report(f"Say what it is; none of {', '.join(sorted(VAGUE))}", faults)


def test_glossary_banned_words_are_all_explained() -> None:
    text = GLOSSARY.read_text(encoding="utf-8").lower()
    missing = [word for word in sorted(NEVER | VAGUE) if not re.search(rf"\b{word.rstrip('s')}s?\b", text)]
    assert not missing, report("Refused by this test but not explained in docs/glossary.md", missing)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("EligibilityList", ["eligibility", "list"]),
        ("userId", ["user", "id"]),
        ("PDFCopy", ["pdf", "copy"]),
        ("_base64url", ["base64url"]),
        ("database", ["database"]),
        ("DataManager", ["data", "manager"]),
    ],
)
def test_name_is_read_in_its_parts(name: str, parts: list[str]) -> None:
    assert words(name) == parts
