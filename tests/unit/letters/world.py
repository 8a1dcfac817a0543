"""A story whose letters go by GOV.UK Notify on the loopback, or by a mailbag."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.actions import deliveries, notices, receipts
from app.audit.entries import EntryKind
from app.cli.seed import OPERATOR
from app.outside.notify import notify_mail
from app.records import tables
from app.rules.deliveries import DeliveryState, state_of
from app.worker.loop import each
from tests.build import london
from tests.notify import KEY, TEMPLATE, Notify, served
from tests.story import ADVISER, CHANCELLOR, Story

DUE = london(2026, 3, 24, 9, 30)
TOKEN = "a-token-agreed-with-notify"


class Letters:
    """A story, Notify, and what one looks at."""

    def __init__(self, story: Story, notify: Notify) -> None:
        self.story, self.notify = story, notify

    @property
    def tools(self) -> Any:
        return self.story.tools

    def sends(self) -> int:
        """Let the worker send all that is due."""
        sent = 0
        while now := notices.send_due(self.tools, 100):
            sent += now
        return sent

    def asks(self, **later: float) -> int:
        """Let the worker ask what became of letters, some time later."""
        self.story.clock.forward(**(later or {"minutes": 1}))
        return receipts.ask_what_became(self.tools, 500)

    def raises(self) -> int:
        """Let the worker tell of letters that did not arrive; gives of how many it told."""
        before = self.story.entries(EntryKind.NOTICES_RAISED)
        each(deliveries.releases_to_raise, deliveries.raise_undelivered)(self.tools)
        return sum(entry["said"]["count"] for entry in self.story.entries(EntryKind.NOTICES_RAISED)[len(before) :])

    def states(self, kind: str) -> dict[str, str]:
        """How far the letters of one kind came, by address."""
        found = deliveries.list_letters(self.tools, OPERATOR, limit=1000)
        return {one.email: state_of(one.track).value for one in found if one.kind == kind}

    def row(self, kind: str, email: str) -> dict[str, Any]:
        """One letter, as it is kept."""
        table = tables.notices
        with self.tools.reading() as connection:
            asked = table.select().where(table.c.kind == kind, table.c.email == email)
            (row,) = connection.execute(asked).mappings()
        return dict(row)

    def becomes(self, kind: str, email: str, status: str) -> None:
        self.notify.becomes(self.row(kind, email)["notice_id"], status)


def by_notify(story: Story, notify: Notify, *, token: str = TOKEN) -> Letters:
    """Have a story's letters go by Notify."""
    mail = notify_mail(KEY, TEMPLATE, notify.url, 5, story.clock.now)
    policy = replace(story.tools.policy, mail_callback_token=token)
    story.tools = replace(story.tools, mail=mail, mail_tracker=mail, policy=policy)
    return Letters(story, notify)


@contextmanager
def letters(folder: Path, database_url: str | None = None) -> Iterator[Letters]:
    """A release with two people on its list, both invited, and everything sent that was due."""
    story = Story(folder, london(2026, 3, 10, 10, 0), database_url=database_url)
    story.ready(DUE, ADVISER, CHANCELLOR)
    with served(Notify(now=story.clock.now)) as notify:
        made = by_notify(story, notify)
        made.sends()
        yield made
    story.service.close()


def invited(state: DeliveryState | str) -> dict[str, str]:
    return {ADVISER.email: str(state), CHANCELLOR.email: str(state)}
