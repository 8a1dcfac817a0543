"""Opening a document: one rule, one entry before anything else, one opening; and its passphrase, once."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.actions import deciding, openings
from app.actions.tools import Actor, Policy
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Code, NotFound, OutOfOrder, Refused
from app.rules.facts import ReleaseState, Role
from tests.unit.documents.world import OPENS_AT, PUBLISHES_AT, World

MILLISECOND = timedelta(milliseconds=1)


def codes(refused: Refused) -> list[str]:
    return [reason.code.value for reason in refused.reasons]


def count(world: World, table: str) -> int:
    with world.tools.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.metadata.tables[table])).scalar_one()


def test_open_document_at_the_first_instant_makes_one_opening_and_one_entry(tmp_path: Path) -> None:
    world = World(tmp_path, OPENS_AT)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    before = len(world.service.entries())
    opening = openings.open_document(world.tools, actor, document.document_id)
    (entry,) = world.service.entries()[before:]
    assert (entry["kind"], entry["outcome"], entry["document_id"]) == (
        "access_decided",
        "permitted",
        document.document_id,
    )
    assert entry["said"] == {
        "act": "open",
        "relied_on": ["SI 2008/2998 Sch. para 3(1)", "SI 2008/2998 Sch. para 4", "SI 2008/2998 Sch. para 8"],
        "opens_at": "2026-03-09T09:30:00.000Z",
        "publishes_at": "2026-03-10T09:30:00.000Z",
        "list_version": 1,
        "opening_id": opening.opening_id,
        "number": opening.number,
        "grant_id": world.minister.grant_id,
        "copy_format": "zip",
        "document_sha256": document.sha256,
        "expires_at": "2026-03-09T10:30:00.000Z",
        "warning_version": 0,
        "marking_sha256": opening.marking_sha256,
    }
    assert re.fullmatch(r"[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}", opening.number)
    assert (opening.opened_at, opening.window_opened_at) == (OPENS_AT, OPENS_AT)


def test_open_document_one_millisecond_early_is_refused_and_the_refusal_stays_on_record(tmp_path: Path) -> None:
    world = World(tmp_path, OPENS_AT - MILLISECOND)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    before = len(world.service.entries())
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, actor, document.document_id)
    (entry,) = world.service.entries()[before:]
    assert codes(caught.value) == ["window_not_open"]
    assert caught.value.reasons[0].until == OPENS_AT
    assert caught.value.extra["receipt"] == entry["id"]
    assert (entry["kind"], entry["outcome"]) == ("access_decided", "refused")
    assert entry["said"] == {
        "act": "open",
        "reasons": [{"code": "window_not_open", "source": "SI 2008/2998 Sch. para 4"}],
        "opens_at": "2026-03-09T09:30:00.000Z",
        "publishes_at": "2026-03-10T09:30:00.000Z",
        "list_version": 1,
    }
    assert count(world, "openings") == 0


def test_open_document_tells_everything_that_is_wrong_at_once(tmp_path: Path) -> None:
    world = World(tmp_path, OPENS_AT - timedelta(hours=1))
    document = world.upload().card
    world.suspend(world.minister.person_id)
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id)
    assert codes(caught.value) == ["document_not_final", "suspended", "declaration_missing", "window_not_open"]


@pytest.mark.parametrize("state", [ReleaseState.POSTPONED, ReleaseState.CANCELLED])
def test_open_document_of_a_release_that_is_off_is_refused(tmp_path: Path, state: ReleaseState) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    world.change_release(state=state)
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id)
    assert codes(caught.value) == [f"release_{state.value}"]


def test_t23_open_document_after_the_time_set_while_unpublished_still_gives_a_restricted_copy(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    world.clock.put(PUBLISHES_AT + timedelta(minutes=45))
    opening = openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id)
    assert opening.window_opened_at == OPENS_AT
    world.change_release(state=ReleaseState.PUBLISHED, published_at=world.clock.now())
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id)
    assert codes(caught.value) == ["already_published"]


def test_open_document_by_a_stranger_is_not_found_with_the_real_reasons_in_the_log_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    actor = world.actor(world.stranger)
    with pytest.raises(NotFound) as caught:
        openings.open_document(world.tools, actor, document.document_id)
    with pytest.raises(NotFound) as absent:
        openings.open_document(world.tools, actor, "doc_" + "0" * 24)
    (entry,) = world.service.entries(EntryKind.ACCESS_DECIDED)
    assert [reason["code"] for reason in entry["said"]["reasons"]] == ["not_on_list"]
    # No receipt of that entry, which would tell what was refused: the door gives one as for an address of nothing.
    assert caught.value.extra == absent.value.extra == {}
    assert (caught.value.code, caught.value.detail) == (absent.value.code, absent.value.detail)


def test_open_document_by_the_producers_own_people_is_refused_like_anybodys(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    for actor in (world.staff(Role.HEAD_OF_PROFESSION), world.actor(world.service.administrator())):
        with pytest.raises(Refused) as caught:
            openings.open_document(world.tools, actor, document.document_id)
        assert codes(caught.value) == ["not_on_list"]


def test_open_document_by_a_program_is_not_found(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    program = Actor(actor_id="cli_" + "a" * 24, name="a program", roles=())
    with pytest.raises(NotFound):
        openings.open_document(world.tools, program, document.document_id)
    assert [entry["outcome"] for entry in world.service.entries(EntryKind.ACCESS_DECIDED)] == ["refused"]


def test_t38_three_refusals_on_one_day_open_one_near_miss_that_nobody_read(tmp_path: Path) -> None:
    world = World(tmp_path, OPENS_AT - timedelta(minutes=40))
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    opened = []
    for _ in range(5):
        with pytest.raises(Refused):
            openings.open_document(world.tools, actor, document.document_id)
        opened.append(count(world, "incidents"))
    assert opened == [0, 0, 1, 1, 1]
    with world.tools.reading() as connection:
        incident = connection.execute(select(tables.incidents)).one()
    assert (incident.kind, incident.near_miss, incident.opened_by) == ("repeated_refusals", True, None)
    assert incident.summary.endswith("It was read by: nobody.")


def test_reveal_shows_the_passphrase_once_and_a_second_time_raises_an_incident(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document.document_id)
    shown = openings.reveal(world.tools, actor, opening.opening_id)
    assert re.fullmatch(r"([a-z]{5}-){5}[a-z]{5}", shown.passphrase)
    assert shown.passphrase not in repr(shown)
    with pytest.raises(OutOfOrder) as caught:
        openings.reveal(world.tools, actor, opening.opening_id)
    (refusal,) = world.service.entries(EntryKind.REVEAL_REFUSED)
    assert (caught.value.code, caught.value.extra) == (Code.ALREADY_REVEALED, {"receipt": refusal["id"]})
    with world.tools.reading() as connection:
        kinds = connection.execute(select(tables.incidents.c.kind)).scalars().all()
    assert kinds == ["passphrase_revealed_twice"]
    assert shown.passphrase not in str(world.service.entries())
    assert opening.wrapped_passphrase is not None
    assert shown.passphrase.encode() not in opening.wrapped_passphrase


def test_reveal_asked_for_many_times_at_once_succeeds_exactly_once(tmp_path: Path, any_database_url: str) -> None:
    world = World(tmp_path, database_url=any_database_url)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document.document_id)
    start = threading.Barrier(8)
    ends: list[str] = []

    def ask() -> None:
        start.wait()
        try:
            openings.reveal(world.tools, actor, opening.opening_id)
            ends.append("shown")
        except OutOfOrder as error:
            ends.append(error.code.value)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["already_revealed"] * 7 + ["shown"]
    assert len(world.service.entries(EntryKind.PASSPHRASE_REVEALED)) == 1
    assert len(world.service.entries(EntryKind.REVEAL_REFUSED)) == 7
    assert count(world, "incidents") == 1
    world.service.close()


def test_reveal_with_an_old_sign_in_is_refused_and_uses_nothing_up(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    opening = openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id)
    with pytest.raises(Refused) as caught:
        openings.reveal(world.tools, world.actor(world.minister.person_id, fresh=False), opening.opening_id)
    assert caught.value.code is Code.FRESH_SIGN_IN_REQUIRED
    openings.reveal(world.tools, world.actor(world.minister.person_id), opening.opening_id)


def test_reveal_after_the_opening_ran_out_says_so_at_its_very_instant(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(opening_minutes=5))
    document = world.fixed().card
    world.sign(world.minister.person_id)
    opening = openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id)
    world.clock.put(opening.expires_at)
    actor = world.actor(world.minister.person_id)
    with pytest.raises(OutOfOrder) as caught:
        openings.reveal(world.tools, actor, opening.opening_id)
    assert caught.value.code is Code.OPENING_ENDED
    world.clock.put(opening.expires_at - MILLISECOND)
    assert openings.reveal(world.tools, actor, opening.opening_id).number == opening.number


def test_reveal_by_a_person_suspended_meanwhile_is_refused_with_the_reason(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document.document_id)
    world.suspend(world.minister.person_id)
    with pytest.raises(Refused) as caught:
        openings.reveal(world.tools, actor, opening.opening_id)
    assert codes(caught.value) == ["suspended"]


def test_opening_of_somebody_else_is_not_found_for_every_act(tmp_path: Path) -> None:
    world = World(tmp_path)
    other = world.listed("Olu Other", "olu@examples.gov.example", "Permanent Secretary")
    document = world.fixed().card
    world.sign(world.minister.person_id)
    opening = openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id)
    actor = world.actor(other.person_id)
    for act in (openings.get_opening, openings.reveal, openings.stop_opening):
        with pytest.raises(NotFound):
            act(world.tools, actor, opening.opening_id)
    assert openings.my_openings(world.tools, actor) == ()


def test_stop_opening_ends_it_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document.document_id)
    ended = openings.stop_opening(world.tools, actor, opening.opening_id)
    assert ended == replace(opening, stopped_at=world.clock.now(), stopped_reason="ended by the recipient")
    with pytest.raises(OutOfOrder) as caught:
        openings.stop_opening(world.tools, actor, opening.opening_id)
    assert caught.value.code is Code.ALREADY_ENDED
    with pytest.raises(OutOfOrder) as gone:
        deciding.demand_standing(ended, world.clock.now())
    assert gone.value.code is Code.OPENING_ENDED


def test_openings_of_a_release_are_shown_page_by_page_to_its_producer_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    made = []
    for _ in range(3):
        made.append(openings.open_document(world.tools, actor, document.document_id))
        world.clock.forward(seconds=1)
    staff = world.staff(Role.STATISTICIAN)
    first = openings.openings_of_release(world.tools, staff, world.release.release_id, limit=2)
    place = (first[-1].opened_at, first[-1].opening_id)
    rest = openings.openings_of_release(world.tools, staff, world.release.release_id, limit=2, after=place)
    assert [row.opening_id for row in (*first, *rest)] == [row.opening_id for row in reversed(made)]
    for other in (world.actor(world.stranger), world.actor(world.minister.person_id)):
        with pytest.raises(NotFound):
            openings.openings_of_release(world.tools, other, world.release.release_id)
