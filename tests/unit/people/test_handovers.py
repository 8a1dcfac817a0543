"""On each database: a post handed over by two at once, an erasure asked for twice at once, credentials in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from app.actions import credentials, forgetting, holders, posts
from app.actions.tools import Actor, RoleHeld
from app.audit.entries import EntryKind
from app.rules.errors import Conflict, OutOfOrder, PraError
from app.rules.facts import Role
from tests.build import london
from tests.service import Service

AT_ONCE = 4


@pytest.fixture
def service(tmp_path: Path, any_database_url: str) -> Iterator[Service]:
    made = Service(tmp_path, london(2026, 3, 2, 10, 0), database_url=any_database_url)
    yield made
    made.close()


def administrator(service: Service) -> Actor:
    person_id = service.administrator()
    held = (RoleHeld(Role.ADMINISTRATOR, None),)
    return Actor(person_id, "Alex Admin", held, person_id=person_id, authenticated_at=service.clock.now())


def at_once(act: Callable[[int], object]) -> list[type[object]]:
    """Have something done by several at the same time; gives what each got, errors by their class."""

    def tried(place: int) -> type[object]:
        try:
            return type(act(place))
        except PraError as error:
            return type(error)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(tried, range(AT_ONCE)))


def test_post_that_several_hand_over_at_once_has_one_successor(service: Service) -> None:
    admin, tools = administrator(service), service.tools
    organisation_id = service.organisation("Department for Examples")
    post = posts.add_post(tools, admin, organisation_id=organisation_id, title="Deputy Director")
    first = service.person("Ana Example", "ana@department.gov.example")
    others = [service.person(f"Bea {number}", f"bea.{number}@department.gov.example") for number in range(AT_ONCE)]
    held = posts.begin_holding(tools, admin, post_id=post.post_id, person_id=first, from_on=date(2026, 1, 1))

    def hand_over(place: int) -> object:
        return posts.hand_over(tools, admin, held.holding_id, person_id=others[place], from_on=date(2026, 4, 1))

    assert sorted(one.__name__ for one in at_once(hand_over)) == ["OutOfOrder"] * (AT_ONCE - 1) + ["tuple"]
    seen, today = holders.see_post(tools, admin, post.post_id)
    assert [(one.holding.held_from_on, one.holding.held_until_on) for one in seen.held] == [
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), None),
    ]
    assert [one.holder.person_id for one in seen.now(today)] == [first]
    assert (len(service.entries(EntryKind.HOLDING_ENDED)), len(service.entries(EntryKind.HOLDING_BEGUN))) == (1, 2)


def test_end_is_never_put_off_by_another_at_the_same_time(service: Service) -> None:
    admin, tools = administrator(service), service.tools
    post = posts.add_post(tools, admin, organisation_id=service.organisation("Department"), title="Deputy Director")
    first = service.person("Ana Example", "ana@department.gov.example")
    held = posts.begin_holding(tools, admin, post_id=post.post_id, person_id=first, from_on=date(2026, 1, 1))
    at_once(lambda place: posts.end_holding(tools, admin, held.holding_id, until_on=date(2026, 3, 10 + place)))
    (seen,) = holders.see_post(tools, admin, post.post_id)[0].held
    ends = [one["said"]["until_on"] for one in service.entries(EntryKind.HOLDING_ENDED)]
    assert ends == sorted(ends, reverse=True)
    assert seen.holding.held_until_on == date(2026, 3, 10)
    with pytest.raises(OutOfOrder):
        posts.end_holding(tools, admin, held.holding_id, until_on=date(2026, 3, 11))


def test_erasure_that_is_asked_for_several_times_at_once_is_asked_for_once(service: Service) -> None:
    person_id = service.person("Ana Example", "ana@department.gov.example")
    ana = Actor(person_id, "Ana Example", (), person_id=person_id, authenticated_at=service.clock.now())
    found = at_once(lambda _: forgetting.ask_for_erasure(service.tools, ana))
    assert sorted(one.__name__ for one in found) == [Conflict.__name__] * (AT_ONCE - 1) + ["ErasureRow"]
    assert len(forgetting.own_erasures(service.tools, ana)) == 1


def test_credentials_are_listed_with_their_last_use_and_ended_ones_last(service: Service) -> None:
    admin, tools = administrator(service), service.tools
    made = []
    for name in ("First", "Second", "Third"):
        made.append(credentials.make_credential(tools, admin, name=name, role=Role.AUDITOR, organisation_id=None))
        service.clock.forward(minutes=1)
    credentials.issue_token(tools, made[0].client_id, made[0].secret, network="192.0.2.7")
    service.clock.forward(minutes=1)
    credentials.end_credential(tools, admin, made[2].client_id)
    found = credentials.list_credentials(tools, admin)
    assert [(one.row.name, one.last_used_at, one.row.ended_at is None) for one in found] == [
        ("Second", None, True),
        ("First", london(2026, 3, 2, 10, 3), True),
        ("Third", None, False),
    ]
