"""How long a declaration lasts: for a series, through new words, a suspension, a renewal and its lapse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions import signatures
from app.audit.entries import EntryKind
from tests.build import london
from tests.story import CHANCELLOR, SECRETARY, STRANGER, Story, codes, done, reasons

JULY = london(2026, 7, 14, 9, 30)
AUGUST = london(2026, 8, 11, 9, 30)
NEXT_YEAR = london(2027, 7, 20, 9, 30)
HOURS = timedelta(hours=1)
DAYS = timedelta(days=1)
SERIES = "Claimant count, monthly"


@dataclass
class Told:
    """The story, and the releases of its series."""

    story: Story
    july: str
    august: str

    def at_release(self, release_id: str) -> Story:
        """Turn the story to one of the releases."""
        self.story.told.release_id = release_id
        return self.story


@pytest.fixture
def series(tmp_path: Path, database_url: str | None) -> Iterator[Told]:
    """A series with two releases, each with its document and the same two recipients; nobody has signed."""
    story = Story(tmp_path, JULY - 8 * DAYS, database_url=database_url)
    august = _ready(story, AUGUST, "August")
    july = _ready(story, JULY, "July")
    yield Told(story, july, august)
    story.service.close()


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Story]:
    """One release of that series with its list in force, and nothing more."""
    story = Story(tmp_path, JULY - 8 * DAYS)
    story.release(JULY, title="Claimant count, July", series=SERIES)
    story.list_with(CHANCELLOR)
    yield story
    story.service.close()


@pytest.fixture
def database_url() -> str | None:
    """SQLite, unless a test asks for another."""
    return None


def _ready(story: Story, publishes_at: Any, month: str, *, series: str | None = SERIES, **changes: Any) -> str:
    more = {"series": series, **changes} if series else changes
    release_id = story.release(publishes_at, title=f"Claimant count, {month}", **more)
    story.list_with(CHANCELLOR, SECRETARY)
    story.sealed()
    story.signed_off()
    return release_id


def sign(story: Story, who: Any, scope: str = "release") -> dict[str, Any]:
    path = f"/releases/{story.told.release_id}"
    words = story.get(who, f"{path}/undertaking", params={"scope": scope})
    assert words["scope"] == scope
    body = {"undertaking_sha256": words["sha256"], "typed_name": who.name, "agreed": True, "scope": scope}
    return dict(done(story.post(who, f"{path}/declarations", json=body), 201))


def document_of(story: Story, release_id: str) -> str:
    found = story.get(story.statistician, f"/releases/{release_id}/documents")["results"]
    return str(found[0]["document_id"])


def mine(story: Story, who: Any) -> list[tuple[str, str]]:
    """(scope, state) of everything somebody has signed, newest first."""
    return [(one["scope"], one["state"]) for one in story.get(who, "/me/declarations")["results"]]


def new_words(story: Story, words: str, order: str = "uk") -> dict[str, Any]:
    path = f"/producers/{story.sat.producer_id}/undertaking-words"
    return dict(done(story.post(story.head, path, json={"order": order, "words": words}), 201))


def test_declaration_for_a_series_opens_each_of_its_releases_and_one_for_a_release_opens_that_alone(
    series: Told,
) -> None:
    story = series.story
    signed = sign(series.at_release(series.july), CHANCELLOR, "series")
    sign(story, SECRETARY)
    with_series = story.get(CHANCELLOR, f"/releases/{series.july}")["series_id"]
    assert (signed["scope"], signed["series_id"], signed["release_id"]) == ("series", with_series, series.july)
    story.clock.put(JULY - HOURS)
    for reader in (CHANCELLOR, SECRETARY):
        assert story.opens(reader, document_of(story, series.july)).status_code == 201
    story.clock.put(AUGUST - HOURS)
    august = document_of(story, series.august)
    assert story.opens(CHANCELLOR, august).status_code == 201
    assert codes(story.opens(SECRETARY, august)) == ["403", "declaration_missing"]
    covering = story.get(story.head, f"/releases/{series.august}/declarations")["results"]
    assert [one["declaration_id"] for one in covering] == [signed["declaration_id"]]


def test_declaration_for_a_series_counts_no_more_where_the_conditions_of_a_release_differ(series: Told) -> None:
    story = series.story
    sign(series.at_release(series.july), CHANCELLOR, "series")
    series.at_release(series.august)
    listed = story.draft_with(CHANCELLOR, SECRETARY)
    grant = story.grant_of(CHANCELLOR)
    path = f"/lists/{listed['list_id']}/grants/{grant['grant_id']}"
    changed = story.ask(
        story.statistician, "PATCH", path, json={"conditions": "Read in room 4.12 only."}, revision=listed["revision"]
    )
    story.told.listed = done(changed)
    done(story.approves())
    story.clock.put(AUGUST - HOURS)
    assert codes(story.opens(CHANCELLOR, document_of(story, series.august))) == ["403", "declaration_superseded"]
    assert mine(story, CHANCELLOR) == [("series", "superseded")]


def test_declaration_for_a_series_where_the_release_belongs_to_none_is_refused(tmp_path: Path) -> None:
    story = Story(tmp_path, JULY - 8 * DAYS)
    release_id = _ready(story, JULY, "July", series=None)
    asked = story.ask(CHANCELLOR, "GET", f"/releases/{release_id}/undertaking", params={"scope": "series"})
    assert (asked.status_code, asked.json()["code"]) == (422, "declaration_not_valid")
    assert story.get(CHANCELLOR, f"/releases/{release_id}/undertaking")["for_series"] is False
    story.service.close()


def test_new_words_supersede_and_everybody_concerned_is_asked_once_to_sign_again(series: Told) -> None:
    story = series.story
    sign(series.at_release(series.july), CHANCELLOR, "series")
    sign(series.at_release(series.august), SECRETARY)
    given = new_words(story, "Keep the figures off your telephone.")
    assert (given["version"], given["order"]) == (1, "uk")
    for reader in (CHANCELLOR, SECRETARY):
        subjects = [subject for subject, _ in story.letters(reader) if "sign again" in subject]
        assert len(subjects) == 1
    assert [subject for subject, _ in story.letters(STRANGER)] == []
    assert mine(story, CHANCELLOR) == [("series", "superseded")]
    story.clock.put(AUGUST - HOURS)
    august = document_of(story, series.august)
    for reader in (CHANCELLOR, SECRETARY):
        assert codes(story.opens(reader, august)) == ["403", "declaration_superseded"]
    series.at_release(series.august)
    words = story.get(CHANCELLOR, f"/releases/{series.august}/undertaking")["text"]
    assert "The producer's own words, version 1:\nKeep the figures off your telephone.\n" in words
    sign(story, CHANCELLOR)
    assert story.opens(CHANCELLOR, august).status_code == 201
    (entry,) = story.entries(EntryKind.UNDERTAKING_WORDS_GIVEN)
    assert (entry["said"]["version"], entry["said"]["asked_to_sign_again"]) == (1, 2)


def test_new_words_for_one_order_leave_declarations_under_another_as_they_are(listed: Story) -> None:
    story = listed
    sign(story, CHANCELLOR)
    new_words(story, "For Wales alone.", order="wales")
    assert mine(story, CHANCELLOR) == [("release", "in_force")]
    assert [subject for subject, _ in story.letters(CHANCELLOR) if "sign again" in subject] == []


def test_new_words_are_kept_in_every_version_and_given_by_the_head_of_profession_alone(listed: Story) -> None:
    story = listed
    path = f"/producers/{story.sat.producer_id}/undertaking-words"
    first, second = new_words(story, "One."), new_words(story, "Two.")
    new_words(story, "", order="wales")
    body = {"order": "uk", "words": "Three."}
    assert codes(story.post(story.lead, path, json=body)) == ["403", "role_required"]
    for outsider in (CHANCELLOR, STRANGER):
        assert story.post(outsider, path, json=body).status_code == 404
        assert story.ask(outsider, "GET", path).status_code == 404
    same = story.post(story.head, path, json={"order": "uk", "words": " Two. "})
    assert (same.status_code, same.json()["code"]) == (422, "no_change")
    for reader in (story.statistician, story.auditor):
        found = story.get(reader, path)["results"]
        assert [(one["order"], one["version"], one["words"]) for one in found] == [
            ("uk", 2, "Two."),
            ("uk", 1, "One."),
            ("wales", 1, ""),
        ]
    assert first["words_id"] != second["words_id"]


def test_declaration_lapses_with_a_suspension_and_signing_again_restores_it(series: Told) -> None:
    story = series.story
    sign(series.at_release(series.july), CHANCELLOR, "series")
    story.clock.put(JULY - 2 * HOURS)
    july = document_of(story, series.july)
    assert story.opens(CHANCELLOR, july).status_code == 201
    path = f"/producers/{story.sat.producer_id}/suspensions"
    body = {"subject_id": story.id_of(CHANCELLOR), "reason": "An indication was given."}
    suspended = done(story.post(story.head, path, json=body), 201)
    assert codes(story.opens(CHANCELLOR, july)) == ["403", "suspended"]
    assert mine(story, CHANCELLOR) == [("series", "lapsed")]
    story.clock.forward(minutes=5)
    ended = story.post(story.head, f"/suspensions/{suspended['suspension_id']}/end", json={"reason": "Decided."})
    done(ended)
    assert mine(story, CHANCELLOR) == [("series", "lapsed")]
    assert codes(story.opens(CHANCELLOR, july)) == ["403", "declaration_lapsed"]
    sign(story, CHANCELLOR, "series")
    assert story.opens(CHANCELLOR, july).status_code == 201
    assert mine(story, CHANCELLOR) == [("series", "in_force"), ("series", "lapsed")]


def test_declaration_signed_again_supersedes_the_first_and_its_withdrawal_ends_both(series: Told) -> None:
    story = series.story
    first = sign(series.at_release(series.july), CHANCELLOR)
    story.clock.forward(hours=1)
    second = sign(story, CHANCELLOR)
    assert mine(story, CHANCELLOR) == [("release", "in_force"), ("release", "superseded")]
    done(story.post(CHANCELLOR, f"/declarations/{second['declaration_id']}/withdrawal"))
    assert mine(story, CHANCELLOR) == [("release", "withdrawn"), ("release", "withdrawn")]
    (entry,) = story.entries(EntryKind.DECLARATION_WITHDRAWN)
    assert entry["said"] == {"declaration_id": second["declaration_id"], "also": [first["declaration_id"]]}
    story.clock.put(JULY - HOURS)
    assert codes(story.opens(CHANCELLOR, document_of(story, series.july))) == ["403", "declaration_withdrawn"]


def test_declaration_about_to_lapse_is_reminded_of_twice_and_no_more_once_it_is_renewed(series: Told) -> None:
    story = series.story
    signed = sign(series.at_release(series.july), CHANCELLOR, "series")
    sign(story, SECRETARY)  # for July alone, which is over by then
    story.clock.put(JULY)
    story.published()
    lapses = london(2027, 7, 6, 9, 30)
    assert signed["lapses_at"] == "2027-07-06T08:30:00.000Z"

    def told() -> int:
        for declaration_id in signatures.lapses_due(story.tools):
            signatures.remind_of_lapse(story.tools, declaration_id)
        return len([subject for subject, _ in story.letters(CHANCELLOR) if "about to lapse" in subject])

    for before, expected in ((15 * DAYS, 0), (14 * DAYS, 1), (13 * DAYS, 1), (3 * DAYS, 2), (2 * DAYS, 2)):
        story.clock.put(lapses - before)
        assert (told(), told()) == (expected, expected)
    (_, body) = next(letter for letter in story.letters(CHANCELLOR) if "about to lapse" in letter[0])
    assert f"the series “{SERIES}”" in body
    assert [subject for subject, _ in story.letters(SECRETARY) if "about to lapse" in subject] == []


def test_reminder_that_another_replica_has_queued_is_queued_once(listed: Story) -> None:
    story = listed
    sign(story, CHANCELLOR, "series")
    story.clock.put(london(2027, 7, 1, 9, 30))
    (due,) = signatures.lapses_due(story.tools)
    assert [signatures.remind_of_lapse(story.tools, due), signatures.remind_of_lapse(story.tools, due)] == [True, False]
    assert signatures.lapses_due(story.tools) == ()


def test_declaration_that_was_renewed_is_not_reminded_of(listed: Story) -> None:
    story = listed
    sign(story, CHANCELLOR, "series")
    story.clock.forward(hours=1)
    renewed = sign(story, CHANCELLOR, "series")
    story.clock.put(london(2027, 7, 1, 9, 30))
    assert signatures.lapses_due(story.tools) == (renewed["declaration_id"],)


def test_own_declarations_after_the_release_left_the_person_out_are_judged_by_time_alone(series: Told) -> None:
    story = series.story
    sign(series.at_release(series.july), CHANCELLOR)
    story.clock.forward(hours=1)
    story.list_with(SECRETARY)
    new_words(story, "Other words.")
    assert mine(story, CHANCELLOR) == [("release", "in_force")]
    assert reasons(story.opens(CHANCELLOR, document_of(story, series.july)))[0][0] == "not_on_list"


class TestOnPostgreSQL:
    """What SQL decides, where it is another SQL."""

    @pytest.fixture
    def database_url(self, any_database_url: str | None) -> str | None:
        return any_database_url

    def test_declaration_for_a_series_is_found_suspended_renewed_and_reminded_of(self, series: Told) -> None:
        story = series.story
        sign(series.at_release(series.july), CHANCELLOR, "series")
        story.clock.forward(hours=1)
        path = f"/producers/{story.sat.producer_id}/suspensions"
        body = {"subject_id": story.id_of(CHANCELLOR), "reason": "An indication was given."}
        suspended = done(story.post(story.head, path, json=body), 201)
        done(story.post(story.head, f"/suspensions/{suspended['suspension_id']}/end", json={"reason": "Decided."}))
        assert mine(story, CHANCELLOR) == [("series", "lapsed")]
        story.clock.forward(hours=1)
        sign(story, CHANCELLOR, "series")
        new_words(story, "Other words.")
        story.clock.forward(hours=1)
        newest = sign(series.at_release(series.august), CHANCELLOR, "series")
        assert [state for _, state in mine(story, CHANCELLOR)] == ["in_force", "superseded", "superseded"]
        story.clock.put(london(2027, 7, 1, 9, 30))
        assert signatures.lapses_due(story.tools) == (newest["declaration_id"],)
        assert signatures.remind_of_lapse(story.tools, newest["declaration_id"])
