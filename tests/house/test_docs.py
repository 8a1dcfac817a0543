"""What the documents say of the code is so: commands exist, links lead somewhere, and nothing names one machine."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli.main import app as command_line
from tests.house.tree import ROOT, files, relative, report

DOCUMENTS = files(".md", under=ROOT)
MAKEFILE = ROOT / "Makefile"

# Written by the lock's own tools, which name where each package comes from.
LOCKS = {"uv.lock", "requirements.lock"}


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE.read_text(encoding="utf-8"), flags=re.MULTILINE))


@cache
def _commands() -> set[str]:
    """Every command of ``pra`` by its words: ``serve``, ``audit verify``."""
    found: set[str] = set()

    def walk(group: object, before: str) -> None:
        for name, command in getattr(group, "commands", {}).items():
            words = f"{before} {name}".strip()
            found.add(words)
            walk(command, words)

    walk(get_command(command_line), "")
    return found


def code_in(text: str) -> str:
    """What stands in a document as code: between backticks or in a fenced block."""
    fenced = re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*fenced, *inline])


def links_in(text: str) -> list[str]:
    """The targets of a document's links, code left out."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose))


def anchors_in(text: str) -> set[str]:
    """The names that headings of a document can be linked by."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_document_names_only_make_targets_that_exist(document: Path) -> None:
    named = set(
        re.findall(r"(?:^|[;&$] )make ([a-z][a-z-]*)", code_in(document.read_text(encoding="utf-8")), flags=re.M)
    )
    assert named <= _make_targets(), f"{relative(document)} names targets the Makefile has not got"


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_document_names_only_commands_that_exist(document: Path) -> None:
    commands = _commands()
    named = re.findall(r"\bpra ([a-z][a-z-]*)(?: ([a-z][a-z-]+))?", code_in(document.read_text(encoding="utf-8")))
    wrong = [
        f"pra {first} {second}".strip()
        for first, second in named
        if first not in commands
        or (f"{first} {second}" not in commands and any(c.startswith(f"{first} ") for c in commands))
    ]
    assert not wrong, report(f"{relative(document)} names commands that `pra --help` does not know", wrong)


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_document_links_lead_somewhere(document: Path) -> None:
    astray = []
    for target in links_in(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        if not there.exists() or (anchor and anchor not in anchors_in(there.read_text(encoding="utf-8"))):
            astray.append(target)
    assert not astray, report(f"{relative(document)} has links that lead nowhere", astray)


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_document_names_only_files_that_exist(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"`((?:app|tests|docs|migrations)/[A-Za-z0-9_./-]*[A-Za-z0-9_/])`", text)
    astray = [path for path in named if not (ROOT / path).exists()]
    assert not astray, report(f"{relative(document)} names files that are not there", astray)


def test_readme_says_how_to_begin() -> None:
    code = code_in((ROOT / "README.md").read_text(encoding="utf-8"))
    missing = [target for target in ("make demo", "make run", "make test") if target not in code]
    assert not missing, report("README.md must show a newcomer these", missing)


_PLACES = {
    "a folder of one machine": re.compile(r"(?<![\w.])/(?:work|root|home/\w+|tmp/\w+)(?:/|\b)"),
    "a package registry's host": re.compile(
        r"\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org|deb\.debian\.org)\b"
    ),
}
# This file spells out what it looks for.
_SPELLS_THEM_OUT = {"tests/house/test_docs.py"}


def places_named(text: str) -> list[str]:
    """What a text names that is of one machine or one network."""
    return [f"{what}: {found.group(0)}" for what, pattern in _PLACES.items() for found in pattern.finditer(text)]


def test_checkout_names_no_machine_and_no_registry() -> None:
    faults = []
    for path in files():
        if path.name in LOCKS or relative(path) in _SPELLS_THEM_OUT:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            text = path.read_bytes().decode("latin-1")
        faults += [f"{relative(path)} names {found}" for found in places_named(text)]
    assert not faults, report("A checkout must be at home anywhere", faults)


@pytest.mark.parametrize("folder", ["work", "root", "home/somebody", "tmp/some_jobs"])
@pytest.mark.parametrize("around", ["see {}/elsewhere", "'{}/x'", "{}/"])
def test_folder_of_a_machine_that_is_planted_is_found(folder: str, around: str) -> None:
    assert len(places_named(around.format(f"/{folder}"))) == 1


@pytest.mark.parametrize("host", ["pypi", "files.pythonhosted", "registry.npmjs"])
def test_host_of_a_registry_that_is_planted_is_found(host: str) -> None:
    assert len(places_named(f"https://{host}.org/simple")) == 1


@pytest.mark.parametrize("lawful", ["/workingdays", "docs/work/elsewhere", "/home", "the root/branch", "/rooted"])
def test_place_that_is_none_is_left_alone(lawful: str) -> None:
    assert places_named(lawful) == []


def test_decision_records_are_numbered_without_gaps_and_have_their_sections() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert headings == ["Context", "Decision", "What we weighed", "What follows"], relative(path)
