"""Duties as they are kept: once for one cause, in the order in which they were raised, until they are done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.audit.entries import Entry, EntryKind
from app.records import duties
from app.rules.errors import NotFound
from tests.unit.people.world import a_service

AT = datetime(2026, 5, 17, 9, tzinfo=UTC)


def test_duty_is_kept_once_for_one_cause_and_leaves_the_list_of_what_is_owed_when_done(
    tmp_path: Path, any_database_url: str
) -> None:
    service = a_service(tmp_path, database_url=any_database_url)
    producer_id = service.producer().producer_id

    def raised(connection, cause: str, at: datetime) -> str | None:
        return duties.add(
            connection,
            producer_id=producer_id,
            release_id=None,
            grant_id=None,
            kind="notify_board",
            reason_key=cause,
            source="SSI 2008/399 Sch. para 6",
            particulars={"individual": "Ash Rowan"},
            at=at,
        )

    with service.tools.transaction() as tx:
        first, again = (raised(tx.connection, "one cause", AT) for _ in range(2))
        later = raised(tx.connection, "another", AT - timedelta(days=1))
        tx.append(Entry(EntryKind.DUTY_RAISED, AT, producer_id=producer_id, said={"duty_id": first}))
        assert (first is not None, again, later is not None) == (True, None, True)
        assert [one.duty_id for one in duties.page(tx.connection, producer_id, is_done=None, limit=9)] == [later, first]
        turned = duties.page(tx.connection, producer_id, is_done=False, limit=9, after=later)
        assert [one.duty_id for one in turned] == [first]
        assert turned[0].particulars == {"individual": "Ash Rowan"}
        assert duties.settle(tx.connection, first, at=AT, done_by="per_1", note="By letter.")
        assert not duties.settle(tx.connection, first, at=AT, done_by="per_2", note="Again.")
        (done,) = duties.page(tx.connection, producer_id, is_done=True, limit=9)
        assert (done.duty_id, done.done_by, done.done_note) == (first, "per_1", "By letter.")
        assert [one.duty_id for one in duties.page(tx.connection, producer_id, is_done=False, limit=9)] == [later]
        assert duties.page(tx.connection, "prd_other", is_done=None, limit=9) == []
        with pytest.raises(NotFound):
            duties.get(tx.connection, "dut_0")
    service.close()
