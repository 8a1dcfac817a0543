"""What fails in ``make faults`` stands among its figures: what ran for hours shall not have been in vain."""

from __future__ import annotations

import pytest

from tests.faults.extent import stated


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the name of a test that failed, whether in its set-up, in itself or in its tear-down, and how."""
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        said = crash.message if crash is not None else str(report.longrepr)
        stated(f"FAILED {report.nodeid} ({report.when}): {' '.join(said.split())[:500]}; see var/faults/report.xml")
