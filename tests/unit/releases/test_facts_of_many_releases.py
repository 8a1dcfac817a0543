"""How somebody stands with many releases at once is how they stand with each of them alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.actions import deciding, own_access, people
from app.actions import releases as asked_releases
from app.actions.own_access import Standing
from app.actions.tools import Actor
from app.audit.entries import Entry, EntryKind
from app.records import covering, releases, tables
from app.records.covering import Alike
from app.rules.facts import AccessFacts, Declaration
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, done

BEGUN, DUE = london(2026, 3, 2, 10, 0), london(2026, 3, 10, 9, 30)


@dataclass
class Estate:
    """Four releases; CHANCELLOR is on the lists of the first two, one of which they have signed for."""

    story: Story
    release_ids: tuple[str, ...]

    def actor(self, who: Reader) -> Actor:
        token = self.story.headers(who)["Authorization"].partition(" ")[2]
        return people.actor_for_token(self.story.tools, token, network="192.0.2.7")

    def alone(self, who: Reader) -> dict[str, AccessFacts]:
        at, actor = self.story.clock.now(), self.actor(who)
        with self.story.tools.reading() as connection:
            return {one: deciding.gather_for_release(connection, actor, one, at) for one in self.release_ids}

    def together(self, who: Reader) -> dict[str, AccessFacts]:
        at, actor = self.story.clock.now(), self.actor(who)
        with self.story.tools.reading() as connection:
            rows = releases.get_rows(connection, self.release_ids)
            return deciding.gather_for_each(connection, actor, [row.release for row in rows.values()], at)

    def alike(self, at: datetime | None = None) -> dict[str, tuple[Alike, ...]]:
        with self.story.tools.reading() as connection:
            rows = releases.get_rows(connection, self.release_ids)
            asked = [(one, rows[one].release.series_id) for one in self.release_ids]
            return covering.alike_each(connection, asked, at or self.story.clock.now())

    def sign(self, release_id: str, who: Reader) -> str:
        self.story.told.release_id = release_id
        return str(done(self.story.signs(who), 201)["declaration_id"])


@pytest.fixture
def estate(tmp_path: Path, any_database_url: str) -> Iterator[Estate]:
    story = Story(tmp_path, BEGUN, database_url=any_database_url)
    signed = story.ready(DUE, CHANCELLOR, ADVISER)
    story.release(DUE + timedelta(days=1), title="Not signed for yet", series="Monthly")
    story.list_with(CHANCELLOR, ADVISER)
    unsigned = story.told.release_id
    without = story.release(DUE + timedelta(days=2), title="Without a list")
    story.release(DUE + timedelta(days=3), title="Of others")
    story.list_with(SECRETARY)
    elsewhere = story.told.release_id
    yield Estate(story, (signed, unsigned, without, elsewhere))
    story.service.close()


def agree(estate: Estate, *readers: Reader) -> None:
    for who in readers:
        assert estate.together(who) == estate.alone(who)


def test_facts_of_many_releases_are_those_of_each_alone(estate: Estate) -> None:
    agree(estate, CHANCELLOR, ADVISER, SECRETARY, STRANGER)
    facts = estate.together(CHANCELLOR)
    assert [bool(facts[one].grants) for one in estate.release_ids] == [True, True, False, False]
    assert [len(facts[one].declarations) for one in estate.release_ids] == [1, 0, 0, 0]


def test_facts_of_many_releases_with_a_suspension_and_a_wrong_fact_are_those_of_each_alone(estate: Estate) -> None:
    story = estate.story
    body = {"subject_id": story.id_of(CHANCELLOR), "reason": "It was passed on."}
    done(story.post(story.head, f"/producers/{story.sat.producer_id}/suspensions", json=body), 201)
    declared = story.get(ADVISER, "/me/declarations")["results"][0]["declaration_id"]
    wrong = {"kind": "declaration", "declaration_id": declared, "reason": "Somebody else had signed it."}
    done(story.post(story.head, "/wrong-facts", json=wrong), 201)
    agree(estate, CHANCELLOR, ADVISER, SECRETARY)
    assert [len(estate.together(CHANCELLOR)[one].suspensions) for one in estate.release_ids] == [1, 1, 1, 1]
    assert [len(estate.together(ADVISER)[one].wrong) for one in estate.release_ids] == [1, 1, 1, 1]
    assert [len(estate.together(SECRETARY)[one].suspensions) for one in estate.release_ids] == [0, 0, 0, 0]


def test_facts_of_somebody_tied_to_recipients_are_those_of_each_alone(estate: Estate) -> None:
    story = estate.story
    with story.tools.transaction() as tx:
        of, theirs = tables.grants.c, story.id_of(ADVISER)
        lists = select(tables.lists.c.list_id).where(tables.lists.c.release_id.in_(estate.release_ids[:2]))
        tied = update(tables.grants).where(of.person_id == theirs, of.list_id.in_(lists))
        tx.connection.execute(tied.values(for_person_id=story.id_of(CHANCELLOR)))
        tx.append(Entry(EntryKind.LIST_CHANGED, story.clock.now()))
    agree(estate, CHANCELLOR, ADVISER)
    assert [len(estate.together(ADVISER)[one].recipients) for one in estate.release_ids] == [1, 1, 0, 0]


def test_standings_with_many_releases_are_those_with_each_and_tell_of_no_other(estate: Estate) -> None:
    tools = estate.story.tools
    estate.story.clock.put(DUE - timedelta(hours=20))
    actor = estate.actor(CHANCELLOR)
    listed = own_access.my_releases(tools, actor)
    together = {view.row.release.release_id: standing for view, standing in listed}
    related = estate.release_ids[:2]
    assert together == {one: plain(own_access.my_standing(tools, actor, one)) for one in related}
    assert [len(together[one].openable) for one in related] == [1, 0]
    assert tuple(view for view, _ in listed) == asked_releases.list_releases(tools, actor, over=False)
    assert own_access.my_releases(tools, estate.actor(STRANGER)) == ()


def test_those_who_are_taken_for_alike_have_declared_what_a_rule_cannot_tell_apart(estate: Estate) -> None:
    story = estate.story
    estate.sign(estate.release_ids[1], ADVISER)
    withdrawn = estate.sign(estate.release_ids[1], CHANCELLOR)
    done(story.post(CHANCELLOR, f"/declarations/{withdrawn}/withdrawal", json={}))
    alike = estate.alike()
    assert [sorted(len(one.person_ids) for one in alike[name]) for name in estate.release_ids] == [[2], [1, 1], [], []]
    for who in (CHANCELLOR, ADVISER, SECRETARY):
        for release_id, facts in estate.together(who).items():
            mine = [group for group in alike[release_id] if story.id_of(who) in group.person_ids]
            taken = [said(one) for group in mine for one in group.declarations]
            assert taken == [said(one) for one in facts.declarations]


def test_those_who_signed_again_and_again_are_alike_by_all_that_they_declared(estate: Estate) -> None:
    story, (first, second, *_) = estate.story, estate.release_ids
    for hour, who, release_id in (
        (1, ADVISER, second),
        (2, CHANCELLOR, second),
        (3, ADVISER, second),
        (4, ADVISER, first),
    ):
        story.clock.put(BEGUN + timedelta(days=1, hours=hour))
        signed = estate.sign(release_id, who)
        if hour == 1:
            done(story.post(ADVISER, f"/declarations/{signed}/withdrawal", json={}))
    lapsing = story.clock.now() + timedelta(days=365) - timedelta(hours=2, minutes=30)
    for at in (story.clock.now(), BEGUN + timedelta(days=1, hours=2, minutes=30), lapsing):
        alike = estate.alike(at)
        for who in (CHANCELLOR, ADVISER, SECRETARY):
            for release_id, facts in estate.together(who).items():
                mine = [group for group in alike[release_id] if story.id_of(who) in group.person_ids]
                taken = {by_now(one, at) for group in mine for one in group.declarations}
                assert len(mine) <= 1
                assert taken == {by_now(one, at) for one in facts.declarations}
    now = estate.alike()
    assert [sorted(len(one.person_ids) for one in now[name]) for name in (first, second)] == [[2], [1, 1]]


def test_declaration_that_is_signed_after_the_instant_asked_about_makes_nobody_alike(estate: Estate) -> None:
    story = estate.story
    before = story.clock.now()
    story.clock.put(before + timedelta(hours=1))
    estate.sign(estate.release_ids[1], ADVISER)
    estate.sign(estate.release_ids[1], CHANCELLOR)
    later = before + timedelta(minutes=30)
    with story.tools.transaction() as tx:
        earlier = update(tables.declarations).where(tables.declarations.c.person_id == story.id_of(CHANCELLOR))
        tx.connection.execute(earlier.values(signed_at=before))
        tx.append(Entry(EntryKind.DECLARATION_SIGNED, story.clock.now()))
    counts = [[len(one.person_ids) for one in estate.alike(at)[estate.release_ids[1]]] for at in (later, None)]
    assert counts == [[1, 1], [2]]


def test_nothing_of_a_declaration_is_left_out_of_what_makes_people_alike() -> None:
    # Whatever a rule may come to look at makes people differ, or is one of the two that are theirs alone.
    own = {"declaration_id", "person_id"}
    looked_at = {one.name for one in fields(Declaration)} - own
    said = (*covering._SAID, *covering._PAST)
    assert set(said) == looked_at


def said(one: Declaration) -> tuple[object, ...]:
    """Give what a rule looks at of a declaration, but whose it is and when it was signed."""
    return one.scope, one.undertaking_sha256, one.list_version, one.lapses_at, one.withdrawn_at, one.suspended_at


def by_now(one: Declaration, at: datetime) -> tuple[object, ...]:
    """Give the same with no more of its instants than whether they are past."""
    instants = (one.signed_at, one.lapses_at, one.withdrawn_at, one.suspended_at)
    past = tuple(when is not None and when <= at for when in instants)
    return one.scope, one.undertaking_sha256, one.list_version, *past


def plain(standing: Standing) -> Standing:
    """Leave out what only one release's standing has besides."""
    return Standing(**{one.name: getattr(standing, one.name) for one in fields(Standing)})
