"""Statistics on a page: charts with their tables, for whoever prepares or audits, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.rules.facts import Role
from tests.story import CHANCELLOR
from tests.unit.statistics.test_statistics import told
from tests.unit.web.test_producer_pages import at_pages

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


def test_statistics_page_shows_charts_and_tables_of_a_year_and_of_a_series(tmp_path: Path) -> None:
    story = told(tmp_path)
    head, place = at_pages(story, story.head), f"/producer/statistics/{story.sat.producer_id}"
    assert "Statistics of the year" in head.looks("/producer")
    assert "Office for Example Statistics" in head.looks("/producer/statistics")
    shown = head.looks(f"{place}?year=2026&series_id=")
    assert "Pre-release access, 2026: Office for Example Statistics" in shown
    assert "Recipients who opened something 4 of 7 (57.1%) 7" in shown
    assert "March 2026 1 4 3" in shown
    assert (head.last.text.count("<svg "), "=HYPERLINK" in shown) == (5, True)
    assert "financial year 2025/26" in head.looks(f"{place}?year=2025&financial=true")
    assert "Pre-release access, 2026" in head.looks(place)
    assert head.asks("GET", f"{place}?year=1999").status_code == 422
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (CHANCELLOR, other):
        assert at_pages(story, who).asks("GET", place).status_code == 404
    assert at_pages(story, CHANCELLOR).asks("GET", "/producer/statistics").status_code == 404
    story.service.close()
