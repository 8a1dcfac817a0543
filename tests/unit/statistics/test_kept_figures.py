"""Figures that were counted once are given again only while counting them anew would give the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import event

from app.actions import auditing, breach_registers, statistics
from app.actions.kept_figures import COUNTED_TABLES, PASSING, KeptFigures
from app.actions.tools import Tools
from app.audit import since
from app.audit.entries import Entry, EntryKind
from app.audit.log import append
from app.rules.periods import between
from tests.build import london
from tests.figures import demand_seen
from tests.service import Service
from tests.story import ADVISER, CHANCELLOR, SECRETARY, Story, done
from tests.world import session_of

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
YEAR = between(date(2026, 1, 1), date(2026, 12, 31))
OTHERS = {"entries", "entry_places", "entries_waiting", "people"}  # looked at for who asks, and by the log


class Looking:
    """Asks for statistics and for the register as they are kept and as they are counted anew; the two are compared."""

    def __init__(self, story: Story) -> None:
        self.story, self.tools = story, story.tools
        self.auditor = session_of(story.tools, story.auditor).actor
        self.asked: list[str] = []
        event.listen(story.tools.database.engine, "before_cursor_execute", lambda *sent: self.asked.append(sent[2]))

    def both(self) -> tuple[Any, int]:
        """Give the figures, and how many questions the kept ones took."""
        self.asked.clear()
        kept = self._look(self.tools)
        questions = len(self.asked)
        assert kept == self._look(replace(self.tools, figures=KeptFigures()))
        return kept, questions

    def _look(self, tools: Tools) -> Any:
        producer_id = self.story.sat.producer_id
        told = statistics.read_statistics(tools, self.auditor, producer_id, YEAR).told
        taken = breach_registers.read_register(tools, self.auditor, producer_id, year=None, near_miss=None, fmt="csv")
        return told, taken


def concern(story: Story) -> httpx2.Response:
    body = {"kind": "indication_given", "statement": "They told me.", "release_id": story.told.release_id}
    return story.post(story.lead, "/incidents", json=body)


def test_figures_are_counted_again_after_each_act_that_changes_them_and_only_then(
    tmp_path: Path, any_database_url: str
) -> None:
    story = Story(tmp_path, DUE - timedelta(days=8), database_url=any_database_url)
    look = Looking(story)
    counted = [look.both()]
    story.ready(DUE, CHANCELLOR, ADVISER, SECRETARY, title="Rents")
    story.clock.put(DUE - timedelta(hours=12))
    for act in (
        lambda: story.reads(CHANCELLOR),
        lambda: story.reads(ADVISER),
        lambda: done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201),
        lambda: story.clock.put(DUE),  # at this very instant its time has come
        lambda: done(story.moves(story.lead, "publication", reason="Seen.")),
        lambda: done(concern(story), 201),
        lambda: story.clock.put(DUE + timedelta(days=400)),
    ):
        act()
        counted.append(look.both())
        auditing.sequence(story.tools)
        look.both()  # what waited for its place has it: that may be counted once more
        story.headers(story.statistician)  # signs in where the session is old, and that changes no figure
        _, questions = look.both()
        assert questions < counted[-1][1]
    assert len({str(figures[0].figures) for figures, _ in counted}) >= 4
    story.service.close()


def test_whatever_figures_are_counted_from_is_among_the_tables_that_are_watched(tmp_path: Path) -> None:
    story = Story(tmp_path, DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR, title="Rents", series="Rents")
    for _ in range(2):
        done(concern(story), 201)
    look = Looking(story)
    look.both()
    read = {name for statement in look.asked for name in re.findall(r"(?:FROM|JOIN) (\w+)", statement)}
    story.service.close()
    assert read - COUNTED_TABLES - OTHERS == set()
    assert {"openings", "grants", "incidents"} <= read


def test_entry_that_arrived_before_another_and_was_committed_after_it_is_seen(
    postgres_url: str, tmp_path: Path
) -> None:
    service = Service(tmp_path, DUE, database_url=postgres_url)
    tools = service.tools
    auditing.sequence(tools)
    with tools.transaction() as late:
        late.append(Entry(EntryKind.SERIES_ADDED, DUE))
        with tools.database.write() as (connection, _):
            append(connection, Entry(EntryKind.LOG_READ, DUE))
        auditing.sequence(tools)
        with tools.reading() as connection:
            then = since.moment(connection)
    assert then is not None
    for _ in range(2):
        with tools.reading() as connection:
            now = since.moment(connection)
            assert now is not None
            assert not since.nothing_came(connection, then, now, "prd_1", passing=PASSING)
        auditing.sequence(tools)
    service.close()


def test_figures_of_a_log_that_has_lost_entries_are_counted_again(tmp_path: Path) -> None:
    service = Service(tmp_path, DUE)
    auditing.sequence(service.tools)
    with service.tools.reading() as connection:
        then = since.moment(connection)
        assert then is not None
        assert since.nothing_came(connection, then, then, "prd_1", passing=PASSING)
        for other in (replace(then, placed=then.placed + 1), replace(then, last_id="ent_of_another_log")):
            assert not since.nothing_came(connection, other, then, "prd_1", passing=PASSING)
    service.close()


def test_kind_that_is_passed_over_must_not_change_what_is_counted() -> None:
    demand_seen({"people", "notices"}, {EntryKind.NOTICE_SENT})
    demand_seen({"openings"}, {EntryKind.NOTICE_SENT, EntryKind.ACCESS_DECIDED})
    with pytest.raises(AssertionError, match="openings"):
        demand_seen({"openings", "notices"}, {EntryKind.NOTICE_SENT})


def test_no_more_figures_are_kept_than_a_process_has_use_for(tmp_path: Path) -> None:
    service = Service(tmp_path, DUE)
    kept = KeptFigures()
    auditing.sequence(service.tools)
    with service.tools.reading() as connection:
        for number in range(250):
            kept.keep(connection, number, number)
        found = [kept.get(connection, number, "prd_1") for number in range(250)]
    service.close()
    assert found == [None] * 50 + list(range(50, 250))
