"""The clock is read in one place. Everywhere else the instant is an argument.

Ruff bans the same names (TID251); this check also sees them under another name, handed on without being called, and in
the database's own words.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.tree import dotted, modules, relative, report, syntax

ONE_CLOCK = "app/outside/clock.py"
# The wiring hands the database server's clock to the one clock, where there is such a server; nothing else asks it.
HANDED_ON = {"app/wiring.py": ["clock_timestamp("]}

_READS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.clock_gettime",
    "time.clock_gettime_ns",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
    "sqlalchemy.func.current_date",
    "sqlalchemy.func.localtimestamp",
}
_METHODS = {name.removeprefix("datetime.") for name in _READS if name.startswith("datetime.")}
_SQL = ("current_timestamp", "clock_timestamp(", "now()", "datetime('now'", "strftime('now'", "current_date")


def _names(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _docstrings(tree: ast.AST) -> set[int]:
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def clock_reads(tree: ast.AST) -> list[tuple[int, str]]:
    """Every place that reads a clock: line and what it is called."""
    names, found, prose = _names(tree), [], _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            first, _, rest = dotted(node).partition(".")
            meant = ".".join(part for part in (names.get(first, first), rest) if part)
            if meant in _READS or meant in _METHODS:
                found.append((node.lineno, meant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            found += [(node.lineno, words) for words in _SQL if words in node.value.lower()]
    return found


def test_clock_is_read_in_one_module() -> None:
    faults = [
        f"{relative(path)}:{line} reads {name}"
        for path in modules()
        if relative(path) != ONE_CLOCK
        for line, name in clock_reads(syntax(path))
        if name not in HANDED_ON.get(relative(path), [])
    ]
    assert not faults, report(f"Take the instant as an argument; only {ONE_CLOCK} reads the clock", faults)


def test_clock_of_the_database_is_asked_once() -> None:
    for place, reads in HANDED_ON.items():
        path = next(path for path in modules() if relative(path) == place)
        assert [name for _, name in clock_reads(syntax(path))] == reads


def test_clock_is_read_where_it_may_be() -> None:
    path = next(path for path in modules() if relative(path) == ONE_CLOCK)
    assert clock_reads(syntax(path)) != [], f"{ONE_CLOCK} reads no clock: either this check is blind or the clock moved"


@pytest.mark.parametrize(
    "planted",
    [
        "import datetime\nat = datetime.datetime.now(datetime.UTC)",
        "from datetime import UTC, datetime\nat = datetime.now(UTC)",
        "from datetime import datetime as moment\nat = moment.utcnow()",
        "import datetime as dt\non = dt.date.today()",
        "from datetime import date\ndef f(on=date.today): ...",
        "import time\nseconds = time.time()",
        "from time import time as seconds_since\nx = seconds_since()",
        "from time import time_ns\nx = time_ns()",
        "from dataclasses import field\nfrom datetime import datetime\nx = field(default_factory=datetime.now)",
        "from sqlalchemy import func\nx = func.now()",
        "from sqlalchemy import text\nx = text('SELECT CURRENT_TIMESTAMP')",
        "x = f'SELECT clock_timestamp()'",
    ],
)
def test_clock_read_that_is_planted_is_found(planted: str) -> None:
    assert len(clock_reads(ast.parse(planted))) == 1


@pytest.mark.parametrize(
    "lawful",
    [
        "def f(at): return at.now",
        "import time\nstarted = time.monotonic()",
        '"""Never calls datetime.now() or CURRENT_TIMESTAMP."""',
        "from datetime import datetime\nat = datetime.fromtimestamp(0)",
        "def f(tools): return tools.clock.now()",
    ],
)
def test_clock_read_that_is_none_is_left_alone(lawful: str) -> None:
    assert clock_reads(ast.parse(lawful)) == []


def test_clock_module_alone_is_exempt_in_the_linter() -> None:
    text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    exempt = [line.split("=")[0].strip().strip('"') for line in text.splitlines() if '["TID251"]' in line]
    assert exempt == [ONE_CLOCK]
