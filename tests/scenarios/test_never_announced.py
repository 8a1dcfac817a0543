"""A release that nobody outside knows of stays unknown, whatever its producer does with it."""

from __future__ import annotations

from datetime import timedelta

from app.records import public_lists
from app.records.public_lists import PublicListRow
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, done

DAY = timedelta(days=1)
TUESDAY = london(2026, 6, 16, 9, 30)


def test_release_postponed_before_it_was_announced_is_shown_to_nobody_outside(
    begin: Begin, any_database_url: str
) -> None:
    story = begin(TUESDAY - 30 * DAY, database_url=any_database_url)
    hidden = story.release(TUESDAY, title="A secret")
    done(story.moves(story.head, "postponement", reason="x"))
    story.list_with(CHANCELLOR)
    listing = f"/releases/{hidden}/public-list"
    refused = story.post(story.statistician, listing)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert "Set its new time first, which announces it, then publish the list." in refused.json()["detail"]

    # Even where a list of it had been published before that was refused.
    row = {"post": "Chancellor", "organisation": "HM Treasury", "count": 1, "from": "24 hours before"}
    rows = canonical_json([{**row, "exceptional": True, "reasons": "A secret reason."}]).decode()
    kept = PublicListRow(1, sha256_hex(rows.encode()), rows, story.clock.now())
    with story.tools.database.engine.begin() as connection:
        public_lists.add(connection, f"pub_{'0' * 24}", hidden, kept, story.statistician)
    shown = [f"{listing}.{form}" for form in ("json", "csv", "html", "ods")]
    shown.append(f"/producers/{story.sat.producer_id}/exceptional-grants.json")
    assert [story.ask(None, "GET", path).status_code for path in shown] == [404] * 5

    story.clock.forward(minutes=1)
    done(
        story.moves(story.head, "rescheduling", publishes_at=instant_text(TUESDAY), reason="x")
    )  # which makes it known
    done(story.post(story.statistician, listing), 201)
    assert [story.ask(None, "GET", path).status_code for path in shown] == [200] * 5
