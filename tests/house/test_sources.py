"""No number without its text: every citation in the code stands in the table of app/rules/README.md.

The table has the words of each paragraph beside its number, because a bare number is so easily the wrong one.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import APP, modules, nodes, relative, report

TABLE = APP / "rules" / "README.md"

# A paragraph of one of the four Orders, down to its last bracket.
_PARAGRAPH = re.compile(r"\b(?:SI|SSI|WSI|SR) \d{4}/\d+(?: Sch\.)?(?: (?:para|art)\.? \d+[A-Z]?(?:\([0-9a-z]+\))*)?")
_SECTION = re.compile(r"^[ \t]*Source:[ \t]*(?P<same>.*)\n?(?P<below>(?:[ \t]+\S.*\n?)*)", re.MULTILINE)


def _rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])] for line in lines]


def citations() -> set[str]:
    """The first column of every table of the page."""
    return {row[0] for row in _rows() if row[0] and not set(row[0]) <= {"-", ":"} and row[0].lower() != "citation"}


def _strings(path: Path) -> list[tuple[int, str]]:
    return [
        (node.lineno, node.value)
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def cited_paragraphs(text: str) -> list[str]:
    """Every paragraph of an Order that a text cites."""
    return [found.rstrip(".") for found in _PARAGRAPH.findall(text) if re.search(r"(para|art)\.? \d", found)]


def cited_sources(docstring: str) -> list[str]:
    """What stands under ``Source:``, one citation each."""
    found: list[str] = []
    for section in _SECTION.finditer(docstring):
        text = section["same"] if section["same"].strip() else " ".join(section["below"].split())
        found += [each.strip() for each in text.split(";") if each.strip()]
    return found


def test_paragraph_that_is_cited_is_in_the_table() -> None:
    known = citations()
    faults = sorted(
        {
            f"{relative(path)}:{line} cites {found}"
            for path in modules()
            for line, text in _strings(path)
            for found in cited_paragraphs(text)
            if found not in known
        }
    )
    assert not faults, report("Give each its own row in app/rules/README.md, with the paragraph's words", faults)


def test_source_of_a_function_is_in_the_table() -> None:
    known = citations()
    faults = [
        f"{relative(path)}:{line} cites {source!r}"
        for path in modules()
        for line, text in _strings(path)
        for source in cited_sources(text)
        if not any(source == each or source.startswith((f"{each},", f"{each} ", f"{each}:")) for each in known)
    ]
    assert not faults, report(
        "Give each a row in app/rules/README.md (laws, Codes, RFCs, specifications alike)", faults
    )


def test_table_has_the_words_beside_every_number() -> None:
    faults = [row[0] for row in _rows() if row[0] in citations() and (len(row) < 2 or len(row[1].split()) < 3)]
    assert not faults, report("app/rules/README.md cites these without their words", faults)


def test_table_names_only_functions_that_exist() -> None:
    defined = {
        node.name
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    faults = [
        f"{row[0]}: {name}"
        for row in _rows()
        if row[0] in citations() and len(row) > 2
        for name in re.findall(r"([a-z_][a-z_0-9]*)(?=[`,;\s]|$)", row[2])
        if "_" in name and name not in defined
    ]
    assert not faults, report("app/rules/README.md names functions that are not there", faults)


def test_table_names_only_reason_codes_that_exist() -> None:
    codes = {each.value for each in _reason_codes()}
    faults = [
        f"{row[0]}: {name}"
        for row in _rows()
        if row[0] in citations() and len(row) > 3
        for name in re.findall(r"[a-z]+(?:_[a-z]+)+|suspended", row[3])
        if name not in codes
    ]
    assert not faults, report("app/rules/README.md names reason codes that are not there", faults)


def test_reason_code_is_in_the_table() -> None:
    named = {name for row in _rows() if len(row) > 3 for name in re.findall(r"[a-z]+(?:_[a-z]+)*", row[3])}
    missing = [each.value for each in _reason_codes() if each.value not in named]
    assert not missing, report("Reason codes that app/rules/README.md does not trace to a clause or a policy", missing)


def _reason_codes() -> list:  # type: ignore[type-arg]  # deliberate: an enum's members, whatever they are
    from app.rules.reasons import ReasonCode

    return list(ReasonCode)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SI 2008/2998 Sch. para 5(1)(a)", ["SI 2008/2998 Sch. para 5(1)(a)"]),
        (
            "see SSI 2008/399 Sch. para 4, and SR 2009/71 Sch. para 8.",
            ["SSI 2008/399 Sch. para 4", "SR 2009/71 Sch. para 8"],
        ),
        ("SI 2008/2998 as a whole", []),
        ("para 4 alone names no instrument", []),
    ],
)
def test_paragraph_in_a_text_is_found(text: str, found: list[str]) -> None:
    assert cited_paragraphs(text) == found


def test_sources_in_a_docstring_are_found() -> None:
    docstring = 'Say it.\n\n    Source:\n        SI 2008/2998 Sch. para 4; C2SP age.md,\n        "Payload"\n    '
    assert cited_sources(docstring) == ["SI 2008/2998 Sch. para 4", 'C2SP age.md, "Payload"']
