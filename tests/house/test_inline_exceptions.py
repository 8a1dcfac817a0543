"""Every exception from a check, made in a line of code, says why: one of a few reasons, then in words.

The form is ``# type: ignore[code]  # framework: words`` or ``# noqa: CODE  # reason: framework``, where ``framework``
is one of the list and words may say more.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, files, relative, report

REASONS = {
    "framework": "a library asks for it in its own documentation",
    "untyped": "a library publishes no types, or wrong ones",
    "narrowing": "the checker cannot see what the lines around make certain",
    "deliberate": "the line does the forbidden thing on purpose, because that is what it is for",
    "cycle": "an import at the top would make a circle that only running code can avoid",
    "slow": "an import that most runs do not need and that takes long",
}

_DIRECTIVE = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no\s*cover|no\s*cover|pylint|mypy:|ruff:)", re.IGNORECASE)
_LAWFUL = re.compile(
    r"#\s*(?:noqa: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*|type: ignore\[[a-z, -]+\]|pragma: no cover)"
    r"\s+# (?:reason: )?(?P<reason>[a-z]+)(?:[:;,] \S.*)?$"
)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def unexplained(source: str) -> list[tuple[int, str]]:
    """The exceptions in one file that say no reason of the list: line and comment."""
    if not _DIRECTIVE.search(source):
        return []
    found = []
    for line, comment in _comments(source):
        lawful = _LAWFUL.search(comment)
        if _DIRECTIVE.search(comment) and not (lawful and lawful["reason"] in REASONS):
            found.append((line, comment))
    return found


def test_inline_exception_without_a_reason_is_nowhere() -> None:
    faults = [
        f"{relative(path)}:{line} {comment}"
        for folder in ("app", "tests", "migrations")
        for path in files(".py", under=ROOT / folder)
        for line, comment in unexplained(path.read_text(encoding="utf-8"))
    ]
    reasons = "; ".join(f"{name} ({meaning})" for name, meaning in REASONS.items())
    assert not faults, report(f"Write `# noqa: CODE  # reason: word`, the word being one of: {reasons}", faults)


@pytest.mark.parametrize(
    "planted",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: S101",
        "x = 1  # noqa: S101  # because I say so",
        "x = 1  # noqa: S101  # convenience: it was quicker this way",
        "x = 1  # type: ignore",
        "x = 1  # type: ignore[attr-defined]",
        "x = 1  # type: ignore  # untyped: the library has no types",
        "x = 1  # pragma: no cover",
        "x = 1  # untyped: the wrong way round  # type: ignore[misc]",
        "x = 1  # noqa: S101  # reason: convenience",
        "# mypy: ignore-errors",
        "# ruff: noqa",
    ],
)
def test_inline_exception_that_is_planted_is_found(planted: str) -> None:
    assert [comment for _, comment in unexplained(planted)] == [planted.removeprefix("x = 1  ")]


@pytest.mark.parametrize(
    "lawful",
    [
        "x = 1  # noqa: S101  # deliberate: the assertion is the point of this line",
        "x = 1  # type: ignore[attr-defined, misc]  # untyped: reportlab publishes no types",
        "x = 1  # noqa: N802  # reason: framework",
        "x = '# noqa'",
        "x = 1  # a comment about nothing in particular",
    ],
)
def test_inline_exception_with_its_reason_is_left_alone(lawful: str) -> None:
    assert unexplained(lawful) == []
