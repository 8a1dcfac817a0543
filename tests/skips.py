"""With ``CI=true`` a skipped test is a failed one: a proof that did not run has proved nothing.

At a desk a test may lack PostgreSQL or Debian's ``age`` and be skipped by name. The builder installs everything in
``.ci/debian-packages.txt``, so there a skip can only mean that a proof went missing. The rule stands here, in one
place, so that no test has to be trusted to obey it.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


def _skips_are_failures() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr or report.outcome)
    if hasattr(report, "wasxfail"):
        said = f"expected to fail: {report.wasxfail}"
        del report.wasxfail  # pytest does not count a failure that carries it
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped, and with CI=true a skip is a failure.\nThe test said: {said}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip, an ``xfail`` included, into a failure that repeats why."""
    report = yield
    if report.skipped and _skips_are_failures():
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself while it is read."""
    report = yield
    if report.skipped and _skips_are_failures():
        _fail(report)
    return report
