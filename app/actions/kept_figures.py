"""Figures that took long to count, kept by this process until something is put on record that they are counted from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from sqlalchemy import Connection

from app.audit import since
from app.audit.entries import EntryKind
from app.audit.since import Moment

_MOST = 200

# What is on record of these changes nothing that figures are counted from: somebody read, signed in or was written to,
# something was checked. Any kind that is not here counts; tests/figures.py holds each write against this.
PASSING = frozenset(
    {
        EntryKind.LOG_READ,
        EntryKind.LOG_EXPORTED,
        EntryKind.LOG_CHECKED,
        EntryKind.CLOCK_CHECKED,
        EntryKind.OBJECTS_SWEPT,
        EntryKind.BREACH_REGISTER_TAKEN,
        EntryKind.KIT_GIVEN,
        EntryKind.NOTICES_TAKEN,
        EntryKind.NOTICE_SENT,
        EntryKind.NOTICE_FAILED,
        EntryKind.NOTICE_DELIVERED,
        EntryKind.PAGE_PROBED,
        EntryKind.SEARCH_SAVED,
        EntryKind.SEARCH_EXPORTED,
        EntryKind.SIGN_IN_CODE_ASKED,
        EntryKind.SIGN_IN_REFUSED,
        EntryKind.SIGNED_IN,
        EntryKind.SIGNED_OUT,
        EntryKind.TOKEN_ISSUED,
        EntryKind.TOKEN_REFUSED,
        EntryKind.WEBHOOK_QUEUED,
        EntryKind.WEBHOOKS_TAKEN,
        EntryKind.WEBHOOK_SENT,
        EntryKind.WEBHOOK_FAILED,
    }
)
# What ``records/counted.py`` and ``records/breach_register.py`` count from.
COUNTED_TABLES = frozenset(
    {
        "closed_days",
        "confirmations",
        "corrective_actions",
        "declarations",
        "duties",
        "erasures",
        "grants",
        "holdings",
        "incident_links",
        "incidents",
        "legal_holds",
        "lists",
        "openings",
        "organisations",
        "posts",
        "producers",
        "recalls",
        "record_requests",
        "release_moves",
        "releases",
        "report_submissions",
        "report_versions",
        "series",
        "verdicts",
        "wrong_facts",
    }
)


class KeptFigures:
    """Figures by what they were counted for, with the moment of the log that they are of. The latest asked for stay."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Moment, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, connection: Connection, key: Hashable, producer_id: str) -> Any:
        """Give what was counted, where counting it again would give the same; None otherwise.

        Args:
            connection: A reading transaction.
            key: Everything that the figures depend on beside the records.
            producer_id: Of whose records alone they are counted.
        """
        with self._lock:
            moment, figures = self._kept.get(key, (None, None))
        now = since.moment(connection) if moment else None
        if moment is None or now is None:
            return None
        if not since.nothing_came(connection, moment, now, producer_id, passing=PASSING):
            return None
        self._put(key, now, figures)
        return figures

    def keep(self, connection: Connection, key: Hashable, figures: Any) -> None:
        """Keep what was counted in this transaction.

        Args:
            connection: The reading transaction, of one state from its first question on.
            key: As above.
            figures: Whatever; it is never changed.
        """
        moment = since.moment(connection)
        if moment is not None:
            self._put(key, moment, figures)

    def _put(self, key: Hashable, moment: Moment, figures: Any) -> None:
        with self._lock:
            self._kept[key] = (moment, figures)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
