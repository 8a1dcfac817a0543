"""An auditor's search: every filter, alone and with others, against a plain second opinion that reads everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, update

from app.actions import auditing, searching
from app.api.log_filters import cursor_of
from app.audit import search as looking
from app.audit.asked import Place, Scope, Search, Tenure
from app.audit.entries import Entry, EntryKind
from app.audit.reading import Logged
from app.records.tables import entries, entry_labels
from app.rules.errors import LogDamaged
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done

T = london(2026, 6, 16, 9, 30)
PAGES = 40


@pytest.fixture
def story(any_database_url: str, tmp_path: Path) -> Iterator[Story]:
    told = begun(tmp_path, any_database_url)
    yield told
    told.service.close()


def begun(folder: Path, database_url: str = "") -> Story:
    told = Story(folder, T - timedelta(days=8), database_url=database_url)
    told.ready(T, CHANCELLOR, ADVISER, series="Labour market")
    assert told.opens(ADVISER).status_code == 403
    assert told.opens(STRANGER).status_code == 404
    told.clock.put(T - timedelta(hours=4))
    for reader in (CHANCELLOR, ADVISER):
        done(told.opens(reader), 201)
    auditing.sequence(told.tools)
    return told


def everything(story: Story) -> list[Logged]:
    with story.tools.reading() as connection:
        newest = looking.newest(connection)
        return looking.page(connection, Search(), Scope(), after=Place(None, 0, newest), limit=10_000)


def searched(story: Story, search: Search, scope: Scope, *, newest_first: bool = False) -> list[str]:
    """Go through every page of a search."""
    found: list[str] = []
    with story.tools.reading() as connection:
        place = Place(None, 0, looking.newest(connection))
        while page := looking.page(connection, search, scope, after=place, limit=PAGES, newest_first=newest_first):
            found += [one.entry_id for one in page]
            place = place.behind(page[-1])
    return found


def passes(one: Logged, search: Search, scope: Scope) -> bool:
    """Say, from the leaf and the clear values alone, whether an entry is what is searched for."""
    said = one.said
    reasons = [reason if isinstance(reason, dict) else {"code": reason} for reason in said.get("reasons", [])]
    codes = {reason["code"] for reason in reasons} | {said.get("code")}
    sources = {reason.get("source") for reason in reasons} | set(said.get("sources", []))
    clear = {name: value for name, (value, _) in one.disclosed.items()}
    held = {"post_id": scope.post, "organisation_id": scope.organisation}

    def while_held(tenures: tuple[Tenure, ...]) -> bool:
        return any(
            one.person_id == of.person_id and of.from_at <= one.at and (of.until_at is None or one.at < of.until_at)
            for of in tenures
        )

    told = {
        "reason": lambda value: value in codes,
        "source": lambda value: value in sources,
        "actor_id": lambda value: clear.get("actor") == value,
        "network": lambda value: value in (clear.get("network"), clear.get("network_hash")),
        "post_id": lambda value: said.get("post_id") == value or while_held(held["post_id"]),
        "organisation_id": lambda value: said.get("organisation_id") == value or while_held(held["organisation_id"]),
        "series_id": lambda value: said.get("series_id") == value or one.release_id in scope.series,
        "from_at": lambda value: one.at >= datetime.fromisoformat(value),
        "until_at": lambda value: one.at < datetime.fromisoformat(value),
    }
    return all(
        told[name](value) if name in told else getattr(one, name) == value for name, value in search.given().items()
    ) and (scope.producer_ids is None or one.producer_id in scope.producer_ids)


def _organisation_of(story: Story, post_id: str) -> str:
    added = (one["said"] for one in story.entries(EntryKind.POST_ADDED))
    return next(said["organisation_id"] for said in added if said["post_id"] == post_id)


def filters(story: Story) -> tuple[dict[str, Any], Scope]:
    """Give a value for every filter, each of which some entry has; and what the records say to them."""
    grant = next(one for one in story.told.listed["grants"] if one["person_id"] == story.id_of(ADVISER))
    half = T - timedelta(days=4)
    network = next(one.disclosed["network"][0] for one in everything(story) if "network" in one.disclosed)
    values = {
        "release_id": story.told.release_id,
        "person_id": story.id_of(ADVISER),
        "post_id": grant["post_id"],
        "organisation_id": _organisation_of(story, grant["post_id"]),
        "document_id": story.told.document_id,
        "series_id": "ser_" + "0" * 24,
        "producer_id": story.sat.producer_id,
        "kind": "access_decided",
        "outcome": "refused",
        "reason": "window_not_open",
        "source": "SI 2008/2998 Sch. para 4",
        "actor_id": story.id_of(ADVISER),
        "network": network,
        "from_at": T - timedelta(days=8),
        "until_at": T - timedelta(hours=3),
    }
    tenure = Tenure(story.id_of(ADVISER), T - timedelta(days=900), None)
    broken = (tenure, Tenure(story.id_of(CHANCELLOR), T - timedelta(days=900), half))
    return values, Scope(post=(tenure,), organisation=broken, series=(story.told.release_id,))


def test_search_by_every_filter_and_every_two_of_them_finds_what_reading_everything_finds(story: Story) -> None:
    every, (values, scope) = everything(story), filters(story)
    narrowed = Scope(frozenset({story.sat.producer_id}), scope.post, scope.organisation, scope.series)
    sets = [(name,) for name in values] + list(combinations(values, 2))
    for number, names in enumerate(sets):
        search, seen = Search(**{name: values[name] for name in names}), (scope, narrowed)[number // 2 % 2]
        expected = [one.entry_id for one in every if passes(one, search, seen)]
        if number % 2:
            assert searched(story, search, seen) == expected, names
        else:
            assert searched(story, search, seen, newest_first=True) == expected[::-1], names
    for name in values:
        assert searched(story, Search(**{name: values[name]}), scope), f"nothing in this story has {name}"


def test_search_for_whoever_holds_two_posts_of_one_organisation_finds_each_entry_once_on_full_pages(
    story: Story,
) -> None:
    # An auditor's search stopped at a page half full of the same entries, and looked complete.
    person = story.id_of(ADVISER)
    with story.tools.transaction() as tx:
        for number in range(2 * PAGES):
            tx.append(Entry(EntryKind.LOG_READ, T + timedelta(minutes=number), person_id=person))
    every = [one.entry_id for one in everything(story) if one.person_id == person]
    twice = (Tenure(person, T - timedelta(days=900), None), Tenure(person, T - timedelta(days=90), None))
    others = tuple(Tenure(f"per_{number:024x}", T - timedelta(days=900), None) for number in range(3))
    scope = Scope(organisation=(*twice, *others))
    search = Search(organisation_id="org_" + "0" * 24)
    with story.tools.reading() as connection:
        place = Place(None, 0, looking.newest(connection))
        first = looking.page(connection, search, scope, after=place, limit=PAGES)
    assert [one.entry_id for one in first] == every[:PAGES]
    assert searched(story, search, scope) == every
    assert searched(story, search, scope, newest_first=True) == every[::-1]


@pytest.mark.parametrize("busy", [1, 7])
def test_search_for_many_holders_of_whom_few_do_nearly_everything_shows_every_entry_in_its_order(
    story: Story, busy: int
) -> None:
    # Each of many is asked for a few first: whoever has more of a page must be asked again.
    chance = Random(busy)
    holders = [f"per_{number:024x}" for number in range(30)]
    with story.tools.transaction() as tx:
        for number in range(4 * PAGES):
            one = holders[chance.randrange(busy)] if chance.random() < 0.8 else chance.choice(holders)
            tx.append(Entry(EntryKind.LOG_READ, T + timedelta(minutes=number // 3), person_id=one))
    tenures = tuple(
        Tenure(one, T + timedelta(minutes=chance.randrange(-30, 10)), T + timedelta(minutes=chance.randrange(20, 90)))
        for one in holders
    )
    search, scope = Search(organisation_id="org_" + "0" * 24), Scope(organisation=tenures)
    expected = [one.entry_id for one in everything(story) if passes(one, search, scope)]
    assert len(expected) > PAGES
    assert searched(story, search, scope) == expected
    assert searched(story, search, scope, newest_first=True) == expected[::-1]


def test_search_by_all_filters_together_finds_the_one_entry_that_has_them(story: Story) -> None:
    values, scope = filters(story)
    del values["network"]
    (found,) = searched(story, Search(**values), scope)
    assert [one["id"] for one in story.decisions(ADVISER)] == [found]


def test_search_of_a_producer_that_sees_nothing_finds_nothing(story: Story) -> None:
    for search in (Search(), Search(kind="access_decided"), Search(release_id=story.told.release_id)):
        assert searched(story, search, Scope(frozenset())) == []


def test_pages_of_one_search_stay_what_they_are_while_entries_arrive(story: Story) -> None:
    query = {"release_id": story.told.release_id, "limit": 5}
    for order in ("oldest", "newest"):
        whole = [
            one["entry_id"]
            for one in story.get(story.auditor, "/audit/entries", params={**query, "limit": 100})["results"]
        ]
        expected = whole if order == "oldest" else whole[::-1]
        page = story.get(story.auditor, "/audit/entries", params={**query, "order": order})
        shown = [one["entry_id"] for one in page["results"]]
        while page["next"]:
            with story.tools.transaction() as tx:  # one that belongs to the search, and is older than all of it
                early = Entry(EntryKind.RELEASE_CHANGED, T - timedelta(days=30), release_id=story.told.release_id)
                tx.append(early)
            page = story.get(story.auditor, "/audit/entries", params={**query, "order": order, "after": page["next"]})
            shown += [one["entry_id"] for one in page["results"]]
        assert shown == expected


WRONG: dict[str, dict[str, str]] = {
    "query.persn_id": {"persn_id": "x"},
    "query.release_id": {"release_id": "x"},
    "query.kind": {"kind": "nothing"},
    "query.reason": {"reason": "No!"},
    "query.network": {"network": "192.0.2.1"},
    "query.order": {"order": "random"},
    "query.after": {"after": "AAAA"},
    "query.until_at": {"from_at": "2026-03-02T00:00:00Z", "until_at": "2026-03-01T00:00:00Z"},
}


def test_search_that_is_not_understood_names_the_parameter_and_reads_nothing(story: Story) -> None:
    for where, query in WRONG.items():
        answer = story.ask(story.auditor, "GET", "/audit/entries", params=query)
        assert (answer.status_code, [one["where"] for one in answer.json()["errors"]]) == (422, [where])
    assert story.entries(EntryKind.LOG_READ) == []


def test_search_for_a_person_seals_whom_it_was_for_and_says_the_rest(story: Story) -> None:
    query = {"person_id": story.id_of(ADVISER), "kind": "access_decided"}
    done(story.ask(story.auditor, "GET", "/audit/entries", params=query))
    read = next(one for one in reversed(everything(story)) if one.kind == "log_read")
    assert read.said == {"filters": ["kind", "person_id"], "asked": {"kind": "access_decided"}}
    assert read.disclosed["asked_person_id"][0] == story.id_of(ADVISER)
    assert story.id_of(ADVISER).encode() not in read.leaf


def test_search_through_the_api_knows_who_held_a_post_and_which_releases_a_series_has(story: Story) -> None:
    values, _ = filters(story)
    for name in ("post_id", "organisation_id"):
        found = story.get(story.auditor, "/audit/entries", params={name: values[name], "limit": 100})["results"]
        assert "access_decided" in {one["leaf"]["kind"] for one in found}, name
    (added,) = story.entries(EntryKind.SERIES_ADDED)
    found = story.get(story.auditor, "/audit/entries", params={"series_id": added["said"]["series_id"], "limit": 100})[
        "results"
    ]
    of_release = [one["id"] for one in story.service.entries() if one.get("release_id") == story.told.release_id]
    assert {one["entry_id"] for one in found} == {added["id"], *of_release[:99]}
    assert len(of_release) < 100


@pytest.mark.parametrize(("order", "found"), [("newest", True), ("oldest", False)])
def test_place_at_the_end_of_time_has_everything_on_one_side_of_it(story: Story, order: str, found: bool) -> None:
    last = datetime.max.replace(tzinfo=UTC)
    after = cursor_of(Place(last, 1, 10**9))
    query = {"kind": "access_decided", "order": order, "after": after}
    assert bool(story.get(story.auditor, "/audit/entries", params=query)["results"]) is found


def test_label_that_was_deleted_is_found_by_the_running_check(story: Story) -> None:
    auditing.check_published(story.tools)
    refused = entry_labels.c.name == "reason", entry_labels.c.value == "window_not_open"
    with story.tools.database.engine.begin() as connection:
        assert connection.execute(delete(entry_labels).where(*refused)).rowcount == 1
    with pytest.raises(LogDamaged, match="cannot be found by its reason"):
        auditing.check_published(story.tools)


def test_running_check_goes_through_no_table_of_the_log_from_end_to_end(tmp_path: Path) -> None:
    # On SQLite every two hundred labels were looked for among all there are: of ten million entries, for half an hour.
    story, asked = begun(tmp_path), list[tuple[str, Any]]()
    engine = story.tools.database.engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    auditing.sequencer(story.tools).check_entries(0)
    event.remove(engine, "before_cursor_execute", note)
    selects = [one for one in asked if one[0].lstrip().startswith(("SELECT", "WITH"))]
    assert any("entry_labels" in statement for statement, _ in selects)
    with engine.connect() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all() for sql, given in selects]
    steps = {row.detail for plan in plans for row in plan}
    assert [one for one in sorted(steps) if re.match(r"SCAN (entries|entry_labels|disclosures)\b", one)] == []


def test_label_that_an_entry_does_not_say_is_not_believed(story: Story) -> None:
    signed = next(one for one in everything(story) if one.kind == "declaration_signed")
    label = {"name": "reason", "value": "window_not_open", "at": signed.at, "arrival": signed.arrival}
    with story.tools.database.engine.begin() as connection:
        connection.execute(insert(entry_labels), label)
    answer = story.ask(story.auditor, "GET", "/audit/entries", params={"reason": "window_not_open"})
    assert (answer.status_code, answer.json()["code"]) == (500, "log_damaged")


def test_entries_from_before_there_were_labels_are_searched_once_the_worker_has_been_there(story: Story) -> None:
    query = {"reason": "window_not_open"}
    before = story.get(story.auditor, "/audit/entries", params=query)["results"]
    assert len(before) == 1
    with story.tools.database.engine.begin() as connection:  # as an older process leaves them
        connection.execute(delete(entry_labels))
        connection.execute(update(entries).values(labelled=None))
    waiting = story.ask(story.auditor, "GET", "/audit/entries", params=query)
    assert (waiting.status_code, waiting.json()["code"]) == (503, "unavailable")
    auditing.check_published(story.tools)  # that is no damage
    assert done(story.ask(story.auditor, "GET", "/audit/entries", params={"kind": "access_decided"}))
    while searching.label_entries(story.tools):
        pass
    assert story.get(story.auditor, "/audit/entries", params=query)["results"] == before
    auditing.check_published(story.tools)


def test_search_by_somebody_who_is_no_auditor_is_refused_without_a_word_of_what_there_is(story: Story) -> None:
    for who in (story.statistician, CHANCELLOR):
        answer = story.ask(who, "GET", "/audit/entries", params={"release_id": story.told.release_id})
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
        assert story.told.release_id not in answer.text


def test_search_by_an_auditor_of_another_producer_finds_nothing_of_this_one(story: Story) -> None:
    other = story.service.producer("Office for Other Statistics")
    values, _ = filters(story)
    for name, value in values.items():
        sent = value.isoformat() if isinstance(value, datetime) else value
        found = story.get(other.people[Role.AUDITOR], "/audit/entries", params={name: sent, "limit": 100})["results"]
        assert [one for one in found if one["leaf"].get("producer_id") != other.producer_id] == [], name
