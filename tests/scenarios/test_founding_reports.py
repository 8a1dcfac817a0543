"""The five founding reports, fact by fact: what ``docs/breaches.md`` says stands in the draft is in the draft."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT
from tests.scenarios.conftest import Begin
from tests.scenarios.founding import FOUNDING
from tests.story import answered

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

PAGE = (ROOT / "docs" / "breaches.md").read_text(encoding="utf-8")
VERDICTS = ("in the draft: “", "cannot be known by a log, because ", "not ours: ")


def rows_of(title: str) -> list[list[str]]:
    """The rows of one report's table: section, fact, and where it stands."""
    part = PAGE.partition(f"\n### {title}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("title", FOUNDING)
def test_every_fact_of_a_founding_report_is_in_the_draft_or_says_why_it_is_not(title: str, begin: Begin) -> None:
    rows = rows_of(title)
    assert [row for row in rows if len(row) != 3 or not row[1] or not row[2].startswith(VERDICTS)] == []
    story, incident = FOUNDING[title](begin)
    told = answered(story.report(incident))
    promised = [found[1] for row in rows if (found := re.fullmatch(r"in the draft: “(.+)”", row[2]))]
    assert len(promised) == sum(row[2].startswith(VERDICTS[0]) for row in rows)
    assert len(promised) > 8
    assert [words for words in promised if words not in told] == []
    assert [row for row in rows if row[2].startswith(VERDICTS[1:])] != []


def test_founding_report_with_a_promise_it_does_not_keep_is_found(begin: Begin) -> None:
    story, incident = FOUNDING["Home Office, January 2013"](begin)
    assert "140 minutes after the time set" in answered(story.report(incident))
    assert "141 minutes after the time set" not in answered(story.report(incident))


def test_page_has_the_five_founding_reports_and_no_other() -> None:
    part = PAGE.partition("\n## The five founding reports\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (.+)$", part, flags=re.MULTILINE) == list(FOUNDING)
