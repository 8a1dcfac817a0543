"""No change that figures are counted from is on record only by a kind of entry that kept figures pass over.

It is looked at for every transaction of every test: whoever adds such a change anywhere learns of it here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.actions.kept_figures import COUNTED_TABLES, PASSING
from app.actions.tools import Transaction
from app.audit.entries import EntryKind


@pytest.fixture(scope="session", autouse=True)
def counted_changes_are_seen() -> Iterator[None]:
    """Hold each transaction against what kept figures rely on, just before it is committed."""
    mark_changes = Transaction.mark_changes

    def marked(self: Transaction, written: set[str]) -> None:
        demand_seen(written, self.kinds)
        mark_changes(self, written)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "mark_changes", marked)
        yield


def demand_seen(written: set[str], kinds: set[EntryKind]) -> None:
    """Stop where a transaction has changed what is counted, and left only entries that are passed over."""
    changed = written & COUNTED_TABLES
    assert not changed or kinds - PASSING, f"{sorted(changed)} changed, with no entry but of {sorted(map(str, kinds))}"
