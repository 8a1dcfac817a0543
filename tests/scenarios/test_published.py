"""T41 and T45: what must be public about access before publication, and what must not."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from app.actions import owed
from app.audit.entries import Entry, EntryKind
from app.outside.sheets import read_sheet
from app.records import tables
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, answered, done, practices, reasons

DAY = timedelta(days=1)
TUESDAY = london(2026, 6, 16, 9, 30)
NO_PRODUCER = "prd_" + "0" * 24
OFFICER = Reader("Dee Dogwood", "dee.dogwood@treasury.gov.example", "-Deputy Head")


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def from_ods(content: bytes) -> list[list[str]]:
    return read_sheet(content, kind="ods", limit_bytes=1_000_000)


def at_producer(story: Story, path: str) -> str:
    return f"/producers/{story.sat.producer_id}/{path}"


def listed_on_ground(story: Story, letter: str, *readers: Reader, **changes: Any) -> None:
    """Have a list of these readers approved, each on this ground of the Scottish or the Welsh Order."""
    listed = story.draft_with(*readers)
    for grant in listed["grants"]:
        path = f"/lists/{listed['list_id']}/grants/{grant['grant_id']}"
        body = {"ground_letter": letter, **changes}
        done(story.ask(story.statistician, "PATCH", path, json=body, revision=listed["revision"]))
        listed = story.get(story.statistician, f"/lists/{listed['list_id']}")
    story.told.listed = listed
    story.told.listed = done(story.approves())


def published_under(story: Story, order: str, publishes_at: datetime, *readers: Reader, letter: str = "a") -> str:
    """Have a release under the Scottish or the Welsh Order given to these readers, and published without any list."""
    story.release(publishes_at, order=order, sensitivity="ordinary", title=f"Waiting times, {order.title()}")
    listed_on_ground(story, letter, *readers)
    story.sealed()
    story.signed_off()
    story.clock.put(publishes_at)
    done(story.moves(story.lead, "publication", reason="Seen live."))
    return story.told.release_id


def put_on_record(
    story: Story, order: str, days: Sequence[date], grants_each: Sequence[int], *, title: str = "Statistic", state: str
) -> list[str]:
    """Put releases with approved lists straight into the records, one for each day: forty by hand would take long."""
    tools, made = story.tools, []
    with tools.transaction() as tx:
        post_id = tools.new_id("pst")
        post = {"post_id": post_id, "organisation_id": story.sat.organisation_id, "title": post_id}
        tx.connection.execute(insert(tables.posts), post)
        for number, (day, count) in enumerate(zip(days, grants_each, strict=True)):
            at = london(day.year, day.month, day.day, 9, 30)
            release_id, list_id = tools.new_id("rel"), tools.new_id("lst")
            values = {
                "release_id": release_id,
                "producer_id": story.sat.producer_id,
                "title": f"{title} {number:02}",
                "governing_order": order,
                "sensitivity": "ordinary",
                "state": state,
                "publishes_at": at,
                "published_at": at if state == "published" else None,
                "prepared_by": story.statistician,
                "added_at": at - 9 * DAY,
                "revision": 1,
            }
            tx.connection.execute(insert(tables.releases), values)
            approved = {"list_id": list_id, "release_id": release_id, "version": 1, "state": "approved", "revision": 1}
            approved |= {"prepared_by": story.statistician, "prepared_at": at - 9 * DAY, "approved_at": at - 8 * DAY}
            tx.connection.execute(insert(tables.lists), approved)
            rows = [
                {"grant_id": tools.new_id("grt"), "list_id": list_id, "row": row, "post_id": post_id, "seat": row}
                | {"grant_class": "eligible_person", "ground": "Briefs", "person_id": story.head}
                for row in range(1, count + 1)
            ]
            tx.connection.execute(insert(tables.grants), rows)
            made.append(release_id)
        tx.append(Entry(EntryKind.RELEASE_REGISTERED, story.clock.now()))
    return made


def annual(story: Story, order: str, from_on: str, to_on: str, who: str | None = None) -> Any:
    body = {"order": order, "from_on": from_on, "to_on": to_on}
    return story.post(who or story.head, at_producer(story, "annual-lists"), json=body)


# -- T41: the list of posts ----------------------------------------------------------------------------------------


def test_t41_under_the_northern_ireland_order_publication_without_the_list_or_with_another_is_blocked(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, ADVISER, SECRETARY, order="northern_ireland")
    story.clock.put(TUESDAY)
    blocked = story.moves(story.lead, "publication", reason="Seen live.")
    assert (blocked.status_code, blocked.json()["code"]) == (409, "publication_blocked")
    assert reasons(blocked) == [("list_of_posts_missing", "SR 2009/71 Sch. para 9(b)")]
    path = f"/releases/{story.told.release_id}/public-list"
    done(story.post(story.statistician, path), 201)
    story.list_with(CHANCELLOR, ADVISER, override="One of them left the post.")
    blocked = story.moves(story.lead, "publication", reason="Seen live.")
    assert reasons(blocked) == [("list_of_posts_differs", "SR 2009/71 Sch. para 9(b)")]
    assert "counts 3 and the enforced list 2" in blocked.json()["detail"]
    assert story.published()["phase"] == "published"


@pytest.mark.parametrize("order", ["scotland", "wales"])
def test_t41_under_the_scottish_and_welsh_orders_no_list_is_asked_for_and_the_record_is_given_on_request(
    begin: Begin, order: str
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    release_id = published_under(story, order, TUESDAY, CHANCELLOR)
    assert story.phase() == "published"
    assert story.ask(None, "GET", f"/releases/{release_id}/public-list.json").status_code == 404
    body = {"requester": "Sam Asker", "address": "1 High Street", "asked_for": "Who?", "asked_on": "2026-06-16"}
    assert story.post(story.statistician, f"/releases/{release_id}/record-requests", json=body).status_code == 201


def test_list_of_posts_as_a_spreadsheet_says_what_the_other_formats_say_and_holds_no_formula(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, OFFICER)
    path = f"/releases/{story.told.release_id}/public-list"
    for kind in ("ods", "json", "csv", "html"):
        assert story.ask(None, "GET", f"{path}.{kind}").status_code == 404
    done(story.post(story.statistician, path), 201)
    sheet = story.ask(None, "GET", f"{path}.ods")
    assert (sheet.status_code, sheet.headers["content-type"]) == (
        200,
        "application/vnd.oasis.opendocument.spreadsheet",
    )
    rows = from_ods(sheet.content)
    assert [row[:3] for row in rows] == [row[:3] for row in cells(story.ask(None, "GET", f"{path}.csv").content)]
    assert [row[0] for row in rows[1:]] == ["Chancellor", f"'{OFFICER.post}"]
    assert [name for one in (CHANCELLOR, OFFICER) for name in (one.name, one.email) if name in str(rows)] == []


def test_exceptional_grants_are_public_with_their_reasons_once_the_list_is_and_not_before(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    pages = [at_producer(story, f"exceptional-grants.{kind}") for kind in ("json", "html")]
    for page in pages:  # a producer that published nothing is told from none at all by nobody
        found, absent = (
            story.ask(None, "GET", page),
            story.ask(None, "GET", page.replace(story.sat.producer_id, NO_PRODUCER)),
        )
        assert (found.status_code, found.json()["detail"]) == (absent.status_code, absent.json()["detail"])
    story.release(TUESDAY, title="A secret bulletin")
    listed = story.draft_with(CHANCELLOR, ADVISER)
    grant = story.grant_of(ADVISER)
    exceptional = {"reasons": "A summit began the day before.", "board_informed_at": "2026-06-05T09:00:00Z"}
    body = {"asked_minutes": 48 * 60, "exceptional": exceptional}
    path = f"/lists/{listed['list_id']}/grants/{grant['grant_id']}"
    story.clock.put(TUESDAY - 8 * DAY + timedelta(hours=1))
    done(story.ask(story.statistician, "PATCH", path, json=body, revision=listed["revision"]))
    story.told.listed = story.get(story.statistician, f"/lists/{listed['list_id']}")
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()
    done(story.post(story.head, at_producer(story, "arrangements"), json={"statement": "We ask twice."}), 201)
    # Something could leak now: the reasons are on an approved list of a release that nobody outside may know of.
    assert story.get(None, pages[0])["results"] == []
    assert "secret" not in story.ask(None, "GET", pages[1]).text
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    (shown,) = story.get(None, pages[0])["results"]
    assert (shown["post"], shown["reasons"]) == (ADVISER.post, "A summit began the day before.")
    assert (shown["source"], shown["title"]) == ("SI 2008/2998 Sch. para 5(4)(a)", "A secret bulletin")
    page = story.ask(None, "GET", pages[1]).text
    assert "A summit began the day before." in page
    assert [name for name in (ADVISER.name, ADVISER.email, CHANCELLOR.post) if name in page + str(shown)] == []


@pytest.mark.parametrize(
    ("order", "clause"),
    [("uk", "SI 2008/2998 Sch. para 9(b)"), ("northern_ireland", "SR 2009/71 Sch. para 9(b)")],
)
def test_t41_list_of_posts_published_after_the_release_is_on_record_as_late_and_never_as_done(
    begin: Begin, order: str, clause: str
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, order=order)

    def shown() -> list[tuple[str, str]]:
        found = story.get(story.head, at_producer(story, "publications"))["results"]
        return [(one["state"], one["what"]) for one in found if one["kind"] == "list_of_posts"]

    story.clock.put(TUESDAY + timedelta(hours=5))
    assert [state for state, _ in shown()] == ["overdue"]
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    late = "The list of posts of “Claimant count” was published late, Tuesday 16 June 2026, 2:30pm (UK time). "
    due = "The release was set for Tuesday 16 June 2026, 9:30am (UK time)."
    assert shown() == [("published_late", late + due)]
    assert story.incidents() == []
    declared = done(
        story.moves(story.lead, "publication", reason="Seen live.", published_at=instant_text(TUESDAY)),
    )
    assert (declared["phase"], declared["published_at"]) == ("published", "2026-06-16T08:30:00.000Z")
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("list_of_posts_late", False)
    assert (incident["facts"]["listed_at"], incident["facts"]["public_at"]) == (
        "2026-06-16T13:30:00.000Z",
        "2026-06-16T08:30:00.000Z",
    )
    assert clause in incident["summary"]
    out = "The release was published Tuesday 16 June 2026, 9:30am (UK time)."
    assert shown() == [("published_late", late + out)]
    assert [subject for subject, _ in story.letters(story.head)][-1] == (
        "Incident 1: the list of posts was published after the release"
    )
    report = story.report(incident)
    assert practices(report) == ([clause] if order == "uk" else [])
    assert "300 minutes" in answered(report)
    assert [name for name in (CHANCELLOR.name, CHANCELLOR.email) if name in str(report)] == []


def test_list_of_posts_in_time_stays_in_time_when_the_same_posts_are_published_again(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, ADVISER)
    path = f"/releases/{story.told.release_id}/public-list"
    done(story.post(story.statistician, path), 201)
    story.clock.put(TUESDAY + timedelta(hours=5))
    story.list_with(CHANCELLOR, ADVISER, override="The same posts, read again.")
    done(story.post(story.statistician, path), 201)
    declared = {"reason": "Seen live.", "published_at": instant_text(TUESDAY)}
    done(story.moves(story.lead, "publication", **declared))
    assert story.incidents() == []
    found = story.get(story.head, at_producer(story, "publications"))["results"]
    assert [one for one in found if one["kind"] == "list_of_posts"] == []


def test_what_can_no_longer_be_done_to_a_release_that_is_over_says_what_can_be(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    release_id = story.ready(TUESDAY)
    grant_id = story.grant_of(CHANCELLOR)["grant_id"]
    done(story.moves(story.head, "cancellation", reason="Not needed."))
    anew = "Register it as a new release"
    refused = [
        story.post(story.statistician, f"/releases/{release_id}/public-list"),
        story.moves(story.lead, "publication", reason="Seen live."),
        story.post(story.head, f"/grants/{grant_id}/pause", json={"reason": "Why?"}),
        story.imports(CHANCELLOR),
    ]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(409, "wrong_state")] * 4
    assert [anew in one.json()["detail"] for one in refused] == [True] * 4
    published_id = story.ready(TUESDAY)
    grant_id = story.grant_of(CHANCELLOR)["grant_id"]
    story.clock.put(TUESDAY)
    story.published()
    for one in (
        story.post(story.head, f"/grants/{grant_id}/pause", json={"reason": "Why?"}),
        story.moves(story.head, "cancellation", reason="Not needed."),
    ):
        assert (one.status_code, "Report what was wrong as an incident" in one.json()["detail"]) == (409, True)
    later = story.release(TUESDAY + 8 * DAY)
    early = story.post(story.statistician, f"/releases/{later}/public-list")
    assert (early.status_code, "Announce it first" in early.json()["detail"]) == (409, True)
    assert published_id != later


# -- T45: the annual list ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "source"),
    [
        ("uk", "SI 2008/2998 Sch. para 9(a)"),
        ("northern_ireland", "SR 2009/71 Sch. para 9(a)"),
        ("wales", "WSI 2009/2818 Sch. para 10(1)"),
        ("scotland", ""),
    ],
)
def test_t45_250_grants_of_40_releases_make_a_list_of_40_statistics(begin: Begin, order: str, source: str) -> None:
    story = begin(london(2027, 1, 1, 9, 0))
    days = [date(2026, 1, 6) + timedelta(days=9 * n) for n in range(40)]
    put_on_record(story, order, days, [7] * 10 + [6] * 30, state="published")
    put_on_record(story, order, [date(2025, 12, 31)], [3], title="Of the year before", state="published")
    put_on_record(story, order, [date(2026, 12, 30)], [3], title="A secret still to come", state="final")
    query = {"order": order, "from": "2026-01-01", "to": "2026-12-31"}
    preview = story.get(story.statistician, at_producer(story, "annual-list"), params=query)
    assert (preview["annual_list_id"], preview["published_at"]) == (None, None)
    with story.tools.reading() as connection:
        counted = connection.execute(tables.grants.select()).all()
    assert len(counted) == 250 + 6
    made = done(annual(story, order, "2026-01-01", "2026-12-31"), 201)
    assert [row["statistic"] for row in made["rows"]] == [f"Statistic {n:02}" for n in range(40)]
    assert (made["dated_on"], made["source"], made["rows"]) == ("2027-01-01", source, preview["rows"])
    assert made["sha256"] == sha256_hex(canonical_json(made["rows"]))
    path = f"/annual-lists/{made['annual_list_id']}"
    assert story.get(None, f"{path}.json") == made
    assert story.get(None, at_producer(story, "annual-lists"))["results"] == [made]
    sheet = from_ods(story.ask(None, "GET", f"{path}.ods").content)
    assert [row[0] for row in sheet[1:]] == [row[0] for row in cells(story.ask(None, "GET", f"{path}.csv").content)[1:]]
    assert len(sheet) == 41
    page = story.ask(None, "GET", f"{path}.html").text
    assert page.count("<tr>") == 41
    assert "secret" not in page + str(made) + str(sheet)
    (entry,) = story.entries(EntryKind.ANNUAL_LIST_PUBLISHED)
    assert (entry["said"]["sha256"], entry["said"]["statistics"]) == (made["sha256"], 40)


def test_t45_the_releases_of_a_series_are_one_statistic(begin: Begin) -> None:
    story = begin(london(2027, 1, 1, 9, 0))
    released = put_on_record(story, "uk", [date(2026, m, 10) for m in range(1, 13)], [2] * 12, state="published")
    with story.tools.transaction() as tx:
        series = {"series_id": "ser_" + "1" * 24, "producer_id": story.sat.producer_id, "title": "Claimant count"}
        tx.connection.execute(insert(tables.series), series)
        of = tables.releases
        tx.connection.execute(of.update().where(of.c.release_id.in_(released)).values(series_id=series["series_id"]))
        tx.append(Entry(EntryKind.SERIES_ADDED, story.clock.now()))
    (row,) = done(annual(story, "uk", "2026-01-01", "2026-12-31"), 201)["rows"]
    assert row == {
        "statistic": "Claimant count",
        "releases": 12,
        "first_on": "2026-01-10",
        "last_on": "2026-12-10",
    }


def test_annual_list_is_the_head_of_profession_s_and_of_a_period_that_is_over_and_leaves_nothing_out(
    begin: Begin,
) -> None:
    story = begin(london(2027, 1, 1, 9, 0))
    put_on_record(story, "uk", [date(2026, 3, 3), date(2026, 8, 4)], [1, 1], state="published")
    assert annual(story, "uk", "2026-01-01", "2026-06-30", story.lead).status_code == 403
    assert annual(story, "uk", "2026-01-01", "2027-01-01").json()["errors"][0]["where"] == "to"
    assert annual(story, "uk", "2026-06-30", "2026-01-01").status_code == 422
    assert "1 January to 31 December" in annual(story, "wales", "2026-02-01", "2026-12-31").json()["detail"]
    done(annual(story, "uk", "2026-01-01", "2026-06-30"), 201)
    assert annual(story, "uk", "2026-01-01", "2026-06-30").json()["code"] == "no_change"
    assert "stand on none" in annual(story, "uk", "2026-09-01", "2026-12-31").json()["detail"]
    done(annual(story, "uk", "2026-07-01", "2026-12-31"), 201)
    query = {"order": "uk", "from": "2026-01-01", "to": "2026-02-01"}
    assert story.ask(STRANGER, "GET", at_producer(story, "annual-list"), params=query).status_code == 404
    assert story.ask(None, "GET", f"/producers/{NO_PRODUCER}/annual-lists").status_code == 404


def due_letters(story: Story) -> list[str]:
    return [subject for subject, _ in story.letters(story.head) if "annual list" in subject]


def test_annual_list_twelve_months_on_is_asked_for_once_and_again_each_week_until_it_is_published(
    begin: Begin,
) -> None:
    story = begin(london(2026, 6, 1, 9, 0))
    put_on_record(story, "uk", [date(2025, 6, 2)], [1], state="published")
    assert owed.remind_of_annual_lists(story.tools) == 0
    story.clock.put(london(2026, 6, 2, 9, 0))
    assert [owed.remind_of_annual_lists(story.tools) for _ in range(2)] == [1, 0]
    assert due_letters(story) == ["The annual list of statistics with pre-release access is due"]
    story.clock.put(london(2026, 6, 9, 9, 0))
    assert [owed.remind_of_annual_lists(story.tools) for _ in range(2)] == [1, 0]
    assert due_letters(story)[1:] == ["The annual list of statistics with pre-release access is overdue"]
    done(annual(story, "uk", "2025-06-02", "2026-06-08"), 201)
    story.clock.put(london(2027, 6, 8, 9, 0))
    put_on_record(story, "uk", [date(2026, 9, 1)], [1], title="Later", state="published")
    assert owed.remind_of_annual_lists(story.tools) == 0
    story.clock.put(london(2027, 6, 9, 9, 0))
    assert owed.remind_of_annual_lists(story.tools) == 1


def test_annual_list_of_wales_is_due_on_1_january(begin: Begin) -> None:
    story = begin(london(2026, 12, 31, 9, 0))
    put_on_record(story, "wales", [date(2026, 2, 3)], [1], state="published")
    assert owed.remind_of_annual_lists(story.tools) == 0
    story.clock.put(london(2027, 1, 1, 0, 1))
    assert [owed.remind_of_annual_lists(story.tools) for _ in range(2)] == [1, 0]
    (body,) = [body for subject, body in story.letters(story.head) if "annual list" in subject]
    assert "WSI 2009/2818 Sch. para 10(1)" in body
    done(annual(story, "wales", "2026-01-01", "2026-12-31"), 201)
    story.clock.put(london(2027, 1, 8, 0, 1))
    assert owed.remind_of_annual_lists(story.tools) == 0


# -- arrangements, and what is owed --------------------------------------------------------------------------------


def test_arrangements_are_public_in_every_version_and_say_the_role_of_the_head_of_profession(begin: Begin) -> None:
    story = begin(TUESDAY)
    path = at_producer(story, "arrangements")
    body = {"statement": "Lists are approved.\n\n<script>alert(1)</script>", "role_words": "The Head approves."}
    assert story.ask(None, "GET", f"{path}.json").status_code == 404
    assert story.post(story.lead, path, json=body).status_code == 403
    first = done(story.post(story.head, path, json=body), 201)
    assert story.post(story.head, path, json=body).json()["code"] == "no_change"
    done(story.post(story.head, path, json={**body, "statement": "Lists are approved twice."}), 201)
    assert [one["version"] for one in story.get(None, path)["results"]] == [2, 1]
    assert story.get(None, f"{path}.json", params={"version": 1}) == first
    page = story.ask(None, "GET", f"{path}.html", params={"version": 1}).text
    assert "<script>" not in page
    assert "The Head approves." in page
    text = story.ask(None, "GET", f"{path}.txt")
    assert (text.headers["content-type"], "Lists are approved twice." in text.text) == (
        "text/plain; charset=utf-8",
        True,
    )
    hashes = [entry["said"]["sha256"] for entry in story.entries(EntryKind.ARRANGEMENTS_PUBLISHED)]
    content = {"statement": first["statement"], "role_words": "The Head approves."}
    assert hashes[0] == first["sha256"] == sha256_hex(canonical_json(content))
    assert story.ask(None, "GET", f"{path}.json", params={"version": 3}).status_code == 404


def test_publications_say_what_there_is_and_what_is_due(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    put_on_record(story, "wales", [date(2025, 2, 3)], [1], state="published")
    story.ready(TUESDAY)
    path = at_producer(story, "publications")

    def shown() -> list[tuple[str, str | None, str]]:
        return [(one["kind"], one["order"], one["state"]) for one in story.get(story.head, path)["results"]]

    before = [("list_of_posts", "uk", "ahead"), ("annual_list", "wales", "overdue")]
    assert shown() == [*before, ("arrangements", "uk", "due"), ("arrangements", "wales", "due")]
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    done(annual(story, "wales", "2025-01-01", "2025-12-31"), 201)
    done(story.post(story.head, at_producer(story, "arrangements"), json={"statement": "We ask twice."}), 201)
    after = [("list_of_posts", "uk", "done"), ("arrangements", "uk", "done"), ("arrangements", "wales", "done")]
    assert shown() == after
    uk, wales = story.get(story.head, path)["results"][1:]
    assert ("Head of Profession" in uk["what"], "Head of Profession" in wales["what"]) == (True, False)
    assert story.ask(STRANGER, "GET", path).status_code == 404
    assert story.ask(None, "GET", path).status_code == 401
