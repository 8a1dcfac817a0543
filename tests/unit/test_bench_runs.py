"""The benchmark is run by hand; this keeps it from rotting unseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure, milliseconds, table
from tests.needs import need_program

ROOT = Path(__file__).resolve().parents[2]


def test_bench_run_quickly_prints_its_table_and_leaves_nothing_behind(tmp_path: Path) -> None:
    need_program("age")
    command = [sys.executable, "-m", "tests.bench", "--quick", "--only", "seal", "--folder", str(tmp_path)]
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "COLUMNS": "150"}, capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "sealing 8 MiB / age program" in ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    summary = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    figures = summary["parts"]["seal"]["figures"]
    assert (summary["quick"], [figure["what"] for figure in figures]) == (
        True,
        ["sealing 8 MiB / age program", "opening 8 MiB / age program"],
    )
    assert all(figure["ratio"] > 0 for figure in figures)


def test_milliseconds_of_a_hundred_spans_gives_nearest_ranks() -> None:
    spans = [number / 1000 for number in range(100, 0, -1)]
    assert milliseconds(spans) == {"p50_ms": 50.0, "p99_ms": 99.0, "max_ms": 100.0}


def test_table_with_nothing_to_stand_beside_says_so() -> None:
    lines = table([Figure("alone", "1/s", how="counted"), Figure("beside", "1/s", "2/s", 0.5, "counted")]).splitlines()
    assert lines[0].split() == ["what", "ours", "against", "ratio", "how", "measured"]
    assert lines[2].split() == ["alone", "1/s", "–", "–", "counted"]
    assert lines[4].split() == ["beside", "1/s", "2/s", "0.50", "counted"]
