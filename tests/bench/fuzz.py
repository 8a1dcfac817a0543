"""Schemathesis, at length: every operation of the API, as every role and as nobody, with far more examples. I1."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.figures import BenchFailed, Figure, Missing, Site

_ROOT = Path(__file__).resolve().parents[2]
_TEST = _ROOT / "tests" / "unit" / "api" / "test_schemathesis.py"
EXAMPLES = "PRA_SCHEMATHESIS_EXAMPLES"
"""Read by the test: how many requests are made up for each operation."""


def measure(site: Site) -> list[Figure]:
    """Run the test of ``make test`` with more examples, for a bounded time.

    Raises:
        Missing: There is no such test.
        BenchFailed: It found something.
    """
    if not _TEST.is_file():
        raise Missing(f"{_TEST.relative_to(_ROOT)} is not there")
    examples = site.sizes.examples
    environment = {**os.environ, EXAMPLES: str(examples)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(_TEST)]
    begun = time.perf_counter()
    with (site.folder / "fuzz.out").open("w+b") as out:
        process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            status: int | None = process.wait(site.sizes.most_seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        out.seek(0)
        said = out.read().decode("utf-8", "replace")
    seconds = time.perf_counter() - begun
    if status not in (0, None):
        raise BenchFailed(f"schemathesis found something:\n{said[-3000:]}")
    return [_figure(said, examples, seconds, ended=status == 0)]


def _figure(said: str, examples: int, seconds: float, *, ended: bool) -> Figure:
    passed = re.search(r"(\d+) passed", said)
    ours = f"{passed[1]} passed" if ended and passed else f"nothing found in {seconds:.0f} s"
    how = f"{examples} examples for each operation; {'to its end' if ended else 'ended by the limit of time'}"
    numbers = {"examples": examples, "seconds": round(seconds, 1), "ended": ended}
    return Figure("schemathesis, every role and nobody", ours, how=how, numbers=numbers)
