"""The whole OpenAPI document, as each role and as nobody: no 5xx, and nothing that the document does not say.

``PRA_SCHEMATHESIS_EXAMPLES`` says how many random valid requests, and as many invalid ones, are made of each operation.
From 50 on every role sends all of them and every boundary case too; below, each random request is sent by two of the
roles and each boundary case by one; with 0, for the inner loop, only the document's own examples are sent.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.core.failures import FailureGroup
from schemathesis.python.asgi import ASGIClient, get_client

from app.rules.facts import Role
from tests.unit.api.deck import Hand, deal, dealt, load, without_signing_in
from tests.unit.api.estate import Estate
from tests.unit.api.routes import acting

EXAMPLES = int(os.environ.get("PRA_SCHEMATHESIS_EXAMPLES", "1"))
EVERYTHING = EXAMPLES >= 50

Headers = dict[str, str]
ROLES: dict[str, Callable[[Estate], Headers]] = {
    "nobody": lambda _: {},
    "recipient": lambda estate: estate.headers(estate.sides[0].recipient),
    "statistician": lambda estate: estate.headers(estate.sides[0].sat.people[Role.STATISTICIAN]),
    "lead official": lambda estate: estate.headers(estate.sides[0].sat.people[Role.LEAD_OFFICIAL]),
    "head of profession": lambda estate: estate.headers(estate.sides[0].sat.people[Role.HEAD_OF_PROFESSION]),
    "coordinator": lambda estate: estate.headers(estate.sides[0].coordinator),
    "auditor of a producer": lambda estate: estate.headers(estate.sides[0].sat.people[Role.AUDITOR]),
    "auditor of all": lambda estate: estate.headers(estate.auditor),
    "administrator": lambda estate: estate.headers(estate.administrator),
    "program": lambda estate: estate.program(estate.sides[0]),
}


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> list[Hand]:
    estate = Estate(tmp_path_factory.mktemp("deck"))
    return deal(load(estate.service.client.app), EXAMPLES)


@pytest.fixture
def estate(tmp_path: Any) -> Iterator[Estate]:
    made = Estate(tmp_path)
    made.publish_lists()
    yield made
    made.service.close()


@pytest.mark.parametrize("role", ROLES)
def test_api_asked_as_its_document_says_and_otherwise_keeps_to_it(role: str, estate: Estate, hands: list[Hand]) -> None:
    found = Told()
    statuses: Counter[int] = Counter()
    seat = list(ROLES).index(role)
    for hand in hands:
        headers = ROLES[role](estate)
        shared = hand.share(seat, len(ROLES), everything=EVERYTHING) if EXAMPLES else ()
        for number, case in enumerate((*hand.everybody, *shared)):
            status, said = send(estate, case, headers, number + seat)
            statuses[status] += 1
            found.update(said)
            if status == 204:
                headers = ROLES[role](estate)  # that may have been our own session
    assert not found, str(found)
    assert not [status for status in statuses if status >= 500]


def send(estate: Estate, case: Case, headers: Headers, number: int) -> tuple[int, list[str]]:
    """Send one request, and say what the document does not allow about the answer."""
    sent = case if number % 4 == 3 else dealt(case, estate.sides[0 if number % 8 else 1], first=number % 3 != 2)
    app = estate.service.client.app
    extra = {} if without_signing_in(sent) else headers
    answer = sent.call(headers=extra, app=app, session=wire(app))
    try:
        sent.validate_response(answer, headers=extra, transport_kwargs={"headers": extra, "app": app})
    except FailureGroup as group:
        return answer.status_code, [
            f"{sent.operation.label}: {failure.title}: {failure.message}" for failure in group.exceptions
        ]
    return answer.status_code, []


@lru_cache(maxsize=1)
def wire(app: Any) -> ASGIClient:
    """Give one client for all requests to an application, which asks nothing of this machine's settings."""
    client = get_client(app)
    client.trust_env = False
    return client


class Told(Counter[str]):
    """What was found, and how often."""

    def __str__(self) -> str:
        return "\n\n".join(f"{count} × {said}" for said, count in self.most_common())


def test_api_used_step_after_step_keeps_to_its_document(estate: Estate) -> None:
    app = estate.service.client.app
    walked: Counter[int] = Counter()

    class Steps(load(app).as_state_machine()):  # type: ignore[misc]  # reason: framework
        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            headers = (
                {}
                if without_signing_in(case)
                else ROLES[acting(case.operation.path, case.operation.tags or [])](estate)
            )
            return {"app": app, "headers": headers}

        def validate_response(self, response: Any, case: Case, **kwargs: Any) -> None:
            walked[response.status_code] += 1
            case.validate_response(response, headers=kwargs["headers"], transport_kwargs=kwargs)

    Steps.run(
        settings=settings(
            max_examples=max(5, EXAMPLES),
            stateful_step_count=12,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )
    assert not [status for status in walked if status >= 500]
    assert walked.keys() & {200, 201}
